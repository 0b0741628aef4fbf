use std::fmt;
use std::ops::BitOr;

/// What can be done at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Capability {
    /// Write where nothing is yet.
    Create = 1,
    /// Remove.
    Delete = 1 << 1,
    /// See the names below a path.
    List = 1 << 2,
    /// Change a part of what is there.
    Patch = 1 << 3,
    /// Read.
    Read = 1 << 4,
    /// What is reserved to operators; needed beside the capability proper.
    Sudo = 1 << 5,
    /// Write where something is already, or run an action.
    Update = 1 << 6,
}

impl Capability {
    const ALL: [Self; 7] = [
        Self::Create,
        Self::Delete,
        Self::List,
        Self::Patch,
        Self::Read,
        Self::Sudo,
        Self::Update,
    ];

    /// Its name in policies and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Patch => "patch",
            Self::Read => "read",
            Self::Sudo => "sudo",
            Self::Update => "update",
        }
    }
}

/// A set of capabilities, or a denial, which outweighs them all.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities(u8);

impl Capabilities {
    /// Nothing allowed.
    pub const NONE: Self = Self(0);
    /// Nothing allowed, whatever is added.
    pub const DENY: Self = Self(1 << 7);

    /// Just this one.
    pub const fn of(capability: Capability) -> Self {
        Self(capability as u8)
    }

    /// The capability or the denial with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        if name == "deny" {
            return Some(Self::DENY);
        }
        let capability = Capability::ALL.into_iter().find(|known| known.name() == name);
        capability.map(Self::of)
    }

    /// Whether it allows this.
    pub const fn contains(self, capability: Capability) -> bool {
        !self.denies() && self.0 & capability as u8 != 0
    }

    /// Whether it is a denial.
    pub const fn denies(self) -> bool {
        self.0 & Self::DENY.0 != 0
    }

    /// The names of what it allows, in alphabetical order; `deny` where that is nothing.
    pub fn names(self) -> Vec<&'static str> {
        let allowed = Capability::ALL.into_iter().filter(|known| self.contains(*known));
        let names: Vec<_> = allowed.map(Capability::name).collect();
        if names.is_empty() { vec!["deny"] } else { names }
    }
}

impl BitOr for Capabilities {
    type Output = Self;

    /// Both together; a denial in either denies.
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
