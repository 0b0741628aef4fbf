//! Several devices as one backend.

mod ceremony;
mod daemon;
mod history;
mod losses;
mod trio;
