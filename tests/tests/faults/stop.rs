//! A process that is stopped for a while, and one that is asked to end.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cogwork_tests::executions::{PARENT, create, ended, endpoint, get, until};
use cogwork_tests::server::{Server, try_send};
use cogwork_tests::world::World;
use serde_json::{Value, json};

use super::means::{output, serve};
use crate::BINARY;

/// The state of a process as Linux shows it; nothing elsewhere.
fn process_state(id: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("State:"))?.trim().to_owned())
}

#[test]
fn a_process_that_was_stopped_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stopped.db");
    let server = Server::spawn(serve(&path));
    let basic = create(&server, "callback_basic", &Value::Null);
    let callback = endpoint(&server, &basic, 1);
    let sequence = create(&server, "callback_sequence", &json!(2));
    let twice = endpoint(&server, &sequence, 1);
    let sleeper = create(&server, "callback_late", &json!({"seconds": 2}));
    let nap = Instant::now();
    endpoint(&server, &sleeper, 0);
    server.signal("STOP");
    if process_state(server.id()).is_some() {
        until("the stop", || process_state(server.id()).filter(|state| state.starts_with('T')));
    }
    // The callbacks arrive while nobody can read them.
    let senders = [(&callback, 1), (&twice, 2)].map(|(path, body)| {
        let (address, path) = (server.address.clone(), path.clone());
        std::thread::spawn(move || try_send(&address, "POST", &path, Some(&json!(body))))
    });
    // Until the sleeper is overdue, others try to take the database.
    let store = format!("sqlite:{}", path.display());
    while nap.elapsed() < Duration::from_millis(2_500) {
        let other = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &store])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let other = output(other);
        let said = String::from_utf8_lossy(&other.stderr).into_owned();
        assert_eq!(other.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("another process (id {})", server.id())), "{said}");
    }
    assert!(senders.iter().all(|sender| !sender.is_finished()), "nobody answers");

    server.signal("CONT");
    for sender in senders {
        assert_eq!(sender.join().expect("it ends").expect("an answer").status, 200);
    }
    let execution = ended(&server, &basic);
    let result: Value = serde_json::from_str(execution["result"].as_str().expect("a result")).expect("JSON");
    assert_eq!((&execution["state"], &result["body"]), (&json!("SUCCEEDED"), &json!(1)));
    // The timer fired; its endpoint and that of the sequence take what comes now.
    let late = endpoint(&server, &sleeper, 1);
    assert_eq!(server.send("POST", &late, Some(&json!(3))).status, 200);
    assert_eq!(ended(&server, &sleeper)["result"], json!("3"));
    endpoint(&server, &sequence, 1);
    assert_eq!(server.send("POST", &twice, Some(&json!(4))).status, 200);
    assert_eq!(ended(&server, &sequence)["result"], json!("[2,4]"), "each was consumed once");
    assert_eq!(server.terminate(), Some(0));
}

/// A server with an execution (number 1) whose first effect is under way, and one that waits for a callback.
fn with_effect_under_way(path: &std::path::Path, world: &World) -> (Server, String, String) {
    let server = Server::spawn(serve(path));
    let waiting = create(&server, "callback_basic", &Value::Null);
    let callback = endpoint(&server, &waiting, 1);
    world.hold();
    let busy = create(&server, "crash_mix", &world.argument(1));
    until("the effect", || (world.count(1, "first") == 1).then_some(()));
    (server, busy, callback)
}

/// Gives the execution its callback and looks at its end.
fn finish(server: &Server, name: &str) {
    let path = endpoint(server, name, 1);
    assert_eq!(server.send("POST", &path, Some(&json!({"value": 7}))).status, 200);
    let execution = ended(server, name);
    let result: Value = serde_json::from_str(execution["result"].as_str().expect("a result")).expect("JSON");
    assert_eq!(result, World::result(1, 7));
}

#[test]
fn a_stopping_server_takes_nothing_new_and_lets_effects_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("stopping.db");
    let world = World::start();
    let (server, busy, callback) = with_effect_under_way(&path, &world);
    server.signal("TERM");
    until("the announcement", || {
        let line = server.stderr.recv_timeout(Duration::from_secs(30)).expect("a line");
        (line == "stopping").then_some(())
    });
    // Whatever was let in before it closed its door was refused.
    let executions = format!("{PARENT}/crash_mix/executions");
    let body = json!({"argument": world.argument(2).to_string()});
    let refused = |method: &str, path: &str, body: &Value| {
        let status = try_send(&server.address, method, path, Some(body)).map(|answer| answer.status);
        assert!(matches!(status, None | Some(503)), "{method} {path}: {status:?}");
        status.is_none()
    };
    until("a closed door", || {
        let created = refused("POST", &executions, &body);
        (refused("POST", &callback, &json!(1)) && created).then_some(())
    });
    world.release();
    assert_eq!(server.ended(), Some(0));
    assert_eq!(world.count(1, "left") + world.count(1, "right"), 0, "no new effect was started");

    let server = Server::spawn(serve(&path));
    finish(&server, &busy);
    assert_eq!(world.count(1, "first"), 1, "the result was stored before the end");
    assert_eq!(world.count(2, "first"), 0);
    assert_eq!(server.send("POST", &callback, Some(&json!(1))).status, 200, "it was never consumed");
}

#[test]
fn an_effect_that_takes_too_long_is_done_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("grace.db");
    let world = World::start();
    let (server, busy, _) = with_effect_under_way(&path, &world);
    let asked = Instant::now();
    assert_eq!(server.terminate(), Some(0), "however long it takes");
    let took = asked.elapsed();
    assert!(took > Duration::from_secs(5), "it was given time: {took:?}");
    assert!(took < Duration::from_secs(25), "but not for ever: {took:?}");
    world.release();
    let server = Server::spawn(serve(&path));
    assert_eq!(get(&server, &busy)["state"], json!("ACTIVE"));
    finish(&server, &busy);
    assert_eq!(world.count(1, "first"), 2);
    for effect in ["left", "right", "tell"] {
        assert_eq!(world.count(1, effect), 1, "{effect}");
    }
}
