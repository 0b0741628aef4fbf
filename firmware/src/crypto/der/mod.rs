//! As much DER (ITU-T X.690) as keys are written in.

mod reader;
mod writer;

pub(super) use reader::Reader;
pub(super) use writer::Writer;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// The tag `[number]` of a constructed, context-specific element.
pub(super) const fn context(number: u8) -> u8 {
    0xA0 | number
}

#[cfg(test)]
mod tests;
