use super::{BLANK, HEADER_LEN, ImageError, MANIFEST_LEN, Manifest, SIGNATURE_LEN};

/// What stands in front of an image. Whether it is signed by whom it should be, only a signature check tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What is signed.
    pub manifest: Manifest,
    /// The signature of it, r ‖ s.
    pub signature: [u8; SIGNATURE_LEN],
}

impl Header {
    /// Reads the header at the front of these bytes. What it reads, [`Self::encode`] writes again.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ImageError> {
        let header: &[u8; HEADER_LEN] = bytes.first_chunk().ok_or(ImageError::Truncated)?;
        let (manifest, rest) = header.split_first_chunk().ok_or(ImageError::Truncated)?;
        let (signature, blank) = rest.split_first_chunk().ok_or(ImageError::Truncated)?;
        let manifest = Manifest::parse(manifest)?;
        if blank.iter().any(|&byte| byte != BLANK) {
            return Err(ImageError::Padding);
        }
        Ok(Self {
            manifest,
            signature: *signature,
        })
    }

    /// The header's bytes.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let manifest: [u8; MANIFEST_LEN] = self.manifest.encode();
        let mut bytes = [BLANK; HEADER_LEN];
        bytes
            .iter_mut()
            .zip(manifest.into_iter().chain(self.signature))
            .for_each(|(to, from)| *to = from);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::{IMAGES, KEY};
    use super::super::{BoardName, MAX_IMAGE_LEN, Signer, SlotAddress, Version};
    use super::*;
    use p256::ecdsa::signature::Verifier;
    use p256::ecdsa::{Signature, VerifyingKey};
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn is_authentic(header: &[u8], image: &[u8], key: &[u8; 65]) -> bool {
        let Ok(Header { manifest, signature }) = Header::parse(header) else {
            return false;
        };
        let signature = Signature::from_slice(&signature);
        manifest.digest == Sha256::digest(image)[..]
            && manifest.signer.0 == Sha256::digest(key)[..]
            && usize::try_from(manifest.len) == Ok(image.len())
            && signature.is_ok_and(|signature| {
                let key = VerifyingKey::from_sec1_bytes(key).expect("a point");
                key.verify(&manifest.encode(), &signature).is_ok()
            })
    }

    #[test]
    fn vectors_are_read_written_and_authentic() {
        for vector in &IMAGES {
            let header = vector.header_bytes();
            let parsed = Header::parse(&header).unwrap();
            assert_eq!(Ok(parsed), vector.header());
            assert_eq!(parsed.encode(), header);
            assert!(is_authentic(&header, &vector.image(), &KEY));
        }
    }

    #[test]
    fn fields_lie_where_the_format_says() {
        let vector = &IMAGES[0];
        let header = vector.header_bytes();
        assert_eq!(&header[..24], b"CMIMAGE1b-u585i-iot02a\0\0");
        assert_eq!(header[24..28], 0x0801_0000_u32.to_le_bytes());
        assert_eq!(header[28..32], 301_u32.to_le_bytes());
        assert_eq!(header[32..40], [1, 0, 2, 0, 4, 3, 0, 0]);
        assert_eq!(header[40..44], [7, 0, 0, 0]);
        assert_eq!(header[44..64], [0; 20]);
        assert_eq!(header[128..192], vector.signature);
        assert_eq!(header[192..], [0xFF; 832]);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for vector in &IMAGES {
            let (mut header, mut image) = (vector.header_bytes(), vector.image());
            for bit in 0..8 * HEADER_LEN {
                header[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_authentic(&header, &image, &KEY), "bit {bit} of the header");
                header[bit / 8] ^= 1 << (bit % 8);
            }
            for bit in 0..8 * image.len() {
                image[bit / 8] ^= 1 << (bit % 8);
                assert!(!is_authentic(&header, &image, &KEY), "bit {bit} of the image");
                image[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let with = |at: usize, byte: u8| {
            let mut header = IMAGES[0].header_bytes();
            header[at] = byte;
            Header::parse(&header).err()
        };
        for (at, byte, error) in [
            (0, b'c', ImageError::Magic),
            (7, b'2', ImageError::Magic),
            (8, 0, ImageError::Board),
            (9, b' ', ImageError::Board),
            (10, 0xC2, ImageError::Board),
            (23, b'x', ImageError::Board),
            (24, 1, ImageError::Slot),
            (25, 2, ImageError::Slot),
            (31, 2, ImageError::Length),
            (38, 1, ImageError::Reserved),
            (39, 1, ImageError::Reserved),
            (41, 1, ImageError::SecurityVersion),
            (43, 1, ImageError::SecurityVersion),
            (44, 1, ImageError::Reserved),
            (63, 1, ImageError::Reserved),
            (192, 0, ImageError::Padding),
            (1023, 0xFE, ImageError::Padding),
        ] {
            assert_eq!(with(at, byte), Some(error), "byte {at} = {byte}");
        }
        let mut header = IMAGES[0].header_bytes();
        header[28..32].fill(0);
        assert_eq!(Header::parse(&header), Err(ImageError::Length));
        let header = IMAGES[0].header_bytes();
        assert!((0..HEADER_LEN).all(|len| Header::parse(&header[..len]) == Err(ImageError::Truncated)));
        assert_eq!(Header::parse(&[0xFF; HEADER_LEN]), Err(ImageError::Magic));
    }

    prop_compose! {
        fn headers()(
            (board, slot, len) in ("[!-~]{1,16}", 0..0x40_0000_u32, 1..=MAX_IMAGE_LEN),
            (major, minor, patch, security_version) in any::<(u16, u16, u16, u8)>(),
            (digest, signer, low, high) in any::<([u8; 32], [u8; 32], [u8; 32], [u8; 32])>(),
        ) -> Header {
            let manifest = Manifest {
                board: BoardName::new(&board).unwrap(),
                slot: SlotAddress::new(slot * 1024).unwrap(),
                len,
                version: Version { major, minor, patch },
                security_version,
                digest,
                signer: Signer(signer),
            };
            Header { manifest, signature: [low, high].concat().try_into().unwrap() }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(header in headers()) {
            prop_assert_eq!(Header::parse(&header.encode()), Ok(header));
        }

        #[test]
        fn what_is_read_is_written(header in headers(), at in 0..HEADER_LEN, byte: u8) {
            let mut bytes = header.encode();
            bytes[at] = byte;
            if let Ok(parsed) = Header::parse(&bytes) {
                prop_assert_eq!(parsed.encode(), bytes);
            }
        }
    }
}
