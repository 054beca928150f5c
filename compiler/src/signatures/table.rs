//! The functions and objects of `stdlib.md` §§2–13, in one table.

use super::FunctionKind::{Contextual, Effect, Pure};
use super::{Function, FunctionKind, Object, Parameter};

const fn required(name: &'static str) -> Parameter {
    Parameter { name, required: true }
}

const fn optional(name: &'static str) -> Parameter {
    Parameter { name, required: false }
}

const fn function(name: &'static str, kind: FunctionKind, params: &'static [Parameter]) -> Function {
    Function { name, params, kind, blocking: false, available: true }
}

const fn pure(name: &'static str, params: &'static [Parameter]) -> Function {
    function(name, Pure, params)
}

const fn blocking(name: &'static str, params: &'static [Parameter]) -> Function {
    Function { blocking: true, ..function(name, Effect, params) }
}

/// Parameters of the requests that may have a body.
const REQUEST: &[Parameter] = &[
    required("url"),
    optional("timeout"),
    optional("body"),
    optional("headers"),
    optional("query"),
    optional("auth"),
    optional("private_service_name"),
    optional("ca_certificate"),
];

const GET: &[Parameter] = &[
    required("url"),
    optional("timeout"),
    optional("headers"),
    optional("query"),
    optional("auth"),
    optional("private_service_name"),
    optional("ca_certificate"),
];

const ANY_REQUEST: &[Parameter] = &[
    required("method"),
    required("url"),
    optional("timeout"),
    optional("body"),
    optional("headers"),
    optional("query"),
    optional("auth"),
    optional("private_service_name"),
    optional("ca_certificate"),
];

const CREATE_EXECUTION: &[Parameter] = &[required("parent"), optional("body"), optional("connector_params")];
const GET_EXECUTION: &[Parameter] = &[required("name"), optional("view"), optional("connector_params")];
const CANCEL_EXECUTION: &[Parameter] = &[required("name"), optional("body"), optional("connector_params")];
const EXCEPTION: &[Parameter] = &[required("exception")];
const ONE: &[Parameter] = &[required("x")];
const TWO: &[Parameter] = &[required("x"), required("y")];
const SOURCE: &[Parameter] = &[required("source")];
const MERGE: &[Parameter] = &[required("first"), required("second")];
const ELEMENT: &[Parameter] = &[required("objs"), required("val")];
const ENCODE: &[Parameter] = &[required("data"), optional("indent")];
const PATTERN: &[Parameter] = &[required("source"), required("regexp")];

/// All functions, sorted by name.
pub(super) static FUNCTIONS: &[Function] = &[
    pure("base64.decode", &[required("data"), optional("padding")]),
    pure("base64.encode", &[required("data"), optional("padding")]),
    pure("default", &[required("val"), required("defaultVal")]),
    pure("double", ONE),
    blocking("events.await_callback", &[required("callback"), optional("timeout")]),
    function("events.create_callback_endpoint", Effect, &[optional("http_callback_method")]),
    blocking(
        "experimental.executions.map",
        &[
            required("workflow_id"),
            required("arguments"),
            optional("timeout"),
            optional("location"),
            optional("project_id"),
        ],
    ),
    blocking(
        "experimental.executions.run",
        &[required("workflow_id"), optional("location"), optional("project_id"), optional("argument")],
    ),
    pure("get_type", ONE),
    blocking(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.cancel",
        CANCEL_EXECUTION,
    ),
    blocking(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.create",
        CREATE_EXECUTION,
    ),
    blocking("googleapis.workflowexecutions.v1.projects.locations.workflows.executions.get", GET_EXECUTION),
    blocking(
        "googleapis.workflowexecutions.v1.projects.locations.workflows.executions.run",
        &[
            required("workflow_id"),
            optional("location"),
            optional("project_id"),
            optional("argument"),
            optional("callLogLevel"),
            optional("connector_params"),
        ],
    ),
    blocking(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.cancel",
        CANCEL_EXECUTION,
    ),
    blocking(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.create",
        CREATE_EXECUTION,
    ),
    blocking(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.get",
        GET_EXECUTION,
    ),
    blocking(
        "googleapis.workflowexecutions.v1beta.projects.locations.workflows.executions.run",
        &[
            required("workflow_id"),
            optional("location"),
            optional("project_id"),
            optional("argument"),
            optional("connector_params"),
        ],
    ),
    pure("hash.compute_checksum", &[required("data"), required("algorithm")]),
    pure("hash.compute_hmac", &[required("key"), required("data"), required("algorithm")]),
    pure("http.default_retry_predicate", EXCEPTION),
    pure("http.default_retry_predicate_non_idempotent", EXCEPTION),
    blocking("http.delete", REQUEST),
    blocking("http.get", GET),
    blocking("http.patch", REQUEST),
    blocking("http.post", REQUEST),
    blocking("http.put", REQUEST),
    blocking("http.request", ANY_REQUEST),
    pure("if", &[required("condition"), required("ifTrue"), required("ifFalse")]),
    pure("int", ONE),
    pure("json.decode", &[required("data")]),
    pure("json.encode", ENCODE),
    pure("json.encode_to_string", ENCODE),
    pure("keys", &[required("m")]),
    pure("len", ONE),
    pure("list.concat", ELEMENT),
    pure("list.prepend", ELEMENT),
    pure("map.delete", &[required("map"), required("key")]),
    pure("map.get", &[required("map"), required("keys")]),
    pure("map.merge", MERGE),
    pure("map.merge_nested", MERGE),
    pure("math.abs", ONE),
    pure("math.floor", ONE),
    pure("math.max", TWO),
    pure("math.min", TWO),
    pure("retry.always", EXCEPTION),
    pure("retry.never", EXCEPTION),
    pure("string", ONE),
    function("sys.get_env", Contextual, &[required("name"), optional("default")]),
    blocking(
        "sys.log",
        &[optional("data"), optional("severity"), optional("text"), optional("json"), optional("timeout")],
    ),
    function("sys.now", Contextual, &[]),
    blocking("sys.sleep", &[required("seconds")]),
    blocking("sys.sleep_until", &[required("time")]),
    pure("text.decode", &[required("data"), optional("charset")]),
    pure("text.encode", &[required("text"), optional("charset")]),
    pure("text.find_all", &[required("source"), required("substr")]),
    pure("text.find_all_regex", PATTERN),
    pure("text.match_regex", PATTERN),
    pure("text.replace_all", &[required("source"), required("substr"), required("repl")]),
    pure("text.replace_all_regex", &[required("source"), required("regexp"), required("repl")]),
    pure("text.split", &[required("source"), required("separator")]),
    pure("text.substring", &[required("source"), required("start"), required("end")]),
    pure("text.to_lower", SOURCE),
    pure("text.to_upper", SOURCE),
    pure("text.url_decode", SOURCE),
    pure("text.url_encode", SOURCE),
    pure("text.url_encode_plus", SOURCE),
    pure("time.format", &[required("seconds"), optional("timezone")]),
    pure("time.parse", &[required("value")]),
    function("uuid.generate", Contextual, &[]),
];

/// The objects.
pub(super) static OBJECTS: &[Object] = &[
    Object { name: "http.default_retry", policy: true },
    Object { name: "http.default_retry_non_idempotent", policy: true },
    Object { name: "retry.default_backoff", policy: false },
];
