use std::num::NonZeroU32;
use std::time::Duration;

/// How a [`Pkcs11Hsm`](super::Pkcs11Hsm) uses its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Seals under one key before the keyring gets its next one; at most 2^31 - 1 whatever this says.
    pub seals_per_key: NonZeroU32,
    /// Seals that are noted on the token ahead of use; what is unused of them is lost at a restart.
    pub seals_per_note: NonZeroU32,
    /// Threads that call the token, with a session each; fewer where the token has not enough sessions.
    pub workers: usize,
    /// How long a request waits for a token that is away.
    pub patience: Duration,
}

/// With random IVs of 96 bits, 2^31 seals under one key leave a chance of a collision of 2^-35; NIST SP 800-38D section
/// 8.3 allows 2^32 of them.
const MAX_SEALS_PER_KEY: NonZeroU32 = NonZeroU32::new(i32::MAX as u32).unwrap();

impl Default for Settings {
    fn default() -> Self {
        Self {
            seals_per_key: MAX_SEALS_PER_KEY,
            seals_per_note: const { NonZeroU32::new(1 << 16).unwrap() },
            workers: 4,
            patience: Duration::from_secs(5),
        }
    }
}

impl Settings {
    pub(super) fn seals_per_key(&self) -> u32 {
        self.seals_per_key.min(MAX_SEALS_PER_KEY).get()
    }
}
