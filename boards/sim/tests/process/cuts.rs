//! Power cut at the n-th flash operation of a process: it exits at once, and the next one goes on from there.

use crate::client::{Client, id};
use crate::simulator::Simulator;
use casemate_sim::EXIT_POWER_CUT;
use std::fs;
use std::io;
use std::path::Path;
use tempfile::tempdir;

/// Creates keyring 2 and destroys keyring 1; tells which of both were acknowledged before the link broke.
fn work(link: std::os::unix::net::UnixStream) -> (bool, bool) {
    let attempt = |created: &mut bool| -> io::Result<()> {
        let mut client = Client::connect(link)?;
        client.create(id(2))?;
        *created = true;
        client.destroy(id(1))
    };
    let mut created = false;
    let destroyed = attempt(&mut created).is_ok();
    (created, destroyed)
}

/// Whether power was cut.
fn cut_at(nth: u64, before: &[u8], flash: &Path) -> bool {
    fs::write(flash, before).unwrap();
    let arguments = ["--cut-at", &nth.to_string(), "--seed", &(nth * 31).to_string()];
    let (mut simulator, link) = Simulator::on_socket(flash, &arguments);
    let (created, destroyed) = work(link);
    let exit = simulator.wait();
    let (_simulator, link) = Simulator::on_socket(flash, &[]);
    let mut client = Client::connect(link).unwrap();
    assert!(!created || client.has(id(2)).unwrap(), "operation {nth}");
    assert!(!destroyed || !client.has(id(1)).unwrap(), "operation {nth}");
    // A session's end writes too: what it logs can be cut when everything has been acknowledged.
    let cut = exit == Some(EXIT_POWER_CUT);
    assert!(cut || (exit == Some(0) && destroyed), "operation {nth}: {exit:?}");
    cut
}

#[test]
fn every_operation_can_be_the_last() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (mut simulator, link) = Simulator::on_socket(&flash, &[]);
    let mut client = Client::connect(link).unwrap();
    client.create(id(1)).unwrap();
    drop(client);
    assert_eq!(simulator.wait(), Some(0));
    let before = fs::read(&flash).unwrap();
    let cuts = (1..).take_while(|nth| cut_at(*nth, &before, &flash)).count();
    assert!(
        cuts >= 4,
        "a create and a destroy program several words, not {cuts}"
    );
}

#[test]
fn the_first_start_can_be_cut_too() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (mut simulator, _link) = Simulator::on_socket(&flash, &["--cut-at", "1"]);
    assert_eq!(simulator.wait(), Some(EXIT_POWER_CUT));
    let (_simulator, link) = Simulator::on_socket(&flash, &[]);
    Client::connect(link).unwrap().create(id(1)).unwrap();
}
