//! Data positions: literals with expressions in them.

use crate::ast::builder::{Builder, unreadable};
use crate::ast::{Data, DataKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::expression::Expr;
use crate::syntax::expression::parser::{self, SyntaxError};
use crate::syntax::tree::{Entry, Node, NodeKind, Style, Text};

impl Builder<'_> {
    /// Reads data.
    pub(super) fn data(&mut self, node: &Node) -> Data {
        let kind = match &node.kind {
            NodeKind::Null => DataKind::Null,
            NodeKind::Bool(value) => DataKind::Bool(*value),
            NodeKind::Int(value) => DataKind::Int(*value),
            NodeKind::Float(value) => DataKind::Float(*value),
            NodeKind::Str(text) => return self.text(text, node.span),
            NodeKind::List(items) => DataKind::List(items.iter().map(|item| self.data(item)).collect()),
            NodeKind::Map(entries) => {
                self.warn_broken_expression(entries, node.span);
                DataKind::Map(
                    entries
                        .iter()
                        .map(|entry| (self.text(&entry.key, entry.key_span), self.data(&entry.value)))
                        .collect(),
                )
            }
        };
        Data { kind, span: node.span }
    }

    fn text(&mut self, text: &Text, span: Span) -> Data {
        match parser::parse_scalar(text, span) {
            Ok(Some(expression)) => Data { kind: DataKind::Expression(expression, characters(text)), span },
            Ok(None) => Data { kind: DataKind::Str(text.value.clone()), span },
            Err(error) => {
                self.syntax_error(error);
                unreadable(span)
            }
        }
    }

    /// Reads an expression where nothing else may stand; `None` when it is reported or another kind of data.
    pub(super) fn expression(&mut self, node: &Node) -> Option<Expr> {
        match &node.kind {
            NodeKind::Str(_) => match self.data(node).kind {
                DataKind::Expression(expression, _) => Some(expression),
                _ => None,
            },
            _ => None,
        }
    }

    /// Reports an error of the expression parser.
    pub(super) fn syntax_error(&mut self, error: SyntaxError) {
        let mut diagnostic: Diagnostic =
            self.error(error.code, error.span, error.message).with_label(error.label);
        diagnostic.help = error.help;
        self.report(diagnostic);
    }

    /// An unquoted `${"a: " + b}` is a mapping to YAML.
    fn warn_broken_expression(&mut self, entries: &[Entry], span: Span) {
        let [entry] = entries else { return };
        let key = entry.key.value.trim();
        if entry.key.style == Style::Plain && key.starts_with("${") && !key.ends_with('}') {
            let warning = self
                .warning(
                    Code::BrokenExpressionKey,
                    span,
                    "this is a mapping, because the expression holds a colon and is not quoted",
                )
                .with_label("read as key and value")
                .with_help("put the whole expression in single quotes: '${…}'");
            self.report(warning);
        }
    }
}

/// Characters between `${` and `}`.
fn characters(text: &Text) -> usize {
    text.value.trim().chars().count().saturating_sub(3)
}

/// Whether a string is written as an expression.
pub(super) fn looks_like_expression(text: &str) -> bool {
    text.contains("${")
}
