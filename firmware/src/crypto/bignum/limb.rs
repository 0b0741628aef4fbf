use core::hint::black_box;

/// What the processor multiplies at once. Cortex-M4 does `a · b + c + d` of 32 bits in one instruction, UMAAL.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) type Limb = u32;
#[cfg(not(target_pointer_width = "64"))]
type Wide = u64;

/// What the processor multiplies at once.
#[cfg(target_pointer_width = "64")]
pub(crate) type Limb = u64;
#[cfg(target_pointer_width = "64")]
type Wide = u128;

pub(crate) const LIMB_LEN: usize = size_of::<Limb>();

/// Limbs that the inner loops do without a branch in between; every width is a multiple.
pub(super) const UNROLLED: usize = 8;

/// `a · b + c + d` as low and high limb; it can't overflow.
#[inline(always)]
pub(super) const fn multiply_add(a: Limb, b: Limb, c: Limb, d: Limb) -> (Limb, Limb) {
    let wide = (a as Wide)
        .wrapping_mul(b as Wide)
        .wrapping_add(c as Wide)
        .wrapping_add(d as Wide);
    (wide as Limb, (wide >> Limb::BITS) as Limb)
}

/// `a + b + carry` as low limb and carry.
#[inline(always)]
pub(super) const fn add(a: Limb, b: Limb, carry: Limb) -> (Limb, Limb) {
    let wide = (a as Wide).wrapping_add(b as Wide).wrapping_add(carry as Wide);
    (wide as Limb, (wide >> Limb::BITS) as Limb)
}

/// `a − b − borrow` as low limb and borrow, which is 0 or 1.
#[inline(always)]
pub(super) const fn subtract(a: Limb, b: Limb, borrow: Limb) -> (Limb, Limb) {
    let wide = (a as Wide).wrapping_sub(b as Wide).wrapping_sub(borrow as Wide);
    (wide as Limb, ((wide >> Limb::BITS) as Limb) & 1)
}

/// `sum += factor · row` over the limbs of `row`, which must not be longer; gives the carry out of them.
#[inline(always)]
pub(super) fn add_row(sum: &mut [Limb], row: &[Limb], factor: Limb) -> Limb {
    let mut carry = 0;
    let sum = sum.get_mut(..row.len()).unwrap_or_default();
    let (sums, sum_rest) = sum.as_chunks_mut::<UNROLLED>();
    let (rows, row_rest) = row.as_chunks::<UNROLLED>();
    for (sum, row) in sums.iter_mut().zip(rows) {
        for (sum, limb) in sum.iter_mut().zip(row) {
            (*sum, carry) = multiply_add(factor, *limb, *sum, carry);
        }
    }
    for (sum, limb) in sum_rest.iter_mut().zip(row_rest) {
        (*sum, carry) = multiply_add(factor, *limb, *sum, carry);
    }
    carry
}

/// All ones for 1, all zeros for 0; of which the compiler does not know that it is one of the two, and makes no branch.
#[inline(always)]
pub(super) fn mask(bit: Limb) -> Limb {
    black_box(bit.wrapping_neg())
}
