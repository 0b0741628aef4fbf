//! What a host has: keyrings, blobs, a record, keys to bring in; and requests made of them and of what the fuzzer says.

use crate::host::{Host, PIN, id, key};
use crate::images::image;
use crate::input::Input;
use crate::signed::Signed;
use casemate_common::blob::{KeyId, KeyType, Template, Usage, Usages};
use casemate_common::command::*;
use casemate_common::domain::vectors::SHARES;
use casemate_common::keyring::KeyringId;
use casemate_common::session::noise::PublicKey;
use serde::Serialize;

/// Longest body that this makes: with what is put before it and around it, it fits a frame.
const MAX_BODY: usize = 4800;

const RSA_2048: &[u8] = include_bytes!("../../../firmware/tests/device/data/rsa-2048.p8");
const RSA_2048_PUBLIC: &[u8] = include_bytes!("../../../firmware/tests/device/data/rsa-2048.spki");
const P384: &[u8] = include_bytes!("../../../firmware/tests/device/data/p384.p8");

/// The plaintext of the record.
pub(crate) const MARKER: &[u8; 32] = b"plaintext that nobody asked for.";

/// Each with what it is for, and in the clear.
const KEYS: [(KeyType, &[Usage], &[u8]); 7] = [
    (KeyType::Aes256, &[Usage::Encrypt, Usage::Decrypt], &[1; 32]),
    (KeyType::Aes256, &[Usage::Wrap, Usage::Unwrap], &[2; 32]),
    (KeyType::Aes256, &[Usage::Mac], &[3; 32]),
    (KeyType::Hmac, &[Usage::Mac], &[4; 44]),
    (KeyType::P384, &[Usage::Sign], P384),
    (KeyType::Rsa2048, &[Usage::Sign], RSA_2048),
    (KeyType::Rsa2048, &[Usage::Unwrap], RSA_2048),
];

/// The possessions of a host whose device is initialised.
#[derive(Default, Clone)]
pub(crate) struct Material {
    pub(crate) record: Vec<u8>,
    pub(crate) blobs: Vec<Vec<u8>>,
    /// The name of the last long work that the device has begun.
    pub(crate) job: Option<KeyId>,
}

impl Material {
    /// Makes them under the keyring with identifier 1.
    pub(crate) fn gather(host: &mut Host) -> Self {
        host.create(id(1));
        let import = |(kind, usages, clear): &(KeyType, &[Usage], &[u8])| {
            let template = Template::new(*kind, Usages::of(usages), true, 1).expect("possible usages");
            let keyring = id(1);
            host.call_with(&KeyImport { keyring, template }, clear)
                .expect("a blob")
        };
        let blobs = KEYS.iter().map(import).collect();
        let record = host.seal(id(1), b"here", MARKER).expect("a record");
        let job = None;
        Self { record, blobs, job }
    }

    /// One of the blobs.
    pub(crate) fn blob(&self, input: &mut Input<'_>) -> &[u8] {
        let at = usize::from(input.byte()) % self.blobs.len().max(1);
        self.blobs.get(at).map_or(&[], Vec::as_slice)
    }

    /// A request of this command, well-formed or cut to what a frame holds; nothing for commands that this does not
    /// know.
    pub(crate) fn request(&self, code: u16, input: &mut Input<'_>) -> Vec<u8> {
        let mut body = [
            Self::of_device,
            Self::of_keyrings,
            Self::of_keys,
            Self::of_wrapping,
            Self::of_domain,
            Self::of_images,
        ]
        .iter()
        .find_map(|family| family(self, code, input))
        .unwrap_or_default();
        body.truncate(MAX_BODY);
        body
    }

    fn of_device(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let limits = PinLimits {
            tries: 1 + input.byte() % 4,
            lockouts: 1 + input.byte() % 2,
        };
        Some(match code {
            c if c == Random::SPEC.code => with(
                &Random {
                    len: input.word() % 3000,
                },
                &[],
            ),
            c if c == AuditPull::SPEC.code => with(
                &AuditPull {
                    after: input.word().into(),
                },
                &[],
            ),
            c if c == AuditAcknowledge::SPEC.code => with(
                &AuditAcknowledge {
                    through: input.byte().into(),
                },
                &[],
            ),
            c if c == AuditHead::SPEC.code => with(
                &AuditHead {
                    challenge: [input.byte(); 32],
                },
                &[],
            ),
            c if c == DeviceInit::SPEC.code => with(
                &DeviceInit {
                    pin: pin(input),
                    limits,
                    name: "x",
                },
                &[],
            ),
            c if c == PinVerify::SPEC.code => with(&PinVerify { pin: pin(input) }, &[]),
            c if c == PinChange::SPEC.code => with(
                &PinChange {
                    old: pin(input),
                    new: pin(input),
                },
                &[],
            ),
            c if c == RoleEnroll::SPEC.code => {
                let roles = Roles::try_from(input.byte()).unwrap_or(Roles::ALL);
                with(
                    &RoleEnroll {
                        key: host_key(input),
                        roles,
                        name: "x",
                    },
                    &[],
                )
            }
            c if c == RoleRevoke::SPEC.code => with(&RoleRevoke { key: host_key(input) }, &[]),
            _ => return None,
        })
    }

    fn of_images(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let Signed { header, image } = image(usize::from(input.byte() % 2), 2, input.byte() % 4);
        Some(match code {
            c if c == UpdateBegin::SPEC.code => with(&UpdateBegin { header: &header }, &[]),
            c if c == UpdateWrite::SPEC.code => {
                let offset = [0, 0, 4096, 4096, u32::from(input.word())][usize::from(input.byte() % 5)];
                let rest = image.get(offset as usize..).unwrap_or_default();
                let len = rest.len().min(MAX_IMAGE_PIECE);
                with(&UpdateWrite { offset }, &rest[..len])
            }
            _ => return None,
        })
    }

    fn of_keyrings(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let (keyring, context) = (keyring(input), b"there");
        Some(match code {
            c if c == KeyringCreate::SPEC.code => with(&KeyringCreate { id: keyring }, &[]),
            c if c == KeyringDestroy::SPEC.code => with(&KeyringDestroy { id: keyring }, &[]),
            c if c == KeyringList::SPEC.code => with(&KeyringList { after: Some(keyring) }, &[]),
            c if c == Seal::SPEC.code => with(&Seal { keyring, context }, &data(input)),
            c if c == Open::SPEC.code => with(&Open { keyring, context }, &self.record),
            _ => return None,
        })
    }

    fn of_keys(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let (keyring, blob, associated) = (keyring(input), self.blob(input), &[][..]);
        let job = self.job.unwrap_or(KeyId::new([input.byte(); 16]));
        Some(match code {
            c if c == KeyGenerate::SPEC.code => with(
                &KeyGenerate {
                    keyring,
                    template: template(input),
                },
                &[],
            ),
            c if c == KeyJobStatus::SPEC.code => with(&KeyJobStatus { job }, &[]),
            c if c == KeyJobCancel::SPEC.code => with(&KeyJobCancel { job }, &[]),
            c if c == KeyImport::SPEC.code => {
                let clear = clear_key(input);
                with(
                    &KeyImport {
                        keyring,
                        template: template(input),
                    },
                    &clear,
                )
            }
            c if c == Sign::SPEC.code => {
                let (scheme, signed) = (
                    scheme(input),
                    one_of(input, &[SignInput::Digest, SignInput::Message]),
                );
                with(
                    &Sign {
                        keyring,
                        blob,
                        scheme,
                        input: signed,
                    },
                    &data(input),
                )
            }
            c if c == KeyEncrypt::SPEC.code => with(
                &KeyEncrypt {
                    keyring,
                    blob,
                    associated,
                },
                &data(input),
            ),
            c if c == KeyDecrypt::SPEC.code => with(
                &KeyDecrypt {
                    keyring,
                    blob,
                    associated,
                },
                &data(input),
            ),
            c if c == KeyMac::SPEC.code => {
                let labels = (0..input.byte() % 5).map(|_| associated).collect();
                with(
                    &KeyMac {
                        keyring,
                        blob,
                        labels,
                    },
                    &data(input),
                )
            }
            c if c == KeyPublic::SPEC.code => with(&KeyPublic { keyring, blob }, &[]),
            _ => return None,
        })
    }

    fn of_domain(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let id = keyring(input);
        let (taker, offer) = (host_key(input), host_key(input));
        let (giver, share) = (taker, &altered(&SHARES.domain_share, input));
        Some(match code {
            c if c == ShareOffer::SPEC.code => with(&ShareOffer {}, &[]),
            c if c == DomainShare::SPEC.code => with(&DomainShare { taker, offer }, &[]),
            c if c == DomainJoin::SPEC.code => with(&DomainJoin { giver, share }, &[]),
            c if c == KeyringShare::SPEC.code => with(&KeyringShare { id, taker, offer }, &[]),
            c if c == KeyringTake::SPEC.code => with(&KeyringTake { id, giver, share }, &[]),
            _ => return None,
        })
    }

    fn of_wrapping(&self, code: u16, input: &mut Input<'_>) -> Option<Vec<u8>> {
        let (keyring, blob) = (keyring(input), self.blob(input));
        let hash = one_of(input, &[OaepHash::Sha1, OaepHash::Sha256]);
        Some(match code {
            c if c == KeyDecipher::SPEC.code => with(&KeyDecipher { keyring, blob, hash }, &data(input)),
            c if c == KeyWrap::SPEC.code => {
                let public = altered(RSA_2048_PUBLIC, input);
                let recipient = match input.byte() % 3 {
                    0 => Recipient::Kwp {
                        key: self.blob(input),
                    },
                    1 => Recipient::Oaep {
                        hash,
                        public: &public,
                    },
                    _ => Recipient::RsaAes {
                        hash,
                        public: &public,
                    },
                };
                with(
                    &KeyWrap {
                        keyring,
                        blob,
                        recipient,
                    },
                    &[],
                )
            }
            c if c == KeyUnwrap::SPEC.code => {
                let scheme = one_of(
                    input,
                    &[WrapScheme::Kwp, WrapScheme::Oaep(hash), WrapScheme::RsaAes(hash)],
                );
                let template = template(input);
                with(
                    &KeyUnwrap {
                        keyring,
                        template,
                        transport: blob,
                        scheme,
                    },
                    &data(input),
                )
            }
            c if c == ExportPolicySet::SPEC.code => {
                let policies = [ExportPolicy::Never, ExportPolicy::Approved, ExportPolicy::Any];
                with(
                    &ExportPolicySet {
                        policy: one_of(input, &policies),
                    },
                    &data(input),
                )
            }
            _ => return None,
        })
    }
}

/// These bytes, or with some of them changed, or cut short.
pub(crate) fn altered(bytes: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..input.byte() % 4 {
        let at = usize::from(input.word()) % bytes.len().max(1);
        match (input.byte() % 8, bytes.get_mut(at)) {
            (0, _) => bytes.truncate(at),
            (1, _) => bytes.insert(at.min(bytes.len()), input.byte()),
            (2, Some(byte)) => *byte = input.byte(),
            (bit, Some(byte)) => *byte ^= 1 << (bit % 8),
            (_, None) => {}
        }
    }
    bytes
}

/// The encoded command, and data behind it.
pub(crate) fn with(command: &impl Serialize, data: &[u8]) -> Vec<u8> {
    let mut body = postcard::to_stdvec(command).expect("commands can be encoded");
    body.extend(data);
    body
}

/// A key as hosts bring it in: one of ours, altered or not, or anything.
pub(crate) fn clear_key(input: &mut Input<'_>) -> Vec<u8> {
    match KEYS.get(usize::from(input.byte()) % (KEYS.len() + 1)) {
        Some((_, _, clear)) => altered(clear, input),
        None => data(input),
    }
}

pub(crate) fn data(input: &mut Input<'_>) -> Vec<u8> {
    match input.byte() % 4 {
        0 => vec![input.byte(); usize::from(input.word()) % 4400],
        1 => vec![input.byte(); usize::from(input.byte() % 5) * 16],
        _ => {
            let len = input.byte();
            input.take(len.into()).to_vec()
        }
    }
}

pub(crate) fn template(input: &mut Input<'_>) -> Template {
    let kind = one_of(input, &KeyType::ALL);
    let usages = Usages::from_bits(input.word() & 0x7f).unwrap_or_default();
    let wanted = Template::new(kind, usages, input.byte().is_multiple_of(2), 1);
    wanted.unwrap_or(Template::new(kind, Usages::NONE, true, 1).expect("no usages are always possible"))
}

fn keyring(input: &mut Input<'_>) -> KeyringId {
    match input.byte() {
        0..192 => id(1),
        other => id(other % 4),
    }
}

fn pin<'b>(input: &mut Input<'b>) -> &'b [u8] {
    match input.byte() % 4 {
        0 => b"wrong PIN",
        1 => {
            let len = input.byte();
            input.take(len.into())
        }
        _ => PIN,
    }
}

fn host_key(input: &mut Input<'_>) -> PublicKey {
    *key(one_of(input, &[crate::host::FIRST, 1, 2, 3])).public()
}

fn scheme(input: &mut Input<'_>) -> SignatureScheme {
    let hash = one_of(
        input,
        &[
            SignatureHash::Sha256,
            SignatureHash::Sha384,
            SignatureHash::Sha512,
        ],
    );
    one_of(
        input,
        &[
            SignatureScheme::Ecdsa(hash),
            SignatureScheme::RsaPkcs1(hash),
            SignatureScheme::RsaPss(hash),
        ],
    )
}

fn one_of<T: Copy>(input: &mut Input<'_>, choices: &[T]) -> T {
    choices[usize::from(input.byte()) % choices.len()]
}
