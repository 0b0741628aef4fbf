use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;

/// An object of the session that is destroyed when dropped.
pub(super) struct Temporary<'s> {
    session: &'s Session,
    pub(super) handle: ObjectHandle,
}

impl<'s> Temporary<'s> {
    pub(super) fn new(session: &'s Session, handle: ObjectHandle) -> Self {
        Self { session, handle }
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.session.destroy_object(self.handle) {
            tracing::debug!(%error, "an object of a session stays until the session ends");
        }
    }
}
