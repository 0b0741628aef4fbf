use super::{connect, pull_all};
use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::command::{AuditAcknowledge, Info, KeyringCreate, KeyringDestroy, KeyringList};
use casemate_common::error::ErrorCode;

/// Makes and destroys a keyring until the device refuses.
fn fill(host: &mut Host) {
    for round in (0..=u8::MAX).cycle().take(1000) {
        let id = id(100 + round % 50);
        let results = [
            host.call(&KeyringCreate { id }).map(drop),
            host.call(&KeyringDestroy { id }).map(drop),
        ];
        for result in results {
            match result {
                Ok(()) => {}
                Err(code) => {
                    assert_eq!(code, ErrorCode::AuditFull);
                    return;
                }
            }
        }
    }
    panic!("the log never fills up");
}

#[test]
fn a_full_log_refuses_rather_than_forget() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    let record = host.seal(id(1), b"", b"plain").unwrap();
    fill(&mut host);
    let keyrings = host.call(&KeyringList { after: None }).unwrap();
    let refused = [
        host.call(&KeyringCreate { id: id(200) }),
        host.call(&KeyringDestroy { id: id(1) }),
        host.seal(id(1), b"", b"plain"),
        host.open(id(1), b"", &record),
    ];
    assert_eq!(refused, [const { Err(ErrorCode::AuditFull) }; 4]);
    assert_eq!(
        host.call(&KeyringList { after: None }),
        Ok(keyrings),
        "what was refused was not done"
    );
    host.call(&Info {}).unwrap();

    // Neither a restart nor reading makes room.
    let mut host = connect(&bench);
    let (log, _) = pull_all(&mut host);
    assert_eq!(log[0].sequence, 1, "nothing was forgotten");
    assert_eq!(
        host.call(&KeyringCreate { id: id(200) }),
        Err(ErrorCode::AuditFull)
    );

    host.call(&AuditAcknowledge {
        through: log.len() as u64,
    })
    .unwrap();
    host.create(id(200));
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"plain");
}

/// What was counted before the log was full still finds room in it.
#[test]
fn counted_uses_keep_their_room() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    for byte in 0..20 {
        host.create(id(byte));
        (0..3).for_each(|_| drop(host.seal(id(byte), b"", b"plain").unwrap()));
    }
    fill(&mut host);
    let (log, _) = pull_all(&mut host);
    let uses: u32 = log
        .iter()
        .filter(|entry| entry.command == 0x0201)
        .map(|entry| entry.uses)
        .sum();
    assert_eq!(uses, 60);
}
