//! Chapters of the document about what secrets are issued by.

pub(super) mod private;
pub(super) mod public;
