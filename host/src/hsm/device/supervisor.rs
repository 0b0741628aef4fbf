//! Keeps one session with one device: opens the link, shakes hands, watches, and begins again when anything fails.

use super::handshake::{Handshake, Handshaken, Welcomed};
use super::meter::Meter;
use super::prepare::prepare;
use super::session::{Continuation, Session};
use super::transport::{Connector, ReadHalf, Transport, WriteHalf};
use super::trust::{HostSuite, Trust};
use casemate_common::link::{Deframer, FrameKind};
use casemate_common::session::noise::PublicKey;
use casemate_common::session::{Line, Order, Verdict};
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
    /// The device that answers is not to be talked to, for this reason.
    Refused(Arc<str>),
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
                let (error, served) = serve_link(transport, &connector.trust, &meter, &status).await;
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
    let address = &connector.address;
    status.send_replace(match error.kind() {
        io::ErrorKind::PermissionDenied if error.get_ref().is_some() => {
            Status::Refused(format!("the device at {address}: {error}").into())
        }
        _ => Status::Down(format!("the device at {address} does not answer: {error}").into()),
    });
}

/// Runs sessions over one open link until it breaks; tells whether any session stood.
async fn serve_link(
    transport: Transport,
    trust: &Trust,
    meter: &Arc<Meter>,
    status: &watch::Sender<Status>,
) -> (io::Error, bool) {
    let mut link = Link::new(transport);
    let mut hellos = 0;
    let mut served = false;
    loop {
        let session = match timeout(WELCOME_TIMEOUT, link.shake_hands(trust, meter)).await {
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
        let ready = async {
            prepare(&session, trust).await;
            status.send_replace(Status::Up(session.clone()));
        };
        match link.run(&session, ready, meter).await {
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
    fn new(transport: Transport) -> Self {
        Self {
            transport,
            deframer: Deframer::new(),
            buffer: vec![0; READ_BUFFER],
            at: 0,
            end: 0,
        }
    }

    /// Begins a session. What the device still says of an earlier one is skipped.
    async fn shake_hands(&mut self, trust: &Trust, meter: &Arc<Meter>) -> io::Result<Session> {
        let (mut handshake, hello) = Handshake::begin()?;
        self.send(&hello, meter).await?;
        let Handshake { order, line, .. } = &mut handshake;
        let mut payload = self.awaited(FrameKind::Welcome, order, line, meter).await?;
        let (shaken, welcomed) = handshake.welcomed(&mut payload, trust)?;
        let Handshaken { mut order, mut line } = shaken;
        let (welcome, fault) = match welcomed {
            Welcomed::Plain { welcome, fault } => (welcome, Some(fault)),
            Welcomed::Finish {
                wire,
                welcome,
                device,
            } => {
                self.send(&wire, meter).await?;
                self.awaited(FrameKind::Ack, &mut order, &mut line, meter).await?;
                trust.met(device)?;
                (welcome, None)
            }
        };
        Ok(Session::new(
            Handshaken { order, line },
            &welcome,
            fault,
            meter.clone(),
        ))
    }

    /// Learns who answers, and goes no further.
    async fn identify(&mut self) -> io::Result<PublicKey> {
        let meter = Meter::default();
        let (mut handshake, hello) = Handshake::begin()?;
        self.send(&hello, &meter).await?;
        let Handshake { order, line, .. } = &mut handshake;
        let mut payload = self.awaited(FrameKind::Welcome, order, line, &meter).await?;
        handshake.identify(&mut payload)
    }

    async fn send(&mut self, wire: &[u8], meter: &Meter) -> io::Result<()> {
        meter.sent(wire.len());
        self.transport.writer.write_all(wire).await?;
        self.transport.writer.flush().await
    }

    /// The payload of the next frame of this kind that is in order; all others are skipped, and what does not check.
    async fn awaited(
        &mut self,
        kind: FrameKind,
        order: &mut Order,
        line: &mut Line<HostSuite>,
        meter: &Meter,
    ) -> io::Result<Vec<u8>> {
        loop {
            while self.next_frame_complete() {
                let Ok(Some((header, payload))) = self.deframer.frame(line) else {
                    continue;
                };
                if header.kind == kind && order.accept(&header) == Verdict::InOrder {
                    return Ok(payload.to_vec());
                }
            }
            self.fill(meter).await?;
        }
    }

    /// Carries the session until it or the link ends.
    async fn run(
        &mut self,
        session: &Arc<Session>,
        ready: impl Future<Output = ()>,
        meter: &Arc<Meter>,
    ) -> End {
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
            never = then_never(ready) => match never {},
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
                match session.take(self.deframer) {
                    Continuation::Goes => {}
                    Continuation::Over(first_not_taken) => {
                        return (first_not_taken, End::Session("frames were lost or damaged"));
                    }
                }
            }
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
        wire.clear();
    }
}

async fn watch_silence(session: &Session) {
    let mut ticks = interval(PROBE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent = 0;
    while silent < MAX_SILENT_PROBES {
        ticks.tick().await;
        session.rekey();
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

/// Does this, and then nothing for ever.
async fn then_never(first: impl Future<Output = ()>) -> std::convert::Infallible {
    first.await;
    std::future::pending().await
}

/// Asks who answers at an address, without telling who asks: the device's static key, proved.
///
/// # Errors
/// The link's; or what answers is no device of ours, or can't prove anything.
pub async fn identify(connector: &Connector) -> io::Result<PublicKey> {
    let mut link = Link::new(connector.open().await?);
    for _ in 0..=MAX_HELLOS {
        if let Ok(identified) = timeout(WELCOME_TIMEOUT, link.identify()).await {
            return identified;
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "no answer to the hello"))
}
