use std::collections::BTreeMap;

use super::secret::TokenHash;
use crate::auth::policy::{Capability, PolicyName};
use crate::auth::{AuthError, Identity};
use crate::engine::span::Span;

/// How long tokens live when nobody says, and how long renewals can stretch them: 768 hours, as in Vault.
pub(in crate::auth) const SYSTEM_TTL: Span = Span::from_secs(768 * 3600);
/// Policies a token has at most.
const MAX_POLICIES: usize = 256;
/// Entries of `meta`; bytes of its keys; bytes of its values and of display names.
const MAX_META: (usize, usize, usize) = (64, 128, 512);

/// What a caller wants of a new token.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// `None` or none: the caller's own.
    pub policies: Option<Vec<PolicyName>>,
    /// How long it lives at first; `None` or zero: 768 hours, or without end for a root token.
    pub ttl: Option<Span>,
    /// How long it lives at most, whatever renews it.
    pub explicit_max_ttl: Option<Span>,
    /// Makes it renewable without end, by this much each time.
    pub period: Option<Span>,
    /// Whether it can be renewed; `None`: yes.
    pub renewable: Option<bool>,
    /// How many requests it is good for; zero: any number.
    pub num_uses: u64,
    /// What to write beside it.
    pub meta: BTreeMap<String, String>,
    /// For people and logs.
    pub display_name: String,
    /// Whether it lives on when the caller's token ends.
    pub no_parent: bool,
    /// Whether it does without the policy `default`.
    pub no_default_policy: bool,
}

/// A token that may be made.
pub(in crate::auth) struct Plan {
    pub(super) parent: Option<TokenHash>,
    pub(super) caller: TokenHash,
    pub(super) policies: Vec<PolicyName>,
    pub(super) path: &'static str,
    pub(super) ttl: Span,
    pub(super) wanted: NewToken,
    pub(super) warnings: Vec<String>,
}

/// Decides whether the caller may have such a token, by Vault's rules.
pub(in crate::auth) fn plan(
    caller: &Identity,
    path: &'static str,
    orphan: bool,
    wanted: NewToken,
) -> Result<Plan, AuthError> {
    if caller.record.uses_left.is_some() {
        return Err(AuthError::invalid(
            "restricted use token cannot generate child tokens",
        ));
    }
    check_bounds(&wanted)?;
    let sudo = caller.allows(path, Capability::Sudo);
    if wanted.no_parent && !sudo {
        return Err(AuthError::invalid(
            "root or sudo privileges required to create orphan token",
        ));
    }
    if nonzero(wanted.period).is_some() && !sudo {
        return Err(AuthError::invalid(
            "root or sudo privileges required to create periodic token",
        ));
    }
    let policies = policies(caller, &wanted, sudo)?;
    let mut warnings = Vec::new();
    let ttl = ttl(&wanted, policies.iter().any(PolicyName::is_root), &mut warnings);
    Ok(Plan {
        parent: (!orphan && !wanted.no_parent).then_some(caller.hash),
        caller: caller.hash,
        policies,
        path,
        ttl,
        wanted,
        warnings,
    })
}

fn check_bounds(wanted: &NewToken) -> Result<(), AuthError> {
    let (entries, key_len, value_len) = MAX_META;
    let fits = |(key, value): (&String, &String)| key.len() <= key_len && value.len() <= value_len;
    if wanted.meta.len() > entries || !wanted.meta.iter().all(fits) {
        let why = format!(
            "meta has at most {entries} entries with keys of {key_len} and values of {value_len} bytes"
        );
        return Err(AuthError::invalid(why));
    }
    if wanted.display_name.len() > value_len {
        return Err(AuthError::invalid(format!(
            "display_name has at most {value_len} bytes"
        )));
    }
    if wanted
        .policies
        .as_ref()
        .is_some_and(|policies| policies.len() > MAX_POLICIES)
    {
        return Err(AuthError::invalid(format!(
            "a token has at most {MAX_POLICIES} policies"
        )));
    }
    let spans = [
        ("ttl", wanted.ttl),
        ("explicit_max_ttl", wanted.explicit_max_ttl),
        ("period", wanted.period),
    ];
    match spans.iter().find(|(_, span)| span.is_some_and(Span::is_negative)) {
        Some((name, _)) => Err(AuthError::invalid(format!("{name} must not be negative"))),
        None => Ok(()),
    }
}

fn policies(caller: &Identity, wanted: &NewToken, sudo: bool) -> Result<Vec<PolicyName>, AuthError> {
    let own = &caller.record.policies;
    let (mut policies, inherited) = match &wanted.policies {
        Some(policies) if !policies.is_empty() => (policies.clone(), false),
        _ => (own.clone(), true),
    };
    let root = |policies: &[PolicyName]| policies.iter().any(PolicyName::is_root);
    if root(&policies) && !root(own) {
        let why = "root tokens may not be created without parent token being root";
        return Err(AuthError::invalid(why));
    }
    if !sudo
        && !policies
            .iter()
            .all(|name| own.contains(name) || name.is_default())
    {
        return Err(AuthError::invalid("child policies must be subset of parent"));
    }
    if root(&policies) {
        return Ok(vec![PolicyName::root()]);
    }
    if wanted.no_default_policy {
        policies.retain(|name| !name.is_default());
    } else if !inherited {
        policies.push(PolicyName::default_policy());
    }
    policies.sort();
    policies.dedup();
    Ok(policies)
}

/// How long the token lives at first; zero for without end, which only root tokens can have.
fn ttl(wanted: &NewToken, root: bool, warnings: &mut Vec<String>) -> Span {
    let explicit = nonzero(wanted.explicit_max_ttl);
    let period = nonzero(wanted.period);
    let limit = match explicit {
        _ if root || period.is_some() => explicit,
        Some(explicit) => Some(explicit.min(SYSTEM_TTL)),
        None => Some(SYSTEM_TTL),
    };
    let wished = period.or(nonzero(wanted.ttl));
    match (wished, limit) {
        (Some(wished), Some(limit)) if wished > limit => {
            warnings.push(capped(wished, limit));
            limit
        }
        _ => wished.or(limit).unwrap_or(Span::ZERO),
    }
}

pub(super) fn capped(wished: Span, limit: Span) -> String {
    format!("TTL of {wished} exceeded the effective max_ttl of {limit}; TTL value is capped accordingly")
}

/// A span that says something: clients send zero for "as usual".
pub(super) fn nonzero(span: Option<Span>) -> Option<Span> {
    span.filter(|span| *span != Span::ZERO)
}
