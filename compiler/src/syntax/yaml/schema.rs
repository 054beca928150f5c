//! What a plain scalar means: the YAML 1.2 core schema, with numbers confined to what values can hold.

/// The meaning of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str,
}

/// A number that no value can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadNumber {
    /// Beyond 64 bits.
    Int,
    /// Beyond a double.
    Float,
    /// Infinity or not-a-number.
    NotFinite,
}

type Resolved = Result<Scalar, BadNumber>;

/// The meaning of a plain scalar without tag.
pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Scalar::Null),
        "true" | "True" | "TRUE" => return Ok(Scalar::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Scalar::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(BadNumber::NotFinite);
    }
    if let Some((digits, radix)) = radix(text) {
        return i64::from_str_radix(digits, radix).map(Scalar::Int).map_err(|_| BadNumber::Int);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().map(Scalar::Int).map_err(|_| BadNumber::Int);
    }
    if is_float(unsigned) {
        return match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Scalar::Float(value)),
            _ => Err(BadNumber::Float),
        };
    }
    Ok(Scalar::Str)
}

/// The meaning of a scalar with the core tag `!!kind`; `None` when the text does not fit the tag.
pub(super) fn resolve_as(text: &str, kind: &str) -> Option<Resolved> {
    let resolved = match resolve(text) {
        Ok(resolved) => resolved,
        Err(bad) if matches!(kind, "int" | "float") => return Some(Err(bad)),
        Err(_) => Scalar::Str,
    };
    match (kind, resolved) {
        ("str", _) => Some(Ok(Scalar::Str)),
        ("null", Scalar::Null)
        | ("bool", Scalar::Bool(_))
        | ("int", Scalar::Int(_))
        | ("float", Scalar::Float(_)) => Some(Ok(resolved)),
        // A decimal integer has the form of a float too.
        ("float", Scalar::Int(_)) => text.parse().ok().map(|value| Ok(Scalar::Float(value))),
        _ => None,
    }
}

/// `0o17` and `0x1F`, which have no sign.
fn radix(text: &str) -> Option<(&str, u32)> {
    let (digits, radix) = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(digits), _) => (digits, 8),
        (_, Some(digits)) => (digits, 16),
        _ => return None,
    };
    (!digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))).then_some((digits, radix))
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    if exponent.is_some_and(|e| e.is_empty() || !digits(e)) {
        return false;
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0,
        None => !mantissa.is_empty() && digits(mantissa),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_schema() {
        for (text, expected) in [
            ("~", Scalar::Null),
            ("", Scalar::Null),
            ("NULL", Scalar::Null),
            ("True", Scalar::Bool(true)),
            ("010", Scalar::Int(10)),
            ("+7", Scalar::Int(7)),
            ("0o17", Scalar::Int(15)),
            ("0x1F", Scalar::Int(31)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("4.1", Scalar::Float(4.1)),
            ("1e3", Scalar::Float(1000.0)),
            (".5", Scalar::Float(0.5)),
            ("-1.", Scalar::Float(-1.0)),
            ("+1.5E-2", Scalar::Float(0.015)),
        ] {
            assert_eq!(resolve(text), Ok(expected), "{text}");
        }
        for text in [
            "yes",
            "No",
            "on",
            "y",
            "nUll",
            "tRUE",
            "1_000",
            "0b11",
            "-0x1F",
            "0o8",
            "0x",
            "2024-01-01",
            "1:30",
            ".",
            "-",
            "+",
            "e5",
            ".e5",
            "1e",
            "1e+",
            "1.2.3",
            "inf",
            "nan",
            "-.nan",
            "१२",
        ] {
            assert_eq!(resolve(text), Ok(Scalar::Str), "{text}");
        }
        for (text, bad) in [
            ("9223372036854775808", BadNumber::Int),
            ("0xFFFFFFFFFFFFFFFF", BadNumber::Int),
            ("1e999", BadNumber::Float),
            ("-.inf", BadNumber::NotFinite),
            (".NaN", BadNumber::NotFinite),
        ] {
            assert_eq!(resolve(text), Err(bad), "{text}");
        }
    }

    #[test]
    fn tags_choose_the_kind() {
        assert_eq!(resolve_as("12", "str"), Some(Ok(Scalar::Str)));
        assert_eq!(resolve_as("12", "int"), Some(Ok(Scalar::Int(12))));
        assert_eq!(resolve_as("12", "float"), Some(Ok(Scalar::Float(12.0))));
        assert_eq!(resolve_as("x", "int"), None);
        assert_eq!(resolve_as("0x1F", "float"), None);
        assert_eq!(resolve_as("1", "bool"), None);
        assert_eq!(resolve_as("1e999", "float"), Some(Err(BadNumber::Float)));
        assert_eq!(resolve_as("1e999", "str"), Some(Ok(Scalar::Str)));
    }
}
