use super::{narrow, wide};
use proptest::prelude::*;
use std::vec::Vec;

/// Numbers with long runs of zeros and ones, which carries go wrong on.
fn number() -> impl Strategy<Value = [u64; 4]> {
    let limb = prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(0xffff_ffff),
        Just(0xffff_ffff_0000_0001),
        any::<u64>()
    ];
    [limb.clone(), limb.clone(), limb.clone(), limb]
}

fn narrowed(limbs: &[u64; 4]) -> [u32; 8] {
    let halves = limbs.iter().flat_map(|limb| [*limb as u32, (limb >> 32) as u32]);
    halves.collect::<Vec<_>>().try_into().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Whatever the processor that runs the tests, the limbs of both widths are tried.
    #[test]
    fn narrow_and_wide_limbs_agree(a in number(), b in number()) {
        let (x, y) = (narrowed(&a), narrowed(&b));
        for (narrow, wide) in [
            (narrow::added(&x, &y), wide::added(&a, &b)),
            (narrow::subtracted(&x, &y), wide::subtracted(&a, &b)),
            (narrow::base_product(&x, &y), wide::base_product(&a, &b)),
            (narrow::base_square(&x), wide::base_square(&a)),
            (narrow::order_product(&x, &y), wide::order_product(&a, &b)),
            (narrow::order_square(&x), wide::order_square(&a)),
        ] {
            prop_assert_eq!(narrow.0, narrowed(&wide.0));
            prop_assert_eq!(u64::from(narrow.1), wide.1);
        }
        for mask in [0, u64::MAX] {
            let (mut narrow, mut wide) = ([0; 8], [0; 4]);
            narrow::copy_if(&mut narrow, &x, mask as u32);
            wide::copy_if(&mut wide, &a, mask);
            prop_assert_eq!(narrow, narrowed(&wide));
        }
        prop_assert_eq!(wide::base_square(&a), wide::base_product(&a, &a));
        prop_assert_eq!(wide::order_square(&a), wide::order_product(&a, &a));
    }
}
