//! Tokens: what they are, how they are kept, and how they come and go.

mod create;
mod index;
mod plan;
mod record;
mod renew;
mod revoke;
mod secret;
#[cfg(test)]
mod tests;
mod tokens;

pub use create::{Created, Issue};
pub use plan::NewToken;
pub(super) use plan::{SYSTEM_TTL, plan};
pub use record::Record;
pub use renew::Renewed;
pub use secret::{Accessor, Token, TokenHash};
pub(super) use tokens::Tokens;
