use super::protection::is_settled;
use crate::aes::{Clock, Register, Registers, encrypt_with_unique_key};
use crate::wrapped_root::HardwareKey;
use casemate_firmware::platform::RootError;
use embassy_stm32::pac::{self, rcc::vals::Saessel};

/// The AES block.
#[derive(Default)]
pub struct Aes;

/// The SAES block, for the key that it derives from the chip's own.
#[derive(Default)]
pub struct Saes;

/// Gives the AES block its clock.
pub fn start_aes() {
    pac::RCC.ahb2enr1().modify(|enable| enable.set_aesen(true));
    // The manual wants a read before the block is used.
    pac::RCC.ahb2enr1().read();
}

fn register(base: *mut (), register: Register) -> *mut u32 {
    base.wrapping_byte_add(register as usize).cast()
}

impl Registers for Aes {
    fn read(&self, which: Register) -> u32 {
        // SAFETY: it is one of the block's registers, which reading and writing affects alone.
        unsafe { register(pac::AES.as_ptr(), which).read_volatile() }
    }

    fn write(&self, which: Register, value: u32) {
        // SAFETY: as for reading; only the worker uses the block.
        unsafe { register(pac::AES.as_ptr(), which).write_volatile(value) }
    }

    fn reset(&self) {
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_aesrst(true));
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_aesrst(false));
    }
}

impl Registers for Saes {
    fn read(&self, which: Register) -> u32 {
        // SAFETY: it is one of the block's registers, which reading and writing affects alone.
        unsafe { register(pac::SAES.as_ptr(), which).read_volatile() }
    }

    fn write(&self, which: Register, value: u32) {
        // SAFETY: as for reading; only the worker uses the block.
        unsafe { register(pac::SAES.as_ptr(), which).write_volatile(value) }
    }

    fn reset(&self) {
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_saesrst(true));
        pac::RCC.ahb2rstr1().modify(|reset| reset.set_saesrst(false));
    }
}

/// SAES asks the random number generator for masks as soon as it is let in, so that one has to run.
impl Clock for Saes {
    fn switch_on(&self) {
        pac::RCC
            .ccipr2()
            .modify(|sources| sources.set_saessel(Saessel::SHSI));
        pac::RCC.cr().modify(|control| control.set_shsion(true));
    }

    fn is_ready(&self) -> bool {
        pac::RCC.cr().read().shsirdy()
    }

    fn let_in(&self) {
        pac::RCC.ahb2enr1().modify(|enable| enable.set_saesen(true));
        // The manual wants a read before the block is used.
        pac::RCC.ahb2enr1().read();
    }
}

impl HardwareKey for Saes {
    fn is_settled(&self) -> bool {
        is_settled()
    }

    fn encrypt(&mut self, block: &mut [u8; 16]) -> Result<(), RootError> {
        encrypt_with_unique_key(self, block).map_err(|_| RootError::Failed)
    }
}
