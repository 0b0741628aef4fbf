use std::sync::Arc;

use super::plan::{SYSTEM_TTL, capped, nonzero};
use super::record::Record;
use super::secret::TokenHash;
use super::tokens::Tokens;
use crate::auth::AuthError;
use crate::engine::clock::Time;
use crate::engine::span::Span;

/// A token that was renewed.
#[derive(Debug)]
pub struct Renewed {
    /// What is known of it now.
    pub record: Arc<Record>,
    /// What was not done as asked.
    pub warnings: Vec<String>,
}

impl Tokens {
    pub(in crate::auth) async fn renew(
        &self,
        hash: TokenHash,
        increment: Option<Span>,
    ) -> Result<Renewed, AuthError> {
        if increment.is_some_and(Span::is_negative) {
            return Err(AuthError::invalid("increment must not be negative"));
        }
        let now = self.now();
        let extend = |record: &mut Record| {
            if !record.renewable {
                return Err(AuthError::invalid("lease is not renewable"));
            }
            let wished = now.after(wish(record, increment));
            record.expires = Some(latest(record).map_or(wished, |latest| latest.min(wished)));
            Ok(())
        };
        let record = self.change(hash, extend).await?;
        let warnings = warnings(&record, increment, now);
        Ok(Renewed {
            record: Arc::new(record),
            warnings,
        })
    }
}

fn wish(record: &Record, increment: Option<Span>) -> Span {
    nonzero(Some(record.period))
        .or(nonzero(increment))
        .unwrap_or(record.creation_ttl)
}

/// The end that no renewal passes.
fn latest(record: &Record) -> Option<Time> {
    let explicit = nonzero(Some(record.explicit_max_ttl));
    let root = record.policies.iter().any(|name| name.is_root());
    let limit = match explicit {
        _ if root || record.period != Span::ZERO => explicit,
        Some(explicit) => Some(explicit.min(SYSTEM_TTL)),
        None => Some(SYSTEM_TTL),
    };
    limit.map(|limit| record.created.after(limit))
}

fn warnings(record: &Record, increment: Option<Span>, now: Time) -> Vec<String> {
    let Some(increment) = nonzero(increment) else {
        return Vec::new();
    };
    let given = Span::from_secs(record.seconds_left(now));
    let short = record.expires.is_some_and(|end| end < now.after(increment));
    if short {
        vec![capped(increment, given)]
    } else {
        Vec::new()
    }
}
