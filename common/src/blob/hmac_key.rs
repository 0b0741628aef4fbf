use crate::error::ErrorCode;
use zeroize::Zeroizing;

/// A key for HMAC (RFC 2104): 16 to 128 bytes, never formatted, wiped when dropped.
///
/// The least is what NIST SP 800-131A (section 10, 112 bits) asks for, rounded up; the most is what the credentials of
/// clouds need and more than a block of any SHA-2.
#[derive(Clone)]
pub struct HmacKey(Zeroizing<[u8; Self::PRIVATE_LEN]>);

impl HmacKey {
    /// Least bytes.
    pub const MIN_LEN: usize = 16;
    /// Most bytes.
    pub const MAX_LEN: usize = 128;
    /// Bytes of a blob's private part: the length (1), the key, zeros, so that a blob tells nobody how long its key is.
    pub const PRIVATE_LEN: usize = 1 + Self::MAX_LEN;

    /// The key with these bytes.
    ///
    /// # Errors
    /// [`ErrorCode::KeyMaterialInvalid`] when there are too few or too many.
    pub fn new(key: &[u8]) -> Result<Self, ErrorCode> {
        let len = u8::try_from(key.len()).map_err(|_| ErrorCode::KeyMaterialInvalid)?;
        if !(Self::MIN_LEN..=Self::MAX_LEN).contains(&key.len()) {
            return Err(ErrorCode::KeyMaterialInvalid);
        }
        let mut private = Zeroizing::new([0; Self::PRIVATE_LEN]);
        let parts = [len].into_iter().chain(key.iter().copied());
        private.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        Ok(Self(private))
    }

    /// Reads the private part of a blob.
    ///
    /// # Errors
    /// [`ErrorCode::KeyInvalid`] when it is none that [`Self::as_private`] gives.
    pub fn from_private(private: &[u8]) -> Result<Self, ErrorCode> {
        let (len, rest) = private.split_first().ok_or(ErrorCode::KeyInvalid)?;
        let (key, zeros) = rest
            .split_at_checked((*len).into())
            .ok_or(ErrorCode::KeyInvalid)?;
        if rest.len() != Self::MAX_LEN || zeros.iter().any(|byte| *byte != 0) {
            return Err(ErrorCode::KeyInvalid);
        }
        Self::new(key).map_err(|_| ErrorCode::KeyInvalid)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        let [len, key @ ..] = &*self.0;
        key.get(..usize::from(*len)).unwrap_or(key)
    }

    /// What is sealed in its blob.
    pub fn as_private(&self) -> &[u8] {
        &*self.0
    }
}

#[cfg(test)]
mod tests {
    use super::HmacKey;
    use crate::error::ErrorCode;
    use std::vec;

    #[test]
    fn keys_are_16_to_128_bytes() {
        for len in [0, 15, 129, 300] {
            let refused = HmacKey::new(&vec![7; len]).err();
            assert_eq!(refused, Some(ErrorCode::KeyMaterialInvalid), "{len} bytes");
        }
        for len in [16, 20, 32, 44, 64, 65, 128] {
            let key = HmacKey::new(&vec![7; len]).unwrap();
            assert_eq!(key.as_bytes(), vec![7; len]);
            assert_eq!(
                HmacKey::from_private(key.as_private()).unwrap().as_bytes(),
                key.as_bytes()
            );
        }
    }

    #[test]
    fn other_private_parts_are_refused() {
        let good = HmacKey::new(&[7; 20]).unwrap().as_private().to_vec();
        let mut unclean = good.clone();
        unclean[21] = 1;
        let with_len = |len: u8| [&[len][..], &good[1..]].concat();
        for bad in [
            unclean,
            with_len(15),
            with_len(129),
            with_len(255),
            good[..128].to_vec(),
        ] {
            assert_eq!(HmacKey::from_private(&bad).err(), Some(ErrorCode::KeyInvalid));
        }
    }
}
