use std::borrow::Cow;
use std::collections::HashMap;

use super::pattern::Pattern;
use super::{Capabilities, Capability, Policy};

/// All policies of a token together, arranged for quick decisions.
///
/// An exact path outweighs all patterns; among patterns that match, the one of highest precedence decides alone. Where
/// several policies have the same path or pattern, their capabilities are united, and a denial wins. What matches
/// nothing is denied.
#[derive(Debug, Default)]
pub struct Acl {
    root: bool,
    exact: HashMap<Box<str>, Capabilities>,
    /// Highest precedence first.
    patterns: Vec<(Pattern, Capabilities)>,
}

impl Acl {
    /// What allows everything.
    pub fn root() -> Self {
        Self {
            root: true,
            ..Self::default()
        }
    }

    /// These policies together.
    pub fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut exact: HashMap<Box<str>, Capabilities> = HashMap::new();
        let mut patterns: HashMap<&Pattern, Capabilities> = HashMap::new();
        for rule in policies.into_iter().flat_map(|policy| &policy.rules) {
            let sum = match rule.pattern.exact() {
                Some(path) => exact.entry(path.into()).or_default(),
                None => patterns.entry(&rule.pattern).or_default(),
            };
            *sum = *sum | rule.capabilities;
        }
        let mut patterns: Vec<_> = patterns.into_iter().map(|(p, c)| (p.clone(), c)).collect();
        patterns.sort_by(|(one, _), (other, _)| other.precedence().cmp(&one.precedence()));
        Self {
            root: false,
            exact,
            patterns,
        }
    }

    /// Whether it allows everything.
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// Whether it allows this at a path: the request's path without the leading slash and without Vault's `v1/`.
    /// [`Capability::List`] is decided for the path with a slash at its end, whether it was given with one or not.
    pub fn allows(&self, path: &str, capability: Capability) -> bool {
        self.root
            || self
                .decide(path, capability == Capability::List)
                .contains(capability)
    }

    /// All that it allows at a path; root shows as `root` to clients, so ask [`Acl::is_root`] first.
    pub fn capabilities(&self, path: &str) -> Capabilities {
        self.decide(path, false)
    }

    fn decide(&self, path: &str, list: bool) -> Capabilities {
        let path: Cow<'_, str> = if list && !path.ends_with('/') {
            Cow::Owned(format!("{path}/"))
        } else {
            Cow::Borrowed(path)
        };
        self.exactly(&path, list)
            .or_else(|| self.by_pattern(&path))
            .unwrap_or(Capabilities::NONE)
    }

    /// A rule for `a/b` is one for a list of `a/b/` too.
    fn exactly(&self, path: &str, list: bool) -> Option<Capabilities> {
        let bare = || path.strip_suffix('/').filter(|_| list);
        let found = self.exact.get(path);
        found.or_else(|| self.exact.get(bare()?)).copied()
    }

    fn by_pattern(&self, path: &str) -> Option<Capabilities> {
        let found = self.patterns.iter().find(|(pattern, _)| pattern.matches(path));
        found.map(|(_, capabilities)| *capabilities)
    }
}
