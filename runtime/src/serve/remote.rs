//! Asks a running server, over its Executions API.

use reqwest::{Method, Url};
use serde_json::Value as Json;

use super::CommandError;
use super::args::RemoteOptions;
use crate::http::transport::{Transport, innermost};
use crate::machine::Workflow;

/// Project and location of the resource names; a server takes any.
const PLACE: &str = "projects/local/locations/local";

/// A running server.
pub(super) struct Remote {
    server: String,
    transport: Transport,
}

impl Remote {
    /// The server that the command line names.
    pub(super) fn new(options: &RemoteOptions) -> Self {
        Self { server: options.server.trim_end_matches('/').to_owned(), transport: Transport::new(true) }
    }

    /// Its address and a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.server)
    }

    /// Sends a request to the API; gives the JSON of a good answer.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses, or does not answer JSON.
    pub(super) async fn call(&self, method: Method, path: &str) -> Result<Json, CommandError> {
        let (status, text) = send(&self.transport, method, &self.url(path), None).await?;
        if status != 200 {
            return Err(refused(status, &text));
        }
        serde_json::from_str(&text)
            .map_err(|_| CommandError::Refused { status, message: "no JSON".to_owned() })
    }

    /// The execution with this id, whichever of the workflows it is one of; with its resource name.
    ///
    /// # Errors
    ///
    /// As [`Remote::call`]; status 404 when no workflow has it.
    pub(super) async fn find(
        &self,
        workflows: &[&'static Workflow],
        id: &str,
    ) -> Result<(String, Json), CommandError> {
        for workflow in names(workflows) {
            let name = format!("{}/{id}", parent(workflow));
            match self.call(Method::GET, &name).await {
                Ok(execution) => return Ok((name, execution)),
                Err(CommandError::Refused { status: 404, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(CommandError::Refused { status: 404, message: format!("there is no execution `{id}`") })
    }
}

/// The collection of a workflow's executions.
pub(super) fn parent(workflow: &str) -> String {
    format!("{PLACE}/workflows/{workflow}/executions")
}

/// The names of workflows, each once.
pub(super) fn names(workflows: &[&'static Workflow]) -> Vec<&'static str> {
    let mut names: Vec<_> = workflows.iter().map(|workflow| workflow.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Sends a request, with a JSON body if there is one; gives status and body of the answer.
///
/// # Errors
///
/// The URL is none, or nobody answers there.
pub(super) async fn send(
    transport: &Transport,
    method: Method,
    url: &str,
    body: Option<String>,
) -> Result<(u16, String), CommandError> {
    let url = Url::parse(url).map_err(|error| CommandError::Usage(format!("`{url}` is no URL: {error}")))?;
    let server = url.origin().ascii_serialization();
    let unreachable = |reason| CommandError::Unreachable { server: server.clone(), reason };
    // No proxy leads to this machine itself.
    let is_local =
        url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]");
    let client = if is_local { transport.direct() } else { transport.shared(url.scheme() == "https") };
    let mut request = client.map_err(unreachable)?.request(method, url);
    if let Some(body) = body {
        request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body);
    }
    let failed = |error: reqwest::Error| CommandError::Unreachable {
        server: server.clone(),
        reason: innermost(&error),
    };
    let response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    Ok((status, response.text().await.map_err(failed)?))
}

/// What a refusal says, in the API's form or any other.
pub(super) fn refused(status: u16, text: &str) -> CommandError {
    let said = serde_json::from_str::<Json>(text).ok();
    let message = said.as_ref().and_then(|json| json.pointer("/error/message")).and_then(Json::as_str);
    CommandError::Refused { status, message: message.unwrap_or(text).trim().to_owned() }
}
