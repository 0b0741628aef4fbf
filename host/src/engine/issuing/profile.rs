//! What stands in each kind of certificate.

use super::constraints::Holder;
use super::{AuthoritySettings, Template, Urls};
use crate::x509::{self, Extensions, Names};
use x509_cert::builder::Result as Built;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::der;
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5280::ID_AD_CA_ISSUERS;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralNames};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages, NameConstraints,
    SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// Whoever signs, as far as a certificate names it.
pub(super) struct SignedBy<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) settings: &'a AuthoritySettings,
    pub(super) urls: &'a Urls,
}

/// An authority's own certificate.
pub(super) struct AuthorityProfile<'a> {
    pub(super) subject: Name,
    pub(super) names: Names,
    pub(super) path_length: Option<u8>,
    pub(super) permitted: &'a [String],
    /// `None` for one that signs itself.
    pub(super) signed_by: Option<SignedBy<'a>>,
}

/// A certificate that signs nothing further.
pub(super) struct LeafProfile<'a> {
    pub(super) subject: Name,
    pub(super) holder: &'a Holder,
    pub(super) signed_by: SignedBy<'a>,
    pub(super) template: &'a Template,
    pub(super) usages: FlagSet<KeyUsages>,
    pub(super) extended: Vec<ObjectIdentifier>,
    pub(super) policies: Vec<ObjectIdentifier>,
}

impl BuilderProfile for AuthorityProfile<'_> {
    fn get_issuer(&self, subject: &Name) -> Name {
        match &self.signed_by {
            None => subject.clone(),
            Some(issuer) => issuer.certificate.tbs_certificate().subject().clone(),
        }
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> Built<Vec<Extension>> {
        let mut list = Extensions::of(certificate);
        list.add_authority(key, self.path_length)?;
        match &self.signed_by {
            None => list.add(&AuthorityKeyIdentifier::try_from(issuer_key)?)?,
            Some(issuer) => issuer.add_to(&mut list)?,
        }
        add_names(&mut list, &self.names)?;
        if !self.permitted.is_empty() {
            let subtrees: der::Result<Vec<_>> = self.permitted.iter().map(|domain| subtree(domain)).collect();
            list.add(&NameConstraints {
                permitted_subtrees: Some(subtrees?),
                excluded_subtrees: None,
            })?;
        }
        Ok(list.into_inner())
    }
}

impl BuilderProfile for LeafProfile<'_> {
    fn get_issuer(&self, _: &Name) -> Name {
        self.signed_by.certificate.tbs_certificate().subject().clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> Built<Vec<Extension>> {
        let mut list = Extensions::of(certificate);
        list.add(&SubjectKeyIdentifier::try_from(key)?)?;
        self.signed_by.add_to(&mut list)?;
        if self.template.basic_constraints_valid_for_non_ca {
            list.add(&BasicConstraints {
                ca: false,
                path_len_constraint: None,
            })?;
        }
        if !self.usages.is_empty() {
            list.add(&KeyUsage(self.usages))?;
        }
        if !self.extended.is_empty() {
            list.add(&ExtendedKeyUsage(self.extended.clone()))?;
        }
        if !self.policies.is_empty() {
            let policies = self.policies.iter().map(|&policy_identifier| PolicyInformation {
                policy_identifier,
                policy_qualifiers: None,
            });
            list.add(&CertificatePolicies(policies.collect()))?;
        }
        add_names(&mut list, &self.holder.names)?;
        Ok(list.into_inner())
    }
}

impl SignedBy<'_> {
    /// Who signed, where its certificate is and where its revocation list.
    fn add_to(&self, list: &mut Extensions<'_>) -> Built<()> {
        list.add(&key_identifier(self.certificate)?)?;
        if self.settings.issuing_certificates_urls_encoded {
            list.add(&AuthorityInfoAccessSyntax(vec![AccessDescription {
                access_method: ID_AD_CA_ISSUERS,
                access_location: x509::uri(&self.urls.certificate)?,
            }]))?;
        }
        if self.settings.crl_distribution_points_encoded {
            list.add(&CrlDistributionPoints(vec![DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(vec![x509::uri(&self.urls.crl)?])),
                reasons: None,
                crl_issuer: None,
            }]))?;
        }
        Ok(())
    }
}

/// How certificates and revocation lists name the key that signs them: as its own certificate does.
pub(super) fn key_identifier(issuer: &Certificate) -> Built<AuthorityKeyIdentifier> {
    use x509_cert::der::referenced::OwnedToRef;
    let body = issuer.tbs_certificate();
    let own = body.get_extension::<SubjectKeyIdentifier>()?;
    let own = match own {
        Some((_, own)) => own,
        None => SubjectKeyIdentifier::try_from(body.subject_public_key_info().owned_to_ref())?,
    };
    Ok(AuthorityKeyIdentifier {
        key_identifier: Some(own.0),
        ..AuthorityKeyIdentifier::default()
    })
}

fn add_names(list: &mut Extensions<'_>, names: &Names) -> der::Result<()> {
    let mut all = GeneralNames::new();
    for name in &names.dns {
        all.push(x509::dns(name)?);
    }
    for address in &names.emails {
        all.push(x509::email(address)?);
    }
    all.extend(
        names
            .ips
            .iter()
            .map(|address| x509::ip(*address))
            .collect::<der::Result<Vec<_>>>()?,
    );
    for uri in &names.uris {
        all.push(x509::uri(uri)?);
    }
    for (oid, value) in &names.others {
        all.push(x509::other(*oid, value)?);
    }
    match all.is_empty() {
        true => Ok(()),
        false => list.add(&SubjectAltName(all)),
    }
}

fn subtree(domain: &str) -> der::Result<GeneralSubtree> {
    Ok(GeneralSubtree {
        base: x509::dns(domain)?,
        minimum: 0,
        maximum: None,
    })
}
