//! Child executions of workflows in the same program.

use cogwork::store::Query;
use cogwork_tests::harness::Harness;
use cogwork_tests::troubled::{Fate, Operation, Troubled};
use serde_json::{Value, json};

use crate::compiled;

#[tokio::test(start_paused = true)]
async fn children_run_side_by_side_and_their_results_come_back() {
    let harness = Harness::with(&compiled::child_caller::WORKFLOW, |builder| {
        builder
            .workflow(&compiled::subworkflows::WORKFLOW)
            .workflow(&compiled::child_sleeper::WORKFLOW)
            .workflow(&compiled::inline_bodies::WORKFLOW)
    })
    .await;
    let ended = harness.run(Value::Null).await;
    let result = ended.result();
    assert_eq!(result["single"], json!(["hello number 3", 6, "hello a/bye b/7", false]));
    assert_eq!(result["all"], json!([10, 20, 30]));
    assert_eq!(result["failure"]["tags"], json!(["ExecutionError"]));
    assert!(result["failure"]["message"].as_str().unwrap().contains("negative"), "{result}");
    assert_eq!(result["late"], json!(["TimeoutError"]));
    // Three seconds for the longest of three, five until the timeout.
    assert!((ended.seconds - 8.0).abs() < 0.01, "took {}", ended.seconds);
    let query = Query { workflow: Some("child_sleeper".to_owned()), limit: 100, ..Query::default() };
    assert_eq!(harness.engine.list(query).await.unwrap().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_delays_children_and_fails_none() {
    let mut writes = 0;
    let every_second_fails = move |operation: Operation<'_>| {
        let is_write = matches!(operation, Operation::Create(_) | Operation::Commit { .. });
        writes += u32::from(is_write);
        if is_write && writes % 2 == 0 { Fate::Fails } else { Fate::Works }
    };
    let harness = Harness::with(&compiled::child_caller::WORKFLOW, |builder| {
        builder
            .workflow(&compiled::subworkflows::WORKFLOW)
            .workflow(&compiled::child_sleeper::WORKFLOW)
            .workflow(&compiled::inline_bodies::WORKFLOW)
            .store(Troubled::new(every_second_fails))
    })
    .await;
    let result = harness.run(Value::Null).await.result();
    assert_eq!(result["single"], json!(["hello number 3", 6, "hello a/bye b/7", false]));
    assert_eq!(result["all"], json!([10, 20, 30]));
    assert!(result["failure"]["message"].as_str().unwrap().contains("negative"), "{result}");
    assert_eq!(result["late"], json!(["TimeoutError"]));
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_is_not_here_is_an_error() {
    let harness = Harness::new(&compiled::child_caller::WORKFLOW).await;
    let payload = harness.run(Value::Null).await.payload();
    assert_eq!(payload["tags"], json!(["ExecutionError"]));
    assert!(payload["message"].as_str().unwrap().contains("subworkflows"), "{payload}");
}

#[tokio::test(start_paused = true)]
async fn the_executions_api_is_answered_by_the_program_itself() {
    let harness = Harness::with(&compiled::executions_api::WORKFLOW, |builder| {
        builder.workflow(&compiled::child_sleeper::WORKFLOW)
    })
    .await;
    let ended = harness.run(json!("child_sleeper")).await;
    let result = ended.result();
    assert_eq!(result["run"], json!(20));
    let created = &result["created"];
    assert_eq!((&created["state"], &created["result"]), (&json!("SUCCEEDED"), &json!("30")));
    assert_eq!((&created["argument"], &created["labels"]), (&json!("3"), &json!({"kind": "child"})));
    assert_eq!(result["begun"], json!("ACTIVE"));
    assert_eq!((&result["looked"]["state"], result["looked"].get("argument")), (&json!("ACTIVE"), None));
    assert_eq!((&result["cancelled"], &result["nothing"]), (&json!("CANCELLED"), &Value::Null));
    let failure = &result["failure"];
    assert_eq!(failure["tags"], json!(["OperationError"]));
    assert_eq!(failure["operation"]["state"], json!("FAILED"));
    assert!(failure["error"]["payload"].as_str().unwrap().contains("TypeError"), "{failure}");
    let seen: Vec<_> = result["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["tags"][0].as_str().unwrap(), error["body"]["error"]["status"].as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            ("HttpError", Some("FAILED_PRECONDITION")),
            ("HttpError", Some("NOT_FOUND")),
            ("HttpError", Some("INVALID_ARGUMENT")),
            ("TimeoutError", None),
        ]
    );
    // Two, three, and five until the timeout; nothing was waited for otherwise.
    assert!((ended.seconds - 10.0).abs() < 0.01, "took {}", ended.seconds);
    let query = Query { workflow: Some("child_sleeper".to_owned()), limit: 100, ..Query::default() };
    assert_eq!(harness.engine.list(query).await.unwrap().len(), 6);
}
