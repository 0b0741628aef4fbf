use super::{connect, genesis, next_head, pull, pull_all};
use crate::board::Bench;
use crate::host::id;
use casemate_common::command::{AuditAcknowledge, AuditAcknowledged, KeyringDestroy};
use casemate_common::error::ErrorCode;

#[test]
fn the_chain_begins_with_the_device_and_goes_on_over_restarts() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    let (begin, first) = pull(&mut host, 0).unwrap();
    assert_eq!(
        (begin, first.len()),
        (genesis(&mut host), 1),
        "it was initialised"
    );
    let mut head = next_head(&begin, &first[0]);
    for start in 1..=20 {
        let mut host = connect(&bench);
        host.create(id(start));
        let (log, newest) = pull_all(&mut host);
        assert_eq!(log.len(), usize::from(start) + 1);
        assert_eq!(log.last().unwrap().starts, u64::from(start) + 1);
        head = next_head(&head, log.last().unwrap());
        assert_eq!(head, newest);
    }
}

/// Goes round the ring several times; every entry is pulled once, and the chain never breaks.
#[test]
fn entries_that_were_acknowledged_make_room() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    let (mut head, mut last) = (genesis(&mut host), 0);
    for round in 0..60 {
        for byte in 0..10 {
            host.create(id(byte));
            host.call(&KeyringDestroy { id: id(byte) }).unwrap();
        }
        loop {
            let (before, entries) = pull(&mut host, last).unwrap();
            assert_eq!(before, head, "round {round}");
            let Some(newest) = entries.last() else { break };
            head = entries.iter().fold(head, |head, entry| next_head(&head, entry));
            last = newest.sequence;
            let body = host.call(&AuditAcknowledge { through: last }).unwrap();
            assert_eq!(
                postcard::from_bytes(&body),
                Ok(AuditAcknowledged { drained: last })
            );
        }
        if round % 7 == 0 {
            host = connect(&bench);
        }
    }
    assert_eq!(last, 1 + 60 * 20);
    assert_eq!(bench.audit.with(|nor| nor.violation()), None);
}

#[test]
fn what_is_not_there_yet_cannot_be_acknowledged() {
    let mut host = connect(&Bench::blank(4));
    host.create(id(1));
    let result = host.call(&AuditAcknowledge { through: 3 });
    assert_eq!(result, Err(ErrorCode::MalformedRequest));
}
