//! What a caller may do: path policies with the rules of Vault's ACL.
//!
//! Policies come from users and are hostile until parsed: their size, their number of rules and their depth are
//! bounded, and whatever Casemate does not know is refused by name instead of being ignored.

mod acl;
mod built_in;
mod capability;
mod name;
mod parse;
mod pattern;
mod registry;
#[cfg(test)]
mod tests;

pub use acl::Acl;
pub use capability::{Capabilities, Capability};
pub use name::{BadName, PolicyName};
pub use parse::BadPolicy;
pub(in crate::auth) use registry::Registry;

use self::pattern::Pattern;

/// Bytes of a policy's text at most.
pub const MAX_TEXT: usize = 64 << 10;
/// Path rules in a policy at most.
pub const MAX_RULES: usize = 1024;

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// What one path pattern allows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    pattern: Pattern,
    capabilities: Capabilities,
}

impl Policy {
    /// Reads a policy in HCL, or in JSON where its first character is a brace.
    ///
    /// # Errors
    /// When it is too large, is neither, or holds anything that Casemate does not know; the text names it.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        parse::policy(text)
    }
}
