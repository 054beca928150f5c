//! `retry`: policies and predicates.

use crate::analyze::expressions::dotted;
use crate::analyze::outline::Place;
use crate::analyze::resolver::{Resolver, Site};
use crate::ast::{self, Backoff, Data, Policy, PolicyParts};
use crate::diagnostic::Code;
use crate::program::{Expr, Predicate, Retry};
use crate::source::Span;
use crate::syntax::expression as syntax;

impl Resolver<'_> {
    /// Resolves `retry`; `None` when it is reported.
    pub(super) fn retry(&mut self, retry: &ast::Retry, place: Place) -> Option<Retry> {
        let mut resolved = Retry {
            predicate: Predicate::Always,
            max_retries: None,
            initial_delay: None,
            max_delay: None,
            multiplier: None,
            span: retry.span,
        };
        match &retry.policy {
            Policy::Whole(policy) => resolved.predicate = self.policy(policy)?,
            Policy::Parts(parts) => {
                let PolicyParts { predicate, max_retries, backoff } = parts.as_ref();
                resolved.max_retries = self.number(max_retries.as_ref(), "max_retries", place);
                match backoff {
                    Some(Backoff::Whole(whole)) => self.whole_backoff(whole),
                    Some(Backoff::Parts { initial_delay, max_delay, multiplier }) => {
                        resolved.initial_delay = self.number(initial_delay.as_ref(), "initial_delay", place);
                        resolved.max_delay = self.number(max_delay.as_ref(), "max_delay", place);
                        resolved.multiplier = self.number(multiplier.as_ref(), "multiplier", place);
                    }
                    None => {}
                }
                if let Some(predicate) = predicate {
                    resolved.predicate = self.predicate(predicate)?;
                }
            }
        }
        Some(resolved)
    }

    fn number(&mut self, data: Option<&Data>, what: &str, place: Place) -> Option<Expr> {
        data.map(|data| self.data(data, Site { place: Some(place), what }))
    }

    /// A whole policy: its numbers are the defaults.
    fn policy(&mut self, expr: &syntax::Expr) -> Option<Predicate> {
        let path = dotted(expr).unwrap_or_default();
        match path.as_str() {
            "http.default_retry" => Some(Predicate::HttpDefault),
            "http.default_retry_non_idempotent" => Some(Predicate::HttpNonIdempotent),
            "retry.always" => Some(Predicate::Always),
            "retry.never" => Some(Predicate::Never),
            _ => {
                let message = if path.is_empty() {
                    "`retry` must be a mapping or the name of a policy".to_owned()
                } else {
                    format!("'{path}' is not a retry policy")
                };
                let help = if path.ends_with("_predicate")
                    || path.ends_with("predicate_non_idempotent")
                    || self.globals.workflows.contains_key(path.as_str())
                {
                    "a predicate is a part of the mapping: `retry:` with `predicate:` below it"
                } else {
                    "policies are http.default_retry, http.default_retry_non_idempotent, retry.always, retry.never"
                };
                self.report(self.error(Code::InvalidRetry, expr.span, &message).with_help(help));
                None
            }
        }
    }

    fn whole_backoff(&mut self, expr: &syntax::Expr) {
        match dotted(expr).as_deref() {
            Some(
                "retry.default_backoff"
                | "http.default_retry.backoff"
                | "http.default_retry_non_idempotent.backoff",
            ) => {}
            _ => {
                let error = self
                    .error(
                        Code::InvalidRetry,
                        expr.span,
                        "`backoff` must be a mapping or ${retry.default_backoff}",
                    )
                    .with_help("write `initial_delay`, `max_delay` and `multiplier` below it");
                self.report(error);
            }
        }
    }

    fn predicate(&mut self, expr: &syntax::Expr) -> Option<Predicate> {
        let path = dotted(expr).unwrap_or_default();
        match path.as_str() {
            "http.default_retry_predicate" | "http.default_retry.predicate" => Some(Predicate::HttpDefault),
            "http.default_retry_predicate_non_idempotent" | "http.default_retry_non_idempotent.predicate" => {
                Some(Predicate::HttpNonIdempotent)
            }
            "retry.always" => Some(Predicate::Always),
            "retry.never" => Some(Predicate::Never),
            "" => {
                let error = self
                    .error(
                        Code::InvalidRetry,
                        expr.span,
                        "`predicate` must be the name of a predicate or subworkflow",
                    )
                    .with_help("write the bare name: `predicate: ${name}`, without parentheses");
                self.report(error);
                None
            }
            name => self.predicate_subworkflow(name, expr.span),
        }
    }

    fn predicate_subworkflow(&mut self, name: &str, span: Span) -> Option<Predicate> {
        let Some(callable) = self.globals.workflows.get(name).copied().filter(|_| name != "main") else {
            let mut error = self.error(
                Code::InvalidRetry,
                span,
                &format!("predicate '{name}' is neither a predicate of the library nor a subworkflow"),
            );
            error.help = match name {
                "http.default_retry" => Some("the predicate is `http.default_retry_predicate`".to_owned()),
                _ => self.suggest_subworkflow(name),
            };
            self.report(error);
            return None;
        };
        let params = &callable.workflow.params;
        let required = params.iter().filter(|param| param.default.is_none()).count();
        if params.is_empty() || required > 1 {
            let message =
                format!("predicate '{name}' must take one parameter, the error; it requires {required}",);
            let error = self
                .error(Code::InvalidRetry, span, &message)
                .with_related(callable.workflow.name.span, "defined here");
            self.report(error);
            return None;
        }
        Some(Predicate::Routine(callable.id))
    }
}
