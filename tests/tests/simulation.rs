//! The engine in a simulated world; see `cogwork_tests::simulation`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cogwork::Workflow;
use cogwork_tests::simulation::{self as simulated, Report, Violation, race};

mod simulation {
    pub mod quiet;
    pub mod store_trouble;
}

/// The workflows of the simulation, compiled.
#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/simulation.rs"));
    include!(concat!(env!("OUT_DIR"), "/workflows/crash_mix.rs"));
}

/// How long the short form takes at most.
const SHORT: Duration = Duration::from_secs(12);

fn workflows() -> Vec<&'static Workflow> {
    let own = compiled::ALL.iter().map(|(_, _, _, workflow)| *workflow);
    own.chain([&compiled::crash_mix::WORKFLOW]).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs seeds on every core: `count` of them, or as many as there is time for.
fn seeds<T: Default + Send>(
    count: Option<u64>,
    run: impl Fn(u64) -> Result<T, Violation> + Sync,
    add: impl Fn(&mut T, T) + Sync,
) -> (u64, T) {
    let (next, total, begin) = (AtomicU64::new(0), Mutex::new(T::default()), Instant::now());
    let failure: Mutex<Option<Violation>> = Mutex::new(None);
    let more = || match count {
        Some(count) => next.load(Ordering::Relaxed) < count,
        None => begin.elapsed() < SHORT,
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                while more() && failure.lock().unwrap().is_none() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match run(seed) {
                        Ok(outcome) => add(&mut total.lock().unwrap(), outcome),
                        Err(violation) => *failure.lock().unwrap() = Some(violation),
                    }
                }
            });
        }
    });
    if let Some(violation) = failure.into_inner().unwrap() {
        panic!("{violation}");
    }
    (next.into_inner(), total.into_inner().unwrap())
}

#[test]
fn every_promise_holds_in_every_seed() {
    let workflows = workflows();
    if let Some(seed) = number("COGWORK_SIMULATION_SEED") {
        let report = simulated::run(seed, &workflows, true).unwrap_or_else(|violation| panic!("{violation}"));
        println!("{report:#?}");
        return;
    }
    let begin = Instant::now();
    let (count, total) = seeds(
        number("COGWORK_SIMULATION_SEEDS"),
        |seed| simulated::run(seed, &workflows, false),
        |total: &mut Report, report| total.add(&report),
    );
    println!("{count} seeds in {:?}: {total:?}", begin.elapsed());
    let counts = [total.crashes, total.lost, total.repeated, total.unannounced, total.absent];
    // A slow machine may not get far in the short form.
    assert!(count < 200 || !counts.contains(&0), "the simulation is too kind: {total:?}");
}

#[test]
fn a_seed_replays_exactly() {
    let workflows = workflows();
    for seed in 0..20 {
        let first = simulated::run(seed, &workflows, false);
        let second = simulated::run(seed, &workflows, false);
        match (first, second) {
            (Ok(first), Ok(second)) => assert_eq!(first, second, "seed {seed}"),
            (Err(violation), _) | (_, Err(violation)) => panic!("{violation}"),
        }
    }
}

#[test]
fn a_callback_and_its_timeout_agree_in_every_seed() {
    let run = |seed, print| race::run(seed, &compiled::late::WORKFLOW, print);
    if let Some(seed) = number("COGWORK_RACE_SEED") {
        println!("{:#?}", run(seed, true).unwrap_or_else(|violation| panic!("{violation}")));
        return;
    }
    assert_eq!(run(3, false).unwrap(), run(3, false).unwrap(), "it replays exactly");
    let begin = Instant::now();
    let (count, total) = seeds(
        number("COGWORK_RACE_SEEDS"),
        |seed| run(seed, false),
        |total: &mut race::Outcome, outcome| total.add(&outcome),
    );
    println!("{count} races in {:?}: {total:?}", begin.elapsed());
    let counts = [total.before, total.after, total.refused];
    assert!(count < 200 || !counts.contains(&0), "no race at all: {total:?}");
}
