//! Lists of steps and the bodies in them.

use crate::ast::builder::{Builder, Fields, kind_name};
use crate::ast::data::looks_like_expression;
use crate::ast::{Action, Assignment, Body, Step};
use crate::diagnostic::Code;
use crate::source::{Span, Spanned};
use crate::syntax::expression::parser;
use crate::syntax::tree::{Entry, Node, NodeKind};

/// Keys of a body that say what it does.
const ACTIONS: &[&str] = &["assign", "call", "switch", "for", "parallel", "try", "raise", "return", "steps"];

/// All keys of a body.
const KEYS: &[&str] = &[
    "assign", "call", "switch", "for", "parallel", "try", "raise", "return", "steps", "args", "result",
    "retry", "except", "next",
];

impl Builder<'_> {
    /// Reads a list of steps; `owner` is what it belongs to, for messages.
    pub(super) fn steps(&mut self, node: &Node, owner: &str) -> Vec<Step> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`steps` of {owner} must be a list, found {}", kind_name(&node.kind));
            self.report(
                self.error(Code::InvalidStructure, node.span, message)
                    .with_help("write each step as an item: `- name:` with its body below"),
            );
            return Vec::new();
        };
        if items.is_empty() {
            self.report(self.error(Code::EmptySteps, node.span, format!("{owner} has no steps")));
        }
        items.iter().filter_map(|item| self.step(item)).collect()
    }

    fn step(&mut self, item: &Node) -> Option<Step> {
        let entry = match &item.kind {
            NodeKind::Map(entries) if entries.len() == 1 => entries.first()?,
            NodeKind::Map(entries) => {
                let names: Vec<_> = entries.iter().take(4).map(|e| format!("'{}'", e.key.value)).collect();
                let message =
                    format!("a step is a mapping with one key, its name; found {}", names.join(", "));
                let help = "indent the body of the step below its name, or start the next step with `- `";
                let second = entries.get(1).map_or(item.span, |entry| entry.key_span);
                self.report(self.error(Code::InvalidStep, second, message).with_help(help));
                return None;
            }
            other => {
                let message =
                    format!("a step is a mapping with one key, its name; found {}", kind_name(other));
                self.report(self.error(Code::InvalidStep, item.span, message));
                return None;
            }
        };
        let name = entry.key.value.clone();
        self.within(format!("step {name}"), |b| {
            b.check_step_name(entry);
            let node = b.node();
            let body = b.step_body(entry);
            Some(Step { node, name: Spanned::new(name, entry.key_span), body })
        })
    }

    fn check_step_name(&mut self, entry: &Entry) {
        let name = entry.key.value.as_str();
        if name.trim().is_empty() {
            self.report(self.error(Code::EmptyName, entry.key_span, "step name must not be empty"));
        } else if matches!(name, "end" | "break" | "continue") {
            let error = self
                .error(Code::InvalidStep, entry.key_span, format!("'{name}' cannot be the name of a step"))
                .with_help(format!("`next: {name}` has a meaning of its own; choose another name"));
            self.report(error);
        }
    }

    fn step_body(&mut self, entry: &Entry) -> Body {
        let nothing = Body { action: Action::Nothing, next: None, span: entry.value.span };
        match &entry.value.kind {
            NodeKind::Map(entries) if !entries.is_empty() => {
                self.body(Fields(entries), entry.value.span, KEYS, "a step")
            }
            NodeKind::Null | NodeKind::Map(_) => {
                let error = self
                    .error(Code::InvalidStep, entry.key_span, "the step has no body")
                    .with_help("indent its body below the name");
                self.report(error);
                nothing
            }
            other => {
                let message = format!("the body of a step must be a mapping, found {}", kind_name(other));
                self.report(self.error(Code::InvalidStep, entry.value.span, message));
                nothing
            }
        }
    }

    /// Reads a body: one action with its companions, and `next`.
    pub(super) fn body(&mut self, fields: Fields<'_>, span: Span, keys: &[&str], what: &str) -> Body {
        self.check_keys(fields, keys, what);
        let actions: Vec<&Entry> =
            fields.0.iter().filter(|entry| ACTIONS.contains(&entry.key.value.as_str())).collect();
        if let [first, second, ..] = actions.as_slice() {
            let (one, other) = (&first.key.value, &second.key.value);
            let error = self
                .error(
                    Code::ConflictingActions,
                    second.key_span,
                    format!("{what} does one thing: '{one}' and '{other}' cannot stand together"),
                )
                .with_related(first.key_span, "the first action")
                .with_help("make it two steps");
            self.report(error);
        }
        for (companion, action) in [("args", "call"), ("result", "call"), ("retry", "try"), ("except", "try")]
        {
            if let Some(entry) = fields.entry(companion)
                && fields.entry(action).is_none()
            {
                let message = format!("'{companion}' belongs to '{action}', which is missing");
                self.report(
                    self.error(Code::OrphanKey, entry.key_span, message).with_help(format!(
                        "'{companion}' stands beside '{action}', at the same indentation"
                    )),
                );
            }
        }
        let action = actions.first().map_or(Action::Nothing, |entry| self.action(entry, fields));
        let next = fields.get("next").and_then(|node| self.next(node));
        Body { action, next, span }
    }

    fn action(&mut self, entry: &Entry, fields: Fields<'_>) -> Action {
        let value = &entry.value;
        match entry.key.value.as_str() {
            "assign" => Action::Assign(self.assignments(value)),
            "call" => self.call(value, fields),
            "switch" => Action::Switch(self.cases(value, KEYS)),
            "for" => {
                self.for_loop(value, entry.key_span).map_or(Action::Nothing, |l| Action::For(Box::new(l)))
            }
            "parallel" => self.parallel(entry),
            "try" => self.try_block(entry, fields, KEYS),
            "raise" => Action::Raise(self.data(value)),
            "return" => Action::Return(self.data(value), entry.key_span),
            "steps" => Action::Steps(self.steps(value, "the step")),
            _ => Action::Nothing,
        }
    }

    fn next(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = match &node.kind {
            NodeKind::Str(text) if looks_like_expression(&text.value) => {
                let error = self
                    .error(
                        Code::InvalidNext,
                        node.span,
                        "`next` must name a step, an expression is not possible",
                    )
                    .with_help("use a `switch` with one `next` per target");
                self.report(error);
                return None;
            }
            NodeKind::Str(text) => text.value.clone(),
            NodeKind::Int(number) => number.to_string(),
            NodeKind::Bool(value) => value.to_string(),
            other => {
                let message = format!("`next` must name a step, found {}", kind_name(other));
                self.report(self.error(Code::InvalidNext, node.span, message));
                return None;
            }
        };
        Some(Spanned::new(name, node.span))
    }

    fn assignments(&mut self, node: &Node) -> Vec<Assignment> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`assign` must be a list, found {}", kind_name(&node.kind));
            self.report(
                self.error(Code::InvalidStructure, node.span, message)
                    .with_help("write each assignment as an item: `- name: value`"),
            );
            return Vec::new();
        };
        if items.is_empty() {
            self.report(self.error(Code::InvalidStructure, node.span, "`assign` has no entries"));
        }
        items.iter().filter_map(|item| self.assignment(item)).collect()
    }

    fn assignment(&mut self, item: &Node) -> Option<Assignment> {
        let entries = match &item.kind {
            NodeKind::Map(entries) => entries.as_slice(),
            other => {
                let message = format!("an assignment is one `name: value`, found {}", kind_name(other));
                self.report(self.error(Code::InvalidStructure, item.span, message));
                return None;
            }
        };
        let [entry] = entries else {
            let message = format!("an assignment is one `name: value`, found {} keys", entries.len());
            self.report(
                self.error(Code::InvalidStructure, item.span, message)
                    .with_help("start each assignment with `- `, they run in order"),
            );
            return None;
        };
        let value = self.data(&entry.value);
        match parser::parse_target(&entry.key, entry.key_span) {
            Ok(target) => {
                self.check_identifier(&target.name.value, target.name.span, "variable name")?;
                Some(Assignment { target, value, span: item.span })
            }
            Err(error) => {
                self.syntax_error(error);
                None
            }
        }
    }
}
