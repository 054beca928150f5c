use proptest::prelude::*;

use super::*;
use crate::diagnostic::Code;
use crate::syntax::tree::Style;

fn text(value: &str) -> Text {
    let mut map = OffsetMap::verbatim(0);
    map.points.push((value.len() as u32, value.len() as u32));
    Text { value: value.to_owned(), style: Style::Plain, map }
}

fn whole(value: &str) -> Span {
    Span::new(FileId(0), 0..value.len())
}

/// The tree as S-expressions, so that precedence can be seen.
fn tree(expr: &Expr) -> String {
    let all = |items: &[Expr]| items.iter().map(tree).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) => expr.to_string(),
        ExprKind::Str(_) | ExprKind::Name(_) => expr.to_string(),
        ExprKind::List(items) => format!("[{}]", all(items)),
        ExprKind::Unary(op, operand) => format!("({} {})", op.as_str().trim(), tree(operand)),
        ExprKind::Binary(left, op, right) => format!("({} {} {})", op.as_str(), tree(left), tree(right)),
        ExprKind::Member(base, name) => format!("(. {} {})", tree(base), name.value),
        ExprKind::Index(base, index) => format!("(@ {} {})", tree(base), tree(index)),
        ExprKind::Call(callee, args) => format!("(call {} {})", tree(callee), all(args)),
    }
}

fn parse(source: &str) -> Result<Expr, SyntaxError> {
    parse_expression(source, &text(source).map, 0, FileId(0))
}

fn shape(source: &str) -> String {
    parse(source).map_or_else(|error| panic!("{source}: {}", error.message), |expr| tree(&expr))
}

/// Parses `source`, in which `>>>` and `<<<` mark the place that the error must be about.
fn error(marked: &str) -> SyntaxError {
    let start = marked.find(">>>").unwrap();
    let end = marked.rfind("<<<").unwrap() - 3;
    let source = format!("{}{}{}", &marked[..start], &marked[start + 3..end + 3], &marked[end + 6..]);
    let error = parse_scalar(&text(&source), whole(&source)).expect_err(&source);
    assert_eq!(error.span.range(), start..end, "{marked}: {}", error.message);
    error
}

fn help(marked: &str) -> String {
    error(marked).help.unwrap_or_default()
}

#[test]
fn precedence() {
    for (source, expected) in [
        ("a or b and c", "(or a (and b c))"),
        ("a + b * c - d", "(- (+ a (* b c)) d)"),
        ("27 * 9/5 + 32", "(+ (/ (* 27 9) 5) 32)"),
        ("a // b % c", "(% (// a b) c)"),
        ("1 + 2 == 3 AND 2 == 2", "(and (== (+ 1 2) 3) (== 2 2))"),
        ("not a == b", "(== (not a) b)"),
        ("not \"x\" in m", "(in (not \"x\") m)"),
        ("not(\"x\" in m)", "(not (in \"x\" m))"),
        ("a NOT in b", "(not in a b)"),
        ("not a not in not b", "(not in (not a) (not b))"),
        ("-a.b * --c", "(* (- (. a b)) (- (- c)))"),
        ("- +1", "(- (+ 1))"),
        ("a - -9223372036854775808", "(- a -9223372036854775808)"),
        ("(a == b) == c", "(== (== a b) c)"),
        ("f(x)[0].y", "(. (@ (call f x) 0) y)"),
        ("text.split(a, \"-\")[0]", "(@ (call (. text split) a \"-\") 0)"),
        ("[0, len(x) - 1, []]", "[0 (- (call len x) 1) []]"),
        ("e.in.not.null", "(. (. (. e in) not) null)"),
        ("now()", "(call now )"),
        ("True or FALSE", "(or true false)"),
        ("a\n  +\tb", "(+ a b)"),
    ] {
        assert_eq!(shape(source), expected, "{source}");
    }
}

#[test]
fn spans_are_those_of_the_source() {
    let source = "(a + b) * f(x)[ 'k' ].z";
    let ExprKind::Binary(left, _, right) = parse(source).unwrap().kind else { panic!() };
    assert_eq!(&source[left.span.range()], "(a + b)");
    assert_eq!(&source[right.span.range()], "f(x)[ 'k' ].z");
    let ExprKind::Member(base, name) = right.kind else { panic!() };
    assert_eq!(&source[name.span.range()], "z");
    let ExprKind::Index(call, key) = base.kind else { panic!() };
    assert_eq!((&source[call.span.range()], &source[key.span.range()]), ("f(x)", "'k'"));
}

#[test]
fn scalars_without_braces_are_literals() {
    for literal in ["", "a + b", "$5", "{a}", "}", "$ {x}"] {
        assert_eq!(parse_scalar(&text(literal), whole(literal)), Ok(None));
    }
    for expression in ["${1}", "  ${ 1 }\n", "${\"}\" + \"${\"}", "${\"$\" + \"{\"}"] {
        assert!(parse_scalar(&text(expression), whole(expression)).unwrap().is_some(), "{expression}");
    }
}

#[test]
fn text_around_an_expression_is_refused_with_the_concatenation() {
    for (marked, proposal) in [
        ("hello->>>${<<<world}", r#"${"hello-" + world}"#),
        ("${a}>>> and ${b + 1}<<<", r#"${a + " and " + (b + 1)}"#),
        ("id: >>>${<<<x}", r#"'${"id: " + x}'"#),
        ("${\"}\" + x}>>>!<<<", r#"${("}" + x) + "!"}"#),
    ] {
        let error = error(marked);
        assert_eq!(error.code, Code::NotAnExpression, "{marked}");
        assert!(error.help.as_deref().unwrap().ends_with(proposal), "{marked}: {:?}", error.help);
    }
}

#[test]
fn scalars_that_are_no_expression() {
    assert!(error(">>>${}<<<").message.contains("empty"));
    assert!(error(" >>>${ \n}<<<").message.contains("empty"));
    assert!(help(">>>${<<<a + b").contains("` #`"));
    assert!(error("${a + >>>${<<<b}}").message.contains("inside an expression"));
    assert!(help("${f(>>>{<<<\"k\": 1})}").contains("assign the map to a variable first"));
}

#[test]
fn misplaced_tokens() {
    for (marked, message) in [
        ("${a >>>b<<<}", "unexpected 'b'"),
        ("${a +>>><<<}", "unexpected end of the expression"),
        ("${a >>>\"x\"<<<}", "unexpected string"),
        ("${f>>>(<<<a}", "'(' is not closed"),
        ("${a>>>[<<<1}", "'[' is not closed"),
        ("${(a >>>]<<<}", "unexpected ']'"),
        ("${a>>>)<<<}", "unexpected ')'"),
        ("${a.>>>5<<<}", "unexpected '5'"),
        ("${>>>in<<<}", "unexpected 'in'"),
        ("${a < b >>><<<< c}", "comparisons cannot be chained"),
        ("${a in b >>>not<<< in c}", "comparisons cannot be chained"),
        ("${>>>f(x)<<<(y)}", "only a function can be called"),
        ("${>>>(f)<<<(y)}", "only a function can be called"),
        ("${>>>\"f\"<<<(y)}", "only a function can be called"),
        ("${>>>9223372036854775808<<<}", "number '9223372036854775808' is out of range"),
        ("${- (>>>9223372036854775808<<<)}", "number '9223372036854775808' is out of range"),
        ("${a >>>!<<< b}", "token recognition error at: '!'"),
        ("${m[key>>>!<<<]}", "token recognition error at: '!'"),
    ] {
        assert_eq!(error(marked).message, message, "{marked}");
    }
}

#[test]
fn likely_mistakes_get_advice() {
    for (marked, advice) in [
        ("${a >>>And<<< b}", "`and`"),
        ("${Not >>>a<<<}", "`NOT`"),
        ("${a >>>IN<<< b}", "lower case"),
        ("${a == >>>Null<<<}", "lower case"),
        ("${a >>>=<<< b}", "`==`"),
        ("${a >>>&<<<& b}", "`and`"),
        ("${a >>>|<<<| b}", "`or`"),
        ("${>>>!<<<a}", "`not`"),
        ("${a >>>?<<< b : c}", "if("),
        ("${[1, 2, >>>]<<<}", "comma"),
        ("${2 *>>>*<<< 3}", "power"),
        ("${>>>.<<<5}", "0.5"),
        ("${>>>1.<<<}", "1.0"),
        ("${a >>>not<<< b}", "`not in`"),
        ("${>>>“<<<a”}", "straight"),
        ("${\"a>>>\\q<<<\"}", r"\n"),
        ("${>>>\"abc<<<}", "inside a string"),
    ] {
        let found = help(marked);
        assert!(found.contains(advice), "{marked}: {found}");
    }
}

#[test]
fn targets() {
    let source = "m.a[\"b c\"][i + 1].in";
    let target = parse_target(&text(source), whole(source)).unwrap();
    assert_eq!(target.name.value, "m");
    let accessors: Vec<(String, &str)> =
        target.accessors.iter().map(|a| (tree(a), &source[a.span.range()])).collect();
    assert_eq!(
        accessors,
        [
            ("\"a\"".into(), "a"),
            ("\"b c\"".into(), "\"b c\""),
            ("(+ i 1)".into(), "i + 1"),
            ("\"in\"".into(), "in")
        ]
    );
    for (bad, code) in [
        ("", Code::InvalidIdentifier),
        ("a-b", Code::InvalidIdentifier),
        ("1x", Code::InvalidIdentifier),
        ("${a}", Code::ExpressionSyntax),
        ("a[", Code::ExpressionSyntax),
        ("a[]", Code::ExpressionSyntax),
        ("a.b + 1", Code::ExpressionSyntax),
        ("f(x).y", Code::ExpressionSyntax),
        ("[0]", Code::ExpressionSyntax),
    ] {
        assert_eq!(parse_target(&text(bad), whole(bad)).unwrap_err().code, code, "{bad}");
    }
}

#[test]
fn depth_and_height_are_bounded() {
    for (unit, close) in [("(", ")"), ("[", "]"), ("-", ""), ("f(", ")"), ("a[", "]"), ("not ", "")] {
        let nested = |n: usize| format!("{}1{}", unit.repeat(n), close.repeat(n));
        assert!(parse(&nested(90)).is_ok(), "{unit}");
        assert_eq!(parse(&nested(50_000)).unwrap_err().code, Code::LimitExceeded, "{unit}");
    }
    for unit in ["+a", ".a", "[0]", " or a"] {
        assert!(parse(&format!("a{}", unit.repeat(200))).is_ok(), "{unit}");
        assert_eq!(
            parse(&format!("a{}", unit.repeat(50_000))).unwrap_err().code,
            Code::LimitExceeded,
            "{unit}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_within_bounds(source in "\\PC{0,60}|[-a-z0-9()\\[\\].,+*/%<>=!\"' {}$\\\\]{0,60}") {
        let braced = format!("${{{source}}}");
        let t = text(&braced);
        if let Err(error) = parse_scalar(&t, whole(&braced)) {
            prop_assert!(error.span.start <= error.span.end && error.span.end as usize <= braced.len());
        }
        let t = text(&source);
        if let Err(error) = parse_target(&t, whole(&source)) {
            prop_assert!(error.span.end as usize <= source.len());
        }
    }
}
