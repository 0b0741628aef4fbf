//! IAM: a service id for each order, a member of access groups, and an API key for it.

use crate::ibm_cloud::{Client, escaped, text};
use crate::issuers::{Holder, Issued, Traces};
use crate::kms::KmsError;
use hyper::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

const DESCRIPTION: &str = "Issued by Casemate for an iam_credentials secret; ends with its lease.";
/// Entries of a list that is looked through for a name.
const PAGE: usize = 100;

pub(super) async fn issue(
    client: &Client<'_>,
    account: &str,
    name: &str,
    holder: &Holder,
) -> Result<Issued, KmsError> {
    let (service_id, iam_id) = match holder {
        Holder::ServiceId(id) => {
            let url = format!("{}/v1/serviceids/{}", client.iam, escaped(id));
            let found = client.ask(Method::GET, &url, None).await?;
            (
                text(&found, "id", &url)?.to_owned(),
                text(&found, "iam_id", &url)?.to_owned(),
            )
        }
        Holder::Groups(groups) => make_service_id(client, account, name, groups).await?,
    };
    let url = format!("{}/v1/apikeys", client.iam);
    let new = json!({"name": name, "description": DESCRIPTION, "iam_id": iam_id, "account_id": account});
    let made = client.ask(Method::POST, &url, Some(&new)).await?;
    let api_key_id = text(&made, "id", &url)?;
    let value = json!({
        "api_key": text(&made, "apikey", &url)?,
        "api_key_id": api_key_id,
        "service_id": service_id,
    });
    Ok(Issued {
        value: Zeroizing::new(value.to_string().into_bytes()),
        traces: Traces::from([
            ("api_key_id".to_owned(), api_key_id.to_owned()),
            ("service_id".to_owned(), service_id),
        ]),
    })
}

async fn make_service_id(
    client: &Client<'_>,
    account: &str,
    name: &str,
    groups: &[String],
) -> Result<(String, String), KmsError> {
    let url = format!("{}/v1/serviceids", client.iam);
    let new = json!({"account_id": account, "name": name, "description": DESCRIPTION});
    let made = client.ask(Method::POST, &url, Some(&new)).await?;
    let (id, iam_id) = (text(&made, "id", &url)?, text(&made, "iam_id", &url)?);
    for group in groups {
        let url = format!("{}/v2/groups/{}/members", client.iam, escaped(group));
        let members = json!({"members": [{"iam_id": iam_id, "type": "service"}]});
        client.ask(Method::PUT, &url, Some(&members)).await?;
    }
    Ok((id.to_owned(), iam_id.to_owned()))
}

/// Removes the service id of an order, with which its API key goes.
pub(super) async fn remove_service_ids(
    client: &Client<'_>,
    account: &str,
    name: &str,
    traces: &Traces,
) -> Result<(), KmsError> {
    let own = format!("{}/v1/serviceids", client.iam);
    let ids = match traces.get("service_id") {
        Some(id) => vec![id.clone()],
        None => {
            let (account, wanted) = (escaped(account), escaped(name));
            let url = format!("{own}?account_id={account}&name={wanted}&pagesize={PAGE}");
            named(&client.ask(Method::GET, &url, None).await?["serviceids"], name)
        }
    };
    for id in ids {
        client.remove(&format!("{own}/{}", escaped(&id))).await?;
    }
    Ok(())
}

/// Removes the API key of an order for a service id that stays.
pub(super) async fn remove_api_keys(
    client: &Client<'_>,
    account: &str,
    (name, holder): (&str, &str),
    traces: &Traces,
) -> Result<(), KmsError> {
    let own = format!("{}/v1/apikeys", client.iam);
    let ids = match traces.get("api_key_id") {
        Some(id) => vec![id.clone()],
        None => {
            let url = format!("{}/v1/serviceids/{}", client.iam, escaped(holder));
            let holder = client.ask(Method::GET, &url, None).await?;
            let (account, iam_id) = (escaped(account), escaped(text(&holder, "iam_id", &url)?));
            let url = format!("{own}?account_id={account}&iam_id={iam_id}&pagesize={PAGE}");
            named(&client.ask(Method::GET, &url, None).await?["apikeys"], name)
        }
    };
    for id in ids {
        client.remove(&format!("{own}/{}", escaped(&id))).await?;
    }
    Ok(())
}

/// The identifiers of what has this name in a list.
fn named(list: &Value, name: &str) -> Vec<String> {
    let own = list
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["name"] == name);
    own.filter_map(|entry| entry["id"].as_str().map(str::to_owned))
        .collect()
}
