//! What the listener itself answers for: sizes, broken requests, keep-alive, stopping.

use super::fixture::Fixture;
use crate::api::server::{self, Door};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

struct Served {
    fixture: Fixture,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

async fn serve() -> Served {
    let fixture = Fixture::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server::serve(fixture.app.clone(), listener, Door::Plain, stopped));
    Served {
        fixture,
        address,
        stop,
        server,
    }
}

impl Served {
    fn head(&self, method: &str, rest: &str, headers: &str) -> String {
        let (url, token) = (self.fixture.url(rest), &self.fixture.token);
        format!("{method} {url} HTTP/1.1\r\nHost: x\r\nX-Vault-Token: {token}\r\n{headers}\r\n")
    }

    /// Sends bytes on a connection of their own and reads until the server closes it.
    async fn exchange(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        // A connection reset after the answer is as good as a close.
        let _ = timeout(Duration::from_secs(20), read)
            .await
            .expect("the server closes");
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn connections_are_kept_and_requests_pipelined() {
    let served = serve().await;
    let body = r#"{"data":{"k":"v"}}"#;
    let write = served.head("POST", "data/a", &format!("Content-Length: {}\r\n", body.len()));
    let read = served.head("GET", "data/a", "");
    let last = served.head("GET", "data/a", "Connection: close\r\n");
    let answers = served
        .exchange(format!("{write}{body}{read}{last}").as_bytes())
        .await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    assert_eq!(answers.matches(r#""data":{"k":"v"}"#).count(), 2, "{answers}");
}

#[tokio::test]
async fn chunked_bodies_are_read() {
    let served = serve().await;
    let head = served.head(
        "POST",
        "data/a",
        "Transfer-Encoding: chunked\r\nConnection: close\r\n",
    );
    let answer = served
        .exchange(format!("{head}8\r\n{{\"data\":\r\n3\r\n{{}}}}\r\n0\r\n\r\n").as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_413_and_close_the_connection() {
    let served = serve().await;
    let announced = served.head("POST", "data/a", "Content-Length: 1000000000\r\n");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let unannounced = served.head("POST", "data/a", "Transfer-Encoding: chunked\r\n") + &chunk.repeat(3);
    for request in [announced, unannounced] {
        let answer = served.exchange(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(
            answer.contains("connection: close") && answer.contains("error_code"),
            "{answer}"
        );
    }
    let after = served.head("GET", "metadata/a", "Connection: close\r\n");
    assert!(
        served
            .exchange(after.as_bytes())
            .await
            .starts_with("HTTP/1.1 404 ")
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_writes_nothing() {
    let served = serve().await;
    let head = served.head("POST", "data/a", "Transfer-Encoding: chunked\r\n");
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream
        .write_all(format!("{head}b\r\n{{\"data\":{{}}}}\r\n").as_bytes())
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    served
        .fixture
        .check("GET", "metadata/a", "", 404, serde_json::json!({}))
        .await;
}

#[tokio::test]
async fn nonsense_is_400() {
    let served = serve().await;
    for nonsense in [
        "\r\n\r\nnonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\u{1} HTTP/1.1\r\n\r\n",
    ] {
        let answer = served.exchange(nonsense.as_bytes()).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn stopping_closes_idle_connections_and_ends() {
    let served = serve().await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    idle.write_all(served.head("GET", "metadata/a", "").as_bytes())
        .await
        .unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 404");
    served.stop.send_replace(true);
    timeout(Duration::from_secs(5), served.server)
        .await
        .expect("it stops")
        .unwrap();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
}
