//! Certification requests (PKCS#10, RFC 2986), hostile until parsed.

use p521::ecdsa::signature::hazmat::PrehashVerifier;
use p521::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::net::IpAddr;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_PKCS1_RSAENCRYPTION,
    OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512,
};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Bytes of a number on P-521.
const P521_LEN: usize = 66;
/// More than any request for a certificate needs.
const MAX_LEN: usize = 16 * 1024;

/// A request whose sender has proved to hold the private key.
pub(crate) struct Request {
    /// The public key.
    pub(crate) key: SubjectPublicKeyInfoOwned,
    /// What kind of key that is.
    pub(crate) kind: KeyKind,
    /// The subject that it asks for.
    pub(crate) subject: Name,
    /// The common name in that.
    pub(crate) common_name: Option<String>,
    /// The other names that it asks for.
    pub(crate) names: Names,
}

/// A key that can be checked here, with its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Ec(u16),
    Rsa(u16),
}

/// Names beside the distinguished one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) dns: Vec<String>,
    pub(crate) emails: Vec<String>,
    pub(crate) ips: Vec<IpAddr>,
    pub(crate) uris: Vec<String>,
    pub(crate) others: Vec<(ObjectIdentifier, String)>,
}

impl Request {
    /// The request in a PEM text. The error says what is wrong, for whoever sent it.
    pub(crate) fn parse(pem: &str) -> Result<Self, String> {
        let invalid = |why: &str| format!("the certification request (csr) {why}");
        if pem.len() > MAX_LEN {
            return Err(invalid("is longer than 16 KiB"));
        }
        let (_, pem) = parse_x509_pem(pem.as_bytes())
            .map_err(|_| invalid("is not PEM: it begins with -----BEGIN CERTIFICATE REQUEST-----"))?;
        let not_pkcs10 = || invalid("is not PKCS#10");
        let (_, request) = X509CertificationRequest::from_der(&pem.contents).map_err(|_| not_pkcs10())?;
        let info = &request.certification_request_info;
        let kind = kind(&info.subject_pki).ok_or_else(|| {
            invalid("must have a key on P-256, P-384 or P-521, or an RSA key of 2048 to 4096 bits")
        })?;
        let proven = match kind {
            KeyKind::Ec(521) => is_signed_on_p521(&request),
            _ => request.verify_signature().is_ok(),
        };
        if !proven {
            return Err(invalid("is not signed with its own key"));
        }
        let common_name = info.subject.iter_common_name().next();
        let common_name = common_name.and_then(|name| name.as_str().ok()).map(str::to_owned);
        Ok(Self {
            key: SubjectPublicKeyInfoOwned::from_der(info.subject_pki.raw).map_err(|_| not_pkcs10())?,
            kind,
            subject: Name::from_der(info.subject.as_raw()).map_err(|_| not_pkcs10())?,
            common_name,
            names: names(&request).ok_or_else(|| invalid("asks for a name that can't be read"))?,
        })
    }
}

fn kind(key: &SubjectPublicKeyInfo<'_>) -> Option<KeyKind> {
    let algorithm = &key.algorithm;
    match key.parsed().ok()? {
        PublicKey::EC(_) if algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY => {
            let curve = algorithm.parameters.as_ref()?.as_oid().ok()?;
            let curves = [
                (OID_EC_P256, 256),
                (OID_NIST_EC_P384, 384),
                (OID_NIST_EC_P521, 521),
            ];
            let known = curves.into_iter().find(|(oid, _)| *oid == curve);
            known.map(|(_, bits)| KeyKind::Ec(bits))
        }
        PublicKey::RSA(rsa) if algorithm.algorithm == OID_PKCS1_RSAENCRYPTION => {
            let bits = u16::try_from(rsa.key_size()).ok()?;
            (2048..=4096).contains(&bits).then_some(KeyKind::Rsa(bits))
        }
        _ => None,
    }
}

/// Whether a request is signed with its own key, which is on P-521: ring does not know that curve.
fn is_signed_on_p521(request: &X509CertificationRequest<'_>) -> bool {
    let signed = request.certification_request_info.raw;
    let algorithm = &request.signature_algorithm.algorithm;
    let hash = match () {
        () if *algorithm == OID_SIG_ECDSA_WITH_SHA256 => Sha256::digest(signed).to_vec(),
        () if *algorithm == OID_SIG_ECDSA_WITH_SHA384 => Sha384::digest(signed).to_vec(),
        () if *algorithm == OID_SIG_ECDSA_WITH_SHA512 => Sha512::digest(signed).to_vec(),
        () => return false,
    };
    // As a number of the curve's length (FIPS 186-5, section 6.4.2).
    let mut number = [0; P521_LEN];
    number[P521_LEN - hash.len()..].copy_from_slice(&hash);
    let key = &request
        .certification_request_info
        .subject_pki
        .subject_public_key
        .data;
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::from_sec1_bytes(key),
        Signature::from_der(&request.signature_value.data),
    ) else {
        return false;
    };
    key.verify_prehash(&number, &signature).is_ok()
}

/// The subject alternative names that a request asks for; `None` where one of them is of a kind that is not issued.
fn names(request: &X509CertificationRequest<'_>) -> Option<Names> {
    let mut names = Names::default();
    for extension in request.requested_extensions().into_iter().flatten() {
        if let ParsedExtension::SubjectAlternativeName(found) = extension {
            found.general_names.iter().try_for_each(|name| names.add(name))?;
        }
    }
    Some(names)
}

impl Names {
    fn add(&mut self, name: &GeneralName<'_>) -> Option<()> {
        match name {
            GeneralName::DNSName(name) => self.dns.push((*name).into()),
            GeneralName::RFC822Name(name) => self.emails.push((*name).into()),
            GeneralName::URI(uri) => self.uris.push((*uri).into()),
            GeneralName::IPAddress(octets) => self.ips.push(address(octets)?),
            GeneralName::OtherName(oid, value) => {
                self.others.push((oid.to_id_string().parse().ok()?, utf8(value)?));
            }
            _ => return None,
        }
        Some(())
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

/// The text of `[0] EXPLICIT UTF8String`, which an `otherName` holds.
fn utf8(value: &[u8]) -> Option<String> {
    let (tag, inner) = value.split_first()?;
    let inner = match (tag, inner.split_first()?) {
        (0xa0, (len, inner)) if usize::from(*len) == inner.len() => inner,
        _ => value,
    };
    match inner {
        [0x0c, len, text @ ..] if usize::from(*len) == text.len() => String::from_utf8(text.to_vec()).ok(),
        _ => None,
    }
}
