//! Expressions as written: the tree of `language.md` §9 with spans into the source file.

use crate::source::{Span, Spanned};

pub mod lexer;
pub mod parser;
pub mod print;

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with fraction or exponent.
    Float(f64),
    /// A string literal, unescaped.
    Str(String),
    /// A name: variable, subworkflow or the head of a dotted function name.
    Name(String),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `not x`, `-x`, `+x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b` and so on.
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `a.name`
    Member(Box<Expr>, Spanned<String>),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a, b)`; the callee is a [`ExprKind::Name`] or a chain of [`ExprKind::Member`] over one.
    Call(Box<Expr>, Vec<Expr>),
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
    /// `+`
    Plus,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//`
    FloorDivide,
    /// `%`
    Remainder,
}

/// The left side of an assignment: `name`, then accessors (`language.md` §4.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The variable.
    pub name: Spanned<String>,
    /// `.name` and `[expr]`, from left to right. A `.name` is an accessor with a string literal.
    pub accessors: Vec<Expr>,
    /// The whole target.
    pub span: Span,
}
