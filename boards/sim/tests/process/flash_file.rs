//! The flash file: kept, locked, refused.

use crate::client::{Client, id};
use crate::simulator::Simulator;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use tempfile::tempdir;

#[test]
fn keyrings_survive_the_process() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (mut simulator, link) = Simulator::on_socket(&flash, &[]);
    let mut client = Client::connect(link).unwrap();
    client.create(id(1)).unwrap();
    let record = client.seal(id(1), b"secret").unwrap();
    simulator.child().kill().unwrap();
    simulator.wait();
    let (_simulator, link) = Simulator::on_socket(&flash, &[]);
    let mut client = Client::connect(link).unwrap();
    assert_eq!(client.open(id(1), &record).unwrap().unwrap(), b"secret");
}

#[test]
fn two_simulators_on_one_file_are_refused_with_a_sentence() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (_first, link) = Simulator::on_socket(&flash, &[]);
    let _client = Client::connect(link).unwrap();
    let mut second = Simulator::spawn(&flash, &["--link", "tcp:127.0.0.1:0"], Stdio::null());
    assert_eq!(second.wait(), Some(1));
    let mut sentence = String::new();
    let output = second.child().stderr.as_mut().unwrap();
    output.read_to_string(&mut sentence).unwrap();
    assert!(sentence.contains("is in use by another simulator"), "{sentence}");
}

#[test]
fn one_that_is_about_to_end_is_waited_for() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (_first, link) = Simulator::on_socket(&flash, &[]);
    let mut client = Client::connect(link).unwrap();
    client.create(id(1)).unwrap();
    let (_second, link) = Simulator::on_socket(&flash, &[]);
    drop(client);
    assert!(Client::connect(link).unwrap().has(id(1)).unwrap());
}

#[test]
fn a_file_that_is_no_flash_is_left_alone() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("letter");
    fs::write(&flash, "Dear Sir or Madam").unwrap();
    let (mut simulator, _link) = Simulator::on_socket(&flash, &[]);
    assert_eq!(simulator.wait(), Some(1));
    assert_eq!(fs::read(&flash).unwrap(), b"Dear Sir or Madam");
}

#[test]
fn a_file_whose_making_was_interrupted_is_finished() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    fs::write(&flash, [0xFF; 1000]).unwrap();
    let (_simulator, link) = Simulator::on_socket(&flash, &[]);
    Client::connect(link).unwrap().create(id(1)).unwrap();
}
