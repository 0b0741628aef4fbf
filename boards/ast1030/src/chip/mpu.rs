use cortex_m::{asm, peripheral::MPU};

/// RASR fields (ARMv7-M Architecture Reference Manual, B3.5.9).
const NEVER_EXECUTE: u32 = 1 << 28;
const READ_ONLY: u32 = 0b110 << 24;
const READ_WRITE: u32 = 0b011 << 24;
const SRAM: u32 = 0b110 << 16;
const DEVICE: u32 = 0b101 << 16;

struct Region {
    start: usize,
    len: usize,
    attributes: u32,
}

/// Everything that the firmware may touch. A later region overrides earlier ones; what is in none of them faults.
fn regions() -> [Region; 5] {
    let region = |start, len, attributes| Region {
        start,
        len,
        attributes,
    };
    [
        region(0x0000_0000, 512 << 10, READ_ONLY | SRAM),
        region(0x0007_0000, 64 << 10, READ_WRITE | NEVER_EXECUTE | SRAM),
        region(0x0008_0000, 256 << 10, READ_WRITE | NEVER_EXECUTE | SRAM),
        region(0x7E60_0000, 2 << 20, READ_WRITE | NEVER_EXECUTE | DEVICE),
        region(0x8000_0000, 1 << 20, READ_WRITE | NEVER_EXECUTE | DEVICE),
    ]
}

/// From here on code cannot be written, data cannot be executed, and a stack that outgrows its room, however
/// far, faults where it reaches the code below.
pub fn protect_memory(mpu: &mut MPU) {
    for (number, region) in (0..).zip(regions()) {
        let size = region.len.ilog2() - 1;
        // SAFETY: the regions hold all memory and devices in use with the access they are used with, so switching
        // them on changes nothing for code that is sound.
        unsafe {
            mpu.rnr.write(number);
            mpu.rbar.write(region.start as u32);
            mpu.rasr.write(region.attributes | size << 1 | 1);
        }
    }
    // SAFETY: as above.
    unsafe { mpu.ctrl.write(1) };
    asm::dsb();
    asm::isb();
}
