use super::{BLANK, HEADER_LEN, Header, ImageError, Manifest, PackageError, SlotAddress, WORD_LEN};

/// Bytes that an image with its header takes in a package; `len` is without the header.
pub const fn padded_len(len: usize) -> usize {
    len.saturating_add(HEADER_LEN)
        .saturating_add(WORD_LEN - 1)
        .saturating_div(WORD_LEN)
        .saturating_mul(WORD_LEN)
}

/// An image with its header, whose shape has been checked and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedImage<'b> {
    /// The header, read.
    pub header: Header,
    /// What goes to the front of the slot: header, image, and 0xFF up to a multiple of 16 bytes.
    pub bytes: &'b [u8],
}

impl<'b> SignedImage<'b> {
    /// The image, behind its header.
    pub fn image(&self) -> &'b [u8] {
        let len = usize::try_from(self.header.manifest.len).unwrap_or(usize::MAX);
        let behind = self.bytes.get(HEADER_LEN..).unwrap_or_default();
        behind.get(..len).unwrap_or_default()
    }

    /// The image that begins `at` bytes into these.
    fn parse(bytes: &'b [u8], at: usize) -> Result<Self, PackageError> {
        let rest = bytes.get(at..).unwrap_or_default();
        let header = Header::parse(rest).map_err(|error| match error {
            ImageError::Truncated => PackageError::Truncated { at },
            error => PackageError::Header { at, error },
        })?;
        let len = usize::try_from(header.manifest.len).unwrap_or(usize::MAX);
        let bytes = rest
            .get(..padded_len(len))
            .ok_or(PackageError::Truncated { at })?;
        let filling = bytes.get(len.saturating_add(HEADER_LEN)..).unwrap_or_default();
        if filling.iter().any(|&byte| byte != BLANK) {
            return Err(PackageError::Padding);
        }
        Ok(Self { header, bytes })
    }
}

/// One or two images of the same firmware, each linked for another slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package<'b> {
    first: SignedImage<'b>,
    second: Option<SignedImage<'b>>,
}

impl<'b> Package<'b> {
    /// Reads a package, which must fill `bytes`.
    ///
    /// # Errors
    /// [`PackageError`].
    pub fn parse(bytes: &'b [u8]) -> Result<Self, PackageError> {
        if bytes.is_empty() {
            return Err(PackageError::Empty);
        }
        let first = SignedImage::parse(bytes, 0)?;
        let at = first.bytes.len();
        if at == bytes.len() {
            return Ok(Self { first, second: None });
        }
        let second = SignedImage::parse(bytes, at)?;
        if at.saturating_add(second.bytes.len()) < bytes.len() {
            return Err(PackageError::TooMany);
        }
        let (one, other) = (first.header.manifest, second.header.manifest);
        if one.slot == other.slot {
            return Err(PackageError::SameSlot);
        }
        if !of_one_firmware(&one, &other) {
            return Err(PackageError::Differ);
        }
        let second = Some(second);
        Ok(Self { first, second })
    }

    /// What its images have in common: look at anything but the slot, the length and the digest.
    pub const fn manifest(&self) -> &Manifest {
        &self.first.header.manifest
    }

    /// Its images, in the order of the file.
    pub fn images(&self) -> impl Iterator<Item = SignedImage<'b>> {
        [Some(self.first), self.second].into_iter().flatten()
    }

    /// The image that is linked for this slot.
    pub fn linked_for(&self, slot: SlotAddress) -> Option<SignedImage<'b>> {
        self.images().find(|image| image.header.manifest.slot == slot)
    }
}

fn of_one_firmware(one: &Manifest, other: &Manifest) -> bool {
    one.board == other.board
        && one.version == other.version
        && one.security_version == other.security_version
        && one.signer == other.signer
}

#[cfg(test)]
mod tests {
    use super::super::vectors::IMAGES;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn package() -> Vec<u8> {
        IMAGES.iter().flat_map(|vector| vector.in_a_package()).collect()
    }

    #[test]
    fn each_slot_has_its_image() {
        let bytes = package();
        let package = Package::parse(&bytes).unwrap();
        assert_eq!(package.images().count(), 2);
        for vector in &IMAGES {
            let image = package
                .linked_for(vector.header().unwrap().manifest.slot)
                .unwrap();
            assert_eq!(Ok(image.header), vector.header());
            assert_eq!(image.image(), vector.image());
            assert_eq!(image.bytes, vector.in_a_package());
            assert_eq!(image.bytes.len() % WORD_LEN, 0);
        }
        assert_eq!(package.linked_for(SlotAddress::new(0).unwrap()), None);

        let one = IMAGES[1].in_a_package();
        let package = Package::parse(&one).unwrap();
        assert_eq!(package.images().count(), 1);
        assert_eq!(package.manifest(), &IMAGES[1].header().unwrap().manifest);
    }

    #[test]
    fn a_package_ends_where_an_image_does() {
        let (bytes, first) = (package(), IMAGES[0].in_a_package().len());
        for len in (1..bytes.len()).filter(|&len| len != first) {
            let at = if len < first { 0 } else { first };
            let refused = Package::parse(&bytes[..len]);
            assert_eq!(refused, Err(PackageError::Truncated { at }), "{len}");
        }
        assert_eq!(Package::parse(&[]), Err(PackageError::Empty));
        let longer = [&bytes[..], &[0xFF]].concat();
        assert_eq!(Package::parse(&longer), Err(PackageError::TooMany));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let mut bytes = package();
        let second = IMAGES[0].in_a_package().len();
        bytes[second - 1] = 0;
        assert_eq!(Package::parse(&bytes), Err(PackageError::Padding));

        let twice = IMAGES[0].in_a_package().repeat(2);
        assert_eq!(Package::parse(&twice), Err(PackageError::SameSlot));

        for (byte, value) in [(8, b'c'), (32, 9), (34, 9), (36, 9), (40, 9), (96, 0)] {
            let mut bytes = package();
            bytes[second + byte] = value;
            assert_eq!(Package::parse(&bytes), Err(PackageError::Differ), "byte {byte}");
        }
        let mut bytes = package();
        bytes[second] = 0;
        let error = ImageError::Magic;
        assert_eq!(
            Package::parse(&bytes),
            Err(PackageError::Header { at: second, error })
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(at in 0..1400_usize, with in any::<[u8; 4]>(), len in 0..3000_usize) {
            let mut bytes = package();
            bytes[at..at + 4].copy_from_slice(&with);
            bytes.truncate(len);
            if let Ok(package) = Package::parse(&bytes) {
                let pieces: Vec<_> = package.images().map(|image| image.bytes).collect();
                prop_assert_eq!(pieces.concat(), bytes);
            }
        }
    }
}
