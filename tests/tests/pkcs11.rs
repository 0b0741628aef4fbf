//! The PKCS#11 backend against SoftHSM: what the trait promises.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use casemate::hsm::pkcs11::{self, Pkcs11Hsm, Settings};
use casemate::hsm::{ErrorKind, Hsm, HsmError};
use casemate_common::keyring::KeyringId;
use casemate_tests::softhsm::{self, PIN, Token};

const A: KeyringId = KeyringId::new([0xAA; 16]);
const B: KeyringId = KeyringId::new([0xBB; 16]);

fn connect(token: &Token) -> Pkcs11Hsm {
    pkcs11::connect(&token.address()).expect("a login")
}

fn kind<T>(result: Result<T, HsmError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn tells_who_it_is() {
    softhsm::run("tells_who_it_is", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("a keyring");
        let info = hsm.info().await.expect("info");
        assert_eq!((info.backend, info.model.as_str()), ("pkcs11", "SoftHSM v2"));
        assert!(info.version.starts_with("2."), "{}", info.version);
        assert_eq!(info.id.len(), 16, "a serial number: {}", info.id);
        assert!(info.ready);
        assert_eq!(info.keyrings, 1);
        let lacking = [
            "attest_key",
            "set_export_policy",
            "export_policy",
            "audit_page",
            "acknowledge_audit",
            "audit_head",
        ];
        assert_eq!(
            info.missing, lacking,
            "what it lacks is named, and nothing else is"
        );
    });
}

#[test]
fn random_bytes_of_any_length() {
    softhsm::run("random_bytes_of_any_length", async |token| {
        let hsm = connect(&token);
        let mut seen = BTreeSet::new();
        for len in [0, 1, 20, 1024, 1025, 65_536] {
            let bytes = hsm.random(len).await.expect("random bytes");
            assert_eq!(bytes.len(), len);
            seen.extend(bytes.chunks_exact(16).map(<[u8]>::to_vec));
        }
        assert_eq!(seen.len(), 1 + 64 + 64 + 4096, "16 random bytes came twice");
        assert_eq!(kind(hsm.random(65_537).await), Some(ErrorKind::Caller));
    });
}

#[test]
fn keyrings_come_in_order_and_go_for_good() {
    softhsm::run("keyrings_come_in_order_and_go_for_good", async |token| {
        let hsm = connect(&token);
        assert!(hsm.create_keyring(B).await.expect("B"));
        assert!(hsm.create_keyring(A).await.expect("A"));
        assert!(!hsm.create_keyring(A).await.expect("A again"));
        assert_eq!(hsm.list_keyrings().await, Ok(vec![A, B]));
        let record = hsm.seal(A, b"c", b"p").await.expect("a record");
        assert_eq!(hsm.destroy_keyring(A).await, Ok(true));
        assert_eq!(hsm.destroy_keyring(A).await, Ok(false));
        assert_eq!(hsm.list_keyrings().await, Ok(vec![B]));
        assert_eq!(kind(hsm.open(A, b"c", &record).await), Some(ErrorKind::Caller));
        assert_eq!(kind(hsm.seal(A, b"c", b"p").await), Some(ErrorKind::Caller));
        assert_eq!(hsm.create_keyring(A).await, Ok(true), "the name is free again");
        assert_eq!(
            kind(hsm.open(A, b"c", &record).await),
            Some(ErrorKind::Refused),
            "under another key"
        );
        hsm.destroy_keyring(A).await.expect("gone");
        hsm.destroy_keyring(B).await.expect("gone");
        assert!(
            token.objects().is_empty(),
            "destroyed keyrings left {:?}",
            token.objects()
        );
    });
}

#[test]
fn opens_what_it_sealed_of_every_size() {
    softhsm::run("opens_what_it_sealed_of_every_size", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("a keyring");
        for len in [0, 1, 64, 65_536, 1024 * 1024] {
            let plaintext: Vec<u8> = (0..len).map(|index| (index % 251) as u8).collect();
            let record = hsm.seal(A, b"context", &plaintext).await.expect("a record");
            assert_eq!(record.len(), len + 33);
            let opened = hsm.open(A, b"context", &record).await.expect("its plaintext");
            assert!(*opened == plaintext, "{len} bytes came back otherwise");
        }
    });
}

#[test]
fn limits_are_the_callers_fault() {
    softhsm::run("limits_are_the_callers_fault", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("a keyring");
        let record = hsm.seal(A, &[1; 512], b"p").await.expect("the longest context");
        assert!(hsm.open(A, &[1; 512], &record).await.is_ok());
        assert_eq!(kind(hsm.seal(A, &[1; 513], b"p").await), Some(ErrorKind::Caller));
        assert_eq!(
            kind(hsm.open(A, &[1; 513], &record).await),
            Some(ErrorKind::Caller)
        );
        let too_much = vec![0; 1024 * 1024 + 1];
        assert_eq!(kind(hsm.seal(A, b"", &too_much).await), Some(ErrorKind::Caller));
    });
}

#[test]
fn refuses_every_altered_record() {
    softhsm::run("refuses_every_altered_record", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("A");
        hsm.create_keyring(B).await.expect("B");
        let record = hsm
            .seal(A, b"context", b"a secret of 24 bytes ...")
            .await
            .expect("a record");
        for (position, bit) in (0..record.len()).flat_map(|position| [(position, 0), (position, 7)]) {
            let mut altered = record.clone();
            altered[position] ^= 1 << bit;
            let answer = hsm.open(A, b"context", &altered).await;
            assert_eq!(
                kind(answer),
                Some(ErrorKind::Refused),
                "bit {bit} of byte {position}"
            );
        }
        for len in 0..record.len() {
            let answer = hsm.open(A, b"context", &record[..len]).await;
            assert_eq!(kind(answer), Some(ErrorKind::Refused), "cut to {len} bytes");
        }
        let longer = [record.as_slice(), &[0]].concat();
        assert_eq!(
            kind(hsm.open(A, b"context", &longer).await),
            Some(ErrorKind::Refused)
        );
        for context in [&b"contex"[..], b"context\0", b"", b"Context"] {
            assert_eq!(
                kind(hsm.open(A, context, &record).await),
                Some(ErrorKind::Refused)
            );
        }
        assert_eq!(
            kind(hsm.open(B, b"context", &record).await),
            Some(ErrorKind::Refused),
            "of another keyring"
        );
        assert!(
            hsm.open(A, b"context", &record).await.is_ok(),
            "the record itself still opens"
        );
    });
}

#[test]
fn keys_never_leave_the_token() {
    use cryptoki::object::{Attribute, AttributeType, ObjectClass};
    softhsm::run("keys_never_leave_the_token", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("a keyring");
        let context = cryptoki::context::Pkcs11::new(token.module()).expect("the module");
        let slot = context.get_slots_with_initialized_token().expect("slots")[0];
        let session = context.open_ro_session(slot).expect("a session");
        let keys = session
            .find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)])
            .expect("keys");
        assert_eq!(keys.len(), 2, "the key on the token and its copy in the session");
        for key in keys {
            let wanted = [
                AttributeType::Value,
                AttributeType::Sensitive,
                AttributeType::Extractable,
                AttributeType::NeverExtractable,
                AttributeType::Private,
            ];
            let attributes = session.get_attributes(key, &wanted).expect("attributes");
            assert!(
                !attributes
                    .iter()
                    .any(|attribute| matches!(attribute, Attribute::Value(_)))
            );
            assert!(attributes.contains(&Attribute::Sensitive(true)), "{attributes:?}");
            assert!(
                attributes.contains(&Attribute::Extractable(false)),
                "{attributes:?}"
            );
            assert!(attributes.contains(&Attribute::Private(true)), "{attributes:?}");
        }
    });
}

#[test]
fn finds_everything_again_after_a_restart() {
    softhsm::run("finds_everything_again_after_a_restart", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("A");
        hsm.create_keyring(B).await.expect("B");
        let record = hsm.seal(A, b"c", b"kept").await.expect("a record");
        hsm.destroy_keyring(B).await.expect("gone");
        drop(hsm);
        let hsm = connect(&token);
        assert_eq!(hsm.list_keyrings().await, Ok(vec![A]));
        assert_eq!(
            hsm.open(A, b"c", &record)
                .await
                .expect("its plaintext")
                .as_slice(),
            b"kept"
        );
        assert_eq!(hsm.create_keyring(A).await, Ok(false));
    });
}

#[test]
fn keyrings_get_their_next_key_in_time() {
    softhsm::run("keyrings_get_their_next_key_in_time", async |token| {
        let settings = Settings {
            seals_per_key: NonZeroU32::new(10).expect("10"),
            seals_per_note: NonZeroU32::new(4).expect("4"),
            ..Settings::default()
        };
        let restart = || pkcs11::connect_with(&token.address(), settings.clone()).expect("a login");
        let mut hsm = restart();
        hsm.create_keyring(A).await.expect("a keyring");
        let mut records = Vec::new();
        for _ in 0..3 {
            for _ in 0..9 {
                records.push(hsm.seal(A, b"c", b"p").await.expect("a record"));
            }
            drop(hsm);
            hsm = restart();
        }
        let generations: Vec<u8> = records.iter().map(|record| record[4]).collect();
        // 9 of 10 used, the tenth lost at the restart; the next key has 4, 4, 2 noted seals.
        let expected = [[0; 9], [1; 9], [2; 9]].concat();
        assert_eq!(generations, expected);
        for record in &records {
            assert_eq!(
                hsm.open(A, b"c", record).await.expect("its plaintext").as_slice(),
                b"p"
            );
        }
        hsm.destroy_keyring(A).await.expect("gone");
        assert!(
            token.objects().is_empty(),
            "old keys are left: {:?}",
            token.objects()
        );
    });
}

#[test]
fn a_lost_count_is_taken_for_used_up() {
    softhsm::run("a_lost_count_is_taken_for_used_up", async |token| {
        let hsm = connect(&token);
        hsm.create_keyring(A).await.expect("a keyring");
        let before = hsm.seal(A, b"c", b"p").await.expect("a record");
        drop(hsm);
        lose_notes(&token);
        let hsm = connect(&token);
        let after = hsm.seal(A, b"c", b"p").await.expect("a record");
        assert_eq!((before[4], after[4]), (0, 1), "the generations");
        assert!(hsm.open(A, b"c", &before).await.is_ok());
        assert!(hsm.open(A, b"c", &after).await.is_ok());
    });
}

fn lose_notes(token: &Token) {
    use cryptoki::object::{Attribute, ObjectClass};
    let context = cryptoki::context::Pkcs11::new(token.module()).expect("the module");
    let slot = context.get_slots_with_initialized_token().expect("slots")[0];
    let session = context.open_rw_session(slot).expect("a session");
    session
        .login(cryptoki::session::UserType::User, Some(&PIN.into()))
        .expect("a login");
    let notes = session
        .find_objects(&[Attribute::Class(ObjectClass::DATA)])
        .expect("notes");
    assert_eq!(notes.len(), 1);
    session.destroy_object(notes[0]).expect("gone");
}

#[test]
fn racing_seals_share_the_limit() {
    softhsm::run("racing_seals_share_the_limit", async |token| {
        let settings = Settings {
            seals_per_key: NonZeroU32::new(50).expect("50"),
            seals_per_note: NonZeroU32::new(7).expect("7"),
            ..Settings::default()
        };
        let hsm = Arc::new(pkcs11::connect_with(&token.address(), settings).expect("a login"));
        hsm.create_keyring(A).await.expect("a keyring");
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let hsm = Arc::clone(&hsm);
                tokio::spawn(async move {
                    let mut records = Vec::new();
                    for _ in 0..25 {
                        records.push(hsm.seal(A, b"c", b"p").await.expect("a record"));
                    }
                    records
                })
            })
            .collect();
        let mut seals = [0; 8];
        for task in tasks {
            for record in task.await.expect("a task") {
                seals[usize::from(record[4])] += 1;
                assert!(hsm.open(A, b"c", &record).await.is_ok());
            }
        }
        assert_eq!(seals, [50; 8]);
    });
}

#[test]
fn many_tasks_at_once() {
    softhsm::run("many_tasks_at_once", async |token| {
        let hsm = Arc::new(connect(&token));
        hsm.create_keyring(A).await.expect("a keyring");
        let tasks: Vec<_> = (0..32)
            .map(|number| tokio::spawn(work(Arc::clone(&hsm), number)))
            .collect();
        for task in tasks {
            task.await.expect("a task");
        }
        assert_eq!(hsm.list_keyrings().await, Ok(vec![A]));
        hsm.destroy_keyring(A).await.expect("gone");
        assert!(token.objects().is_empty());
    });
}

async fn work(hsm: Arc<Pkcs11Hsm>, number: u8) {
    let own = KeyringId::new([number; 16]);
    for round in 0..10_usize {
        assert!(hsm.create_keyring(own).await.expect("its keyring"));
        for keyring in [A, own] {
            let plaintext = vec![number; round * 997];
            let record = hsm.seal(keyring, &[number], &plaintext).await.expect("a record");
            let opened = hsm
                .open(keyring, &[number], &record)
                .await
                .expect("its plaintext");
            assert!(*opened == plaintext);
            assert_eq!(
                kind(hsm.open(keyring, b"other", &record).await),
                Some(ErrorKind::Refused)
            );
        }
        assert!(hsm.destroy_keyring(own).await.expect("gone"));
    }
}

#[test]
fn a_token_has_one_user_in_a_process() {
    softhsm::run("a_token_has_one_user_in_a_process", async |token| {
        let hsm = connect(&token);
        let second = pkcs11::connect(&token.address()).err().expect("a refusal");
        assert_eq!(second.kind(), ErrorKind::Permanent);
        assert!(second.to_string().contains("already uses"), "{second}");
        assert!(hsm.info().await.expect("info").ready);
    });
}

#[test]
fn the_pin_comes_from_a_file_too() {
    softhsm::run("the_pin_comes_from_a_file_too", async |token| {
        let file = token.directory().join("pin");
        std::fs::write(&file, format!("{PIN}\n")).expect("a file");
        let address = token.address_with(&format!("&pin-source={}", file.display()));
        assert!(pkcs11::connect(&address).is_ok());
        let elsewhere = token.address_with("&pin-source=/nonexistent/pin");
        let error = pkcs11::connect(&elsewhere).err().expect("a refusal");
        assert!(error.to_string().contains("/nonexistent/pin"), "{error}");
    });
}

#[test]
fn a_wrong_pin_is_a_clear_sentence() {
    softhsm::run("a_wrong_pin_is_a_clear_sentence", async |token| {
        let file = token.directory().join("pin");
        std::fs::write(&file, "wrong-pin").expect("a file");
        let address = token.address_with(&format!("&pin-source={}", file.display()));
        let error = pkcs11::connect(&address).err().expect("a refusal");
        assert_eq!(error.kind(), ErrorKind::Permanent);
        assert!(error.to_string().contains("refused the PIN"), "{error}");
        assert!(!error.to_string().contains("wrong-pin"), "{error}");
        assert!(
            pkcs11::connect(&token.address()).is_ok(),
            "the token is not locked"
        );
    });
}

#[test]
fn says_which_token_or_module_is_missing() {
    softhsm::run("says_which_token_or_module_is_missing", async |token| {
        let module = token.module().display();
        let absent = format!("pkcs11:{module}?token=absent")
            .parse()
            .expect("an address");
        let error = pkcs11::connect(&absent).err().expect("a refusal");
        assert_eq!(error.kind(), ErrorKind::Transient);
        assert!(
            error.to_string().contains("no token has the label `absent`"),
            "{error}"
        );
        let nowhere = "pkcs11:/nonexistent/module.so?token=a"
            .parse()
            .expect("an address");
        let error = pkcs11::connect(&nowhere).err().expect("a refusal");
        assert_eq!(error.kind(), ErrorKind::Permanent);
        assert!(error.to_string().contains("/nonexistent/module.so"), "{error}");
    });
}
