//! The control flow of a workflow as a reader of the source sees it: steps and the ways between them.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

/// Index of a region in [`Graph::regions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionId(pub usize);

/// Index of a node in [`Graph::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// An identifier that is safe in every format.
impl Display for RegionId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// An identifier that is safe in every format.
impl Display for NodeId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// The control flow of one workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The workflow's name.
    pub name: String,
    /// `main` first, then subworkflows; a parallel body stands behind the region that it is nested in.
    pub regions: Vec<Region>,
    /// The nodes, those of a region together.
    pub nodes: Vec<Node>,
    /// The edges, by the node that they leave.
    pub edges: Vec<Edge>,
}

/// The control flow of one routine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What it is.
    pub kind: RegionKind,
    /// The (sub)workflow's or branch's name; of a loop body, what it runs over.
    pub name: String,
    /// Names of the parameters.
    pub params: Vec<String>,
    /// The parallel step whose body it is.
    pub parent: Option<NodeId>,
    /// Its nodes as indices into [`Graph::nodes`]; the first is its start.
    pub nodes: Range<usize>,
}

/// The kinds of regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionKind {
    /// `main`
    Workflow,
    /// A subworkflow.
    Subworkflow,
    /// A branch of a parallel step.
    Branch,
    /// The body of a parallel loop.
    Iteration,
}

/// A step, or a point of control flow that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The region that it belongs to.
    pub region: RegionId,
    /// What it is.
    pub kind: NodeKind,
    /// The step's name; empty for a node that is no step.
    pub name: String,
    /// What the step does, in the language's words (`assign`, `call http.get`, …).
    pub summary: String,
    /// What there is to add to the summary: what it runs over, returns, raises or calls inside. May be empty.
    pub detail: String,
    /// The file of the step's body; empty for a node that is no step.
    pub file: String,
    /// The line of the step's body, from 1; 0 for a node that is no step.
    pub line: u32,
    /// The `try` step of the same region that gets this node's errors.
    pub guard: Option<NodeId>,
}

/// The kinds of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// Where a routine begins.
    Start,
    /// Where a routine ends with a value.
    End,
    /// Where a routine ends with an error that is raised in it.
    Failure,
    /// Where the bodies of a parallel step come together.
    Join,
    /// A step with nothing but `next`.
    Next,
    /// `assign`
    Assign,
    /// `call`
    Call,
    /// `switch`
    Switch,
    /// `for`
    For,
    /// `parallel`
    Parallel,
    /// `try`
    Try,
    /// `raise`
    Raise,
    /// `return`
    Return,
    /// `steps`
    Steps,
}

/// A way from one node to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where it leaves.
    pub from: NodeId,
    /// Where it leads; for [`EdgeKind::Call`] the start of the routine that is called.
    pub to: NodeId,
    /// When it is taken.
    pub kind: EdgeKind,
    /// The condition, `else`, a branch's name and the like. May be empty.
    pub label: String,
}

/// The kinds of edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// When the step is done.
    Next,
    /// When the condition of a `switch` is the first true one, or none is.
    Condition,
    /// For each element of a loop.
    LoopBody,
    /// On to the next element of a loop.
    LoopBack,
    /// After the last element of a loop.
    LoopExit,
    /// Into a subworkflow and back.
    Call,
    /// When an error is raised.
    Except,
    /// Another attempt.
    Retry,
    /// Into a parallel body.
    Fork,
    /// Out of a parallel body.
    Join,
}

impl Graph {
    /// A node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// A region.
    #[must_use]
    pub fn region(&self, id: RegionId) -> Option<&Region> {
        self.regions.get(id.0)
    }

    /// The regions nested in each region, in order.
    #[must_use]
    pub fn children(&self) -> Vec<Vec<RegionId>> {
        let mut children = vec![Vec::new(); self.regions.len()];
        for (index, region) in self.regions.iter().enumerate() {
            if let Some(list) = region
                .parent
                .and_then(|parent| self.node(parent))
                .and_then(|node| children.get_mut(node.region.0))
            {
                list.push(RegionId(index));
            }
        }
        children
    }
}

impl Region {
    /// Its title for readers.
    #[must_use]
    pub fn title(&self) -> String {
        match self.kind {
            RegionKind::Workflow => format!("{}({})", self.name, self.params.join(", ")),
            RegionKind::Subworkflow => format!("subworkflow {}({})", self.name, self.params.join(", ")),
            RegionKind::Branch => format!("branch {}", self.name),
            RegionKind::Iteration => self.name.clone(),
        }
    }
}

impl Edge {
    /// What a drawing writes on it; may be empty.
    #[must_use]
    pub fn text(&self) -> String {
        match (self.kind, self.label.as_str()) {
            (EdgeKind::Except, "except" | "") => "except".to_owned(),
            (EdgeKind::Except, condition) => format!("except: {condition}"),
            (_, label) => label.to_owned(),
        }
    }
}

impl NodeKind {
    /// The kind of a step by the first word of its summary.
    pub(super) fn of_summary(summary: &str) -> Self {
        match summary.split(' ').next().unwrap_or_default() {
            "assign" => Self::Assign,
            "call" => Self::Call,
            "switch" => Self::Switch,
            "for" => Self::For,
            "parallel" => Self::Parallel,
            "try" => Self::Try,
            "raise" => Self::Raise,
            "return" => Self::Return,
            "steps" => Self::Steps,
            _ => Self::Next,
        }
    }

    /// Its name in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Failure => "failure",
            Self::Join => "join",
            Self::Next => "next",
            Self::Assign => "assign",
            Self::Call => "call",
            Self::Switch => "switch",
            Self::For => "for",
            Self::Parallel => "parallel",
            Self::Try => "try",
            Self::Raise => "raise",
            Self::Return => "return",
            Self::Steps => "steps",
        }
    }
}

impl EdgeKind {
    /// Its name in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Condition => "condition",
            Self::LoopBody => "loopBody",
            Self::LoopBack => "loopBack",
            Self::LoopExit => "loopExit",
            Self::Call => "call",
            Self::Except => "except",
            Self::Retry => "retry",
            Self::Fork => "fork",
            Self::Join => "join",
        }
    }
}

impl RegionKind {
    /// Its name in data.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Workflow => "workflow",
            Self::Subworkflow => "subworkflow",
            Self::Branch => "branch",
            Self::Iteration => "iteration",
        }
    }
}
