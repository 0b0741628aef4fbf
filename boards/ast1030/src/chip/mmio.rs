/// A device register of 32 bits.
#[derive(Clone, Copy)]
pub(super) struct Register(*mut u32);

// SAFETY: a register is an address; what may be done to the device from where is up to the driver that owns it.
unsafe impl Send for Register {}

impl Register {
    /// The register at this address.
    ///
    /// # Safety
    /// A device register of 32 bits must lie there, aligned, whose reads and writes change nothing in memory.
    pub(super) const unsafe fn at(address: usize) -> Self {
        Self(core::ptr::with_exposed_provenance_mut(address))
    }

    pub(super) fn read(self) -> u32 {
        // SAFETY: `at` promises a register there, and that reading it does nothing to memory.
        unsafe { self.0.read_volatile() }
    }

    pub(super) fn write(self, value: u32) {
        // SAFETY: `at` promises a register there, and that writing it does nothing to memory.
        unsafe { self.0.write_volatile(value) }
    }
}

/// A window whose accesses a device turns into bytes on a bus, at whatever address within it; a word is four bytes, the
/// lowest first.
pub(super) struct BusPort(*mut u8);

// SAFETY: as for `Register`.
unsafe impl Send for BusPort {}

impl BusPort {
    /// The window at this address.
    ///
    /// # Safety
    /// A device must answer accesses of bytes and words there, aligned for words, and they must change nothing in memory.
    pub(super) const unsafe fn at(address: usize) -> Self {
        Self(core::ptr::with_exposed_provenance_mut(address))
    }

    pub(super) fn read(&mut self) -> u8 {
        // SAFETY: `at` promises a device there, and that reading it does nothing to memory.
        unsafe { self.0.read_volatile() }
    }

    pub(super) fn read_word(&mut self) -> [u8; 4] {
        // SAFETY: `at` promises a device there that answers words, and that reading it does nothing to memory.
        unsafe { self.0.cast::<u32>().read_volatile() }.to_le_bytes()
    }

    pub(super) fn write(&mut self, byte: u8) {
        // SAFETY: `at` promises a device there, and that writing it does nothing to memory.
        unsafe { self.0.write_volatile(byte) }
    }
}
