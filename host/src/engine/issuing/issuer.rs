//! An authority that is ready to sign.

use super::{Authority, Certified, refused};
use crate::engine::clock::Time;
use crate::engine::configurations::Config;
use crate::engine::keys::Key;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::x509::{self, Names, Signer};
use x509_cert::builder::CertificateBuilder;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::certificate::Certificate;
use x509_cert::der::DecodePem;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, NameConstraints};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

/// Bytes of a serial number: 158 of their bits are random, the first is 0 and the second 1, so that the number is
/// positive and always as long (RFC 5280, section 4.1.2.2).
pub(super) const SERIAL_LEN: usize = 20;
/// The number of a certificate.
pub(super) type Serial = [u8; SERIAL_LEN];

/// An authority that is ready to sign.
pub(super) struct Issuer {
    pub(super) config: Config<Authority>,
    pub(super) certified: Certified,
    pub(super) certificate: Certificate,
    /// Its own certificate, then those above it.
    path: Vec<Certificate>,
    key: Key,
    signer: Signer,
}

/// A certificate that was just made.
pub(super) struct Made {
    pub(super) serial: Serial,
    pub(super) certificate: String,
    pub(super) expires: Time,
}

impl Engine {
    /// The authority with this name, if it can sign now.
    pub(super) async fn issuer(&self, name: &str) -> Result<Issuer, EngineError> {
        let config = match self.authority(name) {
            Err(EngineError::ConfigNotFound(name)) => {
                return Err(refused(format!("there is no certificate authority named {name}")));
            }
            found => found?,
        };
        let Some(certified) = config.facts.certified.clone() else {
            return Err(refused(format!(
                "the certificate authority {name} is not signed yet"
            )));
        };
        if config.facts.revoked.is_some() || certified.expires <= self.now() {
            return Err(refused(format!(
                "the certificate authority {name} has expired or was revoked"
            )));
        }
        let key = self.config_key(&config).await?;
        let signer = Signer::of(self.describe_key(&key).await?.public_key)?;
        let path: Result<Vec<_>, _> = [&certified.certificate]
            .into_iter()
            .chain(&certified.chain)
            .map(Certificate::from_pem)
            .collect();
        Ok(Issuer {
            certificate: Certificate::from_pem(&certified.certificate)?,
            path: path?,
            config,
            certified,
            key,
            signer,
        })
    }

    /// A serial number from the device's random generator.
    pub(super) async fn serial(&self) -> Result<Serial, EngineError> {
        let random = self.hsm.random(SERIAL_LEN).await?;
        let mut serial = Serial::try_from(random.as_slice())
            .map_err(|_| EngineError::Damaged("the device answered too few random bytes".into()))?;
        serial[0] = serial[0] & 0x7f | 0x40;
        Ok(serial)
    }

    /// Has a key in the device sign a certificate of this profile.
    pub(super) async fn certify(
        &self,
        (key, signer): (&Key, &Signer),
        profile: impl BuilderProfile,
        subject_key: SubjectPublicKeyInfoOwned,
        (from, until): (Time, Time),
    ) -> Result<Made, EngineError> {
        let serial = self.serial().await?;
        let number = SerialNumber::new(&serial)?;
        let validity = Validity::new(x509::time(from)?, x509::time(until)?);
        let mut builder =
            CertificateBuilder::new(profile, number, validity, subject_key).map_err(x509::BadX509::from)?;
        let body = signer.body(&mut builder)?;
        let signature = self.sign(key, signer.scheme(), &body).await?;
        let certificate = signer.finish(builder, &signature)?;
        Ok(Made {
            serial,
            certificate: x509::pem(&certificate)?,
            // As certificates say it: in whole seconds.
            expires: Time::from_nanos(until.as_nanos() / 1_000_000_000 * 1_000_000_000),
        })
    }
}

impl Issuer {
    /// What signs.
    pub(super) fn hand(&self) -> (&Key, &Signer) {
        (&self.key, &self.signer)
    }

    /// The certificates from its own up to the root's, in PEM.
    pub(super) fn chain(&self) -> Vec<String> {
        [&self.certified.certificate]
            .into_iter()
            .chain(&self.certified.chain)
            .cloned()
            .collect()
    }

    /// When a certificate ends that counts from `now` for `lifetime`; one that does not say how long ends with the
    /// authority at the latest.
    pub(super) fn end(&self, now: Time, lifetime: Span, said: bool) -> Result<Time, EngineError> {
        let most = Span::from_secs(self.config.facts.settings.max_ttl);
        let end = now.after(lifetime);
        let last = self.certified.expires;
        if said && lifetime > most {
            return Err(refused(format!(
                "ttl must not be longer than the max_ttl of the certificate authority, {} seconds",
                self.config.facts.settings.max_ttl
            )));
        }
        if said && end > last {
            return Err(refused(format!(
                "ttl must not reach beyond the end of the certificate authority, {}",
                last.with_digits(0)
            )));
        }
        Ok(end.min(now.after(most)).min(last))
    }

    /// Refuses names outside of the domains that an authority on the path is limited to.
    pub(super) fn check_domains(&self, names: &Names, field: &str) -> Result<(), EngineError> {
        for authority in &self.path {
            let Some(permitted) = permitted(authority)? else {
                continue;
            };
            for name in &names.dns {
                if !permitted
                    .iter()
                    .any(|domain| super::hostname::within(name, domain))
                {
                    return Err(refused(format!(
                        "{field}: {name} is outside of the domains that the certificate authority is limited to ({})",
                        permitted.join(", ")
                    )));
                }
            }
        }
        Ok(())
    }

    /// How many authorities may stand below the next one on its path; `None` for any number. Refuses the next where it
    /// may not be.
    pub(super) fn room_below(&self) -> Result<Option<u8>, EngineError> {
        let constraints = self
            .certificate
            .tbs_certificate()
            .get_extension::<BasicConstraints>()?;
        match constraints.and_then(|(_, constraints)| constraints.path_len_constraint) {
            None => Ok(None),
            Some(0) => Err(refused(format!(
                "the certificate authority {} may have no authority below it (max_path_length)",
                self.config.name
            ))),
            Some(room) => Ok(Some(room - 1)),
        }
    }
}

/// The domains that an authority is limited to; `None` where it is not.
fn permitted(authority: &Certificate) -> Result<Option<Vec<String>>, EngineError> {
    let constraints = authority.tbs_certificate().get_extension::<NameConstraints>()?;
    let subtrees = constraints.and_then(|(_, constraints)| constraints.permitted_subtrees);
    let domains = subtrees.map(|subtrees| {
        let bases = subtrees.into_iter().filter_map(|subtree| match subtree.base {
            GeneralName::DnsName(domain) => Some(domain.to_string()),
            _ => None,
        });
        bases.collect::<Vec<_>>()
    });
    Ok(domains.filter(|domains| !domains.is_empty()))
}
