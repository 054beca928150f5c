//! Behaviour of the language, through compiled code.

use cogwork_tests::harness::Harness;
use serde_json::{Value, json};

use crate::compiled;

#[tokio::test(start_paused = true)]
async fn loops_sum_and_break() {
    let harness = Harness::new(&compiled::arithmetic_loop::WORKFLOW).await;
    assert_eq!(harness.run(json!(30)).await.result(), json!({"sum": 42, "count": 6, "last": 12}));
    assert_eq!(harness.run(json!(100_000)).await.result(), json!({"sum": 2550, "count": 50, "last": 100}));
}

#[tokio::test(start_paused = true)]
async fn assignments_reach_into_values_and_copies_stay_apart() {
    let harness = Harness::new(&compiled::nested_targets::WORKFLOW).await;
    let result = harness.run(Value::Null).await.result();
    let expected = json!({
        "changed": {
            "lines": [10, 20, 99],
            "customer": {"name": "Ada", "city": "London", "address": {"zip": "N1"}},
        },
        "untouched": {"lines": [10, 20, 30], "customer": {"name": "Ada"}},
    });
    assert_eq!(result, expected);
}

#[tokio::test(start_paused = true)]
async fn jumps_go_where_they_say() {
    let harness = Harness::new(&compiled::jumps::WORKFLOW).await;
    assert_eq!(harness.run(Value::Null).await.result(), json!("aaida"));
}

#[tokio::test(start_paused = true)]
async fn subworkflows_are_called_by_step_and_in_expressions() {
    let harness = Harness::new(&compiled::subworkflows::WORKFLOW).await;
    let result = harness.run(json!(5)).await.result();
    assert_eq!(result, json!(["hello number 5", 120, "hello a/bye b/7", false]));
}

#[tokio::test(start_paused = true)]
async fn errors_are_caught_and_raised_again() {
    let harness = Harness::new(&compiled::errors::WORKFLOW).await;
    let caught = |kind: &str| {
        let harness = &harness;
        let argument = json!(kind);
        async move { harness.run(argument).await.result() }
    };
    assert_eq!(caught("string").await, json!({"log": ["inner", "outer"], "caught": "plain"}));
    assert_eq!(
        caught("map").await,
        json!({"log": ["inner", "outer"], "caught": {"code": 55, "message": "custom"}})
    );
    let key = caught("key").await;
    assert_eq!(key["caught"]["tags"], json!(["KeyError", "LookupError"]));
    assert_eq!(key["caught"]["message"], json!("KeyError: key not found: missing"));
    assert_eq!(caught("index").await["caught"]["tags"][0], json!("IndexError"));
    assert_eq!(caught("zero").await["caught"]["tags"][0], json!("ZeroDivisionError"));
    assert_eq!(caught("none").await, json!("no error"));
}

#[tokio::test(start_paused = true)]
async fn retries_wait_longer_each_time_and_give_up() {
    let harness = Harness::new(&compiled::retry_builtin::WORKFLOW).await;
    let ended = harness.run(json!(0)).await;
    assert_eq!(ended.result()["attempts"], json!(1));
    // 2 s, then 4 s, then 5 s by the upper bound.
    let ended = harness.run(json!(3)).await;
    assert_eq!(ended.result()["attempts"], json!(4));
    assert!((ended.seconds - 11.0).abs() < 0.01, "waited {}", ended.seconds);
    let ended = harness.run(json!(4)).await;
    assert_eq!(ended.payload(), json!({"tags": ["ConnectionError"], "message": "not yet"}));
    assert!(
        ended.context().starts_with("not yet\nin step \"maybe\", routine \"main\", line: "),
        "{}",
        ended.context()
    );
}

#[tokio::test(start_paused = true)]
async fn inline_bodies_act_and_then_go_on() {
    let harness = Harness::new(&compiled::inline_bodies::WORKFLOW).await;
    assert_eq!(harness.run(json!(-1)).await.payload()["message"], json!("negative"));
    for (argument, expected) in [(0, "zero"), (1, "one is 1"), (2, "small"), (7, "large 7")] {
        assert_eq!(harness.run(json!(argument)).await.result(), json!(expected), "{argument}");
    }
}

#[tokio::test(start_paused = true)]
async fn branches_share_what_they_say_and_all_of_them_run() {
    let harness = Harness::new(&compiled::parallel_branches::WORKFLOW).await;
    let ended = harness.run(json!(false)).await;
    assert_eq!(ended.result(), json!({"total": 23, "names": {"left": "done", "right": "done"}}));
    assert!((ended.seconds - 3.0).abs() < 0.01, "waited {}", ended.seconds);
    let failed = harness.run(json!(true)).await.result();
    assert_eq!(failed["total"], json!(11));
    assert_eq!(failed["names"], json!({"left": "done"}));
    assert_eq!(failed["error"]["tags"], json!(["UnhandledBranchError", "RuntimeError"]));
    assert_eq!(failed["error"]["branches"][0]["id"], json!("1"));
    assert_eq!(failed["error"]["branches"][0]["error"]["payload"], json!("\"right is broken\""));
    assert_eq!(failed["error"]["truncated"], json!(false));
}
