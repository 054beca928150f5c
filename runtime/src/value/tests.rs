//! Tests of values: equality, JSON, serde, and nesting that no stack could follow.

use proptest::prelude::*;

use super::json::format_double;
use super::size::Oversize;
use super::{EcoString, MAX_DEPTH, Value};
use crate::error::{Error, Tag};
use crate::ops;

fn json(text: &str) -> Value {
    Value::from_json_text(text).unwrap()
}

fn is(result: Result<impl std::fmt::Debug, Error>, tag: Tag) -> bool {
    result.unwrap_err().has_tag(tag)
}

/// `[[[…]]]`, made as a loop of a workflow would make it.
fn nested(levels: usize) -> Value {
    (0..levels).fold(Value::Null, |value, _| Value::list(vec![value]))
}

#[test]
fn a_value_and_a_result_take_three_words() {
    assert_eq!(size_of::<Value>(), 24);
    assert_eq!(size_of::<crate::error::Result>(), 24);
}

#[test]
fn integers_and_doubles_are_equal_exactly_when_their_numbers_are() {
    let big = 9_007_199_254_740_993_i64; // 2^53 + 1, which no double is.
    assert_ne!(Value::Int(big), Value::Float(9_007_199_254_740_992.0));
    assert_eq!(Value::Int(big - 1), Value::Float(9_007_199_254_740_992.0));
    assert_ne!(Value::Int(i64::MAX), Value::Float(9_223_372_036_854_775_808.0));
    assert_eq!(Value::Int(i64::MIN), Value::Float(-9_223_372_036_854_775_808.0));
    assert_eq!(Value::Int(0), Value::Float(-0.0));
    assert_ne!(Value::Int(1), Value::Float(1.5));
    assert_ne!(Value::Float(f64::NAN), Value::Float(f64::NAN));
}

#[test]
fn equality_is_deep_and_does_not_mind_the_order_of_keys() {
    assert_eq!(json(r#"{"a":[1,{"b":2}],"c":null}"#), json(r#"{"c":null,"a":[1.0,{"b":2}]}"#));
    for (left, right) in
        [("[1]", "[1,2]"), (r#"{"a":1}"#, r#"{"b":1}"#), ("[[1]]", "[[2]]"), (r#""1""#, "1"), ("true", "1")]
    {
        assert_ne!(json(left), json(right), "{left} {right}");
    }
}

#[test]
fn a_million_levels_do_no_harm() {
    let deep = nested(1_000_000);
    assert_eq!(deep, nested(1_000_000));
    assert_ne!(deep, nested(999_999));
    assert!(is(deep.to_json_text(), Tag::ValueError));
    assert!(rmp_serde::to_vec(&deep).is_err());
    assert_eq!(deep.size(usize::MAX), Err(Oversize::Depth));
    assert!(format!("{deep:?}").len() < 10 * MAX_DEPTH);
    let mut copy = Some(deep.clone());
    ops::store(&mut copy, &[Value::Int(0)], Value::Int(1), "copy").unwrap();
    assert_eq!(copy, Some(json("[1]")));
    drop(deep);
    let maps = (0..1_000_000).fold(Value::Null, |value, _| Value::from([("k", value)]));
    drop(maps);
}

#[test]
fn values_that_share_their_parts_take_no_exponential_time() {
    let doubled = || (0..64).fold(Value::Int(1), |value, _| Value::list(vec![value.clone(), value]));
    let (one, other) = (doubled(), doubled());
    assert_eq!(one, other);
    assert_eq!(one.size(1 << 20), Err(Oversize::Size));
    assert!(one.to_json_text().unwrap_err().is_fatal());
}

#[test]
fn sizes_follow_the_service() {
    assert_eq!(Value::from("a string of 28 characters...").size(1000), Ok(36));
    assert_eq!(json(r#"{"ab":[1,"x"],"c":null}"#).size(1000), Ok(8 + (8 + 2) + (8 + 8 + 9) + (8 + 1) + 8));
    assert_eq!(json("[1,2,3]").size(31), Err(Oversize::Size));
}

#[test]
fn json_text() {
    for (value, text) in [
        (Value::Float(2.0), "2"),
        (Value::Float(1.5), "1.5"),
        (Value::Int(i64::MIN), "-9223372036854775808"),
        (json(r#"{"b":1,"a":[]}"#), r#"{"a":[],"b":1}"#),
        (
            Value::from("a\"\\\u{8}\u{c}\n\r\t\u{1}</&\u{2028}é"),
            "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001</&\u{2028}é\"",
        ),
    ] {
        assert_eq!(value.to_json_text().unwrap(), text);
    }
    for value in [Value::Float(f64::NAN), Value::Float(f64::INFINITY), Value::Bytes([1].as_slice().into())] {
        assert!(is(value.to_json_text(), Tag::ValueError), "{value:?}");
    }
    assert!(nested(MAX_DEPTH).to_json_text().is_ok());
    assert!(nested(MAX_DEPTH + 1).to_json_text().is_err());
}

#[test]
fn json_numbers() {
    for (text, type_name) in [
        ("1", "integer"),
        ("-9223372036854775808", "integer"),
        ("9223372036854775808", "double"),
        ("123456789012345678901234567890", "double"),
        ("1.0", "double"),
        ("1e2", "double"),
    ] {
        assert_eq!(json(text).type_name(), type_name, "{text}");
    }
    assert_eq!(json(r#"{"a":1,"a":2}"#), json(r#"{"a":2}"#));
    for text in ["", "{", "[1,]", "01", "NaN", "1 2", "'a'"] {
        assert!(Value::from_json_text(text).is_err(), "{text}");
    }
    assert!(Value::from_json_text(&"[".repeat(100_000)).is_err());
}

#[test]
fn doubles_as_text() {
    for (x, text) in [
        (0.0, "0"),
        (-0.0, "-0"),
        (2.0, "2"),
        (1_635_892_223.445_995_8, "1635892223.4459958"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (-1.5e300, "-1.5e+300"),
        (0.000_001, "0.000001"),
        (0.000_000_95, "9.5e-7"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Inf"),
    ] {
        assert_eq!(format_double(x), text);
    }
}

#[test]
fn checkpoints_bound_the_depth_they_read() {
    let within = rmp_serde::to_vec(&nested(MAX_DEPTH)).unwrap();
    assert_eq!(rmp_serde::from_slice::<Value>(&within).unwrap(), nested(MAX_DEPTH));
    // Arrays of one element, over and over.
    assert!(rmp_serde::from_slice::<Value>(&vec![0x91; 100_000]).is_err());
    // A failure inside must not leave the level counted.
    assert_eq!(rmp_serde::from_slice::<Value>(&within).unwrap(), nested(MAX_DEPTH));
    // An array that claims four billion elements.
    assert!(rmp_serde::from_slice::<Value>(&[0xdd, 0xff, 0xff, 0xff, 0xff]).is_err());
}

/// Any value of a few levels.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        any::<String>().prop_map(Value::from),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::list),
            prop::collection::vec((any::<String>(), inner), 0..8).prop_map(|entries| Value::map(
                entries.into_iter().map(|(k, v)| (EcoString::from(k), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn message_pack_keeps_every_value(value in any_value()) {
        let bytes = rmp_serde::to_vec_named(&value).unwrap();
        let back: Value = rmp_serde::from_slice(&bytes).unwrap();
        // The text tells types and NaN apart, and keeps the order of keys.
        prop_assert_eq!(format!("{back:?}"), format!("{value:?}"));
    }

    #[test]
    fn json_text_agrees_with_serde_json(value in any_value()) {
        if let Ok(text) = value.to_json_text() {
            let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Value::from_json(reference.clone()), Value::from_json_text(&text).unwrap());
            prop_assert_eq!(Value::from_json_text(&text).unwrap().to_json_text().unwrap(), text.clone());
            prop_assert_eq!(value.to_json().unwrap(), reference);
            let indented = value.to_indented_json_text(&super::json::Indent::default()).unwrap();
            prop_assert_eq!(Value::from_json_text(&indented).unwrap().to_json_text().unwrap(), text);
        }
    }

    #[test]
    fn doubles_read_back_the_same(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        if x.is_finite() {
            prop_assert_eq!(format_double(x).parse::<f64>().unwrap().to_bits(), bits);
        }
    }

    #[test]
    fn numbers_compare_as_their_exact_values(n in any::<i64>(), shift in -2_i64..3) {
        // 128 bits hold every integer, and every double of that size, exactly.
        let x = n.saturating_add(shift) as f64;
        let order = super::compare::numbers(&Value::Int(n), &Value::Float(x));
        prop_assert_eq!(order, Some(i128::from(n).cmp(&(x as i128))));
    }
}
