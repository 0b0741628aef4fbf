use crate::engine::clock::Time;
use serde_json::{Map, Value};

/// How far an issuer's clock may be ahead of ours, in seconds.
const LEEWAY: i64 = 60;
/// Characters of a claim that is shown or compared.
const MAX_TEXT: usize = 512;

/// What a verified token says of its holder.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// Names the holder: `iam-ServiceId-…`, `IBMid-…`.
    pub iam_id: String,
    /// The holder's account; empty where the token names none.
    pub account: String,
    /// The holder's name, for people.
    pub name: String,
    /// How the token was asked for.
    pub grant_type: String,
    all: Map<String, Value>,
}

/// Why a token with a good signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadClaims {
    /// Made for somebody else.
    #[error("the token is not meant for this service (aud)")]
    Audience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `iat` or `nbf` is to come.
    #[error("the token is not valid yet; check the clocks of issuer and daemon")]
    Future,
    /// A claim is missing or of another type.
    #[error("the token's claim {0} is missing or malformed")]
    Malformed(&'static str),
}

impl Claims {
    /// Checks the claims of RFC 7519, section 4.1, and picks out IBM's.
    pub(super) fn check(
        all: Map<String, Value>,
        audience: Option<&str>,
        now: Time,
    ) -> Result<Self, BadClaims> {
        check_times(&all, now.as_nanos().div_euclid(1_000_000_000))?;
        if let Some(audience) = audience
            && !is_for(&all, audience)
        {
            return Err(BadClaims::Audience);
        }
        let account = match all.get("account").and_then(|account| account.get("bss")) {
            None => String::new(),
            Some(account) => text(account).ok_or(BadClaims::Malformed("account.bss"))?,
        };
        let named = |name| all.get(name).and_then(text).unwrap_or_default();
        Ok(Self {
            iam_id: all
                .get("iam_id")
                .and_then(text)
                .ok_or(BadClaims::Malformed("iam_id"))?,
            account,
            name: named("name"),
            grant_type: named("grant_type"),
            all,
        })
    }

    /// A claim that is a time, in whole seconds.
    pub(super) fn time(&self, claim: &'static str) -> Option<Time> {
        let seconds = seconds(&self.all, claim).ok().flatten()?;
        Some(Time::from_nanos(seconds.saturating_mul(1_000_000_000)))
    }

    /// Whether a claim has this value: a text that is equal, or a list that holds it.
    pub(super) fn has(&self, claim: &str, wanted: &str) -> bool {
        match self.all.get(claim) {
            Some(Value::String(text)) => text == wanted,
            Some(Value::Array(items)) => items.iter().any(|item| item == wanted),
            _ => false,
        }
    }
}

fn check_times(all: &Map<String, Value>, now: i64) -> Result<(), BadClaims> {
    let expires = seconds(all, "exp")?.ok_or(BadClaims::Malformed("exp"))?;
    if expires <= now {
        return Err(BadClaims::Expired);
    }
    let latest = now.saturating_add(LEEWAY);
    for name in ["iat", "nbf"] {
        if seconds(all, name)?.is_some_and(|time| time > latest) {
            return Err(BadClaims::Future);
        }
    }
    Ok(())
}

/// A NumericDate (RFC 7519, section 2), cut to whole seconds.
fn seconds(all: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, BadClaims> {
    let Some(value) = all.get(name) else {
        return Ok(None);
    };
    let whole = value.as_i64().or_else(|| {
        let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e15)?;
        Some(seconds as i64)
    });
    whole.map(Some).ok_or(BadClaims::Malformed(name))
}

fn is_for(all: &Map<String, Value>, audience: &str) -> bool {
    match all.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one == audience),
        _ => false,
    }
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = !text.is_empty() && text.len() <= MAX_TEXT && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}
