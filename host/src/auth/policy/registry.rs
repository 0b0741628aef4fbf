use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Acl, Policy, PolicyName, built_in};
use crate::auth::AuthError;
use crate::auth::iam::policy_text;
use crate::store::{Batch, Store, each};

const ROWS: &[u8] = b"auth/policy/";
/// Combinations of policies whose [`Acl`] is kept.
const CACHED_ACLS: usize = 4096;

/// All policies, in memory and in the store.
pub(in crate::auth) struct Registry {
    store: Arc<dyn Store>,
    state: RwLock<State>,
    /// One change at a time, so that memory follows the store in its order.
    changing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    policies: BTreeMap<PolicyName, Stored>,
    acls: HashMap<Vec<PolicyName>, Arc<Acl>>,
}

struct Stored {
    text: Arc<str>,
    policy: Policy,
}

impl Stored {
    fn parse(text: &str) -> Result<Self, AuthError> {
        let policy = Policy::parse(text).map_err(AuthError::invalid)?;
        let text = text.into();
        Ok(Self { text, policy })
    }
}

impl Registry {
    pub(in crate::auth) fn open(store: Arc<dyn Store>) -> Result<Self, AuthError> {
        let mut policies = BTreeMap::new();
        policies.insert(PolicyName::default_policy(), Stored::parse(built_in::DEFAULT)?);
        each(&*store, ROWS, |name, value| {
            let (name, stored) = load(name, value)?;
            policies.insert(name, stored);
            Ok::<_, AuthError>(())
        })?;
        let state = State {
            policies,
            acls: HashMap::new(),
        };
        Ok(Self {
            store,
            state: RwLock::new(state),
            changing: tokio::sync::Mutex::default(),
        })
    }

    /// What these policies allow together; those that do not exist allow nothing.
    pub(in crate::auth) fn acl(&self, names: &[PolicyName]) -> Arc<Acl> {
        if let Some(acl) = self.read().acls.get(names) {
            return acl.clone();
        }
        let mut state = self.write();
        let acl = Arc::new(if names.iter().any(PolicyName::is_root) {
            Acl::root()
        } else {
            let roles: Vec<_> = names.iter().filter_map(role_policy).collect();
            let known = names.iter().filter_map(|name| state.policies.get(name));
            Acl::of(known.chain(&roles).map(|stored| &stored.policy))
        });
        if state.acls.len() >= CACHED_ACLS {
            state.acls.clear();
        }
        state.acls.insert(names.to_vec(), acl.clone());
        acl
    }

    /// All names, `root` too, in order.
    pub(in crate::auth) fn names(&self) -> Vec<PolicyName> {
        let mut names: Vec<_> = self.read().policies.keys().cloned().collect();
        names.push(PolicyName::root());
        names.sort();
        names
    }

    pub(in crate::auth) fn exists(&self, name: &PolicyName) -> bool {
        name.is_root() || self.read().policies.contains_key(name) || role_policy(name).is_some()
    }

    /// The text of a policy as it was written; that of `root` is empty.
    pub(in crate::auth) fn text(&self, name: &PolicyName) -> Option<Arc<str>> {
        if name.is_root() {
            return Some("".into());
        }
        let stored = self.read().policies.get(name).map(|stored| stored.text.clone());
        stored.or_else(|| role_policy(name).map(|stored| stored.text))
    }

    pub(in crate::auth) async fn put(&self, name: PolicyName, text: &str) -> Result<(), AuthError> {
        if name.is_root() {
            return Err(AuthError::invalid("the policy root can't be changed"));
        }
        if role_policy(&name).is_some() {
            let why = "the name stands for a role, which can't be changed; choose another name";
            return Err(AuthError::invalid(why));
        }
        let stored = Stored::parse(text)?;
        let _one = self.changing.lock().await;
        self.store.commit(Batch::new().put(row(&name), text)).await?;
        let mut state = self.write();
        state.acls.clear();
        state.policies.insert(name, stored);
        Ok(())
    }

    /// Removes a policy; one that does not exist is no error.
    pub(in crate::auth) async fn remove(&self, name: &PolicyName) -> Result<(), AuthError> {
        if name.is_root() || name.is_default() {
            return Err(AuthError::invalid(format!("the policy {name} can't be deleted")));
        }
        let _one = self.changing.lock().await;
        self.store.commit(Batch::new().delete(row(name))).await?;
        let mut state = self.write();
        state.acls.clear();
        state.policies.remove(name);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The policy that stands for a role: made anew each time, because the cache of [`Acl`]s keeps what matters.
fn role_policy(name: &PolicyName) -> Option<Stored> {
    Stored::parse(&policy_text(name)?).ok()
}

fn row(name: &PolicyName) -> Vec<u8> {
    [ROWS, name.as_str().as_bytes()].concat()
}

fn load(name: &[u8], value: &[u8]) -> Result<(PolicyName, Stored), AuthError> {
    let name = String::from_utf8_lossy(name).into_owned();
    let damaged = |why: String| AuthError::Damaged(format!("policy {name:?}: {why}"));
    let text = std::str::from_utf8(value).map_err(|error| damaged(error.to_string()))?;
    let stored = Stored::parse(text).map_err(|error| damaged(error.to_string()))?;
    let name = name
        .parse()
        .map_err(|error: super::BadName| damaged(error.to_string()))?;
    Ok((name, stored))
}
