//! `list.*` (<https://docs.cloud.google.com/workflows/docs/reference/stdlib/list/concat>).

use std::sync::Arc;

use super::arguments::list;
use crate::error::Result;
use crate::ops;
use crate::value::Value;

/// `list.concat`: the list with one more element at its end.
///
/// # Errors
///
/// `TypeError` unless `objs` is a list.
pub fn concat(mut objs: Value, val: Value) -> Result {
    ops::append(&mut objs, val)?;
    Ok(objs)
}

/// `list.prepend`: the list with one more element at its start.
///
/// # Errors
///
/// `TypeError` unless `objs` is a list.
pub fn prepend(objs: Value, val: Value) -> Result {
    let mut items = list("objs", objs)?;
    Arc::make_mut(&mut items).insert(0, val);
    Ok(Value::List(items))
}
