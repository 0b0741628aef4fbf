//! What the backend remembers on the token beside the keys, in data objects of application `casemate`.
//!
//! Notes are written anew and the old one is deleted afterwards: no object is ever rewritten in place, because a token
//! that tears such a write (SoftHSM truncates the file first) would lose a key or a count.

use casemate_common::keyring::KeyringId;

const LEN: usize = 1 + KeyringId::LEN + 4 + 4;

/// One note; its bytes are kind, keyring, generation and number, big-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// This keyring is being destroyed: what is left of it goes at the next start.
    Doomed(KeyringId),
    /// Up to this many seals may have been made with this key.
    Seals {
        keyring: KeyringId,
        generation: u32,
        reserved: u32,
    },
}

impl Note {
    pub(super) fn keyring(&self) -> KeyringId {
        match self {
            Self::Doomed(keyring) | Self::Seals { keyring, .. } => *keyring,
        }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let (kind, keyring, generation, number) = match self {
            Self::Doomed(keyring) => (b'd', keyring, 0, 0),
            Self::Seals {
                keyring,
                generation,
                reserved,
            } => (b's', keyring, generation, reserved),
        };
        let (generation, number) = (generation.to_be_bytes(), u32::to_be_bytes(number));
        [&[kind], keyring.as_bytes().as_slice(), &generation, &number].concat()
    }

    /// `None` for what an older or newer version, or a torn write, left.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; LEN] = bytes.try_into().ok()?;
        let (&kind, rest) = bytes.split_first()?;
        let (keyring, rest) = rest.split_first_chunk()?;
        let (generation, number) = rest.split_first_chunk()?;
        let keyring = KeyringId::new(*keyring);
        match kind {
            b'd' => Some(Self::Doomed(keyring)),
            b's' => Some(Self::Seals {
                keyring,
                generation: u32::from_be_bytes(*generation),
                reserved: u32::from_be_bytes(number.try_into().ok()?),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Note;
    use casemate_common::keyring::KeyringId;

    #[test]
    fn reads_what_it_writes_and_nothing_shorter() {
        let keyring = KeyringId::new([7; 16]);
        let seals = Note::Seals {
            keyring,
            generation: 3,
            reserved: 0x0102_0304,
        };
        for note in [Note::Doomed(keyring), seals] {
            let bytes = note.to_bytes();
            assert_eq!(Note::parse(&bytes), Some(note));
            assert_eq!(Note::parse(&bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(Note::parse(&[b'?'; 25]), None);
    }
}
