//! Random programs: compiled code against the direct evaluator. See `cogwork_tests::random`.

use std::env;
use std::path::Path;

use cogwork_tests::random::batch::Project;
use cogwork_tests::random::evaluate::evaluate;
use cogwork_tests::random::generate::{Generated, generate};
use cogwork_tests::random::program::Program;
use cogwork_tests::random::render::render;
use cogwork_tests::random::run::{compare, outcomes};
use cogwork_tests::random::shrink::shrink;

#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/random_programs.rs"));
}

/// Programs in one batch of the long form, and disagreements that are made smaller.
const BATCH: u64 = 40;
const SHRUNK: usize = 3;

#[test]
fn compiled_programs_come_to_what_the_evaluator_says() {
    let mut failures = Vec::new();
    for (seed, workflow) in compiled::PROGRAMS {
        let Generated { program, outcome } = generate(*seed);
        if let Err(difference) = compare(&outcome, &outcomes(workflow)) {
            failures.push(format!("seed {seed}: {difference}\n{}", render(&program)));
        }
    }
    assert!(compiled::PROGRAMS.len() >= 100, "there are programs");
    assert!(failures.is_empty(), "{} programs disagree:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn as_many_programs_as_the_environment_asks_for() {
    let Some(count) = number("COGWORK_RANDOM_PROGRAMS") else { return };
    let first = number("COGWORK_RANDOM_SEED").unwrap_or(1_000_000);
    let project = project();
    let mut failures = Vec::new();
    for start in (first..first + count).step_by(BATCH as usize) {
        let seeds: Vec<u64> = (start..(start + BATCH).min(first + count)).collect();
        let generated: Vec<Generated> = seeds.iter().map(|seed| generate(*seed)).collect();
        let programs: Vec<&Program> = generated.iter().map(|generated| &generated.program).collect();
        for ((seed, generated), found) in seeds.iter().zip(&generated).zip(project.run(&programs)) {
            if let Err(difference) = compare(&generated.outcome, &found) {
                eprintln!("seed {seed}: {difference}\n");
                failures.push(*seed);
            }
        }
        eprintln!("{} programs, {} disagreements", start + BATCH - first, failures.len());
    }
    for seed in failures.iter().take(SHRUNK) {
        show_smaller(&project, *seed);
    }
    assert!(failures.is_empty(), "the programs of these seeds disagree: {failures:?}");
}

#[test]
fn the_disagreement_of_a_seed_made_smaller() {
    if let Some(seed) = number("COGWORK_RANDOM_SHRINK") {
        show_smaller(&project(), seed);
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn project() -> Project {
    Project::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("random-programs"))
}

fn show_smaller(project: &Project, seed: u64) {
    let smaller = shrink(&generate(seed).program, |some| {
        let found = project.run(some);
        // A program that the compiler refuses has no outcome, and the evaluator does not know what it would mean; if
        // that is wrong, it is wrong in another way.
        let disagrees = |(program, found)| {
            Result::is_ok(found)
                && evaluate(program).is_some_and(|expected| compare(&expected, found).is_err())
        };
        some.iter().copied().zip(&found).position(disagrees)
    });
    let expected = evaluate(&smaller).expect("what is shrunk has an outcome");
    let difference = compare(&expected, &project.run(&[&smaller])[0]);
    eprintln!("seed {seed}, made smaller: {difference:?}\n{}", render(&smaller));
}
