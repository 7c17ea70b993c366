//! Verbs, the flags that all of them have, and the environment variable of every flag.

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Command, CommandFactory as _, Parser, Subcommand};

use super::exit::Exit;
use super::terminal::{ColorChoice, Verbosity};
use super::{apply, check, compile, completion, diff, explain, fmt, judge, man, pfsense, schema, version};

/// One declarative file for both ends of every BGP session between MetalLB and pfSense
///
/// metalsense compiles a file that describes nodes, ASNs, pools and routers into MetalLB's custom
/// resources and into the FRR sections of pfSense's config.xml, shows what differs from what is
/// there, and changes nothing that it does not own.
#[derive(Debug, Parser)]
#[command(name = "metalsense", version, propagate_version = false, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, infer_subcommands = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,

    /// How to talk.
    #[command(flatten)]
    pub talk: Talk,
}

/// Flags of every verb.
#[derive(Args, Clone, Copy, Debug)]
pub struct Talk {
    /// When to use colour; NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR are heeded as well
    #[arg(long, global = true, value_name = "auto|always|never", default_value = "auto")]
    #[arg(hide_possible_values = true, hide_default_value = true, help_heading = "Talk")]
    pub color: ColorChoice,

    /// Say more about what is done
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet", help_heading = "Talk")]
    pub verbose: bool,

    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Talk")]
    pub quiet: bool,
}

impl Talk {
    /// The two flags as one value.
    pub fn verbosity(self) -> Verbosity {
        match (self.verbose, self.quiet) {
            (_, true) => Verbosity::Quiet,
            (true, false) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

/// The verbs, in the order of the help.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Say what is wrong with declarations, and with both live sides
    Check(check::CheckArgs),
    /// Print or write what both sides should hold: MetalLB objects, XML fragments, frr.conf
    #[command(visible_aliases = ["build", "render"])]
    Compile(compile::CompileArgs),
    /// Show what differs between the declaration and what is live; changes nothing
    Diff(diff::DiffArgs),
    /// Make both sides what the declaration says
    Apply(apply::ApplyArgs),
    /// Write declarations in their one form: indentation, quotes, ASNs; comments stay
    Fmt(fmt::FmtArgs),
    /// Say whether MetalLB would accept manifests, whoever wrote them
    Judge(judge::JudgeArgs),
    /// Explain a finding by its code: symptom, cause, what is looked at, what to do
    Explain(explain::ExplainArgs),
    /// Print the schema of the declaration
    Schema(schema::SchemaArgs),
    /// Look at and edit a pfSense config.xml
    Pfsense(pfsense::PfsenseArgs),
    /// Print a completion script for a shell
    Completion(completion::CompletionArgs),
    /// Print the manual page, or write all of them
    Man(man::ManArgs),
    /// Print the version and what it supports
    Version(version::VersionArgs),
}

/// The whole command line with everything that the derived part does not say.
pub fn command() -> Command {
    let command = with_environment(Cli::command());
    let mut notes = Exit::table();
    notes.push_str(
        "\nEvery flag can be set by an environment variable: METALSENSE_ and the flag's name, for \
         example\nMETALSENSE_OUTPUT=json. Flags win over the environment; an empty variable is none.\n",
    );
    command.after_help(notes)
}

/// Gives every flag its environment variable.
fn with_environment(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let Some(long) = arg.get_long().filter(|long| !matches!(*long, "help" | "version")) else {
            return arg;
        };
        let name = format!("METALSENSE_{}", long.to_ascii_uppercase().replace('-', "_"));
        // An empty variable is what CI systems make of a value that is not set.
        if std::env::var_os(&name).is_some_and(|value| value.is_empty()) {
            return arg;
        }
        let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
        // The name follows from the flag, so the help need not repeat it for each.
        let arg = arg.env(name).hide_env(true);
        if is_switch { arg.value_parser(FalseyValueParser::new()) } else { arg }
    });
    command.mut_subcommands(with_environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_flag_of_every_verb_has_its_variable() {
        fn check(command: &Command) {
            for arg in command.get_arguments() {
                match arg.get_long() {
                    None | Some("help" | "version") => {}
                    Some(long) => {
                        let name = format!("METALSENSE_{}", long.to_uppercase().replace('-', "_"));
                        assert_eq!(arg.get_env().and_then(|e| e.to_str()), Some(name.as_str()));
                    }
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }
}
