//! JSON text of values (`stdlib.md` §7, `language.md` §8.2).

use std::fmt;

use ecow::EcoString;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::{MAX_DEPTH, MAX_TEXT, Map, Value};
use crate::error::{Error, Result, Tag};

/// Text that is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("invalid JSON: {0}")]
pub struct JsonError(#[from] serde_json::Error);

/// How indented JSON is laid out.
#[derive(Debug, Clone)]
pub struct Indent {
    /// Stands at the start of every line but the first.
    pub prefix: EcoString,
    /// Stands once per level of nesting.
    pub indent: EcoString,
}

impl Default for Indent {
    fn default() -> Self {
        Self { prefix: EcoString::new(), indent: "    ".into() }
    }
}

impl Value {
    /// Compact JSON with sorted keys.
    ///
    /// # Errors
    ///
    /// `ValueError` when it holds bytes, NaN, an infinity, or more than [`MAX_DEPTH`] levels; `ResourceLimitError` when
    /// the text would be longer than [`MAX_TEXT`].
    pub fn to_json_text(&self) -> Result<String> {
        let mut writer = Writer { out: String::new(), indent: None };
        writer.value(self, 0)?;
        Ok(writer.out)
    }

    /// JSON with sorted keys and one element per line.
    ///
    /// # Errors
    ///
    /// As [`Value::to_json_text`].
    pub fn to_indented_json_text(&self, indent: &Indent) -> Result<String> {
        let mut writer = Writer { out: String::new(), indent: Some(indent) };
        writer.value(self, 0)?;
        Ok(writer.out)
    }

    /// The value of a JSON text: a number without fraction and exponent that fits is an integer, others are doubles; of
    /// equal keys the last one wins.
    ///
    /// # Errors
    ///
    /// [`JsonError`] when the text is not JSON, or nested deeper than 127 levels.
    pub fn from_json_text(text: &str) -> std::result::Result<Self, JsonError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = deserializer.deserialize_any(JsonVisitor)?;
        deserializer.end()?;
        Ok(value)
    }

    /// The same value of `serde_json`.
    ///
    /// # Errors
    ///
    /// As [`Value::to_json_text`].
    pub fn to_json(&self) -> Result<serde_json::Value> {
        let text = self.to_json_text()?;
        serde_json::from_str(&text)
            .map_err(|error| Error::value_error(format!("the value has no JSON form: {error}")))
    }

    /// The value of the language that a `serde_json` value stands for.
    #[must_use]
    pub fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(flag),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(n) => Self::Int(n),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Self::from(text),
            serde_json::Value::Array(items) => Self::list(items.into_iter().map(Self::from_json).collect()),
            serde_json::Value::Object(entries) => Self::map(
                entries.into_iter().map(|(key, item)| (key.into(), Self::from_json(item))).collect(),
            ),
        }
    }
}

/// The text of a double: as short as reads back the same, whole numbers without `.0`, with an exponent below 1e-6 and
/// from 1e21 on.
#[must_use]
pub fn format_double(x: f64) -> EcoString {
    if x.is_nan() {
        return "NaN".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    let size = x.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return ecow::eco_format!("{x}");
    }
    let text = format!("{x:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => ecow::eco_format!("{digits}e+{exponent}"),
        _ => text.into(),
    }
}

struct Writer<'a> {
    out: String,
    indent: Option<&'a Indent>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(n) => self.display(format_args!("{n}")),
            Value::Float(x) if x.is_finite() => self.out.push_str(&format_double(*x)),
            Value::Float(x) => {
                return Err(Error::value_error(format!("{} has no JSON form", format_double(*x))));
            }
            Value::Str(text) => self.text(text),
            Value::Bytes(_) => return Err(Error::value_error("bytes have no JSON form")),
            Value::List(_) | Value::Map(_) if depth >= MAX_DEPTH => {
                return Err(Error::value_error(format!(
                    "the value is nested deeper than {MAX_DEPTH} levels"
                )));
            }
            Value::List(items) => self.list(items, depth + 1)?,
            Value::Map(map) => self.map(map, depth + 1)?,
        }
        if self.out.len() > MAX_TEXT {
            return Err(too_long());
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], depth: usize) -> Result<()> {
        self.out.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line(depth);
            self.value(item, depth)?;
        }
        if !items.is_empty() {
            self.line(depth - 1);
        }
        self.out.push(']');
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<()> {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| key.as_str());
        self.out.push('{');
        for (i, (key, item)) in entries.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            self.line(depth);
            self.text(key);
            self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
            self.value(item, depth)?;
        }
        if !entries.is_empty() {
            self.line(depth - 1);
        }
        self.out.push('}');
        Ok(())
    }

    /// Starts a line of an indented text.
    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.prefix);
            for _ in 0..depth {
                self.out.push_str(&indent.indent);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, tail) = rest.split_at(at);
            self.out.push_str(plain);
            let mut chars = tail.chars();
            match chars.next() {
                Some('"') => self.out.push_str("\\\""),
                Some('\\') => self.out.push_str("\\\\"),
                Some('\n') => self.out.push_str("\\n"),
                Some('\r') => self.out.push_str("\\r"),
                Some('\t') => self.out.push_str("\\t"),
                Some('\u{8}') => self.out.push_str("\\b"),
                Some('\u{c}') => self.out.push_str("\\f"),
                Some(other) => self.display(format_args!("\\u{:04x}", u32::from(other))),
                None => {}
            }
            rest = chars.as_str();
        }
        self.out.push_str(rest);
        self.out.push('"');
    }

    fn display(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = fmt::Write::write_fmt(&mut self.out, arguments);
    }
}

/// A text would grow beyond [`MAX_TEXT`].
pub(crate) fn too_long() -> Error {
    Error::fatal(
        Tag::ResourceLimitError,
        format!("ResourceLimitError: a text is longer than {MAX_TEXT} bytes"),
    )
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, n: i64) -> std::result::Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> std::result::Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "what does not fit an integer becomes a double")]
        Ok(i64::try_from(n).map_or(Value::Float(n as f64), Value::Int))
    }

    fn visit_f64<E>(self, x: f64) -> std::result::Result<Value, E> {
        Ok(Value::Float(x))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Seed)? {
            list.push(item);
        }
        Ok(Value::list(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut map = Map::default();
        while let Some(key) = entries.next_key_seed(Seed)? {
            let Value::Str(key) = key else { return Err(A::Error::custom("a key must be a string")) };
            let item = entries.next_value_seed(Seed)?;
            map.insert(key, item);
        }
        Ok(Value::map(map))
    }
}

struct Seed;

impl<'de> serde::de::DeserializeSeed<'de> for Seed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}
