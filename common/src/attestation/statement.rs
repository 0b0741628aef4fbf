use super::CHALLENGE_LEN;
use crate::blob::Attributes;

const LABEL: &[u8; 27] = b"casemate key attestation v1";

/// What a device says of one of its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// The id of the device that says so.
    pub device: [u8; 16],
    /// What it says of the key.
    pub attributes: Attributes,
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub public_key: [u8; Statement::HASH_LEN],
    /// What the verifier asked with.
    pub challenge: [u8; CHALLENGE_LEN],
}

impl Statement {
    /// Bytes that name a public key.
    pub const HASH_LEN: usize = 32;

    /// Length of what is signed in bytes.
    pub const LEN: usize = LABEL.len() + 16 + Attributes::LEN + Self::HASH_LEN + CHALLENGE_LEN;

    /// What is signed.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let attributes = self.attributes.encode();
        let fields: [&[u8]; 5] = [
            LABEL,
            &self.device,
            &attributes,
            &self.public_key,
            &self.challenge,
        ];
        let mut message = [0; Self::LEN];
        message
            .iter_mut()
            .zip(fields.into_iter().flatten())
            .for_each(|(byte, value)| *byte = *value);
        message
    }

    /// The statement in `bytes`, if it is one.
    pub fn parse(bytes: &[u8; Self::LEN]) -> Option<Self> {
        let rest = bytes.strip_prefix(LABEL)?;
        let (device, rest) = rest.split_first_chunk()?;
        let (attributes, rest) = rest.split_first_chunk()?;
        let (public_key, challenge) = rest.split_first_chunk()?;
        Some(Self {
            device: *device,
            attributes: Attributes::parse(attributes)?,
            public_key: *public_key,
            challenge: challenge.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::vectors::STATEMENT;
    use crate::audit::HEAD_MESSAGE_LEN;

    #[test]
    fn the_bytes_are_fixed() {
        let statement = STATEMENT.statement().unwrap();
        assert_eq!(statement.encode(), STATEMENT.message);
        assert_eq!(Statement::parse(&STATEMENT.message), Some(statement));
        assert_ne!(Statement::LEN, HEAD_MESSAGE_LEN);
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for (at, value) in [(0, b'C'), (26, b'2'), (59, 0), (62, 3), (63, 2)] {
            let mut bytes = STATEMENT.message;
            bytes[at] = value;
            assert_eq!(Statement::parse(&bytes), None, "byte {at}");
        }
    }
}
