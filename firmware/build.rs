//! Writes the multiples of P-256's base point that `crypto::ec::p256` adds up, as many as suit the target. They come from
//! RustCrypto's implementation of the curve, which the firmware itself does without; a test computes them anew.

use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::{Group, PrimeField};
use p256::{ProjectivePoint, Scalar};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

/// The prime of the coordinates, the least significant word first: SP 800-186 section 3.2.1.3.
const PRIME: Words = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0x0000_0000_0000_0000,
    0xffff_ffff_0000_0001,
];

type Words = [u64; 4];

/// How the digits of a factor are read: `combs` combs side by side, of `teeth` digits at once, in `steps` steps.
struct Shape {
    teeth: usize,
    combs: usize,
    steps: usize,
}

impl Shape {
    /// 4 KB for a microcontroller, 88 KB for a host, which has them to spare.
    fn for_target(pointer_width: &str) -> Self {
        let [teeth, combs, steps] = if pointer_width == "64" {
            [6, 43, 1]
        } else {
            [5, 4, 13]
        };
        Self { teeth, combs, steps }
    }

    const fn digits(&self) -> usize {
        self.teeth * self.combs * self.steps
    }

    const fn entries(&self) -> usize {
        1 << (self.teeth - 1)
    }

    /// The place of a comb's tooth in the last step.
    const fn place(&self, comb: usize, tooth: usize) -> usize {
        self.steps * (comb + self.combs * tooth)
    }

    /// The sum of a comb's teeth, of which the highest counts positive, and the others by the bits of `index`.
    fn entry(&self, powers: &[ProjectivePoint], comb: usize, index: usize) -> ProjectivePoint {
        let top = powers[self.place(comb, self.teeth - 1)];
        (0..self.teeth - 1).fold(top, |sum, tooth| {
            let point = powers[self.place(comb, tooth)];
            if index >> tooth & 1 == 1 {
                sum + point
            } else {
                sum - point
            }
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let shape = Shape::for_target(&std::env::var("CARGO_CFG_TARGET_POINTER_WIDTH")?);
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("p256_table.rs"), source(&shape)?)?;
    Ok(())
}

fn source(shape: &Shape) -> Result<String, Box<dyn Error>> {
    let Shape { teeth, combs, steps } = shape;
    let mut text = String::new();
    writeln!(
        text,
        "/// Digits that a comb reads at once.\npub(super) const TEETH: usize = {teeth};"
    )?;
    writeln!(
        text,
        "/// Combs that work side by side.\npub(super) const COMBS: usize = {combs};"
    )?;
    writeln!(
        text,
        "/// Steps of a comb from one tooth to the next.\npub(super) const STEPS: usize = {steps};"
    )?;
    writeln!(
        text,
        "/// 2^{} - 1 modulo the order, in Montgomery form.",
        shape.digits()
    )?;
    writeln!(
        text,
        "pub(super) const ALL_ONES: [u64; 4] = {:#x?};",
        all_ones(shape.digits())
    )?;
    text.push_str("/// For each comb, the sums of its teeth, of which the highest counts positive and the others by the bits of the ");
    text.push_str("index: a bit\n/// of 1 positive, of 0 negative.\n");
    writeln!(
        text,
        "pub(super) static TABLE: [[Entry; {}]; {combs}] = [",
        shape.entries()
    )?;
    let powers: Vec<_> =
        std::iter::successors(Some(ProjectivePoint::GENERATOR), |power| Some(power.double()))
            .take(shape.digits())
            .collect();
    for comb in 0..*combs {
        let entries: Vec<_> = (0..shape.entries())
            .map(|index| montgomery_coordinates(&shape.entry(&powers, comb, index)))
            .collect();
        writeln!(text, "{entries:#x?},")?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn all_ones(digits: usize) -> Words {
    let power_of_two = |exponent| (0..exponent).fold(Scalar::ONE, |power, _| power.double());
    let number = (power_of_two(digits) - Scalar::ONE) * power_of_two(256);
    words(&number.to_repr())
}

fn montgomery_coordinates(point: &ProjectivePoint) -> [Words; 2] {
    let bytes = point.to_affine().to_sec1_point(false);
    let (x, y) = bytes.as_bytes()[1..].split_at(32);
    [x, y].map(|coordinate| (0..256).fold(words(coordinate), |number, _| doubled(number)))
}

/// Twice a number modulo the prime.
fn doubled(number: Words) -> Words {
    let mut carry = false;
    let twice = number.map(|word| {
        let sum;
        (sum, carry) = word.carrying_add(word, carry);
        sum
    });
    let mut borrow = false;
    let less = std::array::from_fn(|place| {
        let difference;
        (difference, borrow) = twice[place].borrowing_sub(PRIME[place], borrow);
        difference
    });
    if carry || !borrow { less } else { twice }
}

/// The words of a number with these bytes, the most significant first.
fn words(bytes: &[u8]) -> Words {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.rchunks(8)) {
        *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}
