use super::DeviceState;
use serde::{Deserialize, Serialize};

/// What a host may be to a device.
///
/// A host proves its roles by the static key that it uses in the secure channel; every host, enrolled or not, is at
/// least [`Role::Guest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Whoever can talk to the device at all.
    Guest = 1,
    /// Governs it: initialises, enrols hosts, sets policies.
    Officer = 2,
    /// Uses its keys: the daemon.
    Operator = 4,
    /// Reads its log.
    Auditor = 8,
}

impl Role {
    /// Every role, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Guest, Self::Officer, Self::Operator, Self::Auditor];

    /// Its name, as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Officer => "officer",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Roles(u8);

/// A byte that is no set of roles: it names one that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRole;

impl core::fmt::Display for UnknownRole {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a role that is not known")
    }
}

impl TryFrom<u8> for Roles {
    type Error = UnknownRole;

    fn try_from(bits: u8) -> Result<Self, UnknownRole> {
        let unknown = bits & !Self::of(&Role::ALL).0;
        if unknown == 0 {
            Ok(Self(bits))
        } else {
            Err(UnknownRole)
        }
    }
}

impl From<Roles> for u8 {
    fn from(roles: Roles) -> Self {
        roles.0
    }
}

impl Roles {
    /// Every host there is.
    pub const ANYONE: Self = Self::of(&[Role::Guest]);
    /// Everything an enrolled host can be.
    pub const ALL: Self = Self::of(&[Role::Officer, Role::Operator, Role::Auditor]);
    /// Officers alone.
    pub const OFFICER: Self = Self::of(&[Role::Officer]);
    /// Operators alone.
    pub const OPERATOR: Self = Self::of(&[Role::Operator]);
    /// Auditors alone.
    pub const AUDITOR: Self = Self::of(&[Role::Auditor]);

    /// The set of these.
    pub const fn of(mut roles: &[Role]) -> Self {
        let mut bits = 0;
        while let [role, rest @ ..] = roles {
            bits |= *role as u8;
            roles = rest;
        }
        Self(bits)
    }

    /// All that are in either set.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the sets have a role in common.
    pub const fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits of all of them.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether this role is in it.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & role as u8 != 0
    }
}

/// A set of device states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States(u8);

impl States {
    /// Whatever state the device is in.
    pub const ANY: Self = Self::of(&DeviceState::ALL);
    /// Only when it is fit and initialised and no PIN tries are used up.
    pub const READY: Self = Self::of(&[DeviceState::Ready]);
    /// Initialised and fit. What operators do goes on when the officer PIN is locked, so that guessing PINs stops
    /// no service.
    pub const SERVING: Self = Self::of(&[DeviceState::Ready, DeviceState::Locked]);
    /// Whatever state it is in, but fit.
    pub const FIT: Self = Self::of(&[
        DeviceState::Uninitialised,
        DeviceState::Ready,
        DeviceState::Locked,
    ]);
    /// Only before anybody is enrolled.
    pub const UNINITIALISED: Self = Self::of(&[DeviceState::Uninitialised]);

    /// The set of these.
    pub const fn of(mut states: &[DeviceState]) -> Self {
        let mut bits = 0;
        while let [state, rest @ ..] = states {
            bits |= 1 << *state as u8;
            states = rest;
        }
        Self(bits)
    }

    /// Whether this state is in it.
    pub const fn contains(self, state: DeviceState) -> bool {
        self.0 & 1 << state as u8 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_into_them_and_nothing_else() {
        let both = Roles::OFFICER.and(Roles::AUDITOR);
        let inside = Role::ALL.map(|role| both.contains(role));
        assert_eq!(inside, [false, true, false, true]);
        assert!(both.meet(Roles::AUDITOR) && !both.meet(Roles::OPERATOR) && !both.meet(Roles::of(&[])));
        let serving = DeviceState::ALL.map(|state| States::SERVING.contains(state));
        assert_eq!(serving, [false, true, true, false]);
        assert!(
            DeviceState::ALL
                .into_iter()
                .all(|state| States::ANY.contains(state))
        );
    }
}
