//! config.xml: what pfSense itself refuses, or loses.

use super::Page;
use crate::finding::Severity::{Error, Warning};

/// pfSense could not load the file.
const fn refused(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    Page::new(Error, code, title)
        .symptom("pfsense does not load the file: it restores a backup, or starts with factory settings")
        .cause(cause)
        .sees("the bytes of the file, with the rules of pfSense's own reader")
        .remedy(remedy)
        .fixed()
}

/// metalsense does not read the file.
const fn limited(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    refused(code, title, cause, remedy).symptom("the file is not read; pfsense may load it")
}

const fn doubt(
    code: &'static str,
    title: &'static str,
    symptom: &'static str,
    cause: &'static str,
    remedy: &'static str,
) -> Page {
    Page::new(Warning, code, title)
        .symptom(symptom)
        .cause(cause)
        .sees("the bytes of the file, with the rules of pfSense's own reader and writer")
        .remedy(remedy)
}

pub(super) const PAGES: &[Page] = &[
    limited(
        "config-xml-encrypted",
        "the file is an encrypted backup",
        "it was downloaded with encryption",
        "decrypt it first",
    ),
    limited(
        "config-xml-compressed",
        "the file is an archive",
        "it begins like gzip or bzip2",
        "unpack it first",
    ),
    refused("config-xml-empty", "the file is empty", "it was cut off or never written", "take another copy"),
    refused(
        "config-xml-encoding",
        "the file has an encoding that is not supported",
        "it is UTF-16, or declares something unusual",
        "save it as UTF-8",
    ),
    refused(
        "config-xml-bad-utf8",
        "the file is not UTF-8",
        "some bytes are of another encoding",
        "take the file as pfSense wrote it",
    ),
    refused(
        "config-xml-control-character",
        "the file holds a character that XML forbids",
        "it was pasted into a field, or the file is damaged",
        "remove it",
    ),
    refused(
        "config-xml-declaration",
        "the XML declaration is malformed",
        "the first line was edited",
        "write <?xml version=\"1.0\"?>",
    ),
    refused(
        "config-xml-declaration-not-first",
        "something stands before the XML declaration",
        "usually an empty line or a blank",
        "remove what stands before it",
    ),
    refused(
        "config-xml-doctype",
        "the document type is malformed or not followed",
        "pfSense writes none",
        "remove it",
    ),
    refused(
        "config-xml-undeclared-entity",
        "an entity is not declared",
        "XML knows five names; HTML's are read only up to pfSense 24.4",
        "write the character itself",
    ),
    refused(
        "config-xml-reference",
        "an ampersand begins no reference",
        "a bare & was written",
        "write &amp;",
    ),
    limited(
        "config-xml-entity-expansion",
        "entities expand beyond all measure",
        "nested declarations multiply",
        "remove the document type",
    ),
    refused("config-xml-tag", "a tag is malformed", "a bracket or quote is missing", "correct it"),
    refused(
        "config-xml-mismatched-tag",
        "an end tag closes another element",
        "a tag is missing or misspelled before it",
        "look at the element that is open",
    ),
    refused(
        "config-xml-unclosed",
        "the file ends inside something",
        "it was cut off, or an end tag is missing",
        "take a complete copy",
    ),
    refused("config-xml-cdata-end", "`]]>` stands outside CDATA", "XML forbids it in text", "write ]]&gt;"),
    refused(
        "config-xml-comment",
        "a comment is malformed",
        "comments hold no `--` and end in `-->`",
        "correct it",
    ),
    refused(
        "config-xml-instruction",
        "a processing instruction is malformed",
        "it must have a name and end in `?>`",
        "remove it",
    ),
    refused(
        "config-xml-markup",
        "`<!` begins neither a comment nor CDATA",
        "a bare bracket was written",
        "write &lt;",
    ),
    refused(
        "config-xml-after-root",
        "something stands behind the root element",
        "two files were put together, or text was added",
        "remove it",
    ),
    refused(
        "config-xml-before-root",
        "text stands before the root element",
        "something was added at the top",
        "remove it",
    ),
    refused(
        "config-xml-duplicate-element",
        "an element occurs twice that is no list",
        "pfSense's reader knows which elements are lists",
        "keep one of them",
    ),
    refused(
        "config-xml-text-before-child",
        "text stands before a child element",
        "an element holds text or elements, not both",
        "remove the text",
    ),
    refused(
        "config-xml-root-name",
        "the root element is not <pfsense>",
        "it is a configuration of something else",
        "give a configuration of pfSense",
    ),
    refused(
        "config-xml-root-empty",
        "the root element holds nothing",
        "the file was cut or cleared",
        "take another copy",
    ),
    limited(
        "config-xml-too-large",
        "the file is larger than a configuration can be",
        "a limit protects the reader",
        "check which file was given",
    ),
    limited(
        "config-xml-too-deep",
        "elements are nested too deeply",
        "a limit protects the reader",
        "check which file was given",
    ),
    doubt(
        "config-xml-cut",
        "the file looks cut off",
        "settings are missing",
        "it ends inside the root element, which pfSense does not notice",
        "take another copy of the file",
    ),
    doubt(
        "config-xml-lost-children",
        "elements are lost on reading",
        "pfsense drops them with the next save",
        "text follows child elements, and the reader forgets the children",
        "remove the text",
    ),
    doubt(
        "config-xml-unreadable-after-saving",
        "the file cannot be read after the next save",
        "pfsense writes a configuration that it then refuses",
        "a value holds letters beyond ASCII, which releases up to 24.4 write as names that they cannot read",
        "use plain ASCII there",
    ),
];
