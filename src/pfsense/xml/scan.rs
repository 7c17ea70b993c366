//! The XML parser: exactly the events that libxml2's push parser raises when PHP feeds it 4,096
//! bytes at a time.
//!
//! Why not an XML library: pfSense trims and decodes each *piece* of text, and where a piece ends
//! depends on libxml2's buffers. A text of some length, a line break next to a portion's end or a
//! run of non-ASCII letters read differently from what any library would say. So the places where
//! libxml2 cuts are followed here (each marked with its reason); the rest is XML 1.0 without
//! namespaces. Everything else is as strict as libxml2, and no construct is looked at twice.
//!
//! Knows no list tags and no values: `build` does. Read next: `build`, `doctype`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::build::{Builder, Built};
use super::doctype::{self, Entity};
use super::entities::is_html_name;
use super::error::{Fault, ReadErrorKind};
use super::input::Input;
use super::names::{char_reference, name_end, skip_blanks};
use super::tags::Era;

/// libxml2's buffer for text: with this much at hand it stops waiting for the end of a text, and
/// text that is not plain ASCII is handed over in pieces of this many bytes.
const BIG_BUFFER: usize = 300;

/// libxml2 refuses comments and the like beyond this many bytes.
const MAX_CONSTRUCT: usize = 10_000_000;

/// Why scanning ended before the end of the root element.
enum Stop {
    Fault(Fault),
    /// The file ended, and pfSense did not tell its parser so.
    Cut,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// What a file holds.
pub(super) struct Scanned {
    pub(super) built: Built,
    /// The file ends inside the root element, and pfSense does not notice.
    pub(super) is_cut: bool,
    /// The places where portions end may have shaped what was read.
    pub(super) is_split: bool,
}

/// Reads the text of a file.
pub(super) fn scan(input: &Input<'_>, era: Era) -> Result<Scanned, Fault> {
    let mut scanner = Scanner {
        text: &input.text,
        bytes: input.text.as_bytes(),
        portions: &input.portions,
        has_end: input.has_end,
        limit: 0,
        is_over: false,
        last_open: None,
        at: 0,
        entities: HashMap::new(),
        builder: Builder::new(era),
        is_split: false,
        continues: false,
    };
    let is_cut = match scanner.document() {
        Ok(()) => false,
        Err(Stop::Cut) => {
            let is_cut = scanner.builder.depth() > 0;
            scanner.builder.cut(scanner.bytes.len());
            is_cut
        }
        Err(Stop::Fault(fault)) => return Err(fault),
    };
    Ok(Scanned { built: scanner.builder.finish(), is_cut, is_split: scanner.is_split })
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Ends of the portions still to come.
    portions: &'a [usize],
    has_end: bool,
    /// What the parser has been given so far.
    limit: usize,
    /// The parser has been told that nothing follows.
    is_over: bool,
    /// The last `<` below the limit.
    last_open: Option<usize>,
    at: usize,
    entities: HashMap<String, Entity>,
    builder: Builder,
    /// See [`Scanned::is_split`].
    is_split: bool,
    /// The text at hand is the rest of one that a portion's end has cut.
    continues: bool,
}

impl<'a> Scanner<'a> {
    /// Takes the next portion; false if there is none.
    fn advance(&mut self) -> bool {
        let [next, rest @ ..] = self.portions else { return false };
        self.portions = rest;
        let before = self.limit;
        self.limit = *next;
        self.is_over = rest.is_empty() && self.has_end;
        // libxml2 keeps a carriage return back to see whether a line feed follows.
        if !self.is_over && self.bytes[..self.limit].last() == Some(&b'\r') {
            self.limit -= 1;
        }
        if let Some(at) = self.bytes.get(before..self.limit).and_then(|b| b.iter().rposition(|b| *b == b'<'))
        {
            self.last_open = Some(before + at);
        }
        true
    }

    /// Waits until everything below `end` is there.
    fn ensure(&mut self, end: usize) {
        while self.limit < end && self.advance() {}
    }

    fn fault<T>(&self, kind: ReadErrorKind, message: impl Into<String>) -> Result<T, Stop> {
        Err(Fault::new(kind, self.at, message).into())
    }

    /// The file ends inside the construct that begins here.
    fn unfinished<T>(&self, what: &str) -> Result<T, Stop> {
        if !self.has_end {
            return Err(Stop::Cut);
        }
        self.fault(ReadErrorKind::Unclosed, format!("the file ends inside {what}"))
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.bytes[self.at..].starts_with(prefix.as_bytes())
    }

    fn find(&self, from: usize, needle: &str) -> Option<usize> {
        self.text.get(from..)?.find(needle).map(|found| from + found)
    }

    fn document(&mut self) -> Result<(), Stop> {
        self.advance();
        if self.starts_with("\u{FEFF}") {
            self.at += '\u{FEFF}'.len_utf8();
        }
        let after = self.bytes.get(self.at + 5);
        if self.starts_with("<?xml") && after.is_some_and(|b| is_blank(*b)) {
            self.at = super::declaration::end(self.text, self.at)?;
            self.ensure(self.at);
        }
        self.prolog()?;
        self.start_tag()?;
        while self.builder.depth() > 0 {
            self.content()?;
        }
        self.epilog()
    }

    /// Comments, processing instructions and one DOCTYPE in front of the root element.
    fn prolog(&mut self) -> Result<(), Stop> {
        let mut may_have_doctype = true;
        loop {
            self.at = skip_blanks(self.bytes, self.at);
            self.ensure(self.at + 2);
            if self.starts_with("<?") {
                self.instruction()?;
            } else if self.starts_with("<!--") {
                self.comment()?;
            } else if may_have_doctype && self.starts_with("<!DOCTYPE") {
                may_have_doctype = false;
                match doctype::parse(self.text, self.at)? {
                    Some((end, entities)) => {
                        self.entities = entities;
                        self.at = end;
                    }
                    None => return self.unfinished("the DOCTYPE"),
                }
                self.ensure(self.at);
            } else if self.at >= self.bytes.len() {
                return self.fault(ReadErrorKind::Empty, "the file holds no element");
            } else if self.bytes[self.at] != b'<' {
                return self.fault(ReadErrorKind::BeforeRoot, "text stands in front of the root element");
            } else {
                return Ok(());
            }
        }
    }

    fn epilog(&mut self) -> Result<(), Stop> {
        loop {
            self.at = skip_blanks(self.bytes, self.at);
            self.ensure(self.at + 2);
            if self.at >= self.bytes.len() {
                return Ok(());
            }
            // With one character left the parser waits for another one, for ever if need be.
            if self.bytes.len() - self.at < 2 && !self.has_end {
                return Ok(());
            }
            if self.starts_with("<?") {
                self.instruction()?;
            } else if self.starts_with("<!--") {
                self.comment()?;
            } else {
                return self.fault(ReadErrorKind::AfterRoot, "something follows the end of the root element");
            }
        }
    }

    /// One step inside the root element.
    fn content(&mut self) -> Result<(), Stop> {
        self.ensure(self.at + 1);
        match self.bytes.get(self.at) {
            None => self.unclosed_element(),
            Some(b'&') => self.reference(),
            Some(b'<') => match self.bytes.get(self.at + 1) {
                Some(b'/') => self.end_tag(),
                Some(b'?') => self.instruction(),
                Some(b'!') => self.markup(),
                Some(_) => self.start_tag(),
                None => self.unfinished("a tag"),
            },
            Some(_) => self.text_run(),
        }
    }

    /// The file ends, and an element is still open.
    fn unclosed_element(&mut self) -> Result<(), Stop> {
        self.at = self.bytes.len();
        let open = self.builder.open_name().and_then(|name| self.text.get(name));
        self.unfinished(&format!("<{}>", open.unwrap_or_default()))
    }

    fn markup(&mut self) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"<!--") {
            return self.comment();
        }
        if rest.starts_with(b"<![CDATA[") {
            return self.cdata();
        }
        if rest.len() < b"<![CDATA[".len() && !self.has_end {
            return Err(Stop::Cut);
        }
        self.fault(ReadErrorKind::Markup, "<! begins neither a comment nor a CDATA section here")
    }

    fn start_tag(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.find(start, ">").is_none() {
            return self.unfinished("a tag");
        }
        let name = self.name(start + 1, "an element name is missing or malformed")?;
        self.at = skip_blanks(self.bytes, name.end);
        let mut seen = HashSet::new();
        loop {
            match self.bytes[self.at..] {
                [b'>', ..] | [b'/', b'>', ..] => break,
                [] => return self.unfinished("a tag"),
                _ => {}
            }
            let attribute = self.attribute()?;
            if !seen.insert(&self.bytes[attribute]) {
                return self.fault(ReadErrorKind::Tag, "an attribute occurs twice in the tag");
            }
            let after = self.at;
            self.at = skip_blanks(self.bytes, after);
            if self.at == after && !matches!(self.bytes[self.at..], [b'>', ..] | [b'/', b'>', ..]) {
                return self.fault(ReadErrorKind::Tag, "a blank is missing between two attributes");
            }
        }
        let is_self_closed = self.bytes[self.at] == b'/';
        self.at += if is_self_closed { 2 } else { 1 };
        self.ensure(self.at);
        self.builder.start(&self.text[name.clone()], name.start, start..self.at)?;
        if is_self_closed {
            self.builder.end(None);
        }
        Ok(())
    }

    /// Reads over one attribute, whose name's place it returns; pfSense ignores them.
    fn attribute(&mut self) -> Result<Range<usize>, Stop> {
        let name = self.name(self.at, "a tag is malformed")?;
        self.at = skip_blanks(self.bytes, name.end);
        if self.bytes.get(self.at) != Some(&b'=') {
            return self.fault(ReadErrorKind::Tag, "an attribute has no value");
        }
        self.at = skip_blanks(self.bytes, self.at + 1);
        let Some(quote @ (b'"' | b'\'')) = self.bytes.get(self.at) else {
            return self.fault(ReadErrorKind::Tag, "the value of an attribute is not quoted");
        };
        let quote = *quote;
        self.at += 1;
        loop {
            let stop = |b: &u8| *b == quote || matches!(b, b'<' | b'&');
            let Some(length) = self.bytes[self.at..].iter().position(stop) else {
                return self.unfinished("an attribute");
            };
            self.at += length;
            match self.bytes[self.at] {
                b'<' => return self.fault(ReadErrorKind::Tag, "the value of an attribute holds a <"),
                b'&' => self.attribute_reference()?,
                _ => {
                    self.at += 1;
                    return Ok(name);
                }
            }
        }
    }

    fn attribute_reference(&mut self) -> Result<(), Stop> {
        if self.bytes.get(self.at + 1) == Some(&b'#') {
            (self.at, _) = char_reference(self.text, self.at)?;
            return Ok(());
        }
        let name = self.entity_name()?;
        let text = &self.text[name.clone()];
        match (predefined(text), self.entities.get(text)) {
            (Some(_), _) => {}
            (None, Some(Entity::Internal(content))) if !content.contains('<') => {}
            (None, Some(_)) => {
                return self
                    .fault(ReadErrorKind::Reference, format!("&{text}; may not stand in an attribute"));
            }
            (None, None) => return self.undeclared(text),
        }
        self.at = name.end + 1;
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.find(start, ">").is_none() {
            return self.unfinished("a tag");
        }
        let name = self.name(start + 2, "an end tag has no name")?;
        let open = self.builder.open_name().unwrap_or_default();
        if self.bytes[open.clone()] != self.bytes[name.clone()] {
            let message = format!("</{}> closes <{}>", &self.text[name], &self.text[open]);
            return self.fault(ReadErrorKind::MismatchedTag, message);
        }
        self.at = skip_blanks(self.bytes, name.end);
        if self.bytes.get(self.at) != Some(&b'>') {
            return self.fault(ReadErrorKind::Tag, "an end tag is malformed");
        }
        self.at += 1;
        self.ensure(self.at);
        self.builder.end(Some(start..self.at));
        Ok(())
    }

    fn name(&self, from: usize, complaint: &str) -> Result<Range<usize>, Stop> {
        match name_end(self.text, from) {
            Some(end) => Ok(from..end),
            None => self.fault(ReadErrorKind::Tag, complaint),
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        let from = self.at + 4;
        let Some(end) = self.find(from, "-->") else { return self.unfinished("a comment") };
        if self.find(from, "--") != Some(end) {
            return self.fault(ReadErrorKind::Comment, "a comment holds --");
        }
        if end - from > MAX_CONSTRUCT {
            return self.fault(ReadErrorKind::Comment, "a comment is longer than ten million bytes");
        }
        self.at = end + 3;
        self.ensure(self.at);
        Ok(())
    }

    fn instruction(&mut self) -> Result<(), Stop> {
        let Some(end) = self.find(self.at, "?>") else {
            return self.unfinished("a processing instruction");
        };
        let Some(name_end) = name_end(self.text, self.at + 2) else {
            return self.fault(ReadErrorKind::Instruction, "a processing instruction has no name");
        };
        let name = &self.text[self.at + 2..name_end];
        if name.eq_ignore_ascii_case("xml") {
            let message = "the XML declaration does not stand at the very beginning";
            return self.fault(ReadErrorKind::DeclarationNotFirst, message);
        }
        if name.contains(':') {
            return self
                .fault(ReadErrorKind::Instruction, "the name of a processing instruction holds a colon");
        }
        if name_end != end && !is_blank(self.bytes[name_end]) {
            return self.fault(ReadErrorKind::Instruction, "a processing instruction is malformed");
        }
        if end - name_end > MAX_CONSTRUCT {
            let message = "a processing instruction is longer than ten million bytes";
            return self.fault(ReadErrorKind::Instruction, message);
        }
        self.at = end + 2;
        self.ensure(self.at);
        Ok(())
    }

    fn reference(&mut self) -> Result<(), Stop> {
        let start = self.at;
        // The parser waits for a semicolon before it looks at the reference.
        match self.find(start, ";") {
            Some(semicolon) => self.ensure(semicolon + 1),
            None if !self.has_end => return Err(Stop::Cut),
            None => return self.fault(ReadErrorKind::Reference, "an ampersand begins no reference"),
        }
        if self.bytes.get(start + 1) == Some(&b'#') {
            let (end, character) = char_reference(self.text, start)?;
            self.at = end;
            self.builder.text(character.encode_utf8(&mut [0; 4]));
            return Ok(());
        }
        let name = self.entity_name()?;
        let text = &self.text[name.clone()];
        if let Some(character) = predefined(text) {
            self.builder.text(character);
        } else {
            match self.entities.get(text) {
                // The content is handed over in one piece and its own references are not followed,
                // so entities cannot multiply each other.
                Some(Entity::Internal(content)) => self.builder.entity(content, start)?,
                Some(Entity::External) => {}
                Some(Entity::Unparsed) => {
                    let message = format!("&{text}; stands for data that is no text");
                    return self.fault(ReadErrorKind::Reference, message);
                }
                None => return self.undeclared(text),
            }
        }
        self.at = name.end + 1;
        Ok(())
    }

    /// The name in `&name;` at the current place.
    fn entity_name(&self) -> Result<Range<usize>, Stop> {
        let from = self.at + 1;
        match name_end(self.text, from) {
            Some(end) if self.bytes.get(end) == Some(&b';') => Ok(from..end),
            _ => self.fault(ReadErrorKind::Reference, "an ampersand begins no reference"),
        }
    }

    fn undeclared<T>(&self, name: &str) -> Result<T, Stop> {
        // Anything but a known name may be a part of a secret.
        let message = if is_html_name(name) {
            format!("&{name}; is not known outside of CDATA")
        } else {
            "an entity is not declared".to_owned()
        };
        self.fault(ReadErrorKind::UndeclaredEntity, message)
    }

    /// A CDATA section. With its end in sight it is one piece; while the end is out of sight, each
    /// portion that holds a `>` costs a piece of at most [`BIG_BUFFER`] bytes.
    fn cdata(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut from = start + b"<![CDATA[".len();
        let Some(end) = self.find(from, "]]>") else {
            if self.has_end {
                return self.unfinished("a CDATA section");
            }
            self.cdata_pieces(&mut from, usize::MAX);
            return Err(Stop::Cut);
        };
        let before = from;
        self.cdata_pieces(&mut from, end + 3);
        self.is_split |= from > before && !is_solid(&self.text[before..end]);
        self.builder.text(&self.text[from..end]);
        self.at = end + 3;
        Ok(())
    }

    /// Hands over what goes before the end (behind `end`) is in sight.
    fn cdata_pieces(&mut self, from: &mut usize, end: usize) {
        self.ensure(*from);
        // The first look happens at once, if there is anything to look at.
        let mut looks = self.limit > *from;
        while self.limit < end {
            if looks && self.limit - *from >= BIG_BUFFER + 2 {
                let mut piece = *from + BIG_BUFFER;
                while !self.text.is_char_boundary(piece) {
                    piece -= 1;
                }
                self.builder.text(&self.text[*from..piece]);
                *from = piece;
            }
            let before = self.limit;
            if !self.advance() {
                return;
            }
            looks = self.is_over || self.bytes[before..self.limit].contains(&b'>');
        }
    }

    /// Text up to the next markup or reference, or as much of it as is there.
    fn text_run(&mut self) -> Result<(), Stop> {
        loop {
            let available = self.limit - self.at;
            let waits =
                available < 2 || (available < BIG_BUFFER && self.last_open.is_none_or(|at| at < self.at));
            if self.is_over {
                if available < 2 {
                    return self.unclosed_element();
                }
                break;
            }
            if !waits {
                break;
            }
            if !self.advance() {
                return self.unclosed_element();
            }
        }
        self.character_data()
    }

    /// A byte that the parser has; 0 behind them, as in libxml2's buffer.
    fn byte(&self, at: usize) -> u8 {
        if at < self.limit { self.bytes[at] } else { 0 }
    }

    /// Hands over a piece of text, and notes whether it matters that it was cut before or behind it.
    fn piece(&mut self, piece: &str, is_cut: bool) {
        self.is_split |= (is_cut || self.continues) && !is_solid(piece);
        self.builder.text(piece);
    }

    /// libxml2's fast path: plain ASCII, one piece per run between carriage returns.
    fn character_data(&mut self) -> Result<(), Stop> {
        let mut at = self.at;
        loop {
            while is_plain(self.byte(at)) {
                at += 1;
            }
            if self.byte(at) == b']' {
                if self.byte(at + 1) == b']' && self.byte(at + 2) == b'>' {
                    self.at = at;
                    return self.fault(ReadErrorKind::CdataEnd, "]]> stands outside of a CDATA section");
                }
                at += 1;
                continue;
            }
            if at > self.at {
                let text = self.text;
                self.piece(&text[self.at..at], at == self.limit);
            }
            self.at = at;
            match self.byte(at) {
                b'<' | b'&' => {
                    self.continues = false;
                    return Ok(());
                }
                // The line feed begins the next piece.
                b'\r' if self.byte(at + 1) == b'\n' => {
                    self.at = at + 1;
                    at += 2;
                    if !matches!(self.byte(at), 0x20..=0x7F | b'\t' | b'\n') {
                        return self.complex_character_data();
                    }
                }
                _ => return self.complex_character_data(),
            }
        }
    }

    /// libxml2's slow path, for the rest of a text once it has met a character beyond ASCII or a
    /// lone carriage return: pieces of [`BIG_BUFFER`] bytes.
    fn complex_character_data(&mut self) -> Result<(), Stop> {
        let mut piece = String::new();
        while self.at < self.limit {
            let Some(character) = self.text[self.at..].chars().next() else { break };
            let length = character.len_utf8();
            // A character that has only partly arrived waits for the rest.
            if matches!(character, '<' | '&') || self.at + length > self.limit {
                break;
            }
            if character == ']' && self.byte(self.at + 1) == b']' && self.byte(self.at + 2) == b'>' {
                return self.fault(ReadErrorKind::CdataEnd, "]]> stands outside of a CDATA section");
            }
            if character == '\r' {
                piece.push('\n');
                if self.byte(self.at + 1) == b'\n' {
                    self.at += 1;
                }
            } else {
                piece.push(character);
            }
            self.at += length;
            if piece.len() >= BIG_BUFFER {
                self.piece(&piece, false);
                piece.clear();
            }
        }
        // Anything but markup is a cut: the portion's end, or a character across it.
        let is_cut = !matches!(self.bytes.get(self.at), Some(b'<' | b'&'));
        self.piece(&piece, is_cut);
        self.continues = is_cut;
        Ok(())
    }
}

/// Whether a text reads the same however it is cut: no line breaks or tabs that trimming could take,
/// no reference that could be torn, something else than blanks, and no beginning of `]]>`.
fn is_solid(piece: &str) -> bool {
    let is_safe = |b: u8| !matches!(b, b'\t' | b'\n' | b'\r' | b'&' | b']');
    piece.bytes().all(is_safe) && piece.bytes().any(|b| b != b' ') || piece.is_empty()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What libxml2's fast path runs over without a look.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x20..=0x7F) && !matches!(byte, b'<' | b'&' | b']')
}

fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        _ => None,
    }
}
