//! Steps that hold other steps: `switch`, `for`, `parallel`, `try`.

use std::collections::HashMap;

use crate::ast::builder::{Builder, Fields, kind_name};
use crate::ast::{
    Action, Bodies, Body, Branch, Case, Data, DataKind, Except, For, Over, Parallel, Step, Try,
};
use crate::diagnostic::Code;
use crate::source::{Span, Spanned};
use crate::syntax::tree::{Entry, Node, NodeKind};

const LOOP_KEYS: &[&str] = &["value", "index", "in", "range", "steps"];
const PARALLEL_KEYS: &[&str] = &["branches", "for", "shared", "concurrency_limit", "exception_policy"];

impl Builder<'_> {
    /// Reads the entries of a `switch`; `keys` are those of a body.
    pub(super) fn cases(&mut self, node: &Node, keys: &[&str]) -> Vec<Case> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`switch` must be a list, found {}", kind_name(&node.kind));
            self.report(
                self.error(Code::InvalidStructure, node.span, message)
                    .with_help("write each entry as an item: `- condition: ${…}`"),
            );
            return Vec::new();
        };
        if items.is_empty() {
            self.report(self.error(Code::InvalidStructure, node.span, "`switch` has no entries"));
        }
        let keys: Vec<&str> = std::iter::once("condition").chain(keys.iter().copied()).collect();
        items.iter().filter_map(|item| self.case(item, &keys)).collect()
    }

    fn case(&mut self, item: &Node, keys: &[&str]) -> Option<Case> {
        let fields = self.fields(item, "an entry of `switch`")?;
        let condition = match fields.get("condition") {
            Some(node) => self.condition(node),
            None if fields.misspells("condition") => Data { kind: DataKind::Bool(false), span: item.span },
            None => {
                let error = self
                    .error(Code::MissingKey, item.span, "`condition` is missing in an entry of `switch`")
                    .with_help("the entry for everything else is written `condition: true`");
                self.report(error);
                Data { kind: DataKind::Bool(false), span: item.span }
            }
        };
        let body = self.body(fields, item.span, keys, "an entry of `switch`");
        Some(Case { condition, body })
    }

    fn condition(&mut self, node: &Node) -> Data {
        let data = self.data(node);
        let (DataKind::Bool(_) | DataKind::Expression(..)) = data.kind else {
            // A broken expression has become null, and is reported already.
            if !matches!((&node.kind, &data.kind), (NodeKind::Str(_), DataKind::Null)) {
                let message =
                    format!("condition must be a boolean or an expression, found {}", kind_name(&node.kind));
                let help = "put the condition in `${…}`";
                self.report(self.error(Code::InvalidLiteral, node.span, message).with_help(help));
            }
            return Data { kind: DataKind::Bool(false), span: node.span };
        };
        data
    }

    /// Reads the loop that `for` holds; `key` is the place of the keyword.
    pub(super) fn for_loop(&mut self, node: &Node, key: Span) -> Option<For> {
        let fields = self.fields(node, "`for`")?;
        self.check_keys(fields, LOOP_KEYS, "`for`");
        let value = match fields.get("value") {
            Some(name) => self.identifier(name, "loop variable"),
            None if fields.misspells("value") => None,
            None => {
                let error = self
                    .error(Code::MissingKey, key, "`value` is missing in `for`")
                    .with_help("`value` names the variable that holds the element");
                self.report(error);
                None
            }
        };
        let index = fields.get("index").and_then(|name| self.identifier(name, "index variable"));
        if let (Some(value), Some(index)) = (&value, &index)
            && value.value == index.value
        {
            let error = self
                .error(
                    Code::InvalidIdentifier,
                    index.span,
                    format!("'{}' cannot be both the value and the index of a loop", value.value),
                )
                .with_related(value.span, "the value");
            self.report(error);
        }
        let over = self.over(fields, key);
        let steps = self.required_steps(fields, key, "`for`");
        let node_id = self.node();
        Some(For { node: node_id, value, index, over, steps, span: node.span })
    }

    fn over(&mut self, fields: Fields<'_>, key: Span) -> Option<Over> {
        match (fields.entry("in"), fields.entry("range")) {
            (Some(list), Some(range)) => {
                let error = self
                    .error(Code::InvalidLoop, range.key_span, "`for` takes either `in` or `range`, not both")
                    .with_related(list.key_span, "`in` stands here");
                self.report(error);
                Some(Over::In(self.data(&list.value)))
            }
            (Some(list), None) => Some(Over::In(self.loop_list(&list.value))),
            (None, Some(range)) => Some(Over::Range(self.loop_range(&range.value))),
            (None, None) => {
                let error = self
                    .error(Code::InvalidLoop, key, "`for` needs `in` or `range`")
                    .with_help("`in: ${list}` runs over a list, `range: [1, 9]` over numbers");
                self.report(error);
                None
            }
        }
    }

    fn loop_list(&mut self, node: &Node) -> Data {
        let data = self.data(node);
        if let NodeKind::Map(_) | NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Null =
            node.kind
        {
            let message = format!("`in` must be a list or an expression, found {}", kind_name(&node.kind));
            let help = "a map is run over by its keys: `in: ${keys(map)}`";
            self.report(self.error(Code::InvalidLiteral, node.span, message).with_help(help));
        } else if let DataKind::Str(_) = data.kind {
            let message = "`in` must be a list or an expression, found a string";
            let error =
                self.error(Code::InvalidLiteral, node.span, message).with_help("put the name in `${…}`");
            self.report(error);
        }
        data
    }

    fn loop_range(&mut self, node: &Node) -> Data {
        let data = self.data(node);
        let good = match &data.kind {
            DataKind::Expression(..) => true,
            // A broken expression, which is reported already.
            DataKind::Null => matches!(node.kind, NodeKind::Str(_)),
            DataKind::List(ends) => ends.len() == 2,
            _ => false,
        };
        if !good {
            let message = "`range` must be a list of two numbers, or an expression that gives one";
            let error = self
                .error(Code::InvalidLiteral, node.span, message)
                .with_help("`range: [1, 9]` visits 1 to 9, both included");
            self.report(error);
        }
        data
    }

    fn required_steps(&mut self, fields: Fields<'_>, key: Span, owner: &str) -> Vec<Step> {
        match fields.get("steps") {
            Some(steps) => self.steps(steps, owner),
            None if fields.misspells("steps") => Vec::new(),
            None => {
                self.report(self.error(Code::MissingKey, key, format!("`steps` is missing in {owner}")));
                Vec::new()
            }
        }
    }

    /// Reads a parallel step from its entry in the body.
    pub(super) fn parallel(&mut self, entry: &Entry) -> Action {
        let Some(fields) = self.fields(&entry.value, "`parallel`") else { return Action::Nothing };
        self.check_keys(fields, PARALLEL_KEYS, "`parallel`");
        if let Some(policy) = fields.get("exception_policy") {
            self.exception_policy(policy);
        }
        let shared = fields.get("shared").map(|node| self.shared(node)).unwrap_or_default();
        let concurrency_limit = fields.get("concurrency_limit").map(|node| self.concurrency_limit(node));
        let bodies = match (fields.entry("branches"), fields.entry("for")) {
            (Some(branches), None) => Bodies::Branches(self.branches(&branches.value)),
            (None, Some(body)) => match self.for_loop(&body.value, body.key_span) {
                Some(body) => Bodies::For(body),
                None => return Action::Nothing,
            },
            (Some(branches), Some(body)) => {
                let error = self
                    .error(
                        Code::InvalidLoop,
                        body.key_span,
                        "`parallel` takes either `branches` or `for`, not both",
                    )
                    .with_related(branches.key_span, "`branches` stands here");
                self.report(error);
                Bodies::Branches(self.branches(&branches.value))
            }
            (None, None) => {
                let error =
                    self.error(Code::InvalidLoop, entry.key_span, "`parallel` needs `branches` or `for`");
                self.report(error);
                return Action::Nothing;
            }
        };
        Action::Parallel(Box::new(Parallel { shared, concurrency_limit, bodies }))
    }

    fn exception_policy(&mut self, node: &Node) {
        if !matches!(&node.kind, NodeKind::Str(text) if text.value == "continueAll") {
            let error = self
                .error(Code::ExceptionPolicy, node.span, "`exception_policy` must be `continueAll`")
                .with_help("it is the only policy and the default: leave the line out");
            self.report(error);
        }
    }

    fn shared(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`shared` must be a list of variables, found {}", kind_name(&node.kind));
            self.report(self.error(Code::InvalidStructure, node.span, message));
            return Vec::new();
        };
        let mut names: Vec<Spanned<String>> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        for item in items {
            let Some(name) = self.identifier(item, "shared variable") else { continue };
            match seen.insert(name.value.clone(), name.span) {
                Some(first) => {
                    let error = self
                        .error(Code::InvalidStructure, name.span, format!("'{}' is shared twice", name.value))
                        .with_related(first, "listed here first");
                    self.report(error);
                }
                None => names.push(name),
            }
        }
        names
    }

    fn concurrency_limit(&mut self, node: &Node) -> Data {
        let data = self.data(node);
        let good = match data.kind {
            DataKind::Int(limit) => limit >= 1,
            DataKind::Expression(..) => true,
            // A broken expression, which is reported already.
            DataKind::Null => matches!(node.kind, NodeKind::Str(_)),
            _ => false,
        };
        if !good {
            let message = "`concurrency_limit` must be a whole number of at least 1, or an expression";
            self.report(self.error(Code::InvalidLiteral, node.span, message));
        }
        data
    }

    fn branches(&mut self, node: &Node) -> Vec<Branch> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`branches` must be a list, found {}", kind_name(&node.kind));
            self.report(
                self.error(Code::InvalidStructure, node.span, message)
                    .with_help("write each branch as an item: `- name:` with its `steps` below"),
            );
            return Vec::new();
        };
        if items.is_empty() {
            self.report(self.error(Code::InvalidStructure, node.span, "`branches` has no entries"));
        }
        let mut branches: Vec<Branch> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        for item in items {
            let Some(branch) = self.branch(item) else { continue };
            if let Some(first) = seen.insert(branch.name.value.clone(), branch.name.span) {
                let message = format!("two branches are called '{}'", branch.name.value);
                let error = self
                    .error(Code::DuplicateStep, branch.name.span, message)
                    .with_related(first, "the first one");
                self.report(error);
            }
            branches.push(branch);
        }
        branches
    }

    fn branch(&mut self, item: &Node) -> Option<Branch> {
        let entry = match &item.kind {
            NodeKind::Map(entries) if entries.len() == 1 => entries.first()?,
            other => {
                let message =
                    format!("a branch is a mapping with one key, its name; found {}", kind_name(other));
                let help = "indent the `steps` of the branch below its name";
                self.report(self.error(Code::InvalidStep, item.span, message).with_help(help));
                return None;
            }
        };
        let name = entry.key.value.clone();
        if name.trim().is_empty() {
            self.report(self.error(Code::EmptyName, entry.key_span, "branch name must not be empty"));
        }
        let fields = self.fields(&entry.value, "a branch")?;
        self.check_keys(fields, &["steps"], "a branch");
        let steps = self.required_steps(fields, entry.key_span, "a branch");
        Some(Branch { node: self.node(), name: Spanned::new(name, entry.key_span), steps })
    }

    /// Reads `try` from its entry in the body, with `retry` and `except` beside it; `keys` are those of a body.
    pub(super) fn try_block(&mut self, entry: &Entry, fields: Fields<'_>, keys: &[&str]) -> Action {
        let node = self.node();
        let body = self.guarded(&entry.value, keys);
        let retry = fields.get("retry").and_then(|retry| self.retry(retry));
        let except = fields.entry("except").and_then(|except| self.except(&except.value));
        Action::Try(Box::new(Try { node, body, retry, except }))
    }

    fn guarded(&mut self, node: &Node, keys: &[&str]) -> Body {
        let nothing = Body { action: Action::Nothing, next: None, span: node.span };
        let Some(fields) = self.fields(node, "`try`") else { return nothing };
        let body = self.body(fields, node.span, keys, "`try`");
        if fields.0.is_empty() {
            let error = self
                .error(Code::InvalidStep, node.span, "`try` is empty")
                .with_help("put one action or `steps` below `try`");
            self.report(error);
        }
        body
    }

    fn except(&mut self, node: &Node) -> Option<Except> {
        let fields = self.fields(node, "`except`")?;
        self.check_keys(fields, &["as", "steps"], "`except`");
        let variable = fields.get("as").and_then(|name| self.identifier(name, "error variable"));
        let steps = match fields.get("steps") {
            Some(Node { kind: NodeKind::List(items), .. }) if items.is_empty() => Vec::new(),
            Some(Node { kind: NodeKind::Null, .. }) | None => Vec::new(),
            Some(steps) => self.steps(steps, "`except`"),
        };
        Some(Except { node: self.node(), variable, steps })
    }
}
