use x509_cert::builder::Result as Built;
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{self, Encode};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// The extensions of a certificate, growing.
pub(crate) struct Extensions<'a> {
    subject: &'a Name,
    extensions: Vec<Extension>,
}

impl<'a> Extensions<'a> {
    /// None yet, for this certificate.
    pub(crate) fn of(certificate: &'a TbsCertificate) -> Self {
        Self {
            subject: certificate.subject(),
            extensions: Vec::new(),
        }
    }

    /// Adds one, as critical as RFC 5280 has it.
    pub(crate) fn add<E: ToExtension<Error = der::Error>>(&mut self, extension: E) -> der::Result<()> {
        let extension = extension.to_extension(self.subject, &self.extensions)?;
        self.extensions.push(extension);
        Ok(())
    }

    /// Adds one that a verifier must understand.
    pub(crate) fn add_critical<T: AssociatedOid + Encode>(&mut self, extension: &T) -> der::Result<()> {
        self.add((true, extension))
    }

    /// Adds what every authority has: its key's name, how many authorities may be below it, and that it signs
    /// certificates and revocation lists (RFC 5280, sections 4.2.1.2, 4.2.1.9 and 4.2.1.3).
    pub(crate) fn add_authority(
        &mut self,
        key: SubjectPublicKeyInfoRef<'_>,
        path_len_constraint: Option<u8>,
    ) -> Built<()> {
        self.add(&SubjectKeyIdentifier::try_from(key)?)?;
        self.add(&BasicConstraints {
            ca: true,
            path_len_constraint,
        })?;
        Ok(self.add(&KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?)
    }

    /// All of them.
    pub(crate) fn into_inner(self) -> Vec<Extension> {
        self.extensions
    }
}
