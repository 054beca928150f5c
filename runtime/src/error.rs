//! Errors that a workflow can see: what `raise` throws and `except` binds.
//!
//! They are values of the language, apart from the typed errors of the engine and its stores.

use std::borrow::Cow;
use std::fmt;

use crate::value::Value;

/// What a workflow operation gives: a value, or an error that `except` can catch.
pub type Result<T = Value> = std::result::Result<T, Error>;

/// The tags of built-in errors (<https://docs.cloud.google.com/workflows/docs/reference/syntax/error-types>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants are the service's tags, word for word")]
pub enum Tag {
    AuthError,
    ConnectionError,
    ConnectionFailedError,
    ExecutionError,
    HttpError,
    IndexError,
    KeyError,
    OperationError,
    ParallelNestingError,
    RecursionError,
    ResourceLimitError,
    ResponseTypeError,
    SystemError,
    TimeoutError,
    TypeError,
    UnhandledBranchError,
    ValueError,
    ZeroDivisionError,
}

impl Tag {
    /// The tag as it stands in the error map.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthError => "AuthError",
            Self::ConnectionError => "ConnectionError",
            Self::ConnectionFailedError => "ConnectionFailedError",
            Self::ExecutionError => "ExecutionError",
            Self::HttpError => "HttpError",
            Self::IndexError => "IndexError",
            Self::KeyError => "KeyError",
            Self::OperationError => "OperationError",
            Self::ParallelNestingError => "ParallelNestingError",
            Self::RecursionError => "RecursionError",
            Self::ResourceLimitError => "ResourceLimitError",
            Self::ResponseTypeError => "ResponseTypeError",
            Self::SystemError => "SystemError",
            Self::TimeoutError => "TimeoutError",
            Self::TypeError => "TypeError",
            Self::UnhandledBranchError => "UnhandledBranchError",
            Self::ValueError => "ValueError",
            Self::ZeroDivisionError => "ZeroDivisionError",
        }
    }

    /// The more general tag that goes with it, as the service adds `LookupError` to `KeyError`.
    #[must_use]
    pub fn parent(self) -> Option<&'static str> {
        match self {
            Self::KeyError | Self::IndexError => Some("LookupError"),
            Self::ZeroDivisionError => Some("ArithmeticError"),
            _ => None,
        }
    }
}

/// One line of a stack trace, innermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceElement {
    /// The (sub)workflow.
    pub routine: Cow<'static, str>,
    /// The step.
    pub step: Cow<'static, str>,
    /// Line of the step's body, from 1.
    pub line: u32,
    /// Column of the step's body, from 1.
    pub column: u32,
    /// Length of the step's body in characters.
    pub length: u32,
}

/// A raised error.
///
/// One word wide, so that a `Result<Value>` is no larger than a `Value`.
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    value: Value,
    trace: Vec<TraceElement>,
    fatal: bool,
    /// The frame that raises it is in the trace already.
    rethrown: bool,
}

impl Error {
    /// A built-in error: `{message, tags}`. `message` is used as it is.
    #[must_use]
    #[cold]
    pub fn new(tag: Tag, message: impl Into<String>) -> Self {
        let tags = std::iter::once(tag.as_str()).chain(tag.parent()).map(Value::from).collect();
        Self::raised(Value::from([("message", Value::from(message.into())), ("tags", Value::list(tags))]))
    }

    /// `TypeError: message`
    #[must_use]
    #[cold]
    pub fn type_error(message: impl fmt::Display) -> Self {
        Self::new(Tag::TypeError, format!("TypeError: {message}"))
    }

    /// `ValueError: message`
    #[must_use]
    #[cold]
    pub fn value_error(message: impl fmt::Display) -> Self {
        Self::new(Tag::ValueError, format!("ValueError: {message}"))
    }

    /// `KeyError: key not found: key`
    #[must_use]
    #[cold]
    pub fn key_not_found(key: &str) -> Self {
        Self::new(Tag::KeyError, format!("KeyError: key not found: {key}"))
    }

    /// An error that ends the execution at once and that `except` cannot catch (resource limits).
    #[must_use]
    #[cold]
    pub fn fatal(tag: Tag, message: impl Into<String>) -> Self {
        let mut error = Self::new(tag, message);
        error.0.fatal = true;
        error
    }

    /// What `raise: value` throws: the value itself, nothing added.
    #[must_use]
    #[cold]
    pub fn raised(value: Value) -> Self {
        Self(Box::new(Inner { value, trace: Vec::new(), fatal: false, rethrown: false }))
    }

    /// Adds fields to the error map (`code`, `headers` and so on).
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        if let Value::Map(map) = &mut self.0.value {
            std::sync::Arc::make_mut(map).insert(field.into(), value);
        }
        self
    }

    /// The value that `except` binds.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// The value that `except` binds, by move.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0.value
    }

    /// Whether no `except` may catch it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.0.fatal
    }

    /// Where it came from, innermost first.
    #[must_use]
    pub fn trace(&self) -> &[TraceElement] {
        &self.0.trace
    }

    /// Adds a frame that the error passed through on its way out.
    pub fn push_trace(&mut self, element: TraceElement) {
        self.0.trace.push(element);
    }

    /// The same error as it leaves the frame that caught it: the trace names that frame already.
    #[must_use]
    pub fn rethrown(mut self) -> Self {
        self.0.rethrown = !self.0.trace.is_empty();
        self
    }

    /// Adds the frame that it is leaving, unless it was caught and thrown again there.
    pub fn leave_frame(&mut self, element: Option<TraceElement>) {
        if !std::mem::take(&mut self.0.rethrown) {
            self.0.trace.extend(element);
        }
    }

    /// Whether its `tags` hold `tag`.
    #[must_use]
    pub fn has_tag(&self, tag: Tag) -> bool {
        self.0
            .value
            .get("tags")
            .and_then(Value::as_list)
            .is_some_and(|tags| tags.iter().any(|t| t.as_str() == Some(tag.as_str())))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("value", &self.0.value)
            .field("trace", &self.0.trace)
            .field("fatal", &self.0.fatal)
            .finish()
    }
}

impl Clone for Error {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
