//! Looks for a bracket that is never closed: the parser stumbles only somewhere behind it.

/// The innermost bracket that is open at the end of the document, when all else fits together.
pub(super) fn unclosed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    // The last character that is not blank; at the start of a line outside of brackets: a line end.
    let mut last = '\n';
    let mut blank = true;
    while let Some((at, c)) = chars.next() {
        // Outside of brackets only a value that begins here is one of brackets or quotes, the rest is text.
        let begins = if open.is_empty() { matches!(last, '\n' | ':' | '-') } else { !last.is_alphanumeric() };
        match c {
            '#' if blank => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '"' | '\'' if begins => {
                // In double quotes a backslash hides the next character; '' is two strings here, which does no harm.
                while let Some((_, inside)) = chars.next() {
                    match inside {
                        '\\' if c == '"' => drop(chars.next()),
                        _ if inside == c => break,
                        _ => {}
                    }
                }
            }
            '[' | '{' if begins || !open.is_empty() => open.push((at, c)),
            ']' | '}' if !open.is_empty() => {
                let opening = if c == ']' { '[' } else { '{' };
                open.pop_if(|(_, open)| *open == opening)?;
            }
            _ => {}
        }
        blank = c.is_whitespace();
        if !blank || (c == '\n' && open.is_empty()) {
            last = c;
        }
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_that_stay_open_are_found() {
        for (text, expected) in [
            ("a: [1, 2\nb: 3\n", Some((3, '['))),
            ("a: {b: [1]\nc: ${d}\n", Some((3, '{'))),
            ("{\"a\": [1, \"]\", '}'\n", Some((6, '['))),
            ("a: [1, 2]\nb: c [d\ne: ${f[0}\n", None),
            ("a: \"[\"\nb: '{' # [\n", None),
            ("# [\na: x#[\n- [1]\n", None),
            ("a: [1}\n", None),
        ] {
            assert_eq!(unclosed(text), expected, "{text}");
        }
    }
}
