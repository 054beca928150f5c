//! Access to the insides of maps and lists, and writes to them (`language.md` §4.1, §9.6).

use std::sync::Arc;

use super::assigned;
use crate::error::{Error, Result, Tag};
use crate::value::{Map, Slot, Value};

/// `base.name` as a value of its own.
///
/// # Errors
///
/// As [`member_ref`].
pub fn member(base: &Value, name: &str) -> Result {
    member_ref(base, name).cloned()
}

/// `base[index]` as a value of its own.
///
/// # Errors
///
/// As [`index_ref`].
pub fn index(base: &Value, index: &Value) -> Result {
    index_ref(base, index).cloned()
}

/// `base.name`
///
/// # Errors
///
/// `KeyError` when the map lacks the key, `TypeError` unless it is a map.
pub fn member_ref<'a>(base: &'a Value, name: &str) -> Result<&'a Value> {
    match base {
        Value::Map(map) => map.get(name).ok_or_else(|| Error::key_not_found(name)),
        other => Err(no_members(other)),
    }
}

/// `base[index]`
///
/// # Errors
///
/// `KeyError`, `IndexError`, or `TypeError` for an index or base of the wrong type.
pub fn index_ref<'a>(base: &'a Value, index: &Value) -> Result<&'a Value> {
    match base {
        Value::List(items) => {
            let at = position(items.len(), index)?;
            items.get(at).ok_or_else(|| out_of_range(index))
        }
        Value::Map(_) => member_ref(base, key(index)?),
        other => Err(no_members(other)),
    }
}

/// Assigns `value` at `path` below the variable. Missing map levels are created; lists never grow.
///
/// # Errors
///
/// `KeyError` when the variable is unassigned, `IndexError`, `TypeError`. Nothing is changed then.
pub fn store(root: &mut Slot, path: &[Value], value: Value, name: &str) -> Result<()> {
    check(root.as_ref().ok_or_else(|| Error::key_not_found(name))?, path)?;
    let mut place = assigned(root, name)?;
    for step in path {
        place = match place {
            Value::Map(map) => {
                Arc::make_mut(map).entry(key(step)?.into()).or_insert_with(|| Value::map(Map::default()))
            }
            Value::List(items) => {
                let at = position(items.len(), step)?;
                Arc::make_mut(items).get_mut(at).ok_or_else(|| out_of_range(step))?
            }
            other => return Err(no_members(other)),
        };
    }
    *place = value;
    Ok(())
}

/// Whether `path` can be written, before anything is.
fn check(root: &Value, path: &[Value]) -> Result<()> {
    let mut place = Some(root);
    for step in path {
        place = match place {
            // Below a level that is to be created there are only maps.
            None => {
                key(step)?;
                None
            }
            Some(Value::Map(map)) => map.get(key(step)?),
            Some(list @ Value::List(_)) => Some(index_ref(list, step)?),
            Some(other) => return Err(no_members(other)),
        };
    }
    Ok(())
}

fn key(index: &Value) -> Result<&str> {
    index
        .as_str()
        .ok_or_else(|| Error::type_error(format!("map key must be a string; got: {}", index.type_name())))
}

fn position(length: usize, index: &Value) -> Result<usize> {
    match index {
        Value::Int(n) => {
            usize::try_from(*n).ok().filter(|at| *at < length).ok_or_else(|| out_of_range(index))
        }
        other => Err(Error::type_error(format!("list index must be an integer; got: {}", other.type_name()))),
    }
}

#[cold]
fn out_of_range(index: &Value) -> Error {
    let shown = if let Value::Int(n) = index { n.to_string() } else { index.type_name().to_owned() };
    Error::new(Tag::IndexError, format!("IndexError: index out of range: {shown}"))
}

#[cold]
fn no_members(value: &Value) -> Error {
    Error::type_error(format!("a value of type {} has no members", value.type_name()))
}
