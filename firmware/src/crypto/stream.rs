use super::{Aes256, Aes256Gcm, Key256, XaesKey};
use casemate_common::error::ErrorCode;
use casemate_common::limits::MAX_CONTEXT;
use casemate_common::record::{CHUNK_LEN, ChunkNonce, HEADER_LEN, Header, MAX_CHUNKS, TAG_LEN};

/// The associated data of a record's first chunk: `header ‖ context`.
pub struct AssociatedData(heapless::Vec<u8, { HEADER_LEN + MAX_CONTEXT }>);

impl AssociatedData {
    /// Joins the two.
    ///
    /// # Errors
    /// [`ErrorCode::TooLarge`] when the context is longer than [`MAX_CONTEXT`].
    pub fn new(header: &Header, context: &[u8]) -> Result<Self, ErrorCode> {
        let mut data = heapless::Vec::new();
        data.extend_from_slice(header.as_bytes())
            .and_then(|()| data.extend_from_slice(context))
            .map_err(|_| ErrorCode::TooLarge)?;
        Ok(Self(data))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// Seals or opens the chunks of one record in their order (see [`casemate_common::record`]), each in place.
pub struct ChunkCipher<G> {
    gcm: G,
    prefix: [u8; 7],
    next: u32,
}

impl<G: Aes256Gcm> ChunkCipher<G> {
    /// Begins the record with this header.
    pub fn new<A: Aes256>(keyring: &XaesKey<A>, header: &Header) -> Self {
        let key: Key256 = keyring.derive(&header.salt());
        Self {
            gcm: G::new(&key),
            prefix: header.prefix(),
            next: 0,
        }
    }

    /// Seals the next chunk in place and gives its tag. `associated` is empty in all chunks but the first.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] for a chunk of a length that it must not have at its place,
    /// [`ErrorCode::TooLarge`] when the record gets too long.
    pub fn seal(
        &mut self,
        associated: &[u8],
        last: bool,
        chunk: &mut [u8],
    ) -> Result<[u8; TAG_LEN], ErrorCode> {
        let nonce = self.step(chunk.len(), last)?;
        Ok(self.gcm.seal(nonce.as_bytes(), associated, chunk)?)
    }

    /// Opens the next chunk in place, once its tag has checked.
    ///
    /// # Errors
    /// As [`Self::seal`], and [`ErrorCode::RecordInvalid`] when the tag does not check; `chunk` then holds no
    /// plaintext.
    pub fn open(
        &mut self,
        associated: &[u8],
        last: bool,
        chunk: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), ErrorCode> {
        let nonce = self.step(chunk.len(), last).map_err(|error| match error {
            // An empty last chunk is what a record leaves that was cut between two chunks.
            ErrorCode::MalformedRequest if last => ErrorCode::RecordInvalid,
            other => other,
        })?;
        Ok(self.gcm.open(nonce.as_bytes(), associated, chunk, tag)?)
    }

    fn step(&mut self, len: usize, last: bool) -> Result<ChunkNonce, ErrorCode> {
        let index = self.next;
        let fits = match (last, index) {
            (false, _) => len == CHUNK_LEN,
            (true, 0) => len <= CHUNK_LEN,
            (true, _) => (1..=CHUNK_LEN).contains(&len),
        };
        if !fits {
            return Err(ErrorCode::MalformedRequest);
        }
        let next = index.saturating_add(1);
        // The chunk after this one would be the first too many: say so before answering for this one.
        if next > MAX_CHUNKS || (next == MAX_CHUNKS && !last) {
            return Err(ErrorCode::TooLarge);
        }
        self.next = next;
        Ok(ChunkNonce::new(self.prefix, index, last))
    }
}
