//! Calls: what is called, and which argument goes to which parameter.

use crate::analyze::expressions::dotted;
use crate::analyze::outline::Place;
use crate::analyze::resolver::{Resolver, Site};
use crate::ast::{self, Args};
use crate::diagnostic::Code;
use crate::diagnostic::suggest::nearest;
use crate::program::{CallStep, Callee, Expr, ExprKind};
use crate::signatures::{self, FunctionKind};
use crate::source::{Span, Spanned};
use crate::syntax::expression as syntax;

/// Connector helpers that are documented as callable in expressions (`stdlib.md` §1).
const CONNECTOR_HELPERS: &[&str] = &["accessString", "addVersionString"];

/// Parameters of a callee by name, with whether they must be given.
struct Signature<'a> {
    name: &'a str,
    params: Vec<(&'a str, bool)>,
    /// Where it is defined, for a subworkflow.
    span: Option<Span>,
}

impl<'a> Resolver<'a> {
    /// Resolves a call step; `None` when the callee is reported. The arguments are resolved in any case.
    pub(super) fn call_step(&mut self, call: &ast::Call, place: Place) -> Option<CallStep> {
        let callee = call.name.as_ref().and_then(|name| {
            let callee = self.callee(&name.value, name.span, Site { place: Some(place), what: "call" })?;
            Some((callee, name.span))
        });
        let signature = callee.map(|(callee, _)| self.signature(callee));
        let (args, order) = match &call.args {
            Args::Named(args) => self.named(args, callee.map(|(_, span)| span), signature.as_ref(), place),
            Args::Positional(args, span) => {
                if let Some((Callee::Routine(_), _)) = callee {
                    let error = self
                        .error(Code::InvalidArguments, *span, "arguments of a subworkflow are given by name")
                        .with_help("write `args:` with one `name: value` line per argument");
                    self.report(error);
                }
                let values: Vec<Expr> = args
                    .iter()
                    .enumerate()
                    .map(|(at, value)| {
                        let what = format!("argument {}", at + 1);
                        self.data(value, Site { place: Some(place), what: &what })
                    })
                    .collect();
                let order = (0..values.len()).collect();
                if let (Some(signature), Some((Callee::Function(_), span))) = (&signature, callee) {
                    self.check_count(values.len(), signature, span);
                }
                (values.into_iter().map(Some).collect(), order)
            }
        };
        let result = call
            .result
            .as_ref()
            .map(|result| self.write(result, Site { place: Some(place), what: "result variable" }));
        let (callee, _) = callee?;
        Some(CallStep { callee, args, order, result: result.flatten() })
    }

    /// Resolves a call in an expression.
    pub(super) fn call_expression(
        &mut self,
        span: Span,
        callee: &syntax::Expr,
        args: &[syntax::Expr],
        site: Site<'_>,
    ) -> Expr {
        let args: Vec<Expr> = args.iter().map(|arg| self.expression(arg, site)).collect();
        let null = Expr { kind: ExprKind::Null, span };
        let Some(name) = dotted(callee) else {
            let error = self.error(
                Code::InvalidCallee,
                callee.span,
                &format!("error evaluating {}: only functions and subworkflows can be called", site.what),
            );
            self.report(error);
            return null;
        };
        if !self.may_stand_in_expression(&name, callee.span, site) {
            return null;
        }
        let Some(target) = self.callee(&name, callee.span, site) else { return null };
        if site.place.is_none() && !is_constant(target) {
            let message = format!("error evaluating {}: '{name}' is not a constant", site.what);
            let error = self
                .error(Code::InvalidParams, callee.span, &message)
                .with_help("a default holds constants and library functions, no variables");
            self.report(error);
        }
        let signature = self.signature(target);
        self.check_count(args.len(), &signature, callee.span);
        Expr { kind: ExprKind::Call(target, args.into_iter().map(Some).collect()), span }
    }

    /// Rule D18: what blocks is called by a step of its own.
    fn may_stand_in_expression(&mut self, name: &str, span: Span, site: Site<'_>) -> bool {
        let helper = name.rsplit('.').next().is_some_and(|last| CONNECTOR_HELPERS.contains(&last));
        let blocking = signatures::lookup(name).is_some_and(|function| function.blocking)
            || (signatures::is_connector(name) && !helper);
        if blocking {
            let message = format!(
                "error evaluating {}: '{name}' blocks and cannot be called in an expression",
                site.what
            );
            let error = self
                .error(Code::BlockingCall, span, &message)
                .with_help(format!("make it a step: `call: {name}` with `args` and `result`"));
            self.report(error);
        }
        !blocking
    }

    /// What a name in call position means.
    fn callee(&mut self, name: &str, span: Span, site: Site<'_>) -> Option<Callee> {
        if let Some(function) = signatures::lookup(name) {
            if function.available {
                return Some(Callee::Function(function));
            }
            let message = format!("'{name}' is not available yet");
            self.report(self.error(Code::FunctionNotAvailable, span, &message));
            return None;
        }
        if signatures::is_connector(name) {
            self.connector(name, span);
            return None;
        }
        if name == "main" {
            let error = self
                .error(Code::UnknownFunction, span, "'main' cannot be called")
                .with_help("put the steps into a subworkflow that `main` and others call");
            self.report(error);
            return None;
        }
        if let Some(callable) = self.globals.workflows.get(name) {
            return Some(Callee::Routine(callable.id));
        }
        self.unknown_function(name, span, site);
        None
    }

    fn connector(&mut self, name: &str, span: Span) {
        let error = self
            .error(
                Code::FunctionNotAvailable,
                span,
                &format!("'{name}' is not available: connectors cannot be called yet"),
            )
            .with_help("call the API with `http.request` and `auth`");
        self.report(error);
    }

    fn unknown_function(&mut self, name: &str, span: Span, site: Site<'_>) {
        let kind = if name.contains('.') { "function" } else { "function or subworkflow" };
        let message = format!("unknown {kind} '{name}'");
        let mut error = self.error(Code::UnknownFunction, span, &message);
        error.help = if self.is_variable(name, site) {
            Some(format!("'{name}' is a variable; variables cannot be called"))
        } else {
            self.suggest_function(name)
        };
        self.report(error);
    }

    fn signature(&self, callee: Callee) -> Signature<'a> {
        match callee {
            Callee::Function(function) => Signature {
                name: function.name,
                params: function.params.iter().map(|p| (p.name, p.required)).collect(),
                span: None,
            },
            Callee::Routine(id) => {
                // Routine ids of workflows go by their order.
                let entry = self.globals.workflows.get_index(id.0 as usize);
                let workflow = entry.map(|(_, callable)| callable.workflow);
                Signature {
                    name: workflow.map(|w| w.name.value.as_str()).unwrap_or_default(),
                    params: workflow
                        .map(|w| {
                            w.params.iter().map(|p| (p.name.value.as_str(), p.default.is_none())).collect()
                        })
                        .unwrap_or_default(),
                    span: workflow.map(|w| w.name.span),
                }
            }
        }
    }

    /// Puts named arguments where their parameters are. Without a signature only resolves them.
    fn named(
        &mut self,
        args: &[(Spanned<String>, ast::Data)],
        span: Option<Span>,
        signature: Option<&Signature<'_>>,
        place: Place,
    ) -> (Vec<Option<Expr>>, Vec<usize>) {
        let mut values: Vec<Option<Expr>> = Vec::new();
        let mut order = Vec::new();
        for (name, data) in args {
            let what = format!("argument '{}'", name.value);
            let value = self.data(data, Site { place: Some(place), what: &what });
            let Some(signature) = signature else { continue };
            let Some(at) = signature.params.iter().position(|(param, _)| *param == name.value) else {
                self.unknown_argument(name, signature);
                continue;
            };
            if values.len() <= at {
                values.resize(at + 1, None);
            }
            if let Some(entry) = values.get_mut(at) {
                *entry = Some(value);
            }
            order.push(at);
        }
        if let (Some(signature), Some(span)) = (signature, span) {
            let missing: Vec<&str> = signature
                .params
                .iter()
                .enumerate()
                .filter(|(at, (_, required))| *required && !matches!(values.get(*at), Some(Some(_))))
                .map(|(_, (name, _))| *name)
                .collect();
            let known = |name: &str| signature.params.iter().any(|(param, _)| *param == name);
            // One that is only misspelt is reported already.
            let misspelt = matches!(*missing.as_slice(), [missing] if args.iter().any(|(name, _)| {
                !known(&name.value) && nearest(&name.value, [missing]).is_some()
            }));
            if !misspelt {
                self.missing_arguments(&missing, signature, span);
            }
        }
        (values, order)
    }

    fn unknown_argument(&mut self, name: &Spanned<String>, signature: &Signature<'_>) {
        let message = format!("'{}' has no parameter '{}'", signature.name, name.value);
        let mut error = self.error(Code::InvalidArguments, name.span, &message);
        if let Some(span) = signature.span {
            error = error.with_related(span, "defined here");
        }
        error.help = self
            .suggest_argument(&name.value, signature.params.iter().map(|(param, _)| *param))
            .or_else(|| Some(parameters(signature)));
        self.report(error);
    }

    fn missing_arguments(&mut self, missing: &[&str], signature: &Signature<'_>, span: Span) {
        if missing.is_empty() {
            return;
        }
        let names: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
        let noun = if names.len() == 1 { "argument" } else { "arguments" };
        let message = format!("call of '{}' lacks the required {noun} {}", signature.name, names.join(", "));
        let mut error = self.error(Code::InvalidArguments, span, &message).with_help(parameters(signature));
        if let Some(span) = signature.span {
            error = error.with_related(span, "defined here");
        }
        self.report(error);
    }

    /// Checks the number of positional arguments.
    fn check_count(&mut self, count: usize, signature: &Signature<'_>, span: Span) {
        let max = signature.params.len();
        if count > max {
            let message =
                format!("call of '{}' has {count} arguments, at most {max} are possible", signature.name);
            let mut error =
                self.error(Code::InvalidArguments, span, &message).with_help(parameters(signature));
            if let Some(span) = signature.span {
                error = error.with_related(span, "defined here");
            }
            self.report(error);
            return;
        }
        let missing: Vec<&str> = signature.params.iter().skip(count).filter(|p| p.1).map(|p| p.0).collect();
        self.missing_arguments(&missing, signature, span);
    }
}

/// Whether a call may stand in the default of a parameter.
fn is_constant(callee: Callee) -> bool {
    matches!(callee, Callee::Function(function) if function.kind != FunctionKind::Effect)
}

/// The parameters of a callee as advice.
fn parameters(signature: &Signature<'_>) -> String {
    if signature.params.is_empty() {
        return format!("`{}` has no parameters", signature.name);
    }
    let names: Vec<String> = signature
        .params
        .iter()
        .map(|(name, required)| if *required { (*name).to_owned() } else { format!("[{name}]") })
        .collect();
    format!("parameters of `{}`: {}", signature.name, names.join(", "))
}
