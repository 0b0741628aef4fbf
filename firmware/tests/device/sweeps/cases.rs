use super::fixture::{Fixture, SECOND, encrypt};
use crate::board::Bench;
use crate::host::{Host, PIN, id, key};
use crate::images::image;
use crate::signed::{Signed, install};
use casemate_common::blob::{KeyId, KeyType, Template, Usage, Usages};
use casemate_common::command::*;
use casemate_common::error::ErrorCode;

/// What [`PinChange`] changes the PIN to.
pub(super) const NEW_PIN: &[u8] = b"another PIN";

/// What came of a command, as far as it is the same each time.
pub(super) type Outcome = Result<(), ErrorCode>;

/// The device that a command runs on.
#[derive(Debug, Clone, Copy)]
pub(super) enum On {
    Blank,
    Serving,
    /// Which erases itself at the next wrong PIN.
    LastTry,
    /// In no security domain.
    Alone,
}

/// A command that a sweep cuts.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) on: On,
    pub(super) run: fn(&mut Host, &Fixture) -> Outcome,
}

impl Case {
    pub(super) fn spec(&self) -> &'static Spec {
        let found = COMMANDS.iter().find(|spec| spec.name == self.name);
        found.expect("a command")
    }

    /// A session in which the command is permitted.
    pub(super) fn ready(&self, bench: &Bench) -> Host {
        let mut host = Host::start(bench.untested());
        host.hello(7);
        if self.spec().pin {
            host.call(&PinVerify { pin: PIN }).unwrap();
        }
        host
    }
}

const fn serving(name: &'static str, run: fn(&mut Host, &Fixture) -> Outcome) -> Case {
    let on = On::Serving;
    Case { name, on, run }
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "device-init",
        on: On::Blank,
        run: |host, _| host.init(),
    },
    Case {
        name: "pin-verify",
        on: On::LastTry,
        run: |host, _| done(host.call(&PinVerify { pin: b"wrong pin" })),
    },
    serving("device-reset", |host, _| done(host.call(&DeviceReset {}))),
    serving("pin-verify", |host, _| {
        done(host.call(&PinVerify { pin: b"wrong pin" }))
    }),
    serving("pin-verify", |host, _| done(host.call(&PinVerify { pin: PIN }))),
    serving("pin-change", |host, _| {
        done(host.call(&PinChange {
            old: PIN,
            new: NEW_PIN,
        }))
    }),
    serving("role-enroll", |host, _| {
        done(host.call(&RoleEnroll {
            key: *key(9).public(),
            roles: Roles::OFFICER,
            name: "ninth",
        }))
    }),
    serving("role-enroll", |host, _| {
        done(host.call(&RoleEnroll {
            key: *key(SECOND).public(),
            roles: Roles::OPERATOR,
            name: "second, again",
        }))
    }),
    serving("role-revoke", |host, _| {
        let key = *key(SECOND).public();
        done(host.call(&RoleRevoke { key }))
    }),
    serving("export-policy-set", |host, _| {
        let policy = ExportPolicy::Approved;
        done(host.call_with(&ExportPolicySet { policy }, &[7; 64]))
    }),
    serving("keyring-create", |host, _| {
        done(host.call(&KeyringCreate { id: id(9) }))
    }),
    serving("keyring-destroy", |host, _| {
        done(host.call(&KeyringDestroy { id: id(1) }))
    }),
    serving("audit-acknowledge", |host, _| {
        done(host.call(&AuditAcknowledge { through: 3 }))
    }),
    serving("key-wrap", |host, fixture| {
        done(host.call(&KeyWrap {
            keyring: id(1),
            blob: &fixture.coder,
            recipient: Recipient::Kwp {
                key: &fixture.wrapper,
            },
        }))
    }),
    serving("key-unwrap", |host, fixture| {
        let command = KeyUnwrap {
            keyring: id(1),
            template: secret(Usage::Mac),
            transport: &fixture.wrapper,
            scheme: WrapScheme::Kwp,
        };
        done(host.call_with(&command, &fixture.wrapped))
    }),
    serving("key-generate", |host, _| {
        done(host.call(&KeyGenerate {
            keyring: id(1),
            template: secret(Usage::Encrypt),
        }))
    }),
    serving("key-import", |host, _| {
        let command = KeyImport {
            keyring: id(1),
            template: secret(Usage::Encrypt),
        };
        done(host.call_with(&command, &[8; 32]))
    }),
    serving("key-encrypt", |host, fixture| {
        done(host.call_with(&encrypt(&fixture.cipher), b"plain"))
    }),
    serving("key-decrypt", |host, fixture| {
        let command = KeyDecrypt {
            keyring: id(1),
            blob: &fixture.cipher,
            associated: b"",
        };
        done(host.call_with(&command, &fixture.ciphertext))
    }),
    serving("key-mac", |host, fixture| {
        let command = KeyMac {
            keyring: id(1),
            blob: &fixture.coder,
            labels: heapless::Vec::new(),
        };
        done(host.call_with(&command, b"message"))
    }),
    serving("sign", |host, fixture| {
        let command = Sign {
            keyring: id(1),
            blob: &fixture.signer,
            scheme: SignatureScheme::Ecdsa(SignatureHash::Sha256),
            input: SignInput::Message,
        };
        done(host.call_with(&command, b"message"))
    }),
    // What is refused is logged as well.
    serving("key-decipher", |host, fixture| {
        let command = KeyDecipher {
            keyring: id(1),
            blob: &fixture.decipherer,
            hash: OaepHash::Sha256,
        };
        done(host.call_with(&command, &[1; 256]))
    }),
    serving("key-attest", |host, fixture| {
        done(host.call(&KeyAttest {
            keyring: id(1),
            blob: &fixture.signer,
            challenge: [3; 32],
        }))
    }),
    serving("key-public", |host, fixture| {
        done(host.call(&KeyPublic {
            keyring: id(1),
            blob: &fixture.signer,
        }))
    }),
    serving("key-job-status", |host, _| {
        let job = KeyId::new([1; 16]);
        done(host.call(&KeyJobStatus { job }))
    }),
    serving("key-job-cancel", |host, _| {
        let job = KeyId::new([1; 16]);
        done(host.call(&KeyJobCancel { job }))
    }),
    serving("seal", |host, _| done(host.seal(id(1), b"", b"plain"))),
    serving("open", |host, fixture| {
        done(host.open(id(1), b"", &fixture.record))
    }),
    serving("info", |host, _| done(host.call(&Info {}))),
    serving("random", |host, _| done(host.call(&Random { len: 9 }))),
    serving("keyring-list", |host, _| {
        done(host.call(&KeyringList { after: None }))
    }),
    serving("export-policy-get", |host, _| {
        done(host.call(&ExportPolicyGet {}))
    }),
    serving("audit-pull", |host, _| done(host.call(&AuditPull { after: 0 }))),
    serving("audit-head", |host, _| {
        let challenge = [3; 32];
        done(host.call(&AuditHead { challenge }))
    }),
    Case {
        name: "domain-share",
        on: On::Alone,
        run: |host, fixture| done(fixture.share_domain(host)),
    },
    Case {
        name: "domain-join",
        on: On::Alone,
        run: |host, fixture| fixture.join(host),
    },
    serving("domain-share", |host, fixture| done(fixture.share_domain(host))),
    serving("keyring-share", |host, fixture| fixture.share_keyring(host)),
    serving("keyring-take", |host, fixture| fixture.take_keyring(host)),
    serving("share-offer", |host, _| done(host.call(&ShareOffer {}))),
    serving("role-list", |host, _| done(host.call(&RoleList {}))),
    serving("self-test", |host, _| done(host.call(&SelfTest {}))),
    serving("device-restart", |host, _| done(host.call(&DeviceRestart {}))),
    serving("update-status", |host, _| done(host.call(&UpdateStatus {}))),
    serving("update-begin", |host, _| {
        let Signed { header, .. } = image(1, 2, 0);
        done(host.call(&UpdateBegin { header: &header }))
    }),
    serving("update-write", |host, _| {
        let Signed { header, image } = image(1, 2, 0);
        host.call(&PinVerify { pin: PIN })?;
        host.call(&UpdateBegin { header: &header })?;
        done(host.call_with(&UpdateWrite { offset: 0 }, &image[..4096]))
    }),
    serving("update-finish", |host, _| {
        host.call(&PinVerify { pin: PIN })?;
        install(host, &image(1, 2, 0))
    }),
];

fn secret(usage: Usage) -> Template {
    Template::new(KeyType::Aes256, Usages::of(&[usage]), false, 1).unwrap()
}

fn done<T>(answered: Result<T, ErrorCode>) -> Outcome {
    answered.map(drop)
}
