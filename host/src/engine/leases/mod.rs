//! Credentials that somebody issues and takes back when their time is over.
//!
//! A lease is written down before the issuer is asked, due in a while; with its answer it gets its real end, in the same
//! batch that seals the credentials where they are kept. So what was interrupted anywhere is taken back like what is
//! over: when it is due. Taking back is repeated, ever more seldom, until the issuer has done it.

mod end;
mod issue;
mod keep;
mod root;
mod row;
mod schedule;

pub use issue::NewLeased;

use row::Lease;
