use serde::{Deserialize, Serialize};

/// Payload of the host's first frame; the handshake's first message follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The host's [`crate::limits::PROTOCOL_VERSION`].
    pub protocol: u16,
}

/// Payload of the device's answer to a [`Hello`]. The handshake's second message follows it, whose payload is this
/// again: what stands in the clear here is authentic only when that agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The device's [`crate::limits::PROTOCOL_VERSION`]; a host that does not know it must not go on.
    pub protocol: u16,
    /// Encoded bytes that the device can buffer.
    pub window: u32,
    /// Requests with bodies of several frames that the device keeps open at once.
    pub streams: u8,
    /// 0; or, with no handshake message behind it, the code of the [`Fault`](crate::fault::Fault) for which there is no
    /// secure session, or [`ProtocolUnknown`](crate::error::ErrorCode::ProtocolUnknown).
    pub fault: u16,
}
