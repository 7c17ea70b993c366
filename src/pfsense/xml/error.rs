//! Why a config.xml is refused: a code, a place, the reason and the way out.
//!
//! Messages name tags and entities, never values: config.xml is full of secrets.
//! This file decides nothing; `scan`, `doctype` and `build` raise what it describes.

use crate::finding::{Finding, Layer, Place, SourceId};

/// The reason for a refusal. [`ReadErrorKind::code`] is the stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// An encrypted backup.
    Encrypted,
    /// A gzip or bzip2 archive.
    Compressed,
    /// Nothing in it.
    Empty,
    /// UTF-16, or a declared encoding that is not supported.
    Encoding,
    /// Bytes that are not UTF-8 where UTF-8 is meant.
    BadUtf8,
    /// A character that XML forbids.
    ControlCharacter,
    /// A malformed `<?xml …?>`.
    Declaration,
    /// `<?xml …?>` behind something else, usually an empty line.
    DeclarationNotFirst,
    /// A malformed document type, or one that metalsense does not follow.
    Doctype,
    /// `&name;` without a declaration.
    UndeclaredEntity,
    /// An `&` that begins no reference, or a malformed one.
    Reference,
    /// Declared entities that expand beyond all measure.
    EntityExpansion,
    /// A malformed start or end tag.
    Tag,
    /// An end tag that closes another element than the one that is open.
    MismatchedTag,
    /// The file ends inside something.
    Unclosed,
    /// `]]>` outside CDATA.
    CdataEnd,
    /// A malformed comment.
    Comment,
    /// A malformed processing instruction.
    Instruction,
    /// `<!` that begins neither a comment nor CDATA.
    Markup,
    /// Something behind the root element.
    AfterRoot,
    /// Text where the root element should begin.
    BeforeRoot,
    /// An element that is no list occurs twice under one parent.
    DuplicateElement,
    /// Text in front of a child element.
    TextBeforeChild,
    /// The root element is not `pfsense`.
    RootName,
    /// The root element holds no element.
    RootEmpty,
    /// Beyond metalsense's own limit of size.
    TooLarge,
    /// Beyond metalsense's own limit of nesting.
    TooDeep,
}

impl ReadErrorKind {
    /// The stable code, as findings carry it.
    pub fn code(self) -> &'static str {
        use ReadErrorKind as K;
        match self {
            K::Encrypted => "config-xml-encrypted",
            K::Compressed => "config-xml-compressed",
            K::Empty => "config-xml-empty",
            K::Encoding => "config-xml-encoding",
            K::BadUtf8 => "config-xml-bad-utf8",
            K::ControlCharacter => "config-xml-control-character",
            K::Declaration => "config-xml-declaration",
            K::DeclarationNotFirst => "config-xml-declaration-not-first",
            K::Doctype => "config-xml-doctype",
            K::UndeclaredEntity => "config-xml-undeclared-entity",
            K::Reference => "config-xml-reference",
            K::EntityExpansion => "config-xml-entity-expansion",
            K::Tag => "config-xml-tag",
            K::MismatchedTag => "config-xml-mismatched-tag",
            K::Unclosed => "config-xml-unclosed",
            K::CdataEnd => "config-xml-cdata-end",
            K::Comment => "config-xml-comment",
            K::Instruction => "config-xml-instruction",
            K::Markup => "config-xml-markup",
            K::AfterRoot => "config-xml-after-root",
            K::BeforeRoot => "config-xml-before-root",
            K::DuplicateElement => "config-xml-duplicate-element",
            K::TextBeforeChild => "config-xml-text-before-child",
            K::RootName => "config-xml-root-name",
            K::RootEmpty => "config-xml-root-empty",
            K::TooLarge => "config-xml-too-large",
            K::TooDeep => "config-xml-too-deep",
        }
    }

    /// The way out, as an imperative.
    pub fn hint(self) -> &'static str {
        use ReadErrorKind as K;
        match self {
            K::Encrypted => {
                "decrypt the backup first, or download it again without \"Encrypt this configuration file\""
            }
            K::Compressed => "unpack it first",
            K::Empty | K::RootEmpty => "give a complete config.xml, not an empty or cut file",
            K::Encoding => "save the file as UTF-8 and drop the encoding from the XML declaration",
            K::BadUtf8 => "save the file as UTF-8, or declare its encoding in the XML declaration",
            K::ControlCharacter => "remove the character",
            K::Declaration => "begin the file with <?xml version=\"1.0\"?>",
            K::DeclarationNotFirst => "remove what stands in front of <?xml, also blank lines",
            K::Doctype => "remove the DOCTYPE; pfSense never writes one",
            K::UndeclaredEntity => {
                "write the character itself or its number (&#252;), in a CDATA section if pfSense is older than 2.9"
            }
            K::Reference => "write a plain ampersand as &amp;",
            K::EntityExpansion => "remove the DOCTYPE and write the text itself",
            K::Tag => "correct the tag",
            K::MismatchedTag => "close the elements in the reverse order of their opening",
            K::Unclosed => "complete the file; it was probably cut off",
            K::CdataEnd => "write ]]&gt; instead",
            K::Comment => "end the comment with --> and use no -- inside",
            K::Instruction => "remove the processing instruction",
            K::Markup => "remove it; only comments and CDATA sections may begin with <! here",
            K::AfterRoot => "remove everything behind the closing tag of the root",
            K::BeforeRoot => "remove the text in front of the root element",
            K::DuplicateElement => "merge the two elements, or remove one of them",
            K::TextBeforeChild => "remove the text, or put it into an element of its own",
            K::RootName => {
                "give the whole configuration (Diagnostics > Backup & Restore, area \"All\"), not one area"
            }
            K::TooLarge => "check that this is a config.xml",
            K::TooDeep => "check that this is a config.xml; pfSense nests ten levels or so",
        }
    }
}

/// A refusal, with its place in the text as decoded (which is the file itself for UTF-8).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct ReadError {
    /// What kind of fault.
    pub kind: ReadErrorKind,
    /// Byte offset into the file; for ISO-8859-1 into its UTF-8 form.
    pub offset: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, lower case, without a trailing stop.
    pub message: String,
}

impl ReadError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The way out.
    pub fn hint(&self) -> &'static str {
        self.kind.hint()
    }

    /// As a finding about the given source, which must hold the same text.
    pub fn to_finding(&self, source: SourceId) -> Finding {
        Finding::error(Layer::Pfsense, self.code(), self.message.clone())
            .at(Place::new(source, self.offset, self.offset))
            .hint(self.hint())
    }
}

/// A refusal before its line and column are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: ReadErrorKind,
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(kind: ReadErrorKind, offset: usize, message: impl Into<String>) -> Self {
        Fault { kind, offset, message: message.into() }
    }

    /// Counts lines and columns up to the offset.
    pub(super) fn in_text(self, text: &[u8]) -> ReadError {
        let before = &text[..self.offset.min(text.len())];
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let is_first_byte = |b: &&u8| (**b & 0xC0) != 0x80;
        ReadError {
            kind: self.kind,
            offset: self.offset,
            line: 1 + before.iter().filter(|b| **b == b'\n').count(),
            column: 1 + before[line_start..].iter().filter(is_first_byte).count(),
            message: self.message,
        }
    }
}
