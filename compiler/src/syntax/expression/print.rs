//! Expression trees to text, with as few parentheses as the grammar allows.

use std::fmt::{self, Display, Formatter};

use crate::syntax::expression::{BinaryOp, Expr, ExprKind, UnaryOp};

/// How tight the outermost operator of an expression binds; a greater rank needs no parentheses in a lesser place.
type Rank = u8;

const COMPARE: Rank = 2;
const PREFIX: Rank = 5;
const POSTFIX: Rank = 6;

impl BinaryOp {
    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::FloorDivide => "//",
            Self::Remainder => "%",
        }
    }

    fn rank(self) -> Rank {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Remainder => 4,
            _ => COMPARE,
        }
    }
}

impl UnaryOp {
    /// The operator as it is written in front of its operand.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Not => "not ",
            Self::Negate => "-",
            Self::Plus => "+",
        }
    }
}

/// Parses back to the same tree, spans aside.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Null => f.write_str("null"),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Int(value) => write!(f, "{value}"),
            ExprKind::Float(value) => write!(f, "{value:?}"),
            ExprKind::Str(value) => string(value, f),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::List(items) => {
                f.write_str("[")?;
                commas(items, f)?;
                f.write_str("]")
            }
            ExprKind::Unary(op, operand) => {
                f.write_str(op.as_str())?;
                within(PREFIX, operand, f)
            }
            ExprKind::Binary(left, op, right) => {
                let rank = op.rank();
                // Comparisons do not chain, the other operators associate to the left.
                within(if rank == COMPARE { rank + 1 } else { rank }, left, f)?;
                write!(f, " {} ", op.as_str())?;
                within(rank + 1, right, f)
            }
            ExprKind::Member(base, name) => {
                within(POSTFIX, base, f)?;
                write!(f, ".{}", name.value)
            }
            ExprKind::Index(base, index) => {
                within(POSTFIX, base, f)?;
                write!(f, "[{index}]")
            }
            ExprKind::Call(callee, args) => {
                within(POSTFIX, callee, f)?;
                f.write_str("(")?;
                commas(args, f)?;
                f.write_str(")")
            }
        }
    }
}

fn rank(expr: &Expr) -> Rank {
    match &expr.kind {
        ExprKind::Binary(_, op, _) => op.rank(),
        ExprKind::Unary(..) => PREFIX,
        // A dot right behind digits would belong to the number.
        ExprKind::Int(_) => PREFIX,
        ExprKind::Float(value) if value.is_sign_negative() => PREFIX,
        _ => POSTFIX,
    }
}

/// Writes an expression where at least `least` is needed.
fn within(least: Rank, expr: &Expr, f: &mut Formatter<'_>) -> fmt::Result {
    if rank(expr) < least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

fn commas(items: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// A string literal in the escapes of the expression language, which are JSON's.
fn string(value: &str, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{}", serde_json::Value::from(value))
}

#[cfg(test)]
mod tests;
