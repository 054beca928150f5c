//! Diagnostics as text for people, in the manner of rustc.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, SourceMap, Span};

/// Lines longer than this are not shown in excerpts.
const MAX_LINE: usize = 10_000;

/// Places farther apart than this, in bytes, get an excerpt each.
const MAX_DISTANCE: usize = 64 * 1024;

/// More lines of one marked place are not shown.
const MAX_LINES: usize = 12;

const BOM: char = '\u{feff}';

/// Whether to colour the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Text only.
    Plain,
    /// With ANSI colours for a terminal.
    Colour,
}

/// The diagnostic with an excerpt of the source; ends with a newline.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let primary = Mark { span: diagnostic.span, label: &diagnostic.label, kind: AnnotationKind::Primary };
    let mut marks = vec![primary];
    marks.extend(diagnostic.related.iter().map(|related| Mark {
        span: related.span,
        label: &related.text,
        kind: AnnotationKind::Context,
    }));
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    // The file of the diagnostic comes first, then the others that are mentioned.
    let mut files = vec![diagnostic.span.file];
    for mark in &marks {
        if !files.contains(&mark.span.file) {
            files.push(mark.span.file);
        }
    }
    for file in files {
        let here = marks.iter().filter(|mark| mark.span.file == file);
        for element in excerpt(sources, file, &here.collect::<Vec<_>>()) {
            group = group.element(element);
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colour => Renderer::styled(),
    };
    let mut text = renderer.render(&[group]);
    text.push('\n');
    text
}

/// A place to be marked.
struct Mark<'d> {
    span: Span,
    label: &'d str,
    kind: AnnotationKind,
}

/// The marked lines of a file, or only its name and the positions when the lines are not fit to be shown.
fn excerpt<'s>(sources: &'s SourceMap, file: FileId, marks: &[&Mark<'s>]) -> Vec<Element<'s>> {
    let text = sources.text(file);
    let ranges: Vec<Range<usize>> = marks.iter().map(|mark| visible(text, mark.span)).collect();
    let start = ranges.iter().map(|range| line_start(text, range.start)).min().unwrap_or(0);
    let start = if start == 0 { text.len() - text.trim_start_matches(BOM).len() } else { start };
    let end = ranges.iter().map(|range| line_end(text, range.end)).max().unwrap_or(0);
    if end - start > MAX_DISTANCE && marks.len() > 1 {
        return marks.iter().flat_map(|mark| excerpt(sources, file, &[mark])).collect();
    }
    let lines = text.get(start..end).unwrap_or_default();
    let fits = ranges.iter().all(|range| {
        let lines = text.get(line_start(text, range.start)..line_end(text, range.end)).unwrap_or_default();
        lines.split('\n').all(|line| line.len() <= MAX_LINE)
    });
    if text.is_empty() || !fits {
        let origins = marks.iter().map(|mark| {
            let position = sources.position(file, mark.span.start);
            let origin = Origin::path(sources.name(file)).line(position.line as usize);
            Element::Origin(origin.char_column(position.column as usize))
        });
        return origins.collect();
    }
    let first_line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    let annotations = marks.iter().zip(ranges).map(|(mark, range)| {
        let annotation: Annotation<'s> = mark.kind.span(range.start - start..range.end - start);
        annotation.label((!mark.label.is_empty()).then_some(mark.label))
    });
    let snippet =
        Snippet::source(lines).path(sources.name(file)).line_start(first_line).annotations(annotations);
    vec![Element::Cause(snippet)]
}

/// The part of a span that is inside of the text, on character boundaries and not too long; a line end is not marked.
fn visible(text: &str, span: Span) -> Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(span.start as usize);
    // A byte order mark has no column.
    let start = start.max(text.len() - text.trim_start_matches(BOM).len());
    let end = boundary(span.end as usize).max(start);
    let marked = text.get(start..end).unwrap_or_default();
    let end = match marked.match_indices('\n').nth(MAX_LINES) {
        Some((newline, _)) => start + newline,
        None => start + marked.trim_end_matches(['\n', '\r']).len(),
    };
    start..end
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|behind| behind.find('\n')).map_or(text.len(), |newline| at + newline)
}

#[cfg(test)]
mod tests;
