//! Variables: which one a name means, and whether it may be read or written there.

use crate::analyze::outline::{FrameId, Place, Role, ScopeId, ScopeKind};
use crate::analyze::resolver::{Resolver, Site};
use crate::diagnostic::Code;
use crate::program::{Capture, Shared, SharedId, Slot, SlotId, Variable};
use crate::signatures;
use crate::source::{Span, Spanned};

impl Resolver<'_> {
    /// The variable that is read; reports a name that means none.
    pub(super) fn read(&mut self, name: &str, span: Span, site: Site<'_>) -> Option<Variable> {
        let scope = site.place.and_then(|place| self.outline.find(place.scope, name));
        match (site.place, scope) {
            (Some(place), Some(scope)) => self.locate(place.frame, scope, name),
            _ => {
                self.unknown_symbol(name, span, site);
                None
            }
        }
    }

    /// Whether a name is a variable there.
    pub(super) fn is_variable(&self, name: &str, site: Site<'_>) -> bool {
        site.place.is_some_and(|place| self.outline.find(place.scope, name).is_some())
    }

    /// The variable that is written; reports one that may not be.
    pub(super) fn write(&mut self, name: &Spanned<String>, site: Site<'_>) -> Option<Variable> {
        let variable = self.read(&name.value, name.span, site)?;
        let place = site.place?;
        let scope = self.outline.find(place.scope, &name.value)?;
        self.check_shared(name, place, scope).then_some(variable)
    }

    /// Rule D10: every parallel step between here and the variable must share it.
    fn check_shared(&mut self, name: &Spanned<String>, place: Place, scope: ScopeId) -> bool {
        let owner = self.outline.scope(scope).frame;
        let mut frame = place.frame;
        let mut inner = None;
        while frame != owner {
            let state = self.outline.frame(frame);
            let Some(outer) = state.outer else { break };
            match state.shared.get(&name.value) {
                Some(shared) => inner = Some(*shared),
                None => {
                    let fork = state.fork.clone();
                    self.not_shared(name, &fork, scope, inner);
                    return false;
                }
            }
            frame = outer.frame;
        }
        true
    }

    fn not_shared(&mut self, name: &Spanned<String>, fork: &str, scope: ScopeId, inner: Option<Span>) {
        let variable = &name.value;
        let message = format!(
            "variable '{variable}' of an enclosing scope is written in a parallel body, but step '{fork}' does not share it"
        );
        let mut error =
            self.error(Code::UnsharedWrite, name.span, &message).with_label("written here").with_help(
                format!("add '{variable}' to `shared` of step '{fork}', or use another name in the body"),
            );
        if let Some(declared) = self.outline.variable(scope, variable) {
            error = error.with_related(declared.span, "belongs to the enclosing scope because of this");
        }
        if let Some(inner) = inner {
            error = error.with_related(inner, "only the inner parallel step shares it");
        }
        self.report(error);
    }

    /// How a frame reaches the variable of a scope that encloses it.
    pub(super) fn locate(&mut self, frame: FrameId, scope: ScopeId, name: &str) -> Option<Variable> {
        if self.outline.scope(scope).frame == frame {
            return self.slot(scope, name).map(Variable::Slot);
        }
        let key = (scope, name.to_owned());
        if let Some(reached) = self.frames.get(&frame).and_then(|state| state.reached.get(&key)) {
            return Some(*reached);
        }
        let (parent, shared) = {
            let state = self.outline.frame(frame);
            (state.outer?.frame, state.shared.contains_key(name))
        };
        let outer = self.locate(parent, scope, name)?;
        let name = name.to_owned();
        let state = self.frames.entry(frame).or_default();
        let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let reached = if shared {
            state.shared.push(Shared { name, outer });
            Variable::Shared(SharedId(number(state.shared.len() - 1)))
        } else {
            let slots = &mut self.outline.frame_mut(frame).slots;
            slots.push(Slot { name, scope: None });
            let inner = SlotId(number(slots.len() - 1));
            state.captures.push(Capture { outer, inner });
            Variable::Slot(inner)
        };
        state.reached.insert(key, reached);
        Some(reached)
    }

    /// Reports a name that is no variable where it is used.
    pub(super) fn unknown_symbol(&mut self, name: &str, span: Span, site: Site<'_>) {
        if site.place.is_none() {
            let message = format!("error evaluating {}: '{name}' is not a constant", site.what);
            let error = self
                .error(Code::InvalidParams, span, &message)
                .with_help("a default holds constants and library functions, no variables");
            self.report(error);
        } else if self.globals.workflows.contains_key(name) {
            let message =
                format!("error evaluating {}: subworkflow '{name}' cannot be used as a value", site.what);
            let error = self.error(Code::FunctionAsValue, span, &message).with_help(format!(
                "call it: `{name}(…)`; its bare name is only possible as `predicate` of `retry`"
            ));
            self.report(error);
        } else if let Some(scope) = self.outline.find_anywhere(name) {
            self.out_of_scope(name, span, scope, site);
        } else if signatures::lookup(name).is_some() {
            let message =
                format!("error evaluating {}: function '{name}' cannot be used as a value", site.what);
            let error =
                self.error(Code::FunctionAsValue, span, &message).with_help(format!("call it: `{name}(…)`"));
            self.report(error);
        } else {
            let message = format!(
                "error evaluating {}: symbol '{name}' is neither a variable nor a sub-workflow name",
                site.what
            );
            let mut error = self
                .error(Code::UndefinedSymbol, span, &message)
                .with_label("assigned nowhere in this workflow");
            error.help = self.suggest_variable(name, site.place);
            self.report(error);
        }
    }

    fn out_of_scope(&mut self, name: &str, span: Span, scope: ScopeId, site: Site<'_>) {
        let owner = self.outline.scope(scope);
        let block = match owner.kind {
            ScopeKind::Workflow => "workflow",
            ScopeKind::Loop => "loop",
            ScopeKind::Except => "`except` block",
            ScopeKind::Branch => "parallel branch",
        };
        let (step, owner_frame) = (owner.owner.clone(), owner.frame);
        let declared = self.outline.variable(scope, name);
        let loop_variable = declared.is_some_and(|declared| declared.role == Role::LoopVariable);
        let (code, noun) = if loop_variable {
            (Code::LoopVariable, "loop variable")
        } else {
            (Code::OutOfScope, "variable")
        };
        let message = format!(
            "error evaluating {}: {noun} '{name}' is used outside its scope, the {block} of step '{step}'",
            site.what
        );
        let mut error = self.error(code, span, &message).with_label("does not exist here");
        if let Some(declared) = declared {
            error = error.with_related(declared.span, format!("exists only in this {block}"));
        }
        let forked = site.place.is_some_and(|place| place.frame != owner_frame);
        let caught = declared.is_some_and(|declared| declared.role == Role::Caught);
        error.help = Some(match (loop_variable || caught, forked) {
            (true, _) => format!("inside the {block}, assign '{name}' to a variable of another name"),
            (false, true) => {
                format!("assign '{name}' before step '{step}' (for instance null) and list it in `shared`")
            }
            (false, false) => format!("assign '{name}' before step '{step}', for instance null"),
        });
        self.report(error);
    }
}
