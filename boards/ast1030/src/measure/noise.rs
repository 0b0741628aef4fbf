use casemate_firmware::platform::{EntropyError, EntropySource};

/// The same "noise" in every run: xorshift64 (Marsaglia 2003), good enough for the health tests.
#[derive(Clone)]
pub(crate) struct FixedNoise(u64);

impl FixedNoise {
    pub(crate) const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }
}

impl EntropySource for FixedNoise {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        for byte in noise {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *byte = (self.0 >> 32) as u8;
        }
        Ok(())
    }
}
