use proptest::prelude::*;

use super::*;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::expression::parser::{is_keyword, parse_expression};
use crate::syntax::tree::OffsetMap;

fn parse(source: &str) -> Expr {
    parse_expression(source, &OffsetMap::verbatim(0), 0, FileId(0))
        .unwrap_or_else(|e| panic!("{source}: {e}"))
}

#[test]
fn only_needed_parentheses_are_printed() {
    for (source, printed) in [
        ("((a + (b * c)))", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("not(\"x\" in m)", "not (\"x\" in m)"),
        ("(a == b) == c", "(a == b) == c"),
        ("(-1).x", "(-1).x"),
        ("-(a.x)", "-a.x"),
        ("('it\\'s' OR x)", "\"it's\" or x"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("(-9223372036854775808)[0]", "(-9223372036854775808)[0]"),
        ("1e300 + 1.0", "1e300 + 1.0"),
    ] {
        assert_eq!(parse(source).to_string(), printed);
    }
}

/// The tree with all spans equal.
fn without_spans(expr: &Expr) -> Expr {
    let boxed = |e: &Expr| Box::new(without_spans(e));
    let all = |items: &[Expr]| items.iter().map(without_spans).collect();
    let kind = match &expr.kind {
        ExprKind::List(items) => ExprKind::List(all(items)),
        ExprKind::Unary(op, operand) => ExprKind::Unary(*op, boxed(operand)),
        ExprKind::Binary(left, op, right) => ExprKind::Binary(boxed(left), *op, boxed(right)),
        ExprKind::Member(base, name) => {
            ExprKind::Member(boxed(base), Spanned::new(name.value.clone(), Span::default()))
        }
        ExprKind::Index(base, index) => ExprKind::Index(boxed(base), boxed(index)),
        ExprKind::Call(callee, args) => ExprKind::Call(boxed(callee), all(args)),
        leaf => leaf.clone(),
    };
    Expr { kind, span: Span::default() }
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_]{0,5}".prop_filter("a keyword", |word| !is_keyword(word))
}

fn binary_op() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::*;
    prop::sample::select(vec![
        Or,
        And,
        Equal,
        NotEqual,
        Less,
        LessEqual,
        Greater,
        GreaterEqual,
        In,
        NotIn,
        Add,
        Subtract,
        Multiply,
        Divide,
        FloorDivide,
        Remainder,
    ])
}

fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Bool),
        (0..=i64::MAX).prop_map(ExprKind::Int),
        Just(ExprKind::Int(i64::MIN)),
        (0.0..f64::MAX).prop_map(ExprKind::Float),
        (0.0..1.0).prop_map(ExprKind::Float),
        any::<String>().prop_map(ExprKind::Str),
        name().prop_map(ExprKind::Name),
    ]
    .prop_map(expr);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let member_name = "[a-zA-Z_][a-zA-Z0-9_]{0,5}|in|not|null";
        let unary = prop::sample::select(vec![UnaryOp::Not, UnaryOp::Negate, UnaryOp::Plus]);
        let callee = prop::collection::vec(name(), 1..3).prop_map(|parts| {
            let mut parts = parts.into_iter();
            let head = expr(ExprKind::Name(parts.next().unwrap()));
            parts.fold(head, |base, part| {
                expr(ExprKind::Member(Box::new(base), Spanned::new(part, Span::default())))
            })
        });
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ExprKind::List),
            (unary, inner.clone()).prop_map(|(op, e)| ExprKind::Unary(op, Box::new(e))),
            (inner.clone(), binary_op(), inner.clone()).prop_map(|(l, op, r)| ExprKind::Binary(
                Box::new(l),
                op,
                Box::new(r)
            )),
            (inner.clone(), member_name)
                .prop_map(|(b, n)| ExprKind::Member(Box::new(b), Spanned::new(n, Span::default()))),
            (inner.clone(), inner.clone()).prop_map(|(b, i)| ExprKind::Index(Box::new(b), Box::new(i))),
            (callee, prop::collection::vec(inner, 0..4)).prop_map(|(c, a)| ExprKind::Call(Box::new(c), a)),
        ]
        .prop_map(expr)
    })
}

proptest! {
    #[test]
    fn printed_expressions_parse_back(original in expressions()) {
        let printed = original.to_string();
        prop_assert_eq!(without_spans(&parse(&printed)), original, "{}", printed);
    }
}
