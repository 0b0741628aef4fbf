use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::plan::Plan;
use super::record::Record;
use super::secret::{Accessor, Token, TokenHash};
use super::tokens::{Tokens, key, serialise};
use crate::auth::AuthError;
use crate::auth::policy::PolicyName;
use crate::engine::span::Span;
use crate::store::Batch;

/// There while a root token has been made.
const ROOT_ROW: &[u8] = b"auth/root";
/// Tokens that a token may descend from.
const MAX_DEPTH: usize = 64;

/// A token that was made.
#[derive(Debug)]
pub struct Created {
    /// Its text: the only time that anybody sees it.
    pub token: Token,
    /// What is known of it.
    pub record: Arc<Record>,
    /// What was not done as asked.
    pub warnings: Vec<String>,
}

/// A token that nobody's token stands behind: its holder is known otherwise.
pub struct Issue {
    /// The route that it is made at.
    pub path: &'static str,
    /// For people and logs.
    pub display_name: String,
    /// Its policies, in order, each once.
    pub policies: Vec<PolicyName>,
    /// How long it lives at first, and by how much renewals extend it.
    pub ttl: Span,
    /// How long it lives at most.
    pub max_ttl: Span,
    /// What is known of its holder.
    pub meta: BTreeMap<String, String>,
}

impl Tokens {
    /// Makes a renewable token without a parent.
    pub(in crate::auth) async fn issue(&self, issue: Issue) -> Result<Created, AuthError> {
        let (token, accessor) = self.fresh().await?;
        let _shared = self.changing.read().await;
        let created = self.now();
        let record = Record {
            accessor,
            parent: None,
            policies: issue.policies,
            path: issue.path.into(),
            display_name: issue.display_name,
            meta: issue.meta,
            created,
            creation_ttl: issue.ttl,
            expires: Some(created.after(issue.ttl)),
            explicit_max_ttl: issue.max_ttl,
            period: Span::ZERO,
            renewable: true,
            uses_left: None,
        };
        self.add(&token, &record, Batch::new()).await?;
        Ok(Created {
            token,
            record: Arc::new(record),
            warnings: Vec::new(),
        })
    }

    pub(in crate::auth) async fn create(&self, plan: Plan) -> Result<Created, AuthError> {
        let (token, accessor) = self.fresh().await?;
        let _shared = self.changing.read().await;
        // The caller's token may have ended since the request was authenticated.
        self.alive(&plan.caller).ok_or(AuthError::Denied)?;
        if plan.parent.is_some() && self.index().depth(&plan.caller) >= MAX_DEPTH {
            let why =
                format!("more than {MAX_DEPTH} tokens would depend on each other; make an orphan token");
            return Err(AuthError::invalid(why));
        }
        let warnings = plan.warnings.clone();
        let record = self.record(plan, accessor);
        self.add(&token, &record, Batch::new()).await?;
        Ok(Created {
            token,
            record: Arc::new(record),
            warnings,
        })
    }

    pub(in crate::auth) async fn ensure_root(
        &self,
        keep: impl FnOnce(&Token) -> io::Result<()>,
    ) -> Result<bool, AuthError> {
        if self.store.get(ROOT_ROW)?.is_some() {
            return Ok(false);
        }
        let (token, accessor) = self.fresh().await?;
        keep(&token).map_err(AuthError::Keep)?;
        let marker = Batch::new()
            .expect(ROOT_ROW, None)
            .put(ROOT_ROW, accessor.as_str());
        let record = self.root_record(accessor);
        self.add(&token, &record, marker).await?;
        Ok(true)
    }

    async fn fresh(&self) -> Result<(Token, Accessor), AuthError> {
        let random = self.hsm.random(Token::RANDOM + Accessor::RANDOM).await?;
        let (token, accessor) = random.split_at_checked(Token::RANDOM).ok_or(AuthError::Random)?;
        if accessor.len() != Accessor::RANDOM {
            return Err(AuthError::Random);
        }
        Ok((Token::from_random(token), Accessor::from_random(accessor)))
    }

    async fn add(&self, token: &Token, record: &Record, batch: Batch) -> Result<(), AuthError> {
        let hash = TokenHash::of(token.reveal());
        let batch = batch.expect(key(&hash), None).put(key(&hash), serialise(record)?);
        self.commit(batch, &[hash]).await
    }

    fn record(&self, plan: Plan, accessor: Accessor) -> Record {
        let (created, wanted) = (self.now(), plan.wanted);
        let expires = (plan.ttl != Span::ZERO).then(|| created.after(plan.ttl));
        Record {
            accessor,
            parent: plan.parent,
            policies: plan.policies,
            path: plan.path.into(),
            display_name: display_name(&wanted.display_name),
            meta: wanted.meta,
            created,
            creation_ttl: plan.ttl,
            expires,
            explicit_max_ttl: wanted.explicit_max_ttl.unwrap_or(Span::ZERO),
            period: wanted.period.unwrap_or(Span::ZERO),
            renewable: expires.is_some() && wanted.renewable.unwrap_or(true),
            uses_left: (wanted.num_uses > 0).then_some(wanted.num_uses),
        }
    }

    fn root_record(&self, accessor: Accessor) -> Record {
        Record {
            accessor,
            parent: None,
            policies: vec![PolicyName::root()],
            path: "auth/token/root".into(),
            display_name: "root".into(),
            meta: Default::default(),
            created: self.now(),
            creation_ttl: Span::ZERO,
            expires: None,
            explicit_max_ttl: Span::ZERO,
            period: Span::ZERO,
            renewable: false,
            uses_left: None,
        }
    }
}

/// As Vault shows it: behind `token`, with a dash for whatever is no letter or digit.
fn display_name(wished: &str) -> String {
    let dashed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = wished.chars().map(dashed).collect();
    match name.trim_end_matches('-') {
        "" => "token".into(),
        name => format!("token-{name}"),
    }
}
