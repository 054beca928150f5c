//! The conformance tables, run through compiled code.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use cogwork::effect::{LogEntry, LogPayload};
use cogwork::{State, Workflow};
use cogwork_compiler::diagnostic::render::Style;
use cogwork_compiler::{Options, Source, compile};
use cogwork_tests::harness::{Ended, Harness};

#[path = "../../conformance_cases.rs"]
mod cases;

#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/conformance.rs"));
}

#[test]
fn every_case_gives_what_its_fact_says() {
    let workflows: BTreeMap<&str, &'static Workflow> = compiled::CASES.iter().copied().collect();
    let tables = cases::read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance"));
    let mut failures = Vec::new();
    let mut names = HashSet::new();
    let mut count = 0;
    for case in tables.into_iter().flatten() {
        count += 1;
        assert!(names.insert(case.id()), "two cases are called `{}`", case.name);
        let outcome = match &case.rejected {
            Some(code) => rejected(&case, code),
            None => match workflows.get(case.id().as_str()) {
                Some(workflow) => run(&case, workflow),
                None => Err(format!("does not compile:\n{}", diagnostics(&case))),
            },
        };
        if let Err(problem) = outcome {
            failures.push(format!("{} ({}): {problem}", case.name, case.section));
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    println!("{count} conformance cases");
}

fn diagnostics(case: &cases::Case) -> String {
    compile(vec![Source::new("case.yaml", case.definition())], &Options::default()).report(Style::Plain)
}

fn rejected(case: &cases::Case, code: &str) -> Result<(), String> {
    let mut options = Options::default();
    if case.google_limits {
        options.limits = cogwork_compiler::Limits::google();
    }
    let compilation = compile(vec![Source::new("case.yaml", case.definition())], &options);
    let found: Vec<_> = compilation.diagnostics.iter().map(|d| d.code.as_str()).collect();
    if compilation.has_errors() && found.contains(&code) {
        Ok(())
    } else {
        Err(format!("expected {code}, found {found:?}\n{}", compilation.report(Style::Plain)))
    }
}

fn run(case: &cases::Case, workflow: &'static Workflow) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    let (ended, logged) = runtime.block_on(async {
        let harness = Harness::with(workflow, |builder| builder.env("STAGE", "test")).await;
        (harness.run(case.argument.clone()).await, logged(&harness))
    });
    match &case.log {
        Some(expected) if *expected != logged => Err(format!("logged {logged:?}, expected {expected:?}")),
        _ => compare(case, &ended),
    }
}

fn logged(harness: &Harness) -> Vec<String> {
    let line = |entry: LogEntry| {
        let (kind, payload) = match entry.payload {
            LogPayload::Text(text) => ("text", text),
            LogPayload::Json(value) => ("json", value.to_json_text().expect("JSON")),
        };
        format!("{} {kind} {payload}", entry.severity.as_str())
    };
    harness.log.records().into_iter().map(|record| line(record.entry)).collect()
}

fn compare(case: &cases::Case, ended: &Ended) -> Result<(), String> {
    if let Some(seconds) = case.seconds
        && (ended.seconds - seconds).abs() > 0.01
    {
        return Err(format!("took {} s, expected {seconds} s", ended.seconds));
    }
    if let Some(expected) = &case.result {
        let found = match ended.record.state {
            State::Succeeded => ended.result(),
            _ => return Err(format!("failed: {}", ended.context())),
        };
        return if found == *expected { Ok(()) } else { Err(format!("gave {found}, expected {expected}")) };
    }
    if ended.record.state != State::Failed {
        return Err(format!("succeeded with {:?}", ended.record.result));
    }
    let payload = ended.payload();
    if let Some(tag) = &case.tag
        && !payload["tags"].as_array().is_some_and(|tags| tags.iter().any(|t| t == tag.as_str()))
    {
        return Err(format!("raised {payload}, expected tag {tag}"));
    }
    if let Some(expected) = &case.payload
        && payload != *expected
    {
        return Err(format!("raised {payload}, expected {expected}"));
    }
    if let Some(message) = &case.message
        && !ended.context().contains(message.as_str())
    {
        return Err(format!("context is {:?}, expected it to contain {message:?}", ended.context()));
    }
    if case.tag.is_none() && case.payload.is_none() && case.message.is_none() && case.seconds.is_none() {
        return Err("the case expects nothing".to_owned());
    }
    Ok(())
}
