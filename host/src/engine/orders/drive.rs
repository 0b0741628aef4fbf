//! Doing the next step of an order, until it waits for somebody or has ended.

use super::begin::MANUAL;
use super::prove::Proofs;
use super::{PublicTerms, State};
use crate::acme::{AcmeError, Client, Order, Status};
use crate::engine::clock::Time;
use crate::engine::managed::Found;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tracing::{info, warn};
use uuid::Uuid;

/// Who orders on schedule.
const AUTHOR: &str = "casemate";
/// Between two looks at an order that the authority works on.
const PAUSE: Duration = Duration::from_secs(1);
/// Before what the authority could not do is tried again; doubled each time.
const PATIENCE: i64 = 15;
/// The most of that.
const MOST: i64 = 3600;
/// How often a step is tried.
const TRIES: u32 = 8;
/// After a renewal that has failed.
const NEXT_RENEWAL: Span = Span::from_secs(86_400);
/// How long users have to make records where the authority does not say.
const FOR_USERS: Span = Span::from_secs(7 * 86_400);

/// Which orders are being driven now.
#[derive(Default)]
pub(in crate::engine) struct Driving(Mutex<HashSet<Uuid>>);

impl Driving {
    fn take(&self, id: Uuid) -> Option<Turn<'_>> {
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        new.then(|| Turn(self, id))
    }
}

/// The right to drive an order; given up on drop.
struct Turn<'d>(&'d Driving, Uuid);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

/// What came of a step.
enum Step {
    Done,
    Next,
    Pause,
    /// Not before then, or before somebody has done something.
    Wait(Option<Time>),
}

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Acme(#[from] AcmeError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The order has to be given up; code and text say why.
    #[error("{0}: {1}")]
    Over(&'static str, String),
}

impl Engine {
    /// Does what is due for a secret at its authority, as far as it can be done now; one at a time for each secret.
    pub async fn drive_order(&self, found: &Found) {
        let Some(_turn) = self.orders.take(found.id) else {
            return;
        };
        if let Err(error) = self.drive(found).await {
            warn!(secret = %found.id, %error, "can't go on with an order");
        }
    }

    async fn drive(&self, found: &Found) -> Result<(), EngineError> {
        loop {
            let row = self.describe(found)?;
            let Some(terms) = row.public_terms().cloned() else {
                return Ok(());
            };
            let step = match terms.is_open() {
                true => self.step(found, &terms).await,
                false => self.renew(found, &terms).await.map_err(Fault::Engine),
            };
            let wait = match step {
                Ok(Step::Done) => return Ok(()),
                Ok(Step::Next) => continue,
                Ok(Step::Pause) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Ok(Step::Wait(until)) => until,
                Err(fault) => return self.faulted(found, &terms, fault).await,
            };
            let before = &terms;
            self.note_order(found, |terms, _| {
                // Whoever has meanwhile done what is waited for has said when to go on.
                if terms.proof == before.proof {
                    terms.due = wait;
                }
                Ok(())
            })
            .await?;
            return Ok(());
        }
    }

    /// Orders by itself, where it is time.
    async fn renew(&self, found: &Found, terms: &PublicTerms) -> Result<Step, EngineError> {
        if terms.due.is_none_or(|due| due > self.now()) {
            return Ok(Step::Done);
        }
        info!(secret = %found.id, "renewing a certificate");
        self.note_order(found, |terms, now| {
            terms.begin(now, AUTHOR, (true, terms.rotate_keys));
            Ok(())
        })
        .await?;
        Ok(Step::Next)
    }

    async fn step(&self, found: &Found, terms: &PublicTerms) -> Result<Step, Fault> {
        let Some(progress) = &terms.order else {
            return Ok(Step::Done);
        };
        if progress.blob.is_empty() {
            let blob = self.make_leaf(found.collection, terms.key).await?;
            return Ok(self
                .note_progress(found, |progress| progress.blob.clone_from(&blob))
                .await?);
        }
        let account = self.account(&terms.ca).await?;
        let client = Client::open(&account.directory, &account).await?;
        if progress.url.is_empty() {
            return self.ask(found, terms, &client).await;
        }
        let order = client.order(&progress.url).await?;
        match order.status {
            Status::Pending => self.prove(found, terms, (&client, &order)).await,
            Status::Ready => {
                let request = self
                    .leaf_request(found.collection, &progress.blob, &terms.names)
                    .await?;
                client.finalize(&order, &request).await?;
                Ok(Step::Pause)
            }
            Status::Processing => Ok(Step::Pause),
            Status::Valid => {
                let url = order.certificate.unwrap_or_default();
                let chain = client.certificate(&url).await?;
                self.finish_order(found, terms, &chain).await?;
                Ok(Step::Done)
            }
            Status::Deactivated | Status::Expired | Status::Invalid | Status::Revoked => {
                let proofs = Proofs::of(&client, &order).await?;
                let why = proofs.problem().or_else(|| order.problem());
                Err(why.map_or_else(
                    || Fault::Over("orderInvalid", "the authority gave the order up".into()),
                    Fault::Acme,
                ))
            }
        }
    }

    /// Asks for an order, once.
    async fn ask(&self, found: &Found, terms: &PublicTerms, client: &Client<'_>) -> Result<Step, Fault> {
        if terms.order.as_ref().is_some_and(|progress| progress.asked) {
            let why = "it was interrupted while the authority was asked, and may be there; nothing was issued: order again";
            return Err(Fault::Over("interrupted", why.into()));
        }
        self.note_progress(found, |progress| progress.asked = true)
            .await?;
        let url = match client.new_order(&terms.names).await {
            Ok(url) => url,
            Err(AcmeError::Unreachable { why, .. }) if !why.is_unsent() => {
                return Err(Fault::Over(
                    "interrupted",
                    format!("the authority did not answer the order: {why}"),
                ));
            }
            Err(error) => {
                // It has no order, and may be asked again.
                self.note_progress(found, |progress| progress.asked = false)
                    .await?;
                return Err(error.into());
            }
        };
        Ok(self
            .note_progress(found, |progress| progress.url.clone_from(&url))
            .await?)
    }

    /// Makes the authority look for the records, once they are there.
    async fn prove(
        &self,
        found: &Found,
        terms: &PublicTerms,
        (client, order): (&Client<'_>, &Order),
    ) -> Result<Step, Fault> {
        let proofs = Proofs::of(client, order).await?;
        if let Some(problem) = proofs.problem() {
            return Err(problem.into());
        }
        if proofs.records.is_empty() {
            return Ok(Step::Pause);
        }
        if !terms.knows(&proofs.records) {
            self.note_order(found, |terms, _| {
                terms.note_records(&proofs.records);
                Ok(())
            })
            .await?;
            return Ok(Step::Next);
        }
        if terms.dns == MANUAL && terms.proof.validated.is_none() {
            let expires = proofs.records.iter().filter_map(|record| record.expires).min();
            let expires = expires.unwrap_or(terms.ordered.after(FOR_USERS));
            if expires <= self.now() {
                let why = "nobody said in time that the records are made";
                return Err(Fault::Over("expired", why.into()));
            }
            return Ok(Step::Wait(Some(expires)));
        }
        proofs.respond(client).await?;
        Ok(Step::Pause)
    }

    async fn note_progress(
        &self,
        found: &Found,
        change: impl Fn(&mut super::terms::Progress),
    ) -> Result<Step, EngineError> {
        self.note_order(found, |terms, _| {
            change(terms.order.as_mut().ok_or(EngineError::SecretNotFound)?);
            Ok(())
        })
        .await?;
        Ok(Step::Next)
    }

    /// What becomes of an order whose step failed: it is tried again later, or given up.
    async fn faulted(&self, found: &Found, terms: &PublicTerms, fault: Fault) -> Result<(), EngineError> {
        let tries = terms.order.as_ref().map_or(0, |progress| progress.tries);
        let passing = match &fault {
            Fault::Acme(error) => error.is_passing(),
            Fault::Engine(EngineError::BadChange(_) | EngineError::ConfigNotFound(_)) | Fault::Over(..) => {
                false
            }
            Fault::Engine(_) => true,
        };
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
        let (code, message) = match fault {
            Fault::Acme(error) => error.told(),
            Fault::Engine(error) => ("failed".into(), error.to_string()),
            Fault::Over(code, message) => (code.into(), message),
        };
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
