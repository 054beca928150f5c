//! The HTTP face: Google's Executions API and the callback URLs.
//!
//! Wire types live here and nowhere else; the engine is reached through its handle only.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{any, get};

use crate::engine::Engine;

mod callbacks;
mod executions;
mod path;
mod problem;

use path::Resource;
use problem::Problem;

/// Largest request body in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// All routes over an engine.
pub fn router(engine: Engine) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/v1/{*path}", any(dispatch))
        .fallback(|| async { respond(Err(Problem::not_found("there is nothing at this path"))) })
        .layer(DefaultBodyLimit::disable())
        .with_state(engine)
}

/// Whether new work is taken.
async fn ready(State(engine): State<Engine>) -> Response {
    match engine.ready().await {
        Ok(()) => Response::new(Body::from("ok\n")),
        Err(error) => respond(Err(error.into())),
    }
}

/// Chooses by path and method: the API's custom verbs (`ID:cancel`) do not fit a router's patterns.
async fn dispatch(State(engine): State<Engine>, request: Request) -> Response {
    let Some(resource) = path::parse(request.uri().path()) else {
        return respond(Err(Problem::not_found("there is nothing at this path")));
    };
    if let Resource::Callback { parent, execution, callback } = resource {
        return callbacks::receive(&engine, &parent, &execution, &callback, request).await;
    }
    let answer = match (request.method().clone(), resource) {
        (Method::POST, Resource::Executions { parent }) => {
            executions::create(&engine, &parent, request).await
        }
        (Method::GET, Resource::Executions { parent }) => {
            executions::list(&engine, &parent, request.uri().query()).await
        }
        (Method::GET, Resource::Execution { parent, execution, verb: None }) => {
            executions::get(&engine, &parent, &execution, request.uri().query()).await
        }
        (Method::POST, Resource::Execution { parent, execution, verb: Some(verb) }) if verb == "cancel" => {
            executions::cancel(&engine, &parent, &execution).await
        }
        (Method::GET, Resource::Callbacks { parent, execution }) => {
            executions::callbacks(&engine, &parent, &execution).await
        }
        (method, _) => Err(Problem::not_found(&format!("{method} is not answered at this path"))),
    };
    respond(answer)
}

/// A JSON answer.
fn respond(answer: Result<serde_json::Value, Problem>) -> Response {
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(problem) => (problem.status(), problem.body()),
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
