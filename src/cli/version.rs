//! `metalsense version`.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::error::Failure;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::metallb::Version;
use crate::pfsense::frr::PackageLevel;
use crate::report::FORMAT_VERSION;

/// Arguments of `version`.
#[derive(Args, Debug)]
pub struct VersionArgs {
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    output: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For programs
    Json,
}

pub(super) fn run(args: &VersionArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let metallb: Vec<String> = Version::ALL.iter().map(ToString::to_string).collect();
    let package = [PackageLevel::V2_0, PackageLevel::V2_1].map(|level| level.to_string());
    match args.output {
        Format::Human => terminal.data(&format!(
            "metalsense {version}\nMetalLB {}\npfSense FRR package {}\n",
            metallb.join(", "),
            package.join(", ")
        ))?,
        Format::Json => terminal.json(&json!({
            "format_version": FORMAT_VERSION,
            "version": version,
            "declaration": ["metalsense.dev/v1alpha1"],
            "metallb": metallb,
            "pfsense_frr_package": package,
        }))?,
    }
    Ok(Exit::Done)
}
