//! `retry` of a `try` step.

use crate::ast::builder::{Builder, Fields, kind_name};
use crate::ast::{Backoff, Data, DataKind, Policy, PolicyParts, Retry};
use crate::diagnostic::Code;
use crate::syntax::tree::{Node, NodeKind};

impl Builder<'_> {
    /// Reads `retry`.
    pub(super) fn retry(&mut self, node: &Node) -> Option<Retry> {
        let policy = match &node.kind {
            NodeKind::Map(entries) => self.retry_parts(Fields(entries)),
            _ => match self.expression(node) {
                Some(policy) => Policy::Whole(policy),
                None => {
                    self.not_a_reference(
                        node,
                        "`retry`",
                        "a mapping or a policy such as ${http.default_retry}",
                    );
                    return None;
                }
            },
        };
        Some(Retry { policy, span: node.span })
    }

    fn retry_parts(&mut self, fields: Fields<'_>) -> Policy {
        self.check_keys(fields, &["predicate", "max_retries", "backoff"], "`retry`");
        let predicate = fields.get("predicate").and_then(|node| {
            let predicate = self.expression(node);
            if predicate.is_none() {
                self.not_a_reference(
                    node,
                    "`predicate`",
                    "a predicate such as ${http.default_retry_predicate}",
                );
            }
            predicate
        });
        let max_retries = fields.get("max_retries").map(|node| self.retry_number(node, "max_retries", true));
        let backoff = fields.get("backoff").and_then(|node| self.backoff(node));
        Policy::Parts(Box::new(PolicyParts { predicate, max_retries, backoff }))
    }

    fn backoff(&mut self, node: &Node) -> Option<Backoff> {
        let NodeKind::Map(entries) = &node.kind else {
            let whole = self.expression(node);
            if whole.is_none() {
                self.not_a_reference(node, "`backoff`", "a mapping or ${retry.default_backoff}");
            }
            return whole.map(Backoff::Whole);
        };
        let fields = Fields(entries);
        self.check_keys(fields, &["initial_delay", "max_delay", "multiplier"], "`backoff`");
        let mut number = |key| fields.get(key).map(|node| self.retry_number(node, key, false));
        Some(Backoff::Parts {
            initial_delay: number("initial_delay"),
            max_delay: number("max_delay"),
            multiplier: number("multiplier"),
        })
    }

    fn retry_number(&mut self, node: &Node, key: &str, whole: bool) -> Data {
        let data = self.data(node);
        let good = match data.kind {
            DataKind::Int(number) => number >= 0,
            DataKind::Float(number) => !whole && number >= 0.0,
            DataKind::Expression(..) => true,
            // A broken expression, which is reported already.
            DataKind::Null => matches!(node.kind, NodeKind::Str(_)),
            _ => false,
        };
        if !good {
            let number = if whole { "a whole number" } else { "a number" };
            let message = format!("`{key}` must be {number} of at least 0, or an expression");
            self.report(self.error(Code::InvalidRetry, node.span, message));
        }
        data
    }

    /// Reports a value that is neither the mapping nor the expression that `key` takes.
    fn not_a_reference(&mut self, node: &Node, key: &str, expected: &str) {
        // A string that is no literal is a broken expression, which is reported already.
        if matches!(&node.kind, NodeKind::Str(text) if text.value.contains("${")) {
            return;
        }
        let message = format!("{key} must be {expected}; found {}", kind_name(&node.kind));
        self.report(
            self.error(Code::InvalidRetry, node.span, message).with_help("write the name as `${name}`"),
        );
    }
}
