//! The PKCS#11 backend after it, or the token, died in the middle of a change.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::Stdio;
use std::{env, fs};

use casemate::hsm::Hsm;
use casemate::hsm::pkcs11::{self, Pkcs11Hsm, Settings};
use casemate_common::keyring::KeyringId;
use casemate_tests::dice::{self, Dice};
use casemate_tests::softhsm::{self, Token};
use cryptoki::context::Pkcs11;

const A: KeyringId = KeyringId::new([0xAA; 16]);
const B: KeyringId = KeyringId::new([0xBB; 16]);

/// Seals under one key.
const LIMIT: u32 = 5;

/// A login of a process that knows nothing of earlier ones: SoftHSM keeps what it read until it is finalized.
fn restart(token: &Token) -> Pkcs11Hsm {
    let module = Pkcs11::new(token.module()).expect("the module");
    if module.get_library_info().is_ok() {
        module.finalize().expect("C_Finalize");
    }
    connect(token)
}

fn connect(token: &Token) -> Pkcs11Hsm {
    let settings = Settings {
        seals_per_key: NonZeroU32::new(LIMIT).expect("not 0"),
        seals_per_note: NonZeroU32::new(2).expect("2"),
        ..Settings::default()
    };
    pkcs11::connect_with(&token.address(), settings).expect("a login")
}

/// Creates B and gives the files that this added.
async fn create_b(token: &Token, hsm: &Pkcs11Hsm) -> Vec<PathBuf> {
    let before = token.objects();
    assert_eq!(hsm.create_keyring(B).await, Ok(true));
    let added: Vec<_> = token
        .objects()
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    assert_eq!(added.len(), 2, "a key and its note");
    added
}

#[test]
fn a_torn_creation_can_be_repeated() {
    softhsm::run("a_torn_creation_can_be_repeated", async |token| {
        let mut hsm = restart(&token);
        hsm.create_keyring(A).await.expect("A");
        let record = hsm.seal(A, b"c", b"kept").await.expect("a record");
        let mut torn = 0;
        for (file, part) in (0..2).flat_map(|file| (0..16).map(move |part| (file, part))) {
            let files = create_b(&token, &hsm).await;
            drop(hsm);
            let bytes = fs::read(&files[file]).expect("an object");
            fs::write(&files[file], &bytes[..bytes.len() * part / 16]).expect("torn");
            hsm = restart(&token);
            torn += u32::from(hsm.create_keyring(B).await.expect("B"));
            let sealed = hsm.seal(B, b"c", b"new").await.expect("seal under B");
            assert_eq!(
                hsm.open(B, b"c", &sealed).await.expect("open under B").as_slice(),
                b"new"
            );
            assert_eq!(
                hsm.open(A, b"c", &record).await.expect("open").as_slice(),
                b"kept"
            );
            assert_eq!(hsm.destroy_keyring(B).await, Ok(true));
            assert_eq!(hsm.list_keyrings().await, Ok(vec![A]));
        }
        assert!((1..32).contains(&torn), "{torn} of 32 cuts tore the key");
    });
}

/// Set in the process that is killed: the seed of what it does.
const SEED: &str = "CASEMATE_TEST_SEED";

#[test]
fn killed_at_any_moment() {
    softhsm::run("killed_at_any_moment", async |token| {
        if let Ok(seed) = env::var(SEED) {
            return churn(&token, Dice::new(seed.parse().expect("a seed"))).await;
        }
        let seed = dice::fresh_seed();
        println!("seed {seed}");
        let mut dice = Dice::new(seed);
        let mut oracle = Oracle::default();
        for _ in 0..20 {
            let lines = dice.below(60);
            oracle.follow(&token, dice.roll(), lines);
            oracle.check(&restart(&token)).await;
        }
        assert!(oracle.seals > 100, "too little was done: {} seals", oracle.seals);
    });
}

/// Works until it is killed; says before each change what it tries, and after it that it is done.
async fn churn(token: &Token, mut dice: Dice) {
    let hsm = connect(token);
    loop {
        let id = KeyringId::new([dice.below(3) as u8; 16]);
        match dice.below(8) {
            0 | 1 => {
                println!("\ntry create {id}");
                hsm.create_keyring(id).await.expect("create");
                println!("\ndone");
            }
            2 => {
                println!("\ntry destroy {id}");
                hsm.destroy_keyring(id).await.expect("destroy");
                println!("\ndone");
            }
            _ => {
                if let Ok(record) = hsm.seal(id, b"c", b"kept").await {
                    println!("\nsealed {id} {}", hex(&record));
                }
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = (0..text.len()).step_by(2);
    digits
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits"))
        .collect()
}

/// What was acknowledged, and what was under way at the kill.
#[derive(Default)]
struct Oracle {
    keyrings: BTreeMap<String, bool>,
    pending: Option<(String, bool)>,
    records: Vec<(String, Vec<u8>)>,
    seals: u32,
}

impl Oracle {
    /// Starts the worker and kills it after this many lines.
    fn follow(&mut self, token: &Token, seed: u64, lines: usize) {
        let mut process = softhsm::second_process("killed_at_any_moment", token)
            .env(SEED, seed.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut killed = false;
        let steps = output.lines().map_while(Result::ok).filter(|line| {
            ["try ", "done", "sealed "]
                .iter()
                .any(|start| line.starts_with(start))
        });
        for (number, line) in steps.enumerate() {
            self.note(&line);
            if number >= lines && !killed {
                process.kill().expect("killed");
                killed = true;
            }
        }
        process.wait().expect("its end");
        assert!(killed, "the worker ended by itself (seed {seed})");
    }

    fn note(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["try", change, id] => self.pending = Some(((*id).to_owned(), *change == "create")),
            ["done"] => {
                let (id, exists) = self.pending.take().expect("what was tried");
                if !exists {
                    self.records.retain(|(keyring, _)| *keyring != id);
                }
                self.keyrings.insert(id, exists);
            }
            ["sealed", id, record] if record.len() == 2 * 37 => {
                self.seals += 1;
                self.records.push(((*id).to_owned(), unhex(record)));
            }
            _ => {}
        }
    }

    /// Everything acknowledged is there; what was under way is wholly there or not at all.
    async fn check(&mut self, hsm: &Pkcs11Hsm) {
        let listed: Vec<_> = hsm.list_keyrings().await.expect("a list");
        let is_listed = |id: &str| listed.iter().any(|listed| listed.to_string() == id);
        if let Some((id, _)) = self.pending.take() {
            let exists = is_listed(&id);
            if !exists {
                self.records.retain(|(keyring, _)| *keyring != id);
            }
            self.keyrings.insert(id, exists);
        }
        for (id, exists) in &self.keyrings {
            assert_eq!(is_listed(id), *exists, "keyring {id}");
        }
        let mut seals = BTreeMap::<_, u32>::new();
        for (id, record) in &self.records {
            let keyring = KeyringId::new(unhex(id).try_into().expect("16 bytes"));
            assert_eq!(
                hsm.open(keyring, b"c", record)
                    .await
                    .expect("a record")
                    .as_slice(),
                b"kept"
            );
            let sealed = seals.entry((id, &record[1..5])).or_default();
            *sealed += 1;
            assert!(*sealed <= LIMIT, "{sealed} seals under one key of {id}");
        }
    }
}
