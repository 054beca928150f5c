//! Names of the source as one harmless line of a drawing.

/// What stands for the rest of a long text.
const REST: char = '…';

/// `text` in at most `limit` characters on one line, without characters that are invisible or change the direction
/// of what follows.
pub(super) fn shown(text: &str, limit: usize) -> String {
    let mut characters = text.chars();
    let mut result: String = characters.by_ref().take(limit).map(visible).collect();
    if characters.next().is_some() {
        result.pop();
        result.push(REST);
    }
    result
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {
            char::REPLACEMENT_CHARACTER
        }
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_visible_line_of_bounded_length() {
        assert_eq!(shown("a\nb\tc", 10), "a b c");
        assert_eq!(shown("a\u{202e}b\u{0}", 10), "a\u{fffd}b\u{fffd}");
        assert_eq!(shown("abcdef", 6), "abcdef");
        assert_eq!(shown("abcdefg", 6), "abcde…");
        assert_eq!(shown(&"é".repeat(100), 3), "éé…");
    }
}
