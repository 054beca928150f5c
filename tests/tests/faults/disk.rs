//! The disk fails under a running server: what is answered meanwhile, and what goes on once it is back.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cogwork_tests::executions::{PARENT, create, ended, endpoint, get, until};
use cogwork_tests::server::{Answer, Server, lines};
use cogwork_tests::world::World;
use serde_json::{Value, json};

use super::means::{Fault, FullDisk, InputOutputError, ReadOnly, output, runs, serve, skip};
use crate::BINARY;

/// Seconds that an execution sleeps: the disk fails before it wakes.
const NAP: u64 = 4;

/// Waits until everything stored lies in the database file itself: the next write has to make the log grow.
fn settle(store: &Path) {
    let log = format!("{}-wal", store.display());
    until("the log to be cut", || {
        std::fs::metadata(&log).map_or(true, |metadata| metadata.len() == 0).then_some(())
    });
}

/// An answer that refuses for the time being, and says why.
fn assert_unavailable(answer: &Answer, words: &str) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    let error = &answer.json()["error"];
    assert_eq!((&error["code"], &error["status"]), (&json!(503), &json!("UNAVAILABLE")));
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains(words), "{message}");
}

fn try_create(server: &Server, argument: &Value) -> Answer {
    let body = json!({"argument": argument.to_string()});
    server.send("POST", &format!("{PARENT}/crash_mix/executions"), Some(&body))
}

fn listed(server: &Server, workflow: &str) -> Vec<String> {
    let answer = server.send("GET", &format!("{PARENT}/{workflow}/executions?pageSize=1000"), None);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let executions = answer.json()["executions"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> =
        executions.iter().map(|execution| execution["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

fn ready(server: &Server) -> u16 {
    server.send("GET", "/readyz", None).status
}

/// Number, name, and path of the callback.
type Waiting = (i64, String, String);

/// Starts an execution and waits until it waits for its callback.
fn create_waiting(server: &Server, world: &World, id: i64) -> Waiting {
    let name = create(server, "crash_mix", &world.argument(id));
    let path = endpoint(server, &name, 1);
    (id, name, path)
}

/// Delivers the callback and waits for the end.
fn finish(server: &Server, (id, name, path): &Waiting) {
    assert_eq!(server.send("POST", path, Some(&json!({"value": id}))).status, 200);
    assert_succeeded(&ended(server, name), *id);
}

fn assert_succeeded(execution: &Value, id: i64) {
    assert_eq!(execution["state"], json!("SUCCEEDED"), "{execution:#}");
    let result: Value = serde_json::from_str(execution["result"].as_str().expect("a result")).expect("JSON");
    assert_eq!(result, World::result(id, id));
}

fn a_failing_disk_is_survived(fault: &dyn Fault) {
    let world = World::start();
    let store = fault.folder().join("faults.db");
    let server = Server::spawn(serve(&store));
    let waiting: Vec<Waiting> = (0..3).map(|id| create_waiting(&server, &world, id)).collect();
    assert_eq!(server.terminate(), Some(0));

    // In this life only the first of them is brought into memory. A fourth has an effect under way, a fifth sleeps.
    let server = Server::spawn(serve(&store));
    endpoint(&server, &waiting[0].1, 1);
    world.hold();
    let busy = create(&server, "crash_mix", &world.argument(3));
    until("the effect", || (world.count(3, "first") == 1).then_some(()));
    let sleeper = create(&server, "callback_late", &json!({"seconds": NAP}));
    let nap = Instant::now();
    let mut acknowledged: Vec<String> = waiting.iter().map(|(_, name, _)| name.clone()).collect();
    acknowledged.push(busy.clone());
    assert_eq!(ready(&server), 200);
    settle(&store);

    fault.begin(&server);
    // A little room may be left.
    let refused = until("a refusal", || {
        let answer = try_create(&server, &world.argument(100));
        if answer.status != 200 {
            return Some(answer);
        }
        acknowledged.push(answer.json()["name"].as_str().expect("a name").to_owned());
        None
    });
    assert_unavailable(&refused, fault.words());
    assert_eq!(ready(&server), 503);
    assert_eq!(server.send("GET", "/healthz", None).status, 200);
    for (id, name, path) in &waiting {
        assert_unavailable(&server.send("POST", path, Some(&json!({"value": id}))), "cannot");
        assert_unavailable(&server.send("POST", &format!("/v1/{name}:cancel"), None), "cannot");
        assert_eq!(get(&server, name)["state"], json!("ACTIVE"));
        // Whatever it says, it says it soon.
        server.send("GET", &format!("/v1/{name}/callbacks"), None);
    }
    acknowledged.sort();
    assert_eq!(listed(&server, "crash_mix"), acknowledged, "what was not acknowledged is not there");
    // The effect has its answer and the sleeper wakes, but neither can be stored.
    world.release();
    until("the sleeper's time", || {
        assert_unavailable(&try_create(&server, &world.argument(100)), "cannot");
        assert_eq!(ready(&server), 503);
        (nap.elapsed() > Duration::from_secs(NAP) + Duration::from_millis(200)).then_some(())
    });

    fault.end(&server);
    until("readiness", || (ready(&server) == 200).then_some(()));
    for one in &waiting {
        finish(&server, one);
        for effect in ["first", "left", "right", "tell"] {
            assert_eq!(world.count(one.0, effect), 1, "execution {} repeated {effect}", one.0);
        }
    }
    let path = endpoint(&server, &busy, 1);
    finish(&server, &(3, busy, path));
    assert_eq!(world.count(3, "first"), 1, "what it gave was kept until it could be stored");
    let path = endpoint(&server, &sleeper, 1);
    assert_eq!(server.send("POST", &path, Some(&json!("awake"))).status, 200);
    assert_eq!(ended(&server, &sleeper)["result"], json!("\"awake\""));
    let late = create_waiting(&server, &world, 4);
    finish(&server, &late);
    acknowledged.push(late.1);
    acknowledged.sort();
    let seen = world.seen.lock().expect("not poisoned");
    assert!(seen.values().all(|seen| seen.repeated_after_result.is_empty()), "{seen:?}");
    drop(seen);

    let mut said: Vec<String> = Vec::new();
    until("the good news", || {
        assert_eq!(ready(&server), 200);
        said.extend(server.stderr.try_iter());
        said.iter().any(|line| line.contains("the store works again")).then_some(())
    });
    let about = |word: &str| said.iter().filter(|line| line.contains(word)).count();
    assert_eq!((about("the store failed: cannot"), about("the store works again")), (1, 1), "{said:#?}");
    assert_eq!(server.terminate(), Some(0));
    let server = Server::spawn(serve(&store));
    assert_eq!(listed(&server, "crash_mix"), acknowledged);
}

#[test]
fn a_full_disk_is_survived() {
    match FullDisk::new() {
        Some(fault) => a_failing_disk_is_survived(&fault),
        None => skip("a full disk: mounting a file system is not permitted"),
    }
}

#[test]
fn an_input_output_error_is_survived() {
    match InputOutputError::new() {
        Some(fault) => a_failing_disk_is_survived(&fault),
        None => skip("an I/O error: there is no prlimit"),
    }
}

#[test]
fn a_file_that_becomes_read_only_is_survived() {
    match ReadOnly::new() {
        Some(fault) => a_failing_disk_is_survived(&fault),
        None => skip("a file that becomes read-only: chattr +i is not permitted here"),
    }
}

#[test]
fn run_ends_with_an_error_when_nothing_can_be_stored() {
    let Some(fault) = InputOutputError::new() else { return skip("a failing run: there is no prlimit") };
    let world = World::start();
    world.hold();
    let store = format!("sqlite:{}", fault.folder().join("run.db").display());
    let start = || {
        Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY])
            .args(["run", "--workflow", "crash_mix", "--data", &world.argument(7).to_string()])
            .args(["--store", &store, "--execution", "order-7"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    };
    let child = start();
    until("the effect", || (world.count(7, "first") == 1).then_some(()));
    let id = child.id().to_string();
    assert!(runs("prlimit", &["--pid", &id, "--fsize=1:unlimited"]));
    world.release();
    let ended = output(child);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), ended.stdout.is_empty()), (Some(2), true), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.starts_with("error: ") && said.contains("cannot write to") && said.contains("order-7"),
        "{said}"
    );

    // With the disk back, the same command goes on.
    let mut child = start();
    let urls = lines(child.stderr.take().expect("piped"));
    let url = until("the URL", || {
        let line = urls.recv_timeout(Duration::from_secs(30)).expect("a line");
        Some(line.strip_prefix("callback endpoint: POST http://")?.to_owned())
    });
    let (address, path) = url.split_once('/').expect("a path");
    let sent = || {
        cogwork_tests::server::send(address, "POST", &format!("/{path}"), Some(&json!({"value": 7}))).status
    };
    assert_eq!(sent(), 200);
    let ended = output(child);
    let result: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
    assert_eq!(result, World::result(7, 7));
    let seen: BTreeMap<String, u64> = world.seen.lock().expect("not poisoned")[&7].effects.clone();
    assert!(seen["first"] <= 2 && seen["left"] == 1 && seen["right"] == 1 && seen["tell"] == 1, "{seen:?}");
}
