use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 secret bits: never formatted, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key256([u8; Self::LEN]);

impl Key256 {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// The key with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// A key of zeros, to be filled.
    pub const fn zero() -> Self {
        Self([0; Self::LEN])
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Its bytes, to fill them in place.
    pub const fn as_mut_bytes(&mut self) -> &mut [u8; Self::LEN] {
        &mut self.0
    }
}
