//! The security domain: devices that serve each other's keyrings, and nobody else's.

use crate::audit::pull_all;
use crate::board::Bench;
use crate::host::{FIRST, Host, PIN, id, key};
use casemate_common::command::*;
use casemate_common::domain::{DomainId, SHARE_LEN};
use casemate_common::error::ErrorCode;
use casemate_common::keyring::KeyringId;
use casemate_common::session::noise::PublicKey;

pub(crate) fn other_device(seed: u64) -> Bench {
    Bench {
        seed,
        ..Bench::blank(4)
    }
}

fn info(host: &mut Host) -> (PublicKey, Option<DomainId>) {
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    (info.identity, info.domain)
}

fn identity(host: &mut Host) -> PublicKey {
    info(host).0
}

pub(crate) fn offer(host: &mut Host) -> PublicKey {
    let body = host.call(&ShareOffer {}).unwrap();
    postcard::from_bytes::<ShareOffered>(&body).unwrap().offer
}

/// The domain's secret of one device, for another's offer.
pub(crate) fn domain_share(
    giver: &mut Host,
    taker: &mut Host,
    offer: PublicKey,
) -> Result<Vec<u8>, ErrorCode> {
    let taker = identity(taker);
    giver.call(&PinVerify { pin: PIN }).unwrap();
    giver.call(&DomainShare { taker, offer })
}

fn take_domain(giver: PublicKey, taker: &mut Host, share: &[u8]) -> Result<DomainId, ErrorCode> {
    let command = DomainJoin { giver, share };
    let joined = match taker.call(&command) {
        Err(ErrorCode::PinRequired) => {
            taker.call(&PinVerify { pin: PIN })?;
            taker.call(&command)
        }
        joined => joined,
    };
    Ok(postcard::from_bytes::<DomainJoined>(&joined?).unwrap().domain)
}

/// One device joins the other's domain.
pub(crate) fn join(giver: &mut Host, taker: &mut Host) -> Result<DomainId, ErrorCode> {
    let offer = offer(taker);
    let share = domain_share(giver, taker, offer)?;
    take_domain(identity(giver), taker, &share)
}

pub(crate) fn keyring_share(giver: &mut Host, taker: &mut Host, id: KeyringId) -> Result<Vec<u8>, ErrorCode> {
    let offer = offer(taker);
    let taker = identity(taker);
    giver.call(&KeyringShare { id, taker, offer })
}

fn take_keyring(giver: &mut Host, taker: &mut Host, id: KeyringId, share: &[u8]) -> Result<bool, ErrorCode> {
    let giver = identity(giver);
    let body = taker.call(&KeyringTake { id, giver, share })?;
    Ok(postcard::from_bytes::<KeyringTaken>(&body).unwrap().created)
}

pub(crate) fn copy(giver: &mut Host, taker: &mut Host, id: KeyringId) -> Result<bool, ErrorCode> {
    let share = keyring_share(giver, taker, id)?;
    assert_eq!(share.len(), SHARE_LEN);
    take_keyring(giver, taker, id, &share)
}

/// Two devices, and a third of nobody's.
fn three() -> [Host; 3] {
    [2, 3, 4].map(|seed| Host::connect(other_device(seed).untested()))
}

fn pair() -> [Host; 2] {
    let [mut first, mut second, _] = three();
    join(&mut first, &mut second).unwrap();
    [first, second]
}

#[test]
fn members_open_what_each_other_sealed() {
    let [mut first, mut second] = pair();
    first.create(id(1));
    let record = first.seal(id(1), b"place", b"secret").unwrap();
    assert_eq!(
        second.open(id(1), b"place", &record),
        Err(ErrorCode::KeyringNotFound)
    );
    assert_eq!(copy(&mut first, &mut second, id(1)), Ok(true));
    assert_eq!(second.open(id(1), b"place", &record).unwrap(), b"secret");
    assert_eq!(copy(&mut first, &mut second, id(1)), Ok(false), "it is there");
    let record = second.seal(id(1), b"", b"back").unwrap();
    assert_eq!(first.open(id(1), b"", &record).unwrap(), b"back");
    assert_eq!(
        keyring_share(&mut first, &mut second, id(2)),
        Err(ErrorCode::KeyringNotFound)
    );
}

#[test]
fn a_domain_survives_a_restart_and_not_a_reset() {
    let [mut first, mut second] = [2, 3].map(|seed| Host::connect(other_device(seed).untested()));
    assert_eq!((info(&mut first).1, info(&mut second).1), (None, None));
    let bench = other_device(5);
    let mut third = Host::connect(bench.untested());
    let domain = join(&mut first, &mut second).unwrap();
    assert_eq!(info(&mut first).1, Some(domain));
    // Whoever is in it lets others in.
    assert_eq!(join(&mut second, &mut third), Ok(domain));
    assert_eq!(join(&mut first, &mut third), Ok(domain), "it stays where it is");
    let mut third = Host::connect(bench.untested());
    assert_eq!(info(&mut third).1, Some(domain));
    third.call(&PinVerify { pin: PIN }).unwrap();
    third.call(&DeviceReset {}).unwrap();
    assert_eq!(info(&mut third).1, None);
    assert_eq!(info(&mut Host::connect(bench.untested())).1, None);
}

#[test]
fn a_device_stays_in_its_domain_and_others_stay_out() {
    let [mut first, mut second, mut third] = three();
    first.create(id(1));
    assert_eq!(
        keyring_share(&mut first, &mut second, id(1)),
        Err(ErrorCode::NotInDomain)
    );
    let offered = offer(&mut second);
    join(&mut first, &mut third).unwrap();
    let stranger = domain_share(&mut second, &mut third, offered).unwrap();
    assert_eq!(stranger.len(), SHARE_LEN);
    assert_eq!(join(&mut second, &mut third), Err(ErrorCode::OtherDomain));
    // A keyring is shared with whatever device the host names, and opens only in the domain.
    assert_eq!(
        copy(&mut first, &mut second, id(1)),
        Err(ErrorCode::ShareInvalid),
        "another domain"
    );
    let mut alone = Host::connect(other_device(9).untested());
    assert_eq!(copy(&mut first, &mut alone, id(1)), Err(ErrorCode::NotInDomain));
}

#[test]
fn a_share_is_for_one_device_from_one_device() {
    let [mut first, mut second, mut third] = three();
    let offered = offer(&mut second);
    let share = domain_share(&mut first, &mut third, offered).unwrap();
    let (giver, wrong) = (identity(&mut first), identity(&mut third));
    assert_eq!(
        take_domain(giver, &mut second, &share),
        Err(ErrorCode::ShareInvalid),
        "it was made for the third"
    );
    let offered = offer(&mut second);
    let share = domain_share(&mut first, &mut second, offered).unwrap();
    assert_eq!(
        take_domain(wrong, &mut second, &share),
        Err(ErrorCode::ShareInvalid),
        "it is not the third's"
    );
    assert_eq!(
        take_domain(giver, &mut second, &share),
        Err(ErrorCode::NoOffer),
        "an offer serves once"
    );
    assert_eq!(
        take_domain(giver, &mut second, &share[1..]),
        Err(ErrorCode::NoOffer)
    );
    offer(&mut second);
    assert_eq!(
        take_domain(giver, &mut second, &share),
        Err(ErrorCode::ShareInvalid),
        "another offer"
    );
    assert_eq!(info(&mut second).1, None);
}

/// Whatever a host has recorded, and whenever it plays it: what was destroyed stays destroyed.
#[test]
fn no_recording_brings_a_keyring_back() {
    let [mut first, mut second] = pair();
    first.create(id(1));
    let used = keyring_share(&mut first, &mut second, id(1)).unwrap();
    assert_eq!(take_keyring(&mut first, &mut second, id(1), &used), Ok(true));
    second.call(&KeyringDestroy { id: id(1) }).unwrap();
    let unused = keyring_share(&mut first, &mut second, id(1)).unwrap();
    first.call(&KeyringDestroy { id: id(1) }).unwrap();
    // Also on a device that does not hold it: what was on its way is gone.
    second.call(&KeyringDestroy { id: id(1) }).unwrap();
    for share in [&unused, &used] {
        assert_eq!(
            take_keyring(&mut first, &mut second, id(1), share),
            Err(ErrorCode::NoOffer)
        );
        offer(&mut second);
        assert_eq!(
            take_keyring(&mut first, &mut second, id(1), share),
            Err(ErrorCode::ShareInvalid)
        );
    }
    assert_eq!(
        keyring_share(&mut first, &mut second, id(1)),
        Err(ErrorCode::KeyringNotFound)
    );
}

#[test]
fn an_offer_ends_with_its_session() {
    let [mut first, mut second] = pair();
    first.create(id(1));
    let share = keyring_share(&mut first, &mut second, id(1)).unwrap();
    second.hello(9);
    assert_eq!(
        take_keyring(&mut first, &mut second, id(1), &share),
        Err(ErrorCode::NoOffer)
    );
}

#[test]
fn a_namesake_with_another_key_stays() {
    let [mut first, mut second] = pair();
    first.create(id(1));
    second.create(id(1));
    let record = second.seal(id(1), b"", b"mine").unwrap();
    assert_eq!(
        copy(&mut first, &mut second, id(1)),
        Err(ErrorCode::KeyringDiffers)
    );
    assert_eq!(second.open(id(1), b"", &record).unwrap(), b"mine");
    let other = keyring_share(&mut first, &mut second, id(1)).unwrap();
    assert_eq!(
        take_keyring(&mut first, &mut second, id(2), &other),
        Err(ErrorCode::ShareInvalid),
        "a share is of one keyring"
    );
}

#[test]
fn a_key_that_is_none_gets_nothing_and_makes_no_domain() {
    let [mut first, mut second, _] = three();
    let zero = PublicKey::new([0; 32]);
    let refused = domain_share(&mut first, &mut second, zero);
    assert_eq!(refused, Err(ErrorCode::ShareInvalid));
    assert_eq!(info(&mut first).1, None);
}

#[test]
fn the_ceremony_is_the_officers_and_keyrings_the_operators() {
    let [mut first, mut second] = pair();
    first.call(&PinVerify { pin: PIN }).unwrap();
    let operator = RoleEnroll {
        key: *key(9).public(),
        roles: Roles::OPERATOR,
        name: "daemon",
    };
    first.call(&operator).unwrap();
    first.create(id(1));
    first.be(9);
    first.hello(20);
    assert_eq!(copy(&mut first, &mut second, id(1)), Ok(true));
    let (taker, offer) = (identity(&mut second), offer(&mut second));
    assert_eq!(
        first.call(&DomainShare { taker, offer }),
        Err(ErrorCode::NotPermitted)
    );
    first.be(FIRST);
    first.hello(21);
    assert_eq!(
        first.call(&DomainShare { taker, offer }),
        Err(ErrorCode::PinRequired)
    );
}

#[test]
fn all_of_it_is_logged() {
    let [mut first, mut second] = pair();
    first.create(id(1));
    copy(&mut first, &mut second, id(1)).unwrap();
    let logged = |host: &mut Host| {
        let (entries, _) = pull_all(host);
        let ours = [0x0802, 0x0803, 0x0104, 0x0105];
        let named = entries.iter().filter(|entry| ours.contains(&entry.command));
        named
            .map(|entry| (entry.command, entry.subject == [1; 16], entry.outcome))
            .collect::<Vec<_>>()
    };
    assert_eq!(logged(&mut first), [(0x0802, false, 0), (0x0104, true, 0)]);
    assert_eq!(logged(&mut second), [(0x0803, false, 0), (0x0105, true, 0)]);
}
