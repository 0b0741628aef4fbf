//! HTTP/1.1 by hand, so that a test can say exactly which bytes go out, and may say wrong ones.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a test waits for bytes before it calls the server stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
}

/// One response.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status code.
    pub status: u16,
    /// Its headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its whole body.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// When that fails.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// The stream itself.
    pub fn stream(&mut self) -> &mut TcpStream {
        self.stream.get_mut()
    }

    /// Sends these bytes as they are.
    ///
    /// # Errors
    /// When the server does not take them.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Sends a proper request and waits for its response. `headers`: each line ends with CRLF.
    ///
    /// # Errors
    /// When the connection breaks, or the response is none.
    pub fn request(&mut self, method: &str, target: &str, headers: &str, body: &[u8]) -> io::Result<Reply> {
        let len = body.len();
        let mut bytes =
            format!("{method} {target} HTTP/1.1\r\nHost: casemate\r\nContent-Length: {len}\r\n{headers}\r\n")
                .into_bytes();
        bytes.extend_from_slice(body);
        self.send(&bytes)?;
        self.receive()
    }

    /// Waits for one response (not to a HEAD).
    ///
    /// # Errors
    /// When the connection ends before it, or what comes is no HTTP.
    pub fn receive(&mut self) -> io::Result<Reply> {
        let status = self.line()?;
        let status = status
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(':') {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
                None if line.is_empty() => break,
                None => return Err(io::Error::other(format!("no header: {line:?}"))),
            }
        }
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        self.body(&mut reply)?;
        Ok(reply)
    }

    /// Whether the server has ended the connection, and said nothing more.
    pub fn is_closed(&mut self) -> bool {
        match self.stream.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    fn body(&mut self, reply: &mut Reply) -> io::Result<()> {
        if let Some(len) = reply.header("content-length") {
            let len: usize = len.parse().map_err(io::Error::other)?;
            reply.body = vec![0; len];
            return self.stream.read_exact(&mut reply.body);
        }
        if reply.status == 204 {
            return Ok(());
        }
        Err(io::Error::other("a response without a length"))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(line)
    }
}

impl Reply {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}
