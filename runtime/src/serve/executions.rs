//! The `executions` commands.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::args::{Choice, Executions, Format, OneExecution, RemoteOptions, StateName};
use super::remote::{Remote, names, parent};
use super::run::conclude;
use super::{CommandError, EXECUTION_FAILED, choose, output, report};
use crate::machine::Workflow;

/// The most that a page of a list holds.
const PAGE: usize = 1_000;
/// The times between two looks at an execution that is waited for: from the first to the last, each twice the one before.
const LOOKS: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(2)];

pub(super) async fn carry_out(
    workflows: &[&'static Workflow],
    command: Executions,
) -> Result<ExitCode, CommandError> {
    match command {
        Executions::List { state, limit, format, choice, remote } => {
            list(workflows, &choice, &remote, state, limit, format).await
        }
        Executions::Describe(OneExecution { id, remote }) => {
            let (_, execution) = Remote::new(&remote).find(workflows, &id).await?;
            output(&format!("{execution:#}"));
            Ok(ExitCode::SUCCESS)
        }
        Executions::Cancel(OneExecution { id, remote }) => {
            let remote = Remote::new(&remote);
            let (name, _) = remote.find(workflows, &id).await?;
            remote.call(Method::POST, &format!("{name}:cancel")).await?;
            report(&format!("execution {id} is cancelled"));
            Ok(ExitCode::SUCCESS)
        }
        Executions::Wait { execution: OneExecution { id, remote }, timeout } => {
            wait(workflows, &id, &Remote::new(&remote), timeout).await
        }
    }
}

async fn list(
    workflows: &[&'static Workflow],
    choice: &Choice,
    remote: &RemoteOptions,
    state: Option<StateName>,
    limit: usize,
    format: Format,
) -> Result<ExitCode, CommandError> {
    let workflows = match &choice.workflow {
        Some(name) => vec![choose(workflows, Some(name))?.name],
        None => names(workflows),
    };
    let remote = Remote::new(remote);
    let mut found = Vec::new();
    for workflow in workflows {
        found.extend(of_workflow(&remote, workflow, state, limit).await?);
    }
    // The words of one form of time are in the order of time.
    found.sort_by(|a, b| text(b, "createTime").cmp(text(a, "createTime")));
    found.truncate(limit);
    match format {
        Format::Json => output(&format!("{:#}", Json::from(found))),
        Format::Table => output(&table(&found)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest executions of a workflow, at most `limit`.
async fn of_workflow(
    remote: &Remote,
    workflow: &str,
    state: Option<StateName>,
    limit: usize,
) -> Result<Vec<Json>, CommandError> {
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let path =
            format!("{}?view=BASIC&pageSize={}&pageToken={token}", parent(workflow), limit.clamp(1, PAGE));
        let mut page = remote.call(Method::GET, &path).await?;
        if let Some(Json::Array(executions)) = page.get_mut("executions").map(Json::take) {
            let wanted =
                |execution: &Json| state.is_none_or(|state| text(execution, "state") == state.as_str());
            found.extend(executions.into_iter().filter(wanted));
        }
        match page.get("nextPageToken").and_then(Json::as_str) {
            Some(next) if found.len() < limit => next.clone_into(&mut token),
            _ => return Ok(found),
        }
    }
}

fn table(executions: &[Json]) -> String {
    let mut lines = format!("{:<36}  {:<11}  {:<27}  {:>14}  WORKFLOW", "ID", "STATE", "CREATED", "DURATION");
    for execution in executions {
        let mut name = text(execution, "name").rsplit('/');
        let (id, workflow) = (name.next().unwrap_or_default(), name.nth(1).unwrap_or_default());
        let [state, created, duration] =
            ["state", "createTime", "duration"].map(|field| text(execution, field));
        // Writing to a string does not fail.
        let _ = write!(lines, "\n{id:<36}  {state:<11}  {created:<27}  {duration:>14}  {workflow}");
        if let Some(reason) = execution.pointer("/stateError/details").and_then(Json::as_str) {
            let _ = write!(lines, "\n    {reason}");
        }
    }
    lines
}

async fn wait(
    workflows: &[&'static Workflow],
    id: &str,
    remote: &Remote,
    timeout: Option<Duration>,
) -> Result<ExitCode, CommandError> {
    let (name, mut execution) = remote.find(workflows, id).await?;
    let start = Instant::now();
    let [mut pause, longest] = LOOKS;
    loop {
        match text(&execution, "state") {
            "ACTIVE" | "QUEUED" => {}
            "UNAVAILABLE" => {
                let reason =
                    execution.pointer("/stateError/details").and_then(Json::as_str).unwrap_or_default();
                report(&format!("execution {id} is parked: {reason}"));
                return Ok(ExitCode::from(EXECUTION_FAILED));
            }
            state => {
                let part = |pointer| execution.pointer(pointer).and_then(Json::as_str);
                let failure = part("/error/context").zip(part("/error/payload"));
                return Ok(conclude(state, part("/result"), failure));
            }
        }
        if timeout.is_some_and(|timeout| start.elapsed() >= timeout) {
            report(&format!("execution {id} has not ended yet"));
            return Ok(ExitCode::from(EXECUTION_FAILED));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
        execution = remote.call(Method::GET, &name).await?;
    }
}

fn text<'a>(execution: &'a Json, field: &str) -> &'a str {
    execution.get(field).and_then(Json::as_str).unwrap_or_default()
}
