//! The daemon ended with SIGKILL while domains are made and destroyed: each is wholly there with its keyring, or wholly
//! gone without it.

use casemate::hsm::Hsm;
use casemate::hsm::device::{Connector, DeviceHsm, Trust};
use casemate_sim::in_process;
use casemate_tests::chaos::Line;
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::dice::{Dice, fresh_seed};
use casemate_tests::domains::{self, Domains};
use casemate_tests::kv::Kv;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::thread::{self, sleep};
use std::time::Duration;
use tokio::net::UnixStream;

const WORKERS: usize = 4;
const ROUNDS: usize = 40;

/// What one worker was told about its domains.
#[derive(Debug, Default)]
struct Worker {
    standing: Vec<String>,
    gone: Vec<String>,
    /// Asked to be destroyed, without an answer.
    doomed: Vec<String>,
    /// Creations without an answer.
    unanswered: usize,
}

impl Worker {
    fn work(&mut self, domains: &mut Domains, dice: &mut Dice) -> io::Result<()> {
        loop {
            match self.standing.len() {
                0 => self.create(domains)?,
                1..4 if dice.below(2) == 0 => self.create(domains)?,
                len => {
                    self.doomed.push(self.standing.swap_remove(dice.below(len)));
                    self.destroy(domains)?;
                }
            }
        }
    }

    fn create(&mut self, domains: &mut Domains) -> io::Result<()> {
        self.unanswered += 1;
        let reply = domains.create()?;
        self.unanswered -= 1;
        assert_eq!(reply.status, 200, "{}", reply.json());
        self.standing.extend(domains::text(&reply, "id"));
        Ok(())
    }

    fn destroy(&mut self, domains: &mut Domains) -> io::Result<()> {
        let reply = domains.destroy(self.doomed.last().expect("the domain to destroy"))?;
        assert_eq!(reply.status, 204, "{}", reply.json());
        self.gone.extend(self.doomed.pop());
        Ok(())
    }

    /// Compares with what is listed after a restart, and settles what had no answer.
    fn check(&mut self, daemon: &Daemon, listed: &BTreeSet<String>) {
        for domain in &self.standing {
            assert!(listed.contains(domain), "an acknowledged domain is gone");
            let reply = Kv::of_domain(daemon, domain).unwrap().write("a", "text").unwrap();
            assert_eq!(
                reply.status,
                200,
                "a domain without its keyring: {}",
                reply.json()
            );
        }
        for domain in &self.gone {
            assert!(!listed.contains(domain), "a destroyed domain is there");
        }
        for domain in std::mem::take(&mut self.doomed) {
            match listed.contains(&domain) {
                true => self.standing.push(domain),
                false => self.gone.push(domain),
            }
        }
    }
}

/// Without HTTPS, whose certificates have a keyring of their own.
fn start(data: &Path) -> Daemon {
    let mut launch = Launch::new(data, "sim:").unwrap();
    launch.command().args(["--listen-tls", "none"]);
    launch.start().unwrap()
}

/// One life of the daemon.
fn round(data: &Path, workers: &mut [Worker], dice: &mut Dice) {
    let daemon = start(data);
    let listed = Domains::connect(&daemon).unwrap().list().unwrap();
    let listed: BTreeSet<_> = listed.into_iter().collect();
    workers
        .iter_mut()
        .for_each(|worker| worker.check(&daemon, &listed));
    thread::scope(|scope| {
        for worker in &mut *workers {
            let (mut domains, mut dice) = (Domains::connect(&daemon).unwrap(), dice.fork());
            // It ends when the daemon does.
            scope.spawn(move || worker.work(&mut domains, &mut dice));
        }
        sleep(Duration::from_millis(20 + dice.below(150) as u64));
        daemon.kill().unwrap();
    });
}

/// The keyrings that the device holds, in words.
async fn keyrings(data: &Path) -> BTreeSet<String> {
    let device = in_process(&data.join("device.flash")).unwrap().link;
    device.set_nonblocking(true).unwrap();
    let line = Line::string(data, UnixStream::from_std(device).unwrap(), 0).unwrap();
    let hsm = DeviceHsm::connect(Connector {
        address: line.address(),
        sim_flash: "none".into(),
        sim_program: "none".into(),
        trust: Trust::open(data).unwrap(),
    });
    let keyrings = hsm.list_keyrings().await.unwrap();
    keyrings.iter().map(ToString::to_string).collect()
}

#[test]
fn domains_and_their_keyrings_come_and_go_together() {
    let seed = fresh_seed();
    eprintln!("seed {seed}");
    let mut dice = Dice::new(seed);
    let directory = tempfile::tempdir().unwrap();
    let mut workers: Vec<_> = (0..WORKERS).map(|_| Worker::default()).collect();
    let mut doomed = 0;
    for _ in 0..ROUNDS {
        round(directory.path(), &mut workers, &mut dice);
        doomed += workers.iter().map(|worker| worker.doomed.len()).sum::<usize>();
    }
    let unanswered: usize = workers.iter().map(|worker| worker.unanswered).sum();
    eprintln!("killed during {unanswered} creations and {doomed} destructions");
    assert!(unanswered > 0 && doomed > 0, "no kill hit a change under way");

    let daemon = start(directory.path());
    let mut domains = Domains::connect(&daemon).unwrap();
    let listed = domains.list().unwrap();
    let owned = listed
        .iter()
        .map(|domain| domains::text(&domains.describe(domain).unwrap(), "keyring"));
    let owned: Option<BTreeSet<String>> = owned.collect();
    daemon.stop().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(
        Some(runtime.block_on(keyrings(directory.path()))),
        owned,
        "keyrings without a domain"
    );
}
