//! Round trips, and functions against simple models of them.

use proptest::prelude::*;

use super::{NULL, s};
use crate::stdlib::{base64, helpers, json, text, time};
use crate::value::Value;
use crate::value::tests::any_value;

fn texts(value: &Value) -> Vec<String> {
    value.as_list().unwrap().iter().map(|part| part.as_str().unwrap().to_owned()).collect()
}

fn numbers(value: &Value) -> Vec<usize> {
    let number =
        |n: &Value| if let Value::Int(n) = n { usize::try_from(*n).unwrap() } else { panic!("no integer") };
    value.as_list().unwrap().iter().map(number).collect()
}

/// Where a text occurs, by comparing characters.
fn occurrences(source: &[char], part: &[char]) -> Vec<usize> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at + part.len() <= source.len() {
        if source[at..].starts_with(part) {
            found.push(at);
            at += part.len().max(1);
        } else {
            at += 1;
        }
    }
    found
}

proptest! {
    #[test]
    fn base64_round_trip(bytes in any::<Vec<u8>>(), padding in any::<bool>()) {
        let data = Value::Bytes(bytes.into());
        let text = base64::encode(data.clone(), Value::Bool(padding)).unwrap();
        prop_assert_eq!(base64::decode(text, Value::Bool(padding)).unwrap(), data);
    }

    #[test]
    fn url_round_trip(source in any::<String>()) {
        for encode in [text::url_encode, text::url_encode_plus] {
            let encoded = encode(s(&source)).unwrap();
            prop_assert!(encoded.as_str().unwrap().is_ascii());
            prop_assert_eq!(text::url_decode(encoded).unwrap(), s(&source));
        }
    }

    #[test]
    fn json_round_trip(value in any_value(), indent in any::<bool>()) {
        if let Ok(data) = json::encode(value.clone(), Value::Bool(indent)) {
            // As text, because a large whole double comes back as the integer that its digits say.
            prop_assert_eq!(json::decode(data).unwrap().to_json_text().unwrap(), value.to_json_text().unwrap());
        }
    }

    #[test]
    fn time_round_trip(micros in -62_167_132_800_000_000_i64..253_402_214_400_000_000, zone in 0_usize..4) {
        // Within this range a double tells every tenth of a millisecond apart.
        let seconds = (micros / 1000) as f64 / 1000.0;
        let zone = ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu"][zone];
        let text = time::format(Value::Float(seconds), s(zone)).unwrap();
        let back = time::parse(text).unwrap().as_number().unwrap();
        // Old local times have seconds in their offsets, which RFC 3339 cannot express.
        let tolerance = if zone == "UTC" || seconds > 0.0 { 1e-4 } else { 60.0 };
        prop_assert!((back - seconds).abs() < tolerance, "{} {}", back, seconds);
    }

    #[test]
    fn charset_round_trip(source in any::<String>(), charset in 0_usize..6) {
        let charset = ["UTF-8", "UTF-16", "UTF-16LE", "ISO-8859-1", "GB18030", "US-ASCII"][charset];
        if let Ok(bytes) = text::encode(s(&source), s(charset)) {
            // The private-use characters of GB18030 are mapped many to one.
            if charset != "GB18030" || !source.chars().any(|c| ('\u{E000}'..'\u{FFFF}').contains(&c)) {
                prop_assert_eq!(text::decode(bytes, s(charset)).unwrap(), s(&source));
            }
        }
    }

    #[test]
    fn substring_is_a_slice_of_characters(source in any::<String>(), start in -12_i64..12, end in -12_i64..12) {
        let chars: Vec<char> = source.chars().collect();
        let clamp = |n: i64| {
            let length = i64::try_from(chars.len()).unwrap();
            usize::try_from(if n < 0 { n + length } else { n }.clamp(0, length)).unwrap()
        };
        let expected: String = chars.get(clamp(start)..clamp(end)).unwrap_or_default().iter().collect();
        prop_assert_eq!(text::substring(s(&source), Value::Int(start), Value::Int(end)).unwrap(), s(&expected));
    }

    #[test]
    fn finding_splitting_and_replacing_agree(source in "[abé]{0,12}", part in "[abé]{0,2}", repl in "[x-z]{0,2}") {
        let (chars, wanted): (Vec<char>, Vec<char>) = (source.chars().collect(), part.chars().collect());
        let found = numbers(&text::find_all(s(&source), s(&part)).unwrap());
        prop_assert_eq!(&found, &occurrences(&chars, &wanted));
        let replaced = text::replace_all(s(&source), s(&part), s(&repl)).unwrap();
        prop_assert_eq!(replaced, s(&source.replace(&part, &repl)));
        if !part.is_empty() {
            let parts = texts(&text::split(s(&source), s(&part)).unwrap());
            prop_assert_eq!(parts.len(), found.len() + 1);
            prop_assert_eq!(parts.join(&part), source);
        }
    }

    #[test]
    fn numbers_survive_their_text(n in any::<i64>(), x in any::<f64>()) {
        let text = helpers::string(Value::Int(n)).unwrap();
        prop_assert_eq!(helpers::int(text).unwrap(), Value::Int(n));
        if x.is_finite() {
            let text = helpers::string(Value::Float(x)).unwrap();
            prop_assert_eq!(helpers::double(text).unwrap(), Value::Float(x));
        }
    }

    #[test]
    fn no_argument_is_too_strange(a in any_value(), b in any_value()) {
        // Errors are fine; panics are not.
        let _ = (text::find_all_regex(a.clone(), b.clone()), text::split(a.clone(), b.clone()));
        let _ = (time::format(a.clone(), b.clone()), time::parse(a.clone()), text::decode(a.clone(), b.clone()));
        let _ = (helpers::int(a.clone()), helpers::double(a.clone()), base64::decode(a, b), NULL);
    }
}
