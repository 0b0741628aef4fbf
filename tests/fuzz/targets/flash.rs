//! Whatever is on the flash: mounting ends within bounds, and what mounts can be worked with.
//!
//! The input says how an image came about: a history of changes, then damage, copies of pieces to other places, and a
//! power cut.
#![no_main]

#[path = "../src/input.rs"]
mod input;

use casemate_firmware::flash::{CounterId, Counters, FlashError, FlashRoot, Kind, Log, Memory, Ring};
use casemate_firmware::platform::RootSource;
use casemate_sim::nor::Nor;
use input::Input;
use libfuzzer_sys::fuzz_target;

const SECTOR: usize = 4096;
const SECTORS: usize = 4;
const LEN: usize = SECTOR * SECTORS;
const ENTRY: usize = 112;

type Flash = Nor<Vec<u8>, 16, SECTOR>;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let mut flash = Flash::new(vec![0xFF; LEN]);
    let use_it: fn(&mut Flash, &mut Input<'_>) = match input.byte() % 4 {
        0 => log,
        1 => counters,
        2 => ring,
        _ => root,
    };
    use_it(&mut flash, &mut input);
    for _ in 0..3 {
        damage(flash.medium_mut(), &mut input);
        if input.byte().is_multiple_of(2) {
            flash.cut_power_at(1 + u64::from(input.byte()), u64::from(input.byte()));
        }
        use_it(&mut flash, &mut input);
        flash.restart();
        let before = flash.operations();
        use_it(&mut flash, &mut input);
        assert!(flash.operations() - before < 4096, "it writes without end");
    }
    assert_eq!(flash.violation(), None);
});

/// Any piece of the image overwritten: by the input, by another piece, or blanked.
fn damage(image: &mut [u8], input: &mut Input<'_>) {
    for _ in 0..input.byte() % 8 {
        let to = usize::from(input.word()) % LEN;
        let len = (1 + usize::from(input.word()) % SECTOR).min(LEN - to);
        match input.byte() % 5 {
            0 => image[to..to + len].fill(0xFF),
            1 => image[to..to + len].fill(0),
            2 => image[to] ^= 1 << (input.byte() % 8),
            3 => {
                let from = usize::from(input.word()) % (LEN - len + 1);
                image.copy_within(from..from + len, to);
            }
            _ => {
                let bytes = input.take(len.min(64));
                image[to..to + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

fn log(flash: &mut Flash, input: &mut Input<'_>) {
    let mut memory = Memory::<64>::new();
    let mut log = match Log::mount(&mut *flash, &mut memory) {
        Ok(log) => log,
        Err(error) => return assert_ne!(error, FlashError::Full),
    };
    let kind = Kind::new(1);
    let mut body = [0; SECTOR];
    for _ in 0..input.byte() % 32 {
        let name = [input.byte() % 8; 16];
        let len = usize::from(input.word()) % 600;
        match input.byte() % 4 {
            0 => drop(log.remove(kind, &name)),
            1 => drop(log.read(kind, &name, &mut body)),
            _ if log.put(kind, &name, &body[..len]).is_ok() => {
                assert_eq!(
                    log.read(kind, &name, &mut [0; 600]),
                    Ok(Some(len)),
                    "what was put is there"
                );
            }
            _ => {}
        }
    }
    let names: Vec<_> = log.names_after(kind, None).copied().collect();
    assert!(names.is_sorted());
    assert!(names.iter().all(|name| log.contains(kind, name)));
}

fn counters(flash: &mut Flash, input: &mut Input<'_>) {
    let Ok(mut counters) = Counters::mount(&mut *flash) else {
        return;
    };
    for _ in 0..input.byte() {
        let id = CounterId::ALL[usize::from(input.byte()) % CounterId::ALL.len()];
        let before = counters.value(id);
        match counters.increment(id) {
            Ok(value) => assert_eq!(value, before + 1),
            Err(_) => assert_eq!(counters.value(id), before),
        }
    }
}

fn ring(flash: &mut Flash, input: &mut Input<'_>) {
    let number = |entry: &[u8; ENTRY]| {
        let (number, rest) = entry.split_first_chunk()?;
        let number = u64::from_le_bytes(*number);
        (rest.starts_with(b"entry") && number > 0 && number < 1 << 32).then_some(number)
    };
    let Ok((mut ring, newest)) = Ring::<_, ENTRY>::mount(&mut *flash, number) else {
        return;
    };
    assert_eq!(
        newest.and_then(|entry| number(&entry)).unwrap_or(0),
        ring.newest()
    );
    for _ in 0..input.byte() {
        let (next, free) = (ring.newest() + 1, ring.free());
        let mut entry = [0; ENTRY];
        entry[..8].copy_from_slice(&next.to_le_bytes());
        entry[8..13].copy_from_slice(b"entry");
        match ring.append(next, &entry) {
            Ok(()) => assert!(free > 0 && ring.newest() == next),
            Err(FlashError::Full) => assert_eq!(free, 0),
            Err(_) => return,
        }
        match input.byte() % 8 {
            0 => ring.release(u64::from(input.word()).min(next)),
            1 => drop(ring.visit(u64::from(input.word()), |_| true)),
            _ => {}
        }
    }
}

fn root(flash: &mut Flash, input: &mut Input<'_>) {
    let fresh = [input.byte(); 32];
    let (mut first, mut second) = ([0; 32], [1; 32]);
    if FlashRoot::new(&mut *flash)
        .load_or_create(&fresh, &mut first)
        .is_ok()
    {
        let again = FlashRoot::new(&mut *flash).load_or_create(&[0xEE; 32], &mut second);
        assert_eq!((again, second), (Ok(()), first), "the root stays what it was");
    }
}
