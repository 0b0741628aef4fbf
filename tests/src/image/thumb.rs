//! As much of Thumb-2 as it takes to see where code goes (Armv7-M Architecture Reference Manual, A5 and A7.7).

/// What an instruction does, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Calls, or jumps to, this address.
    Goes(u32),
    /// Sets the low half of a register.
    MovesLow(u8, u16),
    /// Sets the high half of a register.
    MovesHigh(u8, u16),
    /// Anything else.
    Other,
}

/// The effect of the instruction at `at` and its length in bytes.
pub(super) fn decode(at: u32, first: u16, second: u16) -> (Effect, u32) {
    if first >> 11 < 0b11101 {
        return (narrow(at, first), 2);
    }
    (wide(at, first, second), 4)
}

fn narrow(at: u32, code: u16) -> Effect {
    let pc = at.wrapping_add(4);
    if code >> 11 == 0b11100 {
        let offset = sign_extend(u32::from(code & 0x7FF) << 1, 12);
        return Effect::Goes(pc.wrapping_add(offset));
    }
    if code >> 12 == 0b1101 && code >> 9 & 7 != 7 {
        let offset = sign_extend(u32::from(code & 0xFF) << 1, 9);
        return Effect::Goes(pc.wrapping_add(offset));
    }
    Effect::Other
}

fn wide(at: u32, first: u16, second: u16) -> Effect {
    match (first >> 11, second >> 14) {
        // BL, B.W; with bit 12 clear, B<c>.W unless its condition is one of the other instructions that live there.
        (0b11110, 0b11 | 0b10) if second >> 12 & 1 == 1 => Effect::Goes(target(at, first, second)),
        (0b11110, 0b10) if second >> 12 & 1 == 0 && first >> 7 & 7 != 7 => {
            Effect::Goes(conditional(at, first, second))
        }
        _ if second >> 15 == 0 && first & 0xFBF0 == 0xF240 => {
            Effect::MovesLow(register(second), immediate(first, second))
        }
        _ if second >> 15 == 0 && first & 0xFBF0 == 0xF2C0 => {
            Effect::MovesHigh(register(second), immediate(first, second))
        }
        _ => Effect::Other,
    }
}

fn target(at: u32, first: u16, second: u16) -> u32 {
    let (first, second) = (u32::from(first), u32::from(second));
    let sign = first >> 10 & 1;
    let (i1, i2) = (!(second >> 13 ^ sign) & 1, !(second >> 11 ^ sign) & 1);
    let bits = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    at.wrapping_add(4).wrapping_add(sign_extend(bits, 25))
}

fn conditional(at: u32, first: u16, second: u16) -> u32 {
    let (first, second) = (u32::from(first), u32::from(second));
    let (j1, j2) = (second >> 13 & 1, second >> 11 & 1);
    let bits = (first >> 10 & 1) << 20 | j2 << 19 | j1 << 18 | (first & 0x3F) << 12 | (second & 0x7FF) << 1;
    at.wrapping_add(4).wrapping_add(sign_extend(bits, 21))
}

fn register(second: u16) -> u8 {
    (second >> 8 & 0xF) as u8
}

fn immediate(first: u16, second: u16) -> u16 {
    (first & 0xF) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
}

fn sign_extend(value: u32, bits: u32) -> u32 {
    let unused = 32 - bits;
    ((value << unused).cast_signed() >> unused).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodings from the assembler of LLVM 20.
    #[test]
    fn known_encodings() {
        let at = 0x1000;
        let cases = [
            ((0xF000, 0xF802), Effect::Goes(0x1008)),         // bl .+8
            ((0xF7FF, 0xFFFE), Effect::Goes(0x1000)),         // bl .
            ((0xF000, 0xB802), Effect::Goes(0x1008)),         // b.w .+8
            ((0xF43F, 0xAFFE), Effect::Goes(0x1000)),         // beq.w .
            ((0xF241, 0x2034), Effect::MovesLow(0, 0x1234)),  // movw r0, #0x1234
            ((0xF6C5, 0x6178), Effect::MovesHigh(1, 0x5E78)), // movt r1, #0x5e78
            ((0xF3BF, 0x8F4F), Effect::Other),                // dsb
        ];
        for ((first, second), effect) in cases {
            assert_eq!(decode(at, first, second), (effect, 4), "{first:04x} {second:04x}");
        }
        assert_eq!(decode(at, 0xE7FE, 0), (Effect::Goes(0x1000), 2)); // b .
        assert_eq!(decode(at, 0xD1FE, 0), (Effect::Goes(0x1000), 2)); // bne .
        assert_eq!(decode(at, 0xDE00, 0), (Effect::Other, 2)); // udf
        assert_eq!(decode(at, 0x4770, 0), (Effect::Other, 2)); // bx lr
    }
}
