//! What the command line takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Limits;

/// Compiles Google Cloud Workflows definitions to programs.
#[derive(Debug, Parser)]
#[command(name = "cogwork", version, about, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with definitions
    Check(Check),
    /// Compile a definition to a program
    Build(Build),
    /// Compile a definition and run it once
    Run(Run),
    /// Compile a definition and serve it over HTTP
    Serve(Serve),
    /// Print the Rust code that a definition is compiled to
    Expand(Expand),
    /// Draw the control flow of a definition
    Graph(Graph),
}

/// Options of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Definitions, and directories that hold some (.yaml, .yml, .json)
    #[arg(required = true, value_name = "FILE")]
    pub(super) paths: Vec<PathBuf>,
    /// How to print what is found: for people on standard error, or as a JSON array on standard output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Which limits apply: this compiler's, or those of Google's service
    #[arg(long, value_enum, default_value_t)]
    pub(super) limits: Profile,
}

/// How diagnostics are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Human,
    Json,
}

/// A profile of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Profile {
    #[default]
    Default,
    Google,
}

impl Profile {
    /// The limits of this profile.
    pub(super) fn limits(self) -> Limits {
        match self {
            Self::Default => Limits::default(),
            Self::Google => Limits::google(),
        }
    }
}

/// Options of `build`.
#[derive(Debug, clap::Args)]
pub(super) struct Build {
    /// Definitions, and directories that hold some; a file without `main` is a library for the others
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Which limits apply, when compiling and when running: this program's, or those of Google's service
    #[arg(long, value_enum, default_value_t)]
    pub(super) limits: Profile,
    /// Where to put the program [default: the workflow's name, in this directory]
    #[arg(short, long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,
    /// An earlier definition of one of the workflows, for executions that began with it; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(super) keep: Vec<PathBuf>,
    /// Do not optimise
    #[arg(long, conflicts_with = "dist")]
    pub(super) debug: bool,
    /// Optimise for size, which takes minutes
    #[arg(long)]
    pub(super) dist: bool,
}

/// Options of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// The definition, and libraries of subworkflows beside it
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Which limits apply, when compiling and when running: this program's, or those of Google's service
    #[arg(long, value_enum, default_value_t)]
    pub(super) limits: Profile,
    /// The argument of the workflow: JSON text, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(super) data: Option<String>,
    /// An environment variable that sys.get_env sees; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = environment)]
    pub(super) env: Vec<String>,
    /// Optimise for speed
    #[arg(long)]
    pub(super) release: bool,
    /// Further options of the built program, after --
    #[arg(last = true, value_name = "OPTION")]
    pub(super) rest: Vec<OsString>,
}

/// Options of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Optimise for speed
    #[arg(long)]
    pub(super) release: bool,
    /// Which limits apply, when compiling and when running: this program's, or those of Google's service
    #[arg(long, value_enum, default_value_t)]
    pub(super) limits: Profile,
    /// The first definition or directory
    pub(super) file: PathBuf,
    /// More of them, then options of the built program, such as --listen; `-- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    pub(super) rest: Vec<OsString>,
}

/// Options of `expand`.
#[derive(Debug, clap::Args)]
pub(super) struct Expand {
    /// The definition
    pub(super) file: PathBuf,
}

/// Options of `graph`.
#[derive(Debug, clap::Args)]
pub(super) struct Graph {
    /// The definition
    pub(super) file: PathBuf,
    /// What to write [default: by the ending of the output's name, else mermaid]
    #[arg(long, value_enum)]
    pub(super) format: Option<GraphFormat>,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,
}

/// How a graph is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// A Mermaid flowchart
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
    /// Nodes and edges as data
    Json,
}

fn environment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(text.to_owned()),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_of_the_program_pass_through() {
        let parse = |args: &[&str]| Args::try_parse_from(args).unwrap().command;
        let Command::Serve(serve) = parse(&["cogwork", "serve", "a.yaml", "--listen", "127.0.0.1:1"]) else {
            panic!("serve")
        };
        assert_eq!(serve.rest, ["--listen", "127.0.0.1:1"]);
        let Command::Run(run) = parse(&["cogwork", "run", "a.yaml", "--data", "-5", "--", "--listen", "x"])
        else {
            panic!("run")
        };
        assert_eq!((run.data.as_deref(), run.rest.len()), (Some("-5"), 2));
    }

    #[test]
    fn an_environment_variable_has_a_name() {
        assert!(environment("=x").is_err());
        assert!(environment("x").is_err());
        assert_eq!(environment("x="), Ok("x=".to_owned()));
    }
}
