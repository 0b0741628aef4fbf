use super::body::Body;
use super::session::{Sessions, hello};
use super::transmit::Transmit;
use super::worker::Worker;
use crate::channel::NoiseSuite;
use crate::platform::Platform;
use casemate_common::error::ErrorCode;
use casemate_common::limits::PROTOCOL_VERSION;
use casemate_common::session::noise::{self, Greeted, KeyPair, Secure, WELCOME_LEN, Waiting, prologue};
use casemate_common::session::{Line, Welcome};

/// Longest encoding of a [`Welcome`].
const MAX_WELCOME: usize = 16;

/// The session can't come about: something was forged or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandshakeError;

impl From<noise::HandshakeError> for HandshakeError {
    fn from(_: noise::HandshakeError) -> Self {
        Self
    }
}

impl From<ErrorCode> for HandshakeError {
    fn from(_: ErrorCode) -> Self {
        Self
    }
}

/// The parts of a device that shake hands.
pub(super) struct Handshake<'d, P: Platform> {
    pub(super) line: &'d mut Line<NoiseSuite<P::Crypto>>,
    pub(super) waiting: &'d mut Option<Waiting<NoiseSuite<P::Crypto>>>,
    pub(super) worker: &'d mut Worker<P>,
}

impl<P: Platform> Handshake<'_, P> {
    /// Answers a hello: the session before is forgotten. A device that can't keep secrets says why.
    pub(super) fn begin(
        &mut self,
        sessions: &Sessions,
        payload: &mut [u8],
        transmit: &mut Transmit,
    ) -> Result<(), HandshakeError> {
        let session = sessions.order().session();
        self.worker.end_session();
        *self.waiting = None;
        self.line.close(session);
        let (hello, message) = hello(payload).ok_or(HandshakeError)?;
        if hello.protocol != PROTOCOL_VERSION {
            return refuse(&sessions.welcome(ErrorCode::ProtocolUnknown.code()), transmit);
        }
        let ephemeral = match self.worker.ephemeral() {
            Ok(ephemeral) => KeyPair::new::<NoiseSuite<P::Crypto>>(ephemeral),
            Err(code) => {
                self.line.open_plain(session);
                return refuse(&sessions.welcome(code.code()), transmit);
            }
        };
        let (greeted, _) = Greeted::read(&prologue(session), message)?;
        let own = &self.worker.vault()?.identity.channel;
        let welcome = sessions.welcome(0);
        *self.waiting = Some(transmit.payload(|body| answer(greeted, own, ephemeral, &welcome, body))?);
        Ok(())
    }

    /// Takes the handshake's last message: the session stands, with whoever made it.
    pub(super) fn finish(&mut self, sessions: &Sessions, message: &mut [u8]) -> Result<(), HandshakeError> {
        let finished = self.waiting.as_mut().map(|waiting| waiting.finish(message));
        // Over it, where it lies: taken out of there, the ephemeral key would stay behind.
        *self.waiting = None;
        let (keys, host, _) = finished.ok_or(HandshakeError)??;
        let order = sessions.order();
        self.line.open(order.session(), Secure::device(&keys, order));
        self.worker.begin_session(host);
        Ok(())
    }
}

fn refuse(welcome: &Welcome, transmit: &mut Transmit) -> Result<(), HandshakeError> {
    Ok(transmit.payload(|body| body.encode(welcome))?)
}

/// Writes the welcome, and behind it the handshake's second message, which repeats it.
fn answer<S: noise::Suite>(
    greeted: Greeted<S>,
    own: &KeyPair,
    ephemeral: KeyPair,
    welcome: &Welcome,
    body: &mut Body<'_>,
) -> Result<Waiting<S>, HandshakeError> {
    body.encode(welcome)?;
    let mut repeated = [0; MAX_WELCOME];
    let repeated = postcard::to_slice(welcome, &mut repeated).map_err(|_| HandshakeError)?;
    let message = body.extend(WELCOME_LEN.saturating_add(repeated.len()))?;
    let (waiting, _) = greeted.answer(own, ephemeral, repeated, message)?;
    Ok(waiting)
}
