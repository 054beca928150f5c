//! What the library has, to be compared with what the compiler knows.

use super::objects::{http_default_retry, http_default_retry_non_idempotent, retry_default_backoff};
use crate::value::Value;

/// Makes an object of the library.
pub type Constant = fn() -> Value;

/// All constant objects with what makes them, sorted by name.
#[must_use]
pub fn constants() -> &'static [(&'static str, Constant)] {
    &[
        ("http.default_retry", http_default_retry),
        ("http.default_retry_non_idempotent", http_default_retry_non_idempotent),
        ("retry.default_backoff", retry_default_backoff),
    ]
}

/// All functions with the number of their parameters, sorted by name.
#[must_use]
pub fn functions() -> &'static [(&'static str, usize)] {
    &[
        ("base64.decode", 2),
        ("base64.encode", 2),
        ("default", 2),
        ("double", 1),
        ("events.await_callback", 2),
        ("events.create_callback_endpoint", 1),
        ("experimental.executions.map", 5),
        ("experimental.executions.run", 4),
        ("get_type", 1),
        ("googleapis.workflowexecutions.v1.projects.locations.workflows.executions.cancel", 3),
        ("googleapis.workflowexecutions.v1.projects.locations.workflows.executions.create", 3),
        ("googleapis.workflowexecutions.v1.projects.locations.workflows.executions.get", 3),
        ("googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run", 6),
        ("googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.cancel", 3),
        ("googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.create", 3),
        ("googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.get", 3),
        ("googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.run", 5),
        ("hash.compute_checksum", 2),
        ("hash.compute_hmac", 3),
        ("http.default_retry_predicate", 1),
        ("http.default_retry_predicate_non_idempotent", 1),
        ("http.delete", 8),
        ("http.get", 7),
        ("http.patch", 8),
        ("http.post", 8),
        ("http.put", 8),
        ("http.request", 9),
        ("if", 3),
        ("int", 1),
        ("json.decode", 1),
        ("json.encode", 2),
        ("json.encode_to_string", 2),
        ("keys", 1),
        ("len", 1),
        ("list.concat", 2),
        ("list.prepend", 2),
        ("map.delete", 2),
        ("map.get", 2),
        ("map.merge", 2),
        ("map.merge_nested", 2),
        ("math.abs", 1),
        ("math.floor", 1),
        ("math.max", 2),
        ("math.min", 2),
        ("retry.always", 1),
        ("retry.never", 1),
        ("string", 1),
        ("sys.get_env", 2),
        ("sys.log", 5),
        ("sys.now", 0),
        ("sys.sleep", 1),
        ("sys.sleep_until", 1),
        ("text.decode", 2),
        ("text.encode", 2),
        ("text.find_all", 2),
        ("text.find_all_regex", 2),
        ("text.match_regex", 2),
        ("text.replace_all", 3),
        ("text.replace_all_regex", 3),
        ("text.split", 2),
        ("text.substring", 3),
        ("text.to_lower", 1),
        ("text.to_upper", 1),
        ("text.url_decode", 1),
        ("text.url_encode", 1),
        ("text.url_encode_plus", 1),
        ("time.format", 2),
        ("time.parse", 1),
        ("uuid.generate", 0),
    ]
}
