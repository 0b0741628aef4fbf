use super::{FAULTS, NEVER_READY, Sick, WORD};
use crate::pka::Registers;
use crate::pka::model::Model;
use crate::pka::rsa::{MAX_LEN, PkaModExp, exponentiate};
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::{ModExp, OaepHash, RsaPublic, SoftwareModExp};
use casemate_firmware::crypto::{Crypto, CryptoError, Random, Software, rsa_aes};
use casemate_firmware::platform::EntropyError;
use casemate_sim::nor::SplitMix64;
use core::marker::PhantomData;

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
        let found = PkaModExp::<Model>::secret(&modulus, &base, &exponent).unwrap();
        let expected = SoftwareModExp::secret(&modulus, &base, &exponent).unwrap();
        assert_eq!(bytes(&found), bytes(&expected));
        let found = PkaModExp::<Model>::public(&modulus, &base, 65_537).unwrap();
        let expected = SoftwareModExp::public(&modulus, &base, 65_537).unwrap();
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
    let found = exponentiate(&Model::default(), &modulus, &base, &[0, 0, 0, 3]).unwrap();
    let expected = SoftwareModExp::public(&modulus, &base, 3).unwrap();
    assert_eq!(bytes(&found), bytes(&expected));
}

const HALF: usize = 1024 / usize::BITS as usize;

fn secret_on<R: Registers + Default>() -> Result<Uint<HALF>, CryptoError> {
    let mut random = SplitMix64::new(2);
    let numbers = [0x55, 0x33].map(|top| number::<HALF>(&mut random, top, 0));
    PkaModExp::<R>::secret(&prime(105), &numbers[0], &numbers[1])
}

#[test]
fn a_broken_accelerator_is_an_error_and_one_that_finds_its_result_wrong_says_nothing_of_itself() {
    assert!(secret_on::<Model>().is_ok());
    let broken = [
        secret_on::<Sick<NEVER_READY>>(),
        secret_on::<Sick<1>>(),
        secret_on::<Sick<2>>(),
        secret_on::<Sick<3>>(),
        secret_on::<Sick<4>>(),
    ];
    assert!(
        broken
            .iter()
            .all(|found| found.as_ref().err() == Some(&CryptoError::Failed))
    );
    let wrong = [secret_on::<Sick<FAULTS>>(), secret_on::<Sick<WORD>>()];
    assert!(
        wrong
            .iter()
            .all(|found| found.as_ref().err() == Some(&CryptoError::InvalidKey))
    );
}

/// The software, but for RSA.
struct With<R>(PhantomData<R>);

impl<R: Registers + Default + 'static> Crypto for With<R> {
    type Aes256 = <Software as Crypto>::Aes256;
    type Aes256Gcm = <Software as Crypto>::Aes256Gcm;
    type HmacSha256 = <Software as Crypto>::HmacSha256;
    type ModExp = PkaModExp<R>;
    type P256 = <Software as Crypto>::P256;
    type P384 = <Software as Crypto>::P384;
    type P521 = <Software as Crypto>::P521;
    type Sha1 = <Software as Crypto>::Sha1;
    type Sha256 = <Software as Crypto>::Sha256;
    type Sha384 = <Software as Crypto>::Sha384;
    type Sha512 = <Software as Crypto>::Sha512;
    type X25519 = <Software as Crypto>::X25519;
}

struct Seeded(SplitMix64);

impl Random for Seeded {
    fn fill(&mut self, output: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(output);
        Ok(())
    }
}

/// Wraps with RSA-AES, whose key is RSA-OAEP's message.
fn wrap_on<C: Crypto>() -> (Result<usize, CryptoError>, [u8; 296]) {
    let recipient = RsaPublic::new(&[0xFF; 256], 65_537).unwrap();
    let (mut random, mut output) = (Seeded(SplitMix64::new(5)), [0; 296]);
    let wrapped = rsa_aes::wrap::<C>(&recipient, OaepHash::Sha256, &[7; 32], &mut random, &mut output);
    (wrapped, output)
}

#[test]
fn no_ciphertext_leaves_a_broken_accelerator() {
    assert_eq!(wrap_on::<With<Model>>(), wrap_on::<Software>());
    let nothing = (Err(CryptoError::Failed), [0; 296]);
    assert_eq!(wrap_on::<With<Sick<NEVER_READY>>>(), nothing);
    assert_eq!(wrap_on::<With<Sick<1>>>(), nothing);
    assert_eq!(wrap_on::<With<Sick<2>>>(), nothing);
    assert_eq!(wrap_on::<With<Sick<3>>>(), nothing);
    assert_eq!(wrap_on::<With<Sick<4>>>(), nothing);
    assert_eq!(wrap_on::<With<Sick<FAULTS>>>(), nothing);
}
