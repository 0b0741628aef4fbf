use super::{TlsError, files};
use crate::auth::policy::PolicyName;
use crate::pki::ServerName;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How HTTPS is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// Where; `None` where it is not.
    pub listen: Option<SocketAddr>,
    /// Names and addresses in the certificate that the authority makes for the daemon.
    pub names: Vec<ServerName>,
    /// Certificate chain and key in PEM, instead of what the authority makes.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Whose client certificates count beside the authority's own.
    pub authorities: Vec<ForeignAuthority>,
}

impl TlsSettings {
    /// Reads every file that is named.
    ///
    /// # Errors
    /// What a file lacks, with its name.
    pub fn check(&self) -> Result<(), TlsError> {
        if let Some((certificate, key)) = &self.files {
            files::certified_key(certificate, key)?;
        }
        for foreign in &self.authorities {
            files::roots(&foreign.certificate)?;
        }
        Ok(())
    }
}

/// An authority of somebody else's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ForeignAuthority {
    /// Its certificate in PEM, or several.
    pub certificate: PathBuf,
    /// What the holders of its certificates may do, beside what an OKMS domain in the certificate allows.
    #[serde(default)]
    pub policies: Vec<PolicyName>,
}
