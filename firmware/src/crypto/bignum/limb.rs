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
const UNROLLED: usize = 8;

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

/// `sum += (factors[0] + factors[1] · 2^(bits of a limb)) · row`, and `top` into its last limb, over one limb more than
/// `row` has; gives the carries out of it, a limb and a bit. Two chains of carries keep a fast processor busy, and spare
/// half the memory accesses.
#[inline(always)]
pub(super) fn add_two_rows(sum: &mut [Limb], row: &[Limb], factors: [Limb; 2], top: Limb) -> (Limb, Limb) {
    let [first, second] = factors;
    let (mut first_carry, mut second_carry, mut previous) = (0, 0, 0);
    let (sums, last) = sum.split_at_mut_checked(row.len()).unwrap_or_default();
    let (sums, _) = sums.as_chunks_mut::<UNROLLED>();
    for (sums, limbs) in sums.iter_mut().zip(row.as_chunks::<UNROLLED>().0) {
        for (sum, limb) in sums.iter_mut().zip(limbs) {
            let low;
            (low, first_carry) = multiply_add(first, *limb, *sum, first_carry);
            (*sum, second_carry) = multiply_add(second, previous, low, second_carry);
            previous = *limb;
        }
    }
    let mut bit = 0;
    for sum in last.iter_mut().take(1) {
        let low;
        (low, bit) = add(*sum, first_carry, top);
        (*sum, second_carry) = multiply_add(second, previous, low, second_carry);
    }
    (second_carry, bit)
}

/// All ones for 1, all zeros for 0.
#[inline(always)]
pub(super) const fn mask(bit: Limb) -> Limb {
    bit.wrapping_neg()
}
