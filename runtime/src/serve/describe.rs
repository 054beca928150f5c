//! The `describe` and `source` commands.

use std::process::ExitCode;

use serde_json::json;

use super::{CommandError, output};
use crate::machine::{MachineKind, Workflow};

pub(super) fn describe(workflow: &Workflow) -> Result<ExitCode, CommandError> {
    let routines: Vec<_> = workflow
        .machines
        .iter()
        .filter(|machine| matches!(machine.kind, MachineKind::Main | MachineKind::Subworkflow))
        .map(|machine| {
            let params: Vec<_> =
                machine.params.iter().map(|p| json!({ "name": p.name, "optional": p.optional })).collect();
            let steps: Vec<_> =
                machine.steps.iter().map(|step| json!({ "name": step.name, "line": step.line })).collect();
            json!({ "name": machine.name, "params": params, "steps": steps })
        })
        .collect();
    let files: Vec<_> = workflow.sources.iter().map(|source| source.name).collect();
    let description = json!({ "workflow": workflow.name, "revision": workflow.revision, "files": files, "routines": routines });
    output(&format!("{description:#}"));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn source(workflow: &Workflow) -> Result<ExitCode, CommandError> {
    for source in workflow.sources {
        output(source.text.trim_end_matches('\n'));
    }
    Ok(ExitCode::SUCCESS)
}
