//! Steps with bodies of their own: loops, parallel steps, `try`.

use crate::analyze::outline::{Place, Role};
use crate::analyze::resolver::{ParallelBody, Resolver, Site};
use crate::ast;
use crate::diagnostic::Code;
use crate::program::{
    Action, Except, ForLoop, Over, Parallel, ParallelBodies, RoutineId, RoutineKind, SlotId, Try,
};
use crate::source::{Span, Spanned};

/// Nested parallel steps that can run (`language.md` §6).
const PARALLEL_DEPTH: usize = 2;

impl Resolver<'_> {
    /// Resolves a loop.
    pub(super) fn for_loop(&mut self, body: &ast::For, place: Place) -> Action {
        let over = body.over.as_ref().map(|over| self.over(over, place));
        let inside = self.outline.block(body.node);
        let steps = self.steps(&body.steps, inside);
        let value = self.loop_slot(body.value.as_ref(), inside);
        let index = self.loop_slot(body.index.as_ref(), inside);
        match (over, value) {
            (Some(over), Some(value)) => {
                Action::For(ForLoop { value, index, over, locals: self.locals(inside), body: steps })
            }
            _ => Action::Nothing,
        }
    }

    fn loop_slot(&self, name: Option<&Spanned<String>>, inside: Place) -> Option<SlotId> {
        name.and_then(|name| self.slot(inside.scope, &name.value))
    }

    fn over(&mut self, over: &ast::Over, place: Place) -> Over {
        match over {
            ast::Over::In(data) => Over::In(self.data(data, Site { place: Some(place), what: "loop list" })),
            ast::Over::Range(data) => {
                Over::Range(self.data(data, Site { place: Some(place), what: "loop range" }))
            }
        }
    }

    /// Variables of a scope that are assigned in it.
    fn locals(&self, inside: Place) -> Vec<SlotId> {
        let variables = self.outline.scope(inside.scope).variables.values();
        variables.filter(|declared| declared.role == Role::Local).map(|declared| declared.slot).collect()
    }

    /// Resolves a parallel step; its bodies become routines.
    pub(super) fn parallel(&mut self, parallel: &ast::Parallel, span: Span, place: Place) -> Action {
        let concurrency_limit = parallel
            .concurrency_limit
            .as_ref()
            .map(|data| self.data(data, Site { place: Some(place), what: "concurrency_limit" }));
        for shared in &parallel.shared {
            let site = Site { place: Some(place), what: "shared variable" };
            if !self.is_variable(&shared.value, site) {
                self.unknown_symbol(&shared.value, shared.span, site);
            }
        }
        let depth = std::iter::successors(Some(place), |place| self.outline.frame(place.frame).outer).count();
        if depth == PARALLEL_DEPTH + 1 {
            let message = format!("parallel steps are nested more than {PARALLEL_DEPTH} deep");
            let warning = self
                .warning(Code::ParallelNesting, span, &message)
                .with_help("when it is reached it raises ParallelNestingError");
            self.report(warning);
        }
        let bodies = match &parallel.bodies {
            ast::Bodies::Branches(branches) => {
                let limit = self.globals.limits.branches;
                self.check_limit(branches.len(), limit, "branches in one step", span);
                ParallelBodies::Branches(branches.iter().map(|branch| self.branch(branch)).collect())
            }
            ast::Bodies::For(body) => {
                let over = body.over.as_ref().map(|over| self.over(over, place));
                match (self.iteration(body), over) {
                    (Some(body), Some(over)) => ParallelBodies::For { body, over },
                    _ => return Action::Nothing,
                }
            }
        };
        Action::Parallel(Parallel { bodies, concurrency_limit })
    }

    fn branch(&mut self, branch: &ast::Branch) -> RoutineId {
        let inside = self.outline.block(branch.node);
        let steps = self.steps(&branch.steps, inside);
        let kind = RoutineKind::Branch { name: branch.name.value.clone() };
        self.leave_body(inside, ParallelBody { kind, span: branch.name.span, steps })
    }

    fn iteration(&mut self, body: &ast::For) -> Option<RoutineId> {
        let inside = self.outline.block(body.node);
        let steps = self.steps(&body.steps, inside);
        let value = self.loop_slot(body.value.as_ref(), inside)?;
        let index = self.loop_slot(body.index.as_ref(), inside);
        let kind = RoutineKind::Iteration { value, index };
        Some(self.leave_body(inside, ParallelBody { kind, span: body.span, steps }))
    }

    fn leave_body(&mut self, inside: Place, body: ParallelBody) -> RoutineId {
        self.frames.entry(inside.frame).or_default().body = Some(body);
        self.outline.frame(inside.frame).routine
    }

    /// Resolves `try` with `retry` and `except`.
    pub(super) fn try_block(&mut self, block: &ast::Try, place: Place) -> Action {
        let inside = self.outline.block(block.node);
        let (body, body_next) = self.body(&block.body, inside);
        let retry = block.retry.as_ref().and_then(|retry| self.retry(retry, place));
        let except = block.except.as_ref().map(|except| {
            let inside = self.outline.block(except.node);
            let body = self.steps(&except.steps, inside);
            Except {
                variable: self.loop_slot(except.variable.as_ref(), inside),
                locals: self.locals(inside),
                body,
            }
        });
        Action::Try(Try { body: Box::new(body), body_next, retry, except })
    }
}
