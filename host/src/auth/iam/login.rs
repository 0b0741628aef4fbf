use super::claims::{BadClaims, Claims};
use super::jwks::Key;
use super::jwt::{BadJwt, Jwt};
use super::provider::{LEASE_END, Provider, ProviderError};
use super::role::{Role, Scope};
use super::settings::{Grant, GrantTo, IssuerSettings};
use super::source::{Source, SourceError, Timing};
use crate::auth::policy::PolicyName;
use crate::auth::token::{Created, Issue, SYSTEM_TTL};
use crate::auth::{Auth, AuthError};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::span::Span;
use crate::store::{Batch, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

const TTL_ROW: &[u8] = b"auth/iam/login-ttl";

/// How long tokens from a login live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginTtl {
    /// At first, and by how much a renewal extends them.
    pub ttl: Span,
    /// At most, whatever renews them.
    pub max_ttl: Span,
}

impl Default for LoginTtl {
    /// What IBM's plug-in has: 1 hour and 24 hours.
    fn default() -> Self {
        Self {
            ttl: Span::from_secs(3600),
            max_ttl: Span::from_secs(24 * 3600),
        }
    }
}

impl LoginTtl {
    /// Shortened to what is left until then.
    fn until(self, end: Option<Time>, now: Time) -> Self {
        let left = end.map_or(SYSTEM_TTL, |end| end.since(now));
        Self {
            ttl: self.ttl.min(left),
            max_ttl: self.max_ttl.min(left),
        }
    }

    fn check(self) -> Result<Self, AuthError> {
        let broken = if self.ttl <= Span::ZERO || self.max_ttl <= Span::ZERO {
            "token_ttl and token_max_ttl must be longer than nothing".to_owned()
        } else if self.max_ttl > SYSTEM_TTL {
            format!("token_max_ttl must not exceed {SYSTEM_TTL}")
        } else if self.ttl > self.max_ttl {
            "token_ttl must not exceed token_max_ttl".to_owned()
        } else {
            return Ok(self);
        };
        Err(AuthError::Invalid(broken))
    }
}

/// Somebody whom an issuer vouches for, and the policies that the configuration gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct Principal {
    /// What the issuer says of them.
    pub claims: Claims,
    /// `default` and one for each role; in order.
    pub policies: Vec<PolicyName>,
    /// When what they came by ends, where that is sooner than it would otherwise.
    pub until: Option<Time>,
}

/// Why a login failed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The token's account is not on the issuer's list.
    #[error("the account of the token may not log in here")]
    Account,
    /// A claim is missing, over or not for us.
    #[error(transparent)]
    Claims(#[from] BadClaims),
    /// No configured issuer has this name.
    #[error("the token is from an issuer that is not configured")]
    Issuer,
    /// The issuer has no such key.
    #[error("the token is signed with a key that its issuer does not have")]
    Key,
    /// The built-in identity provider does not know the holder any more.
    #[error("the service id of the token was deleted")]
    Deleted,
    /// No role is configured for the holder.
    #[error("no role is configured for the token's holder")]
    NoRole,
    /// The built-in identity provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The issuer's keys can't be had now.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Making the token failed.
    #[error(transparent)]
    Token(#[from] AuthError),
    /// The text is no token, or does not verify.
    #[error(transparent)]
    Verification(#[from] BadJwt),
}

/// Whose tokens count.
enum Issuer {
    /// The built-in provider.
    Own(Arc<Provider>),
    /// One that the settings name.
    Other(Box<Configured>),
}

/// What the built-in provider knows of somebody.
#[derive(Default)]
struct Member {
    roles: Vec<(Role, Scope)>,
    /// Access groups.
    groups: Vec<String>,
    /// When the API key that the token came by ends.
    until: Option<Time>,
}

struct Configured {
    settings: IssuerSettings,
    source: Source,
}

impl Issuer {
    fn name(&self) -> &str {
        match self {
            Self::Own(provider) => provider.issuer(),
            Self::Other(other) => &other.settings.issuer,
        }
    }

    async fn key(&self, kid: &str) -> Result<Key, LoginError> {
        let key = match self {
            Self::Own(provider) => provider.key(kid).await?,
            Self::Other(other) => other.source.key(kid).await?,
        };
        key.ok_or(LoginError::Key)
    }

    fn audience(&self) -> Option<&str> {
        match self {
            Self::Own(_) => None,
            Self::Other(other) => other.settings.audience.as_deref(),
        }
    }

    fn accepts(&self, account: &str) -> bool {
        match self {
            Self::Own(provider) => account == provider.account(),
            Self::Other(other) => {
                let accounts = &other.settings.accounts;
                accounts.is_empty() || accounts.iter().any(|known| known == account)
            }
        }
    }

    /// What the issuer itself knows of the holder.
    fn member(&self, claims: &Claims) -> Result<Member, LoginError> {
        match self {
            Self::Other(_) => Ok(Member::default()),
            Self::Own(provider) => match provider.service_id(&claims.iam_id) {
                Ok(service) => Ok(Member {
                    roles: service.roles,
                    groups: service.groups,
                    until: claims.time(LEASE_END),
                }),
                Err(ProviderError::NotFound(_)) => Err(LoginError::Deleted),
                Err(error) => Err(error.into()),
            },
        }
    }
}

/// Exchanges tokens of identity providers for tokens of this daemon.
pub struct Iam {
    issuers: Vec<Issuer>,
    grants: Vec<Grant>,
    auth: Auth,
    store: Arc<dyn Store>,
    ttl: RwLock<LoginTtl>,
    configuring: tokio::sync::Mutex<()>,
}

impl Iam {
    /// Over these issuers and roles; see [`Iam::and_own`] for the built-in one.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn open(
        store: Arc<dyn Store>,
        auth: Auth,
        issuers: Vec<IssuerSettings>,
        grants: Vec<Grant>,
    ) -> Result<Self, AuthError> {
        let ttl = match store.get(TTL_ROW)? {
            None => LoginTtl::default(),
            Some(row) => serde_json::from_slice(&row)
                .map_err(|error| AuthError::Damaged(format!("the login configuration: {error}")))?,
        };
        let issuers = issuers.into_iter().map(|settings| {
            let source = Source::new(settings.jwks.clone(), Timing::default());
            Issuer::Other(Box::new(Configured { settings, source }))
        });
        Ok(Self {
            issuers: issuers.collect(),
            grants,
            auth,
            store,
            ttl: RwLock::new(ttl),
            configuring: tokio::sync::Mutex::default(),
        })
    }

    /// With the built-in identity provider, whose tokens count before those of others that have its name.
    #[must_use]
    pub fn and_own(mut self, provider: Arc<Provider>) -> Self {
        self.issuers.insert(0, Issuer::Own(provider));
        self
    }

    /// How long tokens from a login live.
    pub fn ttl(&self) -> LoginTtl {
        *self.ttl.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how long tokens from later logins live; `None` leaves a part as it is.
    ///
    /// # Errors
    /// [`AuthError::Invalid`] when the two do not fit each other or Vault's 768 hours, and those of the store.
    pub async fn set_ttl(&self, ttl: Option<Span>, max_ttl: Option<Span>) -> Result<(), AuthError> {
        let _turn = self.configuring.lock().await;
        let old = self.ttl();
        let new = LoginTtl {
            ttl: ttl.unwrap_or(old.ttl),
            max_ttl: max_ttl.unwrap_or(old.max_ttl),
        }
        .check()?;
        let row = serde_json::to_vec(&new).map_err(|error| AuthError::Damaged(error.to_string()))?;
        self.store.commit(Batch::new().put(TTL_ROW, row)).await?;
        *self.ttl.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Who holds this token, once its signature and its claims are checked.
    ///
    /// # Errors
    /// All of [`LoginError`] but [`LoginError::Token`].
    pub async fn verify(&self, token: &str) -> Result<Principal, LoginError> {
        let jwt = Jwt::parse(token)?;
        let issuer = self
            .issuers
            .iter()
            .find(|issuer| jwt.claimed_issuer() == Some(issuer.name()))
            .ok_or(LoginError::Issuer)?;
        let key = issuer.key(jwt.kid()).await?;
        let claims = Claims::check(jwt.verified(&key)?, issuer.audience(), self.auth.now())?;
        if !issuer.accepts(&claims.account) {
            return Err(LoginError::Account);
        }
        let Member { roles, groups, until } = issuer.member(&claims)?;
        let policies = self.policies(&claims, roles, &groups)?;
        Ok(Principal {
            claims,
            policies,
            until,
        })
    }

    /// Makes a token for whoever holds this one. `resource` is written beside it: what the token is for.
    ///
    /// # Errors
    /// All of [`LoginError`].
    pub async fn login(&self, token: &str, resource: String) -> Result<Created, LoginError> {
        let Principal {
            claims,
            policies,
            until,
        } = self.verify(token).await?;
        let LoginTtl { ttl, max_ttl } = self.ttl().until(until, self.auth.now());
        let meta = BTreeMap::from([
            ("bss_acc".into(), claims.account),
            ("grant_type".into(), claims.grant_type),
            ("name".into(), claims.name),
            ("resource".into(), resource),
            ("user".into(), claims.iam_id.clone()),
        ]);
        let issue = Issue {
            path: "auth/ibmcloud/login",
            display_name: format!("ibmcloud-{}", claims.iam_id),
            policies,
            ttl,
            max_ttl,
            meta,
        };
        Ok(self.auth.issue(issue).await?)
    }

    /// The policies of all roles: these, and those that the configuration gives. A group's role counts only where it is
    /// more than that in the whole instance: of two path policies the one for the narrower path decides alone.
    fn policies(
        &self,
        claims: &Claims,
        own: Vec<(Role, Scope)>,
        member_of: &[String],
    ) -> Result<Vec<PolicyName>, LoginError> {
        let mut instance: Option<Role> = None;
        let mut groups: BTreeMap<CollectionId, Role> = BTreeMap::new();
        let configured = self.grants.iter().filter(|grant| grant.is_for(claims, member_of));
        for (role, scope) in configured.map(|grant| (grant.role, grant.scope)).chain(own) {
            match scope {
                Scope::Instance => instance = instance.max(Some(role)),
                Scope::Group(group) => {
                    let most = groups.entry(group).or_insert(role);
                    *most = role.max(*most);
                }
            }
        }
        let groups = groups.into_iter().filter(|(_, role)| Some(*role) > instance);
        let groups = groups.map(|(group, role)| (Scope::Group(group), role));
        let roles = instance
            .map(|role| (Scope::Instance, role))
            .into_iter()
            .chain(groups);
        let mut policies: Vec<_> = roles.filter_map(|(scope, role)| scope.policy(role)).collect();
        if policies.is_empty() {
            return Err(LoginError::NoRole);
        }
        policies.push(PolicyName::default_policy());
        policies.sort();
        Ok(policies)
    }
}

impl Grant {
    fn is_for(&self, claims: &Claims, member_of: &[String]) -> bool {
        match &self.to {
            GrantTo::IamId(iam_id) => claims.iam_id == *iam_id,
            GrantTo::AccessGroup(group) => member_of.contains(group),
            GrantTo::Claim { name, value } => claims.has(name, value),
        }
    }
}
