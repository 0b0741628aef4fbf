//! Locks.

use super::body::{Body, invalid, missing};
use super::page::Page;
use super::route::{LockAction, LocksRoute, Route};
use super::show::aliased;
use super::versions::which;
use super::{Action, Call, rules};
use crate::api::vault::Fault;
use crate::api::vault::{self, Response};
use crate::auth::Capability;
use crate::engine::managed::{LockMode, MAX_LOCKS, Unlocking, Which};
use serde_json::json;

/// Locks on a page where the request does not say.
const PAGE: usize = 25;

impl Call<'_> {
    pub(super) async fn locks(
        &self,
        route: &Route,
        locks: &LocksRoute,
        action: Action,
    ) -> Result<Response, Fault> {
        let path = route.policy_path();
        match (locks.action, action) {
            (LockAction::List, Action::Read | Action::List) => {
                self.authorise(&[Capability::Read, Capability::List], &path)?;
                self.list_locks(locks)
            }
            (LockAction::List, _) => Err(Fault::no_method()),
            (mode, Action::Write) => {
                self.authorise(&[Capability::Update], &path)?;
                self.change_locks(locks, mode).await
            }
            _ => Err(Fault::no_method()),
        }
    }

    /// Newest first, as in IBM's answers.
    fn list_locks(&self, locks: &LocksRoute) -> Result<Response, Fault> {
        let page = Page::of(self.request, PAGE, MAX_LOCKS)?;
        let wanted = locks.version.as_deref().map(which).transpose()?;
        let (group, _, row) = self.found(&locks.group, locks.kind, &locks.name)?;
        let managed = row.managed.as_deref().ok_or_else(Fault::not_found)?;
        let only = match wanted {
            None => None,
            Some(which) => Some(managed.edition(which).ok_or_else(Fault::not_found)?.id),
        };
        let mut all: Vec<_> = aliased(managed)
            .into_iter()
            .filter(|(_, edition)| only.is_none_or(|only| edition.id == only))
            .flat_map(|(alias, edition)| edition.locks.iter().map(move |lock| (alias, edition, lock)))
            .filter(|(.., lock)| lock.name.contains(&page.search))
            .collect();
        all.sort_by(|(.., one), (.., other)| other.created.cmp(&one.created).then(one.name.cmp(&other.name)));
        let show = self.show(&group);
        let shown: Vec<_> = all
            .iter()
            .skip(page.offset)
            .take(page.limit)
            .map(|(alias, edition, lock)| show.lock(&row, alias, edition, lock))
            .collect();
        let data = json!({"locks": shown, "locks_total": all.len()});
        Ok(vault::data(data.to_string().as_bytes()))
    }

    async fn change_locks(&self, locks: &LocksRoute, action: LockAction) -> Result<Response, Fault> {
        let which = locks.version.as_deref().map_or(Ok(Which::Current), which)?;
        let body = Body::parse(self.request.body())?;
        let mode = match action {
            LockAction::LockExclusive => Some(LockMode::Exclusive),
            LockAction::LockExclusiveDelete => Some(LockMode::ExclusiveDelete),
            LockAction::List | LockAction::Lock => Some(LockMode::Shared),
            LockAction::Unlock => None,
        };
        let (engine, author) = (self.app.engine.clone(), self.author());
        let group = self.group(&locks.group)?;
        let found = self.find(&group, locks.kind, &locks.name)?;
        let row = match mode {
            Some(mode) => {
                let new = rules::new_locks(&body)?;
                let lock = async move { engine.lock(&found, which, mode, &new, &author).await };
                self.app.finished(lock).await?
            }
            None => {
                let unlocking = unlocking(&body)?;
                let unlock = async move { engine.unlock(&found, which, &unlocking).await };
                self.app.finished(unlock).await?
            }
        };
        let shown = self.show(&group).locked(&row);
        Ok(vault::data(shown.to_string().as_bytes()))
    }
}

/// The locks to take away: names, or `*` for all.
fn unlocking(body: &Body<'_>) -> Result<Unlocking, Fault> {
    let names = body.list("locks")?.ok_or_else(|| missing("locks"))?;
    match names.as_slice() {
        [] => Err(invalid("locks", r#"a list of names, or ["*"]"#)),
        [all] if all == "*" => Ok(Unlocking::All),
        _ => Ok(Unlocking::Named(names)),
    }
}
