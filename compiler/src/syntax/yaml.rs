//! YAML and JSON text to document trees (`language.md` §1.1).
//!
//! The parser crate delivers events; the tree, the schema, anchors and every limit are decided here. Nothing outside
//! of this module knows that crate.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Entry, Node, NodeKind, Style, Text};

mod errors;
mod offsets;
mod schema;

/// Bytes of a document; the limits of a profile are far below.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Collections inside one another, aliases expanded.
const MAX_DEPTH: usize = 100;

/// What all aliases together may expand to: nodes, and one more for each [`BYTES_PER_WEIGHT`] of text.
const MAX_EXPANSION: usize = 100_000;

/// More errors of one document are not reported.
const MAX_ERRORS: usize = 100;

/// See [`MAX_EXPANSION`].
const BYTES_PER_WEIGHT: usize = 32;

/// Parses the one document of a file.
///
/// `None` when there is no tree to go on with. With some errors, all of them reported, the tree is still of use.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("source is too large: {} bytes, at most {MAX_BYTES} are possible", text.len());
        diagnostics.push(Diagnostic::error(Code::LimitExceeded, Span::new(file, 0..0), message));
        return None;
    }
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut loader =
        Loader { text, file, parser, diagnostics, anchors: HashMap::new(), expansion: 0, errors: 0 };
    loader.document().ok().flatten()
}

/// The document cannot be read further; the reason is reported.
struct Stop;

type Loaded<T> = Result<T, Stop>;

/// A finished node with its measures.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Collections inside one another, this one included.
    height: usize,
    /// See [`MAX_EXPANSION`].
    weight: usize,
}

struct Loader<'t, 'd> {
    text: &'t str,
    file: FileId,
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    diagnostics: &'d mut Diagnostics,
    /// Anchored nodes; `None` while the node is not complete.
    anchors: HashMap<usize, Option<Built>>,
    expansion: usize,
    errors: usize,
}

/// An event, its bytes, and the bytes of its tag.
struct Found<'t> {
    event: Event<'t>,
    range: Range<usize>,
    tag: Range<usize>,
}

impl<'t> Loader<'t, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.errors < MAX_ERRORS {
            self.errors += 1;
            self.diagnostics.push(diagnostic);
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, range)
    }

    fn next(&mut self) -> Loaded<Found<'t>> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                let tag =
                    span.tag_span().and_then(|tag| tag.byte_range()).unwrap_or(range.start..range.start);
                Ok(Found { event, range, tag })
            }
            Some(Err(error)) => {
                let diagnostic = errors::diagnose(&error, self.text, self.file);
                self.report(diagnostic);
                Err(Stop)
            }
            None => Ok(Found { event: Event::StreamEnd, range: self.end(), tag: self.end() }),
        }
    }

    fn end(&self) -> Range<usize> {
        self.text.len()..self.text.len()
    }

    fn document(&mut self) -> Loaded<Option<Node>> {
        let mut root = None;
        loop {
            let found = self.next()?;
            match found.event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    let span = self.span(found.range);
                    self.report(
                        Diagnostic::error(Code::MultipleDocuments, span, "more than one document in a file")
                            .with_label("a second document starts here")
                            .with_help("put each workflow definition in a file of its own"),
                    );
                    break;
                }
                Event::DocumentStart(..) => {}
                _ => root = Some(self.node(found, 0)?.node),
            }
        }
        match root {
            Some(Node { kind: NodeKind::Null, span }) if span.start == span.end => self.empty(),
            None => self.empty(),
            root => return Ok(root),
        }
        Ok(None)
    }

    fn empty(&mut self) {
        let span = self.span(0..0);
        self.report(Diagnostic::error(Code::InvalidDocument, span, "the file holds no workflow"));
    }

    /// The node that starts with `found`, inside of `depth` collections.
    fn node(&mut self, found: Found<'t>, depth: usize) -> Loaded<Built> {
        let Found { event, range, tag } = found;
        if matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)) && depth >= MAX_DEPTH {
            self.too_deep(self.span(range.start..range.start));
            return Err(Stop);
        }
        let (anchor, built) = match event {
            Event::Alias(id) => return self.alias(id, range, depth),
            Event::UnresolvedAlias(name) => {
                let span = self.span(range);
                self.report(errors::unknown_anchor(&name, span));
                return Ok(Built { node: Node { kind: NodeKind::Null, span }, height: 0, weight: 1 });
            }
            Event::Scalar(value, style, anchor, kind) => {
                (anchor, self.scalar(&value, style, kind.as_deref(), range, tag))
            }
            Event::SequenceStart(style, anchor, kind) => {
                self.open(anchor, kind.as_deref(), "seq", tag);
                (anchor, self.sequence(style, range, depth)?)
            }
            Event::MappingStart(style, anchor, kind) => {
                self.open(anchor, kind.as_deref(), "map", tag);
                (anchor, self.mapping(style, range, depth)?)
            }
            _ => {
                let span = self.span(range);
                self.report(Diagnostic::error(Code::InvalidDocument, span, "a value is missing here"));
                return Err(Stop);
            }
        };
        if anchor != 0 {
            self.anchors.insert(anchor, Some(built.clone()));
        }
        Ok(built)
    }

    /// Notes that a collection begins, and checks its tag.
    fn open(&mut self, anchor: usize, tag: Option<&Tag>, expected: &str, place: Range<usize>) {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        if let Some(tag) = tag
            && tag.core_suffix() != Some(expected)
        {
            let span = self.span(place);
            self.report(errors::wrong_tag(tag.core_suffix(), &tag.to_string(), span));
        }
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("the document is nested more than {MAX_DEPTH} levels deep");
        self.report(Diagnostic::error(Code::LimitExceeded, span, message));
    }

    /// A copy of an anchored node.
    fn alias(&mut self, id: usize, range: Range<usize>, depth: usize) -> Loaded<Built> {
        let span = self.span(range);
        let Some(Some(built)) = self.anchors.get(&id) else {
            self.report(Diagnostic::error(
                Code::UnsupportedYaml,
                span,
                "an alias inside the node that it stands for",
            ));
            return Err(Stop);
        };
        let (height, weight) = (built.height, built.weight);
        if depth + height > MAX_DEPTH {
            self.too_deep(span);
            return Err(Stop);
        }
        self.expansion += weight;
        if self.expansion > MAX_EXPANSION {
            self.report(
                Diagnostic::error(
                    Code::LimitExceeded,
                    span,
                    "the aliases of this document expand to too much data",
                )
                .with_help("an alias is replaced by a copy of what its anchor marks"),
            );
            return Err(Stop);
        }
        Ok(built.clone())
    }

    fn text(&self, value: &str, style: ScalarStyle, range: &Range<usize>) -> Text {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        Text { value: value.to_owned(), style, map: offsets::map(value, style, self.text, range) }
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        range: Range<usize>,
        tag_range: Range<usize>,
    ) -> Built {
        let span = self.span(self.visible(style, range.clone()));
        let resolved = match tag {
            None if style == ScalarStyle::Plain => schema::resolve(value),
            None => Ok(schema::Scalar::Str),
            Some(tag) if is_non_specific(tag) => Ok(schema::Scalar::Str),
            Some(tag) => match tag.core_suffix().map(|kind| schema::resolve_as(value, kind)) {
                Some(Some(resolved)) => resolved,
                _ => {
                    let tag_span = self.span(tag_range);
                    self.report(errors::wrong_tag(tag.core_suffix(), &tag.to_string(), tag_span));
                    Ok(schema::Scalar::Str)
                }
            },
        };
        let kind = match resolved {
            Ok(schema::Scalar::Null) => NodeKind::Null,
            Ok(schema::Scalar::Bool(value)) => NodeKind::Bool(value),
            Ok(schema::Scalar::Int(value)) => NodeKind::Int(value),
            Ok(schema::Scalar::Float(value)) => NodeKind::Float(value),
            Ok(schema::Scalar::Str) => NodeKind::Str(self.text(value, style, &range)),
            Err(bad) => {
                self.report(errors::bad_number(bad, value, span));
                NodeKind::Null
            }
        };
        Built { node: Node { kind, span }, height: 0, weight: 1 + value.len() / BYTES_PER_WEIGHT }
    }

    /// A block scalar without the line ends behind its text; an empty scalar behind the colon in front of it.
    fn visible(&self, style: ScalarStyle, range: Range<usize>) -> Range<usize> {
        match (style, self.text.get(range.clone())) {
            (ScalarStyle::Literal | ScalarStyle::Folded, Some(slice)) => {
                range.start..range.start + slice.trim_end().len()
            }
            (ScalarStyle::Plain, Some(""))
                if self.text.get(range.start..).is_some_and(|t| t.starts_with(':')) =>
            {
                range.start + 1..range.start + 1
            }
            _ => range,
        }
    }

    fn sequence(&mut self, style: StructureStyle, start: Range<usize>, depth: usize) -> Loaded<Built> {
        let mut items = Vec::new();
        let (mut height, mut weight) = (0, 1);
        let mut end = start.end;
        loop {
            let found = self.next()?;
            if matches!(found.event, Event::SequenceEnd) {
                if style == StructureStyle::Flow {
                    end = found.range.end;
                }
                break;
            }
            self.check_indentation(style, found.range.start);
            end = end.max(alias_end(&found));
            let item = self.node(found, depth + 1)?;
            end = end.max(item.node.span.end as usize);
            height = height.max(item.height);
            weight += item.weight;
            items.push(item.node);
        }
        let span = self.span(start.start..end);
        Ok(Built { node: Node { kind: NodeKind::List(items), span }, height: height + 1, weight })
    }

    fn mapping(&mut self, style: StructureStyle, start: Range<usize>, depth: usize) -> Loaded<Built> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut known: HashMap<String, Span> = HashMap::new();
        let (mut height, mut weight) = (0, 1);
        let mut end = start.end;
        loop {
            let found = self.next()?;
            if matches!(found.event, Event::MappingEnd) {
                if style == StructureStyle::Flow {
                    end = found.range.end;
                }
                break;
            }
            self.check_indentation(style, found.range.start);
            let key = self.key(found, depth)?;
            let found = self.next()?;
            end = end.max(alias_end(&found));
            let value = self.node(found, depth + 1)?;
            end = end.max(value.node.span.end as usize);
            height = height.max(value.height);
            weight += value.weight;
            let Some((key, key_span)) = key else { continue };
            end = end.max(key_span.end as usize);
            weight += 1 + key.value.len() / BYTES_PER_WEIGHT;
            if let Some(first) = known.get(&key.value).filter(|_| !is_expression(&key)) {
                let first = *first;
                self.report(errors::duplicate_key(&key.value, key_span, first));
                continue;
            }
            known.insert(key.value.clone(), key_span);
            entries.push(Entry { key, key_span, value: value.node });
        }
        let span = self.span(start.start..end);
        Ok(Built { node: Node { kind: NodeKind::Map(entries), span }, height: height + 1, weight })
    }

    /// The parser lets some tabs pass in front of block entries.
    fn check_indentation(&mut self, style: StructureStyle, at: usize) {
        if style == StructureStyle::Block
            && let Some(tab) = errors::tab_before(self.text, at)
        {
            let span = self.span(tab);
            self.report(errors::tab(span));
        }
    }

    /// A key; `None` when it cannot be one, which is reported.
    fn key(&mut self, found: Found<'t>, depth: usize) -> Loaded<Option<(Text, Span)>> {
        if let Event::Scalar(value, style, anchor, tag) = &found.event {
            let span = self.span(found.range.clone());
            if *style == ScalarStyle::Plain && value == "<<" && tag.is_none() {
                self.report(errors::merge_key(span));
                return Ok(None);
            }
            let text = self.text(value, *style, &found.range);
            if *anchor != 0 {
                self.node(found, depth + 1)?;
            }
            return Ok(Some((text, span)));
        }
        let (alias, mut place) = (matches!(found.event, Event::Alias(_)), found.range.clone());
        let built = self.node(found, depth + 1)?;
        if !alias {
            place.end = place.end.max(built.node.span.end as usize);
        }
        match built.node.kind {
            NodeKind::Str(text) if alias => Ok(Some((text, built.node.span))),
            _ => {
                let span = self.span(place);
                self.report(errors::invalid_key(span));
                Ok(None)
            }
        }
    }
}

/// Where an alias ends in the document: its node has the span of what it stands for.
fn alias_end(found: &Found<'_>) -> usize {
    if matches!(found.event, Event::Alias(_)) { found.range.end } else { 0 }
}

/// `!` alone: not resolved by the schema, hence a string.
fn is_non_specific(tag: &Tag) -> bool {
    tag.handle().is_empty() && tag.suffix() == "!" || tag.handle() == "!" && tag.suffix().is_empty()
}

/// Whether a key is computed, so that its text says nothing about its value.
fn is_expression(key: &Text) -> bool {
    let key = key.value.trim();
    key.starts_with("${") && key.ends_with('}')
}

#[cfg(test)]
mod tests;
