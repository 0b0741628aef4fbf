//! What authorities publish: for everybody, and as it is, without an envelope.

use crate::api::app::App;
use crate::api::vault::{self, Action, Fault, Request, Response};
use crate::engine::issuing::Certified;
use crate::pem;
use hyper::StatusCode;

/// What of an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api::ibm) enum Published {
    Certificate,
    CertificatePem,
    Chain,
    Crl,
    CrlPem,
}

impl Published {
    pub(in crate::api::ibm) fn parse(segments: &[&str]) -> Option<Self> {
        Some(match segments {
            ["ca"] => Self::Certificate,
            ["ca", "pem"] => Self::CertificatePem,
            ["ca_chain"] => Self::Chain,
            ["crl"] => Self::Crl,
            ["crl", "pem"] => Self::CrlPem,
            _ => return None,
        })
    }

    /// RFC 2585, section 4, RFC 8555, section 9.1, and what is usual.
    fn media_type(self) -> &'static str {
        match self {
            Self::Certificate => "application/pkix-cert",
            Self::CertificatePem | Self::Chain => "application/pem-certificate-chain",
            Self::Crl => "application/pkix-crl",
            Self::CrlPem => "application/x-pem-file",
        }
    }
}

/// Answers with something that an authority publishes.
pub(in crate::api::ibm) fn published(
    app: &App,
    request: &Request,
    name: &str,
    what: Published,
) -> Result<Response, Fault> {
    if Action::of(request)? != Action::Read {
        return Err(Fault::no_method());
    }
    let authority = app.engine.authority(name)?;
    let certified = || authority.facts.certified.as_ref().ok_or_else(Fault::not_found);
    let list = || {
        app.engine
            .revocation_list(&authority)?
            .ok_or_else(Fault::not_found)
    };
    let body = match what {
        Published::Certificate => pem::decode(&certified()?.certificate)
            .ok_or_else(Fault::not_found)?
            .to_vec(),
        Published::CertificatePem => certified()?.certificate.clone().into_bytes(),
        Published::Chain => chain(certified()?).into_bytes(),
        Published::Crl => list()?.der,
        Published::CrlPem => pem::encode("X509 CRL", &list()?.der).as_bytes().to_vec(),
    };
    Ok(vault::text(StatusCode::OK, what.media_type(), body))
}

fn chain(certified: &Certified) -> String {
    let above = certified.chain.iter().map(String::as_str);
    [certified.certificate.as_str()]
        .into_iter()
        .chain(above)
        .collect()
}
