use super::{BoardName, HEADER_LEN, ImageError, MANIFEST_LEN, MAX_IMAGE_LEN, Version};
use core::fmt;

const MAGIC: &[u8; 8] = b"CMIMAGE1";

/// Where the processor sees a slot: a multiple of 1024.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotAddress(u32);

impl SlotAddress {
    /// The slot that begins here; `None` where no slot can.
    pub const fn new(address: u32) -> Option<Self> {
        if address.is_multiple_of(HEADER_LEN as u32) {
            Some(Self(address))
        } else {
            None
        }
    }

    /// The address.
    pub const fn address(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SlotAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

impl fmt::Debug for SlotAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotAddress({self})")
    }
}

/// Names a key that signs images: SHA-256 of the uncompressed point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signer(pub [u8; 32]);

impl fmt::Display for Signer {
    /// 64 lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({self})")
    }
}

/// What is signed of an image: the first 128 bytes of its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    /// The board it is for.
    pub board: BoardName,
    /// The slot it is linked for.
    pub slot: SlotAddress,
    /// Bytes of the image, 1 to [`MAX_IMAGE_LEN`].
    pub len: u32,
    /// Its version.
    pub version: Version,
    /// What may not go back.
    pub security_version: u8,
    /// SHA-256 of the image.
    pub digest: [u8; 32],
    /// Whose signature it is.
    pub signer: Signer,
}

impl Manifest {
    /// Reads it.
    ///
    /// # Errors
    /// [`ImageError`].
    pub fn parse(bytes: &[u8; MANIFEST_LEN]) -> Result<Self, ImageError> {
        let mut fields = Fields(bytes);
        if fields.take() != *MAGIC {
            return Err(ImageError::Magic);
        }
        let board = BoardName::parse(fields.take()).ok_or(ImageError::Board)?;
        let slot = SlotAddress::new(fields.word()).ok_or(ImageError::Slot)?;
        let len = fields.word();
        if !(1..=MAX_IMAGE_LEN).contains(&len) {
            return Err(ImageError::Length);
        }
        let version = fields.version();
        fields.zeros::<2>()?;
        let security_version = fields.word().try_into();
        let security_version = security_version.map_err(|_| ImageError::SecurityVersion)?;
        fields.zeros::<20>()?;
        Ok(Self {
            board,
            slot,
            len,
            version,
            security_version,
            digest: fields.take(),
            signer: Signer(fields.take()),
        })
    }

    /// The bytes that are signed.
    pub fn encode(&self) -> [u8; MANIFEST_LEN] {
        let Version { major, minor, patch } = self.version;
        let fields: [&[u8]; 12] = [
            MAGIC,
            self.board.as_bytes(),
            &self.slot.address().to_le_bytes(),
            &self.len.to_le_bytes(),
            &major.to_le_bytes(),
            &minor.to_le_bytes(),
            &patch.to_le_bytes(),
            &[0; 2],
            &u32::from(self.security_version).to_le_bytes(),
            &[0; 20],
            &self.digest,
            &self.signer.0,
        ];
        let mut bytes = [0; MANIFEST_LEN];
        bytes
            .iter_mut()
            .zip(fields.into_iter().flatten())
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Bytes of header and image.
    pub const fn total_len(&self) -> u32 {
        self.len.saturating_add(HEADER_LEN as u32)
    }
}

/// The fields of a manifest, one after the other.
struct Fields<'b>(&'b [u8]);

impl Fields<'_> {
    /// The next field; zeros behind the last.
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((field, rest)) = self.0.split_first_chunk() else {
            return [0; N];
        };
        self.0 = rest;
        *field
    }

    fn half(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn version(&mut self) -> Version {
        Version {
            major: self.half(),
            minor: self.half(),
            patch: self.half(),
        }
    }

    fn zeros<const N: usize>(&mut self) -> Result<(), ImageError> {
        if self.take() == [0; N] {
            Ok(())
        } else {
            Err(ImageError::Reserved)
        }
    }
}
