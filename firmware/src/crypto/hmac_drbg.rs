use super::{HmacSha256, Key256};

/// Calls of [`HmacDrbg::generate`] between two seeds. SP 800-90A allows 2^48; noise is cheap, so far fewer.
const RESEED_INTERVAL: u32 = 1024;

/// The generator has given all that one seed is good for: call [`HmacDrbg::reseed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReseedRequired;

/// HMAC_DRBG with SHA-256 of NIST SP 800-90A Rev. 1, section 10.1.2: no prediction resistance, no additional input.
pub struct HmacDrbg<H> {
    key: H,
    value: Key256,
    generated: u32,
}

impl<H: HmacSha256> HmacDrbg<H> {
    /// Starts from seed material: entropy (at least 256 bits of it), a nonce and a personalization string.
    pub fn new(seed: &[&[u8]; 3]) -> Self {
        let mut drbg = Self {
            key: H::new(&Key256::zero()),
            value: Key256::new([1; Key256::LEN]),
            generated: 0,
        };
        drbg.reseed(seed);
        drbg
    }

    /// Mixes fresh entropy into the state.
    pub fn reseed(&mut self, seed: &[&[u8]; 3]) {
        self.mix(0, seed);
        self.mix(1, seed);
        self.generated = 0;
    }

    /// Fills `output` (at most 2^16 bytes).
    ///
    /// # Errors
    /// [`ReseedRequired`] when it is time; then `output` is unchanged.
    pub fn generate(&mut self, output: &mut [u8]) -> Result<(), ReseedRequired> {
        if self.generated >= RESEED_INTERVAL {
            return Err(ReseedRequired);
        }
        for piece in output.chunks_mut(Key256::LEN) {
            self.advance();
            piece
                .iter_mut()
                .zip(self.value.as_bytes())
                .for_each(|(target, byte)| *target = *byte);
        }
        self.mix(0, &[&[], &[], &[]]);
        self.generated = self.generated.saturating_add(1);
        Ok(())
    }

    fn mix(&mut self, round: u8, [entropy, nonce, personalization]: &[&[u8]; 3]) {
        let parts = [
            self.value.as_bytes(),
            &[round][..],
            entropy,
            nonce,
            personalization,
        ];
        self.key = H::new(&self.key.mac(&parts));
        self.advance();
    }

    fn advance(&mut self) {
        self.value = self.key.mac(&[self.value.as_bytes()]);
    }
}
