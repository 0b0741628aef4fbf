use super::{ConfigError, file};
use crate::engine::span::Span;
use crate::engine::vaults::{DEFAULT_PATIENCE, ObjectId};
use serde::Deserialize;

const REALM: &str = "local";
const PLAN: &str = "standard";
const ACCOUNT: &str = "default";

/// The section `[imco]`: what key vaults can be made of. Every part has an identifier, which follows from its name
/// unless one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImcoSettings {
    /// How long a vault waits for its device before it counts as stalled.
    pub patience: Span,
    /// Places where vaults can be.
    pub realms: Vec<Item>,
    /// What vaults can be.
    pub plans: Vec<Plan>,
    /// To whom vaults can belong.
    pub accounts: Vec<Item>,
    /// What vaults and secrets can be marked with.
    pub labels: Vec<Item>,
}

/// A thing with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its identifier.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
}

/// A key vault plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its identifier and name.
    pub item: Item,
    /// Where its vaults are: an index into the realms.
    pub realm: usize,
    /// Whether no new vault should be made by it.
    pub deprecated: bool,
}

/// An item as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ItemSection {
    name: String,
    id: Option<ObjectId>,
}

/// A plan as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PlanSection {
    name: String,
    id: Option<ObjectId>,
    realm: String,
    #[serde(default)]
    deprecated: bool,
}

impl Default for ImcoSettings {
    /// One realm, plan and account.
    fn default() -> Self {
        let realm = item("realm", REALM.into(), None);
        let plan = Plan {
            item: item("plan", PLAN.into(), None),
            realm: 0,
            deprecated: false,
        };
        Self {
            patience: DEFAULT_PATIENCE,
            realms: vec![realm],
            plans: vec![plan],
            accounts: vec![item("account", ACCOUNT.into(), None)],
            labels: Vec::new(),
        }
    }
}

impl ImcoSettings {
    /// What is said, and one realm, plan and account where none is.
    ///
    /// # Errors
    /// [`ConfigError::Imco`].
    pub(super) fn of(file: file::Imco) -> Result<Self, ConfigError> {
        let realms = items("realm", file.realm, Some(REALM))?;
        let usual = || PlanSection {
            name: PLAN.into(),
            id: None,
            realm: realms.first().map(|realm| realm.name.clone()).unwrap_or_default(),
            deprecated: false,
        };
        let plans = match file.plan.is_empty() {
            true => vec![usual()],
            false => file.plan,
        };
        let plans: Vec<_> = plans
            .into_iter()
            .map(|plan| plan.among(&realms))
            .collect::<Result<_, _>>()?;
        unique("plan", plans.iter().map(|plan| &plan.item))?;
        Ok(Self {
            patience: patience(file.patience.as_deref())?,
            plans,
            accounts: items("account", file.account, Some(ACCOUNT))?,
            labels: items("label", file.label, None)?,
            realms,
        })
    }
}

impl PlanSection {
    fn among(self, realms: &[Item]) -> Result<Plan, ConfigError> {
        let realm = realms.iter().position(|realm| realm.name == self.realm);
        let realm = realm.ok_or_else(|| {
            ConfigError::Imco(format!(
                "plan {:?} names the realm {:?}, which is none of [[imco.realm]]",
                self.name, self.realm
            ))
        })?;
        Ok(Plan {
            item: item("plan", self.name, self.id),
            realm,
            deprecated: self.deprecated,
        })
    }
}

fn item(kind: &str, name: String, id: Option<ObjectId>) -> Item {
    let derived = || ObjectId::derived(&[kind.as_bytes(), name.as_bytes()]);
    Item {
        id: id.unwrap_or_else(derived),
        name,
    }
}

fn items(kind: &str, sections: Vec<ItemSection>, usual: Option<&str>) -> Result<Vec<Item>, ConfigError> {
    let mut items: Vec<_> = sections
        .into_iter()
        .map(|section| item(kind, section.name, section.id))
        .collect();
    if let (true, Some(usual)) = (items.is_empty(), usual) {
        items.push(item(kind, usual.into(), None));
    }
    unique(kind, items.iter())?;
    Ok(items)
}

fn unique<'i>(kind: &str, items: impl Iterator<Item = &'i Item>) -> Result<(), ConfigError> {
    let mut seen: Vec<&Item> = Vec::new();
    for item in items {
        if seen
            .iter()
            .any(|other| other.id == item.id || other.name == item.name)
        {
            let text = format!("two of [[imco.{kind}]] have the name {:?} or its id", item.name);
            return Err(ConfigError::Imco(text));
        }
        seen.push(item);
    }
    Ok(())
}

fn patience(text: Option<&str>) -> Result<Span, ConfigError> {
    let Some(text) = text else {
        return Ok(DEFAULT_PATIENCE);
    };
    let span: Option<Span> = text.parse().ok().filter(|span| *span > Span::ZERO);
    span.ok_or_else(|| ConfigError::Imco(format!("patience is {text:?}; give a duration such as 60s")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<ImcoSettings, ConfigError> {
        ImcoSettings::of(toml::from_str(text).expect("a section"))
    }

    #[test]
    fn it_works_without_settings() {
        let settings = settings("").expect("settings");
        assert_eq!(settings.patience, DEFAULT_PATIENCE);
        assert_eq!((settings.realms.len(), settings.accounts.len()), (1, 1));
        assert_eq!(settings.plans[0].item.name, "standard");
        assert_eq!(settings.plans[0].item.id.to_string().len(), 24);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for text in [
            "patience = 'soon'",
            "patience = '0s'",
            "plan = [{name = 'a', realm = 'nowhere'}]",
            "account = [{name = 'a'}, {name = 'a'}]",
            "label = [{name = 'a', id = '0123456789abcdef01234567'}, {name = 'b', id = '0123456789abcdef01234567'}]",
        ] {
            assert!(matches!(settings(text), Err(ConfigError::Imco(_))), "{text}");
        }
        assert!(toml::from_str::<file::Imco>("label = [{name = 'a', id = 'x'}]").is_err());
    }
}
