//! The samples do what they say, in YAML and in JSON.

use cogwork::Workflow;
use cogwork_tests::harness::{Harness, request};
use serde_json::{Value, json};

use crate::samples;

const TIMEOUTS: [&Workflow; 2] =
    [&samples::callback_timeout::WORKFLOW, &samples::callback_timeout_json::WORKFLOW];
const RETRIES: [&Workflow; 2] = [&samples::callback_retry::WORKFLOW, &samples::callback_retry_json::WORKFLOW];
const PARALLELS: [&Workflow; 2] =
    [&samples::callback_parallel::WORKFLOW, &samples::callback_parallel_json::WORKFLOW];

#[test]
fn yaml_and_json_forms_are_the_same_machines() {
    for [yaml, json] in [TIMEOUTS, RETRIES, PARALLELS] {
        assert_eq!(yaml.revision, json.revision, "{}", yaml.name);
    }
}

#[tokio::test(start_paused = true)]
async fn the_basic_sample_returns_the_request() {
    let harness = Harness::new(&samples::callback_basic::WORKFLOW).await;
    let id = harness.start(Value::Null).await;
    let endpoint = harness.endpoints(&id, 1, 1).await.remove(0);
    harness.engine.deliver_callback(&id, &endpoint, request("GET", Value::Null)).await.unwrap();
    assert_eq!(harness.end(&id).await.result()["method"], json!("GET"));
    assert_eq!(harness.log_lines().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_is_logged_and_the_execution_succeeds() {
    for workflow in TIMEOUTS {
        let harness = Harness::new(workflow).await;
        let ended = harness.run(json!({"timeout": 3})).await;
        assert_eq!(ended.result(), Value::Null);
        assert!((ended.seconds - 3.0).abs() < 0.01, "took {}", ended.seconds);
        let lines = harness.log_lines();
        assert!(matches!(&lines[..], [line] if line.starts_with("ERROR ")), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_loop_warns_five_times_and_then_fails() {
    for workflow in RETRIES {
        let harness = Harness::new(workflow).await;
        let ended = harness.run(json!({"timeout": 2})).await;
        assert_eq!(ended.payload()["tags"], json!(["TimeoutError"]));
        let start = ended.record.create_time.seconds();
        let times: Vec<f64> =
            harness.log.records().iter().map(|record| (record.time.seconds() - start).round()).collect();
        // Two seconds of waiting each, then delays of 1, 2, 4 and 8 s; the last delay of 10 s is followed by no warning.
        assert_eq!(times, [2.0, 5.0, 9.0, 15.0, 25.0]);
        assert!((ended.seconds - 37.0).abs() < 0.01, "took {}", ended.seconds);
        assert!(harness.log_lines().iter().all(|line| line.starts_with("WARNING ")));
    }
}
