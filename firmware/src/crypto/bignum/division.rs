//! What little division RSA keys need, where speed does not matter.

use super::Uint;
use super::limb::{Limb, mask, multiply_add, subtract};

/// `a mod modulus`, bit by bit.
pub(crate) fn remainder<const N: usize, const M: usize>(a: &Uint<N>, modulus: &Uint<M>) -> Uint<M> {
    let mut remainder = Uint::ZERO;
    for limb in a.limbs().iter().rev() {
        for place in (0..Limb::BITS).rev() {
            let carry = remainder.double();
            remainder.add_if(&Uint::small(1), (limb >> place) & 1);
            let fits = remainder.less(modulus) & (carry ^ 1);
            remainder.subtract_if(modulus, fits ^ 1);
        }
    }
    remainder
}

/// `a / divisor` for an odd divisor that leaves no remainder (Jebelean 1993).
pub(crate) fn exact_quotient<const N: usize>(a: &Uint<N>, divisor: Limb) -> Uint<N> {
    let inverse = super::montgomery::negative_inverse(divisor).wrapping_neg();
    let mut quotient = a.clone();
    let mut carry = 0;
    for limb in quotient.limbs_mut() {
        let (rest, borrow) = subtract(*limb, carry, 0);
        *limb = rest.wrapping_mul(inverse);
        (_, carry) = multiply_add(*limb, divisor, 0, 0);
        carry = carry.wrapping_add(borrow);
    }
    quotient
}

/// The greatest odd common divisor of two numbers, of which one must be odd, by the binary method without branches.
pub(crate) fn common_odd_divisor<const N: usize>(a: &Uint<N>, b: &Uint<N>) -> Uint<N> {
    let (mut a, mut b) = (a.clone(), b.clone());
    let even = b.odd() ^ 1;
    exchange_if(&mut a, &mut b, even);
    for _ in 0..Uint::<N>::BITS.saturating_mul(2) {
        let odd = a.odd();
        let swap = odd & a.less(&b);
        exchange_if(&mut a, &mut b, swap);
        a.subtract_if(&b, odd);
        a.halve_if(1, 0);
    }
    b
}

/// `1 / a mod modulus`, where the modulus is odd and has no divisor in common with `a < modulus`.
pub(crate) fn inverse<const N: usize>(a: &Uint<N>, modulus: &Uint<N>) -> Uint<N> {
    let (mut a, mut b) = (a.clone(), modulus.clone());
    let (mut x, mut y) = (Uint::small(1), Uint::ZERO);
    for _ in 0..Uint::<N>::BITS.saturating_mul(2) {
        let odd = a.odd();
        let swap = odd & a.less(&b);
        exchange_if(&mut a, &mut b, swap);
        exchange_if(&mut x, &mut y, swap);
        a.subtract_if(&b, odd);
        let borrow = x.less(&y) & odd;
        x.subtract_if(&y, odd);
        x.add_if(modulus, borrow);
        a.halve_if(1, 0);
        halve(&mut x, modulus);
    }
    y
}

/// `1 / a mod modulus` for an odd `a` of one limb without a divisor in common with the modulus, which may be even: the
/// multiple of the modulus, plus 1, that `a` divides, divided by `a`.
pub(crate) fn small_inverse<const N: usize>(a: Limb, modulus: &Uint<N>) -> Uint<N> {
    let divisor = Uint::<1>::small(a);
    let mut factor = divisor.clone();
    factor.subtract(&inverse(&remainder(modulus, &divisor), &divisor));
    let mut multiple: Uint<N> = modulus.times(&factor.resized());
    multiple.add(&Uint::small(1));
    exact_quotient(&multiple, a)
}

/// `x / 2` modulo an odd number.
fn halve<const N: usize>(x: &mut Uint<N>, modulus: &Uint<N>) {
    let mut raised = x.clone();
    let carry = raised.add(modulus) & x.odd();
    x.assign_if(&raised, x.odd());
    x.halve_if(1, carry);
}

fn exchange_if<const N: usize>(a: &mut Uint<N>, b: &mut Uint<N>, bit: Limb) {
    let mask = mask(bit);
    for (a, b) in a.limbs_mut().iter_mut().zip(b.limbs_mut()) {
        let difference = (*a ^ *b) & mask;
        *a ^= difference;
        *b ^= difference;
    }
}
