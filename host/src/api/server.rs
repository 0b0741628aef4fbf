//! HTTP/1.1 on a listener, plain or over TLS: bounded bodies, bounded waiting, graceful stop.

use super::app::App;
use super::okms::fault::Fault;
use super::router;
use super::vault::{Carrier, Credential, Request, Response, credential};
use crate::auth::TokenHash;
use crate::tls::{Peer, Tls};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt::set_tcp_user_timeout;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{debug, warn};
use zeroize::Zeroizing;

/// A client that sends its headers slower than this is dropped.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// A client that sends its body slower than this is told so.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// A client that takes in nothing of what it is sent for so long is dropped, in milliseconds.
const SEND_TIMEOUT_MS: u32 = 20_000;
/// Most bytes that a connection buffers of what it is sent, a request's head at least.
const READ_BUFFER: usize = 64 * 1024;
/// Longest body that is taken in for somebody unknown, to log in with.
const STRANGERS_BODY: usize = 16 * 1024;
/// How long requests in flight may take after the daemon was asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at a time; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 4096;

/// How connections come in.
#[derive(Clone)]
pub enum Door {
    /// In the clear.
    Plain,
    /// Over TLS.
    Tls(Arc<Tls>),
}

/// Serves until `stop` turns true, then lets requests in flight end.
pub async fn serve(app: Arc<App>, listener: TcpListener, door: Door, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stopped(&mut stop) => break,
        };
        let (stream, permit) = accepted;
        let (app, door, stop) = (app.clone(), door.clone(), stop.clone());
        connections.spawn(async move {
            enter(app, door, stream, stop).await;
            drop(permit);
        });
        while connections.try_join_next().is_some() {}
    }
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(STOP_TIMEOUT, all).await.is_err() {
        warn!("some requests took too long and were cut off");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, Option<tokio::sync::OwnedSemaphorePermit>) {
    let permit = room.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(error) => {
                // Out of file descriptors, most likely: it passes when others hang up.
                warn!(%error, "can't accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn enter(app: Arc<App>, door: Door, stream: TcpStream, stop: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "can't set TCP_NODELAY");
    }
    if let Err(error) = set_tcp_user_timeout(&stream, SEND_TIMEOUT_MS) {
        debug!(%error, "can't set TCP_USER_TIMEOUT");
    }
    let tls = match door {
        Door::Plain => return connection(app, stream, None, stop).await,
        Door::Tls(tls) => tls,
    };
    let from = stream
        .peer_addr()
        .map_or_else(|_| "?".into(), |address| address.to_string());
    match tls.accept(stream).await {
        Ok((stream, peer)) => {
            let visitor = peer.map(|peer| Visitor { tls, peer });
            connection(app, stream, visitor, stop).await;
        }
        Err(error) => warn!(%from, %error, "refused a TLS connection"),
    }
}

/// Who showed a certificate on a connection.
struct Visitor {
    tls: Arc<Tls>,
    peer: Arc<Peer>,
}

async fn connection(
    app: Arc<App>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    visitor: Option<Visitor>,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        let (app, visitor) = (&app, visitor.as_ref());
        async move { Ok::<_, Infallible>(answer(app, request, visitor).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(READ_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

async fn answer(app: &App, request: hyper::Request<Incoming>, visitor: Option<&Visitor>) -> Response {
    let (mut head, incoming) = request.into_parts();
    if let Some(Visitor { tls, peer }) = visitor {
        if !tls.still_counts(peer) {
            warn!(name = %peer.name, "a certificate ended or was revoked while its holder was connected");
            return router::refuse(head.uri.path(), Fault::unauthenticated(None).closing());
        }
        head.extensions.insert(peer.clone());
    }
    let body = match receive(incoming, app, &head).await {
        Ok(body) => body,
        Err(fault) => return router::refuse(head.uri.path(), fault.closing()),
    };
    router::answer(app, &Request::from_parts(head, body)).await
}

async fn receive(incoming: Incoming, app: &App, head: &Parts) -> Result<Bytes, Fault> {
    if incoming.is_end_stream() {
        return Ok(Bytes::new());
    }
    let sender = Sender::of(app, head);
    let limit = sender.max_body(router::max_body(app, head.uri.path()));
    timeout(BODY_TIMEOUT, collect(incoming, limit, || sender.too_much(app)))
        .await
        .unwrap_or_else(|_| Err(Fault::too_slow()))
}

/// Whose body is to be taken in, before anything is known of what it asks for.
enum Sender {
    Known,
    Unknown(Option<Carrier>),
}

impl Sender {
    fn of(app: &App, head: &Parts) -> Self {
        match credential(&head.headers) {
            None if head.extensions.get::<Arc<Peer>>().is_some() => Self::Known,
            None => Self::Unknown(None),
            Some(Credential { token, carrier }) => match app.auth.lookup(&TokenHash::of(token)) {
                Some(_) => Self::Known,
                None => Self::Unknown(Some(carrier)),
            },
        }
    }

    fn max_body(&self, of_route: usize) -> usize {
        match self {
            Self::Known => of_route,
            Self::Unknown(_) => of_route.min(STRANGERS_BODY),
        }
    }

    fn too_much(&self, app: &App) -> Fault {
        match *self {
            Self::Known => Fault::too_large(app.max_value),
            Self::Unknown(carrier) => Fault::unauthenticated(carrier),
        }
    }
}

/// The whole body, in a buffer that is zeroized: it may hold a secret.
async fn collect(
    mut incoming: Incoming,
    limit: usize,
    too_much: impl FnOnce() -> Fault,
) -> Result<Bytes, Fault> {
    let announced = usize::try_from(incoming.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_much());
    }
    let mut body = Zeroizing::new(Vec::with_capacity(announced));
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| Fault::bad_request("the request's body broke off"))?;
        let data = frame.into_data().unwrap_or_default();
        if body.len() + data.len() > limit {
            return Err(too_much());
        }
        body.extend_from_slice(&data);
    }
    Ok(Bytes::from_owner(body))
}
