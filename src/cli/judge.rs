//! `metalsense judge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::error::Failure;
use super::exit::Exit;
use super::findings::{self, Judging};
use super::input;
use super::terminal::Terminal;
use crate::finding::{Finding, Sources};
use crate::metallb::judge::{Judge, Layers};
use crate::metallb::manifest::{self, Input};
use crate::metallb::{Backend, Version};

/// Arguments of `judge`.
#[derive(Args, Debug)]
#[command(after_help = "Needs no declaration: any manifests will do, for example in CI\n  \
    metalsense judge deploy/metallb/ --metallb-version 0.15.2 --backend frr -o github\n\n\
    A file can also ask the webhooks a question:\n  \
    {before: [objects that exist], objects: [objects to write], operation: create|update|delete}")]
pub struct JudgeArgs {
    /// Manifests, folders of them, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The release of MetalLB
    #[arg(long, value_name = "VERSION", default_value_t = Version::DEFAULT.to_string())]
    metallb_version: String,

    /// The BGP implementation of its speakers
    #[arg(long, value_name = "native|frr|frr-k8s", default_value = "native")]
    backend: String,

    /// Who is asked: the configuration parser, the admission webhooks, the schema of the CRDs
    #[arg(long, default_value = "all")]
    layer: Layer,

    /// The namespace that MetalLB runs in; by default metallb-system, or the one that all objects share
    #[arg(short, long)]
    namespace: Option<String>,

    #[command(flatten)]
    judging: Judging,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Layer {
    Config,
    Webhook,
    Schema,
    All,
}

impl Layer {
    fn layers(self) -> Layers {
        match self {
            Layer::Config => Layers::CONFIG,
            Layer::Webhook => Layers::WEBHOOK,
            Layer::Schema => Layers::SCHEMA,
            Layer::All => Layers::ALL,
        }
    }
}

pub(super) fn run(args: &JudgeArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let (version, note) = Version::parse(&args.metallb_version).map_err(Failure::usage)?;
    if let Some(note) = note {
        terminal.note(&format!("{note}\n"))?;
    }
    let backend: Backend = args.backend.parse().map_err(Failure::usage)?;
    let judge = Judge { version, backend, layers: args.layer.layers(), namespace: args.namespace.clone() };

    let mut sources = Sources::default();
    let mut found = Vec::new();
    let mut inputs = Vec::new();
    for (name, bytes) in input::files(&args.files)? {
        match read(&name, &bytes, &mut sources) {
            Ok(read) => inputs.extend(read),
            Err(finding) => found.push(*finding),
        }
    }
    found.extend(judge.judge_files(inputs).findings);
    crate::finding::sort(&mut found);
    args.judging.weight.apply(&mut found);
    let passed = format!("MetalLB {version} with the {backend} backend accepts this");
    findings::print("judge", &passed, args.judging.output, &found, &sources, terminal)
}

fn read(name: &str, bytes: &[u8], sources: &mut Sources) -> Result<Vec<Input>, Box<Finding>> {
    let text = String::from_utf8_lossy(bytes);
    let source = sources.add(name, text.as_ref());
    if let std::borrow::Cow::Owned(_) = text {
        let finding = Finding::error(
            crate::finding::Layer::Declaration,
            "manifest-encoding",
            format!("{name} is not UTF-8"),
        );
        return Err(Box::new(finding.hint("write the file as UTF-8")));
    }
    manifest::read(source, &text)
}
