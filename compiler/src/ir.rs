//! The state machines: what lowering makes of a resolved program and what code is generated from.
//!
//! A [`Machine`] is a control-flow graph of one routine. Its blocks are straight-line operations that end in one
//! terminator; `try` has become a handler per block, loop counters and retry attempts have become hidden slots, and
//! calls that suspend stand only in terminators. Nothing here knows YAML.

use crate::program::{BinaryOp, SharedId, SlotId, UnaryOp, Variable};
use crate::signatures::Function;

mod builder;
mod expression;
mod liveness;
mod lower;
mod prune;

pub use lower::lower;

/// All machines of one workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// The workflow's name.
    pub name: String,
    /// Digest of the machines: two sources with the same machines are the same revision.
    pub revision: String,
    /// The files it was compiled from: name and text.
    pub sources: Vec<(String, String)>,
    /// The machines; a call names them by index.
    pub machines: Vec<Machine>,
    /// The machine of `main`.
    pub main: MachineId,
    /// Whether it runs with the service's limits. Then values stay in their variables to the end, because the
    /// service counts their memory.
    pub google_limits: bool,
}

impl Module {
    /// A module without machines, which stands for a workflow that does not compile.
    #[must_use]
    pub fn placeholder(name: String) -> Self {
        Self {
            name,
            revision: String::new(),
            sources: Vec::new(),
            machines: Vec::new(),
            main: MachineId(0),
            google_limits: false,
        }
    }
}

/// Index of a machine in [`Module::machines`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub u32);

/// Index of a block in [`Machine::blocks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

impl BlockId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The control-flow graph of one routine.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Unique name: the routine's, and for a parallel body the path of steps and branch to it.
    pub name: String,
    /// The (sub)workflow as stack traces name it.
    pub routine: String,
    /// What kind of body it is.
    pub kind: MachineKind,
    /// Parameters in order.
    pub params: Vec<Param>,
    /// Variables, then hidden slots.
    pub slots: Vec<Slot>,
    /// Names of the shared variables that it reaches.
    pub shared: Vec<String>,
    /// The steps that blocks belong to.
    pub steps: Vec<StepInfo>,
    /// The blocks; the first is the entry.
    pub blocks: Vec<Block>,
}

/// The kinds of machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    /// The entry point of the workflow.
    Main,
    /// A subworkflow.
    Subworkflow,
    /// A branch of a parallel step.
    Branch,
    /// The body of a parallel loop.
    Iteration {
        /// Where the element goes.
        value: SlotId,
        /// Where the iteration's number goes.
        index: Option<SlotId>,
    },
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its slot.
    pub slot: SlotId,
    /// Whether it may be absent.
    pub optional: bool,
}

/// A slot of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Unique name, by which checkpoints store it: the variable's, with `@STEP` behind it for an inner scope; hidden
    /// slots begin with `$`.
    pub name: String,
    /// The variable that lives here, if it is one.
    pub variable: Option<String>,
}

/// A step as stack traces and documentation show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepInfo {
    /// Its name.
    pub name: String,
    /// The file.
    pub file: String,
    /// Line of its body, from 1.
    pub line: u32,
    /// Column of its body, from 1.
    pub column: u32,
    /// Length of its body in characters.
    pub length: u32,
    /// What it does, in the language's word (`assign`, `call http.get`, …).
    pub summary: String,
    /// What it calls, if it is a call step.
    pub callee: Option<String>,
}

/// Straight-line operations with one way out (or several, chosen by the terminator).
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Unique name in the machine, by which checkpoints store it: `STEP` or `STEP/PART`.
    pub name: String,
    /// Index into [`Machine::steps`].
    pub step: usize,
    /// Whether entering it is entering the step.
    pub enters_step: bool,
    /// Operations in order.
    pub ops: Vec<Op>,
    /// How it ends.
    pub terminator: Terminator,
    /// Where an error in it goes; `None`: to the caller.
    pub handler: Option<BlockId>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Evaluate and store.
    Assign {
        /// The root variable.
        variable: Variable,
        /// Its name for messages.
        name: String,
        /// Subscripts, evaluated after the value.
        path: Vec<Expr>,
        /// The value.
        value: Expr,
    },
    /// Evaluate for its errors only.
    Evaluate(Expr),
    /// Store the outcome of the call or effect that the previous block suspended on.
    Receive(Option<Variable>),
    /// Give an absent parameter its default.
    Default {
        /// The parameter's slot.
        slot: SlotId,
        /// Its default.
        value: Expr,
    },
    /// Make slots unassigned.
    Clear(Vec<SlotId>),
    /// Store the error that led to this handler block, with its trace.
    Catch(SlotId),
    /// Bind the value of a caught error.
    BindError {
        /// The caught error.
        error: SlotId,
        /// The variable of `except.as`.
        variable: SlotId,
    },
    /// Prepare a loop over a list.
    StartList {
        /// Hidden slot of the list.
        list: SlotId,
        /// Hidden slot of the position.
        cursor: SlotId,
        /// The list.
        over: Expr,
    },
    /// Prepare a loop over a range.
    StartRange {
        /// Hidden slot of the next value.
        next: SlotId,
        /// Hidden slot of the last value.
        last: SlotId,
        /// Hidden slot of the iteration's number.
        cursor: SlotId,
        /// The pair of bounds.
        over: Expr,
    },
    /// Set the retry counter to zero.
    StartRetry(SlotId),
}

/// How a block ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Terminator {
    /// Go on there.
    Goto(BlockId),
    /// The first true condition decides.
    Switch {
        /// Conditions with their blocks.
        cases: Vec<(Expr, BlockId)>,
        /// When none is true.
        otherwise: BlockId,
    },
    /// Like a switch of one condition whose operand is an operand of `and`, `or`.
    Decide {
        /// A boolean, else `TypeError`.
        operand: Expr,
        /// When true.
        yes: BlockId,
        /// When false.
        no: BlockId,
    },
    /// Run another machine, then go on.
    Call {
        /// The machine.
        machine: MachineId,
        /// One entry per parameter.
        args: Vec<Option<Expr>>,
        /// Begins with [`Op::Receive`].
        then: BlockId,
    },
    /// Suspend on an effect, then go on.
    Suspend {
        /// The library function that makes the effect.
        function: &'static Function,
        /// One entry per parameter.
        args: Vec<Option<Expr>>,
        /// Begins with [`Op::Receive`].
        then: BlockId,
    },
    /// Start parallel bodies, go on when all have ended.
    Fork(Fork),
    /// Next element of a list loop.
    NextElement {
        /// Hidden slot of the list.
        list: SlotId,
        /// Hidden slot of the position.
        cursor: SlotId,
        /// The loop.
        each: LoopStep,
    },
    /// Next number of a range loop.
    NextNumber {
        /// Hidden slot of the next value.
        next: SlotId,
        /// Hidden slot of the last value.
        last: SlotId,
        /// Hidden slot of the iteration's number.
        cursor: SlotId,
        /// The loop.
        each: LoopStep,
    },
    /// Decide whether attempts remain and, for a built-in predicate, whether the error is to be retried.
    MayRetry {
        /// The caught error.
        error: SlotId,
        /// The retry counter.
        attempts: SlotId,
        /// `max_retries`
        max_retries: Option<Expr>,
        /// The built-in predicate; `None` when a subworkflow decides after this.
        predicate: Option<BuiltInPredicate>,
        /// When it may.
        yes: BlockId,
        /// When not.
        no: BlockId,
    },
    /// Call the predicate subworkflow on the caught error.
    CallPredicate {
        /// The predicate.
        machine: MachineId,
        /// The caught error.
        error: SlotId,
        /// Begins with [`Op::Receive`].
        then: BlockId,
    },
    /// What the predicate subworkflow said.
    Verdict {
        /// Its result.
        result: SlotId,
        /// When it is true.
        yes: BlockId,
        /// When it is anything else.
        no: BlockId,
    },
    /// Log that a predicate failed, then go on.
    LogPredicateFailure {
        /// The predicate's error.
        error: SlotId,
        /// Begins with [`Op::Receive`].
        then: BlockId,
    },
    /// Wait before the next attempt and count it.
    Backoff {
        /// The retry counter.
        attempts: SlotId,
        /// Seconds before the first retry.
        initial_delay: Option<Expr>,
        /// Upper bound in seconds.
        max_delay: Option<Expr>,
        /// Growth from one delay to the next.
        multiplier: Option<Expr>,
        /// Begins with [`Op::Receive`].
        then: BlockId,
    },
    /// End the routine with a value.
    Return(Expr),
    /// Raise a value.
    Raise(Expr),
    /// Raise a caught error again, with its trace.
    Rethrow(SlotId),
}

/// What both kinds of loops have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopStep {
    /// The loop variable.
    pub value: SlotId,
    /// The index variable.
    pub index: Option<SlotId>,
    /// Slots that each iteration finds unassigned.
    pub locals: Vec<SlotId>,
    /// The body.
    pub body: BlockId,
    /// Where to go after the last element.
    pub exit: BlockId,
}

/// The predicates of the standard library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInPredicate {
    /// Retry everything.
    Always,
    /// Retry nothing.
    Never,
    /// `http.default_retry_predicate`
    HttpDefault,
    /// `http.default_retry_predicate_non_idempotent`
    HttpNonIdempotent,
}

/// The start of parallel bodies.
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// What runs.
    pub bodies: ForkBodies,
    /// `concurrency_limit`
    pub concurrency_limit: Option<Expr>,
    /// Own slots that become shared while the bodies run. Each appears once.
    pub lent: Vec<SlotId>,
    /// Begins with [`Op::Receive`].
    pub then: BlockId,
}

/// The bodies of a fork.
#[derive(Debug, Clone, PartialEq)]
pub enum ForkBodies {
    /// One of each.
    Branches(Vec<Body>),
    /// One for each element of a list or number of a range.
    Each {
        /// The body.
        body: Body,
        /// Whether `over` is a pair of bounds.
        range: bool,
        /// What to run over.
        over: Expr,
    },
}

/// A body with what it takes along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The machine.
    pub machine: MachineId,
    /// Values copied into its frame: from, to.
    pub captures: Vec<(Variable, SlotId)>,
    /// Its shared variables in order: an own slot (which is lent), or one that is shared already.
    pub shared: Vec<Variable>,
}

/// An expression that cannot suspend.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
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
    /// A variable of the frame. `last` tells that nothing reads it afterwards, so that it may be moved out.
    Slot {
        /// The slot.
        slot: SlotId,
        /// Whether this is its last use.
        last: bool,
    },
    /// A shared variable.
    Shared(SharedId),
    /// A list.
    List(Vec<Expr>),
    /// A map; later keys win.
    Map(Vec<(Expr, Expr)>),
    /// A prefix operator.
    Unary(UnaryOp, Box<Expr>),
    /// An infix operator; `and` and `or` evaluate their right side only when the left does not decide.
    Binary(Box<Expr>, BinaryOp, Box<Expr>),
    /// `a.name`
    Member(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// A library function that does not suspend.
    Call(&'static Function, Vec<Option<Expr>>),
    /// A constant object of the library.
    Object(&'static str),
}

impl Terminator {
    /// All blocks that it may lead to.
    #[must_use]
    pub fn successors(&self) -> Vec<BlockId> {
        match self {
            Self::Goto(to) => vec![*to],
            Self::Switch { cases, otherwise } => {
                cases.iter().map(|(_, to)| *to).chain(std::iter::once(*otherwise)).collect()
            }
            Self::Decide { yes, no, .. } | Self::MayRetry { yes, no, .. } | Self::Verdict { yes, no, .. } => {
                vec![*yes, *no]
            }
            Self::Call { then, .. }
            | Self::Suspend { then, .. }
            | Self::CallPredicate { then, .. }
            | Self::LogPredicateFailure { then, .. }
            | Self::Backoff { then, .. }
            | Self::Fork(Fork { then, .. }) => vec![*then],
            Self::NextElement { each, .. } | Self::NextNumber { each, .. } => vec![each.body, each.exit],
            Self::Return(_) | Self::Raise(_) | Self::Rethrow(_) => Vec::new(),
        }
    }

    /// Replaces each block it may lead to.
    pub fn map_successors(&mut self, map: impl Fn(BlockId) -> BlockId) {
        match self {
            Self::Goto(to) => *to = map(*to),
            Self::Switch { cases, otherwise } => {
                for (_, to) in cases {
                    *to = map(*to);
                }
                *otherwise = map(*otherwise);
            }
            Self::Decide { yes, no, .. } | Self::MayRetry { yes, no, .. } | Self::Verdict { yes, no, .. } => {
                *yes = map(*yes);
                *no = map(*no);
            }
            Self::Call { then, .. }
            | Self::Suspend { then, .. }
            | Self::CallPredicate { then, .. }
            | Self::LogPredicateFailure { then, .. }
            | Self::Backoff { then, .. }
            | Self::Fork(Fork { then, .. }) => *then = map(*then),
            Self::NextElement { each, .. } | Self::NextNumber { each, .. } => {
                each.body = map(each.body);
                each.exit = map(each.exit);
            }
            Self::Return(_) | Self::Raise(_) | Self::Rethrow(_) => {}
        }
    }
}
