//! The host's side of the handshake: one hello, one welcome, one finish.

use super::trust::{HostSuite, Trust, TrustError};
use casemate_common::fault::Fault;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{self, FrameKind, HEADER_LEN, LinkError};
use casemate_common::session::noise::{
    FINISH_LEN, HELLO_LEN, HandshakeError, Initiator, KeyPair, PublicKey, Secret, Secure, prologue,
};
use casemate_common::session::{Hello, Line, Order, Welcome};
use std::io;

/// A handshake that waits for the device's welcome.
pub(super) struct Handshake {
    initiator: Initiator<HostSuite>,
    pub(super) order: Order,
    pub(super) line: Line<HostSuite>,
}

/// How the device took it.
pub(super) enum Welcomed {
    /// It proved who it is and is trusted: this finishes the handshake, and its acknowledgement is still to come.
    Finish {
        wire: Vec<u8>,
        welcome: Welcome,
        device: PublicKey,
    },
    /// It can keep no secrets, and why.
    Plain { welcome: Welcome, fault: Fault },
}

impl Handshake {
    /// Begins one, and gives the hello's bytes.
    pub(super) fn begin() -> io::Result<(Self, Vec<u8>)> {
        let session = u32::from_le_bytes(random()?);
        let mut payload = postcard::to_stdvec(&Hello {
            protocol: PROTOCOL_VERSION,
        })
        .map_err(io::Error::other)?;
        let ephemeral = KeyPair::new::<HostSuite>(Secret::new(random()?));
        let mut message = [0; HELLO_LEN];
        let (initiator, len) =
            Initiator::start(&prologue(session), ephemeral, &[], &mut message).map_err(forged)?;
        payload.extend(&message[..len]);
        let mut handshake = Self {
            initiator,
            order: Order::new(session),
            line: Line::closed(),
        };
        handshake.line.close(session);
        // The leading delimiter ends whatever half a frame an earlier host left on the line.
        let mut wire = vec![0];
        wire.extend(handshake.frame(FrameKind::Hello, &payload)?);
        Ok((handshake, wire))
    }

    /// Reads a welcome only to learn who answers.
    pub(super) fn identify(self, payload: &mut [u8]) -> io::Result<PublicKey> {
        let (welcome, at) = parse(payload)?;
        if let Some(fault) = fault(&welcome)? {
            return Err(io::Error::other(crate::hsm::HsmError::from(fault.code())));
        }
        let (answered, _) = self.initiator.read_answer(&mut payload[at..]).map_err(forged)?;
        Ok(answered.device)
    }

    /// Reads a welcome, and decides whether to go on with who sent it.
    pub(super) fn welcomed(self, payload: &mut [u8], trust: &Trust) -> io::Result<(Handshaken, Welcomed)> {
        let (welcome, at) = parse(payload)?;
        let mut shaken = Handshaken {
            order: self.order,
            line: self.line,
        };
        let session = shaken.order.session();
        if let Some(fault) = fault(&welcome)? {
            shaken.line.open_plain(session);
            return Ok((shaken, Welcomed::Plain { welcome, fault }));
        }
        let (answered, repeated) = self.initiator.read_answer(&mut payload[at..]).map_err(forged)?;
        if postcard::from_bytes(repeated) != Ok(welcome) {
            return Err(refused(TrustError::Forged));
        }
        let device = answered.device;
        trust.judge(device).map_err(refused)?;
        let mut finish = [0; FINISH_LEN];
        let (keys, len) = answered.finish(trust.key(), &[], &mut finish).map_err(forged)?;
        let wire = frame(
            &mut shaken.order,
            &mut shaken.line,
            FrameKind::Finish,
            &finish[..len],
        )?;
        shaken.line.open(session, Secure::host(&keys, &shaken.order));
        Ok((
            shaken,
            Welcomed::Finish {
                wire,
                welcome,
                device,
            },
        ))
    }

    fn frame(&mut self, kind: FrameKind, payload: &[u8]) -> io::Result<Vec<u8>> {
        frame(&mut self.order, &mut self.line, kind, payload)
    }
}

/// What a session needs of its handshake.
pub(super) struct Handshaken {
    pub(super) order: Order,
    pub(super) line: Line<HostSuite>,
}

fn frame(
    order: &mut Order,
    line: &mut Line<HostSuite>,
    kind: FrameKind,
    payload: &[u8],
) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; MAX_FRAME];
    let mut wire = vec![0; MAX_ENCODED_FRAME];
    frame[HEADER_LEN..][..payload.len()].copy_from_slice(payload);
    let encoded = link::encode(order.stamp(kind), payload.len(), line, &mut frame, &mut wire);
    let len = encoded.map_err(|error: LinkError| io::Error::other(format!("{error:?}")))?;
    wire.truncate(len);
    Ok(wire)
}

/// The welcome, and where the handshake's message behind it begins.
fn parse(payload: &[u8]) -> io::Result<(Welcome, usize)> {
    let unreadable = |_| io::Error::new(io::ErrorKind::InvalidData, "the device's welcome can't be read");
    let protocol: u16 = postcard::take_from_bytes(payload).map_err(unreadable)?.0;
    if protocol != PROTOCOL_VERSION {
        return Err(refused(TrustError::Protocol {
            device: protocol,
            host: PROTOCOL_VERSION,
        }));
    }
    let (welcome, rest) = postcard::take_from_bytes(payload).map_err(unreadable)?;
    Ok((welcome, payload.len() - rest.len()))
}

/// Why there will be no secure session. Nothing proves who says so: only what makes a device unable to prove anything
/// counts, whatever else somebody on the line might like to tell.
fn fault(welcome: &Welcome) -> io::Result<Option<Fault>> {
    match (welcome.fault, Fault::from_code(welcome.fault)) {
        (0, _) => Ok(None),
        (_, Some(fault)) => Ok(Some(fault)),
        (code, _) => Err(io::Error::other(format!(
            "what answers can't begin a session, for a reason that no device has ({code:#06x}): somebody may sit on the line"
        ))),
    }
}

fn forged(_: HandshakeError) -> io::Error {
    refused(TrustError::Forged)
}

/// Only who the device is can't mend itself.
fn refused(error: TrustError) -> io::Error {
    let kind = match &error {
        TrustError::Unpaired { .. } | TrustError::Changed { .. } => io::ErrorKind::PermissionDenied,
        TrustError::Forged | TrustError::Protocol { .. } => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, error)
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hsm::HsmError;
    use casemate_common::error::ErrorCode;

    fn told(code: u16) -> Result<Option<Fault>, String> {
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            window: 16 * 1024,
            streams: 2,
            fault: code,
        };
        fault(&welcome).map_err(|error| error.to_string())
    }

    #[test]
    fn whatever_may_stop_a_device_is_believed_and_nothing_else() {
        assert_eq!(told(0), Ok(None));
        for &error in ErrorCode::ALL {
            let stopped = Fault::from(error);
            assert_eq!(told(stopped.code().code()), Ok(Some(stopped)), "{error}");
            let is_none = Fault::ALL.iter().all(|fault| fault.code() != error);
            assert_eq!(told(error.code()).is_err(), is_none, "{error}");
        }
        assert!(told(0xFFFF).unwrap_err().contains("somebody may sit on the line"));
    }

    #[test]
    fn each_fault_has_a_sentence_of_its_own() {
        let sentences: std::collections::BTreeSet<_> = Fault::ALL
            .map(|fault| HsmError::from(fault.code()).to_string())
            .into();
        assert_eq!(sentences.len(), Fault::ALL.len());
    }
}
