//! Doing the next step of an order, until it waits for somebody or has ended.

use super::fault::Fault;
use super::prove::Proofs;
use super::turn::Looks;
use super::{PublicTerms, Record};
use crate::acme::{AcmeError, Client, Order, Status};
use crate::engine::clock::Time;
use crate::engine::managed::Found;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use tokio::sync::OnceCell;
use tracing::{info, warn};

/// Who orders on schedule.
const AUTHOR: &str = "casemate";
/// How long users have to make records where the authority does not say.
const FOR_USERS: Span = Span::from_secs(7 * 86_400);

/// What came of a step.
enum Step {
    Done,
    Next,
    /// The authority works on it.
    Look,
    /// Not before then, or before somebody has done something.
    Wait(Option<Time>),
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
        self.orders.spent.notify_one();
    }

    async fn drive(&self, found: &Found) -> Result<(), EngineError> {
        let mut looks = Looks::default();
        // Opened once: a step is a request or two.
        let client = OnceCell::new();
        loop {
            let row = self.describe(found)?;
            let Some(terms) = row.public_terms().cloned() else {
                return Ok(());
            };
            let step = match terms.is_open() {
                true => self.step(found, &terms, &client).await,
                false => self.renew(found, &terms).await.map_err(Fault::Engine),
            };
            if step.is_ok() {
                self.note_success(found, &terms).await?;
            }
            match step {
                Ok(Step::Done) => return Ok(()),
                Ok(Step::Next) => {}
                Ok(Step::Look) => match looks.pause() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => {
                        let why = "the authority has not finished the order in half an hour";
                        let fault = Fault::Over("timeout", why.into());
                        return self.faulted(found, &terms, fault).await;
                    }
                },
                Ok(Step::Wait(until)) => return self.note_wait(found, &terms, until).await,
                Err(fault) => return self.faulted(found, &terms, fault).await,
            }
        }
    }

    /// Whoever has meanwhile done what is waited for has said when to go on.
    async fn note_wait(
        &self,
        found: &Found,
        before: &PublicTerms,
        until: Option<Time>,
    ) -> Result<(), EngineError> {
        self.note_order(found, |terms, _| {
            if terms.proof == before.proof {
                terms.due = until;
            }
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Failures count in a row only.
    async fn note_success(&self, found: &Found, before: &PublicTerms) -> Result<(), EngineError> {
        let failed = |terms: &PublicTerms| terms.order.as_ref().is_some_and(|progress| progress.tries > 0);
        if failed(before) {
            self.note_order(found, |terms, _| {
                if let Some(progress) = &mut terms.order {
                    progress.tries = 0;
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
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

    async fn step<'e>(
        &'e self,
        found: &Found,
        terms: &PublicTerms,
        client: &OnceCell<Client<'e>>,
    ) -> Result<Step, Fault> {
        let Some(progress) = &terms.order else {
            return Ok(Step::Done);
        };
        if progress.blob.is_empty() {
            let blob = self.make_leaf(found.collection, terms.key).await?;
            return Ok(self
                .note_progress(found, |progress| progress.blob.clone_from(&blob))
                .await?);
        }
        let client = client
            .get_or_try_init(async || Ok::<_, Fault>(self.account(&terms.ca).await?.open().await?))
            .await?;
        if progress.url.is_empty() {
            return self.ask(found, terms, client).await;
        }
        let order = client.order(&progress.url).await?;
        match order.status {
            Status::Pending => self.prove(found, terms, (client, &order)).await,
            Status::Ready => {
                let request = self
                    .leaf_request(found.collection, &progress.blob, &terms.names)
                    .await?;
                client.finalize(&order, &request).await?;
                Ok(Step::Look)
            }
            Status::Processing => Ok(Step::Look),
            Status::Valid => {
                let url = order.certificate.unwrap_or_default();
                let chain = client.certificate(&url).await?;
                self.finish_order(found, terms, &chain).await?;
                Ok(Step::Done)
            }
            Status::Deactivated | Status::Expired | Status::Invalid | Status::Revoked => {
                let proofs = Proofs::of(client, &order).await?;
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
            return Ok(Step::Look);
        }
        if !terms.knows(&proofs.records) {
            self.note_order(found, |terms, _| {
                terms.note_records(&proofs.records);
                Ok(())
            })
            .await?;
            return Ok(Step::Next);
        }
        let (own, records) = (!terms.is_manual(), &proofs.records);
        if own && let Some(step) = self.make_records(found, terms, records).await? {
            return Ok(step);
        }
        if !own && terms.proof.validated.is_none() {
            let expires = records.iter().filter_map(|record| record.expires).min();
            let expires = expires.unwrap_or(terms.ordered.after(FOR_USERS));
            if expires <= self.now() {
                let why = "nobody said in time that the records are made";
                return Err(Fault::Over("expired", why.into()));
            }
            return Ok(Step::Wait(Some(expires)));
        }
        proofs.respond(client).await?;
        Ok(Step::Look)
    }

    /// Makes records in the DNS, and waits until everybody sees them; `None` once they do.
    async fn make_records(
        &self,
        found: &Found,
        terms: &PublicTerms,
        records: &[Record],
    ) -> Result<Option<Step>, Fault> {
        let provider = self.provider(&terms.dns).await?;
        if let Some(made) = terms.proof.validated {
            let seen = made.after(provider.propagation);
            return Ok((seen > self.now()).then_some(Step::Wait(Some(seen))));
        }
        provider.put(records).await?;
        self.note_order(found, |terms, now| {
            terms.proof.validated = Some(now);
            Ok(())
        })
        .await?;
        Ok(Some(Step::Next))
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
}
