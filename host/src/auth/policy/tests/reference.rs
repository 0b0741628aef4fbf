//! The quick matcher against one that follows Vault's words slowly.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::auth::policy::{Acl, Capabilities, Capability, Policy};

type Rules = Vec<(String, Vec<&'static str>)>;

/// Whether a pattern matches, by trying every way to read it.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => {
            (0..=path.len()).any(|end| path.is_char_boundary(end) && segments_match(start, &path[..end]))
        }
        None => segments_match(pattern, path),
    }
}

fn segments_match(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let mut pairs = pattern.iter().zip(&path);
    pattern.len() == path.len() && pairs.all(|(wanted, found)| *wanted == "+" || wanted == found)
}

fn wildcard_segments(pattern: &str) -> usize {
    pattern
        .trim_end_matches('*')
        .split('/')
        .filter(|segment| *segment == "+")
        .count()
}

fn first_wildcard(pattern: &str) -> usize {
    let plus = pattern.trim_end_matches('*');
    let starts = plus.match_indices('+').map(|(index, _)| index);
    let whole = |index: &usize| {
        let before = *index == 0 || plus.as_bytes()[index - 1] == b'/';
        let after = plus.as_bytes().get(index + 1).is_none_or(|next| *next == b'/');
        before && after
    };
    let mut starts = starts.filter(whole);
    starts.next().unwrap_or(plus.len())
}

fn is_exact(pattern: &str) -> bool {
    !pattern.ends_with('*') && wildcard_segments(pattern) == 0
}

/// The documented order, lowest first.
fn priority(one: &str, other: &str) -> Ordering {
    let star = |pattern: &str| pattern.ends_with('*');
    let bare = |pattern: &str| pattern.trim_end_matches('*').to_owned();
    is_exact(one)
        .cmp(&is_exact(other))
        .then(first_wildcard(one).cmp(&first_wildcard(other)))
        .then(star(other).cmp(&star(one)))
        .then(wildcard_segments(other).cmp(&wildcard_segments(one)))
        .then(bare(one).len().cmp(&bare(other).len()))
        .then(bare(one).cmp(&bare(other)))
}

fn decide(rules: &Rules, path: &str) -> Vec<&'static str> {
    let matching = rules.iter().filter(|(pattern, _)| matches(pattern, path));
    let Some((best, _)) = matching.max_by(|(one, _), (other, _)| priority(one, other)) else {
        return vec!["deny"];
    };
    let same = rules.iter().filter(|(pattern, _)| pattern == best);
    let mut names: Vec<_> = same.flat_map(|(_, names)| names.clone()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() || names.contains(&"deny") {
        vec!["deny"]
    } else {
        names
    }
}

fn segment() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b"), Just("ab"), Just(""), Just("a+")]
}

fn pattern() -> impl Strategy<Value = String> {
    let segments = vec(prop_oneof![3 => segment(), 2 => Just("+")], 1..5);
    (segments, any::<bool>()).prop_filter_map("'+*' or a slash in front", |(segments, star)| {
        let text = segments.join("/") + if star { "*" } else { "" };
        (!text.contains("+*") && !text.starts_with('/')).then_some(text)
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let names = prop::sample::subsequence(vec!["create", "deny", "list", "read", "sudo", "update"], 0..4);
    vec((pattern(), names), 0..8)
}

fn acl(rules: &Rules, split: usize) -> Acl {
    let text = |rules: &[(String, Vec<&str>)]| {
        let paths = rules
            .iter()
            .map(|(path, names)| format!("path {path:?} {{ capabilities = {names:?} }}\n"));
        paths.collect::<String>()
    };
    let (one, other) = rules.split_at(split.min(rules.len()));
    Acl::of(&[
        Policy::parse(&text(one)).unwrap(),
        Policy::parse(&text(other)).unwrap(),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]
    #[test]
    fn decides_like_the_reference(
        rules in rules(),
        split in 0usize..8,
        segments in vec(segment(), 1..6),
    ) {
        let path = segments.join("/");
        let acl = acl(&rules, split);
        prop_assert_eq!(acl.capabilities(&path).names(), decide(&rules, &path));
        for (capability, name) in [(Capability::Read, "read"), (Capability::Update, "update")] {
            prop_assert_eq!(acl.allows(&path, capability), decide(&rules, &path).contains(&name));
        }
    }

    #[test]
    fn any_text_parses_or_is_refused(text in "\\PC{0,80}") {
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert_eq!(Acl::of([&policy]).capabilities("no/such/path"), Capabilities::NONE);
        }
    }

    #[test]
    fn text_near_the_language_parses_or_is_refused(
        words in vec(prop_oneof![
            Just("path"), Just("\"a\""), Just("{"), Just("}"), Just("["), Just("]"), Just("="), Just(","),
            Just("capabilities"), Just("\"read\""), Just("#"), Just("/*"), Just("*/"), Just("\n"), Just("\\"),
        ], 0..24)
    ) {
        let text = words.join(" ");
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert!(!Acl::of([&policy]).allows("b", Capability::Read));
        }
    }
}
