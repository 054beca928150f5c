//! Tokens that a program prints.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::cache::Fresh;
use super::{AuthSpec, TokenError, jwt};

/// How long the program may run.
const TIME: Duration = Duration::from_secs(30);
/// The most that the program may print.
const MAX_OUTPUT: u64 = 64 * 1024;
/// How many characters of its complaint are passed on.
const COMPLAINT: usize = 300;
/// How long a token is taken to be valid when it does not say.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Runs `command`, a program and its arguments; the token is what it prints.
pub(super) async fn run(command: &[String], spec: &AuthSpec) -> Result<Fresh, TokenError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(TokenError::new("the token command is empty"));
    };
    let failed = |reason: String| TokenError::new(format!("the token command `{program}` {reason}"));
    let (kind, audience, scopes) = match spec {
        AuthSpec::Oidc { audience } => ("OIDC", audience.clone(), String::new()),
        AuthSpec::OAuth2 { scopes } => ("OAuth2", String::new(), scopes.join(" ")),
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env("COGWORK_AUTH_TYPE", kind)
        .env("COGWORK_AUTH_AUDIENCE", audience)
        .env("COGWORK_AUTH_SCOPES", scopes)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let all = async { tokio::join!(bounded(stdout), bounded(stderr), child.wait()) };
    let (output, complaint, status) = tokio::time::timeout(TIME, all)
        .await
        .map_err(|_| failed(format!("did not end within {} seconds", TIME.as_secs())))?;
    let status = status.map_err(|error| failed(format!("was lost: {error}")))?;
    if !status.success() {
        let complaint: String = String::from_utf8_lossy(&complaint).trim().chars().take(COMPLAINT).collect();
        return Err(failed(format!("failed ({status}): {complaint}")));
    }
    let token = String::from_utf8_lossy(&output).trim().to_owned();
    if token.is_empty() || token.contains(char::is_whitespace) || output.len() as u64 >= MAX_OUTPUT {
        return Err(failed("must print one token and nothing else".to_owned()));
    }
    let lifetime = jwt::remaining(&token).unwrap_or(LIFETIME);
    Ok(Fresh { token, lifetime })
}

/// What a stream holds up to the limit; closing it then ends a program that goes on writing.
async fn bounded(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // A broken pipe ends the output; the exit status tells whether it was whole.
        let _ = stream.take(MAX_OUTPUT).read_to_end(&mut bytes).await;
    }
    bytes
}
