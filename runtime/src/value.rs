//! The values that workflows compute with.
//!
//! Copying a [`Value`] is a pointer copy; writing to a shared one copies first. So every variable behaves as if it
//! held its own deep copy, as the language demands, and a write to an unshared value is in place.

use std::fmt;
use std::sync::Arc;

pub use ecow::EcoString;

pub mod compare;
mod containers;
pub mod json;
pub mod serial;
pub mod size;

pub use containers::{List, Map};
pub use size::Oversize;

/// Levels of lists and maps within one another that a value may have wherever it leaves memory: as JSON, in a
/// checkpoint. Deeper values can exist for a while, and nothing overflows the stack on them.
pub const MAX_DEPTH: usize = 256;

/// The longest text or bytes, in bytes, that an operation may build.
pub const MAX_TEXT: usize = 64 << 20;

/// A variable of a frame; `None` until it is first assigned.
pub type Slot = Option<Value>;

/// A value of the workflow language (<https://docs.cloud.google.com/workflows/docs/reference/syntax/datatypes>).
#[derive(Clone, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed 64-bit integer.
    Int(i64),
    /// An IEEE 754 double.
    Float(f64),
    /// UTF-8 text.
    Str(EcoString),
    /// Bytes; has no literal and no JSON form.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<List>),
    /// A map.
    Map(Arc<Map>),
}

impl Value {
    /// A list value.
    #[must_use]
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Arc::new(items.into()))
    }

    /// A map value.
    #[must_use]
    pub fn map(entries: Map) -> Self {
        Self::Map(Arc::new(entries))
    }

    /// The type's name as `get_type` gives it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "double",
            Self::Str(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// The type's name as the service's own messages give it, which are Python's words in part.
    #[must_use]
    pub(crate) fn service_name(&self) -> &'static str {
        match self {
            Self::List(_) => "array",
            Self::Map(_) => "dict",
            other => other.type_name(),
        }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The entries, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The number as a double, if this is an integer or a double.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "mixed arithmetic is in doubles")]
            Self::Int(n) => Some(*n as f64),
            Self::Float(x) => Some(*x),
            _ => None,
        }
    }

    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(self, MAX_DEPTH, f)
    }
}

/// Writes a value down to `depth` levels.
fn debug(value: &Value, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(flag) => write!(f, "{flag}"),
        Value::Int(n) => write!(f, "{n}"),
        Value::Float(x) => write!(f, "{x:?}"),
        Value::Str(text) => write!(f, "{:?}", text.as_str()),
        Value::Bytes(bytes) => write!(f, "bytes{bytes:02x?}"),
        Value::List(_) | Value::Map(_) if depth == 0 => f.write_str("..."),
        Value::List(items) => {
            f.write_str("[")?;
            for (i, item) in items.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { ", " })?;
                debug(item, depth - 1, f)?;
            }
            f.write_str("]")
        }
        Value::Map(map) => {
            f.write_str("{")?;
            for (i, (key, item)) in map.iter().enumerate() {
                write!(f, "{}{:?}: ", if i == 0 { "" } else { ", " }, key.as_str())?;
                debug(item, depth - 1, f)?;
            }
            f.write_str("}")
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Str(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value.into())
    }
}

impl From<EcoString> for Value {
    fn from(value: EcoString) -> Self {
        Self::Str(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(value: Vec<Value>) -> Self {
        Self::list(value)
    }
}

impl<K: Into<EcoString>, const N: usize> From<[(K, Value); N]> for Value {
    fn from(entries: [(K, Value); N]) -> Self {
        Self::map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

#[cfg(test)]
pub(crate) mod tests;
