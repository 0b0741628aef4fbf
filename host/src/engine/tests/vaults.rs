//! Random histories of key vaults: requests, losses of the device or of one of a pool, and daemons that are killed at any
//! commit, compared step by step with a simple model.

use crate::engine::Engine;
use crate::engine::span::Span;
use crate::engine::testing::Bench;
use crate::engine::vaults::{
    NewVault, NewVaultSecret, ObjectId, SecretId, SecretState, VaultError, VaultId, VaultState,
};
use crate::hsm::Hsm;
use crate::store::Batch;
use casemate_common::keyring::KeyringId;
use proptest::prelude::*;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use zeroize::Zeroizing;

const PATIENCE: i64 = 60;
/// All states that IMCO's documentation names.
const VAULT_STATES: [&str; 6] = [
    "start",
    "deploying",
    "active",
    "decommissioning",
    "stalled",
    "end",
];
const SECRET_STATES: [&str; 8] = [
    "start",
    "deploying",
    "available",
    "decommissioning",
    "stalled",
    "updating_versions",
    "updating_error",
    "end",
];

#[derive(Debug, Clone, Copy)]
enum Op {
    AddVersion(usize),
    CreateSecret(usize),
    CreateVault(Option<u8>),
    DeleteSecret(usize),
    DeleteVault(usize),
    Drive,
    RetryVault(usize),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Advance(i64),
    Device(Presence),
    /// The daemon is killed while it waits for the store, this many times after the beginning, and started again.
    Killed(Op, usize),
    Op(Op),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Presence {
    #[default]
    There,
    /// One device of the pool is away.
    Partly,
    Away,
}

fn op() -> impl Strategy<Value = Op> {
    let at = 0..8usize;
    prop_oneof![
        3 => prop::option::weighted(0.3, 0..2u8).prop_map(Op::CreateVault),
        5 => Just(Op::Drive),
        1 => at.clone().prop_map(Op::RetryVault),
        2 => at.clone().prop_map(Op::DeleteVault),
        4 => at.clone().prop_map(Op::CreateSecret),
        3 => at.clone().prop_map(Op::AddVersion),
        2 => at.prop_map(Op::DeleteSecret),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => op().prop_map(Step::Op),
        4 => (op(), 0..4usize).prop_map(|(op, waits)| Step::Killed(op, waits)),
        2 => prop_oneof![Just(Presence::There), Just(Presence::Partly), Just(Presence::Away)].prop_map(Step::Device),
        2 => (1..90i64).prop_map(Step::Advance),
    ]
}

#[derive(Debug, Clone)]
struct ModelVault {
    id: Option<VaultId>,
    state: VaultState,
    since: i64,
    desired: Option<u8>,
    /// Whether a keyring of its identifier is its own.
    owned: bool,
}

#[derive(Debug, Clone)]
struct ModelSecret {
    id: Option<SecretId>,
    vault: usize,
    state: SecretState,
    versions: Vec<Vec<u8>>,
}

#[derive(Debug, Clone, Default)]
struct Model {
    now: i64,
    device: Presence,
    vaults: Vec<ModelVault>,
    secrets: Vec<ModelSecret>,
}

impl Model {
    /// What an operation makes of it; `None` where it is refused.
    fn apply(&mut self, op: Op, value: &[u8]) -> Option<()> {
        match op {
            Op::CreateVault(desired) => self.create_vault(desired),
            Op::Drive => self.drive(),
            Op::RetryVault(at) => {
                self.vaults
                    .get(at)
                    .filter(|vault| vault.state == VaultState::Stalled)?;
                self.enter(at, VaultState::Deploying);
                Some(())
            }
            Op::DeleteVault(at) => self.delete_vault(at),
            Op::CreateSecret(vault) => {
                self.vaults
                    .get(vault)
                    .filter(|vault| vault.state == VaultState::Active)?;
                self.secrets.push(ModelSecret {
                    id: None,
                    vault,
                    state: SecretState::Deploying,
                    versions: Vec::new(),
                });
                self.seal(self.secrets.len() - 1, value);
                Some(())
            }
            Op::AddVersion(at) => {
                self.secrets
                    .get(at)
                    .filter(|secret| secret.state != SecretState::End)?;
                self.seal(at, value).then_some(())
            }
            Op::DeleteSecret(at) => {
                let secret = self.secrets.get_mut(at)?;
                secret.state = SecretState::End;
                secret.versions.clear();
                Some(())
            }
        }
    }

    fn enter(&mut self, at: usize, state: VaultState) {
        self.vaults[at].state = state;
        self.vaults[at].since = self.now;
    }

    fn create_vault(&mut self, desired: Option<u8>) -> Option<()> {
        let lives = |vault: &ModelVault| vault.state != VaultState::End;
        let mut others = self.vaults.iter().filter(|vault| lives(vault));
        if desired.is_some() && others.any(|vault| vault.desired == desired) {
            return None;
        }
        let state = match (desired, self.device) {
            (None, _) | (Some(_), Presence::There) => VaultState::Deploying,
            (Some(_), Presence::Partly | Presence::Away) => VaultState::Start,
        };
        self.vaults.push(ModelVault {
            id: None,
            state,
            since: self.now,
            desired,
            owned: state == VaultState::Deploying,
        });
        Some(())
    }

    fn delete_vault(&mut self, at: usize) -> Option<()> {
        let state = self.vaults.get(at)?.state;
        let mut secrets = self.secrets.iter();
        if matches!(state, VaultState::Decommissioning | VaultState::End) {
            return Some(());
        }
        if secrets.any(|secret| secret.vault == at && secret.state != SecretState::End) {
            return None;
        }
        self.enter(at, VaultState::Decommissioning);
        Some(())
    }

    fn drive(&mut self) -> Option<()> {
        use VaultState::{Active, Decommissioning, Deploying, End, Stalled, Start};
        for at in 0..self.vaults.len() {
            let vault = &mut self.vaults[at];
            let is_over = vault.since + PATIENCE <= self.now;
            match (vault.state, self.device) {
                (Start | Deploying | Stalled, Presence::There) => {
                    vault.owned = true;
                    self.enter(at, Active);
                }
                (Start | Deploying, _) if is_over => self.enter(at, Stalled),
                (Decommissioning, Presence::There) => self.enter(at, End),
                (Decommissioning, Presence::Partly) if !vault.owned => self.enter(at, End),
                _ => {}
            }
        }
        Some(())
    }

    fn seal(&mut self, at: usize, value: &[u8]) -> bool {
        let secret = &mut self.secrets[at];
        let away = self.device == Presence::Away;
        secret.state = match (away, secret.versions.is_empty()) {
            (false, _) => SecretState::Available,
            (true, true) => SecretState::Stalled,
            (true, false) => SecretState::UpdatingError,
        };
        if !away {
            secret.versions.push(value.to_vec());
        }
        !away
    }
}

struct Pair {
    bench: Bench,
    model: Model,
    count: u32,
}

impl Pair {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Advance(seconds) => {
                self.bench.clock.advance_secs(seconds);
                self.model.now += seconds;
            }
            Step::Device(presence) => {
                self.bench.hsm.set_away(presence == Presence::Away);
                // One that is away alone comes back alone.
                if presence != Presence::Away {
                    self.bench.hsm.set_partly_away(presence == Presence::Partly);
                }
                self.model.device = presence;
            }
            Step::Op(op) => {
                let value = self.value();
                let done = run(self.bench.engine.clone(), self.model.clone(), op, value.clone()).await;
                assert_eq!(
                    done.is_ok(),
                    self.model.apply(op, &value).is_some(),
                    "{op:?}: {done:?}"
                );
                self.find_new();
            }
            Step::Killed(op, waits) => self.kill(op, waits).await,
        }
    }

    fn value(&mut self) -> Vec<u8> {
        self.count += 1;
        format!("value {}", self.count).into_bytes()
    }

    /// Gives what the model has made the identifiers that the engine has given it.
    fn find_new(&mut self) {
        let engine = &self.bench.engine;
        for vault in engine.vaults().unwrap() {
            if self.model.vaults.iter().all(|known| known.id != Some(vault.id)) {
                self.model.vaults.last_mut().unwrap().id = Some(vault.id);
            }
            for secret in engine.vault_secrets(vault.id).unwrap() {
                if self.model.secrets.iter().all(|known| known.id != Some(secret.id)) {
                    self.model.secrets.last_mut().unwrap().id = Some(secret.id);
                }
            }
        }
    }

    async fn kill(&mut self, op: Op, waits: usize) {
        let value = self.value();
        let running = run(self.bench.engine.clone(), self.model.clone(), op, value.clone());
        cut(running, waits).await;
        // What the store was told is carried out before the next daemon reads.
        let flush = Batch::new().put(b"flush".as_slice(), b"".as_slice());
        self.bench.store.commit(flush).await.unwrap();
        self.bench.restart();
        // A daemon serves only once its device answers.
        self.bench.hsm.set_away(false);
        self.bench
            .hsm
            .set_partly_away(self.model.device == Presence::Partly);
        self.bench.engine.resume().await.unwrap();
        let before = self.model.clone();
        self.model.apply(op, &value);
        self.adopt(&before, op);
        if self.model.device == Presence::Away {
            self.model.device = Presence::There;
        }
    }

    /// Takes in how far the operation came, which must be no further than to its end.
    fn adopt(&mut self, before: &Model, op: Op) {
        let vaults = self.bench.engine.vaults().unwrap();
        if vaults
            .iter()
            .all(|vault| before.vaults.iter().any(|known| known.id == Some(vault.id)))
        {
            self.model.vaults.truncate(before.vaults.len());
        }
        let secrets = vaults
            .iter()
            .flat_map(|vault| self.bench.engine.vault_secrets(vault.id).unwrap());
        let is_known = |id| before.secrets.iter().any(|known| known.id == Some(id));
        if secrets.into_iter().all(|secret| is_known(secret.id)) {
            self.model.secrets.truncate(before.secrets.len());
        }
        self.find_new();
        let now = self.model.now;
        for (at, vault) in self.model.vaults.iter_mut().enumerate() {
            let old = before.vaults.get(at).map_or(vault.state, |old| old.state);
            let state = self.bench.engine.vault(vault.id.unwrap()).unwrap().state;
            let between = matches!(op, Op::Drive) && state == VaultState::Deploying;
            assert!(
                [old, vault.state].contains(&state) || between,
                "{vault:?} is {state}"
            );
            if state == old {
                vault.since = before.vaults.get(at).map_or(now, |old| old.since);
            }
            vault.state = state;
            vault.owned = self.bench.engine.vault(vault.id.unwrap()).unwrap().owned;
        }
        for (at, secret) in self.model.secrets.iter_mut().enumerate() {
            adopt_secret(&self.bench.engine, before.secrets.get(at), secret);
        }
    }

    async fn compare(&self) {
        for (at, vault) in self.model.vaults.iter().enumerate() {
            let actual = self.bench.engine.vault(vault.id.unwrap()).unwrap();
            assert_eq!(actual.state, vault.state, "vault {at}");
            assert!(VAULT_STATES.contains(&actual.state.name()));
            self.check_keyring(&actual.keyring, actual.state).await;
        }
        for (at, secret) in self.model.secrets.iter().enumerate() {
            let actual = self.bench.engine.vault_secret(secret.id.unwrap()).unwrap();
            assert_eq!(actual.state, secret.state, "secret {at}");
            assert!(SECRET_STATES.contains(&actual.state.name()));
            let versions = self.bench.engine.vault_versions(&actual).unwrap();
            assert_eq!(versions.len(), secret.versions.len(), "secret {at}");
            for (version, value) in versions.iter().zip(&secret.versions) {
                let content = self.bench.engine.vault_content(version.id).await;
                match self.model.device {
                    Presence::Away => assert!(content.is_err()),
                    Presence::There | Presence::Partly => assert_eq!(*content.unwrap().content, *value),
                }
            }
        }
    }

    async fn check_keyring(&self, keyring: &KeyringId, state: VaultState) {
        self.bench.hsm.set_away(false);
        let held = self.bench.hsm.list_keyrings().await.unwrap().contains(keyring);
        self.bench.hsm.set_away(self.model.device == Presence::Away);
        match state {
            VaultState::Active => assert!(held, "active without a keyring"),
            VaultState::End => assert!(!held || self.is_wanted(keyring), "a keyring outlives its vault"),
            _ => {}
        }
    }

    /// Whether a vault that has not ended has this keyring, which somebody chose again.
    fn is_wanted(&self, keyring: &KeyringId) -> bool {
        let vaults = self.bench.engine.vaults().unwrap();
        vaults.iter().any(|vault| vault.keyring == *keyring)
    }
}

/// A secret after the daemon was killed: as before, as afterwards, or with a value that was not stored.
fn adopt_secret(engine: &Engine, before: Option<&ModelSecret>, secret: &mut ModelSecret) {
    let actual = engine.vault_secret(secret.id.unwrap()).unwrap();
    let kept = engine.vault_versions(&actual).unwrap().len();
    let old = before.map_or(&[][..], |old| &old.versions);
    let failed = match old.is_empty() {
        true => SecretState::Stalled,
        false => SecretState::UpdatingError,
    };
    if actual.state == secret.state && kept == secret.versions.len() {
        return;
    }
    let is_old = before.is_some_and(|old| old.state == actual.state);
    assert!(is_old || actual.state == failed, "{secret:?} is {}", actual.state);
    assert_eq!(kept, old.len(), "{secret:?}");
    secret.versions = old.to_vec();
    secret.state = actual.state;
}

async fn run(engine: Arc<Engine>, model: Model, op: Op, value: Vec<u8>) -> Result<(), VaultError> {
    let vault = |at: usize| model.vaults.get(at).and_then(|vault| vault.id);
    let secret = |at: usize| model.secrets.get(at).and_then(|secret| secret.id);
    let nothing = VaultError::NotFound("target");
    match op {
        Op::CreateVault(desired) => engine.create_vault(new_vault(desired)).await.map(drop),
        Op::Drive => Ok(engine.drive_vaults(Span::from_secs(PATIENCE)).await?),
        Op::RetryVault(at) => engine.retry_vault(vault(at).ok_or(nothing)?).await.map(drop),
        Op::DeleteVault(at) => engine.delete_vault(vault(at).ok_or(nothing)?).await.map(drop),
        Op::CreateSecret(at) => {
            let new = NewVaultSecret {
                name: "a".into(),
                content: Zeroizing::new(value),
                labels: Vec::new(),
                remote_id: None,
            };
            engine
                .create_vault_secret(vault(at).ok_or(nothing)?, new)
                .await
                .map(drop)
        }
        Op::AddVersion(at) => {
            let id = secret(at).ok_or(nothing)?;
            engine
                .add_vault_version(id, Zeroizing::new(value))
                .await
                .map(drop)
        }
        Op::DeleteSecret(at) => engine
            .delete_vault_secret(secret(at).ok_or(nothing)?)
            .await
            .map(drop),
    }
}

fn new_vault(desired: Option<u8>) -> NewVault {
    let id = ObjectId::derived(&[b"any"]);
    NewVault {
        name: "a".into(),
        plan: id,
        account: id,
        realm: id,
        labels: Vec::new(),
        keyring: desired.map(|desired| KeyringId::new([desired; KeyringId::LEN])),
    }
}

/// Runs a future until it has waited this often, then lets it go.
async fn cut(future: impl Future<Output = Result<(), VaultError>>, waits: usize) {
    let mut future = pin!(future);
    let mut left = waits;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Pending if left > 0 => {
            left -= 1;
            Poll::Pending
        }
        _ => Poll::Ready(()),
    })
    .await;
}

#[tokio::test]
async fn a_version_that_comes_before_the_first_one_is_kept_waits_for_it() {
    let bench = Bench::new().await;
    let vault = bench.engine.create_vault(new_vault(None)).await.unwrap();
    bench
        .engine
        .drive_vaults(Span::from_secs(PATIENCE))
        .await
        .unwrap();
    let engine = bench.engine.clone();
    let new = NewVaultSecret {
        name: "a".into(),
        content: Zeroizing::new(b"first".to_vec()),
        labels: Vec::new(),
        remote_id: None,
    };
    let mut create = Box::pin(async move { engine.create_vault_secret(vault.id, new).await });
    assert!(poll_fn(|context| Poll::Ready(create.as_mut().poll(context).is_pending())).await);
    let secret = loop {
        if let [secret] = &bench.engine.vault_secrets(vault.id).unwrap()[..] {
            break secret.id;
        }
        tokio::task::yield_now().await;
    };
    let engine = bench.engine.clone();
    let second = Zeroizing::new(b"second".to_vec());
    let mut add = Box::pin(async move { engine.add_vault_version(secret, second).await });
    // As far as it comes while the other stands still.
    let early = tokio::time::timeout(Duration::from_millis(100), add.as_mut()).await;
    assert!(early.is_err(), "{early:?}");
    assert_eq!(create.await.unwrap().state, SecretState::Available);
    add.await.unwrap();
    let secret = bench.engine.vault_secret(secret).unwrap();
    let mut contents = Vec::new();
    for version in bench.engine.vault_versions(&secret).unwrap() {
        contents.push(bench.engine.vault_content(version.id).await.unwrap().content);
    }
    assert_eq!(contents, [b"first".to_vec().into(), b"second".to_vec().into()]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn histories_agree_with_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair { bench: Bench::new().await, model: Model::default(), count: 0 };
            for step in steps {
                pair.step(step).await;
                pair.compare().await;
            }
        });
    }
}
