//! The library functions that random programs call (`stdlib.md` §§2, 5, 6).

use super::value::{Result, Value, type_error, value_error};

/// Calls a function with all its arguments.
pub(super) fn call(name: &str, args: Vec<Value>) -> Result {
    let mut args = args.into_iter();
    let mut next = || args.next().unwrap_or(Value::Null);
    let (a, b, c) = (next(), next(), next());
    match name {
        "default" => Ok(if matches!(a, Value::Null) { b } else { a }),
        "if" => match a {
            Value::Bool(true) => Ok(b),
            Value::Bool(false) | Value::Null => Ok(c),
            _ => type_error(),
        },
        "get_type" => Ok(Value::text(type_name(&a))),
        "len" => length(&a),
        "keys" => match a {
            Value::Map(entries) => Ok(Value::List(entries.into_keys().map(Value::Str).collect())),
            _ => type_error(),
        },
        "string" => a.scalar_text().map_or_else(type_error, |text| Ok(Value::Str(text))),
        "int" => integer(a),
        "double" => double(a),
        "list.concat" | "list.prepend" => match a {
            Value::List(mut items) => {
                items.insert(if name == "list.concat" { items.len() } else { 0 }, b);
                Ok(Value::List(items))
            }
            _ => type_error(),
        },
        name if name.starts_with("map.") => maps(name, a, b),
        name if name.starts_with("math.") => math(name, a, b),
        name if name.starts_with("text.") => text(name, a, b, c),
        other => unreachable!("the generator does not know `{other}`"),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Double(_) => "double",
        Value::Str(_) => "string",
        Value::List(_) => "list",
        Value::Map(_) => "map",
    }
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn length(value: &Value) -> Result {
    match value {
        Value::Str(text) => Ok(count(text.chars().count())),
        Value::List(items) => Ok(count(items.len())),
        Value::Map(entries) => Ok(count(entries.len())),
        _ => type_error(),
    }
}

fn integer(value: Value) -> Result {
    match value {
        Value::Int(_) => Ok(value),
        Value::Double(x) if (-(2f64.powi(63))..2f64.powi(63)).contains(&x) =>
        {
            #[allow(clippy::cast_possible_truncation, reason = "it truncates towards zero")]
            Ok(Value::Int(x as i64))
        }
        Value::Double(_) => value_error(),
        Value::Str(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return value_error();
            }
            text.parse().map_or_else(|_| value_error(), |n| Ok(Value::Int(n)))
        }
        _ => type_error(),
    }
}

fn double(value: Value) -> Result {
    match &value {
        Value::Double(_) => Ok(value),
        Value::Int(_) => value.number().map_or_else(type_error, |x| Ok(Value::Double(x))),
        Value::Str(text) => {
            let decimal = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            match text.parse() {
                Ok(x) if decimal => Ok(Value::Double(x)),
                _ => value_error(),
            }
        }
        _ => type_error(),
    }
}

fn maps(name: &str, a: Value, b: Value) -> Result {
    match (name, a, b) {
        ("map.get", map, Value::Str(key)) => Ok(map.get(&Value::Str(key)).cloned().unwrap_or(Value::Null)),
        ("map.get", map, Value::List(keys)) => {
            if keys.iter().any(|key| !matches!(key, Value::Str(_))) {
                return type_error();
            }
            Ok(keys.iter().try_fold(&map, |inner, key| inner.get(key)).cloned().unwrap_or(Value::Null))
        }
        ("map.delete", Value::Map(mut entries), Value::Str(key)) => {
            entries.remove(&key);
            Ok(Value::Map(entries))
        }
        ("map.merge", Value::Map(mut first), Value::Map(second)) => {
            first.extend(second);
            Ok(Value::Map(first))
        }
        ("map.merge_nested", a @ Value::Map(_), b @ Value::Map(_)) => Ok(merge(a, b)),
        _ => type_error(),
    }
}

fn merge(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Map(mut first), Value::Map(second)) => {
            for (key, value) in second {
                let merged = match first.remove(&key) {
                    Some(old) => merge(old, value),
                    None => value,
                };
                first.insert(key, merged);
            }
            Value::Map(first)
        }
        (_, second) => second,
    }
}

fn math(name: &str, a: Value, b: Value) -> Result {
    match (name, a, b) {
        ("math.abs", Value::Int(n), _) => n.checked_abs().map_or_else(value_error, |n| Ok(Value::Int(n))),
        ("math.abs", Value::Double(x), _) => Ok(Value::Double(x.abs())),
        ("math.max", Value::Int(a), Value::Int(b)) => Ok(Value::Int(a.max(b))),
        ("math.min", Value::Int(a), Value::Int(b)) => Ok(Value::Int(a.min(b))),
        ("math.max" | "math.min", a, b) => match a.number().zip(b.number()) {
            // The negative zero is the smaller one.
            Some((a, b)) => {
                Ok(Value::Double(if a.total_cmp(&b).is_gt() == (name == "math.max") { a } else { b }))
            }
            None => type_error(),
        },
        _ => type_error(),
    }
}

fn text(name: &str, a: Value, b: Value, c: Value) -> Result {
    match (name, a, b, c) {
        ("text.to_upper", Value::Str(text), ..) => Ok(Value::Str(text.to_uppercase())),
        ("text.to_lower", Value::Str(text), ..) => Ok(Value::Str(text.to_lowercase())),
        ("text.split", Value::Str(text), Value::Str(separator), _) => {
            if separator.is_empty() {
                return value_error();
            }
            Ok(Value::List(text.split(separator.as_str()).map(Value::text).collect()))
        }
        ("text.replace_all", Value::Str(text), Value::Str(old), Value::Str(new)) => {
            Ok(Value::Str(text.replace(old.as_str(), &new)))
        }
        ("text.find_all", Value::Str(text), Value::Str(part), _) => {
            let starts = text.match_indices(part.as_str()).map(|(at, _)| count(text[..at].chars().count()));
            Ok(Value::List(starts.collect()))
        }
        ("text.substring", Value::Str(text), Value::Int(start), Value::Int(end)) => {
            let chars: Vec<char> = text.chars().collect();
            let length = i64::try_from(chars.len()).unwrap_or(i64::MAX);
            let place = |n: i64| if n < 0 { n.saturating_add(length) } else { n }.clamp(0, length);
            let (start, end) = (place(start), place(end));
            let inside =
                |at: &(usize, &char)| (start..end).contains(&i64::try_from(at.0).unwrap_or(i64::MAX));
            Ok(Value::Str(chars.iter().enumerate().filter(inside).map(|(_, c)| c).collect()))
        }
        _ => type_error(),
    }
}
