//! The firmware on an emulated ARM board, asked through the host's own backend.

use casemate::hsm::Hsm;
use casemate_common::keyring::KeyringId;
use casemate_tests::desk::Desk;
use casemate_tests::qemu;

const KEYRING: KeyringId = KeyringId::new([7; 16]);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seals_opens_and_keeps_its_state() {
    if qemu::left_out() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let flash = directory.path().join("flash.bin");
    qemu::erased_flash(&flash).unwrap();

    let (qemu, hsm) = qemu::boot(&flash).unwrap();
    let info = hsm.info().await.unwrap();
    assert_eq!(
        (info.model.as_str(), info.ready, info.keyrings),
        ("ast1030-evb", true, 0)
    );
    assert_ne!(hsm.random(64).await.unwrap(), hsm.random(64).await.unwrap());
    assert!(hsm.create_keyring(KEYRING).await.unwrap());
    let large: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    let mut records = Vec::new();
    for plaintext in [&large[..0], &large[..64], &large[..4096], &large] {
        records.push((plaintext, hsm.seal(KEYRING, b"here", plaintext).await.unwrap()));
    }
    drop((hsm, qemu));

    let (_qemu, hsm) = qemu::boot(&flash).unwrap();
    let again = hsm.info().await.unwrap();
    assert_eq!((again.id, again.keyrings), (info.id, 1));
    for (plaintext, record) in &records {
        assert_eq!(
            hsm.open(KEYRING, b"here", record).await.unwrap()[..],
            plaintext[..]
        );
        assert!(hsm.open(KEYRING, b"there", record).await.is_err());
    }
    assert!(hsm.destroy_keyring(KEYRING).await.unwrap());
    assert!(hsm.open(KEYRING, b"here", &records[0].1).await.is_err());
}

/// Two wires: a host that is lied to on one of them shows another fingerprint than the console.
#[test]
fn it_is_paired_by_the_fingerprint_on_its_console() {
    if qemu::left_out() {
        return;
    }
    let desk = Desk::blank();
    let flash = desk.path("flash.bin");
    qemu::erased_flash(&flash).unwrap();
    let board = qemu::Qemu::start(&flash).unwrap();
    let address = board.address().to_string();
    // It is answered once the board has started, which is after it spoke.
    let wrong = "0000-0000-0000-0000-0000-0000-0000-0000";
    let pair = ["device", "--device", &address, "pair", "--fingerprint"];
    let (code, said) = desk.refusal(&[&pair[..], &[wrong]].concat());
    assert!(code == Some(1) && said.contains("it is another device"), "{said}");
    let console = board.console().unwrap();
    let shown = console.trim_end().rsplit(' ').next().unwrap();
    let paired = desk.json(&[&pair[..], &[shown]].concat());
    assert_eq!(paired["fingerprint"], shown);

    // It is flashed as a whole, and starts anew without losing anything.
    desk.write("pin", b"correct horse");
    let ask =
        |words: &[&'static str]| [&["device", "--device", &address, "--pin-file", "pin"], words].concat();
    desk.json(&ask(&["init"]));
    let keyring = desk.json(&ask(&["keyring", "create"]))["keyring"].to_string();
    let starts = desk.json(&ask(&["info"]))["starts"].as_u64().unwrap();
    assert_eq!(desk.json(&ask(&["restart"]))["done"], "restarted");
    assert_eq!(desk.json(&ask(&["info"]))["starts"], starts + 1);
    assert!(
        desk.json(&ask(&["keyring", "list"]))
            .to_string()
            .contains(&keyring)
    );
    let (_, said) = desk.refusal(&ask(&["update"]));
    assert!(said.contains("takes no updates over its link"), "{said}");
}
