//! Steps and their plain actions.

use crate::analyze::outline::{Place, RegionKind};
use crate::analyze::resolver::{Resolver, Site};
use crate::ast;
use crate::diagnostic::Code;
use crate::program::{Action, Assignment, Case, Jump, Step};
use crate::source::Span;

impl Resolver<'_> {
    /// Resolves a list of steps.
    pub(super) fn steps(&mut self, steps: &[ast::Step], place: Place) -> Vec<Step> {
        if let Some(first) = steps.first() {
            let limit = self.globals.limits.steps;
            self.check_limit(steps.len(), limit, "steps in one list", first.name.span);
        }
        steps.iter().map(|step| self.step(step, place)).collect()
    }

    fn step(&mut self, step: &ast::Step, place: Place) -> Step {
        let at = std::mem::replace(&mut self.at, format!("step {}", step.name.value));
        let (action, next) = self.body(&step.body, place);
        self.at = at;
        Step {
            id: self.outline.step(step.node),
            name: step.name.value.clone(),
            name_span: step.name.span,
            span: step.body.span,
            action,
            next,
        }
    }

    /// Resolves a body: its action and its `next`.
    pub(super) fn body(&mut self, body: &ast::Body, place: Place) -> (Action, Option<Jump>) {
        let action = self.action(&body.action, body.span, place);
        let next = body.next.as_ref().and_then(|next| self.jump(next, place));
        (action, next)
    }

    fn action(&mut self, action: &ast::Action, span: Span, place: Place) -> Action {
        match action {
            ast::Action::Nothing => Action::Nothing,
            ast::Action::Assign(entries) => Action::Assign(self.assign(entries, span, place)),
            ast::Action::Call(call) => self.call_step(call, place).map_or(Action::Nothing, Action::Call),
            ast::Action::Switch(cases) => Action::Switch(self.switch(cases, span, place)),
            ast::Action::For(body) => self.for_loop(body, place),
            ast::Action::Parallel(parallel) => self.parallel(parallel, span, place),
            ast::Action::Try(block) => self.try_block(block, place),
            ast::Action::Raise(data) => {
                Action::Raise(self.data(data, Site { place: Some(place), what: "raised value" }))
            }
            ast::Action::Return(data, keyword) => {
                self.check_return(*keyword, place);
                Action::Return(self.data(data, Site { place: Some(place), what: "return value" }))
            }
            ast::Action::Steps(steps) => Action::Steps(self.steps(steps, place)),
        }
    }

    fn assign(&mut self, entries: &[ast::Assignment], span: Span, place: Place) -> Vec<Assignment> {
        let limit = self.globals.limits.assignments;
        self.check_limit(entries.len(), limit, "assignments in one step", span);
        entries.iter().filter_map(|entry| self.assignment(entry, place)).collect()
    }

    fn assignment(&mut self, entry: &ast::Assignment, place: Place) -> Option<Assignment> {
        let name = entry.target.name.value.clone();
        let what = format!("assignment target '{name}'");
        let (variable, accessors) = self.target(&entry.target, Site { place: Some(place), what: &what });
        let what = format!("value of '{name}'");
        let value = self.data(&entry.value, Site { place: Some(place), what: &what });
        Some(Assignment { variable: variable?, name, accessors, value, span: entry.span })
    }

    fn switch(&mut self, cases: &[ast::Case], span: Span, place: Place) -> Vec<Case> {
        let limit = self.globals.limits.conditions;
        self.check_limit(cases.len(), limit, "conditions in one switch", span);
        let mut always: Option<Span> = None;
        cases
            .iter()
            .map(|case| {
                if let Some(first) = always.take() {
                    let warning = self
                        .warning(
                            Code::UnreachableCase,
                            case.body.span,
                            "this entry of the switch is never reached",
                        )
                        .with_related(first, "this condition is always true")
                        .with_help("put `condition: true` last");
                    self.report(warning);
                }
                if is_true(&case.condition) {
                    always = Some(case.condition.span);
                }
                let condition = self.data(&case.condition, Site { place: Some(place), what: "condition" });
                let (action, next) = self.body(&case.body, place);
                Case { condition, span: case.body.span, action, next }
            })
            .collect()
    }

    fn check_return(&mut self, keyword: Span, place: Place) {
        let body = self
            .outline
            .regions_from(place.region)
            .map(|region| self.outline.region(region))
            .find(|region| matches!(region.kind, RegionKind::Branch | RegionKind::Iteration));
        if let Some(body) = body {
            let message = format!("`return` is not possible in a body of parallel step '{}'", body.owner);
            let error = self
                .error(Code::ReturnInParallel, keyword, &message)
                .with_help("write the value to a variable in `shared`; `next: end` ends the body");
            self.report(error);
        }
    }
}

fn is_true(condition: &ast::Data) -> bool {
    use crate::syntax::expression::ExprKind;
    match &condition.kind {
        ast::DataKind::Bool(value) => *value,
        ast::DataKind::Expression(expression, _) => expression.kind == ExprKind::Bool(true),
        _ => false,
    }
}
