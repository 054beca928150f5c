//! The resolved program: the outcome of analysis and the input of lowering.
//!
//! Here every name is a variable of a known frame, a known subworkflow or a known library function; every jump
//! names its step; arguments stand in the order of the parameters. Nothing in it can fail to resolve any more.

use crate::signatures::Function;
use crate::source::{FileId, Span};
pub use crate::syntax::expression::{BinaryOp, UnaryOp};

/// Index of a routine in [`Program::routines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutineId(pub u32);

/// Index of a variable slot in [`Routine::slots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

/// Index of a shared variable in [`Routine::shared`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedId(pub u32);

/// Number of a step, unique in its routine; steps are numbered in source order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub u32);

/// A whole workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// `main`, the subworkflows, and the bodies of parallel branches and parallel loops.
    pub routines: Vec<Routine>,
    /// The routine called `main`.
    pub main: RoutineId,
}

/// One callable body with a frame of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Routine {
    /// `main`, the subworkflow's name, or for a parallel body: the name of the (sub)workflow that it is written in.
    pub name: String,
    /// What kind of body it is.
    pub kind: RoutineKind,
    /// Where its name is written (for parallel bodies: the branch name or the loop).
    pub span: Span,
    /// The file it is written in.
    pub file: FileId,
    /// Parameters in order; empty for parallel bodies.
    pub params: Vec<Param>,
    /// Variables of the frame, parameters first.
    pub slots: Vec<Slot>,
    /// Shared variables that the body reaches in an ancestor's frame; only in parallel bodies.
    pub shared: Vec<Shared>,
    /// Enclosing variables that the body only reads: copied into its frame when the fork happens.
    pub captures: Vec<Capture>,
    /// The steps.
    pub body: Vec<Step>,
}

/// The kinds of routines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutineKind {
    /// The entry point.
    Main,
    /// A subworkflow.
    Subworkflow,
    /// A branch of a parallel step.
    Branch {
        /// The branch's name.
        name: String,
    },
    /// The body of a parallel loop.
    Iteration {
        /// The loop variable.
        value: SlotId,
        /// The index variable.
        index: Option<SlotId>,
    },
}

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Where its value lives.
    pub slot: SlotId,
    /// The value used when the argument is absent; holds no variables.
    pub default: Option<Expr>,
}

/// A variable of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The variable's name as written.
    pub name: String,
    /// The step whose inner scope (`for` body, `except` block) owns it; `None` for the routine's own scope.
    pub scope: Option<StepId>,
}

/// A shared variable as seen from a parallel body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Its name.
    pub name: String,
    /// Where the enclosing routine has it.
    pub outer: Variable,
}

/// A value that a parallel body takes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Where the enclosing routine has it.
    pub outer: Variable,
    /// Where the body's own frame keeps the copy.
    pub inner: SlotId,
}

/// A resolved variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// In the routine's own frame.
    Slot(SlotId),
    /// In an ancestor's frame, shared between parallel bodies.
    Shared(SharedId),
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its number in the routine.
    pub id: StepId,
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub name_span: Span,
    /// Where its body is written; the service reports the first line of it in stack traces.
    pub span: Span,
    /// What it does.
    pub action: Action,
    /// Where to go when the action is done and has not jumped itself.
    pub next: Option<Jump>,
}

/// The target of a `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// A step of the same routine.
    Step(StepId),
    /// End of the (sub)workflow with result null; in a parallel body: end of the body.
    End,
    /// Leave the innermost loop.
    Break,
    /// Next iteration of the innermost loop; directly in a parallel loop's body: end of the iteration.
    Continue,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing (a step with only `next`).
    Nothing,
    /// `assign`
    Assign(Vec<Assignment>),
    /// `call`
    Call(CallStep),
    /// `switch`
    Switch(Vec<Case>),
    /// `for`
    For(ForLoop),
    /// `parallel`
    Parallel(Parallel),
    /// `try`
    Try(Try),
    /// `raise`
    Raise(Expr),
    /// `return`
    Return(Expr),
    /// `steps`
    Steps(Vec<Step>),
}

/// One entry of an `assign`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The root variable.
    pub variable: Variable,
    /// The variable's name, for messages.
    pub name: String,
    /// Subscripts behind it; `.name` is a string literal.
    pub accessors: Vec<Expr>,
    /// The new value.
    pub value: Expr,
    /// The entry's place.
    pub span: Span,
}

/// A `call` step.
#[derive(Debug, Clone, PartialEq)]
pub struct CallStep {
    /// What is called.
    pub callee: Callee,
    /// One entry per parameter, in order; `None` is an absent argument. May be shorter than the parameter list.
    /// A call step evaluates its arguments in the order they are written, which is `order`.
    pub args: Vec<Option<Expr>>,
    /// Indices into `args` in the order in which the arguments are written.
    pub order: Vec<usize>,
    /// Where the result goes.
    pub result: Option<Variable>,
}

/// What a call calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callee {
    /// A subworkflow.
    Routine(RoutineId),
    /// A function of the standard library.
    Function(&'static Function),
}

/// One entry of a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The condition.
    pub condition: Expr,
    /// The place of the entry.
    pub span: Span,
    /// What to do; [`Action::Nothing`] when there is no inline action.
    pub action: Action,
    /// Where to go then; `None`: on behind the switch.
    pub next: Option<Jump>,
}

/// A `for` loop that runs in its own routine, one iteration after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct ForLoop {
    /// The loop variable.
    pub value: SlotId,
    /// The index variable.
    pub index: Option<SlotId>,
    /// What it runs over.
    pub over: Over,
    /// Variables of the body's scope, which are cleared for each iteration (loop variables not among them).
    pub locals: Vec<SlotId>,
    /// The body.
    pub body: Vec<Step>,
}

/// What a loop runs over.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// `in`: an expression that gives a list.
    In(Expr),
    /// `range`: an expression that gives a list of two numbers.
    Range(Expr),
}

/// A `parallel` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// What runs.
    pub bodies: ParallelBodies,
    /// `concurrency_limit`
    pub concurrency_limit: Option<Expr>,
}

/// The bodies of a parallel step.
#[derive(Debug, Clone, PartialEq)]
pub enum ParallelBodies {
    /// `branches`, each a routine of kind [`RoutineKind::Branch`].
    Branches(Vec<RoutineId>),
    /// `for`: one routine of kind [`RoutineKind::Iteration`], run once per element.
    For {
        /// The body.
        body: RoutineId,
        /// What it runs over.
        over: Over,
    },
}

/// A `try` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// The guarded action: [`Action::Steps`] or one inline action.
    pub body: Box<Action>,
    /// `next` written inside an inline try body.
    pub body_next: Option<Jump>,
    /// `retry`
    pub retry: Option<Retry>,
    /// `except`
    pub except: Option<Except>,
}

/// `retry` of a `try` step. Fields that are not written are `None`; the runtime knows the defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// Which errors are retried.
    pub predicate: Predicate,
    /// Retries after the first attempt.
    pub max_retries: Option<Expr>,
    /// Seconds before the first retry.
    pub initial_delay: Option<Expr>,
    /// Upper bound of a delay in seconds.
    pub max_delay: Option<Expr>,
    /// Factor from one delay to the next.
    pub multiplier: Option<Expr>,
    /// Where it is written.
    pub span: Span,
}

/// Decides whether an error is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicate {
    /// Every error (`retry.always`, or no predicate written).
    Always,
    /// None (`retry.never`).
    Never,
    /// `http.default_retry_predicate`
    HttpDefault,
    /// `http.default_retry_predicate_non_idempotent`
    HttpNonIdempotent,
    /// A subworkflow with one parameter.
    Routine(RoutineId),
}

/// `except` of a `try` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Except {
    /// `as`
    pub variable: Option<SlotId>,
    /// Variables of the block's scope, cleared when it is entered (the error variable not among them).
    pub locals: Vec<SlotId>,
    /// The steps; may be empty.
    pub body: Vec<Step>,
}

/// A resolved expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written.
    pub span: Span,
}

/// The forms of a resolved expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with fraction.
    Float(f64),
    /// A string.
    Str(String),
    /// A variable, with its name for messages.
    Variable(Variable, String),
    /// A list.
    List(Vec<Expr>),
    /// A map of data: from YAML, where keys may be expressions too. Later keys win.
    Map(Vec<(Expr, Expr)>),
    /// A prefix operator.
    Unary(UnaryOp, Box<Expr>),
    /// An infix operator; `and` and `or` do not evaluate their right side when the left decides.
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `a.name`
    Member(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// A call of a function that does not block, or of a subworkflow. One entry per parameter as in [`CallStep::args`].
    Call(Callee, Vec<Option<Expr>>),
    /// One of the library's constant objects, such as `retry.default_backoff`, by its dotted name.
    Object(&'static str),
}
