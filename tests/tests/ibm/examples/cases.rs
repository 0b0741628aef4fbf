use serde::Deserialize;
use std::collections::BTreeMap;

/// The file of examples; what its members are stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Examples {
    pub(super) case: Vec<Case>,
    pub(super) answer: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) title: String,
    pub(super) curl: String,
    #[serde(default)]
    pub(super) mends: Vec<[String; 2]>,
    #[serde(default)]
    pub(super) bind: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) save: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) before: Vec<Before>,
    #[serde(default = "ok")]
    pub(super) status: u16,
    pub(super) answer: Option<String>,
    #[serde(default)]
    pub(super) corrections: Vec<[String; 2]>,
}

/// A request that goes before a case. `save`: a name, `=`, and where the value stands in the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) save: Option<String>,
}

fn ok() -> u16 {
    200
}

impl Examples {
    pub(super) fn read() -> Self {
        toml::from_str(include_str!("../examples.toml")).unwrap()
    }
}

/// The text with each replacement made, in order; each must find something.
pub(super) fn replaced(text: &str, replacements: &[[String; 2]]) -> String {
    replacements.iter().fold(text.to_owned(), |text, [from, to]| {
        assert!(text.contains(from.as_str()), "{from:?} is not in {text}");
        text.replace(from.as_str(), to)
    })
}
