//! The chip's registers as stm32-metapac has them from its maker's files: what drivers name is held against it, so that a
//! wrong bit does not pass because driver and model have it alike.

use std::vec::Vec;
use stm32_metapac::metadata::ir::{Array, BitOffset, BlockItem, BlockItemInner, Field, IR};
use stm32_metapac::metadata::{METADATA, Peripheral};

fn peripheral(name: &str) -> &'static Peripheral {
    let found = METADATA.peripherals.iter().find(|one| one.name == name);
    found.unwrap_or_else(|| panic!("the chip has no {name}"))
}

fn registers(name: &str) -> &'static IR {
    let registers = peripheral(name).registers.as_ref();
    registers.unwrap_or_else(|| panic!("{name} has no registers")).ir
}

fn register(block: &str, name: &str) -> &'static BlockItem {
    let mut items = registers(block).blocks.iter().flat_map(|block| block.items);
    let found = items.find(|item| item.name == name);
    found.unwrap_or_else(|| panic!("{block} has no register {name}"))
}

fn field(block: &str, name: &str, of: &str) -> &'static Field {
    let BlockItemInner::Register(inner) = &register(block, name).inner else {
        panic!("{block}.{name} is no register");
    };
    let mut sets = registers(block).fieldsets.iter();
    let set = sets.find(|set| Some(set.name) == inner.fieldset);
    let found = set.and_then(|set| set.fields.iter().find(|field| field.name == of));
    found.unwrap_or_else(|| panic!("{block}.{name} has no field {of}"))
}

/// Where a register lies, or the first of a row.
pub(crate) fn at(block: &str, name: &str) -> usize {
    register(block, name).byte_offset as usize
}

/// Where each of a row of registers lies.
pub(crate) fn row(block: &str, name: &str) -> Vec<usize> {
    let first = at(block, name);
    let offsets: Vec<u32> = match &register(block, name).array {
        Some(Array::Regular(row)) => (0..row.len).map(|index| index * row.stride).collect(),
        Some(Array::Cursed(row)) => row.offsets.to_vec(),
        None => panic!("{block}.{name} is no row"),
    };
    offsets
        .into_iter()
        .map(|offset| first + offset as usize)
        .collect()
}

/// The lowest bit of a field.
pub(crate) fn low_bit(block: &str, name: &str, of: &str) -> u32 {
    match &field(block, name, of).bit_offset {
        BitOffset::Regular(place) => place.offset,
        BitOffset::Cursed(places) => *places.ranges[0].start(),
    }
}

/// A field of one bit.
pub(crate) fn bit(block: &str, name: &str, of: &str) -> u32 {
    assert_eq!(field(block, name, of).bit_size, 1, "{block}.{name}.{of}");
    1 << low_bit(block, name, of)
}

/// One bit of a row of them.
pub(crate) fn bit_of(block: &str, name: &str, of: &str, index: u32) -> u32 {
    let Some(Array::Regular(row)) = &field(block, name, of).array else {
        panic!("{block}.{name}.{of} is no row");
    };
    assert!(index < row.len, "{block}.{name}.{of} has {} bits", row.len);
    1 << (low_bit(block, name, of) + index * row.stride)
}

/// A field that says this, by the name of its value.
pub(crate) fn value(block: &str, name: &str, of: &str, what: &str) -> u32 {
    let mut enums = registers(block).enums.iter();
    let values = enums.find(|one| Some(one.name) == field(block, name, of).enumm);
    let found = values.and_then(|values| values.variants.iter().find(|one| one.name == what));
    let found = found.unwrap_or_else(|| panic!("{block}.{name}.{of} is never {what}"));
    u32::try_from(found.value).expect("it fits the register") << low_bit(block, name, of)
}

/// The pin that this signal of a block comes in by.
pub(crate) fn pin(block: &str, signal: &str) -> &'static str {
    let found = peripheral(block).pins.iter().find(|pin| pin.signal == signal);
    found
        .unwrap_or_else(|| panic!("{block} has no signal {signal}"))
        .pin
}
