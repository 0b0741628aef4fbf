//! What becomes of an order whose step failed.

use super::{PublicTerms, State};
use crate::acme::AcmeError;
use crate::dns::DnsError;
use crate::engine::managed::Found;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use tracing::warn;

/// Before what could not be done is tried again; doubled each time.
const PATIENCE: i64 = 5;
/// The most of that.
const MOST: i64 = 3600;
/// How often a step is tried: for about an hour and a half.
const TRIES: u32 = 10;
/// After a renewal that has failed.
const NEXT_RENEWAL: Span = Span::from_secs(86_400);

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Acme(#[from] AcmeError),
    #[error(transparent)]
    Dns(#[from] DnsError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The order has to be given up; code and text say why.
    #[error("{0}: {1}")]
    Over(&'static str, String),
}

impl Fault {
    /// Whether trying again later may help.
    fn is_passing(&self) -> bool {
        match self {
            Self::Acme(error) => error.is_passing(),
            Self::Dns(error) => error.is_passing(),
            Self::Engine(EngineError::BadChange(_) | EngineError::ConfigNotFound(_)) | Self::Over(..) => {
                false
            }
            Self::Engine(_) => true,
        }
    }

    /// A code and a text for whoever ordered.
    fn told(self) -> (String, String) {
        match self {
            Self::Acme(error) => error.told(),
            Self::Dns(error) => ("dns".into(), error.to_string()),
            Self::Engine(error) => ("failed".into(), error.to_string()),
            Self::Over(code, message) => (code.into(), message),
        }
    }
}

impl Engine {
    /// What becomes of an order whose step failed: it is tried again later, or given up.
    pub(super) async fn faulted(
        &self,
        found: &Found,
        terms: &PublicTerms,
        fault: Fault,
    ) -> Result<(), EngineError> {
        let tries = terms.order.as_ref().map_or(0, |progress| progress.tries);
        let passing = fault.is_passing();
        warn!(secret = %found.id, error = %fault, passing, tries, "a step of an order failed");
        if passing && tries < TRIES {
            let pause = Span::from_secs((PATIENCE << tries).min(MOST));
            self.note_order(found, |terms, now| {
                terms.due = Some(now.after(pause));
                if let Some(progress) = &mut terms.order {
                    progress.tries += 1;
                }
                Ok(())
            })
            .await?;
            return Ok(());
        }
        let (code, message) = fault.told();
        self.give_order_up(found, State::Failed { code, message }).await
    }

    /// Ends an order without a certificate; where there is an old one, it is tried again in a day.
    async fn give_order_up(&self, found: &Found, state: State) -> Result<(), EngineError> {
        let first = self.describe(found)?.current == 0;
        self.note_order(found, |terms, now| {
            terms.order = None;
            terms.state = state.clone();
            terms.due = (!first && terms.auto_rotate).then(|| now.after(NEXT_RENEWAL));
            Ok(())
        })
        .await?;
        Ok(())
    }
}
