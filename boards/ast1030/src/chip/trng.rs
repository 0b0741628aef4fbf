use super::{clock::SysTickClock, mmio::Register};
use casemate_firmware::platform::{EntropyError, EntropySource};
use embedded_hal::delay::DelayNs;

/// See [`Trng`].
pub struct TrngRegisters {
    pub(super) data: Register,
}

/// The random number generator of the system control unit: a 32-bit register that holds fresh bits every microsecond.
pub struct Trng {
    registers: TrngRegisters,
    clock: SysTickClock,
}

impl Trng {
    /// The generator, which runs since reset.
    pub const fn new(registers: TrngRegisters, clock: SysTickClock) -> Self {
        Self { registers, clock }
    }
}

impl EntropySource for Trng {
    fn fill(&mut self, noise: &mut [u8]) -> Result<(), EntropyError> {
        for word in noise.chunks_mut(4) {
            self.clock.delay_us(1);
            let fresh = self.registers.data.read().to_le_bytes();
            word.copy_from_slice(&fresh[..word.len()]);
        }
        Ok(())
    }
}
