//! The `callbacks` commands.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value as Json;

use super::args::{Callbacks, OneExecution};
use super::remote::{Remote, refused, send};
use super::run::data;
use super::{CommandError, output, report};
use crate::http::transport::Transport;
use crate::machine::Workflow;

pub(super) async fn carry_out(
    workflows: &[&'static Workflow],
    command: Callbacks,
) -> Result<ExitCode, CommandError> {
    match command {
        Callbacks::List(OneExecution { id, remote }) => {
            let remote = Remote::new(&remote);
            let (name, _) = remote.find(workflows, &id).await?;
            let answer = remote.call(Method::GET, &format!("{name}/callbacks")).await?;
            for endpoint in answer.get("callbacks").and_then(Json::as_array).into_iter().flatten() {
                let text = |field| endpoint.get(field).and_then(Json::as_str).unwrap_or_default();
                output(&format!(
                    "{:<7} {}  {} waiting",
                    text("method"),
                    remote.url(text("name")),
                    text("waiters")
                ));
            }
        }
        Callbacks::Send { url, data: given, method } => {
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
                .map_err(|_| CommandError::Usage(format!("`{method}` is no method")))?;
            let body = data(given.as_deref())?.map(|(_, text)| text);
            let (status, text) = send(&Transport::new(true), method, &url, body).await?;
            if status != 200 {
                return Err(refused(status, &text));
            }
            report("the request was accepted");
        }
    }
    Ok(ExitCode::SUCCESS)
}
