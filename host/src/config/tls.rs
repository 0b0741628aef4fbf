use super::ConfigError;
use crate::pki::ServerName;
use crate::tls::{ForeignAuthority, TlsSettings};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

const DEFAULT_PORT: u16 = 8243;

/// The section `[tls]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TlsSection {
    #[serde(default)]
    names: Vec<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default)]
    authority: Vec<ForeignAuthority>,
}

/// Where HTTPS is served: an address, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct ListenTls(Option<SocketAddr>);

impl FromStr for ListenTls {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            address => address
                .parse()
                .map(|address| Self(Some(address)))
                .map_err(|_| "give an address and a port, such as 127.0.0.1:8243, or none"),
        }
    }
}

impl TryFrom<String> for ListenTls {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TlsSection {
    /// The settings, where HTTP is served at `http`.
    pub(super) fn settings(
        self,
        listen: Option<ListenTls>,
        http: SocketAddr,
    ) -> Result<TlsSettings, ConfigError> {
        let port = if http.port() == 0 { 0 } else { DEFAULT_PORT };
        let beside_http = Some(SocketAddr::new(http.ip(), port));
        let mut names = vec![
            ServerName::Dns("localhost".into()),
            ServerName::Ip([127, 0, 0, 1].into()),
            ServerName::Ip(std::net::Ipv6Addr::LOCALHOST.into()),
        ];
        for name in &self.names {
            names.push(name.parse().map_err(ConfigError::ServerName)?);
        }
        let files = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(ConfigError::HalfACertificate),
        };
        Ok(TlsSettings {
            listen: listen.map_or(beside_http, |listen| listen.0),
            names,
            files,
            authorities: self.authority,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listen(given: Option<&str>, http: &str) -> Option<SocketAddr> {
        let given = given.map(|text| text.parse().expect("an address or none"));
        let http = http.parse().expect("an address");
        let settings = TlsSection::default().settings(given, http);
        settings.expect("settings").listen
    }

    #[test]
    fn https_is_served_beside_http_unless_said_otherwise() {
        let address = |text: &str| Some(text.parse().expect("an address"));
        assert_eq!(listen(None, "127.0.0.1:8200"), address("127.0.0.1:8243"));
        assert_eq!(listen(None, "127.0.0.1:0"), address("127.0.0.1:0"));
        assert_eq!(listen(Some("[::1]:1"), "127.0.0.1:0"), address("[::1]:1"));
        assert_eq!(listen(Some("none"), "127.0.0.1:8200"), None);
        assert!("8243".parse::<ListenTls>().is_err());
    }

    #[test]
    fn half_a_certificate_and_bad_names_are_refused() {
        for text in [
            "certificate = 'a'",
            "key = 'a'",
            "names = ['a b']",
            "names = ['-..']",
        ] {
            let section: TlsSection = toml::from_str(text).expect("a section");
            let http = SocketAddr::from(([127, 0, 0, 1], 0));
            assert!(section.settings(None, http).is_err(), "{text}");
        }
    }
}
