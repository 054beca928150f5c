//! Names and expressions of the source as one harmless line of a drawing.

use crate::ir::{Expr, Machine};
use crate::program::SlotId;
use crate::source::Span;
use crate::syntax::expression::{Expr as Syntax, ExprKind};

/// Characters of an expression that a label keeps.
const MAX_LABEL: usize = 200;
/// What stands for a part that cannot be shown.
const GAP: &str = "…";

/// `text` in at most `limit` characters on one line, without characters that are invisible or change the direction
/// of what follows.
pub(super) fn shown(text: &str, limit: usize) -> String {
    let mut characters = text.chars();
    let mut result: String = characters.by_ref().take(limit).map(visible).collect();
    if characters.next().is_some() {
        result.pop();
        result.push_str(GAP);
    }
    result
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            char::REPLACEMENT_CHARACTER
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// An expression as it could be written in the source, cut when it is long.
pub(super) fn expression(machine: &Machine, expr: &Expr) -> String {
    shown(&written(machine, expr).to_string(), MAX_LABEL)
}

/// The name of a variable; what the compiler keeps for itself is not named.
pub(super) fn variable(machine: &Machine, slot: SlotId) -> String {
    machine
        .slots
        .get(slot.0 as usize)
        .and_then(|slot| slot.variable.clone())
        .unwrap_or_else(|| GAP.to_owned())
}

/// Back to the form that the printer of expressions takes. Maps of data, which have no such form, are left out.
fn written(machine: &Machine, expr: &Expr) -> Syntax {
    let inner = |expr: &Expr| Box::new(written(machine, expr));
    let kind = match expr {
        Expr::Null => ExprKind::Null,
        Expr::Bool(value) => ExprKind::Bool(*value),
        Expr::Int(value) => ExprKind::Int(*value),
        Expr::Float(value) => ExprKind::Float(*value),
        Expr::Str(value) => ExprKind::Str(value.clone()),
        Expr::Slot { slot, .. } => ExprKind::Name(variable(machine, *slot)),
        Expr::Shared(shared) => {
            ExprKind::Name(machine.shared.get(shared.0 as usize).cloned().unwrap_or_else(|| GAP.to_owned()))
        }
        Expr::List(items) => ExprKind::List(items.iter().map(|item| written(machine, item)).collect()),
        Expr::Map(entries) if entries.is_empty() => ExprKind::Name("{}".to_owned()),
        Expr::Map(_) => ExprKind::Name(format!("{{{GAP}}}")),
        Expr::Unary(op, operand) => ExprKind::Unary(*op, inner(operand)),
        Expr::Binary(left, op, right) => ExprKind::Binary(inner(left), *op, inner(right)),
        Expr::Member(base, name) => {
            ExprKind::Member(inner(base), crate::source::Spanned::new(name.clone(), Span::default()))
        }
        Expr::Index(base, index) => ExprKind::Index(inner(base), inner(index)),
        Expr::Call(function, args) => {
            let last = args.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            let argument = |arg: &Option<Expr>| arg.as_ref().map_or(name(GAP), |arg| written(machine, arg));
            ExprKind::Call(Box::new(name(function.name)), args.iter().take(last).map(argument).collect())
        }
        Expr::Object(object) => ExprKind::Name((*object).to_owned()),
    };
    Syntax { kind, span: Span::default() }
}

fn name(text: &str) -> Syntax {
    Syntax { kind: ExprKind::Name(text.to_owned()), span: Span::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_visible_line_of_bounded_length() {
        assert_eq!(shown("a\nb\tc", 10), "a b c");
        assert_eq!(shown("a\u{202e}b\u{0}", 10), "a\u{fffd}b\u{fffd}");
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("abcdefg", 6), "abcde…");
        assert_eq!(shown(&"é".repeat(100), 3), "éé…");
    }
}
