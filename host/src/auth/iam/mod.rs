//! Who is asking, told by somebody else: JSON Web Tokens of an identity provider, and the roles that their holders have.
//!
//! A token is hostile until its signature is verified with a key of an issuer that the configuration names. Only RS256
//! and ES256 are known, and the key decides which of them is meant, never the token (RFC 8725, section 3.1).

mod claims;
mod jwks;
mod jwt;
mod login;
pub mod provider;
mod role;
mod settings;
mod source;
mod strict;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use claims::Claims;
pub use jwks::Algorithm;
pub use login::{Iam, LoginError, LoginTtl, Principal};
pub(in crate::auth) use role::policy_text;
pub use role::{Role, Scope};
pub use settings::{Grant, GrantTo, IssuerSettings, JwksAddress};
