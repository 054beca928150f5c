//! What all readers of the tree share: messages, keys, names; and the top level of a document.

use crate::ast::{Data, DataKind, Document, NodeId, Workflow};
use crate::diagnostic::suggest::{did_you_mean, nearest};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span, Spanned};
use crate::syntax::tree::{Entry, Node, NodeKind};

/// Reads a tree; knows which step it is in, for the messages.
pub(super) struct Builder<'d> {
    diagnostics: &'d mut Diagnostics,
    /// `step NAME` or `subworkflow NAME`, outermost first.
    places: Vec<String>,
    nodes: u32,
}

/// The entries of a mapping, by key.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n>(pub(super) &'n [Entry]);

impl<'n> Fields<'n> {
    pub(super) fn entry(self, key: &str) -> Option<&'n Entry> {
        self.0.iter().find(|entry| entry.key.value == key)
    }

    pub(super) fn get(self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Whether a key is probably meant to be `key`. It is reported as unknown, and `key` is not missing besides.
    pub(super) fn misspells(self, key: &str) -> bool {
        self.0.iter().any(|entry| nearest(&entry.key.value, [key]).is_some())
    }
}

impl<'d> Builder<'d> {
    pub(super) fn new(diagnostics: &'d mut Diagnostics) -> Self {
        Self { diagnostics, places: Vec::new(), nodes: 0 }
    }

    /// A fresh identity.
    pub(super) fn node(&mut self) -> NodeId {
        let node = NodeId(self.nodes);
        self.nodes = self.nodes.saturating_add(1);
        node
    }

    /// An error in the present place, to be completed and reported.
    pub(super) fn error(&self, code: Code, span: Span, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic::error(code, span, self.located("error", message.as_ref()))
    }

    /// A warning in the present place, to be completed and reported.
    pub(super) fn warning(&self, code: Code, span: Span, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic::warning(code, span, self.located("warning", message.as_ref()))
    }

    fn located(&self, severity: &str, message: &str) -> String {
        match self.places.last() {
            Some(place) => format!("{severity} in {place}: {message}"),
            None => message.to_owned(),
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Runs `read` with `place` (such as `step init`) named in the messages.
    pub(super) fn within<T>(&mut self, place: String, read: impl FnOnce(&mut Self) -> T) -> T {
        self.places.push(place);
        let result = read(self);
        self.places.pop();
        result
    }

    /// The entries of a mapping; anything else is reported.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        match &node.kind {
            NodeKind::Map(entries) => Some(Fields(entries)),
            other => {
                let message = format!("{what} must be a mapping, found {}", kind_name(other));
                self.report(self.error(Code::InvalidStructure, node.span, message));
                None
            }
        }
    }

    /// Reports every key that is not among `allowed`.
    pub(super) fn check_keys(&mut self, fields: Fields<'_>, allowed: &[&str], what: &str) {
        for entry in fields.0 {
            let key = entry.key.value.as_str();
            if allowed.contains(&key) {
                continue;
            }
            let mut error = self
                .error(Code::UnknownKey, entry.key_span, format!("unknown key '{key}' in {what}"))
                .with_label("not a key of the language here");
            error.help = did_you_mean(key, allowed.iter().copied())
                .or_else(|| Some(format!("known here: {}", allowed.join(", "))));
            self.report(error);
        }
    }

    /// Reads a variable name; reports one that is not an identifier.
    pub(super) fn identifier(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.kind {
            NodeKind::Str(text) => self.check_identifier(&text.value, node.span, what),
            other => {
                let message = format!("{what} must be a name, found {}", kind_name(other));
                self.report(self.error(Code::InvalidIdentifier, node.span, message));
                None
            }
        }
    }

    /// Checks that a name is an identifier and no keyword.
    pub(super) fn check_identifier(&mut self, name: &str, span: Span, what: &str) -> Option<Spanned<String>> {
        if is_identifier(name) {
            return Some(Spanned::new(name.to_owned(), span));
        }
        let (message, help) = if KEYWORDS.contains(&name) {
            (format!("{what} '{name}' is a keyword of expressions"), "choose another name")
        } else if name.contains("${") {
            (format!("invalid {what} '{name}'"), "write the bare name, without `${…}`")
        } else {
            (
                format!("invalid {what} '{name}'"),
                "a name starts with a letter or underscore and goes on with letters, digits and underscores",
            )
        };
        self.report(self.error(Code::InvalidIdentifier, span, message).with_help(help));
        None
    }

    /// Reads a whole document.
    pub(super) fn document(&mut self, node: &Node, file: FileId) -> Option<Document> {
        let workflows = match &node.kind {
            NodeKind::List(_) => {
                let steps = self.within("workflow main".to_owned(), |b| b.steps(node, "workflow"));
                let name = Spanned::new("main".to_owned(), node.span);
                vec![Workflow { name, params: Vec::new(), steps }]
            }
            NodeKind::Map(entries) => entries.iter().map(|entry| self.workflow(entry)).collect(),
            other => {
                let message = format!(
                    "a workflow is a list of steps, or a mapping with `main` and subworkflows; found {}",
                    kind_name(other)
                );
                self.report(
                    self.error(Code::InvalidStructure, node.span, message)
                        .with_help("write `main:` with `steps:` below it"),
                );
                return None;
            }
        };
        Some(Document { file, workflows, span: node.span })
    }

    fn workflow(&mut self, entry: &Entry) -> Workflow {
        let name = entry.key.value.clone();
        let place = if name == "main" { "workflow main".to_owned() } else { format!("subworkflow {name}") };
        self.within(place, |b| {
            b.check_identifier(&name, entry.key_span, "subworkflow name");
            let mut workflow = Workflow {
                name: Spanned::new(name.clone(), entry.key_span),
                params: Vec::new(),
                steps: Vec::new(),
            };
            let what = if name == "main" { "main" } else { "a subworkflow" };
            let Some(fields) = b.fields(&entry.value, what) else { return workflow };
            b.check_keys(fields, &["params", "steps"], what);
            if let Some(params) = fields.get("params") {
                workflow.params = b.params(params, name == "main");
            }
            match fields.get("steps") {
                Some(steps) => workflow.steps = b.steps(steps, what),
                None if fields.misspells("steps") => {}
                None => {
                    let error = b
                        .error(Code::MissingKey, entry.key_span, "`steps` is missing")
                        .with_help("a workflow needs `steps` with at least one step");
                    b.report(error);
                }
            }
            workflow
        })
    }
}

/// Words that expressions read as operators and literals.
const KEYWORDS: &[&str] = &[
    "and", "AND", "or", "OR", "not", "NOT", "in", "true", "True", "TRUE", "false", "False", "FALSE", "null",
];

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

/// Data that stands in for what could not be read.
pub(super) fn unreadable(span: Span) -> Data {
    Data { kind: DataKind::Null, span }
}

/// How messages call a kind of node.
pub(super) fn kind_name(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Null => "nothing",
        NodeKind::Bool(_) => "a boolean",
        NodeKind::Int(_) | NodeKind::Float(_) => "a number",
        NodeKind::Str(_) => "a string",
        NodeKind::List(_) => "a list",
        NodeKind::Map(_) => "a mapping",
    }
}
