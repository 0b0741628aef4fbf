//! Keys from a URL: asked for seldom, kept while the server is away, and never replaced by what are none.

use crate::auth::iam::settings::JwksAddress;
use crate::auth::iam::source::{Source, Timing};
use crate::auth::iam::testing::TestIssuer;
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

thread_local! {
    static SECONDS: Cell<u64> = const { Cell::new(1000) };
}

fn pass(seconds: u64) {
    SECONDS.set(SECONDS.get() + seconds);
}

/// What a server does with a request.
#[derive(Clone)]
enum Answer {
    Body(u16, String),
    /// More than anybody wants.
    Endless,
    Nothing,
}

/// A server of keys.
struct Server {
    source: Source,
    state: Arc<Mutex<(Answer, usize)>>,
    listening: JoinHandle<()>,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/identity/keys", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new((answer, 0)));
        let timing = Timing {
            moment: || Duration::from_secs(SECONDS.get()),
            patience: Duration::from_millis(300),
        };
        Self {
            source: Source::new(JwksAddress::Url(url), timing),
            state: state.clone(),
            listening: tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let answer = {
                        let mut state = state.lock().unwrap();
                        state.1 += 1;
                        state.0.clone()
                    };
                    tokio::spawn(serve(stream, answer));
                }
            }),
        }
    }

    fn answers(&self, answer: Answer) {
        self.state.lock().unwrap().0 = answer;
    }

    /// How often it was asked.
    fn asked(&self) -> usize {
        self.state.lock().unwrap().1
    }

    /// Whether there is a key with this `kid`; or why nobody knows.
    async fn has(&self, kid: &str) -> Result<bool, String> {
        let key = self.source.key(kid).await;
        key.map(|key| key.is_some()).map_err(|error| error.to_string())
    }

    async fn go_away(&mut self) {
        self.listening.abort();
        let _ = (&mut self.listening).await;
    }
}

async fn serve(mut stream: TcpStream, answer: Answer) {
    let mut request = [0; 4096];
    if stream.read(&mut request).await.is_err() {
        return;
    }
    // Whoever asked may have hung up.
    let _ = match answer {
        Answer::Nothing => return std::future::pending().await,
        Answer::Body(status, body) => {
            let head = format!(
                "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await
        }
        Answer::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"keys\":[").await;
            while stream.write_all(&[b' '; 4096]).await.is_ok() {}
            Ok(())
        }
    };
}

/// A set with the keys `r` and `e`, or with these names.
fn keys(kids: &[&str; 2]) -> Answer {
    let issuer = TestIssuer::new();
    issuer.publish(kids);
    Answer::Body(200, issuer.published())
}

#[tokio::test]
async fn keys_are_asked_for_seldom() {
    let server = Server::start(keys(&["r", "e"])).await;
    for _ in 0..3 {
        assert_eq!(server.has("r").await, Ok(true));
        assert_eq!(server.has("e").await, Ok(true));
    }
    assert_eq!(server.asked(), 1);
    pass(599);
    assert_eq!(server.has("r").await, Ok(true));
    assert_eq!(server.asked(), 1);
    pass(1);
    assert_eq!(server.has("r").await, Ok(true));
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_new_key_is_looked_for_but_not_by_everybody() {
    let server = Server::start(keys(&["r", "e"])).await;
    assert_eq!(server.has("r").await, Ok(true));
    for _ in 0..100 {
        assert_eq!(server.has("r2").await, Ok(false));
    }
    assert_eq!(server.asked(), 1);
    server.answers(keys(&["r2", "e"]));
    pass(5);
    assert_eq!(server.has("r2").await, Ok(true));
    assert_eq!(server.has("r").await, Ok(false), "the old one was taken back");
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn what_is_no_key_set_replaces_none() {
    let server = Server::start(keys(&["r", "e"])).await;
    assert_eq!(server.has("r").await, Ok(true));
    let (Answer::Body(_, good), twice) = (keys(&["x", "y"]), keys(&["x", "x"])) else {
        panic!("a body")
    };
    let huge = good.replacen('{', &format!("{{\"pad\":\"{}\",", "x".repeat(1 << 20)), 1);
    let bad = [
        Answer::Body(200, String::new()),
        Answer::Body(200, "garbage".into()),
        Answer::Body(200, "{}".into()),
        Answer::Body(200, "[]".into()),
        Answer::Body(200, huge),
        Answer::Body(500, good.clone()),
        Answer::Body(302, good.clone()),
        Answer::Body(404, good),
        twice,
        Answer::Endless,
        Answer::Nothing,
    ];
    for (index, answer) in bad.into_iter().enumerate() {
        server.answers(answer.clone());
        pass(600);
        assert_eq!(server.has("r").await, Ok(true), "{index}");
        assert_eq!(server.asked(), index + 2);
        assert_eq!(server.has("x").await, Ok(false), "{index}");
        let fresh = Server::start(answer).await;
        assert!(fresh.has("x").await.is_err(), "{index}");
        let again = fresh.has("x").await.unwrap_err();
        assert!(again.contains("a moment ago") && fresh.asked() == 1, "{again}");
    }
}

#[tokio::test]
async fn keys_outlive_their_server_for_a_day() {
    let mut server = Server::start(keys(&["r", "e"])).await;
    assert_eq!(server.has("r").await, Ok(true));
    server.go_away().await;
    pass(86_399);
    assert_eq!(server.has("r").await, Ok(true));
    pass(5);
    let error = server.has("r").await.unwrap_err();
    assert!(error.contains("http://127.0.0.1:"), "{error}");
}
