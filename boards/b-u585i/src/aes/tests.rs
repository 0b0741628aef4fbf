use super::gcm;
use super::model::{CHIP_KEY, Model, Oscillator, Surroundings};
use super::{
    BUSY, COMPLETE, Clock, DECRYPT, Direction, ENABLE, FAULTS, GCM, HardwareAes256Gcm, IV, KEY, KEY_OF_256,
    KEY_VALID, PADDING_AT, PHASE_AT, Register, Registers, Stuck, UNIQUE_KEY, encrypt_with_unique_key,
};
use crate::published;
use casemate_firmware::crypto::{Aes256, Aes256Gcm, CryptoError, Key256, SoftwareAes256, SoftwareAes256Gcm};
use casemate_sim::nor::SplitMix64;
use std::vec;
use std::vec::Vec;

type Gcm = HardwareAes256Gcm<Model>;

#[test]
fn registers_and_bits_are_the_published_ones() {
    for block in ["AES", "SAES"] {
        for (name, register) in [
            ("cr", Register::Control),
            ("sr", Register::Status),
            ("dinr", Register::Input),
            ("doutr", Register::Output),
            ("isr", Register::Interrupts),
            ("icr", Register::Clear),
        ] {
            assert_eq!(published::at(block, name), register as usize, "{block}.{name}");
        }
        let backwards =
            |registers: &[Register]| Vec::from_iter(registers.iter().rev().map(|one| *one as usize));
        assert_eq!(published::row(block, "keyr"), backwards(&KEY));
        assert_eq!(published::row(block, "ivr"), backwards(&IV));
        let bits = [
            ("cr", "en"),
            ("cr", "keysize"),
            ("sr", "busy"),
            ("sr", "keyvalid"),
            ("isr", "ccf"),
        ];
        let bits = bits.map(|(register, field)| published::bit(block, register, field));
        assert_eq!(bits, [ENABLE, KEY_OF_256, BUSY, KEY_VALID, COMPLETE]);
        assert_eq!(published::value(block, "cr", "chmod", "GCM_GMAC"), GCM);
    }
    assert_eq!(published::value("AES", "cr", "mode", "MODE3"), DECRYPT);
    assert_eq!(published::value("SAES", "cr", "keysel", "DHUK"), UNIQUE_KEY);
    let faults = ["rweif", "keif", "rngeif"].map(|field| published::bit("SAES", "isr", field));
    assert_eq!(faults.into_iter().sum::<u32>(), FAULTS);
    let phases = ["INIT_PHASE", "HEADER_PHASE", "PAYLOAD_PHASE", "FINAL_PHASE"];
    let phases = phases.map(|phase| published::value("AES", "cr", "gcmph", phase));
    assert_eq!(phases, [0, 1, 2, 3].map(|phase| phase << PHASE_AT));
    assert_eq!(published::low_bit("AES", "cr", "npblb"), PADDING_AT);
}

/// Test case 16 of McGrew and Viega's "The Galois/Counter Mode of Operation".
#[test]
fn known_answer() {
    let mut key = [0; 32];
    let halves = *b"\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f\x94\x67\x30\x83\x08";
    key[..16].copy_from_slice(&halves);
    key[16..].copy_from_slice(&halves);
    let nonce = *b"\xca\xfe\xba\xbe\xfa\xce\xdb\xad\xde\xca\xf8\x88";
    let associated = *b"\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa\xce\xde\xad\xbe\xef\xab\xad\xda\xd2";
    let mut data = *b"\xd9\x31\x32\x25\xf8\x84\x06\xe5\xa5\x59\x09\xc5\xaf\xf5\x26\x9a\
        \x86\xa7\xa9\x53\x15\x34\xf7\xda\x2e\x4c\x30\x3d\x8a\x31\x8a\x72\
        \x1c\x3c\x0c\x95\x95\x68\x09\x53\x2f\xcf\x0e\x24\x49\xa6\xb5\x25\
        \xb1\x6a\xed\xf5\xaa\x0d\xe6\x57\xba\x63\x7b\x39";
    let tag = Gcm::new(&Key256::new(key)).seal(&nonce, &associated, &mut data);
    assert_eq!(data[..4], *b"\x52\x2d\xc1\xf0");
    assert_eq!(
        tag,
        Ok(*b"\x76\xfc\x6e\xce\x0f\x4e\x17\x68\xcd\xdf\x88\x53\xbb\x2d\x55\x1b")
    );
}

#[test]
fn every_length_is_as_in_software() {
    let mut random = SplitMix64::new(7);
    for associated_len in [0, 1, 15, 16, 17, 40] {
        for len in (0..50).chain([4096]) {
            let (mut key, mut nonce) = ([0; 32], [0; 12]);
            let (mut associated, mut plaintext) = (vec![0; associated_len], vec![0; len]);
            for bytes in [&mut key[..], &mut nonce, &mut associated, &mut plaintext] {
                random.fill(bytes);
            }
            let key = Key256::new(key);
            let (mut hard, mut soft) = (plaintext.clone(), plaintext.clone());
            let tag = Gcm::new(&key).seal(&nonce, &associated, &mut hard).unwrap();
            let expected = SoftwareAes256Gcm::new(&key)
                .seal(&nonce, &associated, &mut soft)
                .unwrap();
            assert_eq!((&hard, tag), (&soft, expected), "{associated_len} and {len}");
            Gcm::new(&key).open(&nonce, &associated, &mut hard, &tag).unwrap();
            assert_eq!(hard, plaintext);
        }
    }
}

#[test]
fn what_does_not_authenticate_leaves_nothing() {
    let key = Key256::new([3; 32]);
    let mut data = *b"attack at dawn, and bring a spoon";
    let mut tag = Gcm::new(&key).seal(&[5; 12], b"x", &mut data).unwrap();
    tag[15] ^= 1;
    let refused = Gcm::new(&key).open(&[5; 12], b"x", &mut data, &tag);
    assert_eq!(refused, Err(CryptoError::NotAuthentic));
    assert_eq!(data, [0; 33]);
}

/// What SAES makes of a block in these surroundings.
fn unique(change: impl FnOnce(&mut Surroundings)) -> (Model, Result<[u8; 16], Stuck>) {
    let mut surroundings = Surroundings::of_saes();
    change(&mut surroundings);
    let saes = Model::saes(surroundings);
    let mut block = BLOCK;
    let done = encrypt_with_unique_key(&saes, &mut block);
    assert!(done.is_ok() || block == BLOCK);
    (saes, done.map(|()| block))
}

const BLOCK: [u8; 16] = *b"sixteen bytes in";

/// However long the block takes for random numbers and the key, and whichever of `BUSY` and `KEYVALID` changes first.
#[test]
fn the_unique_key_is_the_hardwares() {
    let mut expected = BLOCK;
    SoftwareAes256::new(&Key256::new(CHIP_KEY)).encrypt(&mut expected);
    for (fetching, key_after) in (1..9).flat_map(|fetching| (0..9).map(move |key| (fetching, key))) {
        let (saes, made) = unique(|around| (around.fetching, around.key_after) = (fetching, key_after));
        assert_eq!(made, Ok(expected), "{fetching} and {key_after} looks");
        assert!(saes.is_empty());
        let mut block = BLOCK;
        assert_eq!(encrypt_with_unique_key(&saes, &mut block), Ok(()));
        assert_eq!(block, expected);
    }
}

#[test]
fn an_oscillator_that_does_not_start_is_an_error() {
    let (_, made) = unique(|around| around.oscillator = Oscillator::Broken);
    assert_eq!(made, Err(Stuck));
}

#[test]
fn random_numbers_that_could_not_be_had_are_an_error() {
    let (saes, _) = unique(|_| {});
    assert!(saes.fetched() > 2);
    for fails in 1..=saes.fetched() {
        let (_, made) = unique(|around| around.fails = fails);
        // What could not be had before the first reset is asked for again by that.
        assert_eq!(made.is_err(), fails > 1, "the {fails}th");
    }
}

#[test]
fn a_block_that_came_out_wrong_once_is_no_result() {
    for wrong in [1, 2] {
        let (_, made) = unique(|around| around.wrong = wrong);
        assert_eq!(made, Err(Stuck));
    }
}

/// Whichever of its computations never ends.
#[test]
fn a_block_that_hangs_keeps_no_key() {
    let key = Key256::new([3; 32]);
    for hangs in 1..=5 {
        let mut surroundings = Surroundings::default();
        surroundings.hangs = hangs;
        let aes = Model::saes(surroundings);
        let done = gcm::run(&aes, Direction::Encrypt, &key, &[5; 12], &[1; 20], &mut [9; 20]);
        assert_eq!(done, Err(Stuck), "the {hangs}th");
        assert!(aes.is_empty(), "the {hangs}th");
        let (saes, made) = unique(|around| around.hangs = hangs);
        assert_eq!(made.is_err(), hangs < 3, "the {hangs}th");
        assert!(saes.is_empty());
    }
}

/// A block without a clock.
#[derive(Default)]
struct Dead;

impl Registers for Dead {
    fn read(&self, _: Register) -> u32 {
        0
    }

    fn write(&self, _: Register, _: u32) {}

    fn reset(&self) {}
}

impl Clock for Dead {
    fn switch_on(&self) {}

    fn is_ready(&self) -> bool {
        true
    }

    fn let_in(&self) {}
}

#[test]
fn a_dead_block_is_an_error_and_not_a_wait() {
    assert_eq!(encrypt_with_unique_key(&Dead, &mut [0; 16]), Err(Stuck));
    let key = Key256::new([3; 32]);
    let mut data = [9; 20];
    let gcm = HardwareAes256Gcm::<Dead>::new(&key);
    assert_eq!(gcm.seal(&[5; 12], b"", &mut data), Err(CryptoError::Failed));
    assert_eq!(
        gcm.open(&[5; 12], b"", &mut data, &[0; 16]),
        Err(CryptoError::Failed)
    );
}
