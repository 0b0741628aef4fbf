//! Whether the device is there, for whoever has others to turn to.

use super::DeviceHsm;
use super::session::Session;
use super::supervisor::Status;
use std::sync::Arc;
use tokio::sync::watch;

/// A session that stands or stood: while it does, the device behind the link is the same one.
pub(in crate::hsm) struct Standing {
    session: Arc<Session>,
    status: watch::Receiver<Status>,
}

impl DeviceHsm {
    /// Waits until the device is there.
    pub(in crate::hsm) async fn up(&self) -> Standing {
        let mut status = self.status.clone();
        loop {
            if let Status::Up(session) = &*status.borrow_and_update()
                && session.stands()
            {
                return Standing {
                    session: session.clone(),
                    status: self.status.clone(),
                };
            }
            if status.changed().await.is_err() {
                // The link was shut down: it never is.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Whether the device is there, as far as anybody knows.
    pub(in crate::hsm) fn is_up(&self) -> bool {
        matches!(&*self.status.borrow(), Status::Up(session) if session.stands())
    }

    /// Why the device is not there, where it is not.
    pub(in crate::hsm) fn absence(&self) -> Option<Arc<str>> {
        match &*self.status.borrow() {
            Status::Up(_) => None,
            Status::Down(reason) | Status::Refused(reason) => Some(reason.clone()),
        }
    }
}

impl Standing {
    /// Waits until another session stands or none does.
    pub(in crate::hsm) async fn over(mut self) {
        let session = self.session;
        let differs = |status: &Status| match status {
            Status::Up(now) => !Arc::ptr_eq(now, &session) || !now.stands(),
            Status::Down(_) | Status::Refused(_) => true,
        };
        // An error says that the link was shut down, and so is the session.
        let _ = self.status.wait_for(differs).await;
    }
}
