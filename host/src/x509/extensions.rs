use x509_cert::certificate::TbsCertificate;
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{self, Encode};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;

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

    /// All of them.
    pub(crate) fn into_inner(self) -> Vec<Extension> {
        self.extensions
    }
}
