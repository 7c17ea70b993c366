//! `metalsense pfsense validate`.

use std::path::PathBuf;

use clap::Args;

use super::ConfigFile;
use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::findings::{self, Format, Judging};
use crate::cli::terminal::Terminal;
use crate::finding::{Finding, Layer, SourceId};
use crate::pfsense::frr::{self, Complaint};
use crate::pfsense::xml::Document;

/// Arguments of `pfsense validate`.
#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    /// The config.xml, or `-` for standard input
    file: PathBuf,

    #[command(flatten)]
    judging: Judging,
}

pub(super) fn run(args: &ValidateArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let config = ConfigFile::read(&args.file)?;
    let document = match Document::parse(&config.bytes) {
        Ok(document) => document,
        Err(error) => return config.refuse(&error, terminal),
    };
    let complaints = frr::validate(document.value());
    let mut found: Vec<Finding> = complaints.iter().map(|complaint| finding(complaint, &document)).collect();
    args.judging.weight.apply(&mut found);
    if args.judging.output == Format::Human {
        // The forms' own words, one line each, as their users know them.
        terminal.data(&frr::validation_report(&complaints))?;
        return Ok(findings::exit(&found));
    }
    findings::print("pfsense validate", "ok", args.judging.output, &found, &config.sources(), terminal)
}

fn finding(complaint: &Complaint, document: &Document) -> Finding {
    let path = format!("installedpackages/{}/config/{}", complaint.section, complaint.index);
    let mut finding = Finding::error(Layer::Pfsense, "form-refuses", complaint.message.clone())
        .on(format!("{}[{}] {}", complaint.section, complaint.index, complaint.key).trim_end().to_owned())
        .hint("correct the entry in the FRR package's own page; until then it cannot be saved there");
    finding.place = document.place(SourceId(0), &path);
    finding
}
