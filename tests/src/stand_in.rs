//! A server that stands in for a service of others: it answers over plain HTTP what the test wants.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// One request.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Its headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its whole body.
    pub body: Vec<u8>,
}

/// What the server does.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It answers this status and JSON; null for no body.
    Json(u16, Value),
    /// It answers this text with status 200.
    Text(String),
    /// It ends the connection without a word.
    HangUp,
    /// It does not answer as long as who asks waits.
    Silence,
}

impl Asked {
    /// Reads one; `None` where there is none before the end.
    ///
    /// # Errors
    /// It breaks off, or is none.
    pub fn read(stream: &mut impl Read) -> io::Result<Option<Self>> {
        let mut reader = BufReader::with_capacity(1, stream);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut word = || words.next().ok_or_else(|| io::Error::other("no request line"));
        let mut asked = Self {
            method: word()?,
            target: word()?,
            ..Self::default()
        };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            asked
                .headers
                .push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = asked.header("content-length").map_or(Ok(0), str::parse);
        asked.body = vec![0; length.map_err(io::Error::other)?];
        reader.read_exact(&mut asked.body)?;
        Ok(Some(asked))
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A running server; it ends when dropped.
pub struct StandIn {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl StandIn {
    /// Starts one that answers so.
    ///
    /// # Panics
    /// There is no port.
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::accepting(move |stream| {
            let answer = answer.clone();
            thread::spawn(move || converse(stream, &*answer));
        })
    }

    /// Starts one that does this with each connection.
    ///
    /// # Panics
    /// There is no port.
    pub fn accepting(serve: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let ended = Arc::new(AtomicBool::new(false));
        let end = ended.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) if !end.load(Ordering::Relaxed) => serve(stream),
                    _ => return,
                }
            }
        });
        Self { address, ended }
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // So that it looks.
        let _ = TcpStream::connect(self.address);
    }
}

/// Reads until the other side is gone.
pub fn await_end(stream: &mut impl Read) {
    while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
}

fn converse(mut stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer) {
    while let Ok(Some(asked)) = Asked::read(&mut stream) {
        let (status, body) = match answer(&asked) {
            Answer::HangUp => return,
            Answer::Silence => return await_end(&mut stream),
            Answer::Json(status, Value::Null) => (status, String::new()),
            Answer::Json(status, body) => (status, body.to_string()),
            Answer::Text(text) => (200, text),
        };
        let head = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}
