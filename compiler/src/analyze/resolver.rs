//! The second pass over a workflow: its state, its messages, and the routines that come out.

use std::collections::HashMap;

use crate::analyze::outline::{FrameId, Outline, Place, Role, ScopeId};
use crate::analyze::{Callable, Globals};
use crate::ast;
use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::program::{Capture, Param, Routine, RoutineId, RoutineKind, Shared, SlotId, Step, Variable};
use crate::source::Span;

/// At most so many misspelt names are compared with the known ones; a hostile source has no end of them.
pub(super) const MAX_SUGGESTIONS: usize = 200;

/// At most so many known names are compared with a misspelt one.
const MAX_CANDIDATES: usize = 2_000;

/// Resolves one workflow.
pub(super) struct Resolver<'a> {
    pub(super) globals: &'a Globals<'a>,
    pub(super) outline: Outline,
    pub(super) callable: Callable<'a>,
    /// What is known of each frame beyond its outline.
    pub(super) frames: HashMap<FrameId, FrameState>,
    /// The step that is being resolved, or what else messages shall name.
    pub(super) at: String,
    suggestions: &'a mut usize,
    diagnostics: &'a mut Diagnostics,
}

/// What resolving adds to a frame.
#[derive(Default)]
pub(super) struct FrameState {
    pub(super) shared: Vec<Shared>,
    pub(super) captures: Vec<Capture>,
    /// Variables of enclosing frames that are reached already.
    pub(super) reached: HashMap<(ScopeId, String), Variable>,
    /// The parallel bodies once they are resolved.
    pub(super) body: Option<ParallelBody>,
}

/// A parallel body as its step leaves it for the routine.
pub(super) struct ParallelBody {
    pub(super) kind: RoutineKind,
    pub(super) span: Span,
    pub(super) steps: Vec<Step>,
}

/// Where an expression stands, and how messages call it.
#[derive(Clone, Copy)]
pub(super) struct Site<'s> {
    /// The place that variables are looked up from; `None` where there are no variables.
    pub(super) place: Option<Place>,
    /// Such as `return value`.
    pub(super) what: &'s str,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        globals: &'a Globals<'a>,
        callable: Callable<'a>,
        outline: Outline,
        suggestions: &'a mut usize,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            globals,
            outline,
            callable,
            frames: HashMap::new(),
            at: String::new(),
            suggestions,
            diagnostics,
        }
    }

    /// Resolves everything; gives the workflow's routine and those of its parallel bodies.
    pub(super) fn resolve(mut self) -> Vec<(RoutineId, Routine)> {
        self.report_outline();
        let workflow = self.callable.workflow;
        let name = workflow.name.value.as_str();
        let main = name == "main";
        self.at = if main { "workflow main".to_owned() } else { format!("subworkflow {name}") };
        let root = self.outline.root();
        let limit = self.globals.limits.params;
        self.check_limit(workflow.params.len(), limit, "parameters", workflow.name.span);
        let params = workflow.params.iter().filter_map(|param| self.param(param)).collect();
        let body = self.steps(&workflow.steps, root);
        let mut routines = Vec::new();
        let kind = if main { RoutineKind::Main } else { RoutineKind::Subworkflow };
        let own = ParallelBody { kind, span: workflow.name.span, steps: body };
        routines.push(self.routine(root.frame, own, params));
        for frame in self.outline.frame_ids() {
            if let Some(body) = self.frames.get_mut(&frame).and_then(|state| state.body.take()) {
                routines.push(self.routine(frame, body, Vec::new()));
            }
        }
        routines
    }

    fn routine(&mut self, id: FrameId, body: ParallelBody, params: Vec<Param>) -> (RoutineId, Routine) {
        let state = self.frames.remove(&id).unwrap_or_default();
        let frame = self.outline.frame_mut(id);
        let routine = Routine {
            name: self.callable.workflow.name.value.clone(),
            kind: body.kind,
            span: body.span,
            file: self.callable.file,
            params,
            slots: std::mem::take(&mut frame.slots),
            shared: state.shared,
            captures: state.captures,
            body: body.steps,
        };
        (frame.routine, routine)
    }

    fn param(&mut self, param: &ast::Param) -> Option<Param> {
        let name = param.name.value.clone();
        let slot = self.slot(self.outline.root().scope, &name)?;
        let what = format!("default of parameter '{name}'");
        let default = param.default.as_ref().map(|data| self.data(data, Site { place: None, what: &what }));
        Some(Param { name, slot, default })
    }

    /// The slot of a variable that the scope itself declares.
    pub(super) fn slot(&self, scope: ScopeId, name: &str) -> Option<SlotId> {
        self.outline.variable(scope, name).map(|declared| declared.slot)
    }

    /// Errors that the outline has found.
    fn report_outline(&mut self) {
        for (name, first) in std::mem::take(&mut self.outline.duplicates) {
            self.at = format!("step {}", name.value);
            let workflow = &self.callable.workflow.name.value;
            let message = format!("step name '{}' is used twice in workflow '{workflow}'", name.value);
            let error = self
                .error(Code::DuplicateStep, name.span, &message)
                .with_label("second step of this name")
                .with_related(first, "the first one")
                .with_help("step names are unique in a workflow, nested steps included");
            self.report(error);
        }
        for clash in std::mem::take(&mut self.outline.clashes) {
            self.at = format!("step {}", clash.owner);
            let name = &clash.name.value;
            let nested = clash.other.role == Role::LoopVariable;
            let (message, label) = if nested {
                (format!("nested loops both use '{name}' as loop variable"), "variable of the enclosing loop")
            } else {
                (
                    format!("loop variable '{name}' is also used outside the loop"),
                    "used outside the loop here",
                )
            };
            let error = self
                .error(Code::LoopVariable, clash.name.span, &message)
                .with_label("loop variable")
                .with_related(clash.other.span, label)
                .with_help("a loop variable exists only in its loop; choose another name for one of the two");
            self.report(error);
        }
    }

    /// An error in the present step.
    pub(super) fn error(&self, code: Code, span: Span, message: &str) -> Diagnostic {
        Diagnostic::error(code, span, format!("error in {}: {message}", self.at))
    }

    /// A warning in the present step.
    pub(super) fn warning(&self, code: Code, span: Span, message: &str) -> Diagnostic {
        Diagnostic::warning(code, span, format!("warning in {}: {message}", self.at))
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Advice that proposes the nearest of the candidates.
    pub(super) fn suggest<'c>(
        suggestions: &mut usize,
        wrong: &str,
        candidates: impl Iterator<Item = &'c str>,
    ) -> Option<String> {
        *suggestions = suggestions.checked_sub(1)?;
        did_you_mean(wrong, candidates.take(MAX_CANDIDATES))
    }

    /// Advice for a misspelt step.
    pub(super) fn suggest_step(&mut self, wrong: &str) -> Option<String> {
        Self::suggest(self.suggestions, wrong, self.outline.step_names())
    }

    /// Advice for a misspelt variable, as seen from `place`.
    pub(super) fn suggest_variable(&mut self, wrong: &str, place: Option<Place>) -> Option<String> {
        let outline = &self.outline;
        let visible = place
            .into_iter()
            .flat_map(|place| outline.scopes_from(place.scope))
            .flat_map(|scope| outline.scope(scope).variables.keys().map(String::as_str));
        Self::suggest(self.suggestions, wrong, visible)
    }

    /// Advice for a misspelt function or subworkflow.
    pub(super) fn suggest_function(&mut self, wrong: &str) -> Option<String> {
        let functions = crate::signatures::all();
        let suffix = |name: &str| name.rsplit_once('.').is_some_and(|(_, last)| last == wrong);
        if let Some(function) = functions.iter().find(|function| suffix(function.name)) {
            return Some(format!("did you mean `{}`?", function.name));
        }
        let subworkflows = self.globals.workflows.keys().copied().filter(|name| *name != "main");
        Self::suggest(self.suggestions, wrong, functions.iter().map(|f| f.name).chain(subworkflows))
    }

    /// Advice for a misspelt subworkflow.
    pub(super) fn suggest_subworkflow(&mut self, wrong: &str) -> Option<String> {
        let subworkflows = self.globals.workflows.keys().copied().filter(|name| *name != "main");
        Self::suggest(self.suggestions, wrong, subworkflows)
    }

    /// Advice for a misspelt argument.
    pub(super) fn suggest_argument<'c>(
        &mut self,
        wrong: &str,
        known: impl Iterator<Item = &'c str>,
    ) -> Option<String> {
        Self::suggest(self.suggestions, wrong, known)
    }

    /// Reports when there are more than `limit` of `what`.
    pub(super) fn check_limit(&mut self, count: usize, limit: usize, what: &str, span: Span) {
        if count > limit {
            let message =
                format!("error in {}: too many {what}: {count}, at most {limit} are allowed", self.at);
            let error = self.globals.limits.exceeded(span, message);
            self.report(error);
        }
    }
}
