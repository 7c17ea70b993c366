//! `metalsense explain`.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::error::Failure;
use super::exit::Exit;
use super::terminal::Terminal;
use crate::declaration::shape::suggest::nearest;
use crate::finding::codes::{self, Page};
use crate::report::FORMAT_VERSION;
use crate::report::style::{self, Styled};

/// How pages are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One document, see `format_version`
    Json,
    /// For a wiki or a ticket
    Markdown,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    metalsense explain filter-denies-pool\n  \
    metalsense explain --output markdown")]
pub struct ExplainArgs {
    /// The code of a finding; without one, all codes are listed
    code: Option<String>,

    /// How to print the page
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    output: Format,
}

pub(super) fn run(args: &ExplainArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let Some(code) = &args.code else {
        list(args.output, terminal)?;
        return Ok(Exit::Done);
    };
    let Some(page) = codes::find(code) else {
        let failure = Failure::usage(format!("there is no finding with the code `{code}`"));
        return Err(match nearest(code, codes::all().map(|page| page.code)) {
            Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
            None => failure.hint("`metalsense explain` lists all codes"),
        });
    };
    match args.output {
        Format::Human => terminal.data(&human(page))?,
        Format::Markdown => terminal.data(&markdown(page))?,
        Format::Json => terminal.json(&json!({"format_version": FORMAT_VERSION, "page": value(page)}))?,
    }
    Ok(Exit::Done)
}

/// Sorted by code, whatever the order of the tables.
fn sorted() -> Vec<&'static Page> {
    let mut pages: Vec<&Page> = codes::all().collect();
    pages.sort_by_key(|page| page.code);
    pages
}

fn list(format: Format, terminal: &mut Terminal) -> Result<(), Failure> {
    let pages = sorted();
    match format {
        Format::Json => {
            let all: Vec<Value> = pages.into_iter().map(value).collect();
            terminal.json(&json!({"format_version": FORMAT_VERSION, "pages": all}))
        }
        Format::Human => {
            let width = pages.iter().map(|page| page.code.len()).max().unwrap_or_default();
            let line = |page: &Page| {
                let severity = format!("{:7}", page.severity.to_string());
                format!(
                    "{:width$}  {}  {}\n",
                    page.code,
                    Styled(style::severity(page.severity), &severity),
                    page.title
                )
            };
            terminal.data(&pages.into_iter().map(line).collect::<String>())
        }
        Format::Markdown => {
            let rows =
                pages.into_iter().map(|p| format!("| `{}` | {} | {} |\n", p.code, p.severity, p.title));
            let rows: String = rows.collect();
            terminal.data(&format!("| code | severity | |\n| --- | --- | --- |\n{rows}"))
        }
    }
}

/// The parts of a page that have a text.
fn parts(page: &Page) -> [(&'static str, &'static str); 4] {
    [
        ("symptom", page.symptom),
        ("cause", page.cause),
        ("what is looked at", page.sees),
        ("what to do", page.remedy),
    ]
}

/// What can be done about the severity, and what must be read.
fn notes(page: &Page) -> Vec<&'static str> {
    let fixed = "it can be neither lowered nor accepted: what it reports leaves nothing to work with";
    let live = "it is found only where the live sides are read, for example `metalsense check --live DIR`";
    [(page.fixed, fixed), (page.live, live)].into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect()
}

fn human(page: &Page) -> String {
    let mut text = format!(
        "{}: {}\n",
        Styled(style::severity(page.severity), format!("{}[{}]", page.severity, page.code)),
        page.title
    );
    for (name, part) in parts(page) {
        text.push_str(&format!("\n{}\n  {part}\n", Styled(style::HINT, name)));
    }
    for note in notes(page) {
        text.push_str(&format!("\n{note}\n"));
    }
    if !page.references.is_empty() {
        text.push_str(&format!("\nsee also {}\n", page.references.join(", ")));
    }
    text
}

fn markdown(page: &Page) -> String {
    let mut text = format!("# {}\n\n{}: {}\n", page.code, page.severity, page.title);
    for (name, part) in parts(page) {
        text.push_str(&format!("\n**{name}**: {part}\n"));
    }
    for note in notes(page) {
        text.push_str(&format!("\n{note}\n"));
    }
    if !page.references.is_empty() {
        text.push_str(&format!("\nsee also {}\n", page.references.join(", ")));
    }
    text
}

fn value(page: &Page) -> Value {
    json!({
        "code": page.code,
        "severity": page.severity,
        "title": page.title,
        "symptom": page.symptom,
        "cause": page.cause,
        "sees": page.sees,
        "remedy": page.remedy,
        "fixed": page.fixed,
        "live": page.live,
        "references": page.references,
    })
}
