//! Errors in Google's shape (`executions-api.md` §7).

use axum::http::StatusCode;
use serde_json::json;

use crate::engine::EngineError;

/// An error answer.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }

    pub(super) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn body(&self) -> serde_json::Value {
        json!({ "error": { "code": self.status.as_u16(), "message": self.message, "status": self.name } })
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let (status, name) = error.status();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, name, message: error.to_string() }
    }
}
