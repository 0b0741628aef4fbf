use cryptoki::context::Pkcs11;
use cryptoki::mechanism::{MechanismInfo, MechanismType};
use cryptoki::slot::{Limit, Slot, TokenInfo};

use super::fault::Fault;

/// What a token says of itself, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) version: String,
    pub(super) serial: String,
    /// Sessions it has room for; `None` where it does not say.
    sessions: Option<usize>,
    /// The methods of the trait that it can't carry out.
    pub(super) missing: Vec<&'static str>,
}

impl Identity {
    pub(super) fn read(context: &Pkcs11, slot: Slot) -> Result<Self, Fault> {
        let info = context.get_token_info(slot)?;
        Ok(Self {
            manufacturer: info.manufacturer_id().to_owned(),
            model: info.model().to_owned(),
            version: info.firmware_version().to_string(),
            serial: info.serial_number().to_owned(),
            sessions: match info.max_session_count() {
                Limit::Max(count) => usize::try_from(count).ok(),
                Limit::Infinite | Limit::Unavailable => None,
            },
            missing: missing(context, slot, &info)?,
        })
    }

    /// Workers that have a session each, beside the keeper's; at most `wanted`, at least one.
    pub(super) fn workers(&self, wanted: usize) -> usize {
        let room = self
            .sessions
            .map_or(usize::MAX, |sessions| sessions.saturating_sub(1));
        wanted.min(room).max(1)
    }
}

/// What PKCS#11 has no words for.
const NEVER: [&str; 6] = [
    "attest_key",
    "set_export_policy",
    "export_policy",
    "audit_page",
    "acknowledge_audit",
    "audit_head",
];

/// Asks for the mechanisms instead of concluding from a version.
fn missing(context: &Pkcs11, slot: Slot, info: &TokenInfo) -> Result<Vec<&'static str>, Fault> {
    let known = context.get_mechanism_list(slot)?;
    let can = |mechanism: MechanismType, can: fn(&MechanismInfo) -> bool| {
        known.contains(&mechanism)
            && context
                .get_mechanism_info(slot, mechanism)
                .is_ok_and(|info| can(&info))
    };
    let offers = [
        ("random", info.rng()),
        (
            "create_keyring",
            can(MechanismType::AES_KEY_GEN, MechanismInfo::generate),
        ),
        (
            "seal",
            info.rng() && can(MechanismType::AES_GCM, MechanismInfo::encrypt),
        ),
        ("open", can(MechanismType::AES_GCM, MechanismInfo::decrypt)),
    ];
    let of_keys = [
        ("generate_key", generates(can)),
        ("import_key", true),
        ("describe_key", true),
        ("sign", signs(can)),
        (
            "decipher",
            can(MechanismType::RSA_PKCS_OAEP, MechanismInfo::decrypt),
        ),
        ("encrypt", can(MechanismType::AES_GCM, MechanismInfo::encrypt)),
        ("decrypt", can(MechanismType::AES_GCM, MechanismInfo::decrypt)),
        ("mac", can(MechanismType::SHA256_HMAC, MechanismInfo::sign)),
        ("wrap_key", can(MechanismType::RSA_PKCS_OAEP, MechanismInfo::wrap)),
        (
            "unwrap_key",
            can(MechanismType::RSA_PKCS_OAEP, MechanismInfo::unwrap),
        ),
    ];
    let blobs = info.rng() && keeps_blobs(can);
    let of_keys = of_keys.map(|(name, offered)| (name, offered && blobs));
    let never = NEVER.map(|name| (name, false));
    let offers = offers.into_iter().chain(of_keys).chain(never);
    Ok(offers
        .filter(|(_, offered)| !offered)
        .map(|(name, _)| name)
        .collect())
}

/// Whether keys can be wrapped and unwrapped, and what is said of them authenticated.
fn keeps_blobs(can: impl Fn(MechanismType, fn(&MechanismInfo) -> bool) -> bool) -> bool {
    can(MechanismType::AES_KEY_WRAP_PAD, MechanismInfo::wrap)
        && can(MechanismType::AES_KEY_WRAP_PAD, MechanismInfo::unwrap)
        && can(MechanismType::AES_GCM, MechanismInfo::encrypt)
        && can(MechanismType::AES_GCM, MechanismInfo::decrypt)
        // The public key of a private one is found by having it sign.
        && can(MechanismType::ECDSA, MechanismInfo::sign)
}

fn generates(can: impl Fn(MechanismType, fn(&MechanismInfo) -> bool) -> bool) -> bool {
    can(MechanismType::AES_KEY_GEN, MechanismInfo::generate)
        && can(MechanismType::ECC_KEY_PAIR_GEN, MechanismInfo::generate_key_pair)
        && can(
            MechanismType::RSA_PKCS_KEY_PAIR_GEN,
            MechanismInfo::generate_key_pair,
        )
}

fn signs(can: impl Fn(MechanismType, fn(&MechanismInfo) -> bool) -> bool) -> bool {
    can(MechanismType::ECDSA, MechanismInfo::sign)
        && can(MechanismType::RSA_PKCS, MechanismInfo::sign)
        && can(MechanismType::RSA_PKCS_PSS, MechanismInfo::sign)
}
