//! IBM Cloud Internet Services: zones and records over HTTP.

use super::{DnsError, NameServer, TTL, Txt};
use crate::ibm_cloud::{Client, escaped, text};
use async_trait::async_trait;
use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use zeroize::Zeroizing;

/// Zones of a page.
const PAGE: usize = 50;
/// Pages at most: an instance has some dozens of zones.
const PAGES: usize = 40;

/// Where an instance is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cis {
    /// The service's address: `https://api.cis.cloud.ibm.com`.
    pub url: String,
    /// IAM's, which gives the token.
    pub iam: String,
    /// The instance's cloud resource name.
    pub crn: String,
}

impl Cis {
    pub(super) fn with(
        &self,
        api_key: Zeroizing<Vec<u8>>,
        patience: Duration,
    ) -> Result<impl NameServer + use<>, DnsError> {
        let text = std::str::from_utf8(&api_key);
        let text = text.map_err(|_| DnsError::Configuration("cis_apikey is no text".into()))?;
        Ok(Instance {
            zones: format!("{}/v1/{}/zones", self.url, escaped(&self.crn)),
            iam: self.iam.clone(),
            api_key: Zeroizing::new(text.to_owned()),
            patience,
        })
    }
}

struct Instance {
    /// Where its zones are.
    zones: String,
    iam: String,
    api_key: Zeroizing<String>,
    patience: Duration,
}

#[async_trait]
impl NameServer for Instance {
    async fn put(&self, records: &[Txt<'_>]) -> Result<(), DnsError> {
        let client = Client::log_in(&self.iam, &self.api_key, self.patience).await?;
        let zones = self.all_zones(&client).await?;
        for record in records {
            let url = self.records(&zones, record.name)?;
            if self.find(&client, &url, record).await?.is_empty() {
                let new = json!({"type": "TXT", "name": record.name, "content": record.value, "ttl": TTL});
                client.ask(Method::POST, &url, Some(&new)).await?;
            }
        }
        Ok(())
    }

    async fn remove(&self, records: &[Txt<'_>]) -> Result<(), DnsError> {
        let client = Client::log_in(&self.iam, &self.api_key, self.patience).await?;
        let zones = self.all_zones(&client).await?;
        for record in records {
            let url = self.records(&zones, record.name)?;
            for id in self.find(&client, &url, record).await? {
                client.remove(&format!("{url}/{}", escaped(&id))).await?;
            }
        }
        Ok(())
    }
}

/// A zone: its name and identifier.
type Zone = (String, String);

impl Instance {
    async fn all_zones(&self, client: &Client<'_>) -> Result<Vec<Zone>, DnsError> {
        let mut zones = Vec::new();
        for page in 1..=PAGES {
            let url = format!("{}?page={page}&per_page={PAGE}", self.zones);
            let answer = client.ask(Method::GET, &url, None).await?;
            let found = entries(&answer);
            for zone in found {
                zones.push((
                    text(zone, "name", &url)?.to_owned(),
                    text(zone, "id", &url)?.to_owned(),
                ));
            }
            if found.len() < PAGE {
                break;
            }
        }
        Ok(zones)
    }

    /// Where the records of the zone are that has a name: that with the longest name of those above it.
    fn records(&self, zones: &[Zone], name: &str) -> Result<String, DnsError> {
        let above = zones.iter().filter(|(zone, _)| is_under(name, zone));
        let (_, id) = above
            .max_by_key(|(zone, _)| zone.len())
            .ok_or_else(|| DnsError::NoZone {
                service: "IBM Cloud Internet Services".into(),
                name: name.to_owned(),
            })?;
        Ok(format!("{}/{}/dns_records", self.zones, escaped(id)))
    }

    /// The identifiers of a record: one, or none.
    async fn find(&self, client: &Client<'_>, url: &str, record: &Txt<'_>) -> Result<Vec<String>, DnsError> {
        let (name, value) = (escaped(record.name), escaped(record.value));
        let query = format!("{url}?type=TXT&name={name}&content={value}&match=all");
        let answer = client.ask(Method::GET, &query, None).await?;
        let own = entries(&answer).iter().filter(|found| {
            let content = found["content"].as_str().unwrap_or_default();
            found["name"] == record.name && content.trim_matches('"') == record.value
        });
        own.map(|found| Ok(text(found, "id", url)?.to_owned())).collect()
    }
}

fn entries(answer: &Value) -> &[Value] {
    answer["result"].as_array().map_or(&[], Vec::as_slice)
}

fn is_under(name: &str, zone: &str) -> bool {
    let rest = name.strip_suffix(zone);
    !zone.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_a_name_is_the_longest_above_it() {
        let instance = Instance {
            zones: "u".into(),
            iam: String::new(),
            api_key: Zeroizing::default(),
            patience: Duration::ZERO,
        };
        let zones =
            ["example.com", "a.example.com", "ample.com"].map(|zone| (zone.to_owned(), zone.to_owned()));
        for (name, zone) in [
            ("_acme-challenge.example.com", Some("example%2Ecom")),
            ("_acme-challenge.a.example.com", Some("a%2Eexample%2Ecom")),
            ("_acme-challenge.ba.example.com", Some("example%2Ecom")),
            ("_acme-challenge.example.net", None),
            ("_acme-challenge.anexample.com", None),
        ] {
            let found = instance.records(&zones, name).ok();
            assert_eq!(found, zone.map(|zone| format!("u/{zone}/dns_records")), "{name}");
        }
    }
}
