use super::division::inverse;
use super::montgomery::Room;
use super::*;
use proptest::prelude::*;

/// Widths of RSA-2048's primes in 64-bit limbs, to be fast.
const N: usize = 16;
type Number = Uint<N>;

fn number() -> impl Strategy<Value = [Limb; N]> {
    let limb = prop_oneof![Just(0), Just(Limb::MAX), any::<Limb>()];
    proptest::collection::vec(limb, N).prop_map(|limbs| limbs.try_into().unwrap())
}

fn odd() -> impl Strategy<Value = [Limb; N]> {
    number().prop_map(|mut number| {
        number[0] |= 3;
        number
    })
}

/// `a · b mod n` by schoolbook and long division, which share nothing with Montgomery's method.
fn product(a: &Number, b: &Number, n: &Number) -> Number {
    let wide: Uint<{ 2 * N }> = a.times(b);
    remainder(&wide, n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn montgomery_agrees_with_division(a in number(), b in number(), n in odd()) {
        let [a, b, n] = [a, b, n].map(Uint);
        let modulus = Modulus::new(&n);
        let (a, b) = (remainder(&a, &n), remainder(&b, &n));
        let expected = product(&a, &b, &n);
        let (x, y) = (modulus.convert(&a), modulus.convert(&b));
        prop_assert_eq!(modulus.reduce(&modulus.multiply(&x, &y)).0, expected.0);
        let mut square = x.clone();
        modulus.square(&mut square, &mut Room::default());
        prop_assert_eq!(modulus.reduce(&square).0, product(&a, &a, &n).0);
        prop_assert_eq!(modulus.reduce(&modulus.one()).0, Number::small(1).0);
    }

    #[test]
    fn a_wide_number_converts(low in number(), high in number(), n in odd()) {
        let [low, high, n] = [low, high, n].map(Uint);
        let high = remainder(&high, &n);
        let mut wide = [low.0, high.0].as_flattened().to_vec();
        let expected: Number = remainder(&Uint::<{ 2 * N }>(wide.as_slice().try_into().unwrap()), &n);
        wide.clear();
        let modulus = Modulus::new(&n);
        prop_assert_eq!(modulus.remainder_wide(&low, &high).0, expected.0);
    }

    #[test]
    fn products_are_divided_again(a in number(), divisor in any::<u16>()) {
        let a = Uint(a);
        let divisor = divisor | 1;
        let product: Uint<{ 2 * N }> = a.times(&Number::small(Limb::from(divisor)));
        prop_assert_eq!(exact_quotient(&product, Limb::from(divisor)).resized::<N>().0, a.0);
    }

    #[test]
    fn small_remainders_agree(a in number(), divisor in 2..=u16::MAX) {
        let a = Uint(a);
        let expected = remainder(&a, &Uint::<1>([Limb::from(divisor)]));
        prop_assert_eq!(Limb::from(remainder_by_small(&a, divisor)), expected.0[0]);
    }

    #[test]
    fn inverses_are_inverse(a in number(), n in odd()) {
        let [a, n] = [a, n].map(Uint);
        let a = remainder(&a, &n);
        let divisor = common_odd_divisor(&a, &n);
        prop_assert_eq!(remainder(&n, &divisor).0, Number::ZERO.0);
        prop_assert_eq!(remainder(&a, &divisor).0, Number::ZERO.0);
        prop_assume!(divisor.0 == Number::small(1).0);
        prop_assert_eq!(product(&a, &inverse(&a, &n), &n).0, Number::small(1).0);
    }

    #[test]
    fn small_inverses_are_inverse(a in any::<u16>(), n in odd()) {
        let (a, n) = (Limb::from(a | 1), Uint(n));
        prop_assume!(a > 1 && common_odd_divisor(&n, &Number::small(a)).0 == Number::small(1).0);
        prop_assert_eq!(product(&Number::small(a), &small_inverse(a, &n), &n).0, Number::small(1).0);
    }

    #[test]
    fn powers_add_in_the_exponent(base in number(), x in any::<u32>(), y in any::<u32>(), n in odd()) {
        let [base, n] = [base, n].map(Uint);
        let modulus = Modulus::new(&n);
        let base = modulus.convert(&remainder(&base, &n));
        let power = |exponent: u64| {
            let mut power = Power::new(&modulus, &base, &Number::small(exponent));
            while power.step(&modulus, 7).is_none() {}
            power.step(&modulus, 0).unwrap().clone()
        };
        let [x, y] = [x, y].map(u64::from);
        prop_assert_eq!(power(x + y).0, modulus.multiply(&power(x), &power(y)).0);
    }

    #[test]
    fn bytes_come_back(a in number()) {
        let a = Uint(a);
        let mut bytes = [0; Number::LEN];
        a.write_be_bytes(&mut bytes);
        prop_assert_eq!(Number::from_be_bytes(&bytes).unwrap().0, a.0);
        let mut short = [0; 11];
        a.write_be_bytes(&mut short);
        prop_assert_eq!(&short[..], &bytes[Number::LEN - 11..]);
    }
}

#[test]
fn a_power_by_hand() {
    let modulus = Modulus::new(&Number::small(1_000_003));
    let base = modulus.convert(&Number::small(2));
    let mut power = Power::new(&modulus, &base, &Number::small(40));
    let result = modulus.reduce(power.step(&modulus, usize::MAX).unwrap());
    assert_eq!(u128::from(result.0[0]), (1_u128 << 40) % 1_000_003);
}
