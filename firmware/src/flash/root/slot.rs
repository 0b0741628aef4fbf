use super::super::layout::UNIT;
use crate::platform::RootError;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes that a slot begins with.
const MAGIC_LEN: usize = 12;
/// Bytes of what is kept.
const SECRET_LEN: usize = 32;
/// Bytes of the value that what is made of it is checked by.
pub const CHECK_LEN: usize = 16;
const KEPT_LEN: usize = SECRET_LEN + CHECK_LEN;
pub(super) const CONTENT_LEN: usize = MAGIC_LEN + 4 + KEPT_LEN;
pub(super) const SLOT_LEN: usize = CONTENT_LEN + UNIT;

/// What the page holds of the root secret. A page of one kind is never taken for another, nor one made beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// The root secret itself.
    Root,
    /// What the hardware makes it of, under a key of its own.
    Wrapped,
    /// The same, of which a half lies elsewhere.
    Half,
}

impl PageKind {
    const ALL: [Self; 3] = [Self::Root, Self::Wrapped, Self::Half];

    const fn magic(self) -> &'static [u8; MAGIC_LEN] {
        match self {
            Self::Root => b"CASEMATE2RT ",
            Self::Wrapped => b"CASEMATE2WR ",
            Self::Half => b"CASEMATE2HF ",
        }
    }
}

/// What slots of the first form began with, of 64 bytes and without a value to check by. Nothing reads them any more, and nothing
/// takes them for blank.
const FIRST_FORM: [&[u8; MAGIC_LEN]; 3] = [b"CASEMATEROOT", b"CASEMATEWRAP", b"CASEMATEHALF"];

/// What a slot keeps.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Kept([u8; KEPT_LEN]);

impl Kept {
    /// What the root secret is made of, and the value that it is checked by.
    pub fn new(secret: [u8; 32], check: [u8; CHECK_LEN]) -> Self {
        let mut kept = Self::unchecked(secret);
        if let Some(place) = kept.0.last_chunk_mut() {
            *place = check;
        }
        kept
    }

    /// The root secret itself, which nothing else can change.
    pub(super) fn unchecked(mut secret: [u8; 32]) -> Self {
        let mut kept = Self([0; KEPT_LEN]);
        if let Some(place) = kept.0.first_chunk_mut() {
            *place = secret;
        }
        secret.zeroize();
        kept
    }

    /// What the root secret is, or is made of.
    pub const fn secret(&self) -> &[u8; 32] {
        let (secret, _check) = self.halves();
        secret
    }

    /// Whether what was made of it is what it was.
    ///
    /// # Errors
    /// [`RootError::Changed`].
    pub fn check(&self, found: &[u8; CHECK_LEN]) -> Result<(), RootError> {
        let (_secret, check) = self.halves();
        let is_same = bool::from(check.ct_eq(found));
        is_same.then_some(()).ok_or(RootError::Changed)
    }

    const fn halves(&self) -> (&[u8; 32], &[u8; CHECK_LEN]) {
        const NO_SECRET: &[u8; 32] = &[0; SECRET_LEN];
        const NO_CHECK: &[u8; CHECK_LEN] = &[0; CHECK_LEN];
        match (self.0.first_chunk(), self.0.last_chunk()) {
            (Some(secret), Some(check)) => (secret, check),
            _ => (NO_SECRET, NO_CHECK),
        }
    }
}

impl ConstantTimeEq for Kept {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

pub(super) enum Slot {
    Blank,
    /// Its writing was cut before the mark.
    Unfinished,
    Sound(Kept),
    /// Finished, and of another kind; or of the first form.
    OtherKind,
    Damaged,
}

impl Slot {
    pub(super) fn parse(kind: PageKind, bytes: &[u8; SLOT_LEN]) -> Self {
        if bytes.iter().all(|byte| *byte == 0xFF) {
            return Self::Blank;
        }
        if let Some(kept) = kept(kind, bytes) {
            return Self::Sound(kept);
        }
        if FIRST_FORM.iter().any(|magic| bytes.starts_with(*magic)) {
            return Self::OtherKind;
        }
        if bytes.ends_with(&[0xFF; UNIT]) {
            return Self::Unfinished;
        }
        if PageKind::ALL
            .into_iter()
            .any(|other| kept(other, bytes).is_some())
        {
            Self::OtherKind
        } else {
            Self::Damaged
        }
    }
}

fn kept(kind: PageKind, slot: &[u8]) -> Option<Kept> {
    let (crc, rest) = slot.strip_prefix(kind.magic())?.split_first_chunk()?;
    let kept = rest.first_chunk::<KEPT_LEN>()?;
    (crc32fast::hash(kept).to_le_bytes() == *crc).then(|| Kept(*kept))
}

/// What comes before the mark.
pub(super) fn content(kind: PageKind, kept: &Kept) -> [u8; CONTENT_LEN] {
    let mut bytes = [0; CONTENT_LEN];
    let crc = crc32fast::hash(&kept.0).to_le_bytes();
    let values = kind.magic().iter().chain(&crc).chain(&kept.0);
    bytes
        .iter_mut()
        .zip(values)
        .for_each(|(byte, value)| *byte = *value);
    bytes
}
