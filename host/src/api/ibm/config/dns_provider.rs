//! DNS providers: IBM's `cis`, and beyond IBM `rfc2136`, any name server that takes signed updates. What lets us in there is
//! answered as a marker.

use super::Described;
use crate::api::ibm::Call;
use crate::api::ibm::body::{invalid, missing};
use crate::api::vault::{Fault, Fields};
use crate::dns::{Cis, DnsService, Rfc2136};
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::orders::DnsProvider;
use crate::engine::span::Span;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Stands for what is never answered.
const MARKER: &str = "(stored, never shown)";
/// How long records take to be seen everywhere, where nothing is said; and the longest time that may be said.
const PROPAGATION: (Span, Span) = (Span::from_secs(30), Span::from_secs(3600));
/// Bytes of a shared key at least: half of what HMAC-SHA256 makes (RFC 8945, section 5.2.2.1).
const LEAST_KEY: usize = 16;
const DNS_PORT: u16 = 53;

/// A service, and what lets us in there where that is said.
struct Wanted {
    service: DnsService,
    credential: Option<Zeroizing<Vec<u8>>>,
}

impl Call<'_> {
    /// Makes a configuration, or sets one anew: secrets that are ordered with it go on with what it is set to then.
    pub(super) async fn write_dns_provider(&self, new: Described) -> Result<Value, Fault> {
        let Described {
            name,
            said,
            fields,
            exists,
        } = new;
        if exists {
            self.app
                .engine
                .config::<DnsProvider>(ConfigKind::DnsProvider, &name)?;
        }
        let Wanted { service, credential } = match said.as_str() {
            "cis" => self.cis(&fields)?,
            "rfc2136" => rfc2136(&fields)?,
            _ => return Err(invalid("type", "cis or rfc2136")),
        };
        let provider = DnsProvider {
            kind: said,
            service,
            propagation: propagation(&fields)?,
            credential: credential.is_some(),
        };
        let (engine, collection) = (self.app.engine.clone(), self.instance.id());
        let writing = async move {
            engine
                .set_dns_provider(collection, &name, provider, credential)
                .await
        };
        Ok(shown(&self.app.finished(writing).await?))
    }

    fn cis(&self, fields: &Fields) -> Result<Wanted, Fault> {
        let crn = fields.text("cis_crn")?.ok_or_else(|| missing("config.cis_crn"))?;
        if !crn.starts_with("crn:") {
            return Err(invalid(
                "cis_crn",
                "the cloud resource name of an instance of Internet Services",
            ));
        }
        let urls = &self.app.ibm.urls;
        let url = |url: &Option<String>, usual: &str| {
            url.as_deref().unwrap_or(usual).trim_end_matches('/').to_owned()
        };
        let key = fields.text("cis_apikey")?.filter(|key| !key.is_empty());
        Ok(Wanted {
            service: DnsService::Cis(Cis {
                url: url(&urls.internet_services, "https://api.cis.cloud.ibm.com"),
                iam: url(&urls.iam, "https://iam.cloud.ibm.com"),
                crn,
            }),
            credential: key.map(|key| Zeroizing::new(key.into_bytes())),
        })
    }
}

fn rfc2136(fields: &Fields) -> Result<Wanted, Fault> {
    let required = |name: &str| {
        fields
            .text(name)?
            .ok_or_else(|| missing(&format!("config.{name}")))
    };
    let algorithm = fields.text("tsig_algorithm")?;
    if algorithm.is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("hmac-sha256")) {
        return Err(invalid("tsig_algorithm", "hmac-sha256"));
    }
    let secret = fields.text("tsig_secret")?.map(Zeroizing::new).map(|secret| {
        let bytes = STANDARD.decode(secret.trim()).map(Zeroizing::new).ok();
        let bytes = bytes.filter(|bytes| bytes.len() >= LEAST_KEY);
        bytes.ok_or_else(|| invalid("tsig_secret", "16 bytes or more in base64"))
    });
    let server = Rfc2136 {
        server: with_port(&required("nameserver")?)?,
        zone: fields.text("zone")?.filter(|zone| !zone.is_empty()),
        key_name: required("tsig_key_name")?,
    };
    Ok(Wanted {
        service: DnsService::Rfc2136(server),
        credential: secret.transpose()?,
    })
}

/// Host and port of a name server; the DNS's own port where none is said.
fn with_port(said: &str) -> Result<String, Fault> {
    let bad = || {
        invalid(
            "nameserver",
            "a host or an address, and a port where it is not 53: ns.example.com:5353",
        )
    };
    let bare = said.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(format!("[{bare}]:{DNS_PORT}"));
    }
    match said.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(said.to_owned()),
        None if !said.is_empty() && !said.contains(char::is_whitespace) => Ok(format!("{said}:{DNS_PORT}")),
        _ => Err(bad()),
    }
}

fn propagation(fields: &Fields) -> Result<Span, Fault> {
    let (usual, most) = PROPAGATION;
    let span = fields.span("propagation")?.unwrap_or(usual);
    match (Span::ZERO..=most).contains(&span) {
        true => Ok(span),
        false => Err(invalid("propagation", "a duration of an hour at most")),
    }
}

pub(super) fn shown(config: &Config<DnsProvider>) -> Value {
    let provider = &config.facts;
    let marker = provider.credential.then_some(MARKER);
    let mut shown = match &provider.service {
        DnsService::Cis(cis) => json!({"cis_crn": cis.crn, "cis_apikey": marker}),
        DnsService::Rfc2136(server) => json!({
            "nameserver": server.server,
            "tsig_algorithm": "hmac-sha256",
            "tsig_key_name": server.key_name,
            "tsig_secret": marker,
            "zone": server.zone,
        }),
    };
    // IBM's answers do not have it.
    if provider.propagation != PROPAGATION.0 {
        shown["propagation"] = (provider.propagation.as_nanos() / 1_000_000_000).into();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn name_servers_have_the_dnss_port_where_they_say_none() {
        for (said, meant) in [
            ("ns.example.com", Some("ns.example.com:53")),
            ("ns.example.com:5353", Some("ns.example.com:5353")),
            ("192.0.2.1", Some("192.0.2.1:53")),
            ("2001:db8::1", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]", Some("[2001:db8::1]:53")),
            ("[2001:db8::1]:54", Some("[2001:db8::1]:54")),
            ("ns.example.com:dns", None),
            (":53", None),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(with_port(said).ok().as_deref(), meant, "{said}");
        }
    }
}
