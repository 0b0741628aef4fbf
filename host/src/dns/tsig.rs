//! Keys that are shared with a name server (RFC 8945), with HMAC-SHA256.

use hickory_proto::ProtoError;
use hickory_proto::op::Message;
use hickory_proto::rr::Name;
use hickory_proto::rr::rdata::tsig::{
    TSIG, TsigAlgorithm, make_tsig_record, message_tbs, signed_bitmessage_to_buf,
};
use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// By how many seconds clocks may differ: as RFC 8945, section 10, recommends.
const FUDGE: u16 = 300;

/// A key by its name, which both sides know it by.
pub(super) struct Key {
    name: Name,
    mac: Hmac<Sha256>,
}

/// What a request was signed with: its answer is signed over that too.
pub(super) struct RequestMac(Vec<u8>);

impl Key {
    pub(super) fn new(name: Name, secret: &[u8]) -> Result<Self, InvalidLength> {
        let mac = Hmac::new_from_slice(secret)?;
        Ok(Self { name, mac })
    }

    /// Signs a request at a time in seconds since 1970.
    pub(super) fn sign(&self, message: &mut Message, now: u64) -> Result<RequestMac, ProtoError> {
        let unsigned = TSIG::new(
            TsigAlgorithm::HmacSha256,
            now,
            FUDGE,
            Vec::new(),
            message.id,
            None,
            Vec::new(),
        );
        let mut mac = self.mac.clone();
        mac.update(&message_tbs(message, &unsigned, &self.name)?);
        let mac = mac.finalize().into_bytes().to_vec();
        let record = make_tsig_record(self.name.clone(), unsigned.set_mac(mac.clone()));
        message.set_signature(Box::new(record));
        Ok(RequestMac(mac))
    }

    /// Whether an answer to a request is signed with this key, and not long ago.
    pub(super) fn has_signed(&self, answer: &[u8], request: &RequestMac, now: u64) -> bool {
        let Ok((signed, record)) = signed_bitmessage_to_buf(answer, Some(&request.0), true) else {
            return false;
        };
        let tsig = &record.data;
        let mut mac = self.mac.clone();
        mac.update(&signed);
        record.name == self.name
            && tsig.algorithm == TsigAlgorithm::HmacSha256
            && tsig.time.abs_diff(now) <= u64::from(FUDGE)
            && mac.verify_slice(&tsig.mac).is_ok()
    }
}
