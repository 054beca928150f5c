//! What becomes of executions when the definition changes under them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cogwork::execution::Delivery;
use cogwork::store::{SqliteOptions, SqliteStore};
use cogwork::{CreateOptions, Engine, EngineError, State, Value, Workflow};
use cogwork_tests::harness::request;
use serde_json::{Value as Json, json};

#[allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "generated code stands in a test binary here"
)]
mod compiled {
    include!(concat!(env!("OUT_DIR"), "/revisions.rs"));
}

use compiled::{base, same, step_added, step_renamed, variable_removed};

/// An engine over a database with these revisions, the present one first.
async fn engine(store: &Path, revisions: &[&'static Workflow], adopt: bool) -> Engine {
    let store = SqliteStore::open(store, SqliteOptions::default()).expect("the store opens");
    let mut builder = Engine::builder().store(Arc::new(store)).adopt_revisions(adopt);
    for workflow in revisions {
        builder = builder.workflow(workflow);
    }
    builder.start().await.expect("the engine starts")
}

/// Ends an engine and waits until its database is free.
async fn stop(engine: Engine) {
    engine.shutdown(Duration::from_secs(5)).await;
}

/// Starts an execution on `base`, which then waits for its first callback; gives its id and the callback's.
async fn waiting(store: &Path) -> (String, String) {
    let engine = engine(store, &[&base::WORKFLOW], false).await;
    let id = engine.create("order", Value::from("you"), CreateOptions::default()).await.expect("created").id;
    let callback = loop {
        let endpoints = engine.callbacks(&id).await.expect("it exists");
        if let [endpoint] = &endpoints[..]
            && endpoint.waiters == 1
        {
            break endpoint.id.clone();
        }
        tokio::task::yield_now().await;
    };
    stop(engine).await;
    (id, callback)
}

/// Sends both callbacks; gives the result.
async fn finish(engine: &Engine, id: &str, callback: &str) -> Json {
    for body in ["one", "two"] {
        loop {
            match engine
                .deliver_callback(id, callback, request("POST", json!(body)))
                .await
                .expect("delivered")
            {
                Delivery::Accepted => break,
                Delivery::Full => tokio::task::yield_now().await,
                other => panic!("{other:?}"),
            }
        }
    }
    let ended = engine.wait(id).await.expect("it exists");
    assert_eq!(ended.state, State::Succeeded, "{:?}", ended.failure);
    serde_json::from_str(&ended.result.expect("a result")).expect("JSON")
}

#[test]
fn layout_and_comments_make_no_revision() {
    assert_eq!(base::WORKFLOW.revision, same::WORKFLOW.revision);
    let others = [&step_added::WORKFLOW, &step_renamed::WORKFLOW, &variable_removed::WORKFLOW];
    assert!(others.iter().all(|workflow| workflow.revision != base::WORKFLOW.revision));
}

#[tokio::test]
async fn a_rebuild_without_a_change_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("order.db");
    let (id, callback) = waiting(&store).await;
    let engine = engine(&store, &[&same::WORKFLOW], false).await;
    assert_eq!(finish(&engine, &id, &callback).await, json!("hello you one two"));
}

#[tokio::test]
async fn a_kept_revision_finishes_what_it_began_and_new_executions_run_on_the_present_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("order.db");
    let (id, callback) = waiting(&store).await;
    let engine = engine(&store, &[&step_added::WORKFLOW, &base::WORKFLOW], false).await;
    assert_eq!(finish(&engine, &id, &callback).await, json!("hello you one two"));
    let new = engine.create("order", Value::from("me"), CreateOptions::default()).await.unwrap();
    assert_eq!(new.revision, step_added::WORKFLOW.revision);
}

#[tokio::test]
async fn without_its_revision_an_execution_is_parked_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("order.db");
    let (id, callback) = waiting(&store).await;
    let (other, _) = waiting(&store).await;
    let changed = engine(&store, &[&step_added::WORKFLOW], false).await;
    let record = changed.get(&id).await.unwrap();
    let reason = changed.parked(&record).expect("it is parked");
    assert!(reason.contains("--keep") && reason.contains(base::WORKFLOW.revision), "{reason}");
    let refused = changed.deliver_callback(&id, &callback, request("POST", json!("lost?"))).await;
    assert!(matches!(refused, Err(EngineError::Parked { .. })), "{refused:?}");
    assert_eq!(changed.cancel(&other).await.unwrap().state, State::Cancelled);
    stop(changed).await;
    let old = engine(&store, &[&base::WORKFLOW], false).await;
    assert_eq!(finish(&old, &id, &callback).await, json!("hello you one two"));
}

#[tokio::test]
async fn adoption_goes_on_where_every_step_and_variable_still_exists() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("order.db");
    let (id, callback) = waiting(&store).await;
    let adopting = engine(&store, &[&step_added::WORKFLOW], true).await;
    assert_eq!(finish(&adopting, &id, &callback).await, json!("hello you! one two"));
    assert_eq!(adopting.get(&id).await.unwrap().revision, step_added::WORKFLOW.revision);
}

#[tokio::test]
async fn adoption_is_refused_where_something_is_missing() {
    for (workflow, missing) in [(&step_renamed::WORKFLOW, "first"), (&variable_removed::WORKFLOW, "greeting")]
    {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("order.db");
        let (id, callback) = waiting(&store).await;
        let adopting = engine(&store, &[workflow], true).await;
        match adopting.deliver_callback(&id, &callback, request("POST", json!("x"))).await {
            Err(EngineError::Parked { reason, .. }) => assert!(reason.contains(missing), "{reason}"),
            other => panic!("{other:?}"),
        }
        stop(adopting).await;
        let old = engine(&store, &[&base::WORKFLOW], false).await;
        assert_eq!(finish(&old, &id, &callback).await, json!("hello you one two"));
    }
}
