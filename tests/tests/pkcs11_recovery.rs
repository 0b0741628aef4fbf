//! The PKCS#11 backend when sessions, login, module or token go away behind its back.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use casemate::hsm::pkcs11::{self, Pkcs11Hsm, Settings};
use casemate::hsm::{ErrorKind, Hsm};
use casemate_common::keyring::KeyringId;
use casemate_tests::softhsm::{self, PIN, Token};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::session::{Session, UserType};

const A: KeyringId = KeyringId::new([0xAA; 16]);
const B: KeyringId = KeyringId::new([0xBB; 16]);

/// Another user of the module in this process.
struct Intruder(Pkcs11);

impl Intruder {
    fn new(token: &Token) -> Self {
        Self(Pkcs11::new(token.module()).expect("the module"))
    }

    fn session(&self) -> Session {
        let slot = self.0.get_slots_with_initialized_token().expect("slots")[0];
        self.0.open_rw_session(slot).expect("a session")
    }

    /// Ends the login of the whole process, and with it all session objects.
    fn log_out(&self) {
        self.session().logout().expect("a logout");
    }

    fn finalize(&self) {
        self.0.clone().finalize().expect("C_Finalize");
    }

    fn initialize(&self) {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        self.0.initialize(arguments).expect("C_Initialize");
    }
}

fn patient(token: &Token, patience: Duration) -> Pkcs11Hsm {
    let settings = Settings {
        patience,
        ..Settings::default()
    };
    pkcs11::connect_with(&token.address(), settings).expect("a login")
}

/// Every operation answers right, the first one after `disturb`ing.
async fn survives(token: &Token, disturb: impl Fn(&Intruder)) {
    let hsm = pkcs11::connect(&token.address()).expect("a login");
    let intruder = Intruder::new(token);
    hsm.create_keyring(A).await.expect("a keyring");
    let record = hsm.seal(A, b"c", b"kept").await.expect("a record");

    disturb(&intruder);
    let opened = hsm.open(A, b"c", &record).await.expect("open");
    assert_eq!(opened.as_slice(), b"kept");
    disturb(&intruder);
    let second = hsm.seal(A, b"c", b"new").await.expect("seal");
    disturb(&intruder);
    assert_eq!(hsm.create_keyring(B).await, Ok(true));
    disturb(&intruder);
    assert_eq!(hsm.random(32).await.expect("random").len(), 32);
    disturb(&intruder);
    assert_eq!(hsm.destroy_keyring(B).await, Ok(true));
    disturb(&intruder);
    assert!(hsm.info().await.expect("info").ready);
    assert_eq!(hsm.list_keyrings().await, Ok(vec![A]));
    assert_eq!(hsm.open(A, b"c", &second).await.expect("open").as_slice(), b"new");
}

#[test]
fn survives_a_logout() {
    softhsm::run("survives_a_logout", async |token| {
        survives(&token, Intruder::log_out).await
    });
}

#[test]
fn survives_a_finalized_module() {
    softhsm::run("survives_a_finalized_module", async |token| {
        survives(&token, Intruder::finalize).await
    });
}

#[test]
fn survives_a_restarted_module() {
    softhsm::run("survives_a_restarted_module", async |token| {
        survives(&token, |intruder| {
            intruder.finalize();
            intruder.initialize();
        })
        .await;
    });
}

#[test]
fn survives_a_deleted_session_key() {
    softhsm::run("survives_a_deleted_session_key", async |token| {
        let hsm = pkcs11::connect(&token.address()).expect("a login");
        hsm.create_keyring(A).await.expect("a keyring");
        let record = hsm.seal(A, b"c", b"kept").await.expect("a record");
        let session = Intruder::new(&token).session();
        let copies = session
            .find_objects(&[cryptoki::object::Attribute::Token(false)])
            .expect("a search");
        assert_eq!(copies.len(), 1);
        session.destroy_object(copies[0]).expect("gone");
        assert_eq!(
            hsm.open(A, b"c", &record).await.expect("open").as_slice(),
            b"kept"
        );
    });
}

#[test]
fn tasks_at_work_survive_logouts() {
    softhsm::run("tasks_at_work_survive_logouts", async |token| {
        let hsm = Arc::new(pkcs11::connect(&token.address()).expect("a login"));
        hsm.create_keyring(A).await.expect("a keyring");
        let tasks: Vec<_> = (0..8_u8)
            .map(|number| {
                let hsm = Arc::clone(&hsm);
                tokio::spawn(async move {
                    for _ in 0..200 {
                        let record = hsm.seal(A, b"c", &[number; 100]).await.expect("seal");
                        let opened = hsm.open(A, b"c", &record).await.expect("open");
                        assert_eq!(opened.as_slice(), [number; 100]);
                    }
                })
            })
            .collect();
        let intruder = Intruder::new(&token);
        let mut logouts = 0;
        while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
            // Logging in again takes a moment, in which there is no login to end.
            logouts += u32::from(intruder.session().logout().is_ok());
            for _ in 0..20 {
                assert!(hsm.seal(A, b"c", b"between").await.is_ok());
            }
        }
        for task in tasks {
            task.await.expect("a task");
        }
        assert!(logouts > 2, "only {logouts} logouts");
    });
}

#[test]
fn waits_for_a_token_that_comes_back() {
    softhsm::run("waits_for_a_token_that_comes_back", async |token| {
        let hsm = Arc::new(patient(&token, Duration::from_secs(60)));
        hsm.create_keyring(A).await.expect("a keyring");
        let record = hsm.seal(A, b"c", b"kept").await.expect("a record");
        let (here, away) = (token.store(), token.directory().join("away"));
        fs::rename(&here, &away).expect("moved away");
        let waiting = tokio::spawn({
            let hsm = Arc::clone(&hsm);
            async move { hsm.create_keyring(B).await }
        });
        while hsm.info().await.expect("info").ready {
            tokio::task::yield_now().await;
        }
        fs::rename(&away, &here).expect("moved back");
        assert_eq!(waiting.await.expect("a task"), Ok(true));
        assert_eq!(hsm.list_keyrings().await, Ok(vec![A, B]));
        assert_eq!(
            hsm.open(A, b"c", &record).await.expect("open").as_slice(),
            b"kept"
        );
        assert!(hsm.info().await.expect("info").ready);
    });
}

#[test]
fn a_token_that_stays_away_is_a_transient_error() {
    softhsm::run("a_token_that_stays_away_is_a_transient_error", async |token| {
        let hsm = patient(&token, Duration::from_millis(300));
        hsm.create_keyring(A).await.expect("a keyring");
        let (here, away) = (token.store(), token.directory().join("away"));
        fs::rename(&here, &away).expect("moved away");
        let error = hsm.create_keyring(B).await.expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
        let error = hsm.seal(A, b"c", b"p").await.expect_err("no token");
        assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
        assert!(
            error.to_string().contains("casemate test"),
            "names the token: {error}"
        );
        fs::rename(&away, &here).expect("moved back");
        assert!(hsm.seal(A, b"c", b"p").await.is_ok());
        assert_eq!(hsm.list_keyrings().await, Ok(vec![A]));
    });
}

#[test]
fn a_changed_pin_is_tried_once() {
    softhsm::run("a_changed_pin_is_tried_once", async |token| {
        let hsm = pkcs11::connect(&token.address()).expect("a login");
        hsm.create_keyring(A).await.expect("a keyring");
        let intruder = Intruder::new(&token);
        let session = intruder.session();
        session
            .set_pin(&PIN.into(), &"another-pin".into())
            .expect("another PIN");
        session.logout().expect("a logout");
        let refused = hsm.seal(A, b"c", b"p").await.expect_err("the PIN is another");
        assert_eq!(refused.kind(), ErrorKind::Permanent);
        assert!(refused.to_string().contains("refused the PIN"), "{refused}");

        // With the old PIN set again, another try would succeed: it is not made.
        session
            .login(UserType::User, Some(&"another-pin".into()))
            .expect("the new PIN");
        session
            .set_pin(&"another-pin".into(), &PIN.into())
            .expect("the old PIN");
        assert_eq!(hsm.seal(A, b"c", b"p").await, Err(refused));
        assert!(!hsm.info().await.expect("info").ready);
        drop(hsm);
        session.close().expect("closed");
        let hsm = pkcs11::connect(&token.address()).expect("a login after the restart");
        assert!(hsm.seal(A, b"c", b"p").await.is_ok());
    });
}
