//! `kill -9` at random moments: nothing is lost, nothing is done twice that was done.
//!
//! The short form kills 200 times. `COGWORK_CRASH_KILLS=2000 cargo test -p cogwork-tests --test crash` is the long
//! form; `COGWORK_CRASH_SEED` chooses another course.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use cogwork_tests::server::{Server, send};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_flows");
const EXECUTIONS: &str = "/v1/projects/p/locations/l/workflows/crash_mix/executions";
/// What each effect answers.
const VALUE: i64 = 5;

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

/// What the outside world saw of one execution.
#[derive(Debug, Default)]
struct Seen {
    /// How often each effect arrived.
    effects: BTreeMap<String, u64>,
    /// The latest phase that was seen. An effect of a later phase starts only when the results of all earlier ones are
    /// stored.
    phase: i64,
    /// Effects that arrived after one of a later phase: what must not be.
    repeated_after_result: Vec<String>,
}

/// The world that executions talk to.
struct World {
    address: String,
    seen: Arc<Mutex<BTreeMap<i64, Seen>>>,
    /// Callback URLs as they are told.
    urls: mpsc::Receiver<(i64, String)>,
}

impl World {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen: Arc<Mutex<BTreeMap<i64, Seen>>> = Arc::default();
        let (told, urls) = mpsc::channel();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, told) = (Arc::clone(&shared), told.clone());
                // A connection that breaks belongs to a process that was killed.
                std::thread::spawn(move || while answer(&stream, &seen, &told).is_some() {});
            }
        });
        Self { address, seen, urls }
    }
}

/// Answers one request on a connection.
fn answer(
    mut stream: &TcpStream,
    seen: &Mutex<BTreeMap<i64, Seen>>,
    told: &mpsc::Sender<(i64, String)>,
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|n| *n > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let id = body["id"].as_i64()?;
    let effect = body["effect"].as_str()?.to_owned();
    let phase = body["phase"].as_i64()?;
    let count = {
        let mut all = seen.lock().expect("not poisoned");
        let seen = all.entry(id).or_default();
        if phase < seen.phase {
            seen.repeated_after_result.push(effect.clone());
        }
        seen.phase = seen.phase.max(phase);
        let count = seen.effects.entry(effect).or_default();
        *count += 1;
        *count
    };
    if let Some(url) = body["url"].as_str() {
        told.send((id, url.to_owned())).ok()?;
    }
    let (status, text) = if first.contains("/flaky") && count % 3 != 0 {
        ("503 Service Unavailable", "{}".to_owned())
    } else {
        ("200 OK", json!({"value": VALUE}).to_string())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes())).ok()
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
        match try_send(address, "POST", &format!("/{path}"), Some(&json!({"value": id * 7}))) {
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

/// Sends a request to a server that may die at any moment; gives the status.
fn try_send(address: &str, method: &str, path: &str, body: Option<&Value>) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status).ok()?;
    status.split(' ').nth(1)?.parse().ok()
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
                let argument = json!({"server": format!("http://{}", world.address), "id": next}).to_string();
                if let Some(name) = create(&address, &argument) {
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
            assert_eq!(result, json!({"id": id, "sum": 4 * VALUE, "got": id * 7}), "execution {id}");
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
fn create(address: &str, argument: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let body = json!({"argument": argument}).to_string();
    let head = format!(
        "POST {EXECUTIONS} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 200") {
        return None;
    }
    let execution: Value = serde_json::from_str(body).ok()?;
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
