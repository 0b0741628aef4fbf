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
        ("generate_key", false),
        ("import_key", false),
        ("describe_key", false),
        ("sign", false),
        ("decipher", false),
        ("encrypt", false),
        ("decrypt", false),
        ("mac", false),
        ("wrap_key", false),
        ("unwrap_key", false),
        ("set_export_policy", false),
        ("export_policy", false),
    ];
    Ok(offers
        .into_iter()
        .filter(|(_, offered)| !offered)
        .map(|(name, _)| name)
        .collect())
}
