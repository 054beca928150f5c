//! The outside world that executions of `crash_mix.yaml` talk to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};

use serde_json::{Value, json};

/// What each effect answers.
pub const VALUE: i64 = 5;

/// What the world saw of one execution.
#[derive(Debug, Default)]
pub struct Seen {
    /// How often each effect arrived.
    pub effects: BTreeMap<String, u64>,
    /// The latest phase that was seen. An effect of a later phase starts only when the results of all earlier ones are
    /// stored.
    phase: i64,
    /// Effects that arrived after one of a later phase: what must not be.
    pub repeated_after_result: Vec<String>,
}

/// A server for effects, which knows what arrived.
#[derive(Debug)]
pub struct World {
    /// Host and port.
    pub address: String,
    /// What arrived, by the number of the execution.
    pub seen: Arc<Mutex<BTreeMap<i64, Seen>>>,
    /// Callback URLs as they are told.
    pub urls: mpsc::Receiver<(i64, String)>,
    gate: Arc<Gate>,
}

/// Holds answers back.
#[derive(Debug, Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl World {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen: Arc<Mutex<BTreeMap<i64, Seen>>> = Arc::default();
        let gate: Arc<Gate> = Arc::default();
        let (told, urls) = mpsc::channel();
        let shared = (Arc::clone(&seen), Arc::clone(&gate));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let ((seen, gate), told) = (shared.clone(), told.clone());
                // A connection that breaks belongs to a process that was killed.
                std::thread::spawn(move || while answer(&stream, &seen, &gate, &told).is_some() {});
            }
        });
        Self { address, seen, urls, gate }
    }

    /// The argument of execution number `id`.
    pub fn argument(&self, id: i64) -> Value {
        json!({"server": format!("http://{}", self.address), "id": id})
    }

    /// What execution number `id` gives when its callback brings `got`.
    pub fn result(id: i64, got: i64) -> Value {
        json!({"id": id, "sum": 4 * VALUE, "got": got})
    }

    /// Requests arrive and count, but are not answered until [`World::release`].
    pub fn hold(&self) {
        *self.gate.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Answers what was held, and all that comes.
    pub fn release(&self) {
        *self.gate.closed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.gate.opened.notify_all();
    }

    /// How often an effect of an execution arrived.
    pub fn count(&self, id: i64, effect: &str) -> u64 {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&id).and_then(|seen| seen.effects.get(effect)).copied().unwrap_or_default()
    }
}

/// Answers one request on a connection.
fn answer(
    mut stream: &TcpStream,
    seen: &Mutex<BTreeMap<i64, Seen>>,
    gate: &Gate,
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
    let closed = gate.closed.lock().ok()?;
    drop(gate.opened.wait_while(closed, |closed| *closed).ok()?);
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
