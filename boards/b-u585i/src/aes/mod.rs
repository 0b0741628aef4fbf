//! AES and SAES, whose registers have the same layout (RM0456, sections 49 and 50): GCM in its four phases for what the
//! device seals, and single blocks under the key that only SAES has.
//!
//! Words go in and come out most significant byte first, without the blocks' own swapping. A key goes from the registers as
//! soon as it was used, or could not be.

mod clock;
mod gcm;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use gcm::{Direction, HardwareAes256Gcm};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A register, by its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Register {
    /// `CR`
    Control = 0x00,
    /// `SR`
    Status = 0x04,
    /// `DINR`
    Input = 0x08,
    /// `DOUTR`
    Output = 0x0C,
    /// `KEYR0`: the least significant word
    Key0 = 0x10,
    /// `KEYR1`
    Key1 = 0x14,
    /// `KEYR2`
    Key2 = 0x18,
    /// `KEYR3`
    Key3 = 0x1C,
    /// `IVR0`: the counter
    Iv0 = 0x20,
    /// `IVR1`
    Iv1 = 0x24,
    /// `IVR2`
    Iv2 = 0x28,
    /// `IVR3`
    Iv3 = 0x2C,
    /// `KEYR4`
    Key4 = 0x30,
    /// `KEYR5`
    Key5 = 0x34,
    /// `KEYR6`
    Key6 = 0x38,
    /// `KEYR7`: the most significant word
    Key7 = 0x3C,
    /// `ISR`
    Interrupts = 0x304,
    /// `ICR`
    Clear = 0x308,
}

/// The registers of one of the two.
pub trait Registers {
    /// Reads a register.
    fn read(&self, register: Register) -> u32;

    /// Writes a register.
    fn write(&self, register: Register, value: u32);

    /// Puts the block into the state after a reset of the chip, by the reset and clock controller, whatever it is doing: in its
    /// registers there is nothing then, and SAES begins to fetch random numbers.
    fn reset(&self);
}

/// The block did not do in time what it was told, or tells of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

const ENABLE: u32 = 1 << 0;
const DECRYPT: u32 = 0b10 << 3;
const GCM: u32 = 0b11 << 5;
const PHASE_AT: u32 = 13;
const KEY_OF_256: u32 = 1 << 18;
const PADDING_AT: u32 = 20;
const UNIQUE_KEY: u32 = 0b001 << 28;
/// In `SR`.
const BUSY: u32 = 1 << 3;
const KEY_VALID: u32 = 1 << 7;
/// In `ISR`: the computation is complete; a register was read or written at the wrong time, no key could be had, or no random
/// number.
const COMPLETE: u32 = 1 << 0;
const FAULTS: u32 = 0b1110;
/// Looks at a register; a block takes less than a hundred cycles, the unique key a few thousand, and random numbers what their
/// generator needs.
const LOOKS: u32 = 1_000_000;

/// Key registers, that of the key's first word first.
const KEY: [Register; 8] = [
    Register::Key7,
    Register::Key6,
    Register::Key5,
    Register::Key4,
    Register::Key3,
    Register::Key2,
    Register::Key1,
    Register::Key0,
];
const IV: [Register; 4] = [Register::Iv3, Register::Iv2, Register::Iv1, Register::Iv0];

/// Encrypts a block under the key that SAES derives from the chip's own, twice: what a glitch has changed once is no result.
///
/// # Errors
/// [`Stuck`]: the block is as it was then.
pub fn encrypt_with_unique_key(saes: &(impl Registers + Clock), block: &mut [u8; 16]) -> Result<(), Stuck> {
    clock::start(saes)?;
    let (mut once, mut again) = (Zeroizing::new(*block), Zeroizing::new(*block));
    encrypt_once(saes, &mut once)?;
    encrypt_once(saes, &mut again)?;
    if !bool::from(once.ct_eq(&*again)) {
        return Err(Stuck);
    }
    block.copy_from_slice(&*once);
    Ok(())
}

fn encrypt_once(saes: &impl Registers, block: &mut [u8; 16]) -> Result<(), Stuck> {
    reset(saes)?;
    let done = encrypt_enabled(saes, block);
    reset(saes)?;
    done
}

/// The key is there once it is valid and the block has come to rest: until then `EN` is not taken.
fn encrypt_enabled(saes: &impl Registers, block: &mut [u8; 16]) -> Result<(), Stuck> {
    saes.write(Register::Control, KEY_OF_256 | UNIQUE_KEY);
    until(saes, Register::Status, KEY_VALID | BUSY, KEY_VALID)?;
    without_faults(saes)?;
    saes.write(Register::Control, KEY_OF_256 | UNIQUE_KEY | ENABLE);
    put(saes, block);
    take(saes, block)
}

/// Makes the block forget its key and all else, even one that hangs. SAES is busy then with the random numbers that it masks by,
/// and takes no order meanwhile; whether it got them is known afterwards.
fn reset(block: &impl Registers) -> Result<(), Stuck> {
    block.reset();
    until(block, Register::Status, BUSY, 0)?;
    without_faults(block)
}

fn until(block: &impl Registers, register: Register, mask: u32, value: u32) -> Result<(), Stuck> {
    let reached = (0..LOOKS).any(|_| block.read(register) & mask == value);
    reached.then_some(()).ok_or(Stuck)
}

/// Waits until the block has finished what it was given, and makes nothing of it that is to be read.
fn complete(block: &impl Registers) -> Result<(), Stuck> {
    finished(block)?;
    block.write(Register::Clear, COMPLETE);
    Ok(())
}

fn finished(block: &impl Registers) -> Result<(), Stuck> {
    until(block, Register::Interrupts, COMPLETE, COMPLETE)?;
    without_faults(block)
}

fn without_faults(block: &impl Registers) -> Result<(), Stuck> {
    let faults = block.read(Register::Interrupts) & FAULTS;
    (faults == 0).then_some(()).ok_or(Stuck)
}

fn put(block: &impl Registers, bytes: &[u8; 16]) {
    let (words, _none) = bytes.as_chunks();
    for word in words {
        block.write(Register::Input, u32::from_be_bytes(*word));
    }
}

/// Waits for what the block makes of its input, and reads it before the flag is cleared (section 49.4.4).
fn take(block: &impl Registers, bytes: &mut [u8; 16]) -> Result<(), Stuck> {
    finished(block)?;
    let (words, _none) = bytes.as_chunks_mut();
    for word in words {
        *word = block.read(Register::Output).to_be_bytes();
    }
    block.write(Register::Clear, COMPLETE);
    Ok(())
}
