//! Two keyrings of one name: not made, and where there are two, told.

use crate::trio::{Devices, id, ids, serving, told_out};
use casemate::hsm::{ErrorKind, Hsm};
use serde_json::{Value, json};
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_holds_that_is_away_is_not_made_again() {
    let devices = Devices::joined(2).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    devices.only(0);
    serving(&pool, &[0]).await;
    assert!(pool.create_keyring(id(1)).await.unwrap());
    let record = pool.seal(id(1), b"", b"first").await.unwrap();
    devices.only(1);
    serving(&pool, &[1]).await;
    let early = pool.everywhere(id(1)).await.unwrap_err();
    assert_eq!(
        early.kind(),
        ErrorKind::Transient,
        "no device that is there has it: {early}"
    );
    let second = pool.create_keyring(id(1)).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Transient, "{second}");
    assert!(second.to_string().contains("casemate device forget"), "{second}");
    // The next daemon knows it too.
    drop(pool);
    let pool = devices.pool();
    serving(&pool, &[1]).await;
    let second = pool.create_keyring(id(1)).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Transient, "{second}");
    devices.plug_all();
    serving(&pool, &[0, 1]).await;
    assert!(!pool.create_keyring(id(1)).await.unwrap());
    pool.everywhere(id(1)).await.unwrap();
    for at in 0..2 {
        devices.only(at);
        serving(&pool, &[at]).await;
        assert_eq!(*pool.open(id(1), b"", &record).await.unwrap(), b"first");
        devices.plug_all();
        serving(&pool, &[0, 1]).await;
    }
}

/// A daemon was killed when it had noted that it makes two keyrings on the second device, and before it asked for them.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_be_made_elsewhere_is_not_destroyed_later() {
    let devices = Devices::joined(2).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    let second = ids(&pool).await[1].clone();
    drop(pool);
    let mut notes: Value = serde_json::from_str(&fs::read_to_string(devices.ledger()).unwrap()).unwrap();
    notes["making"] = json!({ id(1).to_string(): second, id(2).to_string(): second });
    fs::write(devices.ledger(), notes.to_string()).unwrap();
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    // One of the two is made on the first device: they take turns.
    for name in [id(1), id(2)] {
        assert!(pool.create_keyring(name).await.unwrap());
        pool.everywhere(name).await.unwrap();
    }
    let records = [
        pool.seal(id(1), b"", b"1").await.unwrap(),
        pool.seal(id(2), b"", b"2").await.unwrap(),
    ];
    drop(pool);
    devices.only(1);
    let pool = devices.pool();
    serving(&pool, &[1]).await;
    for (name, record) in [id(1), id(2)].into_iter().zip(&records) {
        pool.open(name, b"", record).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn namesakes_that_others_made_are_told_apart() {
    let devices = Devices::joined(2).await;
    for board in &devices.boards {
        devices.alone(board).create_keyring(id(1)).await.unwrap();
    }
    let pool = devices.pool();
    let name = id(1).to_string();
    told_out(&pool, &[&name, "another key", "--only-here"]).await;
    drop(pool);
    devices
        .alone(&devices.boards[1])
        .destroy_keyring(id(1))
        .await
        .unwrap();
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    pool.everywhere(id(1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_to_erase_what_holds_keyrings() {
    let devices = Devices::strangers(2);
    devices.part().await;
    let [empty, holder] = &*devices.boards else {
        panic!("two devices");
    };
    devices.alone(holder).create_keyring(id(1)).await.unwrap();
    holder.pull();
    let pool = devices.pool();
    serving(&pool, &[0]).await;
    holder.plug();
    told_out(&pool, &["holds 1 keyrings and the others none: erase those"]).await;
    drop(pool);
    // From here on the pool knows which domain is its own, whoever answers first.
    empty.pull();
    let pool = devices.pool();
    serving(&pool, &[1]).await;
    drop(pool);
    holder.pull();
    empty.plug();
    let pool = devices.pool();
    told_out(&pool, &["it holds no keyring: erase it"]).await;
    drop(pool);
    devices.alone(empty).create_keyring(id(2)).await.unwrap();
    let pool = devices.pool();
    told_out(&pool, &["it holds 1 keyrings and the others 1", "leave it out"]).await;
}
