//! The text of the declaration and its shape.

use super::Page;
use crate::finding::Severity::{Error, Warning};

const fn refused(code: &'static str, title: &'static str, cause: &'static str, remedy: &'static str) -> Page {
    Page::new(Error, code, title)
        .symptom("the file is refused; nothing is compiled from it")
        .cause(cause)
        .remedy(remedy)
        .fixed()
}

pub(super) const PAGES: &[Page] = &[
    refused(
        "asdot-unquoted",
        "an ASN in asdot form has no quotes",
        "without quotes `1.10` is the number 1.1",
        "put it in quotes",
    ),
    refused(
        "clear-text-secret",
        "a password is written in the file",
        "secrets are only ever references, so that the file can be shared",
        "change the password, since it was readable, and write `env`, `file` or `secretKeyRef`",
    ),
    refused(
        "control-character",
        "the text holds a control character",
        "YAML allows only tabs and line ends of them",
        "remove it",
    ),
    refused(
        "duplicate-key",
        "a key stands twice in one mapping",
        "readers differ in which of both they keep",
        "keep one",
    ),
    refused(
        "duplicate-network",
        "two documents have one name",
        "the name marks everything that metalsense owns",
        "give each network its own name",
    ),
    refused(
        "file-too-large",
        "the file is larger than a declaration can be",
        "a limit protects against files that are something else",
        "check which file was given, or split the network",
    ),
    refused(
        "foreign-document",
        "a document is of another format",
        "its apiVersion is not metalsense.dev",
        "give only files that declare networks",
    ),
    refused(
        "format-failed",
        "the formatter would have changed the meaning",
        "the formatted text does not read as the original",
        "report it with the file; the file was left as it is",
    ),
    refused("missing-key", "a required key is missing", "nothing sensible can be assumed for it", "add it"),
    refused(
        "missing-value",
        "a key has no value",
        "an empty value is `null`, which means nothing here",
        "write a value, or remove the key",
    ),
    refused(
        "no-network",
        "no document declares a network",
        "nothing of kind Network was among the inputs",
        "begin a document with `apiVersion: metalsense.dev/v1alpha1` and `kind: Network`",
    ),
    refused(
        "not-a-document",
        "a document is no mapping",
        "a declaration begins with apiVersion and kind",
        "write keys and values",
    ),
    refused(
        "not-utf8",
        "the file is not UTF-8",
        "other encodings cannot be told apart for certain",
        "save it as UTF-8",
    ),
    refused(
        "out-of-range",
        "a number is too small or too large",
        "the format allows a range for it",
        "choose a number in the range",
    ),
    refused("reserved-kind", "the kind comes later", "kinds beside Network are reserved", "use kind Network"),
    refused(
        "too-few",
        "a list has too few items",
        "the format asks for more",
        "add items, or remove the list",
    ),
    refused("too-many", "a list has too many items", "the format allows fewer", "remove items"),
    refused(
        "too-many-faults",
        "only the first faults are shown",
        "one slip can make a thousand faults",
        "put right what is shown, and run it again",
    ),
    refused(
        "unknown-api-version",
        "the apiVersion is not known",
        "this build reads one version of the format",
        "write `metalsense.dev/v1alpha1`, or use the build that knows the other version",
    ),
    refused(
        "unknown-key",
        "a key is not part of the format",
        "unknown keys are refused, since most are slips",
        "correct it, or remove it",
    ),
    refused(
        "unknown-kind",
        "the kind is not known",
        "this build knows kind Network",
        "write `kind: Network`",
    ),
    refused(
        "unknown-value",
        "a word is none of those allowed",
        "the format has a list for it",
        "take one from the list",
    ),
    refused(
        "wrong-type",
        "a value is of another type",
        "text, numbers, lists and mappings are told apart",
        "write it as the hint says",
    ),
    refused(
        "wrong-value",
        "a value does not fit the format",
        "the schema says what it must look like",
        "compare it with `metalsense schema`",
    ),
    refused(
        "yaml-alias",
        "the file uses an alias",
        "aliases make small files large, and no two tools treat them alike",
        "write the value out",
    ),
    refused(
        "yaml-anchor",
        "the file defines an anchor",
        "anchors are for aliases, which are refused",
        "remove the anchor",
    ),
    refused(
        "yaml-complex-key",
        "a key is no plain text",
        "keys of the format are words",
        "write the key as text",
    ),
    refused(
        "yaml-directive",
        "the text has a directive",
        "lines that begin with `%` change how the rest is read",
        "remove the line",
    ),
    refused(
        "yaml-merge-key",
        "the file uses a merge key",
        "`<<` is no part of YAML 1.2",
        "write the keys out",
    ),
    refused(
        "yaml-syntax",
        "the text is no YAML",
        "the reader lost the structure at this place",
        "look at what stands just before it: indentation, quotes, brackets",
    ),
    refused("yaml-tab", "a line is indented with a tab", "YAML allows blanks only", "replace tabs by blanks"),
    refused(
        "yaml-tag",
        "the file uses a tag",
        "tags change what a value is behind the reader's back",
        "remove the tag, and use quotes for text",
    ),
    refused("yaml-too-deep", "the text is nested too deeply", "a limit protects the reader", "flatten it"),
    refused(
        "yaml-too-many-values",
        "the text holds too many values",
        "a limit protects the reader",
        "split the network",
    ),
    refused(
        "yaml11-boolean",
        "a word is a boolean to older readers",
        "`no`, `on`, `y` and others are booleans in YAML 1.1 and text in 1.2",
        "put it in quotes",
    ),
    refused(
        "yaml11-date",
        "a text is a date to older readers",
        "YAML 1.1 reads it as a point in time",
        "put it in quotes",
    ),
    refused(
        "yaml11-number",
        "a text is a number to older readers",
        "YAML 1.1 reads it as octal, in base 60 or with underscores",
        "put it in quotes, or write a plain number",
    ),
    Page::new(Warning, "empty-file", "a file holds no document")
        .symptom("the file has no effect")
        .cause("it is empty, or all of it is comments")
        .remedy("remove it, or declare a network in it"),
];
