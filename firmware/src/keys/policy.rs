use crate::crypto::{Aes256Gcm, Crypto, Hash};
use crate::flash::{Kind, Log, NAME_LEN};
use crate::roles::Sealer;
use casemate_common::command::{ExportPolicy, FINGERPRINT_LEN, MAX_RECIPIENTS};
use casemate_common::error::ErrorCode;
use casemate_common::record::NONCE_LEN;
use embedded_storage::nor_flash::NorFlash;

/// There is one.
const NAME: &[u8; NAME_LEN] = b"export policy   ";

const LIST_LEN: usize = MAX_RECIPIENTS * FINGERPRINT_LEN;

/// The policy's number, how many recipients there are, and their fingerprints.
const BODY_LEN: usize = 2 + LIST_LEN;

/// SHA-256 of a SubjectPublicKeyInfo.
pub(crate) type Fingerprint = [u8; FINGERPRINT_LEN];

/// What names this public key.
pub(crate) fn fingerprint<C: Crypto>(spki: &[u8]) -> Fingerprint {
    let mut hash = C::Sha256::default();
    hash.update(spki);
    hash.finish()
}

/// For whom keys may be wrapped: a sealed record in the flash log, read once at the start.
pub(crate) struct Exports {
    policy: ExportPolicy,
    recipients: heapless::Vec<Fingerprint, MAX_RECIPIENTS>,
}

/// Who a key is wrapped for, as far as the policy asks.
pub(crate) enum For<'a> {
    /// Whoever has the private key to this public key.
    Public(&'a Fingerprint),
    /// A key of this device that nobody else has or can ever get.
    Ourselves,
    /// A key of this device that others may have.
    Shared,
}

impl Exports {
    /// How a device begins, and what an erased one goes back to: nothing leaves.
    pub(crate) const NONE: Self = Self {
        policy: ExportPolicy::Never,
        recipients: heapless::Vec::new(),
    };

    /// Reads the policy from the log.
    pub(crate) fn load<G: Aes256Gcm, F: NorFlash, const N: usize>(
        sealer: &Sealer<G>,
        log: &mut Log<F, N>,
    ) -> Result<Self, ErrorCode> {
        match sealer.read::<F, N, BODY_LEN>(log, (Kind::EXPORT_POLICY, NAME))? {
            Some(body) => Self::decode(&body).ok_or(ErrorCode::FlashFailed),
            None => Ok(Self::NONE),
        }
    }

    /// Takes other rules from now on, durably. `recipients`: fingerprints one after the other.
    ///
    /// # Errors
    /// [`ErrorCode::MalformedRequest`] when those are cut, or given to a policy that does not ask for them,
    /// [`ErrorCode::TooLarge`] when they are more than [`MAX_RECIPIENTS`].
    pub(crate) fn set<G: Aes256Gcm, F: NorFlash, const N: usize>(
        &mut self,
        (sealer, log): (&Sealer<G>, &mut Log<F, N>),
        nonce: [u8; NONCE_LEN],
        policy: ExportPolicy,
        recipients: &[u8],
    ) -> Result<(), ErrorCode> {
        let (list, rest) = recipients.as_chunks();
        if !rest.is_empty() || (policy != ExportPolicy::Approved && !list.is_empty()) {
            return Err(ErrorCode::MalformedRequest);
        }
        let recipients = heapless::Vec::from_slice(list).map_err(|_| ErrorCode::TooLarge)?;
        let rules = Self { policy, recipients };
        sealer.put(log, (Kind::EXPORT_POLICY, NAME), nonce, rules.encode())?;
        *self = rules;
        Ok(())
    }

    /// The policy.
    pub(crate) const fn policy(&self) -> ExportPolicy {
        self.policy
    }

    /// The recipients that [`ExportPolicy::Approved`] allows.
    pub(crate) fn recipients(&self) -> &[Fingerprint] {
        &self.recipients
    }

    /// Whether a key may be wrapped for this recipient.
    ///
    /// # Errors
    /// [`ErrorCode::ExportForbidden`].
    pub(crate) fn permit(&self, recipient: &For<'_>) -> Result<(), ErrorCode> {
        let allowed = match (self.policy, recipient) {
            (ExportPolicy::Never, _) | (ExportPolicy::Approved, For::Shared) => false,
            (ExportPolicy::Any, _) | (ExportPolicy::Approved, For::Ourselves) => true,
            (ExportPolicy::Approved, For::Public(fingerprint)) => self.recipients.contains(fingerprint),
        };
        if allowed {
            Ok(())
        } else {
            Err(ErrorCode::ExportForbidden)
        }
    }

    fn encode(&self) -> [u8; BODY_LEN] {
        let number = match self.policy {
            ExportPolicy::Never => 0,
            ExportPolicy::Approved => 1,
            ExportPolicy::Any => 2,
        };
        let count = self.recipients.len().to_le_bytes();
        let parts = [number].into_iter().chain(count.into_iter().take(1));
        let parts = parts.chain(self.recipients.iter().flatten().copied());
        let mut body = [0; BODY_LEN];
        body.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        body
    }

    fn decode(body: &[u8; BODY_LEN]) -> Option<Self> {
        let (&[number, count], list) = body.split_first_chunk()?;
        let list = list.as_chunks().0.get(..count.into())?;
        Some(Self {
            policy: match number {
                0 => ExportPolicy::Never,
                1 => ExportPolicy::Approved,
                2 => ExportPolicy::Any,
                _ => return None,
            },
            recipients: heapless::Vec::from_slice(list).ok()?,
        })
    }
}
