//! Random workflow programs as data.
//!
//! A small tree of its own, which shares nothing with the compiler's: what [`super::render`] writes is all that the
//! compiler gets to see of it.

/// A whole definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// The entry point; it has no parameters.
    pub main: Routine,
    /// The subworkflows.
    pub subworkflows: Vec<Routine>,
}

/// `main` or a subworkflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Routine {
    /// Its name.
    pub name: String,
    /// Parameters in order, with defaults.
    pub params: Vec<(String, Option<Scalar>)>,
    /// The body.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name, unique in its routine.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// Where it goes then.
    pub next: Option<Next>,
}

/// The target of a `next`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A step.
    Step(String),
    /// `end`
    End,
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing: only `next`.
    Nothing,
    /// `assign`
    Assign(Vec<(Target, Data)>),
    /// `call` of a subworkflow or of a library function.
    Call {
        /// What is called.
        callee: String,
        /// Arguments by name, in the order in which they are written.
        args: Vec<(String, Data)>,
        /// The variable for the result.
        result: Option<String>,
    },
    /// `switch`
    Switch(Vec<Case>),
    /// `for`
    For(Loop),
    /// `parallel`
    Parallel(Parallel),
    /// `try`
    Try(Try),
    /// `raise`
    Raise(Data),
    /// `return`
    Return(Data),
    /// `steps`
    Steps(Vec<Step>),
}

/// An entry of a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The condition.
    pub condition: Expr,
    /// What to do.
    pub action: Action,
    /// Where to go then.
    pub next: Option<Next>,
}

/// A `for`, alone or in a `parallel`.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// The loop variable.
    pub value: String,
    /// The index variable.
    pub index: Option<String>,
    /// Whether [`Loop::over`] is a `range`.
    pub range: bool,
    /// What it runs over.
    pub over: Data,
    /// The body.
    pub steps: Vec<Step>,
}

/// A `parallel` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// `shared`
    pub shared: Vec<String>,
    /// `concurrency_limit`
    pub limit: Option<usize>,
    /// What runs.
    pub bodies: Bodies,
}

/// The bodies of a `parallel` step.
#[derive(Debug, Clone, PartialEq)]
pub enum Bodies {
    /// `branches` by name.
    Branches(Vec<(String, Vec<Step>)>),
    /// `for`
    For(Loop),
}

/// A `try` step.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// The guarded action: [`Action::Steps`] or an inline body.
    pub body: Box<Action>,
    /// `retry`
    pub retry: Option<Retry>,
    /// `except`
    pub except: Option<Except>,
}

/// `retry`
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// `predicate`: `retry.always`, `retry.never` or a subworkflow.
    pub predicate: Option<String>,
    /// `max_retries`
    pub max_retries: Option<i64>,
    /// `initial_delay`, `max_delay` and `multiplier`.
    pub backoff: Option<[f64; 3]>,
}

/// `except`
#[derive(Debug, Clone, PartialEq)]
pub struct Except {
    /// `as`
    pub variable: Option<String>,
    /// The steps; may be empty.
    pub steps: Vec<Step>,
}

/// What is assigned to.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The variable.
    pub root: String,
    /// What follows it.
    pub accessors: Vec<Accessor>,
}

/// `.name` or `[expression]`
#[derive(Debug, Clone, PartialEq)]
pub enum Accessor {
    /// `.name`
    Member(String),
    /// `[expression]`
    Index(Expr),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer, not negative in expressions.
    Int(i64),
    /// A double, finite and not negative in expressions.
    Double(f64),
    /// A string without `${`.
    Str(String),
}

/// A value in YAML.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// A literal.
    Scalar(Scalar),
    /// `${…}`
    Expr(Expr),
    /// A sequence.
    List(Vec<Data>),
    /// A mapping. Keys are literals, or expressions that stand for them.
    Map(Vec<(Key, Data)>),
}

/// The key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// A literal.
    Name(String),
    /// `${…}`
    Expr(Expr),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A constant.
    Scalar(Scalar),
    /// A variable.
    Variable(String),
    /// `[a, b]`
    List(Vec<Expr>),
    /// A prefix operator.
    Unary(Unary, Box<Expr>),
    /// An infix operator.
    Binary(Box<Expr>, Binary, Box<Expr>),
    /// `a.name`
    Member(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a, b)`
    Call(String, Vec<Expr>),
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `not`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
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

impl Data {
    /// A string literal.
    pub fn text(text: &str) -> Self {
        Self::Scalar(Scalar::Str(text.to_owned()))
    }
}

impl Expr {
    /// An integer.
    pub fn int(n: i64) -> Self {
        Self::Scalar(Scalar::Int(n))
    }

    /// A string.
    pub fn text(text: &str) -> Self {
        Self::Scalar(Scalar::Str(text.to_owned()))
    }

    /// A variable.
    pub fn variable(name: &str) -> Self {
        Self::Variable(name.to_owned())
    }

    /// An infix operation.
    pub fn binary(left: Self, operator: Binary, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    /// A call.
    pub fn call(name: &str, args: Vec<Self>) -> Self {
        Self::Call(name.to_owned(), args)
    }
}
