use super::cases::{Case, On};
use crate::board::Bench;
use crate::domain;
use crate::host::{Host, PIN, id, key};
use casemate_common::blob::{KeyType, Template, Usage, Usages};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;
use casemate_firmware::crypto::{Aes256, Crypto, Key256, Software, kwp};

const RSA_2048: &[u8] = include_bytes!("../data/rsa-2048.p8");
const SECRET: [u8; 32] = [0x42; 32];

/// The host that is enrolled beside the first.
pub(super) const SECOND: u8 = 2;

/// Devices as they are before a command, and what their host has.
pub(super) struct Fixture {
    blank: Bench,
    serving: Bench,
    last_try: Bench,
    alone: Bench,
    /// A device of the same domain, which holds keyring 7.
    peer: Bench,
    /// Under keyring 1, which holds the keys too.
    pub(super) record: Vec<u8>,
    pub(super) cipher: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) coder: Vec<u8>,
    pub(super) signer: Vec<u8>,
    pub(super) decipherer: Vec<u8>,
    pub(super) wrapper: Vec<u8>,
    pub(super) wrapped: Vec<u8>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let blank = Bench::blank(3);
        drop(Host::start(blank.untested()));
        let serving = blank.copy();
        let mut host = Host::connect(serving.untested());
        prepare(&mut host);
        let alone = serving.copy();
        let peer = peer_of(&mut host);
        let import = |host: &mut Host, kind, usages: &[Usage], material: &[u8]| {
            let template = Template::new(kind, Usages::of(usages), true, 1).unwrap();
            let keyring = id(1);
            host.call_with(&KeyImport { keyring, template }, material)
                .unwrap()
        };
        let record = host.seal(id(1), b"", b"kept").unwrap();
        let data = &[Usage::Encrypt, Usage::Decrypt];
        let cipher = import(&mut host, KeyType::Aes256, data, &SECRET);
        let ciphertext = host.call_with(&encrypt(&cipher), b"plain").unwrap();
        let coder = import(&mut host, KeyType::Hmac, &[Usage::Mac], &SECRET[..20]);
        let wrapping = &[Usage::Wrap, Usage::Unwrap];
        let wrapper = import(&mut host, KeyType::Aes256, wrapping, &SECRET);
        let decipherer = import(&mut host, KeyType::Rsa2048, &[Usage::Decrypt], RSA_2048);
        let signer = generate(&mut host, KeyType::P256, Usage::Sign);
        Self {
            last_try: on_its_last_try(&serving),
            blank,
            alone,
            peer,
            serving,
            record,
            cipher,
            ciphertext,
            coder,
            signer,
            decipherer,
            wrapper,
            wrapped: wrapped(),
        }
    }

    /// A device to run the case on.
    pub(super) fn bench_for(&self, case: &Case) -> Bench {
        match case.on {
            On::Blank => self.blank.copy(),
            On::Serving => self.serving.copy(),
            On::LastTry => self.last_try.copy(),
            On::Alone => self.alone.copy(),
        }
    }

    pub(super) fn share_domain(&self, host: &mut Host) -> Result<Vec<u8>, ErrorCode> {
        let (taker, offer) = (*key(8).public(), *key(9).public());
        host.call(&DomainShare { taker, offer })
    }

    pub(super) fn join(&self, host: &mut Host) -> Result<(), ErrorCode> {
        domain::join(&mut Host::connect(self.peer.copy().untested()), host).map(drop)
    }

    pub(super) fn share_keyring(&self, host: &mut Host) -> Result<(), ErrorCode> {
        let mut peer = Host::connect(self.peer.copy().untested());
        domain::keyring_share(host, &mut peer, id(1)).map(drop)
    }

    pub(super) fn take_keyring(&self, host: &mut Host) -> Result<(), ErrorCode> {
        let mut peer = Host::connect(self.peer.copy().untested());
        domain::copy(&mut peer, host, id(7)).map(drop)
    }
}

/// Two keyrings, two hosts, keys that may leave.
fn prepare(host: &mut Host) {
    host.create(id(1));
    host.create(id(2));
    host.call(&PinVerify { pin: PIN }).unwrap();
    let enroll = RoleEnroll {
        key: *key(SECOND).public(),
        roles: Roles::AUDITOR,
        name: "second",
    };
    host.call(&enroll).unwrap();
    let policy = ExportPolicy::Any;
    host.call(&ExportPolicySet { policy }).unwrap();
}

/// A device that joins the domain of this host's.
fn peer_of(host: &mut Host) -> Bench {
    let bench = domain::other_device(2);
    let mut peer = Host::connect(bench.untested());
    domain::join(host, &mut peer).unwrap();
    peer.create(id(7));
    bench
}

/// One wrong PIN from erasing itself.
fn on_its_last_try(serving: &Bench) -> Bench {
    let bench = serving.copy();
    let mut host = Host::connect(bench.untested());
    let wrong = PinVerify { pin: b"wrong pin" };
    (0..3).for_each(|_| assert!(host.call(&wrong).is_err()));
    bench.pass(PinLimits::LOCKOUT_MS);
    (0..2).for_each(|_| assert!(host.call(&wrong).is_err()));
    bench
}

fn generate(host: &mut Host, kind: KeyType, usage: Usage) -> Vec<u8> {
    let command = KeyGenerate {
        keyring: id(1),
        template: Template::new(kind, Usages::of(&[usage]), true, 1).unwrap(),
    };
    let body = host.call(&command).unwrap();
    let (_, blob): (Generated, _) = postcard::take_from_bytes(&body).unwrap();
    blob.to_vec()
}

pub(super) fn encrypt(blob: &[u8]) -> KeyEncrypt<'_> {
    KeyEncrypt {
        keyring: id(1),
        blob,
        associated: b"",
    }
}

/// A key that was wrapped with the wrapper elsewhere.
fn wrapped() -> Vec<u8> {
    let cipher = <Software as Crypto>::Aes256::new(&Key256::new(SECRET));
    let mut wrapped = vec![0; kwp::wrapped_len(32)];
    kwp::wrap(&cipher, &[9; 32], &mut wrapped).unwrap();
    wrapped
}
