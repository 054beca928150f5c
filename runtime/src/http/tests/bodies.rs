//! How bodies from the network are decoded.

use proptest::prelude::*;

use super::json;
use crate::http::body::{canonical_header_name, decode};
use crate::value::Value;

#[test]
fn the_content_type_decides() {
    let texts: [(&str, &[u8], &str); 14] = [
        ("application/json", br#"{"a":1}"#, r#"{"a":1}"#),
        ("Application/JSON; charset=utf-8", b"[1]", "[1]"),
        ("application/problem+json", b"true", "true"),
        ("application/json", b"\xef\xbb\xbf[1]", "[1]"),
        ("application/json", b"{broken", r#""{broken""#),
        ("application/json", b"", "null"),
        ("application/json", b" \n", "null"),
        ("text/plain", b"", r#""""#),
        ("text/plain", b"a\xffb", "\"a\u{fffd}b\""),
        ("text/plain; charset=\"ISO-8859-1\"", b"caf\xe9", "\"caf\u{e9}\""),
        ("text/csv; a=b; Charset=utf-16le", b"h\0i\0", r#""hi""#),
        ("text/plain; charset=unheard-of", b"hi", r#""hi""#),
        ("image/svg+xml", b"<svg/>", r#""<svg/>""#),
        ("application/x-www-form-urlencoded", b"a=b", r#""a=b""#),
    ];
    for (content_type, bytes, expected) in texts {
        assert_eq!(json(&decode(Some(content_type), bytes)), expected, "{content_type} {bytes:?}");
    }
    for content_type in
        [None, Some(""), Some("image/png"), Some("application/octet-stream"), Some("nonsense")]
    {
        assert!(
            matches!(decode(content_type, b"{}"), Value::Bytes(bytes) if &*bytes == b"{}"),
            "{content_type:?}"
        );
    }
    assert!(matches!(decode(None, b""), Value::Null));
    assert!(matches!(decode(Some("image/png"), b""), Value::Bytes(bytes) if bytes.is_empty()));
}

#[test]
fn header_names_are_cased_as_go_does() {
    for (name, expected) in [
        ("content-type", "Content-Type"),
        ("ETAG", "Etag"),
        ("x-goog-iam", "X-Goog-Iam"),
        ("-a--b", "-A--B"),
        ("with space", "with space"),
        ("", ""),
    ] {
        assert_eq!(canonical_header_name(name), expected);
    }
}

proptest! {
    #[test]
    fn any_body_decodes(content_type in "(application|text)/(json|plain|x)(; ?charset=[a-z0-9-]{0,12})?", bytes: Vec<u8>) {
        let value = decode(Some(&content_type), &bytes);
        let is_bytes = matches!(value, Value::Bytes(_));
        prop_assert_eq!(is_bytes, content_type.starts_with("application/x") || content_type.starts_with("application/plain"));
    }
}
