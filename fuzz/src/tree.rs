//! Expression trees: spans, and equality without them.

use cogwork_compiler::source::{FileId, Span};
use cogwork_compiler::syntax::expression::parser::{parse_expression, parse_target};
use cogwork_compiler::syntax::expression::{Expr, ExprKind};
use cogwork_compiler::syntax::tree::{OffsetMap, Style, Text};

use crate::check_range;

/// Parses `text` as an expression and as the left side of an assignment.
///
/// # Panics
/// When a place lies outside the text, or the printed expression does not parse to the same tree.
pub fn expression(text: &str) {
    target(text);
    let map = OffsetMap::verbatim(0);
    let tree = match parse_expression(text, &map, 0, FileId(0)) {
        Ok(tree) => tree,
        Err(error) => return check_range(error.span, text),
    };
    check_spans(&tree, text);
    let printed = tree.to_string();
    match parse_expression(&printed, &map, 0, FileId(0)) {
        Ok(back) => assert!(equal(&tree, &back), "{printed}\n{tree:?}\n{back:?}"),
        Err(error) => panic!("the printed expression does not parse: {error}\n{printed}"),
    }
}

fn target(text: &str) {
    let whole = Span::new(FileId(0), 0..text.len());
    let scalar = Text { value: text.to_owned(), style: Style::Plain, map: OffsetMap::verbatim(0) };
    match parse_target(&scalar, whole) {
        Ok(target) => {
            check_range(target.name.span, text);
            target.accessors.iter().for_each(|accessor| check_spans(accessor, text));
        }
        Err(error) => check_range(error.span, text),
    }
}

/// Every span lies inside the text and inside the span of the expression around it.
fn check_spans(expr: &Expr, text: &str) {
    check_range(expr.span, text);
    let inside = |span: Span| {
        assert!(
            expr.span.start <= span.start && span.end <= expr.span.end,
            "{span:?} is outside {:?}",
            expr.span
        );
    };
    for part in parts(expr) {
        inside(part.span);
        check_spans(part, text);
    }
    if let ExprKind::Member(_, name) = &expr.kind {
        inside(name.span);
    }
}

fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::List(items) => items.iter().collect(),
        ExprKind::Unary(_, operand) | ExprKind::Member(operand, _) => vec![operand],
        ExprKind::Binary(left, _, right) | ExprKind::Index(left, right) => vec![left, right],
        ExprKind::Call(callee, args) => std::iter::once(&**callee).chain(args).collect(),
        _ => Vec::new(),
    }
}

/// Whether two trees are the same, wherever they are written.
fn equal(one: &Expr, other: &Expr) -> bool {
    let heads = match (&one.kind, &other.kind) {
        (ExprKind::Unary(a, _), ExprKind::Unary(b, _)) => a == b,
        (ExprKind::Binary(_, a, _), ExprKind::Binary(_, b, _)) => a == b,
        (ExprKind::Member(_, a), ExprKind::Member(_, b)) => a.value == b.value,
        (ExprKind::List(_), ExprKind::List(_))
        | (ExprKind::Index(..), ExprKind::Index(..))
        | (ExprKind::Call(..), ExprKind::Call(..)) => true,
        (ExprKind::Float(a), ExprKind::Float(b)) => a.to_bits() == b.to_bits(),
        (a, b) => parts(one).is_empty() && a == b,
    };
    let (one, other) = (parts(one), parts(other));
    heads && one.len() == other.len() && one.iter().zip(other).all(|(a, b)| equal(a, b))
}
