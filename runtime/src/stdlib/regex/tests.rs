//! Syntax and matches of RE2, and a property: the same matches as a matcher that tries everything.

use proptest::prelude::*;

use super::*;

fn found<'a>(pattern: &str, text: &'a str) -> Vec<&'a str> {
    Regex::new(pattern).unwrap().find_all(text).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn the_leftmost_longest_match_wins() {
    for (pattern, text, expected) in [
        ("one|onetwo", "onetwo", vec!["onetwo"]),
        ("a*?", "aaa", vec!["aaa"]),
        ("(?U)a+", "aaa", vec!["aaa"]),
        ("(a|ab)(c|bcd)", "abcd", vec!["abcd"]),
        ("x*", "axxb", vec!["", "xx", ""]),
        ("", "é1", vec!["", "", ""]),
        (r"\bé|a\b", "éa a", vec!["a", "a"]),
    ] {
        assert_eq!(found(pattern, text), expected, "{pattern}");
    }
}

#[test]
fn the_syntax_is_that_of_re2() {
    for (pattern, text, expected) in [
        // Perl classes are ASCII.
        (r"\d+", "1٣2", vec!["1", "2"]),
        (r"\w+", "aéb_1", vec!["a", "b_1"]),
        (r"\s", "\u{a0} \u{b}\t", vec![" ", "\t"]),
        (r"[^\D5]+", "4567", vec!["4", "67"]),
        (r"\W", "aé", vec!["é"]),
        // Nothing nests in brackets, and there are no set operators.
        ("[a&&b]+", "a&b", vec!["a&b"]),
        ("[+--z]+", "+,-z.", vec!["+,-z"]),
        ("[[a]+", "[a", vec!["[a"]),
        ("[[a]]", "[]a]", vec!["[]", "a]"]),
        ("[]a]+", "]a", vec!["]a"]),
        ("[^]a]", "]ab", vec!["b"]),
        ("[a-]+", "a-b", vec!["a-"]),
        ("[~~]+", "a~~b", vec!["~~"]),
        ("[[:alpha:][:digit:]]+", "é1a!", vec!["1a"]),
        ("[[:^alpha:]]+", "a1!b", vec!["1!"]),
        // Braces that repeat nothing.
        ("a{", "a{", vec!["a{"]),
        ("a{,2}", "a{,2}", vec!["a{,2}"]),
        ("a{1,x}", "a{1,x}", vec!["a{1,x}"]),
        ("a{2}", "aaa", vec!["aa"]),
        ("a{2,}", "aaa", vec!["aaa"]),
        ("}", "}", vec!["}"]),
        // Escapes.
        (r"\Qa.b*\E+", "a.b**", vec!["a.b**"]),
        (r"\Qa.b", "a.b", vec!["a.b"]),
        (r"\101\x41\x{41}", "AAA", vec!["AAA"]),
        (r"\a\f\n\r\t\v\.\-", "\u{7}\u{c}\n\r\t\u{b}.-", vec!["\u{7}\u{c}\n\r\t\u{b}.-"]),
        (r"\pL+", "aé1", vec!["aé"]),
        (r"\p{^L}", "a1", vec!["1"]),
        (r"[\p{Greek}x]+", "αxβ!", vec!["αxβ"]),
        // Flags.
        ("(?i)É", "é", vec!["é"]),
        ("(?s).", "\n", vec!["\n"]),
        (".", "\n", vec![]),
        ("(?m)^a$", "a\na", vec!["a", "a"]),
        ("^a$", "a\n", vec![]),
        ("(?P<n>a)(?<m>b)(?i-s:C)", "abc", vec!["abc"]),
        ("a #b", "a #b", vec!["a #b"]),
    ] {
        assert_eq!(found(pattern, text), expected, "{pattern}");
    }
}

#[test]
fn what_re2_refuses_is_refused() {
    for pattern in [
        "(",
        ")",
        "[a",
        "[b-a]",
        r"[a-\d]",
        "*",
        "a**",
        "a{2}{3}",
        "a{1001}",
        "a{3,2}",
        r"(a)\1",
        "(?=a)",
        "(?<!a)",
        "(?x)a",
        "(?P<n>a)(?P<n>b)",
        "(?-)",
        "(?",
        r"\",
        r"\C",
        r"\y",
        r"\x{110000}",
        r"\x{d800}",
        r"\xg1",
        r"\p{Nonsense}",
        r"[[:foo:]]",
        r"\8",
        "[a--z]",
        r"[\b]",
    ] {
        assert!(Regex::new(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn hostile_patterns_are_bounded() {
    assert!(Regex::new(&"(".repeat(10_000)).is_err());
    assert!(Regex::new("((((a{1000}){1000}){1000}){1000})").is_err());
    assert!(Regex::new(&"a".repeat(MAX_PATTERN + 1)).is_err());
    // Exponential for a backtracking matcher.
    assert!(!Regex::new("(a*)*b").unwrap().is_match(&"a".repeat(100_000)));
    assert_eq!(found("(a|aa)+$", &"a".repeat(10_000)).len(), 1);
}

#[test]
fn the_cache_forgets_the_oldest() {
    let kept = Regex::new("kept").unwrap();
    for i in 0..KEPT * 2 {
        Regex::new(&format!("filler{i}")).unwrap();
        assert!(Arc::ptr_eq(&kept, &Regex::new("kept").unwrap()) || i > 0);
    }
    assert!(CACHE.lock().unwrap().len() <= KEPT);
}

/// A pattern as a tree, for a matcher that is obviously right.
#[derive(Debug, Clone)]
enum Node {
    Char(char),
    Any,
    Digit,
    Start,
    End,
    Boundary,
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, &'static str),
}

impl Node {
    fn pattern(&self) -> String {
        match self {
            Self::Char(c) => c.to_string(),
            Self::Any => ".".into(),
            Self::Digit => r"\d".into(),
            Self::Start => "^".into(),
            Self::End => "$".into(),
            Self::Boundary => r"\b".into(),
            Self::Sequence(parts) => parts.iter().map(Self::pattern).collect(),
            Self::Either(parts) => {
                format!("({})", parts.iter().map(Self::pattern).collect::<Vec<_>>().join("|"))
            }
            Self::Repeat(part, operator) => format!("(?:{}){operator}", part.pattern()),
        }
    }

    /// Every place where a match that starts at `at` can end.
    fn ends(&self, text: &[char], at: usize) -> Vec<usize> {
        let word = |i: usize| text.get(i).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
        let one = |matches: bool| if matches { vec![at + 1] } else { vec![] };
        let here = |matches: bool| if matches { vec![at] } else { vec![] };
        match self {
            Self::Char(c) => one(text.get(at) == Some(c)),
            Self::Any => one(text.get(at).is_some_and(|c| *c != '\n')),
            Self::Digit => one(text.get(at).is_some_and(char::is_ascii_digit)),
            Self::Start => here(at == 0),
            Self::End => here(at == text.len()),
            Self::Boundary => here((at > 0 && word(at - 1)) != word(at)),
            Self::Sequence(parts) => parts.iter().fold(vec![at], |from, part| {
                distinct(from.into_iter().flat_map(|at| part.ends(text, at)).collect())
            }),
            Self::Either(parts) => distinct(parts.iter().flat_map(|part| part.ends(text, at)).collect()),
            Self::Repeat(part, operator) => {
                let mut reached = if operator.starts_with('+') { part.ends(text, at) } else { vec![at] };
                let rounds = if operator.starts_with('?') { 1 } else { text.len() + 1 };
                for _ in 0..rounds {
                    let more: Vec<usize> = reached.iter().flat_map(|at| part.ends(text, *at)).collect();
                    reached = distinct(reached.into_iter().chain(more).collect());
                }
                reached
            }
        }
    }
}

fn distinct(mut ends: Vec<usize>) -> Vec<usize> {
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// All matches by the definition: leftmost, longest, no empty one right after another.
fn model(node: &Node, text: &[char]) -> Vec<(usize, usize)> {
    let (mut matches, mut at): (Vec<(usize, usize)>, usize) = (Vec::new(), 0);
    while at <= text.len() {
        match node.ends(text, at).last() {
            Some(end) if *end > at => {
                matches.push((at, *end));
                at = *end;
            }
            Some(_) if matches.last().is_none_or(|last| last.1 != at) => {
                matches.push((at, at));
                at += 1;
            }
            _ => at += 1,
        }
    }
    matches
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!['a', 'b', 'é', '1']).prop_map(Node::Char),
        1 => Just(Node::Any),
        1 => Just(Node::Digit),
        1 => prop::sample::select(vec![Node::Start, Node::End, Node::Boundary]),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Sequence),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::Either),
            (inner, prop::sample::select(vec!["*", "+", "?", "*?", "+?", "??"]))
                .prop_map(|(part, operator)| Node::Repeat(Box::new(part), operator)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn matches_agree_with_trying_everything(node in any_node(), text in "[abé1\n]{0,8}") {
        let chars: Vec<char> = text.chars().collect();
        let regex = Regex::new(&node.pattern()).unwrap();
        let position = |offset: usize| text[..offset].chars().count();
        let matches: Vec<_> =
            regex.find_all(&text).into_iter().map(|range| (position(range.start), position(range.end))).collect();
        prop_assert_eq!(&matches, &model(&node, &chars), "{}", node.pattern());
        prop_assert_eq!(regex.is_match(&text), !matches.is_empty());
    }

    #[test]
    fn any_pattern_compiles_or_is_refused(pattern in r"[ab\[\](){}^$.*+?|\\\-:dQEpP<>!=&~0-9,iP]{0,12}", text in "[ab1\\[-]{0,6}") {
        if let Ok(regex) = Regex::new(&pattern) {
            prop_assert_eq!(regex.is_match(&text), !regex.find_all(&text).is_empty());
        }
    }
}
