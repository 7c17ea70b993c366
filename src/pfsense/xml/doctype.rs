//! The document type: pfSense ignores it, except that entities declared in it are known afterwards.
//!
//! Entity declarations are read in full. Other declarations are read over, and parameter entities
//! are refused: no config.xml has a reason to hold either. Nothing outside the file is ever read.

use std::collections::HashMap;

use super::error::{Fault, ReadErrorKind};
use super::names::{char_reference, name_end, skip_blanks};

/// What a declared entity stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    /// Text. Character references are replaced, others are not.
    Internal(String),
    /// Something in another file, which nobody reads.
    External,
    /// Something that is no text.
    Unparsed,
}

/// The entities of a DOCTYPE by name.
pub(super) type Entities = HashMap<String, Entity>;

/// Reads the `<!DOCTYPE` at `at`: behind it, and its entities. `None` if the text ends inside.
pub(super) fn parse(text: &str, at: usize) -> Result<Option<(usize, Entities)>, Fault> {
    let mut reader = Reader { text, at: at + "<!DOCTYPE".len(), entities: HashMap::new() };
    match reader.doctype() {
        Ok(()) => Ok(Some((reader.at, reader.entities))),
        Err(Stop::Fault(fault)) => Err(fault),
        Err(Stop::End) => Ok(None),
    }
}

enum Stop {
    Fault(Fault),
    End,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    entities: Entities,
}

impl<'a> Reader<'a> {
    fn fault<T>(&self, message: &str) -> Result<T, Stop> {
        if self.at >= self.text.len() {
            return Err(Stop::End);
        }
        Err(Stop::Fault(Fault::new(ReadErrorKind::Doctype, self.at, message)))
    }

    fn blanks(&mut self) -> bool {
        let before = self.at;
        self.at = skip_blanks(self.text.as_bytes(), before);
        self.at > before
    }

    fn takes(&mut self, token: &str) -> bool {
        let takes = self.text[self.at..].starts_with(token);
        if takes {
            self.at += token.len();
        }
        takes
    }

    /// Blanks that must be there.
    fn gap(&mut self) -> Result<(), Stop> {
        if self.blanks() { Ok(()) } else { self.fault("a blank is missing in the DOCTYPE") }
    }

    fn name(&mut self) -> Result<&'a str, Stop> {
        let text: &'a str = self.text;
        let Some(end) = name_end(text, self.at) else {
            return self.fault("a name is missing in the DOCTYPE");
        };
        let name = &text[self.at..end];
        self.at = end;
        Ok(name)
    }

    /// Up to and over the next `token`.
    fn past(&mut self, token: &str) -> Result<&'a str, Stop> {
        let rest: &'a str = &self.text[self.at..];
        let length = rest.find(token).ok_or(Stop::End)?;
        self.at += length + token.len();
        Ok(&rest[..length])
    }

    /// A quoted text.
    fn literal(&mut self) -> Result<&'a str, Stop> {
        if self.takes("\"") {
            self.past("\"")
        } else if self.takes("'") {
            self.past("'")
        } else {
            self.fault("a quoted text is missing in the DOCTYPE")
        }
    }

    /// `SYSTEM "…"` or `PUBLIC "…" "…"`, if it stands here.
    fn external(&mut self) -> Result<bool, Stop> {
        if self.takes("PUBLIC") {
            self.gap()?;
            self.literal()?;
        } else if !self.takes("SYSTEM") {
            return Ok(false);
        }
        self.gap()?;
        self.literal()?;
        Ok(true)
    }

    fn doctype(&mut self) -> Result<(), Stop> {
        self.blanks();
        self.name()?;
        self.blanks();
        self.external()?;
        self.blanks();
        if self.takes("[") {
            while !self.takes("]") {
                self.declaration()?;
            }
            self.blanks();
        }
        if self.takes(">") { Ok(()) } else { self.fault("the DOCTYPE is malformed") }
    }

    /// One declaration, or the blanks between two.
    fn declaration(&mut self) -> Result<(), Stop> {
        if self.blanks() {
            return Ok(());
        }
        if self.takes("<!--") {
            let comment = self.past("-->")?;
            return if comment.contains("--") || comment.ends_with('-') {
                self.fault("a comment in the DOCTYPE holds --")
            } else {
                Ok(())
            };
        }
        if self.takes("<?") {
            return self.past("?>").map(|_| ());
        }
        if self.takes("<!ENTITY") {
            return self.entity();
        }
        if ["<!ELEMENT", "<!ATTLIST", "<!NOTATION"].iter().any(|token| self.takes(token)) {
            self.gap()?;
            self.name()?;
            return self.rest_of_declaration();
        }
        self.fault("the DOCTYPE is malformed, or uses parameter entities")
    }

    /// Up to the `>` that stands in no quotes.
    fn rest_of_declaration(&mut self) -> Result<(), Stop> {
        loop {
            let rest = &self.text[self.at..];
            self.at += rest.find(['>', '<', '"', '\'']).ok_or(Stop::End)?;
            if self.takes(">") {
                return Ok(());
            }
            self.literal()?;
        }
    }

    fn entity(&mut self) -> Result<(), Stop> {
        self.gap()?;
        if self.text[self.at..].starts_with('%') {
            return self.fault("the DOCTYPE uses parameter entities");
        }
        let name = self.name()?;
        if name.contains(':') {
            return self.fault("the name of an entity holds a colon");
        }
        self.gap()?;
        let entity = if self.external()? {
            let has_gap = self.blanks();
            if has_gap && self.takes("NDATA") {
                self.gap()?;
                self.name()?;
                Entity::Unparsed
            } else {
                Entity::External
            }
        } else {
            let at = self.at;
            let literal = self.literal()?;
            Entity::Internal(value(literal, at + 1).map_err(Stop::Fault)?)
        };
        self.blanks();
        // The first declaration of a name counts.
        self.entities.entry(name.to_owned()).or_insert(entity);
        if self.takes(">") { Ok(()) } else { self.fault("an entity declaration is malformed") }
    }
}

/// The value of an entity: line ends and character references replaced.
fn value(literal: &str, at: usize) -> Result<String, Fault> {
    let refused = |offset, message: &str| Err(Fault::new(ReadErrorKind::Doctype, at + offset, message));
    let mut value = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(next) = rest.find(['&', '%', '\r']) {
        value.push_str(&rest[..next]);
        let here = literal.len() - rest.len() + next;
        let mut after = next + 1;
        match rest.as_bytes()[next] {
            b'%' => return refused(here, "the DOCTYPE uses parameter entities"),
            b'\r' => {
                value.push('\n');
                after += usize::from(rest.as_bytes().get(after) == Some(&b'\n'));
            }
            _ if rest[after..].starts_with('#') => {
                let (end, character) = char_reference(literal, here).map_err(|mut fault| {
                    fault.offset += at;
                    fault
                })?;
                value.push(character);
                after = end - here + next;
            }
            _ => match name_end(rest, after) {
                Some(end) if rest.as_bytes().get(end) == Some(&b';') => value.push('&'),
                _ => return refused(here, "an ampersand begins no reference"),
            },
        }
        rest = &rest[after..];
    }
    value.push_str(rest);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entities(subset: &str) -> Entities {
        let text = format!("<!DOCTYPE pfsense [{subset}]>!");
        let (end, entities) = parse(&text, 0).expect("well-formed").expect("complete");
        assert_eq!(&text[end..], "!");
        entities
    }

    #[test]
    fn entities_are_known_and_the_first_counts() {
        let found = entities(
            "<!-- it's --> <!ENTITY a 'x &#38; &b; &#x41;\r\n'>\n<!ENTITY a 'again'> <?pi ]?>\
             <!ELEMENT pfsense ANY><!ATTLIST pfsense a CDATA '>'>\
             <!ENTITY e SYSTEM \"file:///etc/passwd\"> <!ENTITY u PUBLIC 'p' 's' NDATA gif >",
        );
        assert_eq!(found["a"], Entity::Internal("x & &b; A\n".to_owned()));
        assert_eq!(found["e"], Entity::External);
        assert_eq!(found["u"], Entity::Unparsed);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn forms_without_entities() {
        for text in
            ["<!DOCTYPE pfsense>", "<!DOCTYPE pfsense SYSTEM 'x.dtd' >", "<!DOCTYPE a PUBLIC 'p' 's' []>"]
        {
            assert_eq!(parse(text, 0), Ok(Some((text.len(), HashMap::new()))), "{text}");
        }
    }

    #[test]
    fn malformed_ones_are_refused_and_open_ones_reported() {
        for subset in [
            "<!ENTITY % p 'x'>",
            "%p;",
            "<!ENTITY a '%p;'>",
            "<!ENTITY a 'x & y'>",
            "<!ENTITY a:b 'x'>",
            "<!ENTITY a>",
            "<!ENTITYa 'x'>",
            "text",
            "<!-- a -- b -->",
        ] {
            assert!(parse(&format!("<!DOCTYPE p [{subset}]><p/>"), 0).is_err(), "{subset}");
        }
        for text in
            ["<!DOCTYPE", "<!DOCTYPE p", "<!DOCTYPE p [", "<!DOCTYPE p [<!ENTITY a 'x", "<!DOCTYPE p [ ]"]
        {
            assert_eq!(parse(text, 0), Ok(None), "{text}");
        }
    }
}
