//! The one module that generated code names. Not part of the public interface.

pub use std::boxed::Box;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{Err, Ok};
pub use std::vec::Vec;

pub use crate::effect::Effect;
pub use crate::error::{Error, Result as Fallible};
pub use crate::machine::retry::{self, Predicate};
pub use crate::machine::{
    ABI, Bodies, Body, Call, CellId, Context, Fork, Machine, MachineInfo, MachineKind, Outcome, Param,
    Profile, SourceFile, State, StepInfo, StepResult, Transition, Workflow, advance, caught, load, loops,
    take,
};
pub use crate::ops;
pub use crate::stdlib;
pub use crate::stdlib::effects;
pub use crate::value::{Slot, Value};

use crate::value::{EcoString, Map};

/// Stops the build when generated code and runtime do not belong together.
pub const fn assert_abi(abi: u32) {
    assert!(abi == ABI, "this workflow was compiled by another version of cogwork; compile it again");
}

/// A parameter's description.
#[must_use]
pub const fn param(name: &'static str, slot: usize, optional: bool) -> Param {
    Param { name, slot, optional }
}

/// A state's description.
#[must_use]
pub const fn state(name: &'static str, step: usize, handler: Option<usize>) -> State {
    State { name, step, handler }
}

/// A step's description.
#[must_use]
pub const fn step(name: &'static str, line: u32, column: u32, length: u32) -> StepInfo {
    StepInfo { name, line, column, length, callee: None }
}

/// The description of a call step.
#[must_use]
pub const fn call_step(
    name: &'static str,
    line: u32,
    column: u32,
    length: u32,
    callee: &'static str,
) -> StepInfo {
    StepInfo { name, line, column, length, callee: Some(callee) }
}

/// Goes on in another state.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline(always)]
pub fn goto<Pc>(pc: Pc) -> StepResult<Pc> {
    Ok(Transition::Goto(pc))
}

/// Lets others run; the state stays.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline]
pub fn pause<Pc>() -> StepResult<Pc> {
    Ok(Transition::Pause)
}

/// Suspends on an effect.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline]
pub fn suspend<Pc>(effect: Box<Effect>, then: Pc) -> StepResult<Pc> {
    Ok(Transition::Suspend(effect, then))
}

/// Calls another machine.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline]
pub fn call<Pc, const N: usize>(machine: usize, args: [Option<Value>; N], then: Pc) -> StepResult<Pc> {
    Ok(Transition::Call(Box::new(Call { machine, args: args.into() }), then))
}

/// A body of a parallel step.
#[must_use]
pub fn body<const N: usize, const M: usize>(
    machine: usize,
    captures: [(usize, Slot); N],
    shared: [CellId; M],
) -> Body {
    Body { machine, captures: captures.into(), shared: shared.into() }
}

/// Starts the bodies of a parallel step.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline]
pub fn fork<Pc, const N: usize>(
    bodies: Bodies,
    concurrency_limit: Option<usize>,
    lent: [(usize, CellId); N],
    then: Pc,
) -> StepResult<Pc> {
    Ok(Transition::Fork(Box::new(Fork { bodies, concurrency_limit, lent: lent.into() }), then))
}

/// Ends the routine with a value.
///
/// # Errors
///
/// None; the type is a step function's.
#[inline]
pub fn finish<Pc>(context: &mut Context, value: Value) -> StepResult<Pc> {
    context.finish(value);
    Ok(Transition::Return)
}

/// A string constant.
#[inline]
#[must_use]
pub fn text(literal: &str) -> Value {
    Value::from(literal)
}

/// A list.
#[must_use]
pub fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::list(items.into())
}

/// A map whose keys are constants.
#[must_use]
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// A key of a map. It is looked at before the value that belongs to it is evaluated.
///
/// # Errors
///
/// `TypeError` when it is no string.
pub fn key(value: Value) -> Fallible<EcoString> {
    match value {
        Value::Str(key) => Ok(key),
        other => Err(ops::map_key(&other)),
    }
}

/// A map whose keys are computed; of equal keys the last one wins.
#[must_use]
pub fn computed_map<const N: usize>(entries: [(EcoString, Value); N]) -> Value {
    let mut map = Map::default();
    for (key, value) in entries {
        map.insert(key, value);
    }
    Value::map(map)
}

/// `variable = variable + right` in place. An unset variable stays unset.
///
/// # Errors
///
/// As [`ops::add`].
#[inline]
pub fn add_to(variable: &mut Slot, right: &Value) -> Fallible<()> {
    match variable {
        Some(value) => ops::add_assign(value, right),
        None => Ok(()),
    }
}

/// `left + right` where nobody else needs the left side: text is appended in place.
///
/// # Errors
///
/// As [`ops::add`].
#[inline]
pub fn add_owned(mut left: Value, right: &Value) -> Fallible {
    ops::add_assign(&mut left, right)?;
    Ok(left)
}
