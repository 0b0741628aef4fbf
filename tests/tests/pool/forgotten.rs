//! Devices that leave a pool.

use crate::trio::{Devices, id, ids, serving, told_out};
use casemate::hsm::pool::Ledger;
use casemate::hsm::{ErrorKind, Hsm};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_device_that_was_forgotten() {
    let devices = Devices::joined(2).await;
    let pool = devices.pool();
    serving(&pool, &[0, 1]).await;
    let dead = ids(&pool).await[1].clone();
    pool.create_keyring(id(1)).await.unwrap();
    devices.only(0);
    serving(&pool, &[0]).await;
    pool.destroy_keyring(id(1)).await.unwrap();
    let waiting = pool.everywhere(id(1)).await.unwrap_err();
    assert!(
        waiting.to_string().contains(&format!("device forget {dead}")),
        "{waiting}"
    );
    drop(pool);
    Ledger::open(&devices.ledger()).unwrap().forget(&dead).unwrap();
    let pool = devices.pool_of(&devices.boards[..1]);
    serving(&pool, &[0]).await;
    pool.everywhere(id(1)).await.unwrap();
    drop(pool);
    // A device that was not met yet may hold anything.
    let pool = devices.pool();
    serving(&pool, &[0]).await;
    let unmet = pool.everywhere(id(1)).await.unwrap_err();
    assert_eq!(unmet.kind(), ErrorKind::Transient, "{unmet}");
    // It lives after all, and brings nothing back.
    devices.plug_all();
    told_out(&pool, &["was forgotten", "casemate device reset"]).await;
    assert!(pool.list_keyrings().await.unwrap().is_empty());
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
