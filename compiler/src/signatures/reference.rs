//! What the reference page says of each function and object (`stdlib.md` §§2–13), in the order of the table.

use super::{Function, Object};

/// A function in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Dotted name, as in [`Function`].
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// Types of the parameters with their defaults, in positional order.
    pub types: &'static [&'static str],
    /// Type of the result.
    pub result: &'static str,
    /// Tags of the errors that it raises, each with its cause.
    pub errors: &'static [(&'static str, &'static str)],
}

/// An object in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectReference {
    /// Dotted name, as in [`Object`].
    pub name: &'static str,
    /// What it holds, in one sentence.
    pub about: &'static str,
    /// Its fields with their values.
    pub fields: &'static [(&'static str, &'static str)],
}

/// The words about a function.
#[must_use]
pub fn of(function: &Function) -> Option<&'static Reference> {
    FUNCTIONS.iter().find(|reference| reference.name == function.name)
}

/// The words about an object.
#[must_use]
pub fn of_object(object: &Object) -> Option<&'static ObjectReference> {
    OBJECTS.iter().find(|reference| reference.name == object.name)
}

/// Address of the page that defines a function or an object; none for one without a page of its own.
#[must_use]
pub fn page(name: &str) -> Option<String> {
    const BASE: &str = "https://docs.cloud.google.com/workflows/docs/reference/stdlib";
    const CONNECTORS: &str = "https://docs.cloud.google.com/workflows/docs/reference/googleapis";
    if let Some(method) = name.strip_prefix("googleapis.") {
        let mut parts = method.splitn(3, '.');
        let (service, version) = (parts.next()?, parts.next()?);
        let (resource, method) = parts.next()?.rsplit_once('.')?;
        return Some(format!("{CONNECTORS}/{service}/{version}/{resource}/{method}"));
    }
    match name.rsplit_once('.') {
        None => Some(format!("{BASE}/expression-helpers")),
        Some(("math", "floor")) => None,
        Some((module, function)) => Some(format!("{BASE}/{module}/{function}")),
    }
}

const fn of_name(
    name: &'static str,
    types: &'static [&'static str],
    result: &'static str,
    about: &'static str,
    errors: &'static [(&'static str, &'static str)],
) -> Reference {
    Reference { name, about, types, result, errors }
}

type Cause = (&'static str, &'static str);

const TYPE: Cause = ("TypeError", "an argument has a type that its parameter does not take");
const ALGORITHM: Cause = ("ValueError", "the algorithm is unknown");
const PATTERN: Cause = ("ValueError", "the pattern is invalid");
const LENGTH: Cause = ("ResourceLimitError", "the result is too long");
const JSON: Cause = ("ValueError", "the value holds what JSON cannot express: bytes, an infinity, NaN");
const REQUEST_ERRORS: &[Cause] = &[
    TYPE,
    ("ValueError", "an argument is out of range or not possible, such as an invalid URL"),
    ("AuthError", "no credentials could be had"),
    ("ConnectionFailedError", "no connection was made"),
    ("ConnectionError", "the connection broke before the whole response"),
    ("TimeoutError", "the timeout passed before the whole response"),
    ("HttpError", "the status of the response is 400 or above; has `code`, `headers` and `body`"),
    ("ResourceLimitError", "the response is too large"),
];
const CHILD_ERRORS: &[Cause] = &[
    TYPE,
    ("ExecutionError", "an execution did not succeed"),
    ("TimeoutError", "an execution took too long"),
];
const EXECUTIONS_API: &[Cause] = &[
    TYPE,
    ("ValueError", "a name has another form, or the timeout is out of range"),
    ("HttpError", "the program has no such workflow or execution, or it has ended already"),
    ("TimeoutError", "the call took too long"),
];
const EXECUTIONS_API_WAITING: &[Cause] = &[
    TYPE,
    ("ValueError", "a name has another form, or the timeout is out of range"),
    ("HttpError", "the program has no such workflow, or the argument is not JSON"),
    ("OperationError", "the execution did not succeed"),
    ("TimeoutError", "the execution took too long"),
];
const REQUEST: &[&str] = &[
    "string",
    "number of seconds up to 1800, default 300",
    "any, default none",
    "map of strings",
    "map of strings, numbers, booleans and lists of them",
    "map with `type` `OIDC` or `OAuth2`",
    "string",
    "bytes: a DER certificate",
];
const GET: &[&str] = &[
    "string",
    "number of seconds up to 1800, default 300",
    "map of strings",
    "map of strings, numbers, booleans and lists of them",
    "map with `type` `OIDC` or `OAuth2`",
    "string",
    "bytes: a DER certificate",
];
const ANY_REQUEST: &[&str] = &[
    "string: a method",
    "string",
    "number of seconds up to 1800, default 300",
    "any, default none",
    "map of strings",
    "map of strings, numbers, booleans and lists of them",
    "map with `type` `OIDC` or `OAuth2`",
    "string",
    "bytes: a DER certificate",
];
const RESPONSE: &str = "map of `body`, `code` and `headers`";
const ENCODE: &[&str] = &["any", "boolean, or map of the strings `prefix` and `indent`; default false"];

static FUNCTIONS: &[Reference] = &[
    of_name(
        "base64.decode",
        &["string", "boolean, default true"],
        "bytes",
        "Gives the bytes that a base64 text stands for; line breaks are skipped.",
        &[TYPE, ("ValueError", "the text is not base64, with or without padding as told")],
    ),
    of_name(
        "base64.encode",
        &["bytes", "boolean, default true"],
        "string",
        "Gives bytes as base64 text.",
        &[TYPE],
    ),
    of_name(
        "default",
        &["any", "any"],
        "any",
        "Gives the first argument, or the second when the first is null.",
        &[],
    ),
    of_name(
        "double",
        &["string, integer or double"],
        "double",
        "Makes a double of a number or of decimal text.",
        &[TYPE, ("ValueError", "the text is no decimal number")],
    ),
    of_name(
        "events.await_callback",
        &["map with the `url` of an endpoint", "number of seconds, default 43200"],
        "map of `http_request`, `received_time` and `type`",
        "Waits for a request to a callback endpoint.",
        &[
            TYPE,
            ("ValueError", "the endpoint is not one of this execution, or the timeout is out of range"),
            ("TimeoutError", "no request came in time"),
        ],
    ),
    of_name(
        "events.create_callback_endpoint",
        &["string: a method, default `POST`"],
        "map with `url`",
        "Opens an endpoint that takes requests from outside.",
        &[TYPE, ("ValueError", "the method is unknown")],
    ),
    of_name(
        "experimental.executions.map",
        &["string", "list", "number of seconds, default 1800", "string", "string"],
        "list",
        "Runs a workflow once per argument and gives the results in the order of the arguments.",
        CHILD_ERRORS,
    ),
    of_name(
        "experimental.executions.run",
        &["string", "string", "string", "any but bytes and null"],
        "any",
        "Runs a workflow and gives its result.",
        CHILD_ERRORS,
    ),
    of_name("get_type", &["any"], "string", "Gives the name of a value's type.", &[]),
    of_name(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.cancel",
        &["string: resource name", "map", "map"],
        "map: the execution",
        "Ends an execution.",
        EXECUTIONS_API,
    ),
    of_name(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.create",
        &["string: resource name of the workflow", "map: the execution", "map"],
        "map: the execution",
        "Starts an execution and waits for its end.",
        EXECUTIONS_API_WAITING,
    ),
    of_name(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.get",
        &["string: resource name", "string: `BASIC` or `FULL` (default)", "map"],
        "map: the execution",
        "Looks at an execution.",
        EXECUTIONS_API,
    ),
    of_name(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run",
        &["string", "string", "string", "any but bytes", "string", "map"],
        "any",
        "Runs a workflow and gives its result.",
        EXECUTIONS_API_WAITING,
    ),
    of_name(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.cancel",
        &["string: resource name", "map", "map"],
        "map: the execution",
        "Ends an execution.",
        EXECUTIONS_API,
    ),
    of_name(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.create",
        &["string: resource name of the workflow", "map: the execution", "map"],
        "map: the execution",
        "Starts an execution and waits for its end.",
        EXECUTIONS_API_WAITING,
    ),
    of_name(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.get",
        &["string: resource name", "string: `BASIC` or `FULL` (default)", "map"],
        "map: the execution",
        "Looks at an execution.",
        EXECUTIONS_API,
    ),
    of_name(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.run",
        &["string", "string", "string", "any but bytes", "map"],
        "any",
        "Runs a workflow and gives its result.",
        EXECUTIONS_API_WAITING,
    ),
    of_name(
        "hash.compute_checksum",
        &["bytes", "string: `MD5`, `SHA1`, `SHA224`, `SHA256`, `SHA384` or `SHA512`"],
        "bytes",
        "Gives the digest of bytes.",
        &[TYPE, ALGORITHM],
    ),
    of_name(
        "hash.compute_hmac",
        &["bytes", "bytes", "string: `MD5`, `SHA1`, `SHA224`, `SHA256`, `SHA384` or `SHA512`"],
        "bytes",
        "Gives the message authentication code of bytes under a key.",
        &[TYPE, ALGORITHM],
    ),
    of_name(
        "http.default_retry_predicate",
        &["any"],
        "boolean",
        "Tells whether to repeat a request that may be repeated: after codes 429, 502, 503 and 504, connection errors \
         and timeouts.",
        &[],
    ),
    of_name(
        "http.default_retry_predicate_non_idempotent",
        &["any"],
        "boolean",
        "Tells whether to repeat a request that must not happen twice: after codes 429 and 503 and when no connection \
         was made.",
        &[],
    ),
    of_name("http.delete", REQUEST, RESPONSE, "Sends a DELETE request.", REQUEST_ERRORS),
    of_name("http.get", GET, RESPONSE, "Sends a GET request.", REQUEST_ERRORS),
    of_name("http.patch", REQUEST, RESPONSE, "Sends a PATCH request.", REQUEST_ERRORS),
    of_name("http.post", REQUEST, RESPONSE, "Sends a POST request.", REQUEST_ERRORS),
    of_name("http.put", REQUEST, RESPONSE, "Sends a PUT request.", REQUEST_ERRORS),
    of_name("http.request", ANY_REQUEST, RESPONSE, "Sends a request of any method.", REQUEST_ERRORS),
    of_name(
        "if",
        &["boolean or null", "any", "any"],
        "any",
        "Gives the second argument for true and the third for false and null; all are evaluated.",
        &[("TypeError", "the condition is neither boolean nor null")],
    ),
    of_name(
        "int",
        &["string, integer or double"],
        "integer",
        "Makes an integer of a number, without its fraction, or of decimal text.",
        &[TYPE, ("ValueError", "the text is no integer, or the number does not fit 64 bits")],
    ),
    of_name(
        "json.decode",
        &["bytes or string"],
        "any",
        "Gives the value of a JSON text.",
        &[TYPE, ("ValueError", "the text is not JSON")],
    ),
    of_name("json.encode", ENCODE, "bytes", "Gives a value as JSON in bytes.", &[TYPE, JSON, LENGTH]),
    of_name("json.encode_to_string", ENCODE, "string", "Gives a value as JSON text.", &[TYPE, JSON, LENGTH]),
    of_name("keys", &["map"], "list of strings", "Gives the keys of a map in ascending order.", &[TYPE]),
    of_name(
        "len",
        &["list, map or string"],
        "integer",
        "Counts the elements of a list, the entries of a map or the characters of a string.",
        &[TYPE],
    ),
    of_name(
        "list.concat",
        &["list", "any"],
        "list",
        "Gives the list with one more element at its end.",
        &[("TypeError", "`objs` is no list")],
    ),
    of_name(
        "list.prepend",
        &["list", "any"],
        "list",
        "Gives the list with one more element at its start.",
        &[("TypeError", "`objs` is no list")],
    ),
    of_name("map.delete", &["map", "string"], "map", "Gives the map without a key.", &[TYPE]),
    of_name(
        "map.get",
        &["any", "string or list of strings"],
        "any",
        "Gives the value under a key, or under a list of keys one level each, and null where there is none.",
        &[("TypeError", "`keys` is neither a string nor a list of strings")],
    ),
    of_name(
        "map.merge",
        &["map", "map"],
        "map",
        "Gives the entries of both maps, those of the second for keys of both.",
        &[TYPE],
    ),
    of_name(
        "map.merge_nested",
        &["map", "map"],
        "map",
        "Gives the entries of both maps; where both have a map under a key, these are merged in turn.",
        &[TYPE],
    ),
    of_name(
        "math.abs",
        &["number"],
        "number of the same type",
        "Gives a number without its sign.",
        &[TYPE, ("ValueError", "it is the smallest integer")],
    ),
    of_name(
        "math.floor",
        &["number"],
        "integer",
        "Gives the largest integer that is not larger.",
        &[TYPE, ("ValueError", "the result does not fit 64 bits")],
    ),
    of_name(
        "math.max",
        &["number", "number"],
        "integer for two integers, otherwise double",
        "Gives the larger of two numbers.",
        &[TYPE],
    ),
    of_name(
        "math.min",
        &["number", "number"],
        "integer for two integers, otherwise double",
        "Gives the smaller of two numbers.",
        &[TYPE],
    ),
    of_name("retry.always", &["any"], "boolean", "Gives true: repeat after every error.", &[]),
    of_name("retry.never", &["any"], "boolean", "Gives false: repeat after no error.", &[]),
    of_name(
        "string",
        &["string, integer, double or boolean"],
        "string",
        "Gives the text of a value.",
        &[TYPE],
    ),
    of_name(
        "sys.get_env",
        &["string", "string, default null"],
        "string, or null without a default",
        "Gives an environment variable of the workflow, or the default when it is not set.",
        &[TYPE],
    ),
    of_name(
        "sys.log",
        &[
            "number, boolean, string, list or map; a map is logged as JSON",
            "string: `DEFAULT` (the default), `DEBUG`, `INFO`, `NOTICE`, `WARNING`, `ERROR`, `CRITICAL`, `ALERT` or \
             `EMERGENCY`",
            "number, boolean, string, list or map, logged as text",
            "map, logged as JSON",
            "number of seconds",
        ],
        "null",
        "Writes a log entry of exactly one of `data`, `text` and `json`.",
        &[
            (
                "TypeError",
                "none or several of `data`, `text` and `json` are given, or an argument has a wrong type",
            ),
            ("ValueError", "the severity is unknown"),
        ],
    ),
    of_name("sys.now", &[], "double", "Gives the seconds since the Unix epoch.", &[]),
    of_name(
        "sys.sleep",
        &["number from 0 to 31536000"],
        "null",
        "Waits for a number of seconds.",
        &[TYPE, ("ValueError", "the number is negative or more than a year")],
    ),
    of_name(
        "sys.sleep_until",
        &["string: an RFC 3339 time"],
        "null",
        "Waits until a time; not at all when it is over.",
        &[TYPE, ("ValueError", "it is no RFC 3339 time, or more than a year ahead")],
    ),
    of_name(
        "text.decode",
        &["bytes", "string: an IANA charset, default `UTF-8`"],
        "string",
        "Gives the text that bytes stand for; what cannot be decoded becomes U+FFFD.",
        &[TYPE, ("ValueError", "the charset is unknown")],
    ),
    of_name(
        "text.encode",
        &["string", "string: an IANA charset, default `UTF-8`"],
        "bytes",
        "Gives the bytes of a text.",
        &[TYPE, ("ValueError", "the charset is unknown, or lacks a character of the text")],
    ),
    of_name(
        "text.find_all",
        &["string", "string"],
        "list of integers",
        "Gives the positions where a text occurs, without overlaps.",
        &[TYPE],
    ),
    of_name(
        "text.find_all_regex",
        &["string", "string: an RE2 pattern"],
        "list of maps of `index` and `match`",
        "Gives the leftmost-longest matches of a pattern, without overlaps.",
        &[TYPE, PATTERN],
    ),
    of_name(
        "text.match_regex",
        &["string", "string: an RE2 pattern"],
        "boolean",
        "Tells whether a pattern matches anywhere in a text.",
        &[TYPE, PATTERN],
    ),
    of_name(
        "text.replace_all",
        &["string", "string", "string"],
        "string",
        "Replaces every occurrence of a text.",
        &[TYPE, LENGTH],
    ),
    of_name(
        "text.replace_all_regex",
        &["string", "string: an RE2 pattern", "string, used as it is"],
        "string",
        "Replaces every leftmost-longest match of a pattern.",
        &[TYPE, PATTERN, LENGTH],
    ),
    of_name(
        "text.split",
        &["string", "string"],
        "list of strings",
        "Gives the parts of a text between separators, empty ones included.",
        &[TYPE, ("ValueError", "the separator is empty")],
    ),
    of_name(
        "text.substring",
        &["string", "integer", "integer"],
        "string",
        "Gives the characters from `start` to before `end`; negative positions count from the end.",
        &[TYPE],
    ),
    of_name("text.to_lower", &["string"], "string", "Gives a text in lower case.", &[TYPE]),
    of_name("text.to_upper", &["string"], "string", "Gives a text in upper case.", &[TYPE]),
    of_name(
        "text.url_decode",
        &["string"],
        "string",
        "Undoes percent-encoding; a plus becomes a space.",
        &[TYPE, ("ValueError", "two hexadecimal digits do not follow a `%`")],
    ),
    of_name(
        "text.url_encode",
        &["string"],
        "string",
        "Percent-encodes all but ASCII letters, digits, `.`, `-` and `_`.",
        &[TYPE],
    ),
    of_name(
        "text.url_encode_plus",
        &["string"],
        "string",
        "Percent-encodes as `text.url_encode`, but makes a space a plus.",
        &[TYPE],
    ),
    of_name(
        "time.format",
        &["number of seconds since the Unix epoch", "string: a time zone of the tz database, default UTC"],
        "string",
        "Gives a time as ISO 8601 with microseconds.",
        &[TYPE, ("ValueError", "the time zone is unknown, or the year has not four digits")],
    ),
    of_name(
        "time.parse",
        &["string: an RFC 3339 time"],
        "double",
        "Gives the seconds since the Unix epoch of a time.",
        &[TYPE, ("ValueError", "it is no RFC 3339 time")],
    ),
    of_name("uuid.generate", &[], "string", "Gives a random UUID of version 4.", &[]),
];

static OBJECTS: &[ObjectReference] = &[
    ObjectReference {
        name: "http.default_retry",
        about: "The retry policy for requests that may be repeated.",
        fields: &[
            ("predicate", "`http.default_retry_predicate`"),
            ("max_retries", "5"),
            ("backoff", "`retry.default_backoff`"),
        ],
    },
    ObjectReference {
        name: "http.default_retry_non_idempotent",
        about: "The retry policy for requests that must not happen twice.",
        fields: &[
            ("predicate", "`http.default_retry_predicate_non_idempotent`"),
            ("max_retries", "5"),
            ("backoff", "`retry.default_backoff`"),
        ],
    },
    ObjectReference {
        name: "retry.default_backoff",
        about: "The delays between repetitions, in seconds.",
        fields: &[("initial_delay", "1"), ("max_delay", "60"), ("multiplier", "1.25")],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signatures::{all, objects};

    #[test]
    fn every_function_and_object_is_described() {
        assert!(all().iter().map(|function| function.name).eq(FUNCTIONS.iter().map(|words| words.name)));
        assert!(objects().iter().map(|object| object.name).eq(OBJECTS.iter().map(|words| words.name)));
        for function in all() {
            let words = of(function).unwrap();
            assert_eq!(words.types.len(), function.params.len(), "{}", function.name);
            assert!(words.about.ends_with('.') && !words.result.is_empty(), "{}", function.name);
        }
    }
}
