//! A small flash, and what should be on it.

use casemate_firmware::flash::{Kind, Log, Memory, NAME_LEN};
use casemate_sim::nor::{Nor, SplitMix64};
use std::collections::BTreeMap;

/// Length of a sealed keyring: nonce, key, tag.
pub(crate) const KEYRING_LEN: usize = 60;

/// The size of a board's store.
pub(crate) const REGION: usize = 128 * 1024;

pub(crate) type Name = [u8; NAME_LEN];

/// A flash whose contents are in memory.
pub(crate) type TestNor<const WRITE: usize, const ERASE: usize> = Nor<Vec<u8>, WRITE, ERASE>;

/// A log of up to a region's records.
pub(crate) type TestLog<'a, const WRITE: usize, const ERASE: usize> =
    Log<'static, &'a mut TestNor<WRITE, ERASE>, 1200>;

/// Memory for one log. It is never given back, as a board's statics are not; a test's process ends soon.
pub(crate) fn memory() -> &'static mut Memory<1200> {
    Box::leak(Box::default())
}

/// A blank flash of `sectors` sectors.
pub(crate) fn blank<const WRITE: usize, const ERASE: usize>(sectors: usize) -> TestNor<WRITE, ERASE> {
    Nor::new(vec![0xFF; sectors * ERASE])
}

/// Mounts the flash; it must succeed.
pub(crate) fn mount<const WRITE: usize, const ERASE: usize>(
    nor: &mut TestNor<WRITE, ERASE>,
) -> TestLog<'_, WRITE, ERASE> {
    Log::mount(nor, memory()).expect("the flash mounts")
}

/// The name with this number. Names do not follow the order of numbers.
pub(crate) fn name(number: u64) -> Name {
    let mut name = Name::default();
    SplitMix64::new(number).fill(&mut name);
    name
}

/// A body no part of which occurs anywhere else.
pub(crate) fn body(random: &mut SplitMix64, len: usize) -> Vec<u8> {
    let mut body = vec![0; len];
    random.fill(&mut body);
    body
}

/// The records that there should be.
pub(crate) type Records = BTreeMap<(Kind, Name), Vec<u8>>;

/// The records that there are, all of them read.
pub(crate) fn records<const WRITE: usize, const ERASE: usize>(
    log: &mut TestLog<'_, WRITE, ERASE>,
    kinds: &[Kind],
) -> Records {
    let mut records = Records::new();
    for &kind in kinds {
        let names: Vec<Name> = log.names_after(kind, None).copied().collect();
        assert!(names.is_sorted(), "names are not in order");
        for name in names {
            records.insert(
                (kind, name),
                read(log, kind, &name).expect("a listed record is there"),
            );
        }
    }
    records
}

/// The record's body; it must be readable.
pub(crate) fn read<const WRITE: usize, const ERASE: usize>(
    log: &mut TestLog<'_, WRITE, ERASE>,
    kind: Kind,
    name: &Name,
) -> Option<Vec<u8>> {
    let mut body = vec![0; ERASE];
    let len = log.read(kind, name, &mut body).expect("the record is readable")?;
    body.truncate(len);
    Some(body)
}

/// Fails when the image holds anything that resembles the body: bits that were left of it would.
///
/// Of bytes that have nothing to do with the body, half the bits agree, give or take; blank and cleared flash as well,
/// since bodies are random.
pub(crate) fn assert_no_trace(image: &[u8], body: &[u8], context: &str) {
    let words = |bytes: &[u8]| -> Vec<u64> {
        let (words, _rest) = bytes.as_chunks();
        words.iter().copied().map(u64::from_ne_bytes).collect()
    };
    let (image, body) = (words(image), words(body));
    let bits = body.len() as u32 * 64;
    for (place, window) in image.windows(body.len()).enumerate() {
        let differing: u32 = window.iter().zip(&body).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert!(
            differing > bits / 3,
            "{context}: a body is still legible at {}",
            place * 8
        );
    }
}
