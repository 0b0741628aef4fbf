//! The audit log: what is in it, what a power cut costs, and what happens when nobody takes the entries.

mod chain;
mod content;
mod cuts;
mod full;

use crate::board::Bench;
use crate::host::Host;
use casemate_common::audit::{ENTRY_LEN, Entry, GENESIS_LABEL};
use casemate_common::command::{AuditPage, AuditPull, Info, InfoAnswer};
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::{Hash, SoftwareHash};

fn connect(bench: &Bench) -> Host {
    Host::connect(bench.untested())
}

/// A page of the log behind `after`: the head before it, the entries.
fn pull(host: &mut Host, after: u64) -> Result<([u8; 32], Vec<Entry>), ErrorCode> {
    let body = host.call(&AuditPull { after })?;
    let (page, data): (AuditPage, _) = postcard::take_from_bytes(&body).expect("a page");
    let (entries, rest) = data.as_chunks::<ENTRY_LEN>();
    assert!(rest.is_empty());
    let entries = entries.iter().map(|bytes| Entry::parse(bytes).expect("an entry"));
    Ok((page.before, entries.collect()))
}

/// All of the log that is still there, its chain checked from the head before it on; the newest head too.
pub(crate) fn pull_all(host: &mut Host) -> (Vec<Entry>, [u8; 32]) {
    let mut log: Vec<Entry> = Vec::new();
    let mut head: Option<[u8; 32]> = None;
    loop {
        let after = log.last().map_or(0, |entry| entry.sequence);
        let (before, entries) = pull(host, after).expect("the log can be pulled");
        assert_eq!(*head.get_or_insert(before), before, "the pages belong together");
        if entries.is_empty() {
            return (log, before);
        }
        let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence).collect();
        let first = log.last().map_or(sequences[0], |entry| entry.sequence + 1);
        assert!(
            sequences
                .iter()
                .copied()
                .eq(first..first + sequences.len() as u64),
            "{sequences:?}"
        );
        head = Some(entries.iter().fold(before, |head, entry| next_head(&head, entry)));
        log.extend(entries);
    }
}

fn next_head(head: &[u8; 32], entry: &Entry) -> [u8; 32] {
    digest(&[head, &entry.encode()])
}

fn genesis(host: &mut Host) -> [u8; 32] {
    digest(&[GENESIS_LABEL, &device_id(host)])
}

/// The device's id.
fn device_id(host: &mut Host) -> [u8; 16] {
    let body = host.call(&Info {}).expect("its info");
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).expect("its info");
    info.device_id
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = SoftwareHash::<sha2::Sha256>::default();
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}
