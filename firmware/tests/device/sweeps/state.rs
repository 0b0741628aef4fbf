use super::cases::NEW_PIN;
use super::fixture::Fixture;
use crate::audit::pull_all;
use crate::board::Bench;
use crate::host::{Host, PIN, id};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;

type Answered = Result<Vec<u8>, ErrorCode>;

/// What a device shows of all that it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    state: DeviceState,
    keyrings: Answered,
    hosts: Answered,
    exports: Answered,
    drained: Answered,
    record: Answered,
    pin: Option<&'static [u8]>,
    tries: u8,
    in_domain: bool,
}

impl State {
    /// Starts the device and asks it; its log must be whole.
    pub(super) fn of(bench: &Bench, fixture: &Fixture) -> Self {
        let mut host = Host::start(bench.untested());
        assert_eq!(host.hello(7).fault, 0);
        let body = host.call(&Info {}).unwrap();
        let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
        if info.state == DeviceState::Ready {
            pull_all(&mut host);
        }
        Self {
            state: info.state,
            keyrings: host.call(&KeyringList { after: None }),
            hosts: host.call(&RoleList {}),
            exports: host.call(&ExportPolicyGet {}),
            drained: host.call(&AuditAcknowledge { through: 0 }),
            record: host.open(id(1), b"", &fixture.record),
            tries: info.pin_tries,
            in_domain: info.domain.is_some(),
            pin: on_a_copy(bench),
        }
    }

    /// Whether it is the same; a comparison of PINs that was cut may have cost a try.
    pub(super) fn is(&self, other: &Self) -> bool {
        let forgiven = Self {
            tries: other.tries,
            ..self.clone()
        };
        let tries = self.tries == other.tries
            || self.tries + 1 == other.tries
            || self.state == DeviceState::Uninitialised;
        tries && forgiven == *other
    }
}

/// Which PIN is right.
fn on_a_copy(bench: &Bench) -> Option<&'static [u8]> {
    let mut host = Host::start(bench.copy().untested());
    host.hello(7);
    [PIN, NEW_PIN]
        .into_iter()
        .find(|pin| host.call(&PinVerify { pin }).is_ok())
}
