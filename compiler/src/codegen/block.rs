//! Code for blocks: one function each.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::expression::function_path;
use super::machine::{Generator, number, option};
use crate::ir::{BlockId, Body, BuiltInPredicate, Expr, Fork, ForkBodies, LoopStep, Op, Terminator};
use crate::program::{BinaryOp, SlotId, Variable};

impl Generator<'_> {
    /// The function of a block.
    pub(super) fn block(&self, index: usize) -> TokenStream {
        let (Some(block), Some(function)) = (self.machine.blocks.get(index), self.names.functions.get(index))
        else {
            return TokenStream::new();
        };
        let docs = self.documentation(index);
        let count = block.enters_step.then(|| {
            quote! {
                if !cx.enter_step() {
                    return rt::pause();
                }
            }
        });
        let ops = block.ops.iter().map(|op| self.op(op));
        let end = self.terminator(&block.terminator);
        quote! {
            #(#[doc = #docs])*
            fn #function(&mut self, cx: &mut rt::Context) -> rt::StepResult<Pc> {
                #count
                #(#ops)*
                #end
            }
        }
    }

    fn documentation(&self, index: usize) -> Vec<String> {
        let Some(block) = self.machine.blocks.get(index) else { return Vec::new() };
        let Some(step) = self.machine.steps.get(block.step) else {
            return vec![format!(" `{}`", block.name)];
        };
        let first = if block.enters_step {
            format!(" Step `{}`: {} ({}:{})", step.name, step.summary, step.file, step.line)
        } else {
            format!(" State `{}` of step `{}` ({}:{})", block.name, step.name, step.file, step.line)
        };
        vec![first]
    }

    fn state(&self, block: BlockId) -> &Ident {
        self.names.states.get(block.index()).unwrap_or(&self.missing)
    }

    fn goto(&self, block: BlockId) -> TokenStream {
        let state = self.state(block);
        quote!(rt::goto(Pc::#state))
    }

    fn op(&self, op: &Op) -> TokenStream {
        match op {
            Op::Assign { variable: Variable::Slot(slot), path, value, .. }
                if path.is_empty() && is_own_sum(*slot, value) =>
            {
                self.add_in_place(*slot, value)
            }
            Op::Assign { variable, path, value, .. } if path.is_empty() => {
                let value = self.owned(value);
                self.store(*variable, &value)
            }
            Op::Assign { variable, name, path, value } => {
                let value = self.owned(value);
                let path = path.iter().map(|p| self.owned(p));
                let store = match variable {
                    Variable::Slot(slot) => {
                        let field = self.field(*slot);
                        quote!(rt::ops::store(&mut self.#field, &path, value, #name)?)
                    }
                    Variable::Shared(shared) => {
                        let cell = self.cell(*shared);
                        quote!(cx.store_shared_at(#cell, &path, value, #name)?)
                    }
                };
                quote!({
                    let value = #value;
                    let path = [#(#path),*];
                    #store;
                })
            }
            Op::Evaluate(value) => {
                let value = self.owned(value);
                quote!(let _ = #value;)
            }
            Op::Receive(None) => quote!(let _ = cx.receive();),
            Op::Receive(Some(variable)) => self.store(*variable, &quote!(cx.receive())),
            Op::Default { slot, value } => {
                let (field, value) = (self.field(*slot), self.owned(value));
                quote! {
                    if self.#field.is_none() {
                        self.#field = rt::Some(#value);
                    }
                }
            }
            Op::Clear(slots) => {
                let fields = slots.iter().map(|slot| self.field(*slot));
                quote!(#(self.#fields = rt::None;)*)
            }
            Op::Catch(slot) => {
                let field = self.field(*slot);
                quote!(self.#field = rt::Some(cx.caught());)
            }
            Op::BindError { error, variable } => {
                let (error, variable) = (self.field(*error), self.field(*variable));
                quote!(self.#variable = rt::Some(rt::caught::value(&self.#error));)
            }
            Op::StartList { list, cursor, over } => {
                let (list, cursor, over) = (self.field(*list), self.field(*cursor), self.owned(over));
                quote! {
                    self.#list = rt::Some(rt::loops::list(#over)?);
                    self.#cursor = rt::Some(rt::Value::Int(0));
                }
            }
            Op::StartRange { next, last, cursor, over } => {
                let (next, last, cursor) = (self.field(*next), self.field(*last), self.field(*cursor));
                let over = self.borrowed(over);
                quote! {
                    let (first, last) = rt::loops::range(#over)?;
                    self.#next = rt::Some(first);
                    self.#last = rt::Some(last);
                    self.#cursor = rt::Some(rt::Value::Int(0));
                }
            }
            Op::StartRetry(slot) => {
                let field = self.field(*slot);
                quote!(self.#field = rt::Some(rt::Value::Int(0));)
            }
        }
    }

    /// `x: ${x + a + b}`, where nobody else needs the old value: added to it where it is.
    fn add_in_place(&self, slot: SlotId, sum: &Expr) -> TokenStream {
        let (field, name) = (self.field(slot), self.slot_name(slot));
        let Expr::Binary(left, _, right) = sum else {
            // A variable that is unset is an error before those of what is added to it.
            return quote!(rt::load(&self.#field, #name)?;);
        };
        let (before, right) = (self.add_in_place(slot, left), self.borrowed(right));
        quote! {
            #before
            rt::add_to(&mut self.#field, #right)?;
        }
    }

    fn store(&self, variable: Variable, value: &TokenStream) -> TokenStream {
        match variable {
            Variable::Slot(slot) => {
                let field = self.field(slot);
                quote!(self.#field = rt::Some(#value);)
            }
            Variable::Shared(shared) => {
                let cell = self.cell(shared);
                quote!({
                    let value = #value;
                    cx.store_shared(#cell, value);
                })
            }
        }
    }

    fn terminator(&self, terminator: &Terminator) -> TokenStream {
        match terminator {
            Terminator::Goto(to) => self.goto(*to),
            Terminator::Switch { cases, otherwise } => {
                let mut arms = TokenStream::new();
                let mut default = self.goto(*otherwise);
                for (condition, to) in cases {
                    let goto = self.goto(*to);
                    if matches!(condition, Expr::Bool(true)) {
                        default = goto;
                        break;
                    }
                    let condition = self.condition(condition);
                    arms.extend(quote!(if #condition { #goto } else));
                }
                if arms.is_empty() { default } else { quote!(#arms { #default }) }
            }
            Terminator::Decide { operand, yes, no } => {
                let operand = self.operand(operand);
                self.choose(&operand, *yes, *no)
            }
            Terminator::Call { machine, args, then } => {
                let (machine, then) = (number(machine.0 as usize), self.state(*then));
                let args = args.iter().map(|arg| option(arg.as_ref().map(|a| self.owned(a))));
                quote! {
                    let args = [#(#args),*];
                    rt::call(#machine, args, Pc::#then)
                }
            }
            Terminator::Suspend { function, args, then } => {
                let (path, then) = (function_path(function), self.state(*then));
                let args = self.arguments(function, args);
                quote! {
                    let effect = rt::effects::#path(&*cx, #(#args),*)?;
                    rt::suspend(effect, Pc::#then)
                }
            }
            Terminator::Fork(fork) => self.fork(fork),
            Terminator::NextElement { list, cursor, each } => {
                let (list, cursor) = (self.field(*list), self.field(*cursor));
                let next = quote!(rt::loops::next_element(&self.#list, &mut self.#cursor));
                self.next_iteration(&next, each, &[list])
            }
            Terminator::NextNumber { next, last, cursor, each } => {
                let [next, last, cursor] = [next, last, cursor].map(|slot| self.field(*slot));
                let call = quote!(rt::loops::next_number(&mut self.#next, &self.#last, &mut self.#cursor));
                self.next_iteration(&call, each, &[])
            }
            Terminator::MayRetry { error, attempts, max_retries, predicate, yes, no } => {
                let (error, attempts) = (self.field(*error), self.field(*attempts));
                let max_retries = option(max_retries.as_ref().map(|e| self.owned(e)));
                let predicate = option(predicate.map(|p| match p {
                    BuiltInPredicate::Always => quote!(rt::Predicate::Always),
                    BuiltInPredicate::Never => quote!(rt::Predicate::Never),
                    BuiltInPredicate::HttpDefault => quote!(rt::Predicate::HttpDefault),
                    BuiltInPredicate::HttpNonIdempotent => quote!(rt::Predicate::HttpNonIdempotent),
                }));
                let may =
                    quote!(rt::retry::may_retry(&self.#error, &self.#attempts, max_retries, #predicate)?);
                let choice = self.choose(&may, *yes, *no);
                quote! {
                    let max_retries = #max_retries;
                    #choice
                }
            }
            Terminator::CallPredicate { machine, error, then } => {
                let (machine, then, error) =
                    (number(machine.0 as usize), self.state(*then), self.field(*error));
                quote! {
                    let args = [rt::Some(rt::caught::value(&self.#error))];
                    rt::call(#machine, args, Pc::#then)
                }
            }
            Terminator::Verdict { result, yes, no } => {
                let result = self.field(*result);
                self.choose(&quote!(rt::retry::verdict(&self.#result)), *yes, *no)
            }
            Terminator::LogPredicateFailure { error, then } => {
                let (error, then) = (self.field(*error), self.state(*then));
                quote!(rt::suspend(rt::retry::predicate_failure(&self.#error), Pc::#then))
            }
            Terminator::Backoff { attempts, initial_delay, max_delay, multiplier, then } => {
                let (attempts, then) = (self.field(*attempts), self.state(*then));
                let [initial, longest, factor] =
                    [initial_delay, max_delay, multiplier].map(|e| option(e.as_ref().map(|e| self.owned(e))));
                quote! {
                    let initial_delay = #initial;
                    let max_delay = #longest;
                    let multiplier = #factor;
                    let effect = rt::retry::backoff(&*cx, &mut self.#attempts, initial_delay, max_delay, multiplier)?;
                    rt::suspend(effect, Pc::#then)
                }
            }
            Terminator::Return(value) => {
                let value = self.owned(value);
                quote! {
                    let value = #value;
                    rt::finish(cx, value)
                }
            }
            Terminator::Raise(value) => {
                let value = self.owned(value);
                quote!(rt::Err(rt::Error::raised(#value)))
            }
            Terminator::Rethrow(error) => {
                let error = self.field(*error);
                quote!(rt::Err(rt::caught::unpack(&self.#error)))
            }
        }
    }

    fn choose(&self, condition: &TokenStream, yes: BlockId, no: BlockId) -> TokenStream {
        let (yes, no) = (self.goto(yes), self.goto(no));
        quote!(if #condition { #yes } else { #no })
    }

    fn next_iteration(&self, next: &TokenStream, each: &LoopStep, done: &[&Ident]) -> TokenStream {
        let value = self.field(each.value);
        let number = if each.index.is_some() { format_ident!("number") } else { format_ident!("_number") };
        let index = each.index.map(|slot| {
            let field = self.field(slot);
            quote!(self.#field = rt::Some(rt::Value::Int(number));)
        });
        let locals = each.locals.iter().map(|slot| self.field(*slot));
        let (body, exit) = (self.goto(each.body), self.goto(each.exit));
        quote! {
            match #next {
                rt::Some((value, #number)) => {
                    self.#value = rt::Some(value);
                    #index
                    #(self.#locals = rt::None;)*
                    #body
                }
                rt::None => {
                    #(self.#done = rt::None;)*
                    #exit
                }
            }
        }
    }

    fn fork(&self, fork: &Fork) -> TokenStream {
        let (prepare, bodies) = match &fork.bodies {
            ForkBodies::Branches(list) => {
                let list = list.iter().map(|body| self.body(body));
                (TokenStream::new(), quote!(rt::Bodies::Branches(rt::Vec::from([#(#list),*]))))
            }
            ForkBodies::Each { body, range: false, over } => {
                let (body, over) = (self.body(body), self.owned(over));
                (quote!(let list = rt::loops::list(#over)?;), quote!(rt::Bodies::Items { body: #body, list }))
            }
            ForkBodies::Each { body, range: true, over } => {
                let (body, over) = (self.body(body), self.borrowed(over));
                (
                    quote!(let (first, last) = rt::loops::range(#over)?;),
                    quote!(rt::Bodies::Numbers { body: #body, first, last }),
                )
            }
        };
        let limit = option(fork.concurrency_limit.as_ref().map(|limit| {
            let limit = self.borrowed(limit);
            quote!(rt::loops::concurrency_limit(#limit)?)
        }));
        let lends = fork.lent.iter().map(|slot| {
            let (cell, field) = (format_ident!("cell_{}", slot.0), self.field(*slot));
            quote!(let #cell = cx.lend(&mut self.#field);)
        });
        let lent = fork.lent.iter().map(|slot| {
            let (cell, slot) = (format_ident!("cell_{}", slot.0), number(slot.0 as usize));
            quote!((#slot, #cell))
        });
        let then = self.state(fork.then);
        quote! {
            #prepare
            let concurrency_limit = #limit;
            #(#lends)*
            rt::fork(#bodies, concurrency_limit, [#(#lent),*], Pc::#then)
        }
    }

    fn body(&self, body: &Body) -> TokenStream {
        let machine = number(body.machine.0 as usize);
        let captures = body.captures.iter().map(|(from, to)| {
            let to = number(to.0 as usize);
            match from {
                Variable::Slot(slot) => {
                    let field = self.field(*slot);
                    quote!((#to, self.#field.clone()))
                }
                Variable::Shared(shared) => {
                    let cell = self.cell(*shared);
                    quote!((#to, cx.copy_shared(#cell)))
                }
            }
        });
        let shared = body.shared.iter().map(|variable| match variable {
            Variable::Slot(slot) => {
                let cell = format_ident!("cell_{}", slot.0);
                quote!(#cell)
            }
            Variable::Shared(shared) => self.cell(*shared),
        });
        quote!(rt::body(#machine, [#(#captures),*], [#(#shared),*]))
    }
}

/// Whether it is a sum that begins with the last use of a variable.
fn is_own_sum(slot: SlotId, value: &Expr) -> bool {
    let Expr::Binary(left, BinaryOp::Add, _) = value else { return false };
    matches!(**left, Expr::Slot { slot: first, last: true } if first == slot) || is_own_sum(slot, left)
}
