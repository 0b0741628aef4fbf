//! Every kind of link, and its end.

use crate::client::{Client, id};
use crate::simulator::Simulator;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::tempdir;

fn printed_line(simulator: &mut Simulator) -> String {
    let mut line = String::new();
    let output = simulator.child().stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_socket_on_descriptor_0_is_the_default() {
    let directory = tempdir().unwrap();
    let (mut simulator, link) = Simulator::on_socket(&directory.path().join("flash"), &[]);
    let mut client = Client::connect(link).unwrap();
    assert!(client.info().unwrap().windows(9).any(|word| word == b"simulator"));
    drop(client);
    assert_eq!(simulator.wait(), Some(0), "it ends with its link");
}

#[test]
fn tcp_prints_the_address_it_was_given() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let mut simulator = Simulator::spawn(&flash, &["--link", "tcp:127.0.0.1:0"], Stdio::null());
    let address = printed_line(&mut simulator);
    let mut client = Client::connect(TcpStream::connect(address).unwrap()).unwrap();
    client.info().unwrap();
    drop(client);
    assert_eq!(simulator.wait(), Some(0));
}

#[test]
fn a_pty_passes_every_byte() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let mut simulator = Simulator::spawn(&flash, &["--link", "pty"], Stdio::null());
    let path = printed_line(&mut simulator);
    let terminal: File = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut client = Client::connect(terminal).unwrap();
    client.create(id(1)).unwrap();
    let all_bytes: Vec<u8> = (0..=u8::MAX).cycle().take(2000).collect();
    let record = client.seal(id(1), &all_bytes).unwrap();
    assert_eq!(client.open(id(1), &record).unwrap().unwrap(), all_bytes);
    drop(client);
    assert_eq!(simulator.wait(), Some(0));
}

#[test]
fn a_slow_line_is_no_faster_than_its_bit_rate() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let (_simulator, link) = Simulator::on_socket(&flash, &["--bit-rate", "115200"]);
    let mut client = Client::connect(link).unwrap();
    client.create(id(1)).unwrap();
    let started = Instant::now();
    client.seal(id(1), &[7; 4000]).unwrap();
    // 4,000 bytes each way, one after the other because it is one chunk: 10 bits a byte.
    let least = Duration::from_secs_f64(2.0 * 4000.0 * 10.0 / 115_200.0);
    assert!(started.elapsed() >= least, "{:?}", started.elapsed());
}

#[test]
fn an_unknown_link_is_explained() {
    let directory = tempdir().unwrap();
    let flash = directory.path().join("flash");
    let mut simulator = Simulator::spawn(&flash, &["--link", "carrier-pigeon"], Stdio::null());
    assert_eq!(simulator.wait(), Some(2));
}

#[test]
fn it_runs_as_a_thread_too() {
    let directory = tempdir().unwrap();
    let simulator = casemate_sim::in_process(&directory.path().join("flash")).unwrap();
    let mut client = Client::connect(simulator.link).unwrap();
    client.info().unwrap();
    drop(client);
    simulator.thread.join().unwrap().unwrap();
}
