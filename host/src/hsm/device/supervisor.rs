//! Keeps one session with one device: opens the link, shakes hands, watches, and begins again when anything fails.

use super::meter::Meter;
use super::session::{Continuation, Session};
use super::transport::{Connector, ReadHalf, Transport, WriteHalf};
use super::wipe::wipe;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{self, Deframer, FrameKind, HEADER_LEN, Header, LinkError};
use casemate_common::session::{Hello, Order, Plain, Verdict, Welcome};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// A device that is asked whether it is there has this long to answer.
const PROBE_INTERVAL: Duration = Duration::from_millis(500);
/// Unanswered probes after which the session is given up.
const MAX_SILENT_PROBES: u32 = 4;
/// A device that was just connected may still be starting.
const WELCOME_TIMEOUT: Duration = Duration::from_millis(1500);
/// Hellos without a welcome after which the link is opened anew.
const MAX_HELLOS: u32 = 4;
const FIRST_BACKOFF: Duration = Duration::from_millis(20);
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);
const READ_BUFFER: usize = 64 * 1024;

/// What requests see of the link.
#[derive(Clone)]
pub(super) enum Status {
    /// No session yet, or not any more; with the reason where there is one.
    Down(Arc<str>),
    /// A session stands.
    Up(Arc<Session>),
}

/// Why a session ended.
enum End {
    /// The link still stands: say hello again.
    Session(&'static str),
    /// The link is gone: open it again.
    Link(io::Error),
}

/// Runs for ever; aborted when the backend is dropped.
pub(super) async fn supervise(connector: Connector, meter: Arc<Meter>, status: watch::Sender<Status>) {
    let mut backoff = FIRST_BACKOFF;
    loop {
        match connector.open().await {
            Ok(transport) => {
                let (error, served) = serve_link(transport, &meter, &status).await;
                if served {
                    backoff = FIRST_BACKOFF;
                }
                tracing::warn!(device = %connector.address, %error, "lost the link to the device");
                down(&status, &connector, &error);
            }
            Err(error) => {
                tracing::warn!(device = %connector.address, %error, "can't open the device");
                down(&status, &connector, &error);
            }
        }
        sleep(backoff).await;
        backoff = (backoff * 2).min(LONGEST_BACKOFF);
    }
}

fn down(status: &watch::Sender<Status>, connector: &Connector, error: &io::Error) {
    let reason = format!("the device at {} does not answer: {error}", connector.address);
    status.send_replace(Status::Down(reason.into()));
}

/// Runs sessions over one open link until it breaks; tells whether any session stood.
async fn serve_link(
    transport: Transport,
    meter: &Arc<Meter>,
    status: &watch::Sender<Status>,
) -> (io::Error, bool) {
    let mut link = Link {
        transport,
        deframer: Deframer::new(),
        buffer: vec![0; READ_BUFFER],
        at: 0,
        end: 0,
    };
    let mut hellos = 0;
    let mut served = false;
    loop {
        let session = match timeout(WELCOME_TIMEOUT, link.shake_hands(meter)).await {
            Ok(Ok(session)) => Arc::new(session),
            Ok(Err(error)) => return (error, served),
            Err(_) if hellos < MAX_HELLOS => {
                hellos += 1;
                continue;
            }
            Err(_) => {
                return (
                    io::Error::new(io::ErrorKind::TimedOut, "no answer to the hello"),
                    served,
                );
            }
        };
        (hellos, served) = (0, true);
        status.send_replace(Status::Up(session.clone()));
        match link.run(&session, meter).await {
            End::Session(reason) => {
                tracing::warn!(reason, "the session with the device ended; beginning a new one")
            }
            End::Link(error) => return (error, served),
        }
    }
}

struct Link {
    transport: Transport,
    deframer: Deframer,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Link {
    /// Begins a session. What the device still says of an earlier one is skipped.
    async fn shake_hands(&mut self, meter: &Arc<Meter>) -> io::Result<Session> {
        let mut order = Order::new(random_session()?);
        let hello = hello(&mut order).ok_or_else(|| io::Error::other("the hello does not fit a frame"))?;
        meter.sent(hello.len());
        self.transport.writer.write_all(&hello).await?;
        self.transport.writer.flush().await?;
        loop {
            while self.next_frame_complete() {
                let Ok(Some((header, payload))) = self.deframer.frame(&mut Plain) else {
                    continue;
                };
                if header.kind != FrameKind::Welcome || order.accept(&header) != Verdict::InOrder {
                    continue;
                }
                return accept(payload, order, meter);
            }
            self.fill(meter).await?;
        }
    }

    /// Carries the session until it or the link ends.
    async fn run(&mut self, session: &Arc<Session>, meter: &Arc<Meter>) -> End {
        let Self {
            transport: Transport { reader, writer, .. },
            deframer,
            buffer,
            at,
            end,
        } = self;
        let mut input = Input {
            reader,
            deframer,
            buffer,
            at,
            end,
            meter,
        };
        let (first_not_taken, end) = tokio::select! {
            biased;
            ended = input.read_frames(session) => ended,
            error = write_frames(session, writer) => (None, End::Link(error)),
            () = watch_silence(session) => (None, End::Session("the device fell silent")),
        };
        session.end(first_not_taken);
        end
    }

    fn next_frame_complete(&mut self) -> bool {
        push(&mut self.deframer, &self.buffer, &mut self.at, self.end)
    }

    async fn fill(&mut self, meter: &Meter) -> io::Result<()> {
        self.at = 0;
        self.end = 0;
        self.end = read_some(&mut self.transport.reader, &mut self.buffer, meter).await?;
        Ok(())
    }
}

/// The receiving half of a [`Link`] while the sending half writes.
struct Input<'l> {
    reader: &'l mut ReadHalf,
    deframer: &'l mut Deframer,
    buffer: &'l mut [u8],
    at: &'l mut usize,
    end: &'l mut usize,
    meter: &'l Meter,
}

impl Input<'_> {
    async fn read_frames(&mut self, session: &Session) -> (Option<u16>, End) {
        loop {
            while push(self.deframer, self.buffer, self.at, *self.end) {
                match self.deframer.frame(&mut Plain) {
                    Ok(None) => {}
                    Ok(Some((header, payload))) => {
                        if let Continuation::Over(first_not_taken) = session.receive(&header, payload) {
                            return (first_not_taken, End::Session("frames were lost"));
                        }
                    }
                    Err(LinkError::Garbled | LinkError::TooLong | LinkError::KeyUsedUp) => {
                        return (None, End::Session("a frame arrived damaged"));
                    }
                }
            }
            wipe(&mut self.buffer[..*self.end]);
            (*self.at, *self.end) = (0, 0);
            match read_some(self.reader, self.buffer, self.meter).await {
                Ok(len) => *self.end = len,
                Err(error) => return (None, End::Link(error)),
            }
        }
    }
}

async fn write_frames(session: &Session, writer: &mut WriteHalf) -> io::Error {
    let mut wire = Vec::new();
    loop {
        session.take_wire(&mut wire).await;
        let written = async {
            writer.write_all(&wire).await?;
            writer.flush().await
        };
        if let Err(error) = written.await {
            return error;
        }
        wipe(&mut wire);
        wire.clear();
    }
}

async fn watch_silence(session: &Session) {
    let mut ticks = interval(PROBE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent = 0;
    while silent < MAX_SILENT_PROBES {
        ticks.tick().await;
        silent = if session.probe() { 0 } else { silent + 1 };
    }
}

fn push(deframer: &mut Deframer, buffer: &[u8], at: &mut usize, end: usize) -> bool {
    let (taken, complete) = deframer.push(&buffer[*at..end]);
    *at += taken;
    complete
}

async fn read_some(reader: &mut ReadHalf, buffer: &mut [u8], meter: &Meter) -> io::Result<usize> {
    match reader.read(buffer).await? {
        // USB serial ports answer nothing for ever after an unplug.
        0 => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the link was closed",
        )),
        len => {
            meter.received(len);
            Ok(len)
        }
    }
}

fn accept(payload: &[u8], order: Order, meter: &Arc<Meter>) -> io::Result<Session> {
    let welcome: Welcome = postcard::from_bytes(payload)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the device's welcome can't be read"))?;
    if welcome.protocol != PROTOCOL_VERSION {
        let text = format!(
            "the device speaks protocol {}, this host {PROTOCOL_VERSION}; update the older one",
            welcome.protocol
        );
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(Session::new(order, &welcome, meter.clone()))
}

fn hello(order: &mut Order) -> Option<Vec<u8>> {
    let mut frame = [0; MAX_FRAME];
    // The leading delimiter ends whatever half a frame an earlier host left on the line.
    let mut wire = vec![0; MAX_ENCODED_FRAME + 1];
    let payload = postcard::to_slice(
        &Hello {
            protocol: PROTOCOL_VERSION,
        },
        &mut frame[HEADER_LEN..],
    )
    .ok()?
    .len();
    let header: Header = order.stamp(FrameKind::Hello);
    let len = link::encode(header, payload, &mut Plain, &mut frame, &mut wire[1..]).ok()?;
    wire.truncate(len + 1);
    Some(wire)
}

fn random_session() -> io::Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(u32::from_le_bytes(bytes))
}
