//! Parameters of a workflow.

use std::collections::HashMap;

use crate::ast::Param;
use crate::ast::builder::{Builder, kind_name};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::syntax::tree::{Node, NodeKind};

impl Builder<'_> {
    /// Reads `params`.
    pub(super) fn params(&mut self, node: &Node, main: bool) -> Vec<Param> {
        let NodeKind::List(items) = &node.kind else {
            let message = format!("`params` must be a list, found {}", kind_name(&node.kind));
            self.report(
                self.error(Code::InvalidStructure, node.span, message).with_help("write `params: [a, b]`"),
            );
            return Vec::new();
        };
        let mut params: Vec<Param> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        for item in items {
            let Some(param) = self.param(item) else { continue };
            let span = param.name.span;
            let name = &param.name.value;
            if let Some(first) = seen.get(name) {
                let error = self
                    .error(Code::InvalidParams, span, format!("parameter '{name}' is declared twice"))
                    .with_related(*first, "declared here first");
                self.report(error);
                continue;
            }
            if let Some(defaulted) = params.last().filter(|p| p.default.is_some() && param.default.is_none())
            {
                let error = self
                    .error(
                        Code::InvalidParams,
                        span,
                        format!("required parameter '{name}' stands behind a parameter with a default"),
                    )
                    .with_related(defaulted.name.span, "has a default")
                    .with_help("put required parameters first");
                self.report(error);
            }
            seen.insert(name.clone(), span);
            params.push(param);
        }
        if main && let Some(second) = params.get(1) {
            let error = self
                .error(
                    Code::InvalidParams,
                    second.name.span,
                    format!("main takes at most one parameter, found {}", params.len()),
                )
                .with_help("pass one map, and read its fields");
            self.report(error);
        }
        params
    }

    fn param(&mut self, item: &Node) -> Option<Param> {
        match &item.kind {
            NodeKind::Map(entries) => {
                let [entry] = entries.as_slice() else {
                    let message =
                        format!("a parameter is one name with its default, found {} names", entries.len());
                    self.report(
                        self.error(Code::InvalidParams, item.span, message)
                            .with_help("write each parameter as an item of its own: `- name: default`"),
                    );
                    return None;
                };
                let name = self.check_identifier(&entry.key.value, entry.key_span, "parameter name")?;
                Some(Param { name, default: Some(self.data(&entry.value)) })
            }
            _ => Some(Param { name: self.identifier(item, "parameter name")?, default: None }),
        }
    }
}
