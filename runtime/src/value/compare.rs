//! Equality and order of values (`language.md` §9.5), exact between integers and doubles.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::{List, Map, Value};

/// Pairs of containers that are compared before pairs seen already are looked up.
///
/// Below it the set would cost more than it saves; above it the set keeps values that share their parts many times over
/// from taking exponential time.
const PAIRS_WITHOUT_MEMORY: usize = 1024;

/// The equality of the language: integers and doubles by their number, maps without regard to order, everything else
/// only with its own type.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut pending = Pending::default();
        if !shallow(self, other, &mut pending) {
            return false;
        }
        while let Some(pair) = pending.stack.pop() {
            let same = match pair {
                Pair::Lists(a, b) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| shallow(x, y, &mut pending))
                }
                Pair::Maps(a, b) => {
                    a.len() == b.len()
                        && a.iter().all(|(key, x)| b.get(key).is_some_and(|y| shallow(x, y, &mut pending)))
                }
            };
            if !same {
                return false;
            }
        }
        true
    }
}

enum Pair<'a> {
    Lists(&'a List, &'a List),
    Maps(&'a Map, &'a Map),
}

#[derive(Default)]
struct Pending<'a> {
    stack: Vec<Pair<'a>>,
    pushed: usize,
    seen: HashSet<(usize, usize)>,
}

impl<'a> Pending<'a> {
    fn push(&mut self, key: (usize, usize), pair: Pair<'a>) {
        self.pushed += 1;
        if self.pushed <= PAIRS_WITHOUT_MEMORY || self.seen.insert(key) {
            self.stack.push(pair);
        }
    }
}

/// Compares without looking into containers; those are put off.
fn shallow<'a>(left: &'a Value, right: &'a Value, pending: &mut Pending<'a>) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if !Arc::ptr_eq(a, b) {
                pending.push((Arc::as_ptr(a).addr(), Arc::as_ptr(b).addr()), Pair::Lists(a, b));
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            if !Arc::ptr_eq(a, b) {
                pending.push((Arc::as_ptr(a).addr(), Arc::as_ptr(b).addr()), Pair::Maps(a, b));
            }
            true
        }
        _ => numbers(left, right) == Some(Ordering::Equal),
    }
}

/// The order of two numbers; none for a NaN or for anything that is no number.
#[must_use]
pub fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => integer_with_double(*a, *b),
        (Value::Float(a), Value::Int(b)) => integer_with_double(*b, *a).map(Ordering::reverse),
        _ => None,
    }
}

/// Converting the integer would round it, so the double's whole part is compared as an integer.
fn integer_with_double(integer: i64, double: f64) -> Option<Ordering> {
    // 2^63, the first double above every integer; -2^63 is the smallest integer.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        None
    } else if double >= BEYOND {
        Some(Ordering::Less)
    } else if double < -BEYOND {
        Some(Ordering::Greater)
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "the whole part is in range")]
        let whole = double.trunc() as i64;
        Some(integer.cmp(&whole).then_with(|| 0.0.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal)))
    }
}
