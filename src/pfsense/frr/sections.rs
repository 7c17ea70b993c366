//! The package's sections in the configuration.

use super::entry::Entry;
use crate::pfsense::Value;

/// `installedpackages` of a configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sections<'a>(Option<&'a Value>);

impl<'a> Sections<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Sections(root.get("installedpackages"))
    }

    /// The entries of a section; none if it is absent or empty.
    pub(super) fn entries(self, section: &str) -> &'a [Value] {
        self.0.and_then(|packages| packages.get(section)).map_or(&[], Value::entries)
    }

    /// The first entry of a section. Sections that hold one entry ignore all others.
    pub(super) fn first(self, section: &str) -> Option<Entry<'a>> {
        self.entries(section).first().filter(|entry| **entry != Value::EMPTY).map(Entry)
    }

    /// The first entry of a section whose switch is on.
    pub(super) fn enabled(self, section: &str) -> Option<Entry<'a>> {
        self.first(section).filter(|entry| entry.on("enable"))
    }

    /// A raw block of `frrglobalraw`, decoded, without carriage returns. `None` if the field is empty.
    pub(super) fn raw(self, field: &str) -> Option<Vec<u8>> {
        let encoded = self.first("frrglobalraw")?.filled(field)?;
        let mut text = super::php::base64_decode(encoded);
        text.retain(|byte| *byte != b'\r');
        Some(text)
    }
}
