//! `metalsense pfsense`: doors to the model of config.xml and of the FRR package.
//!
//! `normalize`, `frr-conf` and `splice` print what pfSense would hold byte for byte, with the secrets
//! that are in it: that is what they are asked for.

mod frr_conf;
mod lint;
mod normalize;
mod probe;
mod splice;
mod ssh_key;
mod trust;
mod validate;

use std::borrow::Cow;
use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};

use super::error::Failure;
use super::exit::Exit;
use super::findings;
use super::input;
use super::terminal::Terminal;
use crate::finding::{Finding, Sources};
use crate::pfsense::xml::{Era, ReadError};

/// Arguments of `pfsense`.
#[derive(Args, Debug)]
pub struct PfsenseArgs {
    #[command(subcommand)]
    verb: PfsenseVerb,
}

#[derive(Debug, Subcommand)]
enum PfsenseVerb {
    /// Say whether pfSense would load a config.xml, and what its owner should know
    Lint(lint::LintArgs),
    /// Print a config.xml as pfSense would write it on its next save
    Normalize(normalize::NormalizeArgs),
    /// Print a config.xml with whole package sections set or deleted, every other byte as it was
    Splice(splice::SpliceArgs),
    /// Print the frr.conf that the FRR package will write
    FrrConf(frr_conf::FrrConfArgs),
    /// Say what the FRR package's forms would answer if every entry were saved again
    Validate(validate::ValidateArgs),
    /// Log in on the declared firewalls and say what is there; changes nothing
    Probe(probe::ProbeArgs),
    /// Show the fingerprint of a firewall's certificate, for the first contact
    Trust(trust::TrustArgs),
    /// Print the line of authorized keys that lets a key only read, or only read and apply
    SshKey(ssh_key::SshKeyArgs),
}

pub(super) fn run(args: &PfsenseArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match &args.verb {
        PfsenseVerb::Lint(args) => lint::run(args, terminal),
        PfsenseVerb::Normalize(args) => normalize::run(args, terminal),
        PfsenseVerb::Splice(args) => splice::run(args, terminal),
        PfsenseVerb::FrrConf(args) => frr_conf::run(args, terminal),
        PfsenseVerb::Validate(args) => validate::run(args, terminal),
        PfsenseVerb::Probe(args) => probe::run(args, terminal),
        PfsenseVerb::Trust(args) => trust::run(args, terminal),
        PfsenseVerb::SshKey(args) => ssh_key::run(args, terminal),
    }
}

/// A pfSense release, as far as reading and writing config.xml goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Base {
    /// CE 2.8 and earlier
    #[value(name = "2.8")]
    V2_8,
    /// 2.9 and later
    #[value(name = "2.9")]
    V2_9,
}

impl Base {
    fn era(self) -> Era {
        match self {
            Base::V2_8 => Era::Html,
            Base::V2_9 => Era::Xml,
        }
    }
}

/// A config.xml that was read, and the registry for places in it.
struct ConfigFile {
    name: String,
    bytes: Vec<u8>,
}

impl ConfigFile {
    fn read(path: &Path) -> Result<Self, Failure> {
        let (name, bytes) = input::file(path)?;
        Ok(ConfigFile { name, bytes })
    }

    /// The file as the only source, in the encoding that places are counted in.
    fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        let text = match std::str::from_utf8(&self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            // Whatever is no UTF-8 is ISO-8859-1, or refused before its text matters.
            Err(_) => Cow::Owned(self.bytes.iter().map(|b| char::from(*b)).collect()),
        };
        sources.add(self.name.as_str(), text.into_owned());
        sources
    }

    /// Says why pfSense cannot load the file.
    fn refuse(&self, error: &ReadError, terminal: &mut Terminal) -> Result<Exit, Failure> {
        findings::talk(&[self.finding(error)], &self.sources(), terminal)
    }

    fn finding(&self, error: &ReadError) -> Finding {
        error.to_finding(crate::finding::SourceId(0)).on(self.name.as_str())
    }
}
