//! What the command line takes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::storage::{DurabilityChoice, StoreUrl, parse_store};
use crate::execution::CallLogLevel;
use crate::http::HostPattern;
use crate::store::State;

/// A compiled workflow.
#[derive(Debug, Parser)]
#[command(version, about = "A workflow compiled by cogwork", arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run one execution to its end and print its result
    Run(RunOptions),
    /// Answer the Executions API and callbacks over HTTP
    Serve(ServeOptions),
    /// See, end and await executions of a running server
    #[command(subcommand)]
    Executions(Executions),
    /// See callback endpoints of a running server, and send requests to them
    #[command(subcommand)]
    Callbacks(Callbacks),
    /// Show name, revision, parameters and steps
    Describe(Choice),
    /// Print the definition that this program was compiled from
    Source(Choice),
}

/// What to do with executions.
#[derive(Debug, Subcommand)]
pub(super) enum Executions {
    /// List executions, newest first
    List {
        /// Only those in this state
        #[arg(long, value_enum, ignore_case = true)]
        state: Option<StateName>,
        /// How many at most
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: usize,
        /// How to print them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        remote: RemoteOptions,
    },
    /// Show all that is known of an execution, as JSON
    Describe(OneExecution),
    /// End an execution
    Cancel(OneExecution),
    /// Wait for the end of an execution and print its result
    Wait {
        #[command(flatten)]
        execution: OneExecution,
        /// How long to wait; any time by default
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        timeout: Option<Duration>,
    },
}

/// What to do with callback endpoints.
#[derive(Debug, Subcommand)]
pub(super) enum Callbacks {
    /// List the callback endpoints of an execution: method, URL, and how many steps wait
    List(OneExecution),
    /// Send a request to a callback endpoint
    Send {
        /// The endpoint's URL
        #[arg(value_parser = parse_url)]
        url: String,
        /// The body: JSON text, @FILE, or - for standard input
        #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
        data: Option<String>,
        /// The method that the endpoint takes
        #[arg(long, default_value = "POST")]
        method: String,
    },
}

/// An execution of a running server.
#[derive(Debug, ClapArgs)]
pub(super) struct OneExecution {
    /// Its id
    #[arg(value_name = "ID")]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) remote: RemoteOptions,
}

/// Which server is meant.
#[derive(Debug, ClapArgs)]
pub(super) struct RemoteOptions {
    /// Where the program serves
    #[arg(long, value_name = "URL", value_parser = parse_url, default_value = "http://127.0.0.1:8787")]
    pub(super) server: String,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    #[default]
    Table,
    /// One JSON list
    Json,
}

/// States by the API's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum StateName {
    /// It runs or waits
    Active,
    /// It ended with a result
    Succeeded,
    /// It ended with an error
    Failed,
    /// It was cancelled
    Cancelled,
    /// The program does not have its revision
    Unavailable,
}

impl StateName {
    /// The API's word.
    pub(super) fn as_str(self) -> &'static str {
        let state = match self {
            Self::Active => State::Active,
            Self::Succeeded => State::Succeeded,
            Self::Failed => State::Failed,
            Self::Cancelled => State::Cancelled,
            Self::Unavailable => State::Unavailable,
        };
        state.as_str()
    }
}

/// Options of `run`.
#[derive(Debug, ClapArgs)]
pub(super) struct RunOptions {
    /// The argument: JSON text, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", allow_hyphen_values = true)]
    pub(super) data: Option<String>,
    /// Id of the execution; with a store that lasts, the same id goes on with the same execution
    #[arg(long, value_name = "ID")]
    pub(super) execution: Option<String>,
    /// Which calls of its steps are logged
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    pub(super) call_log_level: CallLogging,
    /// Where to keep the execution: memory:, or sqlite:FILE
    #[arg(long, value_name = "URL", default_value = "memory:", value_parser = parse_store)]
    pub(super) store: StoreUrl,
    /// Where to listen for callbacks; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: SocketAddr,
    #[command(flatten)]
    pub(super) choice: Choice,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// Options of `serve`.
#[derive(Debug, ClapArgs)]
pub(super) struct ServeOptions {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(super) listen: SocketAddr,
    /// Where to keep executions: sqlite:FILE, or memory: to keep nothing [default: sqlite:NAME.db]
    #[arg(long, value_name = "URL", value_parser = parse_store)]
    pub(super) store: Option<StoreUrl>,
    /// Scheme and authority of callback URLs, when others reach this server by another name
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// Options that `run` and `serve` share.
#[derive(Debug, ClapArgs)]
pub(super) struct Shared {
    /// An environment variable that sys.get_env sees; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_env)]
    pub(super) env: Vec<(String, String)>,
    /// A file of environment variables, one NAME=VALUE per line, # for comments; --env goes before it
    #[arg(long, value_name = "FILE")]
    pub(super) env_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) outgoing: Outgoing,
    /// What becomes of executions whose revision is not in this program
    #[arg(long, value_enum, default_value_t)]
    pub(super) revisions: Revisions,
    /// For how long executions that have ended are kept: 90d, 12h, 30m; or forever
    #[arg(long, value_name = "TIME", value_parser = parse_keep_for, default_value = "90d")]
    pub(super) keep_for: KeepFor,
    /// How many of the executions that ended last are kept; any number by default
    #[arg(long, value_name = "NUMBER")]
    pub(super) keep_last: Option<usize>,
    /// How long an execution may take
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "365d")]
    pub(super) execution_timeout: Duration,
    /// What the store promises
    #[arg(long, value_enum, default_value_t)]
    pub(super) durability: DurabilityChoice,
    /// Listen beyond this machine although anybody who reaches the port may then start executions
    #[arg(long)]
    pub(super) allow_unauthenticated: bool,
}

/// Options about the requests that workflows send.
#[derive(Debug, ClapArgs)]
pub(super) struct Outgoing {
    /// A host that workflows may reach (api.example.com, *.example.com, either with a :port); all of them by default;
    /// may be repeated
    #[arg(long, value_name = "HOST")]
    pub(super) allow_host: Vec<HostPattern>,
    /// A program and its arguments that print a token for `auth`, instead of Google's application default credentials
    #[arg(long, value_name = "COMMAND", value_parser = parse_command)]
    pub(super) auth_token_command: Option<CommandLine>,
    /// Send the key of each call as Idempotency-Key: the same when a call is repeated after a crash
    #[arg(long)]
    pub(super) idempotency_header: bool,
    /// A host whose calls are never repeated after a crash: an interrupted one raises ConnectionError; written like
    /// --allow-host, * for all; may be repeated
    #[arg(long, value_name = "HOST")]
    pub(super) at_most_once: Vec<HostPattern>,
}

/// A program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandLine(pub(super) Vec<String>);

/// What becomes of executions whose revision is not in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Revisions {
    /// They stay parked until a program has it
    #[default]
    Park,
    /// They go on with the present revision, where everything that they are in still exists
    Adopt,
}

/// Which calls are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum CallLogging {
    /// Calls with arguments, results and errors
    #[value(name = "log-all-calls")]
    All,
    /// Calls that raise an error
    #[value(name = "log-errors-only")]
    Errors,
    /// No calls
    #[default]
    #[value(name = "log-none")]
    None,
}

impl From<CallLogging> for CallLogLevel {
    fn from(level: CallLogging) -> Self {
        match level {
            CallLogging::All => Self::All,
            CallLogging::Errors => Self::Errors,
            CallLogging::None => Self::None,
        }
    }
}

/// Which workflow is meant.
#[derive(Debug, ClapArgs)]
pub(super) struct Choice {
    /// The workflow, when the program holds several
    #[arg(long, value_name = "NAME")]
    pub(super) workflow: Option<String>,
}

/// Reads the value of `--env`, and a line of an `--env-file`.
pub(super) fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// For how long something is kept; without a time, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeepFor(pub(super) Option<Duration>);

fn parse_keep_for(text: &str) -> Result<KeepFor, String> {
    if text == "forever" { Ok(KeepFor(None)) } else { parse_time(text).map(|time| KeepFor(Some(time))) }
}

/// Checks the URL of a server, or of something on it.
fn parse_url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        _ => Err("expected a URL such as http://127.0.0.1:8787".to_owned()),
    }
}

/// Reads a length of time, in which a day has 24 hours.
fn parse_time(text: &str) -> Result<Duration, String> {
    let span: jiff::Span =
        text.parse().map_err(|_| "expected a time such as 90d, 12h, 30m or 45s".to_owned())?;
    let time =
        span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())?;
    Duration::try_from(time).map_err(|_| "a time cannot be negative".to_owned())
}

/// Splits words as a shell does; nothing else of a shell is understood.
fn parse_command(text: &str) -> Result<CommandLine, String> {
    match shlex::split(text) {
        Some(words) if !words.is_empty() => Ok(CommandLine(words)),
        Some(_) => Err("expected a program and its arguments".to_owned()),
        None => Err("a quote is not closed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(parse_time("90d"), Ok(Duration::from_secs(7_776_000)));
        assert_eq!(parse_time("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(parse_time("45s"), Ok(Duration::from_secs(45)));
        assert!(parse_time("90").is_err() && parse_time("-1h").is_err() && parse_time("soon").is_err());
        assert_eq!(parse_keep_for("forever"), Ok(KeepFor(None)));
    }

    #[test]
    fn servers_are_named_by_url() {
        assert!(parse_url("https://flows.example.com").is_ok());
        for text in ["flows.example.com", "localhost:8787", "ftp://flows.example.com", ""] {
            assert!(parse_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_command_is_split_into_words() {
        let words = |text| parse_command(text).map(|line| line.0);
        assert_eq!(words("gcloud auth 'a b'"), Ok(vec!["gcloud".into(), "auth".into(), "a b".into()]));
        assert!(words("").is_err());
        assert!(words("'open").is_err());
    }
}
