//! Small workflows in every format.

use super::{Format, Graph, GraphError, model::NodeKind, render};
use crate::{Options, Source, compile};

const LOOP: &str = r#"
main:
  params: [items]
  steps:
    - each:
        for:
          value: item
          in: ${items}
          steps:
            - look:
                switch:
                  - condition: ${item == "skip"}
                    next: continue
                  - condition: ${not (item in ["a", "b"])}
                    next: break
            - use:
                call: sys.log
                args: {text: "${item}"}
    - done:
        return: ${len(items)}
"#;

const RETRY: &str = r#"
main:
  steps:
    - fetch:
        try:
          call: http.get
          args: {url: "http://localhost/"}
          result: answer
        retry: ${http.default_retry}
        except:
          as: e
          steps:
            - known:
                switch:
                  - condition: ${e.code == 404}
                    return: null
            - unknown:
                raise: ${e}
    - done:
        return: ${answer.body}
"#;

const NESTED_TRY: &str = r#"
main:
  steps:
    - outer:
        try:
          steps:
            - work:
                call: step
            - complain:
                raise: "no"
        retry:
          predicate: ${judge}
          max_retries: 2
        except:
          as: e
          steps:
            - note: {assign: [{seen: "${e}"}]}
step:
  steps:
    - one: {return: 1}
judge:
  params: [e]
  steps:
    - verdict: {return: "${e == 1}"}
"#;

const PARALLEL: &str = r#"
main:
  params: [urls]
  steps:
    - init: {assign: [{total: 0}]}
    - both:
        parallel:
          shared: [total]
          branches:
            - left:
                steps:
                  - inner:
                      parallel:
                        for:
                          value: url
                          in: ${urls}
                          steps:
                            - get: {call: http.get, args: {url: "${url}"}}
            - right:
                steps:
                  - add: {assign: [{total: "${total + 1}"}]}
    - done: {return: "${total}"}
"#;

const CALLS: &str = r#"
main:
  params: [n]
  steps:
    - check:
        switch:
          - condition: ${n > 0 and even(n)}
            next: again
          - condition: ${n > 100}
            raise: "too large"
        next: end
    - again:
        next: check
even:
  params: [n]
  steps:
    - result: {return: "${n % 2 == 0}"}
"#;

const SAMPLES: [(&str, &str); 5] =
    [("loop", LOOP), ("retry", RETRY), ("nested_try", NESTED_TRY), ("parallel", PARALLEL), ("calls", CALLS)];

fn module(text: &str) -> crate::ir::Module {
    let compilation = compile(vec![Source::new("flow.yaml", text)], &Options::default());
    compilation.module.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

fn written(text: &str, format: Format) -> String {
    render(&module(text), format).unwrap()
}

#[test]
fn mermaid() {
    for (name, text) in SAMPLES {
        // The colours are the same each time.
        let flow = written(text, Format::Mermaid);
        insta::assert_snapshot!(format!("mermaid_{name}"), flow.split("    classDef").next().unwrap());
    }
}

#[test]
fn dot() {
    for (name, text) in [SAMPLES[1], SAMPLES[3]] {
        insta::assert_snapshot!(format!("dot_{name}"), written(text, Format::Dot));
    }
}

#[test]
fn json() {
    for (name, text) in [SAMPLES[1], SAMPLES[4]] {
        insta::assert_snapshot!(format!("json_{name}"), written(text, Format::Json));
    }
}

#[test]
fn the_same_bytes_each_time() {
    for (_, text) in SAMPLES {
        for format in [Format::Mermaid, Format::Dot, Format::Json, Format::Svg] {
            assert_eq!(written(text, format), written(text, format));
        }
    }
}

/// The number of elements whose class begins so.
fn count(svg: &roxmltree::Document<'_>, class: &str) -> usize {
    let is = |node: &roxmltree::Node<'_, '_>| {
        node.attribute("class").is_some_and(|found| found == class || found.starts_with(&format!("{class} ")))
    };
    svg.descendants().filter(is).count()
}

#[test]
fn pictures_are_well_formed_and_complete() {
    for (name, text) in SAMPLES {
        let module = module(text);
        let graph = Graph::of(&module);
        let text = render(&module, Format::Svg).unwrap();
        let svg = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(svg.root_element().tag_name().name(), "svg");
        assert_eq!(count(&svg, "node"), graph.nodes.len(), "{name}");
        assert_eq!(count(&svg, "panel") + count(&svg, "frame"), graph.regions.len(), "{name}");
        let calls = graph.edges.iter().filter(|edge| edge.kind.as_str() == "call").count();
        assert_eq!(count(&svg, "edge"), graph.edges.len() - calls, "{name}");
        let ids: Vec<_> = svg.descendants().filter_map(|node| node.attribute("id")).collect();
        for target in svg.descendants().filter_map(|node| node.attribute("href")) {
            assert!(ids.contains(&target.trim_start_matches('#')), "{target}");
        }
        for value in svg.descendants().flat_map(|node| node.attributes()).map(|attribute| attribute.value()) {
            assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
        }
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "a\"]; n0 & \\N `b` %%{init}%% </text><script>alert(1)</script> #quot;";
    let text = serde_json::json!({"main": {"steps": [
        {name: {"assign": [{"x": 1}]}},
        {"\u{1}\u{202e}\u{feff}\n": {"switch": [{"condition": format!("${{x == {}}}", serde_json::json!(name)), "next": "end"}]}},
        {"n".repeat(500): {"return": 2}},
    ]}})
    .to_string();
    let svg = written(&text, Format::Svg);
    let svg = roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.descendants().all(|node| node.tag_name().name() != "script"));
    let texts: Vec<_> =
        svg.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    assert!(texts.iter().any(|text| text.starts_with("a\"]; n0 & \\N `b` %%{")), "{texts:?}");
    assert!(texts.iter().all(|text| text.chars().count() <= 60));

    let json: serde_json::Value = serde_json::from_str(&written(&text, Format::Json)).unwrap();
    assert_eq!(json["nodes"][1]["name"], name);

    let mermaid = written(&text, Format::Mermaid);
    assert!(["%%", "<script", "`", "&", "]; n0"].iter().all(|part| !mermaid.contains(part)), "{mermaid}");
    let dot = written(&text, Format::Dot);
    assert!(dot.contains(r#""a\"]; n0 &amp; \\N `b` %%{"#), "{dot}");
    for text in [mermaid, dot] {
        assert!(text.chars().all(|c| c == '\n' || !(c.is_control() || c == '\u{202e}')));
    }
}

#[test]
fn edges_are_what_the_source_says() {
    let graph = Graph::of(&module(NESTED_TRY));
    let name = |id| {
        graph.node(id).map_or("", |node| if node.name.is_empty() { node.kind.as_str() } else { &node.name })
    };
    let ways: Vec<String> =
        graph.edges.iter().map(|e| format!("{} {} {}", name(e.from), e.kind.as_str(), name(e.to))).collect();
    for way in [
        "outer retry outer",
        "outer except note",
        "complain except note",
        "work call start",
        "outer call start",
    ] {
        assert!(ways.iter().any(|found| found == way), "{way}: {ways:#?}");
    }
    let guarded: Vec<&str> =
        graph.nodes.iter().filter(|n| n.guard.is_some()).map(|n| n.name.as_str()).collect();
    assert_eq!(guarded, ["work", "complain"]);
}

#[test]
fn what_is_too_large_is_not_drawn() {
    let mut module = module("main: {steps: [{a: {return: 1}}]}");
    let machine = &mut module.machines[0];
    let (step, block) = (machine.steps[0].clone(), machine.blocks[0].clone());
    machine.steps = vec![step; 20_001];
    machine.blocks = (0..20_001).map(|step| crate::ir::Block { step, ..block.clone() }).collect();
    let error = render(&module, Format::Svg).unwrap_err();
    assert_eq!(error, GraphError::TooLarge { nodes: 20_003, limit: 20_000 });
    assert!(error.to_string().contains("json or dot"));
    assert!(render(&module, Format::Json).is_ok());
}

#[test]
fn every_word_of_a_summary_is_a_kind() {
    let graph = Graph::of(&module(PARALLEL));
    let kinds: Vec<NodeKind> = graph.nodes.iter().map(|node| node.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == NodeKind::Join).count(), 2);
    assert_eq!(kinds.iter().filter(|kind| **kind == NodeKind::Parallel).count(), 2);
}
