//! The resource controller: keys of service instances.

use crate::ibm_cloud::{Client, escaped, text};
use crate::issuers::{Issued, Service, Traces};
use crate::kms::KmsError;
use hyper::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// What of a service's credentials is no secret.
const PUBLIC: [&str; 5] = [
    "iam_apikey_id",
    "iam_apikey_name",
    "iam_apikey_description",
    "iam_role_crn",
    "iam_serviceid_crn",
];

pub(super) async fn issue(
    client: &Client<'_>,
    controller: &str,
    name: &str,
    service: &Service,
) -> Result<Issued, KmsError> {
    let url = format!("{controller}/v2/resource_keys");
    let mut new = json!({"name": name, "source": service.source_crn, "role": service.role});
    let parameters: Value = serde_json::from_str(&service.parameters).unwrap_or_default();
    if parameters
        .as_object()
        .is_some_and(|parameters| !parameters.is_empty())
    {
        new["parameters"] = parameters;
    }
    let made = client.ask(Method::POST, &url, Some(&new)).await?;
    let credentials = &made["credentials"];
    let public = PUBLIC
        .iter()
        .filter_map(|&name| Some((name, credentials[name].as_str()?)));
    let mut traces: Traces = public
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    traces.insert("resource_key_id".into(), text(&made, "id", &url)?.to_owned());
    for (trace, member) in [("resource_key_crn", "crn"), ("resource_key_name", "name")] {
        traces.insert(trace.into(), text(&made, member, &url)?.to_owned());
    }
    Ok(Issued {
        value: Zeroizing::new(credentials.to_string().into_bytes()),
        traces,
    })
}

pub(super) async fn remove(
    client: &Client<'_>,
    controller: &str,
    name: &str,
    traces: &Traces,
) -> Result<(), KmsError> {
    let own = format!("{controller}/v2/resource_keys");
    let ids = match traces.get("resource_key_id") {
        Some(id) => vec![id.clone()],
        None => {
            let url = format!("{own}?name={}", escaped(name));
            let found = client.ask(Method::GET, &url, None).await?;
            let found = found["resources"].as_array().cloned().unwrap_or_default();
            let own = found.iter().filter(|key| key["name"] == name);
            own.filter_map(|key| key["id"].as_str().map(str::to_owned))
                .collect()
        }
    };
    for id in ids {
        client.remove(&format!("{own}/{}", escaped(&id))).await?;
    }
    Ok(())
}
