//! From text to a policy. Both readers know only what a policy can hold, to a fixed depth: nothing recurses with the
//! input.

mod hcl;
mod json;
mod lexer;

use super::{Capabilities, MAX_RULES, MAX_TEXT, Pattern, Policy, Rule};

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse policy: {0}")]
pub struct BadPolicy(String);

pub(super) fn policy(text: &str) -> Result<Policy, BadPolicy> {
    if text.len() > MAX_TEXT {
        return Err(BadPolicy(format!("it is larger than {} KiB", MAX_TEXT >> 10)));
    }
    let rules = if text.trim_start().starts_with('{') {
        json::rules(text)
    } else {
        hcl::rules(text)
    };
    let rules = rules.map_err(BadPolicy)?;
    if rules.len() > MAX_RULES {
        return Err(BadPolicy(format!("it has more than {MAX_RULES} paths")));
    }
    Ok(Policy { rules })
}

/// What stands in the braces of one path, before it is understood.
#[derive(Debug, Default)]
struct Body {
    capabilities: Option<Vec<String>>,
    /// The old shorthand: `policy = "write"`.
    policy: Option<String>,
}

impl Body {
    /// Understands the rule for this path; errors name the path.
    fn rule(self, path: &str) -> Result<Rule, String> {
        let pattern = Pattern::parse(path).map_err(|why| format!("path {path:?}: {why}"))?;
        let capabilities = self
            .capabilities()
            .map_err(|why| format!("path {path:?}: {why}"))?;
        Ok(Rule {
            pattern,
            capabilities,
        })
    }

    fn capabilities(self) -> Result<Capabilities, String> {
        match (self.capabilities, self.policy) {
            (Some(_), Some(_)) => Err("give either capabilities or policy, not both".into()),
            (Some(names), None) => united(&names),
            (None, Some(name)) => shorthand(&name),
            (None, None) => Ok(Capabilities::NONE),
        }
    }
}

fn united(names: &[String]) -> Result<Capabilities, String> {
    names.iter().try_fold(Capabilities::NONE, |sum, name| {
        let known = Capabilities::named(name).ok_or_else(|| format!("invalid capability {name:?}"))?;
        Ok(sum | known)
    })
}

fn shorthand(name: &str) -> Result<Capabilities, String> {
    let names: &[&str] = match name {
        "deny" => &["deny"],
        "read" => &["read", "list"],
        "write" => &["create", "read", "update", "delete", "list"],
        "sudo" => &["create", "read", "update", "delete", "list", "sudo"],
        _ => {
            return Err(format!(
                "invalid policy {name:?}; it is one of deny, read, write and sudo"
            ));
        }
    };
    let known = names.iter().filter_map(|name| Capabilities::named(name));
    Ok(known.fold(Capabilities::NONE, |sum, one| sum | one))
}

fn unknown_key(key: &str) -> String {
    format!("{key:?} is not supported; a path holds capabilities, or policy")
}
