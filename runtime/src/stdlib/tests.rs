//! The facts of `stdlib.md` §15 about functions that only compute, by their numbers, and properties.

use super::*;
use crate::error::{Error, Result, Tag};
use crate::value::Value;

mod properties;

/// A JSON text as a value.
fn v(json: &str) -> Value {
    Value::from_json_text(json).unwrap()
}

/// A text.
fn s(text: &str) -> Value {
    Value::from(text)
}

/// The UTF-8 bytes of a text.
fn b(text: &str) -> Value {
    Value::Bytes(text.as_bytes().into())
}

const NULL: Value = Value::Null;

#[derive(Debug)]
struct Fixed;

impl Surroundings for Fixed {
    fn now_micros(&self) -> i64 {
        1_635_892_223_445_996
    }

    fn random_bytes(&self, buffer: &mut [u8]) {
        buffer.fill(0xAB);
    }

    fn env(&self, name: &str) -> Option<EcoString> {
        (name == "SET").then(|| "value".into())
    }
}

/// Same type and same value, bytes included.
#[track_caller]
fn all(table: Vec<(u32, Result, Value)>) {
    for (fact, result, expected) in table {
        let value = result.unwrap_or_else(|error| panic!("fact {fact}: {error:?}"));
        assert_eq!((value.type_name(), &value), (expected.type_name(), &expected), "fact {fact}");
    }
}

#[track_caller]
fn none(table: Vec<(u32, Result, Tag)>) {
    for (fact, result, tag) in table {
        let error: Error = result.expect_err(&format!("fact {fact}"));
        assert!(error.has_tag(tag), "fact {fact}: {error:?}");
    }
}

#[test]
fn base64_and_hash() {
    all(vec![
        (1, base64::encode(b("Hello World"), NULL), s("SGVsbG8gV29ybGQ=")),
        (2, base64::decode(s("SGVsbG8gV29ybGQ="), NULL), b("Hello World")),
        (3, base64::decode(s("SGVs\nbG8="), NULL), b("Hello")),
        (5, base64::decode(s("SGVsbG8"), Value::Bool(false)), b("Hello")),
        (5, base64::encode(b("Hello"), Value::Bool(false)), s("SGVsbG8")),
        (
            7,
            hash::compute_checksum(b("Hello World"), s("SHA256")).and_then(|h| base64::encode(h, NULL)),
            s("pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4="),
        ),
        (
            8,
            hash::compute_hmac(b("key"), b("Hello World"), s("SHA256")).and_then(|h| base64::encode(h, NULL)),
            s("QidPcoCDkuWLV9co1+PA5RY+rwfRZdwDEF9iq74afRE="),
        ),
    ]);
    none(vec![
        (4, base64::decode(s("SGVsbG8"), NULL), Tag::ValueError),
        (5, base64::decode(s("SGVsbG8="), Value::Bool(false)), Tag::ValueError),
        (6, base64::decode(s("a*b="), NULL), Tag::ValueError),
        (6, base64::decode(s("_-8="), NULL), Tag::ValueError),
        (9, hash::compute_checksum(s("x"), s("SHA256")), Tag::TypeError),
        (10, hash::compute_checksum(b("x"), s("CRC32")), Tag::ValueError),
        (10, hash::compute_hmac(b(""), b(""), s("sha256")), Tag::ValueError),
    ]);
    for (algorithm, length) in
        [("MD5", 16), ("SHA1", 20), ("SHA224", 28), ("SHA256", 32), ("SHA384", 48), ("SHA512", 64)]
    {
        for digest in [
            hash::compute_checksum(b(""), s(algorithm)).unwrap(),
            hash::compute_hmac(b(""), b(""), s(algorithm)).unwrap(),
        ] {
            assert!(matches!(digest, Value::Bytes(bytes) if bytes.len() == length));
        }
    }
}

#[test]
fn expression_helpers() {
    all(vec![
        (11, helpers::int(v("2.7")), v("2")),
        (12, helpers::int(v("-2.7")), v("-2")),
        (12, helpers::int(s("-12")), v("-12")),
        (12, helpers::int(s("+12")), v("12")),
        (14, helpers::double(s("2.7")), v("2.7")),
        (14, helpers::double(s("-1e3")), v("-1000.0")),
        (14, helpers::double(v("2")), v("2.0")),
        (15, helpers::string(v("1.7")), s("1.7")),
        (15, helpers::string(v("2.0")), s("2")),
        (15, helpers::string(v("true")), s("true")),
        (15, helpers::string(s("x")), s("x")),
        (17, helpers::len(s("héllo")), v("5")),
        (17, helpers::len(v(r#"{"a":1,"b":2}"#)), v("2")),
        (17, helpers::len(v("[]")), v("0")),
        (18, helpers::default(NULL, v("3")), v("3")),
        (18, helpers::default(v("false"), v("3")), v("false")),
        (19, helpers::if_(NULL, v("1"), v("2")), v("2")),
        (19, helpers::if_(v("true"), v("1"), v("2")), v("1")),
        (20, helpers::get_type(v("1.0")), s("double")),
        (20, helpers::get_type(NULL), s("null")),
        (20, helpers::keys(v(r#"{"b":1,"a":2}"#)), v(r#"["a","b"]"#)),
    ]);
    none(vec![
        (13, helpers::int(s("abc")), Tag::ValueError),
        (13, helpers::int(s("2.7")), Tag::ValueError),
        (13, helpers::int(s(" 1")), Tag::ValueError),
        (13, helpers::int(s("")), Tag::ValueError),
        (13, helpers::int(v("1e300")), Tag::ValueError),
        (13, helpers::int(Value::Float(f64::NAN)), Tag::ValueError),
        (13, helpers::int(NULL), Tag::TypeError),
        (14, helpers::double(s("inf")), Tag::ValueError),
        (14, helpers::double(s("0x1")), Tag::ValueError),
        (14, helpers::double(s("1e999")), Tag::ValueError),
        (14, helpers::double(v("true")), Tag::TypeError),
        (16, helpers::string(NULL), Tag::TypeError),
        (17, helpers::len(v("1")), Tag::TypeError),
        (19, helpers::if_(v("1"), v("1"), v("2")), Tag::TypeError),
        (20, helpers::keys(v("[]")), Tag::TypeError),
    ]);
    let error = helpers::string(v("{}")).unwrap_err();
    let message = error.value().get("message").cloned();
    let known =
        "TypeError: unsupported operand type for string(): 'dict' (expecting number, string, or boolean)";
    assert_eq!(message, Some(s(known)));
}

#[test]
fn lists_maps_and_numbers() {
    let nested = || v(r#"{"a":{"b":1}}"#);
    all(vec![
        (21, list::concat(v("[1,2]"), v("[3]")), v("[1,2,[3]]")),
        (22, list::prepend(v(r#"["zero","one","two"]"#), s("three")), v(r#"["three","zero","one","two"]"#)),
        (24, map::get(v(r#"{"key1":"hello","key2":"world"}"#), s("key2")), s("world")),
        (25, map::get(nested(), v(r#"["a","b"]"#)), v("1")),
        (25, map::get(nested(), v(r#"["a","x"]"#)), NULL),
        (25, map::get(nested(), v(r#"["a","b","c"]"#)), NULL),
        (25, map::get(nested(), v("[]")), nested()),
        (26, map::get(NULL, s("a")), NULL),
        (28, map::delete(v(r#"{"k":1}"#), s("nope")), v(r#"{"k":1}"#)),
        (28, map::delete(v(r#"{"k":1,"l":2}"#), s("k")), v(r#"{"l":2}"#)),
        (28, map::merge(v(r#"{"a":{"x":1},"b":1}"#), v(r#"{"a":{"y":2}}"#)), v(r#"{"a":{"y":2},"b":1}"#)),
        (
            29,
            map::merge_nested(v(r#"{"key1":{"key2":"value2"}}"#), v(r#"{"key1":{"key3":"value3"}}"#)),
            v(r#"{"key1":{"key2":"value2","key3":"value3"}}"#),
        ),
        (29, map::merge_nested(v(r#"{"a":[1],"b":{}}"#), v(r#"{"a":[2],"b":3}"#)), v(r#"{"a":[2],"b":3}"#)),
        (31, math::abs(v("-123")), v("123")),
        (33, math::max(v("123"), v("-456.7")), v("123.0")),
        (33, math::min(v("1"), v("2.5")), v("1.0")),
        (33, math::max(v("1"), v("2")), v("2")),
        (33, math::floor(v("-1.5")), v("-2")),
    ]);
    none(vec![
        (23, list::concat(v(r#"{"a":1}"#), v("2")), Tag::TypeError),
        (23, list::prepend(NULL, v("2")), Tag::TypeError),
        (27, map::get(v("{}"), v("1")), Tag::TypeError),
        (27, map::get(NULL, v(r#"["a",1]"#)), Tag::TypeError),
        (30, map::merge_nested(v("[]"), v("{}")), Tag::TypeError),
        (30, map::delete(v("{}"), v("1")), Tag::TypeError),
        (32, math::abs(v("-9223372036854775808")), Tag::ValueError),
        (33, math::max(s("1"), v("1")), Tag::TypeError),
        (33, math::floor(v("1e300")), Tag::ValueError),
    ]);
}

#[test]
fn text_functions() {
    let world = || s("Hello World");
    all(vec![
        (34, text::find_all(s("00000"), s("00")), v("[0,2]")),
        (35, text::find_all(world(), s("l")), v("[2,3,9]")),
        (35, text::find_all(s("éaéa"), s("a")), v("[1,3]")),
        (35, text::find_all(s("éa"), s("")), v("[0,1,2]")),
        (40, text::replace_all(world(), s("Hello"), s("Goodbye")), s("Goodbye World")),
        (41, text::replace_all(s("ab"), s(""), s("-")), s("-a-b-")),
        (44, text::split(s("baaab"), s("aa")), v(r#"["b","ab"]"#)),
        (45, text::split(s("abc"), s("a")), v(r#"["","bc"]"#)),
        (45, text::split(s("abc"), s("c")), v(r#"["ab",""]"#)),
        (45, text::split(s("abbc"), s("b")), v(r#"["a","","c"]"#)),
        (45, text::split(s(""), s(",")), v(r#"[""]"#)),
        (47, text::substring(s("hello"), v("2"), v("4")), s("ll")),
        (48, text::substring(s("hello"), v("-10"), v("10")), s("hello")),
        (48, text::substring(s("hello"), v("-3"), v("-1")), s("ll")),
        (48, text::substring(s("hello"), v("3"), v("1")), s("")),
        (48, text::substring(s("hello"), v("-9223372036854775808"), v("9223372036854775807")), s("hello")),
        (50, text::url_encode(s("a/b/c?item=d+e f")), s("a%2Fb%2Fc%3Fitem%3Dd%2Be%20f")),
        (50, text::url_encode(s("é~.-_")), s("%C3%A9%7E.-_")),
        (51, text::url_encode_plus(s("a/b/c?item=d+e f")), s("a%2Fb%2Fc%3Fitem%3Dd%2Be+f")),
        (52, text::url_decode(s("a%2Fb%2Fc%3Fitem%3Dd%2Be")), s("a/b/c?item=d+e")),
        (52, text::url_decode(s("a+b%ff")), s("a b\u{FFFD}")),
        (54, text::to_upper(s("straße")), s("STRASSE")),
        (54, text::to_lower(s("ÀB")), s("àb")),
    ]);
    none(vec![
        (46, text::split(s("abc"), s("")), Tag::ValueError),
        (49, text::substring(s("hello"), v("1.0"), v("2")), Tag::TypeError),
        (49, text::substring(s("hello"), NULL, v("2")), Tag::TypeError),
        (53, text::url_decode(s("100%")), Tag::ValueError),
        (53, text::url_decode(s("%+1")), Tag::ValueError),
        (53, text::find_all(v("1"), s("1")), Tag::TypeError),
    ]);
    let large = s(&"a".repeat(1 << 20));
    assert!(text::replace_all(large.clone(), s("a"), large).unwrap_err().is_fatal());
}

#[test]
fn regular_expressions() {
    all(vec![
        (
            36,
            text::find_all_regex(s("HelloWorld"), s("Hello|World")),
            v(r#"[{"index":0,"match":"Hello"},{"index":5,"match":"World"}]"#),
        ),
        (37, text::find_all_regex(s("onetwo"), s("one|onetwo")), v(r#"[{"index":0,"match":"onetwo"}]"#)),
        (
            37,
            text::find_all_regex(s("éé1é2"), s(r"\d")),
            v(r#"[{"index":2,"match":"1"},{"index":4,"match":"2"}]"#),
        ),
        (38, text::match_regex(s("HelloWorld"), s("Hello|Goodbye")), v("true")),
        (38, text::match_regex(s("HelloWorld"), s("Goodbye")), v("false")),
        (42, text::replace_all_regex(s("one two"), s("one|two"), s("three")), s("three three")),
        (43, text::replace_all_regex(s("ab"), s("(a)"), s(r"$1\1")), s(r"$1\1b")),
        (43, text::replace_all_regex(s("ab"), s(""), s("-")), s("-a-b-")),
        (43, text::replace_all_regex(s("abc"), s("b*"), s("-")), s("-a-c-")),
    ]);
    none(vec![
        (39, text::match_regex(s("a"), s("(")), Tag::ValueError),
        (39, text::match_regex(s("a"), NULL), Tag::TypeError),
    ]);
}

#[test]
fn charsets() {
    let raw = |bytes: &[u8]| Value::Bytes(bytes.into());
    let encode = |text: &str, charset: &str| text::encode(s(text), s(charset));
    let decode = |bytes: &[u8], charset: &str| text::decode(Value::Bytes(bytes.into()), s(charset));
    all(vec![
        (54, text::decode(raw(&[0xFF]), NULL), s("\u{FFFD}")),
        (54, text::encode(s("é"), NULL), raw(&[0xC3, 0xA9])),
        (55, encode("A", "us-ascii"), raw(b"A")),
        (55, decode(&[0x41, 0x80], "ASCII"), s("A\u{FFFD}")),
        (55, encode("é\u{80}", "ISO-8859-1"), raw(&[0xE9, 0x80])),
        (55, decode(&[0xE9, 0x80], "latin1"), s("é\u{80}")),
        (55, encode("€", "windows-1252"), raw(&[0x80])),
        (55, encode("A€", "UTF-16"), raw(&[0xFE, 0xFF, 0, 0x41, 0x20, 0xAC])),
        (55, encode("A", "UTF-16LE"), raw(&[0x41, 0])),
        (55, decode(&[0xFF, 0xFE, 0x41, 0], "UTF-16"), s("A")),
        (55, decode(&[0, 0x41, 0xD8], "utf-16be"), s("A\u{FFFD}")),
        (55, encode("日", "Shift_JIS"), raw(&[0x93, 0xFA])),
        (55, encode("日", "EUC-JP"), raw(&[0xC6, 0xFC])),
    ]);
    none(vec![
        (55, encode("é", "US-ASCII"), Tag::ValueError),
        (55, encode("€", "ISO-8859-1"), Tag::ValueError),
        (55, encode("日", "windows-1252"), Tag::ValueError),
        (55, encode("a", "EBCDIC"), Tag::ValueError),
        (55, encode("a", "replacement"), Tag::ValueError),
        (55, encode("a", "unicode"), Tag::ValueError),
        (55, text::decode(s("a"), NULL), Tag::TypeError),
        (55, text::encode(s("a"), v("1")), Tag::TypeError),
    ]);
}

#[test]
fn times() {
    let format = |seconds: &str, zone: &str| time::format(v(seconds), s(zone));
    let parse = |text: &str| time::parse(s(text));
    all(vec![
        (56, time::format(v("1720788633"), NULL), s("2024-07-12T12:50:33.000000Z")),
        (56, format("1720788633", ""), s("2024-07-12T12:50:33.000000Z")),
        (56, format("1720788633.1234565", "GMT"), s("2024-07-12T12:50:33.123457Z")),
        (57, format("1720788633", "Europe/Paris"), s("2024-07-12T14:50:33.000000+02:00")),
        (57, format("1705276800", "Europe/London"), s("2024-01-15T00:00:00.000000Z")),
        (57, format("0", "America/St_Johns"), s("1969-12-31T20:30:00.000000-03:30")),
        (57, format("-1.5", "UTC"), s("1969-12-31T23:59:58.500000Z")),
        (57, format("253402300799", "UTC"), s("9999-12-31T23:59:59.000000Z")),
        (57, format("-62167219200", "UTC"), s("0000-01-01T00:00:00.000000Z")),
        (58, parse("2024-05-08T12:01:00.000000Z"), v("1715169660.0")),
        (58, parse("2024-05-08t14:01:00.1234567+02:00"), v("1715169660.123456")),
        (58, parse("1969-12-31T23:59:59.5z"), v("-0.5")),
        (58, parse("9999-12-31T23:59:59Z"), v("253402300799.0")),
        (58, parse("2024-05-08T12:01:00-03:30"), v("1715182260.0")),
    ]);
    none(vec![
        (57, format("0", "Nowhere/City"), Tag::ValueError),
        (57, format("0", "EST5EDT,M3.2.0,M11.1.0"), Tag::ValueError),
        (57, format("0", "../etc/passwd"), Tag::ValueError),
        (57, time::format(s("0"), NULL), Tag::TypeError),
        (57, format("253402300800", "UTC"), Tag::ValueError),
        (57, format("1e300", "UTC"), Tag::ValueError),
        (57, time::format(Value::Float(f64::NAN), NULL), Tag::ValueError),
        (59, time::parse(v("1")), Tag::TypeError),
    ]);
    for text in [
        "2024-05-08",
        "2024-05-08T12:01:00",
        "2024-05-08 12:01:00Z",
        "2024-05-08T12:01:60Z",
        "2024-05-08T24:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-05-08T12:01:00.Z",
        "2024-05-08T12:01:00+0200",
        "2024-05-08T12:01:00+24:00",
        "2024-05-08T12:01:00Z ",
        "+024-05-08T12:01:00Z",
        "",
    ] {
        none(vec![(59, parse(text), Tag::ValueError)]);
    }
}

#[test]
fn json_functions() {
    let layout = |indent: &str| json::encode_to_string(v(r#"{"a":[1],"b":{}}"#), v(indent));
    all(vec![
        (60, json::decode(b(r#"{"a":[1,2.0]}"#)), v(r#"{"a":[1,2.0]}"#)),
        (60, json::encode(v("[1]"), NULL), b("[1]")),
        (62, layout("true"), s("{\n    \"a\": [\n        1\n    ],\n    \"b\": {}\n}")),
        (
            62,
            layout(r#"{"prefix":"> ","indent":"\t"}"#),
            s("{\n> \t\"a\": [\n> \t\t1\n> \t],\n> \t\"b\": {}\n> }"),
        ),
        (62, layout("false"), s(r#"{"a":[1],"b":{}}"#)),
    ]);
    none(vec![
        (60, json::decode(s("{")), Tag::ValueError),
        (60, json::decode(v("1")), Tag::TypeError),
        (61, json::encode_to_string(v("[1]"), v("4")), Tag::TypeError),
        (61, json::encode_to_string(v("[1]"), v(r#"{"indent":4}"#)), Tag::TypeError),
        (
            61,
            base64::decode(s("AA=="), NULL).and_then(|data| json::encode_to_string(data, NULL)),
            Tag::ValueError,
        ),
    ]);
}

#[test]
fn surroundings() {
    all(vec![
        (63, sys::get_env(&Fixed, s("NOPE"), s("x")), s("x")),
        (63, sys::get_env(&Fixed, s("NOPE"), NULL), NULL),
        (63, sys::get_env(&Fixed, s("SET"), s("x")), s("value")),
        (63, sys::now(&Fixed), v("1635892223.445996")),
        (63, uuid::generate(&Fixed), s("abababab-abab-4bab-abab-abababababab")),
    ]);
    none(vec![
        (63, sys::get_env(&Fixed, v("1"), NULL), Tag::TypeError),
        (63, sys::get_env(&Fixed, s("SET"), v("1")), Tag::TypeError),
    ]);
}

#[test]
fn retry_predicates() {
    let http = |code: i64| Value::from([("tags", v(r#"["HttpError"]"#)), ("code", Value::Int(code))]);
    let tagged = |tag: &str| Value::from([("tags", Value::list(vec![s(tag)]))]);
    for (exception, default, non_idempotent) in [
        (http(429), true, true),
        (http(500), false, false),
        (http(502), true, false),
        (http(503), true, true),
        (http(504), true, false),
        (http(404), false, false),
        (tagged("ConnectionError"), true, false),
        (tagged("ConnectionFailedError"), true, true),
        (tagged("TimeoutError"), true, false),
        (tagged("HttpError"), false, false),
        (tagged("ValueError"), false, false),
        (s("TimeoutError"), false, false),
        (NULL, false, false),
        (v(r#"{"tags":"TimeoutError"}"#), false, false),
    ] {
        assert_eq!(retry::http_default(&exception), default, "fact 72: {exception:?}");
        assert_eq!(retry::http_default_non_idempotent(&exception), non_idempotent, "fact 72: {exception:?}");
    }
    let object = objects::http_default_retry();
    assert_eq!(
        object,
        v(r#"{"max_retries":5,"backoff":{"initial_delay":1,"max_delay":60,"multiplier":1.25}}"#)
    );
}

#[test]
fn the_table_is_sorted() {
    assert!(functions().is_sorted_by(|a, b| a.0 < b.0));
}
