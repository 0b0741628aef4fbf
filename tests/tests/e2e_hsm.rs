//! What the trait `Hsm` promises, on every backend alike.

use casemate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_CONTEXT, MAX_PLAINTEXT};
use casemate_tests::dice::Dice;
use casemate_tests::on_every_backend;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;

on_every_backend! {
    info_tells_who_it_is needs [];
    random_bytes_differ needs ["random"];
    keyrings_come_and_go needs ["create_keyring", "list_keyrings", "destroy_keyring"];
    many_keyrings_are_listed_in_order needs ["create_keyring", "list_keyrings", "destroy_keyring"];
    every_size_opens needs ["create_keyring", "seal", "open"];
    limits_are_the_callers_fault needs ["create_keyring", "seal", "open"];
    no_record_comes_twice needs ["create_keyring", "seal"];
    altered_records_are_refused needs ["create_keyring", "seal", "open"];
    swapped_chunks_are_refused needs ["create_keyring", "seal", "open"];
    another_context_or_keyring_is_refused needs ["create_keyring", "seal", "open"];
    a_destroyed_keyring_opens_nothing needs ["create_keyring", "destroy_keyring", "seal", "open"];
    requests_at_once_get_their_own_answers needs ["create_keyring", "seal", "open"];
}

const A: KeyringId = KeyringId::new([0xA5; 16]);
const B: KeyringId = KeyringId::new([0x5A; 16]);
const SEED: u64 = 0x5EED;

async fn with_keyring(hsm: &dyn Hsm, id: KeyringId) {
    assert_eq!(hsm.create_keyring(id).await, Ok(true));
}

fn kind<T>(result: Result<T, HsmError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// An emulator on a loaded machine moves some 100 KB/s, and a request may take ten seconds.
async fn emulated(hsm: &dyn Hsm) -> bool {
    hsm.info().await.unwrap().model == "ast1030-evb"
}

async fn info_tells_who_it_is(hsm: Arc<dyn Hsm>) {
    let info = hsm.info().await.unwrap();
    assert!(info.ready, "{info:?}");
    assert!(["device", "pkcs11"].contains(&info.backend), "{info:?}");
    assert!(
        !info.id.is_empty() && !info.model.is_empty() && !info.version.is_empty() && !info.root.is_empty()
    );
    assert_eq!(info.keyrings, 0);
    assert_eq!(hsm.info().await.unwrap().id, info.id, "the identity stays");
}

async fn random_bytes_differ(hsm: Arc<dyn Hsm>) {
    let mut seen = HashSet::new();
    for len in [1, 20, 1024, 4097, 64 * 1024] {
        let bytes = hsm.random(len).await.unwrap();
        assert_eq!(bytes.len(), len);
        for block in bytes.chunks_exact(16) {
            assert!(seen.insert(block.to_vec()), "16 random bytes came twice");
        }
    }
}

async fn keyrings_come_and_go(hsm: Arc<dyn Hsm>) {
    assert_eq!(hsm.create_keyring(A).await, Ok(true));
    assert_eq!(hsm.create_keyring(A).await, Ok(false), "it is there already");
    assert_eq!(hsm.create_keyring(B).await, Ok(true));
    assert_eq!(hsm.list_keyrings().await, Ok(vec![B, A]));
    assert_eq!(hsm.info().await.unwrap().keyrings, 2);
    assert_eq!(hsm.destroy_keyring(A).await, Ok(true));
    assert_eq!(hsm.destroy_keyring(A).await, Ok(false), "it is gone already");
    assert_eq!(hsm.list_keyrings().await, Ok(vec![B]));
}

async fn many_keyrings_are_listed_in_order(hsm: Arc<dyn Hsm>) {
    // More than a device lists in one answer. A change takes SoftHSM longer the more objects it holds.
    let count = if hsm.info().await.unwrap().backend == "device" {
        300
    } else {
        40
    };
    let mut dice = Dice::new(SEED);
    let mut ids: Vec<KeyringId> = (0..count)
        .map(|_| KeyringId::new(dice.bytes(16).try_into().unwrap()))
        .collect();
    for &id in &ids {
        with_keyring(&*hsm, id).await;
    }
    ids.sort();
    assert_eq!(hsm.list_keyrings().await.as_ref(), Ok(&ids));
    for id in ids.iter().step_by(2) {
        assert_eq!(hsm.destroy_keyring(*id).await, Ok(true));
    }
    let left: Vec<KeyringId> = ids.into_iter().skip(1).step_by(2).collect();
    assert_eq!(hsm.list_keyrings().await, Ok(left));
}

async fn every_size_opens(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let largest = if emulated(&*hsm).await {
        100_000
    } else {
        MAX_PLAINTEXT
    };
    let mut dice = Dice::new(SEED);
    for len in [0, 1, 64, 4095, 4096, 4097, 8192, 65_536, largest] {
        let plaintext = dice.bytes(len);
        let record = hsm.seal(A, b"context", &plaintext).await.unwrap();
        assert!(
            record.len() > len && record.len() <= len + len / 64 + 128,
            "{len} became {}",
            record.len()
        );
        let opened = hsm.open(A, b"context", &record).await.unwrap();
        assert!(*opened == plaintext, "{len} bytes came back otherwise");
    }
}

async fn limits_are_the_callers_fault(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let longest = [7; MAX_CONTEXT];
    let record = hsm.seal(A, &longest, b"plaintext").await.unwrap();
    assert_eq!(*hsm.open(A, &longest, &record).await.unwrap(), b"plaintext");
    let too_long = [7; MAX_CONTEXT + 1];
    assert_eq!(kind(hsm.seal(A, &too_long, b"p").await), Some(ErrorKind::Caller));
    assert_eq!(
        kind(hsm.open(A, &too_long, &record).await),
        Some(ErrorKind::Caller)
    );
    let too_much = vec![0; MAX_PLAINTEXT + 1];
    assert_eq!(
        kind(hsm.seal(A, b"context", &too_much).await),
        Some(ErrorKind::Caller)
    );
    assert_eq!(
        kind(hsm.seal(B, b"context", b"p").await),
        Some(ErrorKind::Caller),
        "no such keyring"
    );
    assert_eq!(
        kind(hsm.open(B, b"context", &record).await),
        Some(ErrorKind::Caller),
        "no such keyring"
    );
}

async fn no_record_comes_twice(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let mut seen = HashSet::new();
    for _ in 0..64 {
        assert!(seen.insert(hsm.seal(A, b"context", b"the same").await.unwrap()));
    }
}

async fn altered_records_are_refused(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let record = hsm.seal(A, b"context", b"attack at dawn").await.unwrap();
    for position in 0..record.len() {
        let mut altered = record.clone();
        altered[position] ^= 1 << (position % 8);
        let result = hsm.open(A, b"context", &altered).await;
        assert_eq!(
            kind(result),
            Some(ErrorKind::Refused),
            "a bit of byte {position} flipped"
        );
    }
    for len in 0..record.len() {
        let result = hsm.open(A, b"context", &record[..len]).await;
        assert_eq!(kind(result), Some(ErrorKind::Refused), "cut to {len} bytes");
    }
    let longer = [record.as_slice(), &[0]].concat();
    assert_eq!(
        kind(hsm.open(A, b"context", &longer).await),
        Some(ErrorKind::Refused),
        "extended"
    );
}

async fn swapped_chunks_are_refused(hsm: Arc<dyn Hsm>) {
    const CHUNK: usize = 4096;
    with_keyring(&*hsm, A).await;
    let record = hsm
        .seal(A, b"context", &Dice::new(SEED).bytes(4 * CHUNK))
        .await
        .unwrap();
    let sealed_chunk = casemate_common::record::SEALED_CHUNK_LEN;
    let start = casemate_common::record::HEADER_LEN;
    let mut swapped = record.clone();
    let (first, rest) = swapped[start..].split_at_mut(sealed_chunk);
    first.swap_with_slice(&mut rest[..sealed_chunk]);
    assert_eq!(
        kind(hsm.open(A, b"context", &swapped).await),
        Some(ErrorKind::Refused),
        "two chunks swapped"
    );
    let mut removed = record.clone();
    removed.drain(start..start + sealed_chunk);
    assert_eq!(
        kind(hsm.open(A, b"context", &removed).await),
        Some(ErrorKind::Refused),
        "a chunk removed"
    );
    let short = &record[..record.len() - sealed_chunk];
    assert_eq!(
        kind(hsm.open(A, b"context", short).await),
        Some(ErrorKind::Refused),
        "the last chunk cut off"
    );
}

async fn another_context_or_keyring_is_refused(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    with_keyring(&*hsm, B).await;
    let record = hsm.seal(A, b"okms/secret/1", b"plaintext").await.unwrap();
    for context in [&b""[..], b"okms/secret/2", b"okms/secret/", b"okms/secret/1\0"] {
        assert_eq!(
            kind(hsm.open(A, context, &record).await),
            Some(ErrorKind::Refused)
        );
    }
    assert_eq!(
        kind(hsm.open(B, b"okms/secret/1", &record).await),
        Some(ErrorKind::Refused)
    );
    assert_eq!(
        *hsm.open(A, b"okms/secret/1", &record).await.unwrap(),
        b"plaintext"
    );
}

async fn a_destroyed_keyring_opens_nothing(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let record = hsm.seal(A, b"context", b"plaintext").await.unwrap();
    assert_eq!(hsm.destroy_keyring(A).await, Ok(true));
    assert_eq!(
        kind(hsm.open(A, b"context", &record).await),
        Some(ErrorKind::Caller)
    );
    assert_eq!(
        kind(hsm.seal(A, b"context", b"plaintext").await),
        Some(ErrorKind::Caller)
    );
    with_keyring(&*hsm, A).await;
    let again = hsm.open(A, b"context", &record).await;
    assert_eq!(
        kind(again),
        Some(ErrorKind::Refused),
        "the same name is not the same key"
    );
}

async fn requests_at_once_get_their_own_answers(hsm: Arc<dyn Hsm>) {
    with_keyring(&*hsm, A).await;
    let largest = if emulated(&*hsm).await { 1_000 } else { 20_000 };
    let mut tasks = JoinSet::new();
    for task in 0..32 {
        let hsm = hsm.clone();
        tasks.spawn(async move {
            let mut dice = Dice::new(SEED + task);
            for round in 0..8 {
                let len = dice.below(largest);
                let plaintext = dice.bytes(len);
                let context = [task as u8, round];
                let record = hsm.seal(A, &context, &plaintext).await.unwrap();
                assert!(*hsm.open(A, &context, &record).await.unwrap() == plaintext);
            }
        });
    }
    tasks.join_all().await;
}
