//! Charsets by their IANA names.
//!
//! `encoding_rs` follows the web, where ASCII and Latin-1 mean windows-1252 and nothing is encoded as UTF-16; those are
//! done here as IANA has them.

use encoding_rs::Encoding;

use crate::error::{Error, Result};

const ASCII: &[&str] = &[
    "us-ascii",
    "ascii",
    "iso-ir-6",
    "ansi_x3.4-1968",
    "ansi_x3.4-1986",
    "iso_646.irv:1991",
    "iso646-us",
    "us",
    "ibm367",
    "cp367",
    "csascii",
];

const LATIN1: &[&str] = &[
    "iso-8859-1",
    "iso_8859-1",
    "iso_8859-1:1987",
    "iso-ir-100",
    "latin1",
    "l1",
    "ibm819",
    "cp819",
    "csisolatin1",
];

enum Charset {
    Ascii,
    Latin1,
    Utf16(ByteOrder),
    Other(&'static Encoding),
}

#[derive(Clone, Copy)]
enum ByteOrder {
    /// Given by a byte order mark; big without one.
    Marked,
    Big,
    Little,
}

/// The text of bytes.
pub(super) fn decode(data: &[u8], charset: &str) -> Result<String> {
    Ok(match lookup(charset)? {
        Charset::Ascii => {
            data.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '\u{FFFD}' }).collect()
        }
        Charset::Latin1 => data.iter().map(|b| char::from(*b)).collect(),
        Charset::Utf16(order) => decode_utf16(data, order),
        Charset::Other(encoding) => encoding.decode_without_bom_handling(data).0.into_owned(),
    })
}

/// The bytes of a text.
pub(super) fn encode(text: &str, charset: &str) -> Result<Vec<u8>> {
    let bytes = match lookup(charset)? {
        Charset::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
        Charset::Latin1 => text.chars().map(|c| u8::try_from(c).ok()).collect(),
        Charset::Utf16(order) => Some(encode_utf16(text, order)),
        Charset::Other(encoding) => {
            let (bytes, _, unmappable) = encoding.encode(text);
            (!unmappable).then(|| bytes.into_owned())
        }
    };
    bytes.ok_or_else(|| Error::value_error(format!("text has characters that {charset} lacks")))
}

fn lookup(name: &str) -> Result<Charset> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "utf-16" | "csutf16" => return Ok(Charset::Utf16(ByteOrder::Marked)),
        "utf-16be" | "csutf16be" => return Ok(Charset::Utf16(ByteOrder::Big)),
        "utf-16le" | "csutf16le" => return Ok(Charset::Utf16(ByteOrder::Little)),
        other if ASCII.contains(&other) => return Ok(Charset::Ascii),
        other if LATIN1.contains(&other) => return Ok(Charset::Latin1),
        _ => {}
    }
    Encoding::for_label_no_replacement(lower.as_bytes())
        // The web's further names of UTF-16 have no encoder.
        .filter(|encoding| encoding.output_encoding() == *encoding)
        .map(Charset::Other)
        .ok_or_else(|| Error::value_error(format!("unsupported charset: {name}")))
}

fn decode_utf16(data: &[u8], order: ByteOrder) -> String {
    let (big, data) = match (order, data) {
        (ByteOrder::Marked, [0xFF, 0xFE, rest @ ..]) => (false, rest),
        (ByteOrder::Marked, [0xFE, 0xFF, rest @ ..]) => (true, rest),
        (ByteOrder::Marked | ByteOrder::Big, data) => (true, data),
        (ByteOrder::Little, data) => (false, data),
    };
    let (pairs, odd) = data.as_chunks::<2>();
    let units =
        pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let mut text: String = char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect();
    if !odd.is_empty() {
        text.push('\u{FFFD}');
    }
    text
}

fn encode_utf16(text: &str, order: ByteOrder) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 2 + 2);
    if matches!(order, ByteOrder::Marked) {
        bytes.extend([0xFE, 0xFF]);
    }
    for unit in text.encode_utf16() {
        bytes.extend(if matches!(order, ByteOrder::Little) {
            unit.to_le_bytes()
        } else {
            unit.to_be_bytes()
        });
    }
    bytes
}
