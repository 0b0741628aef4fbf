use super::*;
use crate::hsm::{AuditPage, SignedHead};
use casemate_common::audit::{Entry, Event, head_message};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use std::path::PathBuf;

const DEVICE: [u8; 16] = [7; 16];
const CHALLENGE: [u8; 32] = [9; 32];

/// A device whose log is in memory.
struct Device {
    key: SigningKey,
    entries: Vec<Entry>,
}

impl Device {
    fn with(entries: u64) -> Self {
        Self {
            key: SigningKey::from_slice(&[1; 32]).unwrap(),
            entries: (1..=entries).map(entry).collect(),
        }
    }

    fn head_behind(&self, last: u64) -> [u8; 32] {
        let entries = self.entries.iter().take(last as usize);
        entries.fold(chain::genesis(&DEVICE), |head, entry| chain::next(&head, entry))
    }

    fn page(&self, after: u64) -> AuditPage {
        AuditPage {
            before: self.head_behind(after),
            entries: self.entries[after as usize..].iter().copied().take(10).collect(),
            drained: 0,
        }
    }

    fn sign(&self, challenge: [u8; 32]) -> HeadLine {
        let sequence = self.entries.len() as u64;
        let head = self.head_behind(sequence);
        let signature: Signature = self.key.sign(&head_message(&DEVICE, sequence, &head, &challenge));
        let signed = SignedHead {
            sequence,
            head,
            signature: signature.to_bytes().to_vec(),
            key: self.public(),
        };
        HeadLine::new(signed, challenge)
    }

    fn public(&self) -> Vec<u8> {
        self.key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    /// Its log in a file, the head signed.
    fn file(&self) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut journal = Journal::open(&path, DEVICE).unwrap();
        while journal.last() < self.entries.len() as u64 {
            journal.append(&self.page(journal.last())).unwrap();
        }
        assert!(journal.append_head(self.sign(CHALLENGE)).unwrap());
        (directory, path)
    }
}

fn entry(sequence: u64) -> Entry {
    Entry {
        sequence,
        starts: 2,
        uptime_ms: 1000 * sequence,
        host: [3; 8],
        subject: [sequence as u8; 16],
        command: if sequence.is_multiple_of(5) {
            0x7777
        } else {
            0x0101
        },
        outcome: [0, 0x0301, 0x6666][sequence as usize % 3],
        uses: 1,
        failures: 0,
        roles: 4,
        event: [Event::Command, Event::FirstUse, Event::Uses][sequence as usize % 3],
    }
}

fn check(text: &str) -> Result<Report, Fault> {
    verify(text.as_bytes(), &Verifier::default())
}

#[test]
fn a_log_verifies_by_itself() {
    let device = Device::with(25);
    let (_directory, path) = device.file();
    let text = std::fs::read_to_string(path).unwrap();
    let verifier = Verifier {
        key: Some(device.public()),
        challenge: Some(CHALLENGE),
    };
    let report = verify(text.as_bytes(), &verifier).unwrap();
    assert_eq!((report.entries, report.last, report.signed), (25, 25, 25));
    assert!(report.complete && report.key_is_trusted);
    assert!(!check(&text).unwrap().key_is_trusted);
}

/// Every character of every line, changed to another that could stand there.
#[test]
fn no_altered_character_goes_unnoticed() {
    let (_directory, path) = Device::with(6).file();
    let text = std::fs::read_to_string(path).unwrap();
    let trusted = Verifier {
        key: Some(Device::with(0).public()),
        challenge: None,
    };
    let mut altered = 0;
    for (at, char) in text
        .char_indices()
        .filter(|(_, char)| char.is_ascii_alphanumeric())
    {
        for other in ["0", "1", "a", "b"]
            .into_iter()
            .filter(|other| !other.starts_with(char))
        {
            let mut forged = text.clone();
            forged.replace_range(at..=at, other);
            // The key that a head line names is only for those who have no other.
            let names_the_key = text[..at]
                .rfind("\"key\"")
                .is_some_and(|key| !text[key..at].contains('}'));
            if !names_the_key {
                assert!(verify(forged.as_bytes(), &trusted).is_err(), "{forged}");
                altered += 1;
            }
        }
    }
    assert!(altered > 1000, "{altered}");
}

#[test]
fn what_is_missing_is_told_by_its_number() {
    let (_directory, path) = Device::with(9).file();
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| -> String {
        let kept = lines.iter().enumerate().filter(|(line, _)| *line != gone);
        kept.map(|(_, line)| format!("{line}\n")).collect()
    };
    assert!(matches!(check(&without(0)), Err(Fault::Beginning { line: 1 })));
    assert!(matches!(
        check(&without(4)),
        Err(Fault::Sequence {
            line: 5,
            before: 3,
            found: 5
        })
    ));
    assert!(matches!(
        check(&without(9)),
        Err(Fault::Head {
            line: 10,
            sequence: 9,
            ..
        })
    ));
    assert!(matches!(check(&without(10)), Err(Fault::Unsigned)));
    // A device whose log was erased begins its chain anew, but not its count.
    let erased = text.replacen("\"after\":0", "\"after\":25", 1);
    assert!(matches!(check(&erased), Err(Fault::Genesis)));
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    let swapped = swapped.join("\n");
    assert!(matches!(check(&swapped), Err(Fault::Sequence { line: 4, .. })));
}

#[test]
fn another_key_and_an_old_challenge_are_refused() {
    let (_directory, path) = Device::with(3).file();
    let text = std::fs::read_to_string(path).unwrap();
    let other = SigningKey::from_slice(&[2; 32]).unwrap();
    let verifier = Verifier {
        key: Some(other.verifying_key().to_sec1_point(false).as_bytes().to_vec()),
        challenge: None,
    };
    assert!(matches!(
        verify(text.as_bytes(), &verifier),
        Err(Fault::Signature { sequence: 3, .. })
    ));
    let verifier = Verifier {
        key: None,
        challenge: Some([1; 32]),
    };
    assert!(matches!(
        verify(text.as_bytes(), &verifier),
        Err(Fault::Challenge)
    ));
}

#[test]
fn a_file_goes_on_where_it_ended_even_after_a_crash() {
    let device = Device::with(12);
    let (_directory, path) = device.file();
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"entry\":{{\"seq")).unwrap();
    let mut journal = Journal::open(&path, DEVICE).unwrap();
    assert_eq!(journal.last(), 12);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
    let device = Device::with(15);
    journal.append(&device.page(12)).unwrap();
    assert!(journal.append_head(device.sign(CHALLENGE)).unwrap());
    assert_eq!(
        check(&std::fs::read_to_string(&path).unwrap()).unwrap().signed,
        15
    );
}

#[test]
fn another_history_is_not_mixed_in() {
    let (_directory, path) = Device::with(5).file();
    let before = std::fs::read_to_string(&path).unwrap();
    let mut other = Device::with(8);
    other.entries[2].uses = 2;
    let mut journal = Journal::open(&path, DEVICE).unwrap();
    let page = other.page(5);
    assert!(matches!(
        journal.append(&page),
        Err(JournalError::Forked { last: 5, .. })
    ));
    let page = Device::with(8).page(6);
    assert!(matches!(
        journal.append(&page),
        Err(JournalError::Forked { last: 5, .. })
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
}

/// It is no damaged file, and nobody has to look for what happened to it.
#[test]
fn the_log_of_another_device_is_called_that() {
    let (_directory, path) = Device::with(5).file();
    let refused = Journal::open(&path, [8; 16]).unwrap_err();
    assert!(matches!(refused, JournalError::OtherDevice { .. }), "{refused}");
    let (found, device) = ("07".repeat(16), "08".repeat(16));
    let said = format!("this is the log of another device, {found}, and the one that answers is {device}");
    assert!(refused.to_string().contains(&said), "{refused}");
    std::fs::write(&path, "no log\n").unwrap();
    assert!(matches!(
        Journal::open(&path, DEVICE),
        Err(JournalError::Unreadable { line: 1, .. })
    ));
}
