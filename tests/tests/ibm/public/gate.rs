//! What stands between the daemon and those it asks for a certificate: it notes what passes, and can hold a request up
//! so that the daemon is killed meanwhile, or answer itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casemate_tests::pebble::Pebble;
use casemate_tests::stand_in::{Asked, StandIn, await_end};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// When a request is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before whoever is asked sees it.
    Before,
    /// Once it is answered, and before the answer is seen.
    After,
}

/// Where the next request is held up: at one whose path, or whose name for it, has this in it.
pub(super) struct Stops {
    next: Mutex<Option<(&'static str, Phase)>>,
    told: Sender<()>,
    reached: Mutex<Receiver<()>>,
}

impl Stops {
    pub(super) fn new() -> Arc<Self> {
        let (told, reached) = channel();
        Arc::new(Self {
            next: Mutex::default(),
            told,
            reached: Mutex::new(reached),
        })
    }

    /// Holds the next such request up.
    pub(super) fn set(&self, what: &'static str, phase: Phase) {
        *self.next.lock().unwrap() = Some((what, phase));
    }

    /// Waits until one is held up.
    pub(super) fn await_reached(&self) {
        self.reached
            .lock()
            .unwrap()
            .recv_timeout(PATIENCE)
            .expect("a request is held up");
    }

    /// Whether this is the one; whoever asks has to hold it up then.
    pub(super) fn is_here(&self, path: &str, phase: Phase) -> bool {
        let mut next = self.next.lock().unwrap();
        let here = next.is_some_and(|(what, when)| when == phase && path.contains(what));
        if here {
            *next = None;
            self.told.send(()).unwrap();
        }
        here
    }
}

/// What passed.
#[derive(Debug, Clone)]
pub(super) struct Passed {
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) location: Option<String>,
    /// What the request said, without its signature.
    pub(super) payload: Value,
}

/// What a gate does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Pass,
    /// Answers something that is no ACME.
    Garbage,
    /// Ends connections.
    HangUp,
}

/// Before an ACME server, with its name and certificate.
pub(super) struct Gate {
    listening: StandIn,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: u16,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
    passed: Mutex<Vec<Passed>>,
    mode: Mutex<Mode>,
    stops: Arc<Stops>,
}

impl Gate {
    pub(super) fn new(pebble: &Pebble, stops: Arc<Stops>) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (certificate, key) = pebble.own_certificate();
        let certificate = CertificateDer::from_pem_file(certificate).unwrap();
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::from_pem_file(key).unwrap())
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(pebble.authority()).unwrap())
            .unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let shared = Arc::new(Shared {
            upstream: pebble.port(),
            server: Arc::new(server),
            client: Arc::new(client),
            passed: Mutex::default(),
            mode: Mutex::new(Mode::Pass),
            stops,
        });
        let own = shared.clone();
        let listening = StandIn::accepting(move |stream| {
            let shared = own.clone();
            // Whoever is killed leaves connections behind that end somehow.
            thread::spawn(move || shared.pass(stream).unwrap_or_default());
        });
        Self { listening, shared }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}/dir", self.listening.address().port())
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap() = mode;
    }

    /// Orders that the server took, with the names that they are for.
    pub(super) fn orders(&self) -> Vec<Passed> {
        let passed = self.shared.passed.lock().unwrap();
        let orders = passed
            .iter()
            .filter(|passed| passed.path == "/order-plz" && passed.status == 201);
        orders.cloned().collect()
    }
}

impl Shared {
    fn pass(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let connection = ServerConnection::new(self.server.clone()).map_err(io::Error::other)?;
        let mut client = StreamOwned::new(connection, stream);
        let Some(asked) = Asked::read(&mut client)? else {
            return Ok(());
        };
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Pass => {}
            Mode::Garbage => {
                return client
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>");
            }
            Mode::HangUp => return Ok(()),
        }
        if self.stops.is_here(&asked.target, Phase::Before) {
            await_end(&mut client);
            return Ok(());
        }
        let answer = self.forward(&asked)?;
        if self.stops.is_here(&asked.target, Phase::After) {
            await_end(&mut client);
            return Ok(());
        }
        client.write_all(&answer)?;
        client.conn.send_close_notify();
        client.flush()
    }

    fn forward(&self, asked: &Asked) -> io::Result<Vec<u8>> {
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let connection = ClientConnection::new(self.client.clone(), name).map_err(io::Error::other)?;
        let upstream = TcpStream::connect(("127.0.0.1", self.upstream))?;
        upstream.set_nodelay(true)?;
        let mut server = StreamOwned::new(connection, upstream);
        let mut head = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\n",
            asked.method, asked.target
        );
        for (name, value) in asked.headers.iter().filter(|(name, _)| name != "connection") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        server.write_all(format!("{head}\r\n").as_bytes())?;
        server.write_all(&asked.body)?;
        let mut answer = Vec::new();
        // Go's server ends without saying so in TLS.
        match server.read_to_end(&mut answer) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        self.note(asked, &answer);
        Ok(answer)
    }

    fn note(&self, asked: &Asked, answer: &[u8]) {
        let head = String::from_utf8_lossy(answer);
        let head = head.split("\r\n\r\n").next().unwrap_or_default();
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let location = head
            .lines()
            .find_map(|line| line.strip_prefix("Location: "))
            .map(str::to_owned);
        let payload = asked.json()["payload"]
            .as_str()
            .map(|text| URL_SAFE_NO_PAD.decode(text));
        let payload = payload.and_then(Result::ok).unwrap_or_default();
        self.passed.lock().unwrap().push(Passed {
            path: asked.target.clone(),
            status: status.unwrap_or_default(),
            location,
            payload: serde_json::from_slice(&payload).unwrap_or_default(),
        });
    }
}

/// Before a name server: updates are called `update`, or `removal`.
pub(super) fn name_gate(server: SocketAddr, stops: Arc<Stops>) -> StandIn {
    StandIn::accepting(move |stream| {
        let stops = stops.clone();
        thread::spawn(move || pass_message(stream, server, &stops).unwrap_or_default());
    })
}

fn pass_message(mut client: TcpStream, server: SocketAddr, stops: &Stops) -> io::Result<()> {
    let asked = message(&mut client)?;
    // The operation is in the third byte behind the length (RFC 1035, section 4.1.1).
    let is_update = asked[4] >> 3 & 15 == 5;
    // A TXT record of no class (RFC 2136, section 2.5.4).
    let removes = asked.windows(4).any(|bytes| bytes == [0, 16, 0, 254]);
    let what = match (is_update, removes) {
        (false, _) => "question",
        (true, false) => "update",
        (true, true) => "removal",
    };
    if stops.is_here(what, Phase::Before) {
        await_end(&mut client);
        return Ok(());
    }
    let mut server = TcpStream::connect(server)?;
    server.write_all(&asked)?;
    let answer = message(&mut server)?;
    if stops.is_here(what, Phase::After) {
        await_end(&mut client);
        return Ok(());
    }
    client.write_all(&answer)
}

/// A message with its length in front.
fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 2];
    stream.read_exact(&mut message)?;
    let length = u16::from_be_bytes([message[0], message[1]]);
    message.resize(2 + usize::from(length), 0);
    stream.read_exact(&mut message[2..])?;
    Ok(message)
}
