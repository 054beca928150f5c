//! Requests to callback URLs (`executions-api.md` §6).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::path::{WorkflowName, query_pairs};
use super::problem::Problem;
use super::{BODY_LIMIT, respond};
use crate::engine::Engine;
use crate::engine::log::rfc3339;
use crate::execution::{CallbackRequest, Delivery};
use crate::http::body;
use crate::value::Value;

/// Headers that authenticate the sender to us; the workflow must not see them, nor a checkpoint hold them.
const WITHHELD: [header::HeaderName; 2] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION];

pub(super) async fn receive(
    engine: &Engine,
    parent: &WorkflowName,
    execution: &str,
    callback: &str,
    request: Request,
) -> Response {
    let head = request.method() == Method::HEAD;
    let mut response = match read(engine, request).await {
        Err(problem) => respond(Err(problem)),
        Ok(request) => match deliver(engine, parent, execution, callback, request).await {
            Err(problem) => respond(Err(problem)),
            Ok(delivery) => answer(&delivery),
        },
    };
    if head {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn deliver(
    engine: &Engine,
    parent: &WorkflowName,
    execution: &str,
    callback: &str,
    request: CallbackRequest,
) -> Result<Delivery, Problem> {
    match engine.get(execution).await {
        Ok(record) if record.workflow == parent.workflow => {}
        Ok(_) => return Ok(Delivery::NotFound),
        Err(crate::engine::EngineError::UnknownExecution(_)) => return Ok(Delivery::NotFound),
        Err(error) => return Err(error.into()),
    }
    Ok(engine.deliver_callback(execution, callback, request).await?)
}

/// Takes a request apart as the awaiting step will see it.
async fn read(engine: &Engine, request: Request) -> Result<CallbackRequest, Problem> {
    let received_time = rfc3339(engine.now());
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        Problem::invalid_argument(format!("the body could not be read or is over {BODY_LIMIT} bytes"))
    })?;
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let body = if bytes.is_empty() { Value::Null } else { body::decode(content_type, &bytes) };
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in parts.headers.iter().filter(|(name, _)| !WITHHELD.contains(name)) {
        let name = body::canonical_header_name(name.as_str());
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match headers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, joined)) => {
                joined.push_str(", ");
                joined.push_str(&value);
            }
            None => headers.push((name, value)),
        }
    }
    Ok(CallbackRequest {
        body,
        headers,
        method: parts.method.as_str().to_owned(),
        query: query_pairs(parts.uri.query()),
        path: parts.uri.path().to_owned(),
        received_time,
    })
}

fn answer(delivery: &Delivery) -> Response {
    match delivery {
        Delivery::Accepted => respond(Ok(serde_json::json!({}))),
        Delivery::Full => problem(
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "an earlier callback is not processed yet",
        ),
        Delivery::NotFound => {
            respond(Err(Problem::not_found("there is no such callback, or its execution has ended")))
        }
        Delivery::WrongMethod { allowed } => {
            let mut response = problem(
                StatusCode::METHOD_NOT_ALLOWED,
                "INVALID_ARGUMENT",
                &format!("this callback takes {allowed}"),
            );
            if let Ok(value) = HeaderValue::from_str(allowed) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            response
        }
    }
}

fn problem(status: StatusCode, name: &'static str, message: &str) -> Response {
    respond(Err(Problem::new(status, name, message)))
}
