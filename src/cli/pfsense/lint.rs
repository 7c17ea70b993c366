//! `metalsense pfsense lint`.

use std::path::PathBuf;

use clap::Args;

use super::ConfigFile;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::findings::{self, Judging};
use crate::cli::terminal::Terminal;
use crate::finding::SourceId;
use crate::pfsense::xml::{self, Era};

/// Arguments of `pfsense lint`.
#[derive(Args, Debug)]
pub(super) struct LintArgs {
    /// The config.xml, or `-` for standard input
    file: PathBuf,

    #[command(flatten)]
    judging: Judging,
}

pub(super) fn run(args: &LintArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = ConfigFile::read(&args.file)?;
    let (mut found, passed) = match xml::lint(&config.bytes) {
        Ok(summary) => {
            let notes =
                summary.notes.iter().map(|note| note.to_finding(SourceId(0)).on(config.name.as_str()));
            (notes.collect(), passed(&config.name, &summary))
        }
        Err(error) => (vec![config.finding(&error)], String::new()),
    };
    args.judging.weight.apply(&mut found);
    findings::print("pfsense lint", &passed, args.judging.output, &found, &config.sources(), terminal)
}

fn passed(name: &str, summary: &xml::Summary) -> String {
    let release = match summary.era {
        Era::Html => "up to 2.8",
        Era::Xml => "2.9 and later",
    };
    let version = match summary.version.as_str() {
        "" => "no version".to_owned(),
        version => format!("version {version}"),
    };
    format!(
        "{name}: pfSense loads it ({version}, read as pfSense {release} does, {} elements, {} package sections)",
        summary.elements,
        summary.sections.len()
    )
}
