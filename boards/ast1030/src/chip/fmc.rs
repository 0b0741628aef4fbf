use super::mmio::{BusPort, Register};
use embedded_hal::spi::{Error, ErrorKind, ErrorType, Operation, SpiDevice};

const ENABLE_WRITES_CE0: u32 = 1 << 16;
const MODE_MASK: u32 = 0b11;
const USER_MODE: u32 = 0b11;
const DESELECT: u32 = 1 << 2;

/// See [`Fmc`].
pub struct FmcRegisters {
    pub(super) config: Register,
    pub(super) control: Register,
    pub(super) bus: BusPort,
}

/// The flash memory controller in *user mode*: software drives chip select 0, and accesses to the flash window are raw
/// bytes on the bus.
pub struct Fmc {
    registers: FmcRegisters,
}

/// The controller cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FmcError {
    /// It shifts out zeros while it reads: no transfers of both directions at once.
    FullDuplex,
}

impl Error for FmcError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl Fmc {
    /// Takes the controller over, with the chip not selected.
    pub fn new(registers: FmcRegisters) -> Self {
        registers
            .config
            .write(registers.config.read() | ENABLE_WRITES_CE0);
        let mut fmc = Self { registers };
        fmc.select(false);
        fmc
    }

    fn select(&mut self, selected: bool) {
        let control = self.registers.control;
        let rest = control.read() & !(MODE_MASK | DESELECT);
        control.write(rest | USER_MODE | if selected { 0 } else { DESELECT });
    }

    fn run(&mut self, operation: &mut Operation<'_, u8>) -> Result<(), FmcError> {
        let bus = &mut self.registers.bus;
        match operation {
            Operation::Read(bytes) => {
                let (words, rest) = bytes.as_chunks_mut();
                words.iter_mut().for_each(|word| *word = bus.read_word());
                rest.iter_mut().for_each(|byte| *byte = bus.read());
            }
            Operation::Write(bytes) => bytes.iter().for_each(|&byte| bus.write(byte)),
            Operation::DelayNs(ns) => cortex_m::asm::delay(ns.div_ceil(super::clock::NS_PER_TICK)),
            Operation::Transfer(..) | Operation::TransferInPlace(_) => return Err(FmcError::FullDuplex),
        }
        Ok(())
    }
}

impl ErrorType for Fmc {
    type Error = FmcError;
}

impl SpiDevice for Fmc {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), FmcError> {
        self.select(true);
        let outcome = operations
            .iter_mut()
            .try_for_each(|operation| self.run(operation));
        self.select(false);
        outcome
    }
}
