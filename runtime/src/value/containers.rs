//! Lists and maps, which can be dropped at any depth of nesting.
//!
//! A workflow can nest a value by one more level on every turn of a loop. Rust drops such a value by recursion, which
//! would overflow the stack; these types take it apart by a loop.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use ecow::EcoString;
use indexmap::IndexMap;

use super::Value;

type Entries = IndexMap<EcoString, Value, foldhash::fast::RandomState>;

/// The items of a list value.
#[derive(Clone, Default)]
pub struct List(Vec<Value>);

/// The entries of a map value: string keys in insertion order.
#[derive(Clone, Default)]
pub struct Map(Entries);

impl Deref for List {
    type Target = Vec<Value>;

    #[inline]
    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl DerefMut for List {
    #[inline]
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.0
    }
}

impl Deref for Map {
    type Target = Entries;

    #[inline]
    fn deref(&self) -> &Entries {
        &self.0
    }
}

impl DerefMut for Map {
    #[inline]
    fn deref_mut(&mut self) -> &mut Entries {
        &mut self.0
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        Self(items)
    }
}

impl FromIterator<(EcoString, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (EcoString, Value)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl IntoIterator for List {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(&mut self.0).into_iter()
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Map {
    type Item = (EcoString, Value);
    type IntoIter = indexmap::map::IntoIter<EcoString, Value>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(&mut self.0).into_iter()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a EcoString, &'a Value);
    type IntoIter = indexmap::map::Iter<'a, EcoString, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Drop for List {
    #[inline]
    fn drop(&mut self) {
        if self.0.iter().any(is_container) {
            take_apart(std::mem::take(&mut self.0));
        }
    }
}

impl Drop for Map {
    #[inline]
    fn drop(&mut self) {
        if self.0.values().any(is_container) {
            take_apart(std::mem::take(&mut self.0).into_values().filter(is_container).collect());
        }
    }
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Map(_))
}

/// Drops values without recursion: a container that nobody else holds gives its items to the queue first.
fn take_apart(mut queue: Vec<Value>) {
    while let Some(value) = queue.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut list) = Arc::into_inner(list) {
                    queue.extend(list.0.drain(..).filter(is_container));
                }
            }
            Value::Map(map) => {
                if let Some(mut map) = Arc::into_inner(map) {
                    queue.extend(std::mem::take(&mut map.0).into_values().filter(is_container));
                }
            }
            _ => {}
        }
    }
}
