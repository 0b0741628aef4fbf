//! The device: link, session and worker put together.
//!
//! *What this trusts:* nothing that comes over the link. What is held for a host is bounded: one frame each way, and
//! [`MAX_STREAMS`] open streams.

mod background;
mod body;
mod handshake;
mod memory;
mod reach;
mod session;
mod streams;
mod transmit;
mod trial;
mod vault;
mod worker;

pub(crate) use body::Body;
pub use memory::DeviceMemory;
pub(crate) use reach::Reach;
pub use streams::MAX_STREAMS;
pub(crate) use streams::{Slot, Stream, Work};
pub use trial::Trial;
pub(crate) use vault::Vault;
pub(crate) use worker::Worker;

use crate::channel::NoiseSuite;
use crate::image::Images;
use crate::platform::{Clock, Parts, Platform, RootSource};
use background::{work_until_input, yield_once};
use casemate_common::exchange::Message;
use casemate_common::fault::Fault;
use casemate_common::link::{Deframer, FrameKind, Header};
use casemate_common::session::Line;
use casemate_common::session::noise::{Fingerprint, Waiting};
use embedded_io_async::{BufRead, ReadReady, Write};
use handshake::{Handshake, HandshakeError};
use session::{Event, Sessions};
use transmit::Transmit;

/// A hardware security module on a board.
pub struct Device<P: Platform> {
    deframer: &'static mut Deframer,
    line: Line<NoiseSuite<P::Crypto>>,
    sessions: Sessions,
    /// A handshake whose last message is still to come.
    handshake: Option<Waiting<NoiseSuite<P::Crypto>>>,
    transmit: &'static mut Transmit,
    worker: Worker<P>,
}

impl<P: Platform> Device<P> {
    /// Runs the self-tests, starts the generator and recovers the store. When any of this fails the device still
    /// stands, and answers only `Info`.
    pub fn start(platform: P) -> Self {
        let Parts {
            flash,
            memory,
            counters,
            audit,
            entropy,
            clock,
            root,
            meters,
            presence,
            mut images,
        } = platform.into_parts();
        let DeviceMemory {
            deframer,
            transmit,
            vault,
            trial,
        } = memory;
        let is_on_trial = images.running().is_some_and(|image| image.is_on_trial);
        trial.begin(is_on_trial, clock.uptime_ms());
        let root_kind = root.kind();
        let vault = Vault::start(entropy, (flash, vault), counters, audit, root, images);
        Self {
            deframer,
            line: Line::closed(),
            handshake: None,
            sessions: Sessions::new(P::RECEIVE_WINDOW),
            transmit,
            worker: Worker::new(
                (clock, meters, presence),
                root_kind,
                vault.map_err(Fault::from),
                trial,
            ),
        }
    }

    /// What its display or console shows of its identity, for whoever pairs a host with it to compare; none in the error
    /// state.
    pub fn fingerprint(&mut self) -> Option<Fingerprint> {
        let vault = self.worker.vault().ok()?;
        Some(
            vault
                .identity
                .channel
                .public()
                .fingerprint::<NoiseSuite<P::Crypto>>(),
        )
    }

    /// Whether it was told to start anew: the board is to be reset then.
    pub fn must_restart(&self) -> bool {
        self.worker.must_restart()
    }

    /// When the image that runs has to make way for another, whatever the device does: the board asks now and then, and is
    /// to be reset when it is over.
    pub fn trial(&self) -> &'static Trial {
        self.worker.trial()
    }

    /// Serves one host until the link ends or the device is to start anew; what a session held is forgotten then.
    ///
    /// What was written has to leave without being flushed, at the latest when `fill_buf` has nothing to give and
    /// waits: a link that buffers its output sends it before it waits for input, and before it answers `read_ready`
    /// that there is none. That one is asked only while there is long work to do beside requests.
    ///
    /// # Errors
    /// The link's own.
    pub async fn serve<L: BufRead + ReadReady + Write>(&mut self, link: &mut L) -> Result<(), L::Error> {
        let result = self.serve_frames(link).await;
        self.end_session();
        self.sessions.forget();
        self.line = Line::closed();
        self.deframer.wipe();
        result
    }

    async fn serve_frames<L: BufRead + ReadReady + Write>(&mut self, link: &mut L) -> Result<(), L::Error> {
        // What the start has left behind, which moved all keys about.
        Reach::Modulus.wipe();
        self.worker.renew_random();
        loop {
            work_until_input(&mut self.worker, link).await?;
            let input = link.fill_buf().await?;
            if input.is_empty() {
                return Ok(());
            }
            let (taken, complete) = self.deframer.push(input);
            link.consume(taken);
            self.sessions.took(taken);
            if !complete {
                continue;
            }
            let header = self.take_frame();
            self.worker.reached().wipe();
            self.deframer.wipe();
            if let Some(header) = header {
                let sealed = self.transmit.seal(header, &mut self.line);
                // A key that is used up ends the session as a reset does; the host's next frame tells it.
                let over = sealed.is_err() || header.kind == FrameKind::Reset;
                let sent = send(link, sealed.unwrap_or_default()).await;
                self.transmit.wipe();
                if over {
                    self.end_session();
                }
                if !sent? {
                    return Ok(());
                }
                if self.must_restart() {
                    return link.flush().await;
                }
            }
            // A host that always has more must not keep the board's other tasks, as the watchdog's, from running.
            yield_once().await;
        }
    }

    /// Takes the frame just completed. When there is something to send, its payload stands in `transmit` and this is
    /// its header.
    // Never inlined: what it has put on the stack lies below its caller's part of it, and is wiped.
    #[inline(never)]
    fn take_frame(&mut self) -> Option<Header> {
        let event = self.sessions.judge(self.deframer.frame(&mut self.line));
        self.transmit.nothing();
        match event {
            Event::Nothing => self.acknowledge_if_owed(),
            Event::Begin(hello) => {
                let begun = Handshake {
                    line: &mut self.line,
                    waiting: &mut self.handshake,
                    worker: &mut self.worker,
                }
                .begin(&self.sessions, hello, self.transmit);
                self.shaken(begun, FrameKind::Welcome)
            }
            Event::Finish(message) => {
                let finished = Handshake {
                    line: &mut self.line,
                    waiting: &mut self.handshake,
                    worker: &mut self.worker,
                }
                .finish(&self.sessions, message);
                self.shaken(finished, FrameKind::Ack)
            }
            Event::Rekey => Some(self.sessions.stamp(FrameKind::Rekey)),
            Event::Acknowledge => Some(self.sessions.stamp(FrameKind::Ack)),
            Event::Over(header) => Some(header),
            Event::Message(payload) => match answer(payload, &mut self.worker, self.transmit) {
                Some(true) => Some(self.sessions.stamp(FrameKind::Message)),
                Some(false) => self.acknowledge_if_owed(),
                None => self.fail(),
            },
        }
    }

    fn acknowledge_if_owed(&mut self) -> Option<Header> {
        self.transmit.nothing();
        self.sessions
            .owes_acknowledgement()
            .then(|| self.sessions.stamp(FrameKind::Ack))
    }

    /// The answer to a step of the handshake.
    fn shaken(&mut self, step: Result<(), HandshakeError>, answer: FrameKind) -> Option<Header> {
        match step {
            Ok(()) => Some(self.sessions.stamp(answer)),
            Err(HandshakeError) => self.fail(),
        }
    }

    /// Forgets whom it was with, what was in flight, and the keys.
    fn end_session(&mut self) {
        self.worker.end_session();
        self.handshake = None;
        self.line.close(self.sessions.order().session());
    }

    fn fail(&mut self) -> Option<Header> {
        self.transmit.nothing();
        match self.sessions.fail() {
            Event::Over(header) => Some(header),
            _ => None,
        }
    }
}

/// Whether there is an answer; `None` when the payload is no message for a device.
fn answer<P: Platform>(payload: &mut [u8], worker: &mut Worker<P>, transmit: &mut Transmit) -> Option<bool> {
    let message = Message::parse(payload).ok()?;
    worker.answer(&message, transmit).ok()
}

/// False when the link takes nothing more.
async fn send<L: Write>(link: &mut L, mut wire: &[u8]) -> Result<bool, L::Error> {
    while !wire.is_empty() {
        let written = link.write(wire).await?;
        if written == 0 {
            return Ok(false);
        }
        wire = wire.get(written..).unwrap_or_default();
    }
    Ok(true)
}
