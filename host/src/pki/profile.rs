//! What stands in each kind of certificate.

use super::names::{HolderName, Scope};
use super::server::ServerName;
use crate::x509::{self, Extensions};
use serde::{Deserialize, Serialize};
use x509_cert::builder::Result as Built;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::certificate::TbsCertificate;
use x509_cert::der;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5280;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// Microsoft's User Principal Name, in which OKMS certificates name their domain.
pub(crate) const USER_PRINCIPAL_NAME: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");
/// The organisation in the subject of all that the authority issues.
const ORGANISATION: &str = "Casemate";
/// By this organisational unit IMCO's clients tell that they run on a host.
pub(crate) const HOSTS: &str = "Hosts";

/// Whom a client certificate is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A user of IMCO.
    User,
    /// A machine that fetches secrets from IMCO: its subject has the OU `Hosts`.
    Host,
    /// A client of OKMS, as OVHcloud's access certificates: a critical `otherName` says which domain.
    Okms(Scope),
}

/// The authority itself: signs certificates and revocation lists, and no further authority.
pub(super) struct Root {
    pub(super) subject: Name,
}

impl BuilderProfile for Root {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> Built<Vec<Extension>> {
        let mut list = Extensions::of(certificate);
        list.add_authority(key, Some(0))?;
        Ok(list.into_inner())
    }
}

/// A certificate that signs nothing further.
pub(super) struct Leaf<'a> {
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) kind: LeafKind<'a>,
}

/// What it is for.
pub(super) enum LeafKind<'a> {
    Client(&'a Holder),
    Server(&'a [ServerName]),
}

impl BuilderProfile for Leaf<'_> {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
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
        list.add(&SubjectKeyIdentifier::try_from(key)?)?;
        list.add(&AuthorityKeyIdentifier::try_from(issuer_key)?)?;
        list.add(&BasicConstraints {
            ca: false,
            path_len_constraint: None,
        })?;
        list.add(&KeyUsage(KeyUsages::DigitalSignature.into()))?;
        match self.kind {
            LeafKind::Client(holder) => {
                list.add(&ExtendedKeyUsage(vec![rfc5280::ID_KP_CLIENT_AUTH]))?;
                if let Holder::Okms(scope) = holder {
                    list.add_critical(&SubjectAltName(vec![principal(*scope)?]))?;
                }
            }
            LeafKind::Server(names) => {
                list.add(&ExtendedKeyUsage(vec![rfc5280::ID_KP_SERVER_AUTH]))?;
                let names: der::Result<_> = names.iter().map(general_name).collect();
                list.add(&SubjectAltName(names?))?;
            }
        }
        Ok(list.into_inner())
    }
}

/// The subject of a client certificate.
pub(super) fn client_subject(name: &HolderName, holder: &Holder) -> der::Result<Name> {
    match holder {
        Holder::Host => format!("CN={name},OU={HOSTS},O={ORGANISATION}").parse(),
        Holder::User | Holder::Okms(_) => subject(name.as_str()),
    }
}

/// A subject with this common name, which must hold nothing that RFC 4514 escapes.
pub(super) fn subject(common_name: &str) -> der::Result<Name> {
    format!("CN={common_name},O={ORGANISATION}").parse()
}

fn principal(scope: Scope) -> der::Result<GeneralName> {
    x509::other(USER_PRINCIPAL_NAME, &scope.to_string())
}

fn general_name(name: &ServerName) -> der::Result<GeneralName> {
    match name {
        ServerName::Dns(name) => x509::dns(name),
        ServerName::Ip(address) => x509::ip(*address),
    }
}
