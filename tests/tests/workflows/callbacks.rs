//! Callback endpoints, awaits and their slots, under virtual time.

use cogwork::State;
use cogwork::execution::Delivery;
use cogwork_tests::harness::{Harness, request};
use serde_json::{Value, json};

use crate::compiled;

#[tokio::test(start_paused = true)]
async fn a_request_ends_the_await() {
    let harness = Harness::new(&compiled::callback_basic::WORKFLOW).await;
    let id = harness.start(Value::Null).await;
    let [endpoint] = &harness.endpoints(&id, 1, 1).await[..] else { panic!("one endpoint") };
    assert_eq!(harness.engine.get(&id).await.unwrap().state, State::Active);
    let wrong = harness.engine.deliver_callback(&id, endpoint, request("GET", Value::Null)).await.unwrap();
    assert_eq!(wrong, Delivery::WrongMethod { allowed: "POST".to_owned() });
    let unknown =
        harness.engine.deliver_callback(&id, "nonsense", request("POST", Value::Null)).await.unwrap();
    assert_eq!(unknown, Delivery::NotFound);
    let body = json!({"foo": "bar"});
    let accepted =
        harness.engine.deliver_callback(&id, endpoint, request("POST", body.clone())).await.unwrap();
    assert_eq!(accepted, Delivery::Accepted);
    let ended = harness.end(&id).await;
    let result = ended.result();
    assert_eq!(result["body"], body);
    assert_eq!(result["method"], json!("POST"));
    assert_eq!(result["headers"], json!({"Content-Type": "application/json"}));
    let late = harness.engine.deliver_callback(&id, endpoint, request("POST", json!(1))).await.unwrap();
    assert_eq!(late, Delivery::NotFound);
    let lines = harness.log_lines();
    assert!(
        lines[0].starts_with("INFO Listening for callbacks on http://callbacks.test/v1/projects/"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("INFO Received {\"body\":{\"foo\":\"bar\"},\"headers\":"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_can_be_caught() {
    let harness = Harness::new(&compiled::callback_timeout::WORKFLOW).await;
    let ended = harness.run(Value::Null).await;
    assert_eq!(ended.result(), Value::Null);
    assert!((ended.seconds - 30.0).abs() < 0.01, "waited {}", ended.seconds);
    let lines = harness.log_lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("ERROR Received error TimeoutError"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_predicate_logs_each_retry_and_the_last_timeout_fails_the_execution() {
    let harness = Harness::new(&compiled::callback_retry::WORKFLOW).await;
    let ended = harness.run(Value::Null).await;
    assert_eq!(ended.payload()["tags"], json!(["TimeoutError"]));
    // Six awaits of a minute each, and waits of 1, 2, 4, 8 and 10 seconds between them.
    assert!((ended.seconds - (6.0 * 60.0 + 25.0)).abs() < 0.01, "took {}", ended.seconds);
    let records = harness.log.records();
    assert!(
        harness.log_lines().iter().all(|line| line == "WARNING Timed out waiting for callback, retrying")
    );
    let start = ended.record.create_time.seconds();
    let times: Vec<f64> = records.iter().map(|r| (r.time.seconds() - start).round()).collect();
    assert_eq!(times, [60.0, 121.0, 183.0, 247.0, 315.0]);
}

#[tokio::test(start_paused = true)]
async fn a_request_in_a_later_attempt_is_received() {
    let harness = Harness::new(&compiled::callback_retry::WORKFLOW).await;
    let id = harness.start(Value::Null).await;
    harness.clock.sleep_until(cogwork_tests::harness::EPOCH.after(130.0)).await;
    let [endpoint] = &harness.endpoints(&id, 1, 1).await[..] else { panic!("one endpoint") };
    let delivery =
        harness.engine.deliver_callback(&id, endpoint, request("POST", json!("late"))).await.unwrap();
    assert_eq!(delivery, Delivery::Accepted);
    assert_eq!(harness.end(&id).await.result(), json!("late"));
}

#[tokio::test(start_paused = true)]
async fn the_slot_keeps_one_request_between_awaits() {
    let harness = Harness::new(&compiled::callback_sequence::WORKFLOW).await;
    let id = harness.start(json!(10)).await;
    let [endpoint] = &harness.endpoints(&id, 1, 1).await[..] else { panic!("one endpoint") };
    let endpoint = endpoint.clone();
    for n in 1..=10 {
        let delivery =
            harness.engine.deliver_callback(&id, &endpoint, request("POST", json!(n))).await.unwrap();
        assert_eq!(delivery, Delivery::Accepted, "request {n}");
        if n < 10 {
            harness.endpoints(&id, 1, 1).await;
        }
    }
    assert_eq!(harness.end(&id).await.result(), json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
}

#[tokio::test(start_paused = true)]
async fn ten_parallel_awaits_take_ten_requests_in_order() {
    let harness = Harness::new(&compiled::callback_parallel::WORKFLOW).await;
    let id = harness.start(Value::Null).await;
    let endpoint = harness.endpoints(&id, 1, 10).await.remove(0);
    // All at once, so that nothing is awaited again in between.
    let requests =
        (1..=12).map(|n| harness.engine.deliver_callback(&id, &endpoint, request("POST", json!(n))));
    let mut deliveries = Vec::new();
    for delivery in futures_in_order(requests).await {
        deliveries.push(delivery.unwrap());
    }
    assert!(deliveries[..11].iter().all(|d| *d == Delivery::Accepted), "{deliveries:?}");
    assert_eq!(deliveries[11], Delivery::Full);
    let result = harness.end(&id).await.result();
    assert_eq!(result["received"], json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    assert_eq!(result["stored"], json!(11));
}

/// Polls all futures together, the first one first.
async fn futures_in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, output) in &mut pending {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}

#[tokio::test(start_paused = true)]
async fn a_waiting_execution_can_be_cancelled() {
    let harness = Harness::new(&compiled::callback_basic::WORKFLOW).await;
    let id = harness.start(Value::Null).await;
    harness.endpoints(&id, 1, 1).await;
    assert_eq!(harness.engine.cancel(&id).await.unwrap().state, State::Cancelled);
    assert!(harness.engine.cancel(&id).await.is_err());
    assert_eq!(harness.end(&id).await.record.state, State::Cancelled);
}
