use super::*;

#[test]
fn experiment() {
    for source in [
        "a: ${\"x: \" + b}\n",
        "- x:\n    text: ${\"x: \" + b}\n    c: 1\n",
        "- ${\"x: \" + b}\n",
        "a: [${a}]\n",
        "a: [${a}, ${b}]\n",
        "a: {k: ${a}}\n",
        "a:\n\tb: 1\n",
        "a:\n  b: 1\n\tc: 1\n",
        "a:\n  - b\n\t- c\n",
        "a:\n  \tb: 1\n",
        "{\"a\": \"${\\\\\"Received \\\\\" + x}\", \"b\": 1}",
        "a: \"${\\\\\"Received \\\\\" + x}\"\n",
        "a: \"x\" y\n",
        "a: \"x\nb: 1\n",
        "a: [1, 2\nb: 1\n",
        "a: {x: 1\nb: 1\n",
        "a: 1\n b: 2\n",
        "a:\n    b: 2\n  c: 3\n",
        "a:\n- b\nc\n",
        "a: b\nc\nd: e\n",
        "- a\nb: 1\n",
        "a: * * *\n",
        "a: *foo\n",
        "a: @x\n",
        "a: `x`\n",
        "a: %x\n",
        "a: \"\\q\"\n",
        "a: \"\\ud83d\"\n",
        "a: ]\n",
        "a: [}\n",
        "a: 'it's'\n",
        "{\"a\": 1,}",
        "{\"a\" 1}",
        "{\"a\": 1 \"b\": 2}",
        "[1 2]",
        "a: |\n\tx\n",
        "a: - b\n",
        "a:b: c: d\n",
        "? [a]\n: b\n",
        "{a: b}: c\n",
        "${a}: b\n",
        "a: ${if(x, {\"k\": 1}, 2)}\n",
        "a:\n  b:\n c:\n",
        "--- a\n--- b\n",
        "a: !foo x\n",
        "a: x #c\n  y\n",
        "\u{feff}a: b",
        "a: \u{1}",
        "a: b\u{feff}c\n\u{feff}d: e",
    ] {
        let mut d = Diagnostics::default();
        let node = parse(FileId(0), source, &mut d);
        println!("=== {source}");
        let mut map = crate::source::SourceMap::default(); map.add(crate::source::Source::new("a.yaml", source));
        for d in d.into_sorted() {
            println!("{}", crate::diagnostic::render::render(&d, &map, crate::diagnostic::render::Style::Plain));
            if false { println!("   {} at {}..{}: {:?}", d.message, d.span.start, d.span.end, &source[d.span.start as usize..].chars().take(12).collect::<String>()); }
        }
        if let Some(node) = node { println!("   {:?}", show(&node, source)) }
    }
}

fn show(node: &Node, source: &str) -> String {
    let here = format!("{:?}", &source[node.span.range()]);
    match &node.kind {
        NodeKind::List(items) => format!("L{here}({})", items.iter().map(|n| show(n, source)).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(items) => format!("M{here}({})", items.iter().map(|n| format!("{:?}={}", &source[n.key_span.range()], show(&n.value, source))).collect::<Vec<_>>().join(", ")),
        k => format!("{k:?}{here}@{}", node.span.start),
    }
}
