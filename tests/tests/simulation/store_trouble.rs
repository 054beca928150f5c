//! What simulations have found, each as small as it gets: the engine over a store that fails or takes its time at one
//! chosen operation.

use std::sync::Arc;
use std::time::Duration;

use cogwork::effect::Timestamp;
use cogwork::engine::TokioClock;
use cogwork::engine::log::NoLog;
use cogwork::execution::Delivery;
use cogwork::store::{Store, StoreError};
use cogwork::{CreateOptions, Engine, EngineError, Record, State, Value};
use cogwork_tests::harness::{EPOCH, request};
use cogwork_tests::simulation::Course;
use cogwork_tests::simulation::world::{SERVER, World};
use cogwork_tests::troubled::{Fate, Operation, Troubled, once};
use serde_json::json;
use tokio::time::Instant;

use crate::compiled::{child, family, fan, nap};

async fn engine(store: &Arc<Troubled>) -> Engine {
    Engine::builder()
        .workflow(&child::WORKFLOW)
        .workflow(&family::WORKFLOW)
        .workflow(&fan::WORKFLOW)
        .workflow(&nap::WORKFLOW)
        .store(Arc::clone(store) as Arc<dyn Store>)
        .clock(Arc::new(TokioClock::starting_at(EPOCH)))
        .log(Arc::new(NoLog))
        .http(Arc::new(World::new(&Course::new(1, false))))
        .start()
        .await
        .unwrap()
}

async fn create(engine: &Engine, workflow: &str) -> Result<Record, EngineError> {
    let argument = json!({"server": SERVER, "id": "one", "number": 4, "nap": 100_000}).to_string();
    let options = CreateOptions { id: Some("one".to_owned()), ..CreateOptions::default() };
    engine.create(workflow, Value::from_json_text(&argument).unwrap(), options).await
}

#[tokio::test(start_paused = true)]
async fn an_end_whose_write_seemed_to_fail_is_told() {
    let ends = |operation: Operation<'_>| matches!(operation, Operation::Commit { ends: true, .. });
    let store = Troubled::new(once(Fate::SeemsToFail, ends));
    let engine = engine(&store).await;
    create(&engine, "child").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), engine.wait("one")).await;
    assert_eq!(ended.expect("who waits is told").unwrap().state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_is_no_failure_of_a_child() {
    let of_a_child = |id: &str| id != "one";
    for fate in [Fate::Fails, Fate::SeemsToFail] {
        let store = Troubled::new(once(
            fate,
            move |operation| matches!(operation, Operation::Create(id) if of_a_child(id)),
        ));
        let engine = engine(&store).await;
        create(&engine, "family").await.unwrap();
        assert_eq!(engine.wait("one").await.unwrap().state, State::Succeeded, "{fate:?} of a create");
    }
    let store = Troubled::new(once(
        Fate::Fails,
        move |operation| matches!(operation, Operation::Get(id) if of_a_child(id)),
    ));
    let engine = engine(&store).await;
    create(&engine, "family").await.unwrap();
    assert_eq!(engine.wait("one").await.unwrap().state, State::Succeeded, "a failing read");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_no_failure_of_a_child() {
    let store = Troubled::new(|operation| match operation {
        Operation::Create(id) if id != "one" => Fate::Takes(Duration::from_secs(10)),
        _ => Fate::Works,
    });
    let first = engine(&store).await;
    create(&first, "family").await.unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begin = Instant::now();
    first.shutdown(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(1), "nothing was worth waiting for: {:?}", begin.elapsed());
    drop(first);
    tokio::time::sleep(Duration::from_secs(60)).await;
    store.set(|_| Fate::Works);
    let second = engine(&store).await;
    assert_eq!(second.wait("one").await.unwrap().state, State::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_after_a_shutdown() {
    let store = Troubled::new(once(Fate::Takes(Duration::from_secs(10)), |operation| {
        matches!(operation, Operation::Create(_))
    }));
    let engine = engine(&store).await;
    let creating = tokio::spawn({
        let engine = engine.clone();
        async move { create(&engine, "child").await }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    engine.shutdown(Duration::ZERO).await;
    // It was stored, so it is accepted; it goes on with the next engine.
    let record = creating.await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(store.get(&record.id).await.unwrap().unwrap().version, 0);
    assert_eq!(engine.in_memory(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_is_answered_at_once() {
    let store = Troubled::new(|_| Fate::Works);
    let engine = engine(&store).await;
    create(&engine, "fan").await.unwrap();
    // It has left memory, and cannot be written when it comes back.
    tokio::time::sleep(Duration::from_secs(120)).await;
    store.set(
        |operation| {
            if matches!(operation, Operation::Commit { .. }) { Fate::Fails } else { Fate::Works }
        },
    );
    let failed = |error: &EngineError| matches!(error, EngineError::Store(StoreError::Failed(_)));
    assert!(failed(&engine.cancel("one").await.unwrap_err()));
    assert!(failed(&engine.callbacks("one").await.unwrap_err()));
    let delivered = engine.deliver_callback("one", "any", request("POST", json!(1))).await;
    assert!(failed(&delivered.unwrap_err()));
    store.set(|_| Fate::Works);
    assert_eq!(engine.cancel("one").await.unwrap().state, State::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn what_ends_while_it_is_looked_at_has_ended() {
    let slow = |operation: Operation<'_>| match operation {
        Operation::Get(_) => Fate::AnswersAfter(Duration::from_secs(60)),
        _ => Fate::Works,
    };
    let store = Troubled::new(slow);
    let engine = engine(&store).await;
    create(&engine, "child").await.unwrap();
    // All three see a running execution that has ended by the time they turn to it.
    let (delivered, cancelled, endpoints) = tokio::join!(
        engine.deliver_callback("one", "any", request("POST", json!(1))),
        engine.cancel("one"),
        engine.callbacks("one"),
    );
    assert_eq!(delivered.unwrap(), Delivery::NotFound);
    assert!(matches!(cancelled.unwrap_err(), EngineError::Ended(_)));
    assert!(endpoints.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_driver_of_an_old_state_does_not_swallow_the_timer() {
    let store = Troubled::new(|_| Fate::Works);
    let engine = engine(&store).await;
    create(&engine, "nap").await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (_, timer) = store.due(Timestamp(i64::MAX), 1).await.unwrap()[0];
    // The first to look gets an old state half a second before the timer, and half a second after it finds out.
    let left = Duration::from_secs_f64(timer.seconds() - engine.now().seconds());
    let mut loads = 0;
    let begin = Instant::now();
    store.set(move |operation| match operation {
        Operation::Load(_) => {
            loads += 1;
            if loads == 1 {
                Fate::AnswersAfter(left.checked_sub(Duration::from_millis(500)).unwrap())
            } else {
                Fate::Works
            }
        }
        Operation::Commit { .. } if begin.elapsed() > Duration::from_secs(60) => {
            Fate::Takes(Duration::from_secs(1))
        }
        _ => Fate::Works,
    });
    let first = tokio::spawn({
        let engine = engine.clone();
        async move { engine.callbacks("one").await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    engine.callbacks("one").await.unwrap();
    // Who asked first hangs up, and does not come back to find it asleep.
    tokio::time::sleep(left.checked_sub(Duration::from_millis(1_300)).unwrap()).await;
    assert!(!first.is_finished());
    first.abort();
    let ended = engine.wait("one").await.unwrap();
    let late = ended.end_time.unwrap().seconds() - timer.seconds();
    assert!(late < 10.0, "{late} seconds late");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_for_the_store_ends_its_execution() {
    for ending in [false, true] {
        let large = move |operation: Operation<'_>| matches!(operation, Operation::Commit { ends, .. } if ends == ending);
        let store = Troubled::new(once(Fate::TooLarge, large));
        let engine = engine(&store).await;
        create(&engine, "child").await.unwrap();
        let ended = engine.wait("one").await.unwrap();
        assert_eq!(ended.state, State::Failed, "{ended:?}");
        let payload = ended.failure.unwrap().payload;
        assert!(payload.contains("ResourceLimitError: too large, on purpose"), "{payload}");
    }
    let store = Troubled::new(|_| Fate::TooLarge);
    let refused = create(&engine(&store).await, "child").await.unwrap_err();
    assert!(matches!(refused, EngineError::Store(StoreError::TooLarge(_))), "{refused}");
}
