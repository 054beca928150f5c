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
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", listen]).args(args);
        Self::spawn(command)
    }

    /// Starts a command that becomes a server.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
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

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    }

    /// Asks the process to end, as a service manager does; gives its exit code.
    pub fn terminate(self) -> Option<i32> {
        self.signal("TERM");
        self.ended()
    }

    /// Waits until the process has ended; gives its exit code.
    pub fn ended(mut self) -> Option<i32> {
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
    match exchange(address, method, path, body) {
        Ok(answer) => answer,
        Err(error) => panic!("{method} {path}: {error}"),
    }
}

/// Sends one request to a server that may end at any moment.
pub fn try_send(address: &str, method: &str, path: &str, body: Option<&Json>) -> Option<Answer> {
    exchange(address, method, path, body).ok()
}

fn exchange(address: &str, method: &str, path: &str, body: Option<&Json>) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Json::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    parse(&answer).ok_or_else(|| std::io::Error::other(format!("no answer, but {answer:?}")))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut head = head.lines();
    let status = head.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = head
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Answer { status, headers, body: body.to_owned() })
}
