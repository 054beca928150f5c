//! A server on this machine that answers, or breaks off, as a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// What a connection gets.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// These bytes, whatever they are, then the end of the connection.
    Send(Vec<u8>),
    /// These bytes, then nothing more while the client waits.
    Stall(Vec<u8>),
    /// The end of the connection before the request is read, which resets it.
    Reset,
}

impl Act {
    /// A whole answer.
    pub(crate) fn reply(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for header in headers {
            bytes.push_str(header);
            bytes.push_str("\r\n");
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(body);
        Self::Send(bytes)
    }

    pub(crate) fn ok_json(body: &str) -> Self {
        Self::reply("200 OK", &["Content-Type: application/json"], body)
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Answers every request as `act` says.
    pub(crate) async fn start(act: impl Fn(&Received) -> Act + Send + Sync + 'static) -> Self {
        let (server, listener) = Self::bind().await;
        let received = Arc::clone(&server.received);
        tokio::spawn(async move {
            let act = Arc::new(act);
            while let Ok((stream, _)) = listener.accept().await {
                let (act, received) = (Arc::clone(&act), Arc::clone(&received));
                tokio::spawn(async move { answer(stream, &*act, &received).await });
            }
        });
        server
    }

    /// Gives every connection the same treatment.
    pub(crate) async fn always(act: Act) -> Self {
        if let Act::Reset = act {
            let (server, listener) = Self::bind().await;
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    // Unread bytes at closing time make the kernel send a reset.
                    let _ = stream.readable().await;
                    drop(stream);
                }
            });
            return server;
        }
        Self::start(move |_| act.clone()).await
    }

    pub(crate) async fn bind() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), received: Arc::default() };
        (server, listener)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// Reads one request and acts.
pub(crate) async fn answer<S>(
    mut stream: S,
    act: &(dyn Fn(&Received) -> Act + Send + Sync),
    log: &Mutex<Vec<Received>>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(request) = read(&mut stream).await else { return };
    log.lock().unwrap().push(request.clone());
    match act(&request) {
        Act::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            // Ends when the client gives up.
            let _ = stream.read_u8().await;
        }
        Act::Reset => {}
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next()?.split(' ');
    let (method, target) = (request_line.next()?.to_owned(), request_line.next()?.to_owned());
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let mut request = Received { method, target, headers, body: bytes[head_end + 4..].to_vec() };
    let length: usize = request.header("content-length").map_or(0, |text| text.parse().unwrap());
    while request.body.len() < length {
        if stream.read_buf(&mut request.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(request)
}
