use super::{Audited, Command, Roles, Spec, States};
use serde::{Deserialize, Serialize};

/// Random bytes from the device's generator; the answer's data are the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    /// How many, at most [`crate::limits::MAX_RANDOM`].
    pub len: u16,
}

impl Command for Random {
    const SPEC: Spec = Spec {
        code: 0x0002,
        name: "random",
        idempotent: true,
        roles: Roles::OPERATOR,
        states: States::SERVING,
        pin: false,
        audited: Audited::No,
    };
    type Answer<'a> = ();
}
