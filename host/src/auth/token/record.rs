use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::secret::{Accessor, TokenHash};
use crate::auth::policy::PolicyName;
use crate::engine::clock::Time;
use crate::engine::span::Span;

/// What is known of a token: all but its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Names it to those who may not use it.
    pub accessor: Accessor,
    /// The token that it ends with; `None` for orphans.
    pub parent: Option<TokenHash>,
    /// Its policies, in order, each once.
    pub policies: Vec<PolicyName>,
    /// The route it was made at.
    pub path: String,
    /// For people and logs.
    pub display_name: String,
    /// What its maker wrote beside it.
    pub meta: BTreeMap<String, String>,
    /// When it was made.
    pub created: Time,
    /// How long it was made for; zero for one that does not expire.
    pub creation_ttl: Span,
    /// When it ends.
    pub expires: Option<Time>,
    /// How long after it was made it ends at the latest, however often it is renewed; zero for no such limit.
    pub explicit_max_ttl: Span,
    /// What each renewal extends it by, without end; zero for none.
    pub period: Span,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// How many requests it is good for from now on; `None` for any number.
    pub uses_left: Option<u64>,
}

impl Record {
    /// Whether it ends with no other token.
    pub fn is_orphan(&self) -> bool {
        self.parent.is_none()
    }

    /// Whether its own time or uses are over.
    pub(super) fn is_over(&self, now: Time) -> bool {
        self.expires.is_some_and(|expires| expires <= now) || self.uses_left == Some(0)
    }

    /// Whole seconds that are left to it at `now`; zero for one that does not expire.
    pub fn seconds_left(&self, now: Time) -> i64 {
        let left = self
            .expires
            .map_or(0, |end| end.as_nanos().saturating_sub(now.as_nanos()));
        left.max(0) / 1_000_000_000
    }
}
