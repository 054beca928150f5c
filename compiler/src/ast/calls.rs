//! `call` with `args` and `result`.

use crate::ast::builder::{Builder, Fields, kind_name};
use crate::ast::data::looks_like_expression;
use crate::ast::{Action, Args, Call};
use crate::diagnostic::Code;
use crate::source::Spanned;
use crate::syntax::tree::{Node, NodeKind};

impl Builder<'_> {
    /// Reads a call; arguments and result also when the name is bad.
    pub(super) fn call(&mut self, node: &Node, fields: Fields<'_>) -> Action {
        let args = fields.get("args").map_or(Args::Named(Vec::new()), |args| self.args(args));
        let result = fields.get("result").and_then(|result| self.identifier(result, "result variable"));
        Action::Call(Call { name: self.callee(node), args, result })
    }

    fn callee(&mut self, node: &Node) -> Option<Spanned<String>> {
        let (message, help) = match &node.kind {
            NodeKind::Str(text) if looks_like_expression(&text.value) => (
                "`call` must name a function, an expression is not possible".to_owned(),
                "to use a value, write `assign` or `return` with the expression",
            ),
            NodeKind::Str(text) if is_dotted_name(&text.value) => {
                return Some(Spanned::new(text.value.clone(), node.span));
            }
            NodeKind::Str(text) => (
                format!("'{}' is not the name of a function", text.value),
                "write the bare name, and the arguments in `args`",
            ),
            other => (
                format!("`call` must name a function, found {}", kind_name(other)),
                "write the bare name, and the arguments in `args`",
            ),
        };
        self.report(self.error(Code::InvalidCallee, node.span, message).with_help(help));
        None
    }

    fn args(&mut self, node: &Node) -> Args {
        match &node.kind {
            NodeKind::Null => Args::Named(Vec::new()),
            NodeKind::Map(entries) => Args::Named(
                entries
                    .iter()
                    .map(|entry| {
                        let value = self.data(&entry.value);
                        (Spanned::new(entry.key.value.clone(), entry.key_span), value)
                    })
                    .collect(),
            ),
            NodeKind::List(items) => {
                Args::Positional(items.iter().map(|item| self.data(item)).collect(), node.span)
            }
            other => {
                let message =
                    format!("`args` must be a mapping of names to values, found {}", kind_name(other));
                self.report(
                    self.error(Code::InvalidStructure, node.span, message)
                        .with_help("write one `name: value` line per argument"),
                );
                Args::Named(Vec::new())
            }
        }
    }
}

fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
