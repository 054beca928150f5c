//! `map.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/map/get>).

use std::sync::Arc;

use super::arguments::{map as entries, mismatch, text};
use crate::error::Result;
use crate::value::{Map, Value};

/// `map.get`: the value under a key or under a list of keys, one level each; null where there is none.
///
/// # Errors
///
/// `TypeError` unless `keys` is a string or a list of strings.
pub fn get(map: Value, keys: Value) -> Result {
    match &keys {
        Value::Str(key) => Ok(map.get(key).cloned().unwrap_or_default()),
        Value::List(path) => {
            if let Some(other) = path.iter().find(|key| !matches!(key, Value::Str(_))) {
                return Err(mismatch("an element of keys", "a string", other));
            }
            let found = path.iter().filter_map(Value::as_str).try_fold(&map, |level, key| level.get(key));
            Ok(found.cloned().unwrap_or_default())
        }
        other => Err(mismatch("keys", "a string or a list of strings", other)),
    }
}

/// `map.delete`: the map without a key.
///
/// # Errors
///
/// `TypeError` unless the arguments are a map and a string.
pub fn delete(map: Value, key: Value) -> Result {
    let mut map = entries("map", map)?;
    let key = text("key", key)?;
    if map.contains_key(&key) {
        Arc::make_mut(&mut map).shift_remove(&key);
    }
    Ok(Value::Map(map))
}

/// `map.merge`: the entries of both maps; those of the second win.
///
/// # Errors
///
/// `TypeError` unless both are maps.
pub fn merge(first: Value, second: Value) -> Result {
    let mut first = entries("first", first)?;
    let second = entries("second", second)?;
    Arc::make_mut(&mut first).extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(Value::Map(first))
}

/// `map.merge_nested`: as [`merge`], but where both values are maps they are merged in turn.
///
/// # Errors
///
/// `TypeError` unless both are maps.
pub fn merge_nested(first: Value, second: Value) -> Result {
    let mut merged = entries("first", first)?;
    let second = entries("second", second)?;
    merge_into(Arc::make_mut(&mut merged), &second, 0)?;
    Ok(Value::Map(merged))
}

fn merge_into(target: &mut Map, source: &Map, depth: usize) -> Result<()> {
    if depth >= crate::value::MAX_DEPTH {
        return Err(crate::error::Error::value_error("the maps are nested too deeply"));
    }
    for (key, value) in source {
        if let Value::Map(source) = value
            && let Some(Value::Map(target)) = target.get_mut(key)
        {
            merge_into(Arc::make_mut(target), source, depth + 1)?;
        } else {
            target.insert(key.clone(), value.clone());
        }
    }
    Ok(())
}
