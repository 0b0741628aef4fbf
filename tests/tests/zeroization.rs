//! What is left of keys: nothing in the simulator's memory once a command has been answered, nothing in its flash and
//! its memory once they were destroyed.

use casemate::hsm::device::{Connector, DeviceHsm, Trust};
use casemate::hsm::{AuditLog as _, Hsm, HsmError, Keys, ToSign};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::{OaepHash, PinLimits, SignatureHash, SignatureScheme};
use casemate_common::keyring::KeyringId;
use casemate_firmware::crypto::{Aes256Gcm, Crypto, HmacSha256, Key256, Software};
use casemate_firmware::flash::{FlashRoot, Kind};
use casemate_firmware::platform::RootSource;
use casemate_sim::nor::Nor;
use casemate_tests::chaos::{Board, Tap};
use casemate_tests::memory::{Secrets, dump};
use casemate_tests::program;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const KEYRING: KeyringId = KeyringId::new(*b"a keyring's name");
/// In no language that a program's texts could be in.
const PLAINTEXT: &[u8] = b"vun7-qel/3 plai.ntxt zx+91 ~wumbeck 5sd=opra#0ih mork8(tiv";
const PIN: &str = "an officer's PIN 4711";
const AES: [u8; 32] = *b"\x8e\x1f an AES key that is known.. \x03\xd2";
const SCALAR: [u8; 32] = *b"\x1bzk5-Qm2x=scalar?8841/wvu+hJ7;~\x77";
const RSA: &[u8] = include_bytes!("../../firmware/tests/device/data/rsa-2048.p8");
/// Where the modulus of that key lies in it, which is public.
const MODULUS: std::ops::Range<usize> = 38..294;

const ECDSA: SignatureScheme = SignatureScheme::Ecdsa(SignatureHash::Sha256);
const PSS: SignatureScheme = SignatureScheme::RsaPss(SignatureHash::Sha256);

/// Sectors at the front of the flash: the root secret's.
const ROOT_LEN: usize = 4096;
/// Bytes from a record's name to its body.
const NAME_TO_BODY: usize = 20;
const SEALED_LEN: usize = 60;

/// A simulator that has been taken into service, and whoever uses it.
struct Subject {
    hsm: DeviceHsm,
    board: Board,
    flash: PathBuf,
    _tap: Tap,
    _directory: TempDir,
}

impl Subject {
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let flash = directory.path().join("flash");
        let (board, line) = Board::power_on(program::casemate().unwrap(), &flash, None).unwrap();
        let tap = Tap::string(directory.path(), line).unwrap();
        let trust = Trust::open(directory.path()).unwrap().on_first_use(1);
        let hsm = DeviceHsm::connect(Connector {
            address: tap.address(),
            sim_flash: PathBuf::new(),
            sim_program: PathBuf::new(),
            trust,
        });
        hsm.create_keyring(KEYRING).await.unwrap();
        let pin = fs::read_to_string(directory.path().join("officer-pin")).unwrap();
        hsm.change_pin(pin.trim(), PIN).await.unwrap();
        Self {
            hsm,
            board,
            flash,
            _tap: tap,
            _directory: directory,
        }
    }

    async fn import(&self, kind: KeyType, usages: &[Usage], material: &[u8]) -> Vec<u8> {
        let template = Template::new(kind, Usages::of(usages), false, 1).unwrap();
        self.hsm.import_key(KEYRING, template, material).await.unwrap()
    }

    /// The names of the secrets that its memory holds, with the regions.
    fn remembered(&self, secrets: &Secrets) -> Vec<String> {
        let regions = dump(self.board.process().unwrap()).unwrap();
        let name = Secrets::default().with("the keyring's name", KEYRING.as_bytes());
        assert!(
            !name.found_in_all(&regions).is_empty(),
            "this is not the device's memory"
        );
        let found = secrets.found_in_all(&regions);
        if !found.is_empty() {
            let process = self.board.process().unwrap();
            eprintln!(
                "number, arguments, stack and place of its system call: {}",
                fs::read_to_string(format!("/proc/{process}/syscall")).unwrap()
            );
        }
        found
    }

    /// The keyring's key in the clear and as it is sealed: what an attacker with the whole flash computes.
    fn keyring_key(&self) -> Secrets {
        let flash = fs::read(&self.flash).unwrap();
        let mut root = [0; 32];
        FlashRoot::new(Nor::<_, 16, 4096>::new(flash[..ROOT_LEN].to_vec()))
            .load_or_create(&[0; 32], &mut root)
            .unwrap();
        let root = <Software as Crypto>::HmacSha256::new(&Key256::new(root));
        let era = era(&flash, &root);
        let sealing = root.mac(&[b"casemate keyring sealing key v1", &era]);
        let sealing = <Software as Crypto>::Aes256Gcm::new(&sealing);
        let associated = [b"keyring", KEYRING.as_bytes().as_slice()].concat();
        // A record that was removed keeps its name.
        let names = (0..)
            .zip(flash.windows(16))
            .filter(|(_, window)| *window == KEYRING.as_bytes());
        let mut opened = names.filter_map(|(name, _)| {
            let sealed = &flash[name + NAME_TO_BODY..][..SEALED_LEN];
            let (mut key, tag) = (sealed[12..44].to_vec(), sealed[44..].try_into().unwrap());
            let nonce = sealed[..12].try_into().unwrap();
            sealing.open(nonce, &associated, &mut key, tag).ok()?;
            Some(
                Secrets::default()
                    .with("the keyring's key", &key)
                    .with("its record", sealed),
            )
        });
        opened.next().unwrap()
    }

    /// Asserts that neither memory nor flash hold any of these.
    fn assert_gone(&self, secrets: &Secrets) {
        assert_eq!(self.remembered(secrets), [""; 0]);
        assert!(secrets.found_in(&fs::read(&self.flash).unwrap()).is_empty());
    }

    /// A record, sealed and opened, so that the keyring's key is in use; what must go when it goes.
    async fn use_keyring(&self) -> Secrets {
        let record = self.hsm.seal(KEYRING, b"", PLAINTEXT).await.unwrap();
        self.hsm.open(KEYRING, b"", &record).await.unwrap();
        let key = self.keyring_key();
        assert!(
            !key.found_in(&fs::read(&self.flash).unwrap()).is_empty(),
            "it was there before"
        );
        key
    }
}

/// What the record of the era says; one that was removed does not open.
fn era(flash: &[u8], root: &<Software as Crypto>::HmacSha256) -> [u8; 32] {
    let sealer = <Software as Crypto>::Aes256Gcm::new(&root.mac(&[b"casemate era sealing key v1"]));
    let name = b"era             ";
    let associated = [&[Kind::ERA.number()], name.as_slice()].concat();
    let mut records = (0..).zip(flash.windows(16)).filter(|(_, window)| window == name);
    let opened = records.find_map(|(at, _)| {
        let sealed = &flash[at + NAME_TO_BODY..][..SEALED_LEN];
        let mut era: [u8; 32] = sealed[12..44].try_into().unwrap();
        let (nonce, tag) = (sealed[..12].try_into().unwrap(), sealed[44..].try_into().unwrap());
        sealer.open(nonce, &associated, &mut era, tag).ok()?;
        Some(era)
    });
    opened.unwrap()
}

/// The state of SHA-256 behind one block, as it lies in memory.
fn state_behind(block: [u8; 64]) -> Vec<u8> {
    let mut state = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    sha2::block_api::compress256(&mut state, &[block]);
    state.iter().flat_map(|word: &u32| word.to_ne_bytes()).collect()
}

/// PKCS#8 of a P-256 key without its public key.
fn p256_key() -> Vec<u8> {
    let head = hex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
    [&head[..], &SCALAR].concat()
}

fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_command_leaves_nothing_in_memory() {
    let subject = Subject::start().await;
    let hsm = &subject.hsm;
    let aes = subject.import(KeyType::Aes256, &[Usage::Encrypt], &AES).await;
    hsm.encrypt(KEYRING, &aes, b"", PLAINTEXT).await.unwrap();
    let secrets = Secrets::default().with("AES", &AES).with("plaintext", PLAINTEXT);
    assert_eq!(subject.remembered(&secrets), [""; 0]);

    let p256 = subject.import(KeyType::P256, &[Usage::Sign], &p256_key()).await;
    hsm.sign(KEYRING, &p256, ECDSA, ToSign::Message(PLAINTEXT))
        .await
        .unwrap();
    let secrets = secrets.with("P-256", &SCALAR);
    assert_eq!(subject.remembered(&secrets), [""; 0]);

    let signer = subject.import(KeyType::Rsa2048, &[Usage::Sign], RSA).await;
    hsm.sign(KEYRING, &signer, PSS, ToSign::Message(PLAINTEXT))
        .await
        .unwrap();
    let decrypter = subject.import(KeyType::Rsa2048, &[Usage::Decrypt], RSA).await;
    hsm.decipher(KEYRING, &decrypter, OaepHash::Sha256, &[1; 256])
        .await
        .unwrap_err();
    let secrets = secrets.with("RSA", &RSA[MODULUS.end..]);
    assert_eq!(subject.remembered(&secrets), [""; 0]);

    // Of several messages: what a code is made with has to be kept between them.
    let hmac = subject.import(KeyType::Hmac, &[Usage::Mac], &AES).await;
    hsm.mac(KEYRING, &hmac, &[], &[7; 30_000]).await.unwrap();
    let padded = |pad: u8| std::array::from_fn(|at| pad ^ AES.get(at).copied().unwrap_or_default());
    let secrets = secrets
        .with("HMAC, inner", &state_behind(padded(0x36)))
        .with("HMAC, outer", &state_behind(padded(0x5c)));
    assert_eq!(subject.remembered(&secrets), [""; 0]);

    hsm.verify_pin(PIN).await.unwrap();
    let record = hsm.seal(KEYRING, b"", PLAINTEXT).await.unwrap();
    hsm.open(KEYRING, b"", &record).await.unwrap();
    hsm.audit_head([7; 32]).await.unwrap();
    let secrets = secrets.with("PIN", PIN.as_bytes());
    assert_eq!(subject.remembered(&secrets), [""; 0]);
    assert!(secrets.found_in(&fs::read(&subject.flash).unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_keyring_is_gone() {
    let subject = Subject::start().await;
    let key = subject.use_keyring().await;
    subject.hsm.destroy_keyring(KEYRING).await.unwrap();
    subject.assert_gone(&key);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_device_has_forgotten() {
    let subject = Subject::start().await;
    let key = subject.use_keyring().await;
    subject.hsm.verify_pin(PIN).await.unwrap();
    subject.hsm.reset().await.unwrap();
    subject.assert_gone(&key.with("PIN", PIN.as_bytes()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_was_locked_out_has_forgotten() {
    let subject = Subject::start().await;
    let Subject { hsm, .. } = &subject;
    hsm.verify_pin(PIN).await.unwrap();
    hsm.reset().await.unwrap();
    let limits = PinLimits {
        tries: 1,
        lockouts: 1,
    };
    hsm.initialise(PIN, limits, "the same host").await.unwrap();
    hsm.create_keyring(KEYRING).await.unwrap();
    let key = subject.use_keyring().await;
    let wrong: Result<(), HsmError> = hsm.verify_pin("not the officer's PIN").await;
    wrong.unwrap_err();
    subject.assert_gone(&key.with("PIN", PIN.as_bytes()));
}
