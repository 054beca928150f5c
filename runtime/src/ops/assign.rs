//! Writing into variables (`language.md` §4.1).

use std::sync::Arc;

use super::{index_mut, list_index, map_key, no_container};
use crate::error::{Error, Result};
use crate::value::{Map, Slot, Value};

/// Assigns `value` to the element of the variable `name` that `path` leads to, in place where nobody else holds the
/// containers. Missing maps on the way are created; an empty path assigns the variable itself. On an error nothing is
/// changed.
///
/// # Errors
///
/// `KeyError` when the variable is unset or a list would have to be created, `IndexError` for an index outside a list,
/// `TypeError` for anything that has no elements or an index of the wrong type.
pub fn store(root: &mut Slot, path: &[Value], value: Value, name: &str) -> Result<()> {
    let Some((last, parents)) = path.split_last() else {
        *root = Some(value);
        return Ok(());
    };
    let mut place = root.as_mut().ok_or_else(|| Error::key_not_found(name))?;
    for (depth, key) in parents.iter().enumerate() {
        place = match place {
            Value::List(items) => index_mut(items, key)?,
            Value::Map(map) => {
                let Value::Str(key) = key else { return Err(map_key(key)) };
                let map = if map.contains_key(key) {
                    Arc::make_mut(map)
                } else {
                    let rest = path.get(depth + 1..).unwrap_or_default();
                    let created = nested(rest, value, key)?;
                    Arc::make_mut(map).insert(key.clone(), created);
                    return Ok(());
                };
                map.get_mut(key).ok_or_else(|| Error::key_not_found(key))?
            }
            other => return Err(no_container(other)),
        };
    }
    match (place, last) {
        (Value::Map(map), Value::Str(key)) => {
            let map = Arc::make_mut(map);
            match map.get_mut(key) {
                Some(place) => *place = value,
                None => drop(map.insert(key.clone(), value)),
            }
            Ok(())
        }
        (Value::Map(_), other) => Err(map_key(other)),
        (Value::List(items), Value::Int(_)) => {
            *index_mut(items, last)? = value;
            Ok(())
        }
        (Value::List(_), other) => Err(list_index(other.type_name())),
        (other, _) => Err(no_container(other)),
    }
}

/// The maps that are missing below `key`, with the value innermost.
fn nested(path: &[Value], value: Value, key: &str) -> Result {
    let mut created = value;
    for step in path.iter().rev() {
        // Only maps are created, and those have no integer keys.
        let Value::Str(step) = step else { return Err(Error::key_not_found(key)) };
        created = Value::map(Map::from_iter([(step.clone(), created)]));
    }
    Ok(created)
}

/// `list = list.concat(list, item)`, in place where nobody else holds the list. On an error the list stays as it is.
///
/// # Errors
///
/// `TypeError` unless it is a list.
pub fn append(list: &mut Value, item: Value) -> Result<()> {
    match list {
        Value::List(items) => {
            Arc::make_mut(items).push(item);
            Ok(())
        }
        other => Err(Error::type_error(format!("objs must be a list; got: {}", other.type_name()))),
    }
}
