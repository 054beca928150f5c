//! How wide text is, by a rough table: the fonts of the reader are not known.

use crate::graph::layout::Size;

/// Widths in pixels of a name (bold), of small text and of a title.
pub(super) fn name(text: &str) -> f64 {
    ems(text) * 12.0 * 1.07
}

pub(super) fn small(text: &str) -> f64 {
    ems(text) * 11.0
}

pub(super) fn title(text: &str) -> f64 {
    ems(text) * 13.0 * 1.07
}

/// The size of a label with a little room around it; nothing for no text.
pub(super) fn label(text: &str) -> Size {
    if text.is_empty() { Size::default() } else { Size { width: small(text) + 8.0, height: 16.0 } }
}

fn ems(text: &str) -> f64 {
    text.chars().map(em).sum()
}

fn em(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' => 0.29,
        ' ' | 'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | '-' | '`' => 0.37,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' => 0.93,
        'A'..='Z' | '&' => 0.70,
        '\u{0}'..='\u{10ff}' => 0.59,
        _ => 1.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_text_is_wider() {
        assert!(small("illicit") < small("wwwwwww"));
        assert!(small("日本") > small("ab"));
        assert_eq!(label(""), Size::default());
    }
}
