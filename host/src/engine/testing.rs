//! A device that really seals, in memory; a clock that stands until it is moved; an engine over both and a real store.

use super::Engine;
use super::clock::{Clock, Time};
use super::collection::{Collection, Dialect};
use super::secret::SecretPath;
use crate::hsm::{
    AuditLog, Description, ErrorKind, Hsm, HsmError, HsmInfo, HsmMember, Keys, Progress, ToSign,
};
use crate::store::{RedbStore, Store};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use async_trait::async_trait;
use casemate_common::blob::{Attributes, KeyId, KeyType, Origin, Template};
use casemate_common::command::{Recipient, SignatureHash, SignatureScheme};
use casemate_common::keyring::KeyringId;
use casemate_firmware::crypto::{Aes256, Key256, SoftwareAes256, kwp};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// AES-256-GCM with counted nonces, keyrings in memory.
pub(crate) struct TestHsm {
    keyrings: Mutex<BTreeMap<KeyringId, [u8; 32]>>,
    counter: AtomicU64,
    away: AtomicBool,
    /// As in a pool of which one device is away: what was not done there.
    partly_away: AtomicBool,
    undone: Mutex<BTreeSet<KeyringId>>,
    full: AtomicBool,
    seals_nothing: AtomicBool,
    keeps_keys: AtomicBool,
    calls_left: AtomicI64,
}

impl Default for TestHsm {
    fn default() -> Self {
        Self {
            keyrings: Mutex::default(),
            counter: AtomicU64::new(0),
            away: AtomicBool::new(false),
            partly_away: AtomicBool::new(false),
            undone: Mutex::default(),
            full: AtomicBool::new(false),
            seals_nothing: AtomicBool::new(false),
            keeps_keys: AtomicBool::new(false),
            calls_left: AtomicI64::new(i64::MAX),
        }
    }
}

impl TestHsm {
    /// Lets this many calls succeed, then fails all.
    pub(crate) fn fail_after(&self, calls: i64) {
        self.calls_left.store(calls, Ordering::SeqCst);
    }

    /// As if it were unplugged, but for what seals nothing.
    pub(crate) fn refuse_seals(&self, refuse: bool) {
        self.seals_nothing.store(refuse, Ordering::SeqCst);
    }

    /// Unplugs one device of several, or plugs it in again, when it does at once what was not done there.
    pub(crate) fn set_partly_away(&self, away: bool) {
        self.partly_away.store(away, Ordering::SeqCst);
        if !away {
            self.undone.lock().unwrap().clear();
        }
    }

    fn is_partly_away(&self) -> bool {
        self.partly_away.load(Ordering::SeqCst)
    }

    /// Unplugs it, or plugs it in again.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Takes all room for more keyrings.
    pub(crate) fn fill_up(&self) {
        self.full.store(true, Ordering::SeqCst);
    }

    /// Lets no key out from now on, or again.
    pub(crate) fn keep_keys(&self, keep: bool) {
        self.keeps_keys.store(keep, Ordering::SeqCst);
    }

    pub(crate) fn keyring_count(&self) -> usize {
        self.keyrings.lock().unwrap().len()
    }

    fn keyrings(&self) -> Result<MutexGuard<'_, BTreeMap<KeyringId, [u8; 32]>>, HsmError> {
        let calls_left = self.calls_left.fetch_sub(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) || calls_left <= 0 {
            return Err(HsmError::new(ErrorKind::Transient, "unplugged"));
        }
        Ok(self.keyrings.lock().unwrap())
    }

    fn count(&self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.counter.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        nonce
    }

    fn cipher(&self, keyring: KeyringId) -> Result<Aes256Gcm, HsmError> {
        let key = *self
            .keyrings()?
            .get(&keyring)
            .ok_or_else(|| HsmError::new(ErrorKind::Caller, "no such keyring"))?;
        Ok(Aes256Gcm::new(&key.into()))
    }
}

impl AuditLog for TestHsm {}

/// P-256, also where AES is wanted, which has no public key; a blob is the template's length, the template and PKCS#8.
#[async_trait]
impl Keys for TestHsm {
    async fn generate_key(
        &self,
        _: KeyringId,
        template: Template,
        _: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<u8>, HsmError> {
        drop(self.keyrings()?);
        if !matches!(template.key_type(), KeyType::Aes256 | KeyType::P256) {
            return Err(HsmError::unsupported("generate_key"));
        }
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let template = postcard::to_stdvec(&template).unwrap();
        let len = u8::try_from(template.len()).unwrap();
        Ok([&[len], template.as_slice(), key.unwrap().as_ref()].concat())
    }

    async fn describe_key(&self, _: KeyringId, blob: &[u8]) -> Result<Description, HsmError> {
        drop(self.keyrings()?);
        let (template, key) = opened(blob);
        let attributes = Attributes {
            id: KeyId::new([0; KeyId::LEN]),
            origin: Origin::Generated,
            template,
        };
        let head = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        let public_key = match template.key_type() {
            KeyType::Aes256 | KeyType::Hmac => Vec::new(),
            _ => [&head, key.public_key().as_ref()].concat(),
        };
        Ok(Description {
            attributes,
            public_key,
        })
    }

    async fn import_key(
        &self,
        _: KeyringId,
        template: Template,
        material: &[u8],
    ) -> Result<Vec<u8>, HsmError> {
        drop(self.keyrings()?);
        let template = postcard::to_stdvec(&template).unwrap();
        let len = u8::try_from(template.len()).unwrap();
        Ok([&[len], template.as_slice(), material].concat())
    }

    async fn wrap_key(
        &self,
        _: KeyringId,
        blob: &[u8],
        recipient: Recipient<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        drop(self.keyrings()?);
        let (template, material) = parts(blob);
        if !template.distributable() || self.keeps_keys.load(Ordering::SeqCst) {
            return Err(HsmError::new(ErrorKind::Forbidden, "the export policy"));
        }
        let Recipient::Kwp { key } = recipient else {
            return Err(HsmError::unsupported("wrap_key"));
        };
        let mut carrier = Key256::zero();
        carrier.as_mut_bytes().copy_from_slice(parts(key).1);
        let mut wrapped = vec![0; kwp::wrapped_len(material.len())];
        kwp::wrap(&SoftwareAes256::new(&carrier), material, &mut wrapped).unwrap();
        Ok(wrapped)
    }

    async fn sign(
        &self,
        _: KeyringId,
        blob: &[u8],
        scheme: SignatureScheme,
        input: ToSign<'_>,
    ) -> Result<Vec<u8>, HsmError> {
        drop(self.keyrings()?);
        assert_eq!(scheme, SignatureScheme::Ecdsa(SignatureHash::Sha256));
        let ToSign::Message(message) = input else {
            return Err(HsmError::unsupported("sign"));
        };
        let signature = opened(blob).1.sign(&SystemRandom::new(), message).unwrap();
        Ok(signature.as_ref().to_vec())
    }
}

fn parts(blob: &[u8]) -> (Template, &[u8]) {
    let (template, material) = blob[1..].split_at(blob[0].into());
    (postcard::from_bytes(template).unwrap(), material)
}

fn opened(blob: &[u8]) -> (Template, EcdsaKeyPair) {
    let (template, key) = parts(blob);
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, key, &SystemRandom::new());
    (template, key.unwrap())
}

#[async_trait]
impl Hsm for TestHsm {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        let keyrings = self.keyrings()?.len();
        Ok(HsmInfo {
            backend: "device",
            model: "stand-in".into(),
            version: "1".into(),
            id: "00".into(),
            ready: true,
            root: "memory".into(),
            keyrings: u32::try_from(keyrings).unwrap(),
            keyring_capacity: None,
            stack_high_water: None,
            receive_overruns: None,
            missing: vec![],
            members: vec![HsmMember {
                address: "second".into(),
                id: None,
                out: self.is_partly_away().then(|| "unplugged".into()),
            }],
        })
    }

    async fn check_officer_pin(&self, pin: &str) -> Result<(), HsmError> {
        match pin {
            "the officer PIN" => Ok(()),
            _ => Err(HsmError::new(ErrorKind::Caller, "the officer PIN is wrong")),
        }
    }

    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        drop(self.keyrings()?);
        let bytes = std::iter::repeat_with(|| uuid::Uuid::new_v4().into_bytes());
        Ok(Zeroizing::new(bytes.flatten().take(len).collect()))
    }

    async fn create_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let mut keyrings = self.keyrings()?;
        let new = !keyrings.contains_key(&id);
        if new && self.full.load(Ordering::SeqCst) {
            return Err(HsmError::new(ErrorKind::Full, "the store is full"));
        }
        let halves = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(uuid::Uuid::into_bytes);
        keyrings.entry(id).or_insert(halves.concat().try_into().unwrap());
        Ok(new)
    }

    async fn list_keyrings(&self) -> Result<Vec<KeyringId>, HsmError> {
        Ok(self.keyrings()?.keys().copied().collect())
    }

    async fn destroy_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        if self.is_partly_away() {
            self.undone.lock().unwrap().insert(id);
        }
        Ok(self.keyrings()?.remove(&id).is_some())
    }

    async fn everywhere(&self, id: KeyringId) -> Result<(), HsmError> {
        let is_held = self.keyrings()?.contains_key(&id);
        let is_undone = self.undone.lock().unwrap().contains(&id);
        match is_undone || is_held && self.is_partly_away() {
            true => Err(HsmError::new(ErrorKind::Transient, "a device is unplugged")),
            false => Ok(()),
        }
    }

    async fn seal(&self, keyring: KeyringId, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HsmError> {
        if self.seals_nothing.load(Ordering::SeqCst) {
            return Err(HsmError::new(ErrorKind::Transient, "unplugged"));
        }
        let nonce = self.count();
        let payload = Payload {
            msg: plaintext,
            aad: context,
        };
        let sealed = self.cipher(keyring)?.encrypt(&nonce.into(), payload).unwrap();
        Ok([&nonce[..], &sealed].concat())
    }

    async fn open(
        &self,
        keyring: KeyringId,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let refused = || HsmError::new(ErrorKind::Refused, "does not authenticate");
        let cipher = self.cipher(keyring)?;
        let (nonce, sealed) = record.split_first_chunk::<12>().ok_or_else(refused)?;
        let payload = Payload {
            msg: sealed,
            aad: context,
        };
        let opened = cipher.decrypt(&(*nonce).into(), payload).map_err(|_| refused())?;
        Ok(Zeroizing::new(opened))
    }
}

/// Stands until it is moved; begins on 2026-11-21. It can be set ahead of what is certain.
pub(crate) struct TestClock(AtomicI64, AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_795_219_200_000_000_000), AtomicI64::new(0))
    }
}

impl TestClock {
    pub(crate) fn advance_secs(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000_000, Ordering::SeqCst);
    }

    pub(crate) fn set_ahead_secs(&self, seconds: i64) {
        self.1.store(seconds * 1_000_000_000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_nanos(self.0.load(Ordering::SeqCst) + self.1.load(Ordering::SeqCst))
    }

    fn certain(&self) -> Time {
        Time::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// An engine with one OKMS collection, and all that it stands on.
pub(crate) struct Bench {
    pub(crate) engine: Arc<Engine>,
    pub(crate) collection: Arc<Collection>,
    pub(crate) hsm: Arc<TestHsm>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store: Arc<dyn Store>,
    _directory: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store: Arc<dyn Store> = Arc::new(RedbStore::open(&directory.path().join("store")).unwrap());
        let (hsm, clock) = (Arc::<TestHsm>::default(), Arc::<TestClock>::default());
        let engine = Engine::open(store.clone(), hsm.clone(), clock.clone()).unwrap();
        let collection = engine.create_collection(Dialect::Okms).await.unwrap();
        Self {
            engine: Arc::new(engine),
            collection,
            hsm,
            clock,
            store,
            _directory: directory,
        }
    }

    /// Another engine on what the store holds, as after a restart.
    pub(crate) fn restart(&mut self) {
        let engine = Engine::open(self.store.clone(), self.hsm.clone(), self.clock.clone());
        self.engine = Arc::new(engine.unwrap());
        self.collection = self.engine.collection(self.collection.id()).unwrap();
    }

    pub(crate) async fn write(&self, at: &str, value: &str) -> u32 {
        let value = Zeroizing::new(value.as_bytes().to_vec());
        let written = self
            .engine
            .write(self.collection.id(), &path(at), value, None)
            .await;
        written.map(|written| written.version.number).unwrap()
    }

    /// The value of a version, or the error's text.
    pub(crate) async fn read(&self, at: &str, version: u32) -> Result<String, String> {
        let reading = self.engine.read(&self.collection, &path(at), version).await;
        match reading {
            Ok(reading) => Ok(String::from_utf8(reading.value.to_vec()).unwrap()),
            Err(error) => Err(error.to_string()),
        }
    }
}

pub(crate) fn path(text: &str) -> SecretPath {
    SecretPath::parse(text).unwrap()
}
