use super::{
    fmc::FmcRegisters,
    mmio::{BusPort, Register},
    trng::TrngRegisters,
    uart::UartRegisters,
};
use core::sync::atomic::{AtomicBool, Ordering};

/// The chip's blocks that the board uses, each of which exists once.
pub struct Peripherals {
    /// UART5, the link.
    pub uart5: UartRegisters,
    /// UART1, on which the board only talks.
    pub uart1: UartRegisters,
    /// The flash memory controller of the boot SPI bus.
    pub fmc: FmcRegisters,
    /// The random number generator in the system control unit.
    pub trng: TrngRegisters,
}

static TAKEN: AtomicBool = AtomicBool::new(false);

impl Peripherals {
    /// All of them, the first time; `None` ever after.
    pub fn take() -> Option<Self> {
        if TAKEN.swap(true, Ordering::AcqRel) {
            return None;
        }
        // SAFETY: the addresses are those of the AST1030's memory map (as in QEMU's `hw/arm/aspeed_ast10x0.c`); none of
        // these blocks reaches memory unless its DMA is set up, which no driver here does.
        Some(unsafe {
            Self {
                uart5: UartRegisters::at(0x7E78_4000),
                uart1: UartRegisters::at(0x7E78_3000),
                fmc: FmcRegisters {
                    config: Register::at(0x7E62_0000),
                    control: Register::at(0x7E62_0010),
                    bus: BusPort::at(0x8000_0000),
                },
                trng: TrngRegisters {
                    data: Register::at(0x7E6E_2540),
                },
            }
        })
    }
}
