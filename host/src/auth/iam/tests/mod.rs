//! Logins that succeed, and tokens that are refused.

mod roles;
mod source;
mod tokens;

use super::testing::TestIssuer;
use super::{Grant, GrantTo, Iam, IssuerSettings, Role, Scope};
use crate::auth::testing::Bench;

/// Seconds since the epoch at which the bench's clock stands.
const NOW: i64 = 1_800_000_000;

async fn iam(bench: &Bench, settings: IssuerSettings, grants: Vec<Grant>) -> Iam {
    Iam::open(bench.store.clone(), bench.auth.clone(), vec![settings], grants).unwrap()
}

fn grant(iam_id: &str, role: Role, scope: Scope) -> Grant {
    Grant {
        to: GrantTo::IamId(iam_id.into()),
        role,
        scope,
    }
}

struct Login {
    _bench: Bench,
    issuer: TestIssuer,
    iam: Iam,
}

impl Login {
    async fn new(change: impl FnOnce(&mut IssuerSettings)) -> Self {
        let (bench, issuer) = (Bench::new().await, TestIssuer::new());
        let mut settings = issuer.settings();
        change(&mut settings);
        let everybody = grant(super::testing::SERVICE, Role::Reader, Scope::Instance);
        let iam = iam(&bench, settings, vec![everybody]).await;
        Self {
            _bench: bench,
            issuer,
            iam,
        }
    }

    /// Why a token is refused; empty where it is not.
    async fn refusal(&self, token: &str) -> String {
        match self.iam.verify(token).await {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }
}
