//! From steps as written to a program in which every name is resolved.
//!
//! Each workflow is first outlined (frames, scopes, steps: `outline`), then rebuilt with names resolved by a
//! `Resolver`. All errors are reported, none ends the analysis.

use indexmap::IndexMap;

use crate::ast::{self, Document};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::limits::Limits;
use crate::program::{Program, Routine, RoutineId};
use crate::source::{FileId, SourceMap};

mod blocks;
mod calls;
mod expressions;
mod jumps;
mod names;
mod outline;
mod resolver;
mod retry;
mod steps;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use outline::Outline;
use resolver::Resolver;

/// What all workflows of a program know of each other.
struct Globals<'a> {
    /// `main` and the subworkflows by name.
    workflows: IndexMap<&'a str, Callable<'a>>,
    sources: &'a SourceMap,
    limits: &'a Limits,
}

/// A workflow as its callers see it.
#[derive(Clone, Copy)]
struct Callable<'a> {
    id: RoutineId,
    file: FileId,
    workflow: &'a ast::Workflow,
}

/// Resolves the documents of one program: one that defines `main`, and libraries of subworkflows.
///
/// `None` when there are errors, which then stand in `diagnostics`.
pub fn analyze(
    documents: &[Document],
    sources: &SourceMap,
    limits: &Limits,
    diagnostics: &mut Diagnostics,
) -> Option<Program> {
    let workflows = collect(documents, diagnostics);
    let main = workflows.get("main").map(|main| main.id);
    if main.is_none()
        && let Some(document) = documents.first()
    {
        // The first name is probably the misspelt one.
        let place = document.workflows.first().map_or(document.span, |workflow| workflow.name.span);
        diagnostics.push(
            Diagnostic::error(Code::MissingMain, place, "there is no `main` workflow")
                .with_help("name the workflow that runs first `main`"),
        );
    }
    let globals = Globals { workflows, sources, limits };
    let mut next = u32::try_from(globals.workflows.len()).unwrap_or(u32::MAX);
    let outlines: Vec<(Callable<'_>, Outline)> = globals
        .workflows
        .values()
        .map(|callable| (*callable, Outline::new(callable.workflow, callable.id, &mut next)))
        .collect();
    let mut routines: Vec<(RoutineId, Routine)> = Vec::new();
    let mut suggestions = resolver::MAX_SUGGESTIONS;
    for (callable, outline) in outlines {
        let resolver = Resolver::new(&globals, callable, outline, &mut suggestions, diagnostics);
        routines.extend(resolver.resolve());
    }
    routines.sort_by_key(|(id, _)| *id);
    let routines = routines.into_iter().map(|(_, routine)| routine).collect();
    if diagnostics.has_errors() { None } else { main.map(|main| Program { routines, main }) }
}

/// Gathers the workflows of all documents; ids go by their order.
fn collect<'a>(documents: &'a [Document], diagnostics: &mut Diagnostics) -> IndexMap<&'a str, Callable<'a>> {
    let mut workflows: IndexMap<&str, Callable<'_>> = IndexMap::new();
    for document in documents {
        for workflow in &document.workflows {
            let name = workflow.name.value.as_str();
            if let Some(first) = workflows.get(name) {
                let what = if name == "main" { "workflow" } else { "subworkflow" };
                diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateSubworkflow,
                        workflow.name.span,
                        format!("{what} '{name}' is defined twice"),
                    )
                    .with_related(first.workflow.name.span, "defined here first"),
                );
                continue;
            }
            let id = RoutineId(u32::try_from(workflows.len()).unwrap_or(u32::MAX));
            workflows.insert(name, Callable { id, file: document.file, workflow });
        }
    }
    workflows
}
