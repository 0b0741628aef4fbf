//! Random histories, compared step by step with a simple model of what Vault's KV version 2 does.

use crate::engine::EngineError;
use crate::engine::secret::{Cas, MetadataChange, Patching, SecretRow, VersionState};
use crate::engine::span::Span;
use crate::engine::testing::{Bench, path};
use proptest::prelude::*;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const PATHS: [&str; 3] = ["a", "a/b", "c"];

#[derive(Debug, Clone)]
enum Step {
    Advance(i64),
    Configure(u32, bool, i64),
    Deactivate(usize, Vec<u32>),
    Destroy(usize, Vec<u32>),
    Metadata(usize, u32, bool, i64),
    Patch(usize, Option<i64>, bool),
    Reactivate(usize, Vec<u32>),
    Remove(usize),
    Restart,
    Sweep,
    Write(usize, Option<i64>),
}

fn step() -> impl Strategy<Value = Step> {
    let at = 0..PATHS.len();
    let numbers = prop::collection::vec(0u32..8, 0..3);
    let cas = prop::option::weighted(0.4, -1i64..6);
    prop_oneof![
        8 => (at.clone(), cas.clone()).prop_map(|(at, cas)| Step::Write(at, cas)),
        4 => (at.clone(), cas, any::<bool>()).prop_map(|(at, cas, keeps)| Step::Patch(at, cas, keeps)),
        2 => (at.clone(), numbers.clone()).prop_map(|(at, numbers)| Step::Deactivate(at, numbers)),
        2 => (at.clone(), numbers.clone()).prop_map(|(at, numbers)| Step::Reactivate(at, numbers)),
        2 => (at.clone(), numbers).prop_map(|(at, numbers)| Step::Destroy(at, numbers)),
        1 => at.clone().prop_map(Step::Remove),
        2 => (at, 0u32..6, prop::bool::weighted(0.2), 0i64..40)
            .prop_map(|(at, max, cas, after)| Step::Metadata(at, max, cas, after)),
        1 => (0u32..6, prop::bool::weighted(0.2), -1i64..40)
            .prop_map(|(max, cas, after)| Step::Configure(max, cas, after)),
        2 => (1i64..30).prop_map(Step::Advance),
        1 => Just(Step::Restart),
        1 => Just(Step::Sweep),
    ]
}

/// Settings: versions, cas required, seconds until deactivation.
type Settings = (u32, bool, i64);

#[derive(Default)]
struct ModelVersion {
    value: String,
    deletion: Option<i64>,
    destroyed: bool,
}

#[derive(Default)]
struct ModelSecret {
    current: u32,
    oldest: u32,
    settings: Settings,
    versions: BTreeMap<u32, ModelVersion>,
}

#[derive(Default)]
struct Model {
    now: i64,
    defaults: Settings,
    secrets: BTreeMap<&'static str, ModelSecret>,
    written: u32,
}

impl Model {
    fn deletion(&self, secret: &ModelSecret) -> Option<i64> {
        let after = match (secret.settings.2, self.defaults.2) {
            (_, common) if common < 0 => 0,
            (0, common) => common,
            (own, 0) => own,
            (own, common) => own.min(common),
        };
        (after > 0).then_some(self.now + after)
    }

    fn cas_error(&self, at: &str, cas: Option<i64>) -> Option<&'static str> {
        let secret = self.secrets.get(at);
        match cas {
            Some(cas) if cas != i64::from(secret.map_or(0, |secret| secret.current)) => {
                Some("check-and-set parameter did not match the current version")
            }
            None if self.defaults.1 || secret.is_some_and(|secret| secret.settings.1) => {
                Some("check-and-set parameter required for this call")
            }
            _ => None,
        }
    }

    fn add(&mut self, at: &'static str, value: String) {
        let mut secret = self.secrets.remove(at).unwrap_or_default();
        let deletion = self.deletion(&secret);
        secret.current += 1;
        let version = ModelVersion {
            value,
            deletion,
            destroyed: false,
        };
        secret.versions.insert(secret.current, version);
        let kept = match secret.settings.0.max(self.defaults.0) {
            0 => 10,
            kept => kept,
        };
        if secret.current - secret.oldest >= kept {
            secret.oldest = secret.current - kept + 1;
            secret.versions.retain(|number, _| *number >= secret.oldest);
        }
        self.secrets.insert(at, secret);
    }

    fn each(&mut self, at: &str, numbers: &[u32], change: impl Fn(&mut ModelVersion, i64, Option<i64>)) {
        let deletion = self.secrets.get(at).and_then(|secret| self.deletion(secret));
        let now = self.now;
        let Some(secret) = self.secrets.get_mut(at) else {
            return;
        };
        for &number in numbers {
            let number = if number == 0 { secret.current } else { number };
            if let Some(version) = secret
                .versions
                .get_mut(&number)
                .filter(|version| !version.destroyed)
            {
                change(version, now, deletion);
            }
        }
    }

    fn readable(&self, at: &str, number: u32) -> Result<String, String> {
        let secret = self.secrets.get(at).ok_or("secret not found")?;
        let version = secret.versions.get(&number).ok_or("secret version not found")?;
        if version.destroyed || version.deletion.is_some_and(|deletion| deletion <= self.now) {
            return Err("the version is deactivated or destroyed".into());
        }
        Ok(version.value.clone())
    }
}

struct Pair {
    bench: Bench,
    model: Model,
}

impl Pair {
    async fn step(&mut self, step: Step) {
        let (engine, id) = (self.bench.engine.clone(), self.bench.collection.id());
        match step {
            Step::Advance(seconds) => {
                self.bench.clock.advance_secs(seconds);
                self.model.now += seconds;
            }
            Step::Restart => self.bench.restart(),
            Step::Sweep => assert_eq!(engine.sweep().await.unwrap(), 0),
            Step::Configure(max, cas, after) => {
                let change = change(max, cas, after);
                engine
                    .configure(id, |defaults| change.apply_settings(defaults))
                    .await
                    .unwrap();
                self.model.defaults = (max, cas, after);
            }
            Step::Metadata(at, max, cas, after) => {
                let change = change(max, cas, after);
                engine
                    .write_metadata(id, &path(PATHS[at]), &change)
                    .await
                    .unwrap();
                self.model.secrets.entry(PATHS[at]).or_default().settings = (max, cas, after);
            }
            Step::Remove(at) => {
                engine.remove(id, &path(PATHS[at])).await.unwrap();
                self.model.secrets.remove(PATHS[at]);
            }
            Step::Write(at, cas) => self.write(PATHS[at], cas).await,
            Step::Patch(at, cas, keeps) => self.patch(PATHS[at], cas, keeps).await,
            Step::Deactivate(at, numbers) => {
                engine.deactivate(id, &path(PATHS[at]), &numbers).await.unwrap();
                self.model.each(PATHS[at], &numbers, |version, now, _| {
                    version.deletion = version.deletion.filter(|&at| at <= now).or(Some(now));
                });
            }
            Step::Reactivate(at, numbers) => {
                engine.reactivate(id, &path(PATHS[at]), &numbers).await.unwrap();
                self.model.each(PATHS[at], &numbers, |version, _, deletion| {
                    version.deletion = deletion
                });
            }
            Step::Destroy(at, numbers) => {
                engine.destroy(id, &path(PATHS[at]), &numbers).await.unwrap();
                self.model
                    .each(PATHS[at], &numbers, |version, _, _| version.destroyed = true);
            }
        }
    }

    fn next_value(&mut self) -> String {
        self.model.written += 1;
        format!("value {}", self.model.written)
    }

    async fn write(&mut self, at: &'static str, cas: Option<i64>) {
        let text = self.next_value();
        let value = Zeroizing::new(text.clone().into_bytes());
        let (engine, id) = (&self.bench.engine, self.bench.collection.id());
        let written = engine.write(id, &path(at), value, cas.map(Cas)).await;
        match self.model.cas_error(at, cas) {
            Some(error) => assert_eq!(text_of(written), Err(error.into())),
            None => {
                self.model.add(at, text);
                assert_eq!(text_of(written), Ok(self.model.secrets[at].current));
            }
        }
    }

    async fn patch(&mut self, at: &'static str, cas: Option<i64>, keeps: bool) {
        let suffix = self.next_value();
        let patching = if keeps {
            Patching::KeepsVersion
        } else {
            Patching::MakesVersion
        };
        let merge = |old: &[u8]| Ok(Zeroizing::new([old, b"+", suffix.as_bytes()].concat()));
        let (engine, id) = (&self.bench.engine, self.bench.collection.id());
        let patched = text_of(engine.patch(id, &path(at), cas.map(Cas), patching, merge).await);
        let Some(current) = self.model.secrets.get(at).map(|secret| secret.current) else {
            return assert_eq!(patched, Err("secret not found".into()));
        };
        if let Some(error) = self.model.cas_error(at, cas) {
            return assert_eq!(patched, Err(error.into()));
        }
        match self.model.readable(at, current) {
            Ok(old) => {
                let new = format!("{old}+{suffix}");
                self.patch_model(at, new, keeps);
                assert_eq!(patched, Ok(self.model.secrets[at].current));
            }
            Err(_) if current == 0 => assert_eq!(patched, Err("secret not found".into())),
            Err(error) => assert_eq!(patched, Err(error)),
        }
    }

    fn patch_model(&mut self, at: &'static str, new: String, keeps: bool) {
        if !keeps {
            return self.model.add(at, new);
        }
        let secret = self.model.secrets.get_mut(at).unwrap();
        secret.versions.get_mut(&secret.current).unwrap().value = new;
    }

    async fn compare(&self) {
        for at in PATHS {
            for number in 1..=12 {
                assert_eq!(
                    self.bench.read(at, number).await,
                    self.model.readable(at, number),
                    "{at} {number}"
                );
            }
            let row = self.bench.engine.metadata(&self.bench.collection, &path(at));
            match self.model.secrets.get(at) {
                None => assert!(matches!(row, Err(EngineError::SecretNotFound))),
                Some(secret) => self.compare_metadata(&row.unwrap(), secret),
            }
        }
        let listing = self
            .bench
            .engine
            .list(&self.bench.collection, "", None, 9)
            .unwrap();
        let names = [("a", "a"), ("a/b", "a/"), ("c", "c")];
        let names = names.iter().filter(|(at, _)| self.model.secrets.contains_key(at));
        assert!(
            names
                .map(|(_, name)| *name)
                .eq(listing.names.iter().map(String::as_str))
        );
    }

    fn compare_metadata(&self, row: &SecretRow, secret: &ModelSecret) {
        assert_eq!((row.current, row.oldest), (secret.current, secret.oldest));
        let now = self.bench.engine.now();
        let states = row
            .versions
            .iter()
            .map(|version| (version.number, version.state(now)));
        let expected = secret.versions.iter().map(|(number, version)| {
            let state = match version {
                ModelVersion { destroyed: true, .. } => VersionState::Destroyed,
                version if version.deletion.is_some_and(|at| at <= self.model.now) => {
                    VersionState::Deactivated
                }
                _ => VersionState::Active,
            };
            (*number, state)
        });
        assert!(states.eq(expected));
    }
}

fn change(max_versions: u32, cas_required: bool, seconds: i64) -> MetadataChange {
    MetadataChange {
        max_versions: Some(max_versions),
        cas_required: Some(cas_required),
        delete_version_after: Some(Span::from_secs(seconds)),
        custom: None,
    }
}

fn text_of(written: Result<crate::engine::secret::Written, EngineError>) -> Result<u32, String> {
    written
        .map(|written| written.version.number)
        .map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn histories_agree_with_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair { bench: Bench::new().await, model: Model::default() };
            for step in steps {
                pair.step(step).await;
                pair.compare().await;
            }
        });
    }
}
