//! `kill -9` at random moments: nothing is lost, nothing is done twice that was done.
//!
//! The short form kills 200 times. `COGWORK_CRASH_KILLS=2000 cargo test -p cogwork-tests --test crash` is the long
//! form; `COGWORK_CRASH_SEED` chooses another course.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cogwork_tests::server::{Server, send, try_send};
use cogwork_tests::world::World;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_flows");
const EXECUTIONS: &str = "/v1/projects/p/locations/l/workflows/crash_mix/executions";
/// A course of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// Sends callbacks until each was accepted once; gives how many were.
fn send_callbacks(
    urls: &mpsc::Receiver<(i64, String)>,
    pending: &mut BTreeMap<i64, String>,
    accepted: &mut BTreeMap<i64, u64>,
) {
    pending.extend(urls.try_iter().filter(|(id, _)| !accepted.contains_key(id)));
    pending.retain(|id, url| {
        let Some((address, path)) = url.trim_start_matches("http://").split_once('/') else { return false };
        let answer = try_send(address, "POST", &format!("/{path}"), Some(&json!({"value": id * 7})));
        match answer.map(|answer| answer.status) {
            Some(200) => {
                *accepted.entry(*id).or_default() += 1;
                false
            }
            // An earlier one was stored, although its answer was lost.
            Some(404 | 429) => {
                accepted.entry(*id).or_default();
                false
            }
            _ => true,
        }
    });
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn kill_9_loses_nothing_and_repeats_nothing() {
    let kills = number("COGWORK_CRASH_KILLS", 200);
    let mut random = Random(number("COGWORK_CRASH_SEED", 1));
    let world = World::start();
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("crash.db").display());
    let listen = {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        free.local_addr().expect("an address").to_string()
    };
    let start = || Server::start_at(BINARY, &listen, &["--store", &store]);
    let (mut created, mut next) = (BTreeMap::new(), 0);
    let (mut pending, mut accepted) = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..kills {
        let server = start();
        let life = Duration::from_millis(2 + random.below(60));
        let born = Instant::now();
        // The killer does not wait for us: it strikes in the middle of whatever goes on.
        let address = server.address.clone();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(life.saturating_sub(born.elapsed()));
            server.kill();
        });
        while !killer.is_finished() {
            send_callbacks(&world.urls, &mut pending, &mut accepted);
            if random.below(3) == 0 && created.len() < 2_000 {
                if let Some(name) = create(&address, &world.argument(next)) {
                    created.insert(next, name);
                }
                next += 1;
            }
        }
        killer.join().expect("the killer ends");
    }
    let server = start();
    let patience = Instant::now();
    let mut waiting: Vec<i64> = created.keys().copied().collect();
    while !waiting.is_empty() {
        send_callbacks(&world.urls, &mut pending, &mut accepted);
        waiting.retain(|id| {
            let execution = server.send("GET", &format!("/v1/{}", created[id]), None).json();
            if execution["state"] == json!("ACTIVE") {
                return true;
            }
            assert_eq!(execution["state"], json!("SUCCEEDED"), "execution {id}: {execution:#}");
            let result: Value =
                serde_json::from_str(execution["result"].as_str().expect("a result")).expect("JSON");
            assert_eq!(result, World::result(*id, id * 7), "execution {id}");
            false
        });
        assert!(patience.elapsed() < Duration::from_secs(120), "{} executions never end", waiting.len());
    }
    let seen = world.seen.lock().expect("not poisoned");
    let (mut effects, mut repeated) = (0, 0);
    for id in created.keys() {
        let seen = seen.get(id).expect("it had effects");
        assert!(
            seen.repeated_after_result.is_empty(),
            "execution {id} repeated {:?}",
            seen.repeated_after_result
        );
        for effect in ["first", "left", "right", "tell", "flaky"] {
            let count = *seen.effects.get(effect).unwrap_or(&0);
            assert!(count >= 1, "execution {id} never did {effect}");
            effects += 1;
            // The flaky one is tried three times by itself.
            repeated += u64::from(effect != "flaky" && count > 1);
        }
    }
    assert!(!created.is_empty(), "no execution was accepted");
    println!(
        "{kills} kills, {} executions accepted and ended, {} callbacks accepted, {effects} effects, {repeated} of them \
         interrupted and repeated",
        created.len(),
        accepted.values().sum::<u64>(),
    );
}

/// Creates an execution; its name if it was accepted.
fn create(address: &str, argument: &Value) -> Option<String> {
    let body = json!({"argument": argument.to_string()});
    let answer = try_send(address, "POST", EXECUTIONS, Some(&body)).filter(|answer| answer.status == 200)?;
    let execution: Value = serde_json::from_str(&answer.body).ok()?;
    Some(execution["name"].as_str()?.to_owned())
}

#[test]
fn a_second_process_on_the_same_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("sqlite:{}", folder.path().join("one.db").display());
    let server = Server::start_at(BINARY, "127.0.0.1:0", &["--store", &store]);
    let second = std::process::Command::new(BINARY)
        .args(["serve", "--listen", "127.0.0.1:0", "--store", &store])
        .output()
        .expect("the binary starts");
    assert_eq!(second.status.code(), Some(2));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    assert_eq!(send(&server.address, "GET", "/healthz", None).status, 200);
}
