//! Roles, PIN and device states: the table is what the device does.

use crate::board::Bench;
use crate::host::{FIRST, Host, PIN, id, key};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_common::session::noise::PublicKey;

const OPERATOR: u8 = 2;
const AUDITOR: u8 = 3;
const STRANGER: u8 = 4;

fn connect(bench: &Bench) -> Host {
    Host::connect(bench.untested())
}

/// The same device, asked by this host from now on.
fn as_host(host: &mut Host, who: u8) {
    host.be(who);
    host.hello(host.order.session() + 1);
}

fn verify(host: &mut Host, pin: &[u8]) -> Result<(), ErrorCode> {
    host.call(&PinVerify { pin }).map(drop)
}

fn status(host: &mut Host) -> (DeviceState, u8) {
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    (info.state, info.pin_tries)
}

fn enroll(host: &mut Host, who: u8, roles: Roles) -> Result<(), ErrorCode> {
    let key = *key(who).public();
    host.call(&RoleEnroll {
        key,
        roles,
        name: "x",
    })
    .map(drop)
}

/// What the table says about a command that is called with nothing but its code.
fn expected(spec: &Spec, state: DeviceState, roles: Roles, verified: bool) -> Option<ErrorCode> {
    if !spec.states.contains(state) {
        return Some(match state {
            DeviceState::Uninitialised => ErrorCode::NotInitialised,
            DeviceState::Locked => ErrorCode::PinLocked,
            _ => ErrorCode::WrongState,
        });
    }
    if !spec.roles.meet(roles) {
        return Some(ErrorCode::NotPermitted);
    }
    (spec.pin && !verified && state == DeviceState::Ready).then_some(ErrorCode::PinRequired)
}

/// Asks for every command, and compares what the device refuses with what the table says.
fn walk(host: &mut Host, state: DeviceState, roles: Roles, verified: bool) -> [usize; 2] {
    let refusals = [
        ErrorCode::NotInitialised,
        ErrorCode::PinLocked,
        ErrorCode::WrongState,
        ErrorCode::NotPermitted,
        ErrorCode::PinRequired,
    ];
    let mut seen = [0; 2];
    // A body that is no command's: what is permitted goes no further than to be read.
    for spec in COMMANDS {
        let answers = host.send(MessageKind::Request(spec.code), 7, true, &[0xff; 3]);
        let MessageKind::Answer(code) = answers[0].kind else {
            panic!("{}: {answers:?}", spec.name);
        };
        let refused = ErrorCode::from_code(code).filter(|code| refusals.contains(code));
        let expected = expected(spec, state, roles, verified);
        assert_eq!(refused, expected, "{} in {state:?} as {roles:?}", spec.name);
        seen[usize::from(expected.is_some())] += 1;
    }
    seen
}

#[test]
fn the_device_does_what_the_table_says() {
    let bench = Bench::blank(4);
    let mut host = Host::start(bench.untested());
    host.hello(1);
    let mut seen = vec![walk(&mut host, DeviceState::Uninitialised, Roles::ANYONE, false)];
    host.init().unwrap();
    let hosts = [
        (FIRST, Roles::ALL),
        (OPERATOR, Roles::OPERATOR),
        (AUDITOR, Roles::AUDITOR),
        (STRANGER, Roles::of(&[])),
    ];
    verify(&mut host, PIN).unwrap();
    enroll(&mut host, OPERATOR, Roles::OPERATOR).unwrap();
    enroll(&mut host, AUDITOR, Roles::AUDITOR).unwrap();
    seen.push(walk(
        &mut host,
        DeviceState::Ready,
        Roles::ALL.and(Roles::ANYONE),
        true,
    ));
    for (who, roles) in hosts {
        as_host(&mut host, who);
        seen.push(walk(
            &mut host,
            DeviceState::Ready,
            roles.and(Roles::ANYONE),
            false,
        ));
    }
    as_host(&mut host, FIRST);
    (0..3).for_each(|_| assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong)));
    for (who, roles) in hosts {
        as_host(&mut host, who);
        seen.push(walk(
            &mut host,
            DeviceState::Locked,
            roles.and(Roles::ANYONE),
            false,
        ));
    }
    assert!(
        seen.iter().all(|[served, refused]| *served > 0 && *refused > 0),
        "{seen:?}"
    );
}

#[test]
fn the_pin_counts_for_one_session_and_one_host() {
    let mut host = connect(&Bench::blank(4));
    assert_eq!(enroll(&mut host, 9, Roles::OPERATOR), Err(ErrorCode::PinRequired));
    verify(&mut host, PIN).unwrap();
    enroll(&mut host, 9, Roles::OPERATOR).unwrap();
    assert_eq!(verify(&mut host, b"another"), Err(ErrorCode::PinWrong));
    assert_eq!(enroll(&mut host, 8, Roles::OPERATOR), Err(ErrorCode::PinRequired));
    verify(&mut host, PIN).unwrap();
    as_host(&mut host, FIRST);
    assert_eq!(enroll(&mut host, 8, Roles::OPERATOR), Err(ErrorCode::PinRequired));
}

#[test]
fn the_last_officer_stays() {
    let mut host = connect(&Bench::blank(4));
    verify(&mut host, PIN).unwrap();
    let first = RoleRevoke {
        key: *key(FIRST).public(),
    };
    assert_eq!(host.call(&first), Err(ErrorCode::LastOfficer));
    assert_eq!(
        enroll(&mut host, FIRST, Roles::OPERATOR),
        Err(ErrorCode::LastOfficer)
    );
    assert_eq!(
        enroll(&mut host, 9, Roles::of(&[Role::Guest])),
        Err(ErrorCode::ValueInvalid)
    );
    enroll(&mut host, 9, Roles::OFFICER).unwrap();
    host.call(&first).unwrap();
    assert_eq!(
        host.call(&KeyringCreate { id: id(1) }),
        Err(ErrorCode::NotPermitted)
    );
    as_host(&mut host, 9);
    verify(&mut host, PIN).unwrap();
    enroll(&mut host, FIRST, Roles::OPERATOR).unwrap();
}

/// Keys that share their first half are of two hosts, in flash as well.
#[test]
fn half_a_key_is_nobodys() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    verify(&mut host, PIN).unwrap();
    let mut twin = *key(FIRST).public().as_bytes();
    twin[31] ^= 1;
    let twin = PublicKey::new(twin);
    host.call(&RoleRevoke { key: twin }).map(drop).unwrap();
    let enroll_twin = RoleEnroll {
        key: twin,
        roles: Roles::AUDITOR,
        name: "twin",
    };
    host.call(&enroll_twin).map(drop).unwrap();
    let mut host = connect(&bench);
    verify(&mut host, PIN).unwrap();
    host.call(&RoleRevoke { key: twin }).map(drop).unwrap();
    let mut host = connect(&bench);
    verify(&mut host, PIN).unwrap();
}

#[test]
fn a_key_without_a_private_half_is_not_enrolled() {
    let mut host = connect(&Bench::blank(4));
    verify(&mut host, PIN).unwrap();
    let nobody = RoleEnroll {
        key: PublicKey::new([0; 32]),
        roles: Roles::OFFICER,
        name: "nobody",
    };
    assert_eq!(host.call(&nobody), Err(ErrorCode::ValueInvalid));
}

#[test]
fn hosts_and_their_roles_survive_a_restart() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    verify(&mut host, PIN).unwrap();
    for who in 10..25 {
        enroll(&mut host, who, Roles::AUDITOR).unwrap();
    }
    assert_eq!(enroll(&mut host, 99, Roles::AUDITOR), Err(ErrorCode::StoreFull));
    let mut host = connect(&bench);
    let mut rest = &host.call(&RoleList {}).unwrap()[..];
    let mut listed = 0;
    while !rest.is_empty() {
        let (entry, after) = postcard::take_from_bytes::<HostEntry<'_>>(rest).unwrap();
        assert!(entry.name == "x" || entry.key == *key(FIRST).public());
        (listed, rest) = (listed + 1, after);
    }
    assert_eq!(listed, MAX_HOSTS);
    as_host(&mut host, 24);
    assert_eq!(
        host.call(&KeyringList { after: None }),
        Err(ErrorCode::NotPermitted)
    );
}

#[test]
fn wrong_pins_lock_and_then_erase_the_device_and_operators_are_served_until_then() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    let record = host.seal(id(1), b"", b"secret").unwrap();
    assert_eq!(status(&mut host), (DeviceState::Ready, 3));
    for left in [2, 1, 0] {
        assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
        assert_eq!(status(&mut host).1, left);
    }
    assert_eq!(
        verify(&mut host, PIN),
        Err(ErrorCode::PinLocked),
        "also the right one"
    );
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"secret");
    let mut host = connect(&bench);
    assert_eq!(
        status(&mut host),
        (DeviceState::Locked, 0),
        "a restart does not end it"
    );
    bench.pass(PinLimits::LOCKOUT_MS);
    assert_eq!(status(&mut host), (DeviceState::Ready, 3));
    for _ in 0..2 {
        assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
    }
    assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::NotInitialised));
    assert_eq!(status(&mut host).0, DeviceState::Uninitialised);
    host.init().unwrap();
    assert_eq!(host.open(id(1), b"", &record), Err(ErrorCode::KeyringNotFound));
}

/// A slot that flips a bit costs what it counted, at most a try, but not the device.
#[test]
fn a_flipped_bit_in_the_count_of_tries_does_not_stop_the_device() {
    let bench = Bench::blank(4);
    let mut host = Host::connect(bench.untested());
    verify(&mut host, PIN).unwrap();
    drop(host);
    bench.counters.with(|nor| {
        let slots = nor.medium_mut().chunks_exact_mut(16);
        let of_tries: Vec<_> = slots.filter(|slot| slot[0] == 1 && slot[4] == 1).collect();
        let [slot] = of_tries.try_into().unwrap();
        slot[5] ^= 4;
    });
    let mut host = Host::connect(bench.untested());
    verify(&mut host, PIN).unwrap();
    assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
}

#[test]
fn a_right_pin_makes_all_tries_free_again() {
    let mut host = connect(&Bench::blank(4));
    for _ in 0..10 {
        assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
        assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
        verify(&mut host, PIN).unwrap();
        assert_eq!(status(&mut host).1, 3);
    }
    let change = |old: &[u8], new: &[u8], host: &mut Host| host.call(&PinChange { old, new }).map(drop);
    assert_eq!(change(PIN, b"short", &mut host), Err(ErrorCode::ValueInvalid));
    change(PIN, b"another pin", &mut host).unwrap();
    assert_eq!(verify(&mut host, PIN), Err(ErrorCode::PinWrong));
    verify(&mut host, b"another pin").unwrap();
}

#[test]
fn reset_erases_all_but_who_the_device_is() {
    let bench = Bench::blank(4);
    let mut host = connect(&bench);
    host.create(id(1));
    assert_eq!(host.call(&DeviceReset {}), Err(ErrorCode::PinRequired));
    verify(&mut host, PIN).unwrap();
    host.call(&DeviceReset {}).unwrap();
    assert_eq!(status(&mut host).0, DeviceState::Uninitialised);
    assert_eq!(
        host.call(&KeyringList { after: None }),
        Err(ErrorCode::NotInitialised)
    );
    assert_eq!(status(&mut connect(&bench)).0, DeviceState::Ready);
}

/// Cuts power at every flash operation of the store and of the counters while a PIN is compared: however it is cut,
/// whoever has learnt that a PIN is wrong has used up a try, and a right PIN is right afterwards too.
#[test]
fn no_cut_wins_back_a_try() {
    for pin in [&b"wrong pin"[..], PIN] {
        let mut torn = 0;
        for nth in 1..40 {
            for flash in 0..2 {
                let bench = Bench::blank(4);
                let mut host = connect(&bench);
                assert_eq!(verify(&mut host, b"wrong pin"), Err(ErrorCode::PinWrong));
                let flash = [&bench.store, &bench.counters][flash];
                flash.with(|nor| nor.cut_power_at(nth, nth));
                let answered = verify(&mut host, pin);
                let cut = flash.with(|nor| nor.is_off());
                torn += usize::from(cut);
                drop(host);
                flash.with(|nor| nor.restart());
                let mut host = connect(&bench);
                let (_, left) = status(&mut host);
                match answered {
                    Err(ErrorCode::PinWrong) => assert_eq!(left, 1, "operation {nth}"),
                    Ok(()) => assert_eq!(left, 3, "operation {nth}"),
                    _ => assert!(left <= 2 || pin == PIN, "operation {nth}: {left} tries left"),
                }
                verify(&mut host, PIN).unwrap();
            }
        }
        assert!(torn > 0, "no cut hit the comparison");
    }
}

#[test]
fn what_an_officer_decides_takes_somebody_at_the_button_as_well() {
    let bench = Bench::blank(8);
    let mut host = connect(&bench);
    verify(&mut host, PIN).unwrap();
    bench.finger.0.set(false);
    assert_eq!(
        enroll(&mut host, 9, Roles::OPERATOR),
        Err(ErrorCode::PresenceRequired)
    );
    assert_eq!(host.call(&DeviceReset {}), Err(ErrorCode::PresenceRequired));
    assert!(
        host.call(&KeyringCreate { id: id(1) }).is_ok(),
        "what operators do takes nobody"
    );
    bench.finger.0.set(true);
    assert_eq!(enroll(&mut host, 9, Roles::OPERATOR), Ok(()));
}
