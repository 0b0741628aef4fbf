//! Several devices as one backend.

mod ceremony;
mod daemon;
mod doubles;
mod forgotten;
mod history;
mod losses;
mod trio;
