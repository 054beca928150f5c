//! Time of one step of a compute loop, beside the same loop written by hand over the same values.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use cogwork::execution::{Ending, Execution, Identity, Limits, Progress};
use cogwork::stdlib::Surroundings;
use cogwork::{Value, ops};

#[allow(unreachable_pub, missing_debug_implementations, dead_code, reason = "generated code")]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/workflows.rs"));
}

/// Iterations of a run.
const COUNT: i64 = 5_000_000;
/// Runs, of which the fastest counts.
const RUNS: usize = 5;

struct Nothing;

impl Surroundings for Nothing {
    fn now_micros(&self) -> i64 {
        0
    }

    fn random_bytes(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }

    fn env(&self, _: &str) -> Option<cogwork::value::EcoString> {
        None
    }
}

fn compiled_loop() -> String {
    let identity = Identity { id: "bench".to_owned(), callback_base: String::new(), secret: [0; 32] };
    let mut execution = Execution::new(
        &compiled::compute_loop::WORKFLOW,
        Value::Int(black_box(COUNT)),
        identity,
        Limits::default(),
        Arc::new(Nothing),
    );
    while execution.run() == Progress::Busy {}
    match execution.ending() {
        Some(Ending::Succeeded(text)) => text.clone(),
        other => panic!("{other:?}"),
    }
}

fn loop_by_hand() -> String {
    let n = Value::Int(black_box(COUNT));
    let (mut i, mut sum) = (Value::Int(0), Value::Int(0));
    while !ops::greater_equal(&i, &n).and_then(|v| ops::truth(&v)).expect("numbers") {
        i = ops::add(&i, &Value::Int(1)).expect("numbers");
        sum = ops::add(&sum, &i).expect("numbers");
        black_box(&sum);
    }
    sum.to_json_text().expect("JSON")
}

fn fastest(work: impl Fn() -> String) -> f64 {
    let time = || {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    (0..RUNS).map(|_| time()).fold(f64::INFINITY, f64::min)
}

fn main() {
    assert_eq!(compiled_loop(), loop_by_hand());
    let iterations = COUNT as f64;
    let compiled = fastest(compiled_loop) / iterations * 1e9;
    let by_hand = fastest(loop_by_hand) / iterations * 1e9;
    println!("compiled: {:.2} ns per step (two steps an iteration)", compiled / 2.0);
    println!("by hand:  {by_hand:.2} ns per iteration");
    println!("ratio:    {:.2}", compiled / by_hand);
}
