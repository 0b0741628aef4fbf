//! Devices that come and go under a pool.

use crate::trio::{Devices, id, serving};
use casemate::hsm::{ErrorKind, Hsm, Keys, ToSign};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::sleep;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_device_seals_any_other_opens() {
    let devices = Devices::joined(3).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1, 2]).await;
    assert!(pool.create_keyring(id(1)).await.unwrap());
    assert!(!pool.create_keyring(id(1)).await.unwrap());
    let template = Template::new(KeyType::P256, Usages::of(&[Usage::Sign]), false, 1).unwrap();
    let blob = pool.generate_key(id(1), template, &|_| {}).await.unwrap();
    let record = pool.seal(id(1), b"place", b"secret").await.unwrap();
    pool.everywhere(id(1)).await.unwrap();
    for at in 0..3 {
        devices.only(at);
        serving(&pool, &[at]).await;
        assert_eq!(*pool.open(id(1), b"place", &record).await.unwrap(), b"secret");
        let scheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
        let signed = pool.sign(id(1), &blob, scheme, ToSign::Message(b"hello")).await;
        assert_eq!(signed.unwrap().len(), 64);
        let moved = pool.open(id(1), b"elsewhere", &record).await.unwrap_err();
        assert_eq!(moved.kind(), ErrorKind::Refused);
        devices.plug_all();
        serving(&pool, &[0, 1, 2]).await;
    }
    assert_eq!(pool.list_keyrings().await.unwrap(), [id(1)]);
    let unknown = pool.open(id(9), b"", &record).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Caller, "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_devices_come_and_go() {
    let devices = Devices::joined(2).await;
    let pool = Arc::new(devices.pool());
    serving(&pool, &[0, 1]).await;
    pool.create_keyring(id(1)).await.unwrap();
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let users: Vec<_> = (0..4u8)
        .map(|user| {
            let (pool, stop, done) = (pool.clone(), stop.clone(), done.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let value = vec![user; 100];
                    let record = pool.seal(id(1), &[user], &value).await.unwrap();
                    assert_eq!(*pool.open(id(1), &[user], &record).await.unwrap(), value);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 0..4 {
        let before = done.load(Ordering::Relaxed);
        devices.only(round % 2);
        serving(&pool, &[round % 2]).await;
        while done.load(Ordering::Relaxed) < before + 10 {
            sleep(Duration::from_millis(2)).await;
        }
        devices.plug_all();
        serving(&pool, &[0, 1]).await;
    }
    stop.store(true, Ordering::Relaxed);
    for user in users {
        user.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_shared() {
    let devices = Devices::joined(2).await;
    let pool = Arc::new(devices.pool());
    serving(&pool, &[0, 1]).await;
    pool.create_keyring(id(1)).await.unwrap();
    let requests = (0..16).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.seal(id(1), b"", &[1; 100]).await.unwrap() })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
    drop(pool);
    for board in &devices.boards {
        let log = devices.alone(board);
        let entries = casemate::hsm::AuditLog::audit_page(&log, 0)
            .await
            .unwrap()
            .entries;
        assert!(
            entries.iter().any(|entry| entry.command == 0x0201),
            "one device did everything"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_catches_up_when_it_returns() {
    let devices = Devices::joined(2).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    pool.create_keyring(id(1)).await.unwrap();
    pool.create_keyring(id(2)).await.unwrap();
    let doomed = pool.seal(id(1), b"", b"doomed").await.unwrap();
    devices.only(0);
    serving(&pool, &[0]).await;
    assert!(pool.destroy_keyring(id(1)).await.unwrap());
    assert!(pool.create_keyring(id(3)).await.unwrap());
    let made = pool.seal(id(3), b"", b"made").await.unwrap();
    for unfinished in [id(1), id(2), id(3)] {
        let why = pool.everywhere(unfinished).await.unwrap_err();
        assert_eq!(why.kind(), ErrorKind::Transient, "{why}");
    }
    // What is to be done outlives the daemon.
    drop(pool);
    let pool = devices.pool();
    serving(&pool, &[0]).await;
    devices.only(1);
    serving(&pool, &[1]).await;
    let away = pool.open(id(3), b"", &made).await.unwrap_err();
    assert_eq!(away.kind(), ErrorKind::Transient, "{away}");
    devices.plug_all();
    serving(&pool, &[0, 1]).await;
    assert_eq!(pool.list_keyrings().await.unwrap(), [id(2), id(3)]);
    for settled in [id(1), id(2), id(3)] {
        pool.everywhere(settled).await.unwrap();
    }
    devices.only(1);
    serving(&pool, &[1]).await;
    assert_eq!(*pool.open(id(3), b"", &made).await.unwrap(), b"made");
    drop(pool);
    let second = devices.alone(&devices.boards[1]);
    assert_eq!(second.list_keyrings().await.unwrap(), [id(2), id(3)]);
    assert_eq!(
        second.open(id(1), b"", &doomed).await.unwrap_err().kind(),
        ErrorKind::Caller,
        "destroyed while it was away"
    );
}

/// A name that was destroyed and chosen again is another keyring, on every device.
#[tokio::test(flavor = "multi_thread")]
async fn a_namesake_is_not_taken_for_what_was_destroyed() {
    let devices = Devices::joined(2).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    pool.create_keyring(id(1)).await.unwrap();
    devices.only(0);
    serving(&pool, &[0]).await;
    pool.destroy_keyring(id(1)).await.unwrap();
    assert!(pool.create_keyring(id(1)).await.unwrap());
    let record = pool.seal(id(1), b"", b"new").await.unwrap();
    devices.plug_all();
    serving(&pool, &[0, 1]).await;
    pool.everywhere(id(1)).await.unwrap();
    devices.only(1);
    serving(&pool, &[1]).await;
    assert_eq!(*pool.open(id(1), b"", &record).await.unwrap(), b"new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_does_not_serve() {
    let devices = Devices::strangers(2);
    let pool = devices.pool();
    let members = loop {
        let members = pool.info().await.unwrap().members;
        let told = |out: &Option<String>| {
            out.as_ref()
                .is_some_and(|why| why.contains("casemate device join"))
        };
        if members.iter().all(|member| told(&member.out)) {
            break members;
        }
        sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(members.len(), 2);
    assert_eq!(pool.random(8).await.unwrap_err().kind(), ErrorKind::Transient);
}
