use super::signatory::Signatory;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A name or address that the daemon answers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerName {
    /// A DNS name.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl FromStr for ServerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let is_label = |label: &str| {
            let fits = (1..=63).contains(&label.len());
            fits && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let fits = text.len() <= 253 && text.split('.').all(is_label);
        fits.then(|| Self::Dns(text.to_ascii_lowercase()))
            .ok_or_else(|| format!("{text:?} is neither a DNS name nor an address"))
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// What the daemon shows to its clients: certificates in DER, its own first, and the key in the device that proves it.
pub struct ServerIdentity {
    /// Its certificate, then the authority's.
    pub chain: Vec<Vec<u8>>,
    pub(crate) signatory: Signatory,
}
