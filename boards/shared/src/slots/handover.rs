use casemate_common::image::{HEADER_LEN, SlotAddress};
use cortex_m::{Peripherals, asm, interrupt};

unsafe extern "C" {
    static __vector_table: u32;
}

/// Where the linker has put the vector table of the image that runs.
pub fn vector_table() -> u32 {
    (&raw const __vector_table).addr() as u32
}

/// Starts the image in this slot as a reset would: its vector table in place, no interrupt enabled or pending.
///
/// # Safety
/// The slot must hold an image for this chip, with its vector table right behind the header, and clocks and peripherals
/// must be as that image expects them.
pub unsafe fn start(slot: SlotAddress) -> ! {
    interrupt::disable();
    // SAFETY: nothing else runs, and nothing of this program runs after this.
    unsafe {
        let processor = Peripherals::steal();
        for (enabled, pending) in processor.NVIC.icer.iter().zip(&processor.NVIC.icpr) {
            enabled.write(u32::MAX);
            pending.write(u32::MAX);
        }
        let table = slot.address() + HEADER_LEN as u32;
        processor.SCB.vtor.write(table);
        asm::dsb();
        asm::isb();
        interrupt::enable();
        asm::bootload(table as *const u32)
    }
}
