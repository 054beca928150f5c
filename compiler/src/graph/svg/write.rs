//! Writes lines, labels, numbers and text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::measure;
use crate::graph::layout::{Piece, Point, Route};
use crate::graph::model::Edge;

/// Draws the line of an edge.
pub(super) fn edge(out: &mut String, edge: &Edge, route: &Route) {
    let mut path = String::new();
    for piece in &route.pieces {
        let _ = match piece {
            Piece::Move(to) => write!(path, "M{}", pair(*to)),
            Piece::Line(to) => write!(path, "L{}", pair(*to)),
            Piece::Curve(first, second, to) => {
                write!(path, "C{} {} {}", pair(*first), pair(*second), pair(*to))
            }
        };
    }
    let class = edge.kind.as_str();
    let (from, to, arrow) = (edge.from, edge.to, arrow(class));
    let _ = writeln!(
        out,
        "<path class=\"edge {class}\" data-from=\"{from}\" data-to=\"{to}\" d=\"{path}\" \
         marker-end=\"url(#arrow-{arrow})\"/>"
    );
}

/// Draws the texts of an edge.
pub(super) fn labels(out: &mut String, edge: &Edge, route: &Route, label: &str, stub: &str) {
    let class = edge.kind.as_str();
    if let Some(place) = route.label {
        let size = measure::label(label);
        let _ = writeln!(
            out,
            "<rect class=\"under\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            number(place.x - size.width / 2.0),
            number(place.y - size.height / 2.0),
            number(size.width),
            number(size.height)
        );
        text(out, class, place, label);
    }
    if let Some(place) = route.stub {
        let _ = write!(out, "<a href=\"#{}\">", edge.to);
        text(out, class, place, stub);
        out.push_str("</a>\n");
    }
}

fn text(out: &mut String, class: &str, place: Point, text: &str) {
    let (x, y) = (number(place.x), number(place.y + 4.0));
    let _ = writeln!(
        out,
        "<text class=\"label {class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{}</text>",
        escaped(text)
    );
}

/// The arrow of an edge of this kind.
pub(super) fn arrow(kind: &str) -> &'static str {
    match kind {
        "except" => "except",
        "retry" => "retry",
        "fork" | "join" => "fork",
        _ => "plain",
    }
}

fn pair(point: Point) -> String {
    format!("{} {}", number(point.x), number(point.y))
}

/// A coordinate with at most one digit behind the point.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Negative zero would show its sign.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// Text of an element or attribute. Characters that XML does not know are gone before (`text::shown`).
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(12.0), "12");
        assert_eq!(number(12.345), "12.3");
        assert_eq!(number(-0.01), "0");
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
