use core::sync::atomic::{AtomicU32, Ordering};

/// Nothing is being read. No word begins here.
const NOTHING: u32 = u32::MAX;
/// A word of 16 bytes.
const WORD: u32 = !0xF;

/// A double error of the flash's error correction, as the controller tells it (RM0456, register `FLASH_ECCR`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoubleError {
    /// `ADDR_ECC`: where in its bank.
    pub address: u32,
    /// `BK_ECC`
    pub is_bank_2: bool,
    /// `SYSF_ECC`: in the chip's own code.
    pub is_system: bool,
}

impl DoubleError {
    /// Its offset in both banks; `None` outside of them.
    fn offset(self, bank_len: u32) -> Option<u32> {
        let bank = if self.is_bank_2 { bank_len } else { 0 };
        (!self.is_system && self.address < bank_len).then_some(bank | self.address)
    }
}

/// Which word its driver is reading right now, and whether that failed: a double error interrupts the reader, wherever it is in
/// the flash. Only one that was asked for is for its reader to deal with; any other is in code or constants.
pub struct Reading {
    at: AtomicU32,
    has_failed: AtomicU32,
}

impl Default for Reading {
    fn default() -> Self {
        Self::new()
    }
}

impl Reading {
    /// Nothing is being read.
    pub const fn new() -> Self {
        Self {
            at: AtomicU32::new(NOTHING),
            has_failed: AtomicU32::new(NOTHING),
        }
    }

    /// The word at this offset is read from now on.
    pub fn begin(&self, at: u32) {
        self.has_failed.store(NOTHING, Ordering::SeqCst);
        self.at.store(at & WORD, Ordering::SeqCst);
    }

    /// It was read; whether an error was noted meanwhile.
    pub fn end(&self) -> bool {
        let at = self.at.swap(NOTHING, Ordering::SeqCst);
        self.has_failed.swap(NOTHING, Ordering::SeqCst) == at
    }

    /// Takes note of an error; whether it is in the word that is being read.
    pub fn note(&self, error: DoubleError, bank_len: u32) -> bool {
        let at = self.at.load(Ordering::SeqCst);
        let is_read = error.offset(bank_len).map(|offset| offset & WORD) == Some(at);
        if is_read {
            self.has_failed.store(at, Ordering::SeqCst);
        }
        is_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::BANK_LEN;

    fn at(offset: u32) -> DoubleError {
        DoubleError {
            address: offset % BANK_LEN,
            is_bank_2: offset >= BANK_LEN,
            is_system: false,
        }
    }

    #[test]
    fn an_error_counts_for_the_word_that_is_read_and_for_no_other() {
        for word in [0, 0x1D_0010, BANK_LEN] {
            let reading = Reading::new();
            assert!(!reading.note(at(word), BANK_LEN));
            reading.begin(word);
            for within in [0, 4, 8, 15] {
                assert!(reading.note(at(word + within), BANK_LEN));
            }
            assert!(reading.end());
            assert!(!reading.note(at(word), BANK_LEN));

            reading.begin(word);
            assert!(!reading.note(at(word + 16), BANK_LEN));
            assert!(!reading.note(at(word ^ BANK_LEN), BANK_LEN));
            let system = DoubleError {
                is_system: true,
                ..at(word)
            };
            assert!(!reading.note(system, BANK_LEN));
            assert!(!reading.end());
        }
    }

    #[test]
    fn an_address_beyond_its_bank_is_never_one_that_is_read() {
        let reading = Reading::new();
        reading.begin(BANK_LEN);
        let beyond = DoubleError {
            address: BANK_LEN,
            is_bank_2: false,
            is_system: false,
        };
        assert!(!reading.note(beyond, BANK_LEN));
        reading.begin(0);
        assert!(!reading.end());
    }
}
