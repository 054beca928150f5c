//! Effects: what a machine asks the engine for. Everything that touches the world is one of these; nothing else is.
//!
//! Effects are plain data with absolute deadlines, so that a stored one can be started again after a crash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::http::HttpRequest;
use crate::value::Value;

/// An instant as microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` later; saturates at the ends of time.
    #[must_use]
    pub fn after(self, seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "float to integer casts saturate")]
        Self(self.0.saturating_add((seconds * 1e6).round() as i64))
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of this age fit a double")]
        {
            self.0 as f64 / 1e6
        }
    }
}

/// Something that a machine waits for the engine to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Effect {
    /// Wait until an instant; gives null.
    Sleep {
        /// When to go on.
        until: Timestamp,
    },
    /// Write a log entry; gives null.
    Log(LogEntry),
    /// Send an HTTP request; gives `{body, code, headers}` or an error.
    Http(Box<HttpRequest>),
    /// Run workflows of the same program and wait for them; gives their results.
    Children(ChildExecutions),
    /// Ask the Executions API of the same program; gives what its method answers.
    Executions(Box<ExecutionsCall>),
    /// Open a callback endpoint; gives `{url}`.
    CreateCallback {
        /// The HTTP method that it accepts.
        method: String,
    },
    /// Wait for a request on a callback endpoint of this execution; gives the request map, or `TimeoutError`.
    AwaitCallback {
        /// The endpoint's URL.
        url: String,
        /// When to give up.
        deadline: Timestamp,
    },
}

impl Effect {
    /// Whether somebody outside the execution does it: it has to be started, and again after a crash.
    #[must_use]
    pub fn is_external(&self) -> bool {
        match self {
            Self::Log(_) | Self::Http(_) | Self::Children(_) | Self::Executions(_) => true,
            Self::Sleep { .. } | Self::CreateCallback { .. } | Self::AwaitCallback { .. } => false,
        }
    }
}

/// Executions that another one starts and waits for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChildExecutions {
    /// The workflow.
    pub workflow: String,
    /// One argument for each execution.
    pub arguments: Vec<Value>,
    /// Whether the result is the list of all results, or that of the only one.
    pub all: bool,
    /// When to give up waiting.
    pub deadline: Timestamp,
}

/// A call of the Executions API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutionsCall {
    /// The workflow whose executions are meant.
    pub workflow: String,
    /// What to do.
    pub method: ExecutionsMethod,
    /// When to give up.
    pub deadline: Timestamp,
}

/// The methods of the Executions API that workflows can call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ExecutionsMethod {
    /// Create an execution; gives it, as it is at once or at its end.
    Create {
        /// What is created.
        execution: NewExecution,
        /// Whether to wait for its end.
        wait: bool,
    },
    /// Create an execution; gives its result, or null without waiting.
    Run {
        /// What is created.
        execution: NewExecution,
        /// Whether to wait for its end.
        wait: bool,
    },
    /// Look at an execution.
    Get {
        /// Its id.
        execution: String,
        /// Whether to show all of it.
        full: bool,
    },
    /// End an execution.
    Cancel {
        /// Its id.
        execution: String,
    },
}

/// An execution to be created.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewExecution {
    /// Its argument as JSON text.
    pub argument: Option<String>,
    /// `callLogLevel` in the API's words.
    pub call_log_level: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// What `sys.log` writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogEntry {
    /// The severity.
    pub severity: Severity,
    /// Text or JSON.
    pub payload: LogPayload,
}

/// The payload of a log entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum LogPayload {
    /// `textPayload`
    Text(String),
    /// `jsonPayload`; always a map.
    Json(Value),
}

/// Cloud Logging's severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the variants are the service's words")]
pub enum Severity {
    Default,
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}

impl Severity {
    /// Cloud Logging's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "DEFAULT",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
            Self::Alert => "ALERT",
            Self::Emergency => "EMERGENCY",
        }
    }
}
