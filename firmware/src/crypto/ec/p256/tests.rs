use super::element::{Order, Prime};
use super::table::{COMBS, STEPS, TABLE, TEETH};
use super::*;
use crate::crypto::bignum::Limb;
use crate::crypto::ec::SoftwareEcdsa;
use proptest::prelude::*;
use sha2::Sha256;

/// RustCrypto's implementation shares nothing with ours.
type Other = SoftwareEcdsa<::p256::NistP256, Sha256>;

fn scalar(bits: &[usize]) -> Scalar {
    let two = Scalar::ONE.plus(&Scalar::ONE);
    let power = |bit: &usize| (0..*bit).fold(Scalar::ONE, |power, _| power.times(&two));
    bits.iter()
        .map(power)
        .fold(Scalar::digest(&[]), |sum, power| sum.plus(&power))
}

fn base_point() -> Point {
    let mut one = [0; 32];
    one[31] = 1;
    let mut point = [0; 65];
    Other::public(&one, &mut point).unwrap();
    Point::parse(&point).unwrap()
}

#[test]
fn the_table_holds_the_multiples_it_says() {
    let base = base_point();
    for (comb, entries) in TABLE.iter().enumerate() {
        for (index, [x, y]) in entries.iter().enumerate() {
            let place = |tooth: usize| STEPS * (comb + COMBS * tooth);
            let positive: std::vec::Vec<_> = (0..TEETH - 1)
                .filter(|tooth| index >> tooth & 1 == 1)
                .map(place)
                .collect();
            let negative: std::vec::Vec<_> = (0..TEETH - 1)
                .filter(|tooth| index >> tooth & 1 == 0)
                .map(place)
                .collect();
            let minus = Element::ZERO.minus(&base.times_vartime(&scalar(&negative)).affine().1);
            let mut sum = base
                .times_vartime(&scalar(&positive))
                .plus(&base.times_vartime(&scalar(&[place(TEETH - 1)])));
            if !negative.is_empty() {
                let (x, _) = base.times_vartime(&scalar(&negative)).affine();
                sum = sum.plus(&Point {
                    x,
                    y: minus,
                    z: point::ONE,
                });
            }
            let (found_x, found_y) = sum.affine();
            assert!(
                bool::from(found_x.ct_eq(&Element::from_words(*x))),
                "{comb} {index}"
            );
            assert!(
                bool::from(found_y.ct_eq(&Element::from_words(*y))),
                "{comb} {index}"
            );
        }
    }
}

/// Numbers with long runs of zeros and ones, which carries go wrong on.
fn bytes() -> impl Strategy<Value = [u8; 32]> {
    let byte = prop_oneof![Just(0), Just(0xFF), any::<u8>()];
    proptest::collection::vec(byte, 32).prop_map(|bytes| bytes.try_into().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn public_keys_and_signatures_are_rustcryptos(
        secret in bytes(),
        digest in bytes(),
        hedge in any::<[u8; 32]>(),
    ) {
        let (mut own, mut other) = ([0; 65], [0; 65]);
        let result = SoftwareP256::public(&secret, &mut own);
        prop_assert_eq!(result, Other::public(&secret, &mut other));
        prop_assert_eq!(own, other);
        if result.is_ok() {
            let (mut signature, mut expected) = ([0; 64], [0; 64]);
            SoftwareP256::sign(&secret, &digest, &hedge, &mut signature).unwrap();
            Other::sign(&secret, &digest, &hedge, &mut expected).unwrap();
            prop_assert_eq!(signature, expected);
            prop_assert_eq!(SoftwareP256::verify(&own, &digest, &signature), Ok(()));
        }
    }

    #[test]
    fn inverses_are_inverse(a in bytes()) {
        is_inverted::<Base>(&a);
        is_inverted::<Order>(&a);
    }
}

/// Numbers next to 0, to powers of two, and to the modulus.
#[test]
fn the_edges_are_inverted() {
    for bit in 0..256 {
        let mut bytes = [0; 32];
        bytes[31 - bit / 8] = 1 << (bit % 8);
        let mut ones = [0xff; 32];
        ones[..32 - bit / 8].fill(0);
        for number in [bytes, ones] {
            is_inverted::<Base>(&number);
            is_inverted::<Order>(&number);
        }
    }
}

fn is_inverted<P: Prime>(bytes: &[u8; 32]) {
    let number = Element::<P>::reduced(bytes);
    for number in [number, Element::ZERO.minus(&number)] {
        let one = number.times(&number.inverse()).to_limbs();
        assert_eq!(one[0], Limb::from(!bool::from(number.is_zero())));
        assert!(one[1..].iter().all(|limb| *limb == 0));
    }
}

#[test]
fn the_edges_of_the_scalars_work() {
    let one = Scalar::ONE.to_bytes();
    let mut order_less_one = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x50,
    ];
    for secret in [one, order_less_one] {
        let (mut own, mut other) = ([0; 65], [0; 65]);
        SoftwareP256::public(&secret, &mut own).unwrap();
        Other::public(&secret, &mut other).unwrap();
        assert_eq!(own, other);
    }
    order_less_one[31] = 0x51;
    assert_eq!(
        SoftwareP256::public(&order_less_one, &mut [0; 65]),
        Err(CryptoError::InvalidKey)
    );
}
