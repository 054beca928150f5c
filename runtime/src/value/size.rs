//! How large a value is (`language.md` §14.2).

use super::{List, MAX_DEPTH, Map, Value};

/// Why a value cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Oversize {
    /// It takes more memory than allowed.
    #[error("the value is too large")]
    Size,
    /// It is nested deeper than [`MAX_DEPTH`].
    #[error("the value is nested deeper than {MAX_DEPTH} levels")]
    Depth,
}

enum Level<'a> {
    List(std::slice::Iter<'a, Value>),
    Map(indexmap::map::Iter<'a, super::EcoString, Value>),
}

impl<'a> Level<'a> {
    fn list(list: &'a List) -> Self {
        Self::List(list.iter())
    }

    fn map(map: &'a Map) -> Self {
        Self::Map(map.iter())
    }
}

impl Value {
    /// Its size in bytes by the service's rule, shared parts counted each time they occur.
    ///
    /// The work is bounded by `limit`, whatever the value is.
    ///
    /// # Errors
    ///
    /// [`Oversize`] when it is larger than `limit` or nested deeper than [`MAX_DEPTH`].
    pub fn size(&self, limit: usize) -> Result<usize, Oversize> {
        let mut levels: Vec<Level<'_>> = Vec::new();
        let mut size = 0_usize;
        let mut next = Some(self);
        while let Some(value) = next {
            size = size.saturating_add(8);
            match value {
                Value::Str(text) => size = size.saturating_add(text.len()),
                Value::Bytes(bytes) => size = size.saturating_add(bytes.len()),
                Value::List(list) => levels.push(Level::list(list)),
                Value::Map(map) => levels.push(Level::map(map)),
                Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
            }
            if levels.len() > MAX_DEPTH {
                return Err(Oversize::Depth);
            }
            next = loop {
                let Some(level) = levels.last_mut() else { break None };
                let item = match level {
                    Level::List(items) => items.next(),
                    Level::Map(entries) => entries.next().map(|(key, item)| {
                        size = size.saturating_add(8 + key.len());
                        item
                    }),
                };
                if item.is_some() {
                    break item;
                }
                levels.pop();
            };
            if size > limit {
                return Err(Oversize::Size);
            }
        }
        Ok(size)
    }
}
