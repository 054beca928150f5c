//! `next`: where it leads, and whether it may.

use crate::analyze::outline::{Place, RegionId, RegionKind, Target};
use crate::analyze::resolver::Resolver;
use crate::diagnostic::Code;
use crate::program::Jump;
use crate::source::Spanned;

impl Resolver<'_> {
    /// Resolves a `next` that stands at `place`; `None` when it is reported.
    pub(super) fn jump(&mut self, next: &Spanned<String>, place: Place) -> Option<Jump> {
        let name = next.value.as_str();
        let jump = match name {
            "end" => return Some(Jump::End),
            "break" => Jump::Break,
            "continue" => Jump::Continue,
            _ => return self.jump_to_step(next, place),
        };
        match self.no_loop(place, jump) {
            None => Some(jump),
            Some((reason, help)) => {
                let error = self
                    .error(Code::BreakOutsideLoop, next.span, &format!("`{name}` {reason}"))
                    .with_help(help);
                self.report(error);
                None
            }
        }
    }

    /// Why there is no loop to leave or go on with (rule D7).
    fn no_loop(&self, place: Place, jump: Jump) -> Option<(String, &'static str)> {
        let mut branch: Option<&str> = None;
        for region in self.outline.regions_from(place.region) {
            let region = self.outline.region(region);
            match (region.kind, branch) {
                (RegionKind::Loop, None) => return None,
                (RegionKind::Iteration, None) if jump == Jump::Continue => return None,
                (RegionKind::Iteration, None) => {
                    let help = "`continue` ends the iteration; the other iterations run in any case";
                    return Some(("is not possible in a parallel loop".to_owned(), help));
                }
                (RegionKind::Branch, None) => branch = Some(&region.owner),
                (RegionKind::Loop | RegionKind::Iteration, Some(owner)) => {
                    let reason =
                        format!("cannot leave a branch of parallel step '{owner}' for the loop around it");
                    return Some((reason, "`next: end` ends the branch"));
                }
                _ => {}
            }
        }
        let help = "`next: end` ends the workflow; a step name continues there";
        Some(("outside of a loop".to_owned(), help))
    }

    fn jump_to_step(&mut self, next: &Spanned<String>, place: Place) -> Option<Jump> {
        let name = &next.value;
        let Some(target) = self.outline.target(name).copied() else {
            let mut error =
                self.error(Code::UnknownStep, next.span, &format!("next step '{name}' does not exist"));
            error.help = self.suggest_step(name);
            self.report(error);
            return None;
        };
        let Some(barrier) = self.barrier(target, place) else { return Some(Jump::Step(target.id)) };
        let message = format!("next step '{name}' cannot be reached from here: {barrier}");
        let error = self
            .error(Code::IllegalJump, next.span, &message)
            .with_related(target.span, "the target")
            .with_help("jump to a step of the same list or of an enclosing one");
        self.report(error);
        None
    }

    /// What keeps a jump from its target (rule D6).
    fn barrier(&self, target: Target, place: Place) -> Option<String> {
        let mut left: Option<&str> = None;
        for id in self.outline.regions_from(place.region) {
            if id == target.place.region {
                return left.map(|owner| format!("it would leave a body of parallel step '{owner}'"));
            }
            let region = self.outline.region(id);
            if matches!(region.kind, RegionKind::Branch | RegionKind::Iteration) {
                left = left.or(Some(&region.owner));
            }
        }
        let entered = self.outline.region(self.entered(place, target));
        let owner = &entered.owner;
        Some(match entered.kind {
            RegionKind::Loop => format!("it stands in the loop of step '{owner}'"),
            RegionKind::Try => format!("it stands in the `try` body of step '{owner}'"),
            RegionKind::Except => format!("it stands in the `except` block of step '{owner}'"),
            RegionKind::Branch => format!("it stands in a branch of parallel step '{owner}'"),
            RegionKind::Iteration => format!("it stands in the loop of parallel step '{owner}'"),
            RegionKind::Workflow => "it stands in another workflow".to_owned(),
        })
    }

    /// The outermost region that a jump would enter.
    fn entered(&self, place: Place, target: Target) -> RegionId {
        let around: Vec<_> = self.outline.regions_from(place.region).collect();
        self.outline
            .regions_from(target.place.region)
            .take_while(|region| !around.contains(region))
            .last()
            .unwrap_or(target.place.region)
    }
}
