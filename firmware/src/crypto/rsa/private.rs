use super::ModExp;
use super::blinding::Blinding;
use crate::crypto::bignum::{
    Limb, Modulus, Uint, common_odd_divisor, exact_quotient, remainder, small_inverse,
};
use crate::crypto::{CryptoError, Random};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Twos that `p − 1` and `q − 1` have in common, at most: more happen less often than once in 2^60 keys.
const MAX_COMMON_TWOS: usize = 32;

/// The numbers of a private key with primes of `H` limbs and a modulus of `N`, twice as many.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Private<const H: usize, const N: usize> {
    pub(super) e: u32,
    pub(super) p: Uint<H>,
    pub(super) q: Uint<H>,
    pub(super) dp: Uint<H>,
    pub(super) dq: Uint<H>,
    pub(super) q_inverse: Uint<H>,
}

impl<const H: usize, const N: usize> Private<H, N> {
    /// The modulus.
    pub(super) fn n(&self) -> Uint<N> {
        self.p.times(&self.q)
    }

    /// `input^d mod n`, where the two exponentiations see `input · r^e` for a random `r` only.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] for an input that is not below `n`; [`CryptoError::Failed`] when there is no randomness or
    /// the accelerator failed; [`CryptoError::InvalidKey`] when the result does not check, which says nothing against the device: a key from
    /// outside may be of numbers that are no primes.
    pub(super) fn apply<M: ModExp>(
        &self,
        input: &Uint<N>,
        random: &mut impl Random,
    ) -> Result<Uint<N>, CryptoError> {
        let n = Modulus::new(&self.n());
        if input.less(n.n()) == 0 {
            return Err(CryptoError::TooLong);
        }
        let blinding = Blinding::new(&n, random)?;
        let blinded = n.multiply(&n.convert(input), &M::public(&n, &blinding.factor, self.e)?);
        let p = Modulus::new(&self.p);
        let mp = power::<M, H, N>(&p, &self.dp, &blinded)?;
        let mq = power::<M, H, N>(&Modulus::new(&self.q), &self.dq, &blinded)?;
        let result = n.multiply(&n.convert(&self.recombined(&p, mp, &mq)), &blinding.inverse);
        let checks = M::public(&n, &result, self.e)?.ct_eq(input);
        if bool::from(checks) {
            Ok(result)
        } else {
            Err(CryptoError::InvalidKey)
        }
    }

    /// The number that is `mp` modulo p and `mq` modulo q: RFC 8017 section 5.1.2, step 2.b.
    fn recombined(&self, p: &Modulus<H>, mut mp: Uint<H>, mq: &Uint<H>) -> Uint<N> {
        let mut below_p = mq.clone();
        below_p.subtract_if(&self.p, mq.less(&self.p) ^ 1);
        p.subtract(&mut mp, &below_p);
        let h = p.multiply(&p.convert(&mp), &self.q_inverse);
        let mut result = self.q.times(&h);
        result.add(&mq.resized());
        result
    }

    /// The private exponent `1/e mod lcm(p − 1, q − 1)`, as FIPS 186-5 section A.1.1 has it.
    pub(super) fn d(&self) -> Uint<N> {
        let (p, mut q) = (less_one(&self.p), less_one(&self.q));
        let mut rest = p.clone();
        for _ in 0..MAX_COMMON_TWOS {
            let both_even = (rest.odd() | q.odd()) ^ 1;
            rest.halve_if(both_even, 0);
            q.halve_if(both_even, 0);
        }
        let divisor = small_or_one(&common_odd_divisor(&rest, &q));
        let least_common_multiple = p.times(&exact_quotient(&q, divisor));
        private_exponent(self.e, &least_common_multiple)
    }

    /// Whether the numbers are those of one key.
    ///
    /// Primality is not tested: what a key of composite numbers makes does not check, and does not leave.
    pub(super) fn consistent(&self) -> bool {
        let sizes = [&self.p, &self.q]
            .into_iter()
            .all(|prime| prime.odd() == 1 && top_bit(prime));
        sizes
            && top_bit(&self.n())
            && self.inverse_of_e(&self.dp, &self.p)
            && self.inverse_of_e(&self.dq, &self.q)
            && self.q_inverse_fits()
    }

    /// Whether `d` is a private exponent: `1/e` modulo `p − 1` and `q − 1`. Some make it the least, some don't.
    pub(super) fn is_exponent(&self, d: &Uint<N>) -> bool {
        let p = remainder(d, &less_one(&self.p)).ct_eq(&self.dp);
        let q = remainder(d, &less_one(&self.q)).ct_eq(&self.dq);
        bool::from(p & q)
    }

    fn inverse_of_e(&self, d: &Uint<H>, prime: &Uint<H>) -> bool {
        let order = less_one(prime);
        let product: Uint<N> = d.times(&Uint::small(self.e.into()));
        let one = remainder(&product, &order).ct_eq(&Uint::small(1));
        bool::from(one) && d.less(&order) == 1
    }

    fn q_inverse_fits(&self) -> bool {
        let product: Uint<N> = self.q.times(&self.q_inverse);
        let one = remainder(&product, &self.p).ct_eq(&Uint::small(1));
        bool::from(one) && self.q_inverse.less(&self.p) == 1
    }
}

fn power<M: ModExp, const H: usize, const N: usize>(
    prime: &Modulus<H>,
    exponent: &Uint<H>,
    base: &Uint<N>,
) -> Result<Uint<H>, CryptoError> {
    let (low, high) = base.halves();
    M::secret(prime, &prime.remainder_wide(&low, &high), exponent)
}

pub(super) fn less_one<const H: usize>(number: &Uint<H>) -> Uint<H> {
    let mut less = number.clone();
    less.subtract(&Uint::small(1));
    less
}

fn top_bit<const N: usize>(number: &Uint<N>) -> bool {
    number
        .limbs()
        .last()
        .is_some_and(|limb| limb.leading_zeros() == 0)
}

/// A number that is a limb, or 1: a larger common divisor of two random numbers than one of 31 bits is a rare accident
/// that costs only the size of the private exponent.
fn small_or_one<const N: usize>(number: &Uint<N>) -> Limb {
    match number.limbs().as_slice() {
        [small, rest @ ..] if rest.iter().all(|limb| *limb == 0) => *small,
        _ => 1,
    }
}

/// `1/e mod order`.
pub(super) fn private_exponent<const N: usize>(e: u32, order: &Uint<N>) -> Uint<N> {
    small_inverse(e.into(), order)
}
