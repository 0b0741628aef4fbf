use super::file;
use crate::auth::iam::{Grant, IssuerSettings};

/// The section `[ibm]`: what the instance is called, and who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IbmSettings {
    /// The region in cloud resource names.
    pub region: String,
    /// The account in cloud resource names.
    pub account: String,
    /// Identity providers whose tokens count.
    pub issuers: Vec<IssuerSettings>,
    /// Who has which role.
    pub grants: Vec<Grant>,
}

impl Default for IbmSettings {
    fn default() -> Self {
        Self {
            region: "us-south".into(),
            account: "0".repeat(32),
            issuers: Vec::new(),
            grants: Vec::new(),
        }
    }
}

impl IbmSettings {
    pub(super) fn of(file: file::Ibm) -> Self {
        let usual = Self::default();
        Self {
            region: file.region.unwrap_or(usual.region),
            account: file.account.unwrap_or(usual.account),
            issuers: file.issuer,
            grants: file.role,
        }
    }
}
