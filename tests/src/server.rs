//! Starts the test binary as a server, and talks HTTP to it.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value as Json;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; it ends with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Host and port.
    pub address: String,
    /// Lines of its standard error, as they come.
    pub stderr: std::sync::mpsc::Receiver<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    /// Starts `binary serve` on a free port with nothing stored.
    pub fn start(binary: &str, args: &[&str]) -> Self {
        Self::start_at(binary, "127.0.0.1:0", &[&["--store", "memory:"], args].concat())
    }

    /// Starts `binary serve` on an address.
    pub fn start_at(binary: &str, listen: &str, args: &[&str]) -> Self {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", listen])
            .args(args)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stderr = lines(child.stderr.take().expect("piped"));
        let address = loop {
            let line = stderr.recv_timeout(PATIENCE).expect("the server says where it listens");
            if let Some((_, address)) = line.split_once(" on http://") {
                break address.to_owned();
            }
        };
        Self { child, address, stderr }
    }

    /// Sends a request and reads the answer.
    pub fn send(&self, method: &str, path: &str, body: Option<&Json>) -> Answer {
        send(&self.address, method, path, body)
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to end, as a service manager does; gives its exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let signal = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(signal.is_ok_and(|status| status.success()), "the signal is sent");
        self.child.wait().expect("it has ended").code()
    }

    /// Ends the process at once, as a crash would.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be ended");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a stream, as they come.
pub fn lines(stream: impl std::io::Read + Send + 'static) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Sends one request over a connection of its own.
pub fn send(address: &str, method: &str, path: &str, body: Option<&Json>) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the server answers");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let body = body.map(Json::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the answer comes");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut head = head.lines();
    let status = head.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = head
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer { status: status.expect("a status"), headers, body: body.to_owned() }
}
