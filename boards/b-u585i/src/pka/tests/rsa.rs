use super::Broken;
use crate::pka::model::Model;
use crate::pka::rsa::{MAX_LEN, PkaModExp, exponentiate};
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::{ModExp, SoftwareModExp};
use casemate_sim::nor::SplitMix64;

fn number<const N: usize>(random: &mut SplitMix64, top: u8, last: u8) -> Uint<N> {
    let mut bytes = [0; MAX_LEN];
    let bytes = &mut bytes[..Uint::<N>::LEN];
    random.fill(bytes);
    bytes[0] = top;
    bytes[Uint::<N>::LEN - 1] |= last;
    Uint::from_be_bytes(bytes).unwrap()
}

fn bytes<const N: usize>(number: &Uint<N>) -> [u8; MAX_LEN] {
    let mut bytes = [0; MAX_LEN];
    number.write_be_bytes(&mut bytes);
    bytes
}

/// A prime: this much below a power of two.
fn prime<const N: usize>(below: u32) -> Modulus<N> {
    let mut bytes = [0xFF; MAX_LEN];
    let bytes = &mut bytes[..Uint::<N>::LEN];
    bytes[Uint::<N>::LEN - 4..].copy_from_slice(&below.wrapping_neg().to_be_bytes());
    Modulus::new(&Uint::from_be_bytes(bytes).unwrap())
}

fn as_in_software<const N: usize>(below: u32) {
    let mut random = SplitMix64::new(N as u64);
    let modulus = prime::<N>(below);
    for top in [0, 0x7F] {
        let (base, exponent) = (
            number::<N>(&mut random, 0x55, 0),
            number::<N>(&mut random, top, 0),
        );
        let found = PkaModExp::<Model>::secret(&modulus, &base, &exponent);
        let expected = SoftwareModExp::secret(&modulus, &base, &exponent);
        assert_eq!(bytes(&found), bytes(&expected));
        let found = PkaModExp::<Model>::public(&modulus, &base, 65_537);
        let expected = SoftwareModExp::public(&modulus, &base, 65_537);
        assert_eq!(bytes(&found), bytes(&expected));
    }
}

#[test]
fn powers_are_as_in_software() {
    as_in_software::<{ 1024 / usize::BITS as usize }>(105);
    as_in_software::<{ 2048 / usize::BITS as usize }>(1_942_289);
}

#[test]
fn the_longest_operands_fit() {
    const N: usize = 4096 / usize::BITS as usize;
    let mut random = SplitMix64::new(1);
    let modulus = Modulus::new(&number::<N>(&mut random, 0xC1, 1));
    let base = number::<N>(&mut random, 0x55, 0);
    let found = exponentiate(&Model::default(), &modulus, &base, &[0, 0, 0, 3]);
    let expected = SoftwareModExp::public(&modulus, &base, 3);
    assert_eq!(bytes(&found), bytes(&expected));
}

#[test]
fn a_broken_one_gives_nothing_but_zero() {
    const N: usize = 1024 / usize::BITS as usize;
    let mut random = SplitMix64::new(2);
    let modulus = Modulus::new(&number::<N>(&mut random, 0xC1, 1));
    let base = number::<N>(&mut random, 0x55, 0);
    let found = PkaModExp::<Broken>::public(&modulus, &base, 65_537);
    assert_eq!(bytes(&found), [0; MAX_LEN]);
}
