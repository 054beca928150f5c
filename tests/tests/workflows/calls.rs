//! Calls: what happens to one that was interrupted, and what is logged.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cogwork::execution::CallLogLevel;
use cogwork::http::{HttpRequest, HttpService, Sending};
use cogwork::store::{MemoryStore, Store};
use cogwork::{CreateOptions, State, Value};
use cogwork_tests::harness::Harness;
use serde_json::{Value as Json, json};

use crate::compiled;

/// Never answers the first call, and all later ones at once.
#[derive(Default)]
struct Interrupted {
    calls: AtomicUsize,
}

impl HttpService for Interrupted {
    fn send<'a>(&'a self, _: &'a HttpRequest, _: Option<&'a str>) -> Sending<'a> {
        let first = self.calls.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            if first {
                std::future::pending::<()>().await;
            }
            Ok(Value::from([("body", Value::from("done"))]))
        })
    }
}

/// Interrupts the call of an execution; gives its end in the next life, and how often the call was sent.
async fn interrupted(at_most_once: &[&str]) -> (cogwork::Record, usize) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let http = Arc::new(Interrupted::default());
    let life = async || {
        Harness::with(&compiled::outgoing::WORKFLOW, |builder| {
            builder
                .store(Arc::clone(&store))
                .http(Arc::clone(&http) as Arc<dyn HttpService>)
                .at_most_once(at_most_once.iter().map(|host| host.parse().unwrap()))
        })
        .await
    };
    let first = life().await;
    let id = first.start(json!({"url": "http://pay.example.com/x"})).await;
    while http.calls.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    first.engine.shutdown(Duration::ZERO).await;
    let record = life().await.end(&id).await.record;
    (record, http.calls.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_call_is_sent_again() {
    for others in [&[][..], &["*.example.org", "pay.example.com:444"]] {
        let (record, calls) = interrupted(others).await;
        assert_eq!((record.state, record.result.as_deref(), calls), (State::Succeeded, Some("\"done\""), 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_not_be_repeated_is_an_error_instead() {
    for host in ["pay.example.com", "*.example.com", "*", "*:80"] {
        let (record, calls) = interrupted(&[host]).await;
        assert_eq!((record.state, calls), (State::Failed, 1), "{host}");
        let payload = record.failure.unwrap().payload;
        assert!(
            payload.contains("ConnectionError: the call to http://pay.example.com was interrupted"),
            "{payload}"
        );
    }
}

/// What the log tells of the calls of an execution: severity, state, step, callee and details without times.
async fn logged(level: Option<CallLogLevel>) -> Vec<Json> {
    let http = Arc::new(Interrupted { calls: AtomicUsize::new(1) });
    let harness = Harness::with(&compiled::call_log::WORKFLOW, |builder| builder.http(http)).await;
    let options = CreateOptions { call_log_level: level, ..CreateOptions::default() };
    let id = harness.start_with(json!("http://there.test/"), options).await;
    assert_eq!(harness.end(&id).await.record.state, State::Failed);
    harness
        .log_lines()
        .iter()
        .map(|line| {
            let (severity, entry) = line.split_once(' ').unwrap();
            let mut entry: Json = serde_json::from_str(entry).unwrap();
            assert_eq!(entry["executionId"], json!(id));
            let details = ["begun", "succeeded", "exceptionRaised"]
                .iter()
                .find_map(|field| entry.get_mut(*field).map(Json::take))
                .unwrap();
            json!([severity, entry["state"], entry["step"], entry["callee"], details])
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn all_calls_are_logged_when_that_is_asked_for() {
    let begin = |second: &str| json!(format!("2024-07-12T12:50:{second}0000Z"));
    let (start, later) = (begin("33.00"), begin("33.25"));
    let invalid = |details: &Json| details["exception"].as_str().unwrap().contains("ValueError");
    let mut entries = logged(Some(CallLogLevel::All)).await;
    let decode = entries.remove(6);
    assert_eq!((&decode[1], &decode[3]), (&json!("EXCEPTION_RAISED"), &json!("json.decode")), "{entries:#?}");
    assert!(invalid(&decode[4]), "{decode}");
    let http = json!({"method": "GET", "url": "http://there.test/", "timeout": "300"});
    let raised = |details: Json| json!(["ERROR", "EXCEPTION_RAISED", "inner", "deep", details]);
    assert_eq!(
        entries,
        [
            json!(["INFO", "BEGUN", "nap", "sys.sleep", {"namedArgs": {"until": "1720788633.25"}}]),
            json!(["INFO", "SUCCEEDED", "nap", "sys.sleep", {"callStartTime": start, "response": "null"}]),
            json!(["INFO", "BEGUN", "greet", "greeting", {"namedArgs": {"name": "you"}}]),
            json!(["INFO", "SUCCEEDED", "greet", "greeting", {"callStartTime": later, "response": "you!"}]),
            json!(["INFO", "BEGUN", "ask", "http.get", {"namedArgs": http}]),
            json!(["INFO", "SUCCEEDED", "ask", "http.get", {"callStartTime": later, "response": "{\"body\":\"done\"}"}]),
            json!(["INFO", "BEGUN", "inner", "deep", {"namedArgs": {}}]),
            raised(json!({"callStartTime": later, "exception": "too deep"})),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn only_errors_or_nothing_at_all() {
    let states: Vec<Json> =
        logged(Some(CallLogLevel::Errors)).await.iter().map(|entry| json!([entry[1], entry[3]])).collect();
    assert_eq!(states, [json!(["EXCEPTION_RAISED", "json.decode"]), json!(["EXCEPTION_RAISED", "deep"])]);
    for level in [Some(CallLogLevel::None), None] {
        assert!(logged(level).await.is_empty());
    }
}
