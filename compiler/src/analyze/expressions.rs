//! Expressions and data with their names resolved.

use crate::analyze::resolver::{Resolver, Site};
use crate::ast::{Data, DataKind};
use crate::diagnostic::Code;
use crate::program::{Expr, ExprKind, Variable};
use crate::signatures;
use crate::source::{Span, Spanned};
use crate::syntax::expression::{self as syntax, BinaryOp, UnaryOp};

/// Dotted names of the library have fewer parts than this.
const MAX_PARTS: usize = 16;

impl Resolver<'_> {
    /// Resolves data.
    pub(super) fn data(&mut self, data: &Data, site: Site<'_>) -> Expr {
        let kind = match &data.kind {
            DataKind::Null => ExprKind::Null,
            DataKind::Bool(value) => ExprKind::Bool(*value),
            DataKind::Int(value) => ExprKind::Int(*value),
            DataKind::Float(value) => ExprKind::Float(*value),
            DataKind::Str(value) => ExprKind::Str(value.clone()),
            DataKind::List(items) => ExprKind::List(items.iter().map(|item| self.data(item, site)).collect()),
            DataKind::Map(entries) => ExprKind::Map(
                entries.iter().map(|(key, value)| (self.data(key, site), self.data(value, site))).collect(),
            ),
            DataKind::Expression(expression, characters) => {
                let limit = self.globals.limits.expression_chars;
                self.check_limit(*characters, limit, "characters in an expression", data.span);
                return self.expression(expression, site);
            }
        };
        Expr { kind, span: data.span }
    }

    /// Resolves an expression. What cannot be resolved is reported and becomes null.
    pub(super) fn expression(&mut self, expr: &syntax::Expr, site: Site<'_>) -> Expr {
        let kind = match &expr.kind {
            syntax::ExprKind::Null => ExprKind::Null,
            syntax::ExprKind::Bool(value) => ExprKind::Bool(*value),
            syntax::ExprKind::Int(value) => ExprKind::Int(*value),
            syntax::ExprKind::Float(value) => ExprKind::Float(*value),
            syntax::ExprKind::Str(value) => {
                self.warn_single_quotes(expr.span);
                ExprKind::Str(value.clone())
            }
            syntax::ExprKind::Name(name) => match self.read(name, expr.span, site) {
                Some(variable) => ExprKind::Variable(variable, name.clone()),
                None => ExprKind::Null,
            },
            syntax::ExprKind::List(items) => {
                ExprKind::List(items.iter().map(|item| self.expression(item, site)).collect())
            }
            syntax::ExprKind::Unary(op, operand) => {
                ExprKind::Unary(*op, Box::new(self.expression(operand, site)))
            }
            syntax::ExprKind::Binary(left, op, right) => {
                self.warn_not_in(expr.span, left, *op);
                let left = self.expression(left, site);
                ExprKind::Binary(Box::new(left), *op, Box::new(self.expression(right, site)))
            }
            syntax::ExprKind::Member(base, name) => return self.member(expr, base, name, site),
            syntax::ExprKind::Index(base, index) => {
                let base = self.base(base, site);
                ExprKind::Index(Box::new(base), Box::new(self.expression(index, site)))
            }
            syntax::ExprKind::Call(callee, args) => {
                return self.call_expression(expr.span, callee, args, site);
            }
        };
        Expr { kind, span: expr.span }
    }

    fn member(
        &mut self,
        expr: &syntax::Expr,
        base: &syntax::Expr,
        name: &Spanned<String>,
        site: Site<'_>,
    ) -> Expr {
        if let Some(path) = self.library_path(expr, site) {
            if let Some(object) = signatures::object(&path) {
                if object.policy {
                    self.function_as_value(&path, expr.span, site);
                }
                return Expr { kind: ExprKind::Object(object.name), span: expr.span };
            }
            if signatures::lookup(&path).is_some() || signatures::is_connector(&path) {
                self.function_as_value(&path, expr.span, site);
                return Expr { kind: ExprKind::Null, span: expr.span };
            }
            if let Some((owner, "predicate")) = path.rsplit_once('.')
                && signatures::object(owner).is_some_and(|object| object.policy)
            {
                self.function_as_value(&path, expr.span, site);
            }
        }
        let base = self.base(base, site);
        Expr { kind: ExprKind::Member(Box::new(base), name.value.clone()), span: expr.span }
    }

    /// What is subscripted: here an object of the library may stand, which is no value of its own.
    fn base(&mut self, expr: &syntax::Expr, site: Site<'_>) -> Expr {
        match self.library_path(expr, site).as_deref().and_then(signatures::object) {
            Some(object) => Expr { kind: ExprKind::Object(object.name), span: expr.span },
            None => self.expression(expr, site),
        }
    }

    /// The dotted name that an expression consists of, unless it starts with a variable.
    fn library_path(&self, expr: &syntax::Expr, site: Site<'_>) -> Option<String> {
        let path = dotted(expr)?;
        let head = path.split('.').next().unwrap_or_default();
        (path.contains('.') && !self.is_variable(head, site)).then_some(path)
    }

    fn function_as_value(&mut self, path: &str, span: Span, site: Site<'_>) {
        let message = format!("error evaluating {}: '{path}' cannot be used as a value", site.what);
        let policy = signatures::object(path).is_some() || path.starts_with("http.default_retry");
        let help = if policy || path.starts_with("retry.") {
            "policies and predicates are only possible in `retry`".to_owned()
        } else {
            format!("call it: `{path}(…)`")
        };
        self.report(self.error(Code::FunctionAsValue, span, &message).with_help(help));
    }

    /// Resolves the left side of an assignment: the variable and its subscripts.
    pub(super) fn target(
        &mut self,
        target: &syntax::Target,
        site: Site<'_>,
    ) -> (Option<Variable>, Vec<Expr>) {
        let variable = self.write(&target.name, site);
        let accessors = target
            .accessors
            .iter()
            .map(|accessor| match &accessor.kind {
                // A `.name` is a string literal here, and has no quotes to warn of.
                syntax::ExprKind::Str(name) => {
                    Expr { kind: ExprKind::Str(name.clone()), span: accessor.span }
                }
                _ => self.expression(accessor, site),
            })
            .collect();
        (variable, accessors)
    }

    fn warn_single_quotes(&mut self, span: Span) {
        if self.globals.sources.slice(span).starts_with('\'') {
            let warning = self
                .warning(Code::SingleQuotedString, span, "string in single quotes inside an expression")
                .with_help("the service's documentation asks for double quotes");
            self.report(warning);
        }
    }

    /// `not x in y` is `(not x) in y`.
    fn warn_not_in(&mut self, span: Span, left: &syntax::Expr, op: BinaryOp) {
        let bare = || {
            let text = self.globals.sources.slice(span);
            text.starts_with("not") || text.starts_with("NOT")
        };
        if op == BinaryOp::In
            && matches!(left.kind, syntax::ExprKind::Unary(UnaryOp::Not, _))
            && left.span.start == span.start
            && bare()
        {
            let warning = self
                .warning(
                    Code::NotPrecedence,
                    span,
                    "`not x in y` means `(not x) in y`, because `not` binds tighter",
                )
                .with_help("write `not(x in y)` or `x not in y`");
            self.report(warning);
        }
    }
}

/// The dotted name that an expression consists of.
pub(super) fn dotted(expr: &syntax::Expr) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            syntax::ExprKind::Name(name) => {
                parts.push(name);
                parts.reverse();
                return Some(parts.join("."));
            }
            syntax::ExprKind::Member(base, name) if parts.len() < MAX_PARTS => {
                parts.push(&name.value);
                at = base;
            }
            _ => return None,
        }
    }
}
