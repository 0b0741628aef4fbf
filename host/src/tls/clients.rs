//! Whom to believe among those who show a certificate.

use super::peer::{self, Peer};
use super::settings::TlsSettings;
use super::{TlsError, files};
use crate::auth::policy::PolicyName;
use crate::pki::{Authority, HOSTS, Scope, Serial, USER_PRINCIPAL_NAME};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore, SignatureScheme};
use std::sync::Arc;
use std::time::Duration;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Longest certificate of a client that is looked at, in bytes.
const MAX_CERTIFICATE: usize = 8 * 1024;
/// Domains that one certificate may name.
const MAX_SCOPES: usize = 16;

/// Judges client certificates.
pub struct Clients {
    authority: Arc<Authority>,
    trusted: Vec<Trusted>,
    subjects: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// One authority, and what its certificates are good for.
struct Trusted {
    verifier: Arc<dyn ClientCertVerifier>,
    policies: Vec<PolicyName>,
    is_ours: bool,
}

/// Why a certificate does not count.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Whoever signed it is not trusted, or its time has not come or is over.
    #[error(transparent)]
    Chain(#[from] Error),
    /// It can't be read.
    #[error("the client's certificate can't be read")]
    Malformed,
    /// It is not for clients.
    #[error("the client's certificate is not for client authentication (extended key usage clientAuth)")]
    Purpose,
    /// It is longer than any we look at, or names too many domains.
    #[error("the client's certificate is larger than 8 KiB or names more than 16 domains")]
    Size,
    /// Our authority did not issue it, or took it back.
    #[error("the client's certificate {0} was revoked")]
    Revoked(Serial),
}

impl Clients {
    /// Trusting our authority and those that the settings name.
    pub(super) async fn open(authority: Arc<Authority>, settings: &TlsSettings) -> Result<Self, TlsError> {
        let mut ours = RootCertStore::empty();
        ours.add(authority.certificate_der().await?.into())?;
        let mut trusted = vec![Trusted::new(ours, Vec::new(), true)?];
        for foreign in &settings.authorities {
            let roots = files::roots(&foreign.certificate)?;
            trusted.push(Trusted::new(roots, foreign.policies.clone(), false)?);
        }
        let subjects = trusted.iter().flat_map(|one| one.verifier.root_hint_subjects());
        Ok(Self {
            authority,
            subjects: subjects.cloned().collect(),
            algorithms: rustls::crypto::ring::default_provider().signature_verification_algorithms,
            trusted,
        })
    }

    /// Whose certificate this is, and what it allows.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<Peer, Refusal> {
        self.judge_at(certificate, intermediates, UnixTime::now())
    }

    fn judge_at(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Peer, Refusal> {
        if certificate.len() > MAX_CERTIFICATE {
            return Err(Refusal::Size);
        }
        let trusted = self.trusted_by(certificate, intermediates, now)?;
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| Refusal::Malformed)?;
        let usage = parsed.extended_key_usage().map_err(|_| Refusal::Malformed)?;
        if !usage.is_some_and(|usage| usage.value.client_auth) {
            return Err(Refusal::Purpose);
        }
        let scopes = scopes(&parsed)?;
        let serial = match trusted.is_ours {
            true => Some(Serial::from_bytes(parsed.raw_serial()).ok_or(Refusal::Malformed)?),
            false => None,
        };
        let peer = Peer {
            name: first(parsed.subject().iter_common_name()).unwrap_or_default(),
            policies: self.policies(serial, trusted)?,
            serial,
            expires: end(&parsed),
            own: peer::acl(&scopes),
            is_host: first(parsed.subject().iter_organizational_unit()).as_deref() == Some(HOSTS),
        };
        Ok(peer)
    }

    /// Whether a certificate that was accepted has neither ended nor been revoked since.
    pub(super) fn still_counts(&self, peer: &Peer) -> bool {
        self.still_counts_at(peer, UnixTime::now())
    }

    pub(super) fn still_counts_at(&self, peer: &Peer, now: UnixTime) -> bool {
        if now > peer.expires {
            return false;
        }
        match peer.serial {
            None => true,
            Some(serial) => self.authority.find(serial).is_some_and(|issued| issued.counts()),
        }
    }

    /// The first authority that vouches for it; the error of our own where none does.
    fn trusted_by(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<&Trusted, Error> {
        let mut refusal = Error::NoCertificatesPresented;
        for trusted in self.trusted.iter().rev() {
            match trusted
                .verifier
                .verify_client_cert(certificate, intermediates, now)
            {
                Ok(_) => return Ok(trusted),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn policies(&self, serial: Option<Serial>, trusted: &Trusted) -> Result<Vec<PolicyName>, Refusal> {
        let Some(serial) = serial else {
            return Ok(trusted.policies.clone());
        };
        let issued = self.authority.find(serial).filter(|issued| issued.counts());
        Ok(issued.ok_or(Refusal::Revoked(serial))?.policies.clone())
    }
}

impl Trusted {
    fn new(roots: RootCertStore, policies: Vec<PolicyName>, is_ours: bool) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| TlsError::File(error.to_string()))?;
        Ok(Self {
            verifier,
            policies,
            is_ours,
        })
    }
}

fn end(certificate: &X509Certificate<'_>) -> UnixTime {
    let seconds = certificate.validity().not_after.timestamp();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds.try_into().unwrap_or_default()))
}

/// The OKMS domains that a certificate names.
fn scopes(certificate: &X509Certificate<'_>) -> Result<Vec<Scope>, Refusal> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| Refusal::Malformed)?;
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    let principals = names.iter().filter_map(|name| match name {
        GeneralName::OtherName(oid, value) if oid.to_id_string() == USER_PRINCIPAL_NAME.to_string() => {
            Some(*value)
        }
        _ => None,
    });
    let scopes: Vec<Scope> = principals.filter_map(principal).collect();
    match scopes.len() <= MAX_SCOPES {
        true => Ok(scopes),
        false => Err(Refusal::Size),
    }
}

/// The scope in the value of an `otherName`: `[0] EXPLICIT UTF8String`; `None` where it names something else.
fn principal(value: &[u8]) -> Option<Scope> {
    let (_, outer) = x509_parser::der_parser::parse_der(value).ok()?;
    let text = match outer.as_str() {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let (_, inner) = x509_parser::der_parser::parse_der(outer.as_slice().ok()?).ok()?;
            inner.as_str().ok()?.to_owned()
        }
    };
    text.strip_prefix("okms.domain:")?.parse().ok()
}

fn first<'a>(
    mut attributes: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Option<String> {
    Some(attributes.next()?.as_str().ok()?.to_owned())
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clients")
    }
}

impl ClientCertVerifier for Clients {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.judge_at(certificate, intermediates, now) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(Refusal::Chain(error)) => Err(error),
            Err(refusal) => Err(Error::Other(OtherError(Arc::new(refusal)))),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
