//! Rust names from names of the workflow, without collisions.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};

use crate::ir::{Machine, Module};

/// Words that cannot be identifiers.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized",
    "use", "virtual", "where", "while", "yield", "_",
];

/// An identifier token for a name that is one.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The Rust module of a workflow: `order-approval` becomes `order_approval`.
#[must_use]
pub fn module_name(workflow: &str) -> String {
    snake_case(workflow)
}

/// Names that are given once each.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// With names that are not to be given.
    pub(super) fn reserving(names: &[&str]) -> Self {
        Self { taken: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// `name`, or `name_2` and so on.
    pub(super) fn unique(&mut self, name: String) -> Ident {
        let mut candidate = name.clone();
        let mut number = 2;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{name}_{number}");
            number += 1;
        }
        ident(&candidate)
    }
}

/// A module name for each machine.
pub(super) fn machine_modules(module: &Module) -> Vec<Ident> {
    let mut names = Names::reserving(&["rt"]);
    module.machines.iter().map(|machine| names.unique(snake_case(&machine.name))).collect()
}

/// The names in one machine.
#[derive(Debug)]
pub(super) struct MachineNames {
    /// Field of each slot.
    pub(super) slots: Vec<Ident>,
    /// Function of each block.
    pub(super) functions: Vec<Ident>,
    /// Program counter of each block.
    pub(super) states: Vec<Ident>,
}

impl MachineNames {
    pub(super) fn new(machine: &Machine) -> Self {
        let mut fields = Names::reserving(&["pc", "shared"]);
        let mut functions =
            Names::reserving(&["info", "state", "set_state", "slot", "slot_mut", "set_shared", "run"]);
        let mut states = Names::default();
        Self {
            slots: machine.slots.iter().map(|slot| fields.unique(snake_case(&slot.name))).collect(),
            functions: machine.blocks.iter().map(|block| functions.unique(snake_case(&block.name))).collect(),
            states: machine.blocks.iter().map(|block| states.unique(camel_case(&block.name))).collect(),
        }
    }
}

/// `awaitCallback/result` becomes `await_callback_result`.
fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && previous_lower {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
            previous_lower = !c.is_ascii_uppercase();
        } else {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            previous_lower = false;
        }
    }
    let trimmed = out.trim_end_matches('_');
    let mut out = if trimmed.is_empty() { "unnamed".to_owned() } else { trimmed.to_owned() };
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, '_');
    }
    if KEYWORDS.contains(&out.as_str()) {
        out.push('_');
    }
    out
}

/// `await_callback/result` becomes `AwaitCallbackResult`.
fn camel_case(name: &str) -> String {
    let snake = snake_case(name);
    let mut out = String::with_capacity(snake.len());
    for word in snake.split('_') {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.extend(chars);
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) {
        out.insert(0, 'S');
    }
    if KEYWORDS.contains(&out.as_str()) {
        out.push('_');
    }
    out
}
