//! The definition as it is written: typed steps with spans, expressions parsed, names not yet resolved.
//!
//! [`from_tree`] checks the structure (which keys a body may have, which it must have) and goes on behind every
//! error, so that one run reports them all.

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::expression::{Expr, Target};
use crate::syntax::tree::Node;

mod blocks;
mod builder;
mod calls;
mod data;
mod params;
mod retry;
mod steps;
#[cfg(test)]
mod tests;

/// Identity of a step or block, unique in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// One source file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The file.
    pub file: FileId,
    /// `main` and the subworkflows, in source order.
    pub workflows: Vec<Workflow>,
    /// The whole document.
    pub span: Span,
}

/// `main` or a subworkflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Its name; for a document that is a bare list of steps: `main`.
    pub name: Spanned<String>,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Spanned<String>,
    /// The value used when the argument is absent.
    pub default: Option<Data>,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its identity.
    pub node: NodeId,
    /// Its name.
    pub name: Spanned<String>,
    /// Its body.
    pub body: Body,
}

/// The body of a step, of a `switch` entry or of an inline `try`.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// What it does.
    pub action: Action,
    /// `next`
    pub next: Option<Spanned<String>>,
    /// Where it is written.
    pub span: Span,
}

/// What a body does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing but `next`; also stands for an action that could not be read.
    Nothing,
    /// `assign`
    Assign(Vec<Assignment>),
    /// `call`
    Call(Call),
    /// `switch`
    Switch(Vec<Case>),
    /// `for`
    For(Box<For>),
    /// `parallel`
    Parallel(Box<Parallel>),
    /// `try`
    Try(Box<Try>),
    /// `raise`
    Raise(Data),
    /// `return`, with the place of the keyword.
    Return(Data, Span),
    /// `steps`
    Steps(Vec<Step>),
}

/// One entry of `assign`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The left side.
    pub target: Target,
    /// The new value.
    pub value: Data,
    /// The entry.
    pub span: Span,
}

/// A `call` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name of what is called; `None` when it could not be read.
    pub name: Option<Spanned<String>>,
    /// The arguments.
    pub args: Args,
    /// The variable for the result.
    pub result: Option<Spanned<String>>,
}

/// Arguments of a `call` step.
#[derive(Debug, Clone, PartialEq)]
pub enum Args {
    /// By parameter name, in source order; also when there are none.
    Named(Vec<(Spanned<String>, Data)>),
    /// By position, with the place of the list.
    Positional(Vec<Data>, Span),
}

/// One entry of `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The condition: a boolean or an expression.
    pub condition: Data,
    /// What to do then.
    pub body: Body,
}

/// The head and body of a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// Identity of the loop's body.
    pub node: NodeId,
    /// `value`; `None` when it could not be read.
    pub value: Option<Spanned<String>>,
    /// `index`
    pub index: Option<Spanned<String>>,
    /// `in` or `range`; `None` when it could not be read.
    pub over: Option<Over>,
    /// The body.
    pub steps: Vec<Step>,
    /// The loop.
    pub span: Span,
}

/// What a loop runs over.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// `in`
    In(Data),
    /// `range`
    Range(Data),
}

/// `parallel`
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// Names in `shared`.
    pub shared: Vec<Spanned<String>>,
    /// `concurrency_limit`
    pub concurrency_limit: Option<Data>,
    /// What runs.
    pub bodies: Bodies,
}

/// The bodies of a parallel step.
#[derive(Debug, Clone, PartialEq)]
pub enum Bodies {
    /// `branches`
    Branches(Vec<Branch>),
    /// `for`
    For(For),
}

/// A branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Identity of the branch.
    pub node: NodeId,
    /// Its name.
    pub name: Spanned<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// `try` with its companions.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// Identity of the guarded body.
    pub node: NodeId,
    /// The guarded body.
    pub body: Body,
    /// `retry`
    pub retry: Option<Retry>,
    /// `except`
    pub except: Option<Except>,
}

/// `except`
#[derive(Debug, Clone, PartialEq)]
pub struct Except {
    /// Identity of the block.
    pub node: NodeId,
    /// `as`
    pub variable: Option<Spanned<String>>,
    /// Its steps; may be empty.
    pub steps: Vec<Step>,
}

/// `retry`
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// A whole policy or its parts.
    pub policy: Policy,
    /// Where it is written.
    pub span: Span,
}

/// The forms of `retry`.
#[derive(Debug, Clone, PartialEq)]
pub enum Policy {
    /// `retry: ${name}`
    Whole(Expr),
    /// `retry: {predicate, max_retries, backoff}`
    Parts(Box<PolicyParts>),
}

/// A policy by its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyParts {
    /// `predicate`
    pub predicate: Option<Expr>,
    /// `max_retries`
    pub max_retries: Option<Data>,
    /// `backoff`
    pub backoff: Option<Backoff>,
}

/// The forms of `backoff`.
#[derive(Debug, Clone, PartialEq)]
pub enum Backoff {
    /// `backoff: ${retry.default_backoff}`
    Whole(Expr),
    /// Its fields.
    Parts {
        /// `initial_delay`
        initial_delay: Option<Data>,
        /// `max_delay`
        max_delay: Option<Data>,
        /// `multiplier`
        multiplier: Option<Data>,
    },
}

/// A data position: a literal in which strings of the form `${…}` are expressions.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// What it is.
    pub kind: DataKind,
    /// Where it is written.
    pub span: Span,
}

/// The forms of data.
#[derive(Debug, Clone, PartialEq)]
pub enum DataKind {
    /// `null`; also stands for data that could not be read.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with fraction.
    Float(f64),
    /// A string without expression.
    Str(String),
    /// A list.
    List(Vec<Data>),
    /// A map; its keys are strings or expressions.
    Map(Vec<(Data, Data)>),
    /// `${…}`, with the number of characters between the braces.
    Expression(Expr, usize),
}

/// Reads a document tree. `None` when nothing in it can be analysed.
pub fn from_tree(node: &Node, file: FileId, diagnostics: &mut Diagnostics) -> Option<Document> {
    builder::Builder::new(diagnostics).document(node, file)
}
