use super::model::Model;
use super::*;
use crate::published;
use casemate_firmware::crypto::SoftwareHash;
use proptest::prelude::*;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;
use std::vec::Vec;

#[test]
fn registers_and_bits_are_the_published_ones() {
    for (name, at) in [("cr", CONTROL), ("din", INPUT), ("str", START), ("sr", STATUS)] {
        assert_eq!(published::at("HASH", name), at, "{name}");
    }
    let context = published::row("HASH", "csr");
    assert!(context[0] == CONTEXT && context[CONTEXT_WORDS - 1] == CONTEXT + 4 * (CONTEXT_WORDS - 1));
    assert_eq!(
        published::row("HASH", "hr"),
        Vec::from_iter((0..8).map(|word| DIGEST + 4 * word))
    );
    let bits = [
        ("cr", "init"),
        ("str", "dcal"),
        ("sr", "dinis"),
        ("sr", "dcis"),
        ("sr", "busy"),
    ];
    let bits = bits.map(|(register, field)| published::bit("HASH", register, field));
    assert_eq!(bits, [BEGIN, CALCULATE, ROOM, CALCULATED, BUSY]);
    // SHA-256 and bytes by the manual's table: those files have no names for the values.
    let fields = ["algo", "datatype"].map(|field| published::low_bit("HASH", "cr", field));
    assert_eq!(3 << fields[0] | 2 << fields[1], SETUP);
}

std::thread_local! {
    static PROCESSOR: RefCell<Model> = RefCell::default();
    static WATCH: Watch = const { Watch::new() };
}

/// The one processor that all hashes of a test share, and what a board makes of its failures.
#[derive(Default)]
struct Shared;

impl Registers for Shared {
    fn read(&self, offset: usize) -> u32 {
        PROCESSOR.with_borrow_mut(|model| model.read(offset))
    }

    fn write(&self, offset: usize, value: u32) {
        PROCESSOR.with_borrow_mut(|model| model.write(offset, value));
    }

    fn reset(&self) {
        PROCESSOR.with_borrow_mut(Model::reset);
    }

    fn ended(&self, outcome: Result<(), Stuck>) {
        assert!(
            !WATCH.with(|watch| watch.must_restart(outcome)),
            "the device restarts"
        );
    }
}

type Hard = HardwareSha256<Shared>;
type Soft = SoftwareHash<sha2::Sha256>;

fn digest<H: Hash<LEN>>(message: &[u8]) -> [u8; LEN] {
    let mut hash = H::default();
    hash.update(message);
    hash.finish()
}

fn is_wiped() -> bool {
    PROCESSOR.with_borrow(Model::is_wiped)
}

fn fail_after(blocks: u32) {
    PROCESSOR.with_borrow_mut(|model| model.fails_after = Some(blocks));
}

/// NIST's examples for FIPS 180-4, the empty message, and the million of `a` of FIPS 180-2, appendix B.3.
#[test]
fn known_answers() {
    let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(digest::<Hard>(b"")[..4], *b"\xe3\xb0\xc4\x42");
    assert_eq!(digest::<Hard>(b"abc")[..4], *b"\xba\x78\x16\xbf");
    assert_eq!(digest::<Hard>(two_blocks)[..4], *b"\x24\x8d\x6a\x61");
    let mut hash = Hard::default();
    (0..1000).for_each(|_| hash.update(&[b'a'; 1000]));
    let expected = *b"\xcd\xc7\x6e\x5c\x99\x14\xfb\x92\x81\xa1\xc7\xe2\x84\xd7\x3e\x67\
        \xf1\x80\x9a\x48\xa4\x97\x20\x0e\x04\x6d\x39\xcc\xc7\x11\x2c\xd0";
    assert_eq!(hash.finish(), expected);
    assert!(is_wiped());
}

#[test]
fn every_length_is_as_in_software() {
    let message: Vec<u8> = (0..=255).cycle().take(300).collect();
    for len in 0..message.len() {
        let message = &message[..len];
        assert_eq!(digest::<Hard>(message), digest::<Soft>(message), "{len} bytes");
        assert!(is_wiped(), "{len} bytes");
    }
}

#[test]
fn the_processor_holds_nothing_between_two_pieces() {
    let mut hash = Hard::default();
    for len in [1, 67, 1, 63, 64, 65, 200] {
        hash.update(&[0xA5; 200][..len]);
        assert!(is_wiped(), "after {len} bytes");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Update(usize, Vec<u8>),
    Clone(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let piece = prop_oneof![0..4_usize, 60..70_usize, 0..300_usize];
    let update = (0..4_usize, piece, any::<u8>());
    prop_oneof![
        4 => update.prop_map(|(which, len, byte)| Step::Update(which, vec![byte; len])),
        1 => (0..4_usize).prop_map(Step::Clone),
    ]
}

proptest! {
    #[test]
    fn hashes_take_turns_and_are_cloned(steps in proptest::collection::vec(step(), 0..40)) {
        let mut pairs = vec![(Hard::default(), Soft::default()), (Hard::default(), Soft::default())];
        for step in steps {
            let count = pairs.len();
            match step {
                Step::Update(which, piece) => {
                    let (hard, soft) = &mut pairs[which % count];
                    hard.update(&piece);
                    Hash::<LEN>::update(soft, &piece);
                }
                Step::Clone(which) => {
                    let copy = pairs[which % count].clone();
                    pairs.push(copy);
                }
            }
            prop_assert!(is_wiped());
        }
        for (hard, soft) in pairs {
            prop_assert_eq!(hard.finish(), soft.finish());
        }
    }
}

#[test]
fn a_processor_that_never_worked_is_left_to_the_self_test() {
    fail_after(0);
    assert_eq!(digest::<Hard>(b"abc"), [0; LEN]);
    assert_eq!(digest::<Hard>(&[0; 1000]), [0; LEN]);
}

/// At whichever block it fails: no digest ever comes of it.
#[test]
fn a_processor_that_fails_later_restarts_the_device() {
    const BLOCKS: u32 = 1000_u32.div_ceil(64);
    assert_eq!(digest::<Hard>(b"abc")[..2], *b"\xba\x78");
    for blocks in 1..=BLOCKS {
        fail_after(blocks);
        let outcome = catch_unwind(AssertUnwindSafe(|| digest::<Hard>(&[0; 1000])));
        let told = *outcome
            .expect_err("it fails")
            .downcast::<&str>()
            .expect("it is told");
        assert_eq!(told, "the device restarts", "block {blocks}");
    }
    fail_after(BLOCKS + 1);
    assert_eq!(digest::<Hard>(&[0; 1000]), digest::<Soft>(&[0; 1000]));
}

#[test]
fn a_failure_is_not_forgotten_by_a_clone() {
    let mut hash = Hard::default();
    fail_after(0);
    hash.update(&[1; 100]);
    let copy = hash.clone();
    PROCESSOR.with_borrow_mut(|model| *model = Model::default());
    assert_eq!((hash.finish(), copy.finish()), ([0; LEN], [0; LEN]));
}
