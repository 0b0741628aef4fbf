use super::{connect, device_id, genesis, next_head, pull, pull_all};
use crate::board::{Bench, Flash};
use crate::host::id;
use casemate_common::audit::head_message;
use casemate_common::command::{
    AuditAcknowledge, AuditAcknowledged, AuditHead, AuditHeadAnswer, Command, KeyringDestroy, Seal,
};
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use casemate_firmware::crypto::{HashAlgorithm, Hasher, Software};

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

/// The device serves, and verifiers see that the chain is another: its first entry follows the last that was drained, and
/// the head before it is the one that chains begin with. Erasing the rest may have been cut anywhere.
#[test]
fn a_flipped_bit_in_the_newest_entry_that_was_drained_begins_the_chain_anew() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    (0..60).for_each(|byte| host.create(id(byte)));
    let newest = pull_all(&mut host).0.pop().unwrap();
    let through = newest.sequence;
    host.call(&AuditAcknowledge { through }).unwrap();
    drop(host);
    let mut image = bench.audit.with(|nor| nor.image().to_vec());
    let body = newest.encode();
    let at = image.windows(body.len()).position(|bytes| bytes == body).unwrap();
    image[at] ^= 0x10;
    let sector = image.len() / 4;
    for cut in 0..=4 {
        let mut image = image.clone();
        image[..cut * sector].fill(0xFF);
        image
            .iter_mut()
            .skip(cut * sector)
            .take(sector / 3)
            .for_each(|byte| {
                *byte |= 0x5A;
            });
        let mut bench = bench.copy();
        bench.audit = Flash::holding(image);
        let mut host = connect(&bench);
        host.create(id(200));
        let (before, entries) = pull(&mut connect(&bench), 0).unwrap();
        assert_eq!((before, entries.len()), (genesis(&mut host), 1), "{cut}");
        assert_eq!(entries[0].sequence, through + 1, "{cut}");
    }
}

#[test]
fn what_is_not_there_yet_cannot_be_acknowledged() {
    let mut host = connect(&Bench::blank(4));
    host.create(id(1));
    let result = host.call(&AuditAcknowledge { through: 3 });
    assert_eq!(result, Err(ErrorCode::MalformedRequest));
}

/// Uses that are only counted yet are in the log before its head is signed, and the signature is the device's over them.
#[test]
fn the_head_is_signed_with_all_that_was_done() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    (0..3).for_each(|_| drop(host.seal(id(1), b"", b"plain").unwrap()));
    let challenge = [5; 32];
    let body = host.call(&AuditHead { challenge }).unwrap();
    let (signed, data) = postcard::take_from_bytes::<AuditHeadAnswer>(&body).unwrap();
    let (log, head) = pull_all(&mut host);
    let uses: u32 = log
        .iter()
        .filter(|entry| entry.command == Seal::SPEC.code)
        .map(|entry| entry.uses)
        .sum();
    assert_eq!(
        (signed.sequence, signed.head, uses),
        (log.last().unwrap().sequence, head, 3)
    );
    let (signature, point) = data.split_at(64);
    let key = EcPublic::new(Curve::P256, point).unwrap();
    let device = device_id(&mut host);
    let signs = |sequence, challenge| {
        let message = head_message(&device, sequence, &head, challenge);
        let digest = Hasher::<Software>::digest(HashAlgorithm::Sha256, &[&message]);
        key.verify::<Software>(&digest, signature).is_ok()
    };
    assert!(signs(signed.sequence, &challenge));
    assert!(!signs(signed.sequence + 1, &challenge) && !signs(signed.sequence, &[6; 32]));
    let again = connect(&bench).call(&AuditHead { challenge }).unwrap();
    assert!(again.ends_with(point), "the key is the same after a restart");
}
