use super::symmetric::Symmetric;
use super::writer::Writer;
use super::{CipherError, KeyPair, PublicKey, Secret, Suite};
use crate::limits::PROTOCOL_VERSION;
use crate::record::TAG_LEN;

/// Why a handshake did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandshakeError {
    /// A message is shorter than the pattern asks for, or does not fit its buffer.
    Malformed,
    /// A message was not made by the one who holds the keys, or not for this handshake: altered, replayed, forged.
    NotAuthentic,
    /// A public key of small order, with which no secret can be agreed.
    WeakKey,
}

impl From<CipherError> for HandshakeError {
    fn from(_: CipherError) -> Self {
        Self::NotAuthentic
    }
}

/// What both sides must agree on before the first message: the protocol and the session's number.
pub const fn prologue(session: u32) -> [u8; 14] {
    let [v0, v1] = PROTOCOL_VERSION.to_le_bytes();
    let [s0, s1, s2, s3] = session.to_le_bytes();
    [
        b'c', b'a', b's', b'e', b'm', b'a', b't', b'e', v0, v1, s0, s1, s2, s3,
    ]
}

/// What a handshake leaves: the keys of each direction, and the hash that names this handshake alone.
pub struct Keys {
    /// Of the host's frames.
    pub(super) host: Secret,
    /// Of the device's frames.
    pub(super) device: Secret,
    /// The same on both sides exactly when nobody stands between them.
    pub hash: [u8; 32],
}

impl Keys {
    fn new<S: Suite>(symmetric: &Symmetric<S>) -> Self {
        let [host, device] = symmetric.split();
        let hash = *symmetric.hash();
        Self { host, device, hash }
    }
}

/// The host after its first message.
pub struct Initiator<S: Suite> {
    symmetric: Symmetric<S>,
    ephemeral: KeyPair,
}

impl<S: Suite> Initiator<S> {
    /// Writes the first message and tells its length. `ephemeral` must be fresh.
    ///
    /// # Errors
    /// [`HandshakeError::Malformed`] when `message` is too short a buffer.
    pub fn start(
        prologue: &[u8],
        ephemeral: KeyPair,
        payload: &[u8],
        message: &mut [u8],
    ) -> Result<(Self, usize), HandshakeError> {
        let mut symmetric = Symmetric::new(prologue);
        let mut writer = Writer::new(message);
        symmetric.mix_hash(writer.append(ephemeral.public().as_bytes())?);
        append_sealed(&mut symmetric, &mut writer, payload)?;
        let len = writer.len();
        Ok((Self { symmetric, ephemeral }, len))
    }

    /// Reads the second message; gives its payload and, with the new state, the device's static key.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn read_answer(self, message: &mut [u8]) -> Result<(Answered<S>, &mut [u8]), HandshakeError> {
        let Self {
            mut symmetric,
            ephemeral,
        } = self;
        let (e, rest) = take_key(message)?;
        symmetric.mix_hash(e.as_bytes());
        symmetric.mix_key(&agree::<S>(&ephemeral, &e)?);
        let (device, payload) = take_sealed_key(&mut symmetric, rest)?;
        symmetric.mix_key(&agree::<S>(&ephemeral, &device)?);
        let payload = symmetric.open(payload)?;
        let answered = Answered {
            symmetric,
            device_ephemeral: e,
            device,
        };
        Ok((answered, payload))
    }
}

/// The host when the device has answered.
pub struct Answered<S: Suite> {
    symmetric: Symmetric<S>,
    device_ephemeral: PublicKey,
    /// Who answered: to be compared with who should, before [`Answered::finish`].
    pub device: PublicKey,
}

impl<S: Suite> Answered<S> {
    /// Writes the third message, which tells the device who the host is; gives the keys and the message's length.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn finish(
        self,
        own: &KeyPair,
        payload: &[u8],
        message: &mut [u8],
    ) -> Result<(Keys, usize), HandshakeError> {
        let mut symmetric = self.symmetric;
        let mut writer = Writer::new(message);
        append_sealed(&mut symmetric, &mut writer, own.public().as_bytes())?;
        symmetric.mix_key(&agree::<S>(own, &self.device_ephemeral)?);
        append_sealed(&mut symmetric, &mut writer, payload)?;
        Ok((Keys::new(&symmetric), writer.len()))
    }
}

/// The device when it has read the first message.
pub struct Greeted<S: Suite> {
    symmetric: Symmetric<S>,
    host_ephemeral: PublicKey,
}

impl<S: Suite> Greeted<S> {
    /// Reads the first message; gives its payload.
    ///
    /// # Errors
    /// [`HandshakeError::Malformed`].
    pub fn read<'m>(prologue: &[u8], message: &'m mut [u8]) -> Result<(Self, &'m mut [u8]), HandshakeError> {
        let mut symmetric = Symmetric::new(prologue);
        let (host_ephemeral, payload) = take_key(message)?;
        symmetric.mix_hash(host_ephemeral.as_bytes());
        let payload = symmetric.open(payload)?;
        let greeted = Self {
            symmetric,
            host_ephemeral,
        };
        Ok((greeted, payload))
    }

    /// Writes the second message and tells its length. `ephemeral` must be fresh.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn answer(
        self,
        own: &KeyPair,
        ephemeral: KeyPair,
        payload: &[u8],
        message: &mut [u8],
    ) -> Result<(Waiting<S>, usize), HandshakeError> {
        let Self {
            mut symmetric,
            host_ephemeral,
        } = self;
        let mut writer = Writer::new(message);
        symmetric.mix_hash(writer.append(ephemeral.public().as_bytes())?);
        symmetric.mix_key(&agree::<S>(&ephemeral, &host_ephemeral)?);
        append_sealed(&mut symmetric, &mut writer, own.public().as_bytes())?;
        symmetric.mix_key(&agree::<S>(own, &host_ephemeral)?);
        append_sealed(&mut symmetric, &mut writer, payload)?;
        let len = writer.len();
        Ok((Waiting { symmetric, ephemeral }, len))
    }
}

/// The device when it waits for the third message.
pub struct Waiting<S: Suite> {
    symmetric: Symmetric<S>,
    ephemeral: KeyPair,
}

impl<S: Suite> Waiting<S> {
    /// Reads the third message; gives the keys, the host's static key and the payload. Nothing can be read after it:
    /// drop it in its place, which wipes what it holds.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn finish<'m>(
        &mut self,
        message: &'m mut [u8],
    ) -> Result<(Keys, PublicKey, &'m mut [u8]), HandshakeError> {
        let Self { symmetric, ephemeral } = self;
        let (host, payload) = take_sealed_key(symmetric, message)?;
        symmetric.mix_key(&agree::<S>(ephemeral, &host)?);
        let payload = symmetric.open(payload)?;
        Ok((Keys::new(symmetric), host, payload))
    }
}

fn agree<S: Suite>(own: &KeyPair, theirs: &PublicKey) -> Result<Secret, HandshakeError> {
    S::agree(own.private(), theirs).ok_or(HandshakeError::WeakKey)
}

fn append_sealed<S: Suite>(
    symmetric: &mut Symmetric<S>,
    writer: &mut Writer<'_>,
    data: &[u8],
) -> Result<(), HandshakeError> {
    let tag = symmetric.seal(writer.append(data)?)?;
    writer.append(tag.as_ref().map_or(&[], |tag| &tag[..]))?;
    Ok(())
}

fn take_key(message: &mut [u8]) -> Result<(PublicKey, &mut [u8]), HandshakeError> {
    let (key, rest) = message
        .split_first_chunk_mut::<{ PublicKey::LEN }>()
        .ok_or(HandshakeError::Malformed)?;
    Ok((PublicKey::new(*key), rest))
}

fn take_sealed_key<'m, S: Suite>(
    symmetric: &mut Symmetric<S>,
    message: &'m mut [u8],
) -> Result<(PublicKey, &'m mut [u8]), HandshakeError> {
    let (sealed, rest) = message
        .split_at_mut_checked(PublicKey::LEN.saturating_add(TAG_LEN))
        .ok_or(HandshakeError::Malformed)?;
    let (key, _) = take_key(symmetric.open(sealed)?)?;
    Ok((key, rest))
}
