use super::{OtpError, ROWS, Rows};
use zeroize::Zeroizing;

const MAGIC: u16 = 0xCA5E;
const MARK: u16 = 0x3C69;
const SECRET_LEN: usize = 32;
const SECRET_ROWS: u8 = (SECRET_LEN / 2) as u8;
const SECRET_AT: u8 = 1;
const CRC_AT: u8 = SECRET_AT + SECRET_ROWS;
const MARK_AT: u8 = CRC_AT + 2;
const SLOT_ROWS: u8 = MARK_AT + 1;
const SLOTS: u8 = ROWS / SLOT_ROWS;

/// What the page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Nothing, or only what was cut: a secret can be written to the slot that begins at this row.
    Free(u8),
    /// A finished secret, at this row.
    Provisioned(u8),
    /// Tries were cut in every slot: nothing can be written any more.
    UsedUp,
}

impl Page {
    /// Looks at every slot.
    ///
    /// # Errors
    /// [`OtpError`] when the page can't be read, or a finished slot is damaged: nothing may be written then.
    pub fn look(rows: &mut impl Rows) -> Result<Self, OtpError> {
        let mut free = None;
        for slot in (0..SLOTS).map(|number| number * SLOT_ROWS) {
            if rows.read(slot + MARK_AT)? == MARK {
                read(rows, slot)?;
                return Ok(Self::Provisioned(slot));
            }
            if free.is_none() && is_blank(rows, slot)? {
                free = Some(slot);
            }
        }
        Ok(free.map_or(Self::UsedUp, Self::Free))
    }
}

/// The secret of a finished slot.
pub(super) fn read(rows: &mut impl Rows, slot: u8) -> Result<Zeroizing<[u8; SECRET_LEN]>, OtpError> {
    let mut secret = Zeroizing::new([0; SECRET_LEN]);
    for (row, pair) in (SECRET_AT..).zip(secret.chunks_mut(2)) {
        pair.copy_from_slice(&rows.read(slot + row)?.to_le_bytes());
    }
    let crc = u32::from(rows.read(slot + CRC_AT)?) | u32::from(rows.read(slot + CRC_AT + 1)?) << 16;
    if rows.read(slot)? != MAGIC || crc != crc32fast::hash(&*secret) {
        return Err(OtpError);
    }
    Ok(secret)
}

/// Writes a secret to a free slot, its mark last, and reads it back before that.
pub(super) fn write(rows: &mut impl Rows, slot: u8, secret: &[u8; SECRET_LEN]) -> Result<(), OtpError> {
    rows.write(slot, MAGIC)?;
    for (row, pair) in (SECRET_AT..).zip(secret.as_chunks().0) {
        rows.write(slot + row, u16::from_le_bytes(*pair))?;
    }
    let crc = crc32fast::hash(secret);
    rows.write(slot + CRC_AT, crc as u16)?;
    rows.write(slot + CRC_AT + 1, (crc >> 16) as u16)?;
    read(rows, slot)?;
    rows.write(slot + MARK_AT, MARK)
}

fn is_blank(rows: &mut impl Rows, slot: u8) -> Result<bool, OtpError> {
    for row in 0..SLOT_ROWS {
        if rows.read(slot + row)? != 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
