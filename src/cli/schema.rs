//! `metalsense schema`.

use clap::{Args, ValueEnum};

use super::error::Failure;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::declaration::schema;

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value = "network")]
    which: Which,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// JSON Schema of the file, for editors and checkers
    Network,
    /// CustomResourceDefinition of the same, for a cluster
    Crd,
}

pub(super) fn run(args: &SchemaArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match args.which {
        Which::Network => terminal.data(&schema::json_schema_text())?,
        Which::Crd => {
            let text = schema::crd_text()
                .map_err(|error| Failure::because(Exit::Failed, error).about("the schema as YAML"))?;
            terminal.data(&text)?;
        }
    }
    Ok(Exit::Done)
}
