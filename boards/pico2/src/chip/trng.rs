use casemate_firmware::platform::{EntropyError, EntropySource};
use embassy_rp::{Peri, pac, peripherals::TRNG};

/// Cycles between two samples of the ring oscillator, and its length: what the data sheet recommends (section 12.12.2).
const SAMPLE_CYCLES: u32 = 25;
const CHAIN_LEN: u8 = 1;
/// Blocks that may fail the chip's own checks one after the other.
const TRIES: u32 = 32;
/// Looks at the busy flag, many times what a block takes.
const LOOKS: u32 = 10_000_000;

/// The ring oscillator behind von Neumann's corrector, in blocks of 192 bits that have passed the chip's own checks.
pub struct Trng {
    _block: Peri<'static, TRNG>,
    words: [u32; 6],
    left: usize,
}

impl Trng {
    /// Sets it up.
    pub fn start(block: Peri<'static, TRNG>) -> Self {
        set_up();
        Self {
            _block: block,
            words: [0; 6],
            left: 0,
        }
    }

    fn word(&mut self) -> Result<u32, EntropyError> {
        if self.left == 0 {
            self.words = next_block()?;
            self.left = self.words.len();
        }
        self.left -= 1;
        Ok(core::mem::take(&mut self.words[self.left]))
    }
}

impl EntropySource for Trng {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        for piece in noise.chunks_mut(4) {
            let word = self.word()?.to_le_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
        Ok(())
    }
}

fn set_up() {
    let block = pac::TRNG;
    block.rng_imr().write(|mask| mask.set_ehr_valid_int_mask(true));
    block
        .trng_config()
        .write(|config| config.set_rnd_src_sel(CHAIN_LEN));
    block.sample_cnt1().write(|cycles| *cycles = SAMPLE_CYCLES);
    block.trng_debug_control().write(|_| ());
    block
        .rnd_source_enable()
        .write(|source| source.set_rnd_src_en(true));
}

fn next_block() -> Result<[u32; 6], EntropyError> {
    for _ in 0..TRIES {
        if is_done()? {
            let block = pac::TRNG;
            // Reading the last word makes the next block begin.
            return Ok([
                block.ehr_data0().read(),
                block.ehr_data1().read(),
                block.ehr_data2().read(),
                block.ehr_data3().read(),
                block.ehr_data4().read(),
                block.ehr_data5().read(),
            ]);
        }
        // A check failed, after which the block stands until it is reset; it takes a read to be over with that.
        pac::TRNG
            .trng_sw_reset()
            .write(|reset| reset.set_trng_sw_reset(true));
        pac::TRNG.trng_sw_reset().read();
        set_up();
    }
    Err(EntropyError)
}

/// Waits until the block has an outcome; whether it is a valid one.
fn is_done() -> Result<bool, EntropyError> {
    for _ in 0..LOOKS {
        if pac::TRNG.trng_valid().read().ehr_valid() {
            return Ok(true);
        }
        let outcome = pac::TRNG.rng_isr().read();
        if outcome.autocorr_err() || outcome.crngt_err() || outcome.vn_err() {
            return Ok(false);
        }
    }
    Err(EntropyError)
}
