//! Code for expressions.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::ident::ident;
use super::machine::Generator;
use crate::ir::Expr;
use crate::program::{BinaryOp, SharedId, SlotId, UnaryOp};
use crate::signatures::{Function, FunctionKind};

impl Generator<'_> {
    /// Code of type `Value`.
    pub(super) fn owned(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Null => quote!(rt::Value::Null),
            Expr::Bool(value) => quote!(rt::Value::Bool(#value)),
            Expr::Int(value) => {
                let literal = Literal::i64_unsuffixed(*value);
                quote!(rt::Value::Int(#literal))
            }
            Expr::Float(value) => {
                let literal = Literal::f64_unsuffixed(*value);
                quote!(rt::Value::Float(#literal))
            }
            Expr::Str(value) => quote!(rt::text(#value)),
            Expr::Slot { slot, last: true } => {
                let (field, name) = (self.field(*slot), self.slot_name(*slot));
                quote!(rt::take(&mut self.#field, #name)?)
            }
            Expr::Slot { last: false, .. } | Expr::Shared(_) | Expr::Member(..) | Expr::Index(..) => {
                let place = self.place(expr);
                quote!(#place.clone())
            }
            Expr::List(items) => {
                let items = items.iter().map(|item| self.owned(item));
                quote!(rt::list([#(#items),*]))
            }
            Expr::Map(entries) => self.map(entries),
            Expr::Unary(op, operand) => {
                let operand = self.borrowed(operand);
                match op {
                    UnaryOp::Not => quote!(rt::ops::not(#operand)?),
                    UnaryOp::Negate => quote!(rt::ops::negate(#operand)?),
                    UnaryOp::Plus => quote!(rt::ops::plus(#operand)?),
                }
            }
            Expr::Binary(left, op, right) => self.binary(left, *op, right),
            Expr::Call(function, args) => self.call(function, args),
            Expr::Object(name) => {
                let function = ident(&name.replace('.', "_"));
                quote!(rt::stdlib::objects::#function())
            }
        }
    }

    /// Code of type `&Value`.
    pub(super) fn borrowed(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Slot { .. } | Expr::Shared(_) | Expr::Member(..) | Expr::Index(..) => self.place(expr),
            other => {
                let value = self.owned(other);
                quote!(&#value)
            }
        }
    }

    /// Code of type `bool` for a condition.
    pub(super) fn condition(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Bool(value) => quote!(#value),
            Expr::Binary(left, op @ (BinaryOp::And | BinaryOp::Or), right) => self.logical(left, *op, right),
            other => {
                let value = self.borrowed(other);
                quote!(rt::ops::truth(#value)?)
            }
        }
    }

    /// Code of type `bool` for an operand of `and`, `or`.
    pub(super) fn operand(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Bool(value) => quote!(#value),
            Expr::Binary(left, op @ (BinaryOp::And | BinaryOp::Or), right) => self.logical(left, *op, right),
            other => {
                let value = self.borrowed(other);
                quote!(rt::ops::logical(#value)?)
            }
        }
    }

    fn logical(&self, left: &Expr, op: BinaryOp, right: &Expr) -> TokenStream {
        let (left, right) = (self.operand(left), self.operand(right));
        if op == BinaryOp::And { quote!((#left && #right)) } else { quote!((#left || #right)) }
    }

    /// Code of type `&Value` for something that exists already.
    fn place(&self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Slot { slot, .. } => {
                let (field, name) = (self.field(*slot), self.slot_name(*slot));
                quote!(rt::load(&self.#field, #name)?)
            }
            Expr::Shared(shared) => {
                let (cell, name) = (self.cell(*shared), self.shared_name(*shared));
                quote!(cx.load_shared(#cell, #name)?)
            }
            Expr::Member(base, name) => {
                let base = self.borrowed(base);
                quote!(rt::ops::member_ref(#base, #name)?)
            }
            Expr::Index(base, index) => {
                let (base, index) = (self.borrowed(base), self.borrowed(index));
                quote!(rt::ops::index_ref(#base, #index)?)
            }
            other => self.borrowed(other),
        }
    }

    fn map(&self, entries: &[(Expr, Expr)]) -> TokenStream {
        let constant = entries.iter().all(|(key, _)| matches!(key, Expr::Str(_)));
        let pairs = entries.iter().map(|(key, value)| {
            let key = match key {
                Expr::Str(text) if constant => quote!(#text),
                other => {
                    let key = self.owned(other);
                    quote!(rt::key(#key)?)
                }
            };
            let value = self.owned(value);
            quote!((#key, #value))
        });
        if constant { quote!(rt::map([#(#pairs),*])) } else { quote!(rt::computed_map([#(#pairs),*])) }
    }

    fn binary(&self, left: &Expr, op: BinaryOp, right: &Expr) -> TokenStream {
        let function = match op {
            BinaryOp::And | BinaryOp::Or => {
                let value = self.logical(left, op, right);
                return quote!(rt::Value::Bool(#value));
            }
            BinaryOp::Add if is_temporary(left) => {
                let (left, right) = (self.owned(left), self.borrowed(right));
                return quote!(rt::add_owned(#left, #right)?);
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let function = ident(if op == BinaryOp::Equal { "equal" } else { "not_equal" });
                let (left, right) = (self.borrowed(left), self.borrowed(right));
                return quote!(rt::ops::#function(#left, #right));
            }
            BinaryOp::NotIn => {
                let (left, right) = (self.borrowed(left), self.borrowed(right));
                return quote!(rt::ops::not(&rt::ops::contains(#left, #right)?)?);
            }
            BinaryOp::In => "contains",
            BinaryOp::Less => "less",
            BinaryOp::LessEqual => "less_equal",
            BinaryOp::Greater => "greater",
            BinaryOp::GreaterEqual => "greater_equal",
            BinaryOp::Add => "add",
            BinaryOp::Subtract => "subtract",
            BinaryOp::Multiply => "multiply",
            BinaryOp::Divide => "divide",
            BinaryOp::FloorDivide => "floor_divide",
            BinaryOp::Remainder => "remainder",
        };
        let function = ident(function);
        let (left, right) = (self.borrowed(left), self.borrowed(right));
        quote!(rt::ops::#function(#left, #right)?)
    }

    fn call(&self, function: &Function, args: &[Option<Expr>]) -> TokenStream {
        let path = function_path(function);
        let args = self.arguments(function, args);
        if function.kind == FunctionKind::Contextual {
            quote!(rt::stdlib::#path(&*cx, #(#args),*)?)
        } else {
            quote!(rt::stdlib::#path(#(#args),*)?)
        }
    }

    /// One argument per parameter; absent ones are null.
    pub(super) fn arguments(&self, function: &Function, args: &[Option<Expr>]) -> Vec<TokenStream> {
        (0..function.params.len())
            .map(|i| match args.get(i) {
                Some(Some(arg)) => self.owned(arg),
                _ => quote!(rt::Value::Null),
            })
            .collect()
    }

    pub(super) fn field(&self, slot: SlotId) -> &Ident {
        // Slots come from the same machine as the names.
        self.names.slots.get(slot.0 as usize).unwrap_or(&self.missing)
    }

    pub(super) fn slot_name(&self, slot: SlotId) -> &str {
        self.machine.slots.get(slot.0 as usize).map_or("", |s| s.variable.as_deref().unwrap_or(&s.name))
    }

    pub(super) fn cell(&self, shared: SharedId) -> TokenStream {
        let index = Literal::usize_unsuffixed(shared.0 as usize);
        quote!(self.shared[#index])
    }

    pub(super) fn shared_name(&self, shared: SharedId) -> &str {
        self.machine.shared.get(shared.0 as usize).map_or("", String::as_str)
    }
}

/// The runtime's path of a library function: `text.split` is `text::split`, `if` is `helpers::if_`.
pub(super) fn function_path(function: &Function) -> TokenStream {
    let mut parts: Vec<&str> = function.name.split('.').collect();
    if parts.len() == 1 {
        parts.insert(0, "helpers");
    }
    let parts = parts.iter().map(|part| if *part == "if" { ident("if_") } else { ident(part) });
    quote!(#(#parts)::*)
}

/// Whether evaluating it gives a value of its own that may be changed in place.
fn is_temporary(expr: &Expr) -> bool {
    matches!(expr, Expr::Slot { last: true, .. } | Expr::Call(..) | Expr::Binary(_, BinaryOp::Add, _))
}
