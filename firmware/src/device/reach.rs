use casemate_common::blob::KeyType;
use casemate_common::command::{Command, KeyWrap, Open, Seal, Spec};
use zeroize::zeroize_stack;

const SEAL: u16 = Seal::SPEC.code;
const OPEN: u16 = Open::SPEC.code;
const KEY_WRAP: u16 = KeyWrap::SPEC.code;

/// How deep each reaches; twice as deep where words are twice as long. Builds that optimise little put a copy of
/// everything that is moved on the stack.
const DEPTHS: [usize; 3] = if cfg!(debug_assertions) {
    [512 * 1024, 512 * 1024, 1024 * 1024]
} else {
    let word = size_of::<usize>();
    [2048 * word, 8192 * word, 16384 * word]
};

/// How far down the stack something has written what nobody may find there.
///
/// What is there is measured (`tests/tests/zeroization.rs` looks for keys in the simulator's memory); wiping further
/// than needed costs time, and not far enough leaves a key behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Ciphers and hashes.
    Symmetric,
    /// Elliptic curves too.
    Curve,
    /// Anything, RSA included.
    Modulus,
}

impl Reach {
    /// How far a command reaches that opens no key.
    pub(super) fn of(spec: &Spec) -> Self {
        match spec.code {
            SEAL | OPEN => Self::Symmetric,
            // The recipient's key may be one of RSA.
            KEY_WRAP => Self::Modulus,
            _ => Self::Curve,
        }
    }

    /// How far the use of such a key reaches.
    pub(crate) const fn with(kind: KeyType) -> Self {
        match kind {
            KeyType::Aes256 | KeyType::Hmac => Self::Symmetric,
            KeyType::P256 | KeyType::P384 | KeyType::P521 => Self::Curve,
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => Self::Modulus,
        }
    }

    /// Wipes the stack below the caller so far down.
    #[inline(never)]
    pub(super) fn wipe(self) {
        match self {
            Self::Symmetric => zeroize_stack::<{ DEPTHS[0] }>(),
            Self::Curve => zeroize_stack::<{ DEPTHS[1] }>(),
            Self::Modulus => zeroize_stack::<{ DEPTHS[2] }>(),
        }
    }
}
