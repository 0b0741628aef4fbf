//! What each command does: one file each.

mod audit_acknowledge;
mod audit_head;
mod audit_pull;
mod device_init;
mod device_reset;
mod device_restart;
mod domain_join;
mod domain_share;
mod export_policy_get;
mod export_policy_set;
mod info;
mod key_attest;
mod key_decipher;
mod key_decrypt;
mod key_encrypt;
mod key_generate;
mod key_import;
mod key_job_cancel;
mod key_job_status;
mod key_mac;
mod key_public;
mod key_unwrap;
mod key_wrap;
mod keyring_create;
mod keyring_destroy;
mod keyring_list;
mod keyring_share;
mod keyring_take;
mod open;
mod pin_change;
mod pin_verify;
mod random;
mod role_enroll;
mod role_list;
mod role_revoke;
mod seal;
mod self_test;
mod share_offer;
mod sign;
mod update_begin;
mod update_finish;
mod update_status;
mod update_write;

use crate::device::{Body, Worker};
use crate::platform::Platform;
use casemate_common::command::{
    AuditAcknowledge, AuditHead, AuditPull, Command, DeviceInit, DeviceReset, DeviceRestart, DomainJoin,
    DomainShare, ExportPolicyGet, ExportPolicySet, Info, KeyAttest, KeyDecipher, KeyDecrypt, KeyEncrypt,
    KeyGenerate, KeyImport, KeyJobCancel, KeyJobStatus, KeyMac, KeyPublic, KeyUnwrap, KeyWrap, KeyringCreate,
    KeyringDestroy, KeyringList, KeyringShare, KeyringTake, Open, PinChange, PinVerify, Random, RoleEnroll,
    RoleList, RoleRevoke, Seal, SelfTest, ShareOffer, Sign, Spec, UpdateBegin, UpdateFinish, UpdateStatus,
    UpdateWrite,
};
use casemate_common::error::ErrorCode;
use serde::Deserialize;

/// The first message of a request.
pub(crate) struct Request<'b> {
    pub(crate) id: u16,
    /// Whether it is the only one.
    pub(crate) last: bool,
    pub(crate) body: &'b [u8],
}

const INFO: u16 = Info::SPEC.code;
const RANDOM: u16 = Random::SPEC.code;
const KEYRING_CREATE: u16 = KeyringCreate::SPEC.code;
const KEYRING_LIST: u16 = KeyringList::SPEC.code;
const KEYRING_DESTROY: u16 = KeyringDestroy::SPEC.code;
const SEAL: u16 = Seal::SPEC.code;
const OPEN: u16 = Open::SPEC.code;
const KEY_GENERATE: u16 = KeyGenerate::SPEC.code;
const KEY_JOB_STATUS: u16 = KeyJobStatus::SPEC.code;
const KEY_JOB_CANCEL: u16 = KeyJobCancel::SPEC.code;
const KEY_IMPORT: u16 = KeyImport::SPEC.code;
const SIGN: u16 = Sign::SPEC.code;
const KEY_ENCRYPT: u16 = KeyEncrypt::SPEC.code;
const KEY_DECRYPT: u16 = KeyDecrypt::SPEC.code;
const KEY_MAC: u16 = KeyMac::SPEC.code;
const KEY_PUBLIC: u16 = KeyPublic::SPEC.code;
const KEY_DECIPHER: u16 = KeyDecipher::SPEC.code;
const KEY_WRAP: u16 = KeyWrap::SPEC.code;
const KEY_ATTEST: u16 = KeyAttest::SPEC.code;
const EXPORT_POLICY_SET: u16 = ExportPolicySet::SPEC.code;
const EXPORT_POLICY_GET: u16 = ExportPolicyGet::SPEC.code;
const KEY_UNWRAP: u16 = KeyUnwrap::SPEC.code;
const AUDIT_PULL: u16 = AuditPull::SPEC.code;
const AUDIT_HEAD: u16 = AuditHead::SPEC.code;
const AUDIT_ACKNOWLEDGE: u16 = AuditAcknowledge::SPEC.code;
const DEVICE_INIT: u16 = DeviceInit::SPEC.code;
const DEVICE_RESET: u16 = DeviceReset::SPEC.code;
const PIN_VERIFY: u16 = PinVerify::SPEC.code;
const PIN_CHANGE: u16 = PinChange::SPEC.code;
const SELF_TEST: u16 = SelfTest::SPEC.code;
const ROLE_ENROLL: u16 = RoleEnroll::SPEC.code;
const ROLE_LIST: u16 = RoleList::SPEC.code;
const ROLE_REVOKE: u16 = RoleRevoke::SPEC.code;
const SHARE_OFFER: u16 = ShareOffer::SPEC.code;
const DOMAIN_SHARE: u16 = DomainShare::SPEC.code;
const DOMAIN_JOIN: u16 = DomainJoin::SPEC.code;
const KEYRING_SHARE: u16 = KeyringShare::SPEC.code;
const KEYRING_TAKE: u16 = KeyringTake::SPEC.code;
const DEVICE_RESTART: u16 = DeviceRestart::SPEC.code;
const UPDATE_STATUS: u16 = UpdateStatus::SPEC.code;
const UPDATE_BEGIN: u16 = UpdateBegin::SPEC.code;
const UPDATE_WRITE: u16 = UpdateWrite::SPEC.code;
const UPDATE_FINISH: u16 = UpdateFinish::SPEC.code;

/// Runs a command that has been permitted.
pub(crate) fn run<P: Platform>(
    spec: &Spec,
    worker: &mut Worker<P>,
    request: &Request<'_>,
    answer: &mut Body<'_>,
) -> Result<(), ErrorCode> {
    match spec.code {
        INFO => info::run(request.whole()?, worker, answer),
        RANDOM => random::run(request.whole()?, worker.vault()?, answer),
        KEYRING_CREATE => keyring_create::run(request.whole()?, worker.vault()?, answer),
        KEYRING_LIST => keyring_list::run(request.whole()?, worker.vault()?, answer),
        KEYRING_DESTROY => keyring_destroy::run(request.whole()?, worker.vault()?, answer),
        SEAL => seal::run(request, worker.vault()?, answer),
        OPEN => open::run(request, worker.vault()?, answer),
        KEY_GENERATE => key_generate::run(request.whole()?, worker, answer),
        KEY_JOB_STATUS => key_job_status::run(request.whole()?, worker, answer),
        KEY_JOB_CANCEL => key_job_cancel::run(request.whole()?, worker.vault()?, answer),
        KEY_IMPORT => key_import::run(request, worker.vault()?, answer),
        SIGN => sign::run(request, worker.vault()?, answer),
        KEY_ENCRYPT => key_encrypt::run(request, worker.vault()?, answer),
        KEY_DECRYPT => key_decrypt::run(request, worker.vault()?, answer),
        KEY_MAC => key_mac::run(request, worker.vault()?, answer),
        KEY_PUBLIC => key_public::run(request.whole()?, worker.vault()?, answer),
        KEY_DECIPHER => key_decipher::run(request, worker.vault()?, answer),
        KEY_WRAP => key_wrap::run(request.whole()?, worker.vault()?, answer),
        KEY_ATTEST => key_attest::run(request.whole()?, worker.vault()?, answer),
        EXPORT_POLICY_SET => export_policy_set::run(request, worker.vault()?),
        EXPORT_POLICY_GET => export_policy_get::run(request.whole()?, worker.vault()?, answer),
        KEY_UNWRAP => key_unwrap::run(request, worker.vault()?, answer),
        AUDIT_PULL => audit_pull::run(request.whole()?, worker, answer),
        AUDIT_HEAD => audit_head::run(request.whole()?, worker, answer),
        AUDIT_ACKNOWLEDGE => audit_acknowledge::run(request.whole()?, worker.vault()?, answer),
        DEVICE_INIT => device_init::run(request.whole()?, worker),
        DEVICE_RESET => device_reset::run(request.whole()?, worker),
        PIN_VERIFY => pin_verify::run(request.whole()?, worker),
        PIN_CHANGE => pin_change::run(request.whole()?, worker),
        SELF_TEST => self_test::run::<P>(request.whole()?),
        ROLE_ENROLL => role_enroll::run(request.whole()?, worker),
        ROLE_LIST => role_list::run(request.whole()?, worker.vault()?, answer),
        ROLE_REVOKE => role_revoke::run(request.whole()?, worker, answer),
        SHARE_OFFER => share_offer::run(request.whole()?, worker.vault()?, answer),
        DOMAIN_SHARE => domain_share::run(request.whole()?, worker.vault()?, answer),
        DOMAIN_JOIN => domain_join::run(request.whole()?, worker.vault()?, answer),
        KEYRING_SHARE => keyring_share::run(request.whole()?, worker.vault()?, answer),
        KEYRING_TAKE => keyring_take::run(request.whole()?, worker.vault()?, answer),
        DEVICE_RESTART => device_restart::run(request.whole()?, worker),
        UPDATE_STATUS => update_status::run(request.whole()?, worker.vault()?, answer),
        UPDATE_BEGIN => update_begin::run(request.whole()?, worker.vault()?),
        UPDATE_WRITE => update_write::run(request, worker.vault()?),
        UPDATE_FINISH => update_finish::run(request.whole()?, worker.vault()?),
        _ => Err(ErrorCode::UnknownCommand),
    }
}

impl<'b> Request<'b> {
    /// The command of a request that takes no data.
    fn whole<C: Deserialize<'b>>(&self) -> Result<C, ErrorCode> {
        match self.with_data()? {
            (command, []) if self.last => Ok(command),
            _ => Err(ErrorCode::MalformedRequest),
        }
    }

    /// The command, and the data behind it, all in one message.
    fn with_all_data<C: Deserialize<'b>>(&self) -> Result<(C, &'b [u8]), ErrorCode> {
        if !self.last {
            return Err(ErrorCode::MalformedRequest);
        }
        self.with_data()
    }

    /// The command, and the data behind it in this message.
    fn with_data<C: Deserialize<'b>>(&self) -> Result<(C, &'b [u8]), ErrorCode> {
        postcard::take_from_bytes(self.body).map_err(|_| ErrorCode::MalformedRequest)
    }
}
