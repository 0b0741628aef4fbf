use super::{narrow, wide};
use crate::crypto::bignum::{Limb, Uint};
use proptest::prelude::*;

/// Limbs, as RSA-2048 has for a prime.
const N: usize = 16;

/// Numbers with long runs of zeros and ones, which carries go wrong on.
fn number() -> impl Strategy<Value = [Limb; N]> {
    let limb = prop_oneof![Just(0), Just(1), Just(Limb::MAX), any::<Limb>()];
    proptest::collection::vec(limb, N).prop_map(|limbs| limbs.try_into().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn rows_by_one_and_by_four_agree(a in number(), b in number(), mut n in number()) {
        n[0] |= 1;
        n[N - 1] |= 1 << (Limb::BITS - 1);
        let [a, b] = [a, b].map(|number| {
            let mut number = Uint(number);
            number.subtract_if(&Uint(n), number.less(&Uint(n)) ^ 1);
            number.0
        });
        let (one, four) = (narrow::Inverse::new(&n), wide::Inverse::new(&n));
        let (mut x, mut y) = ([[7; N]; 2], [[7; N]; 2]);
        let top = narrow::multiply(&mut x, &a, &b, &n, &one);
        prop_assert_eq!(top, wide::multiply(&mut y, &a, &b, &n, &four));
        prop_assert_eq!(x[1], y[1]);
        narrow::square(&mut x, &a);
        wide::square(&mut y, &a);
        prop_assert_eq!(x, y);
        let (top, also) = (narrow::reduce(&mut x, &n, &one), wide::reduce(&mut y, &n, &four));
        prop_assert_eq!((x[1], top), (y[1], also));
    }
}
