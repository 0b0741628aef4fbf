use super::client::{ClientArgs, encoded};
use super::print::{run_on, table};
use crate::auth::iam::Role;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::error::Error;
use uuid::Uuid;

type Failure = Box<dyn Error + Send + Sync>;

const SERVICE_IDS: &str = "/v1/serviceids";
const API_KEYS: &str = "/v1/apikeys";

/// `casemate iam …`
#[derive(Debug, Args)]
pub(super) struct IamArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

/// The names are those of IBM's command line.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make a service id
    ServiceIdCreate {
        /// Its name
        name: String,
        /// More about it
        #[arg(short, long, value_name = "TEXT")]
        description: Option<String>,
        /// What it may do: Reader, SecretsReader, Writer or Manager, everywhere or in one secret group; can be repeated
        #[arg(long = "role", value_name = "ROLE[@GROUP]", value_parser = role)]
        roles: Vec<Value>,
    },
    /// List all service ids
    ServiceIds,
    /// Show a service id
    ServiceId {
        /// Its name or identifier
        service: String,
    },
    /// Delete a service id with its API keys; its tokens log nobody in any more
    ServiceIdDelete {
        /// Its name or identifier
        service: String,
    },
    /// Make an API key for a service id and print it; nobody can see it again
    ServiceApiKeyCreate {
        /// Its name
        name: String,
        /// Name or identifier of the service id
        service: String,
        /// More about it
        #[arg(short, long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// List the API keys of a service id
    ServiceApiKeys {
        /// Name or identifier of the service id
        service: String,
    },
    /// Delete an API key of a service id; it gets no token any more
    ServiceApiKeyDelete {
        /// Its name or identifier
        key: String,
        /// Name or identifier of the service id
        service: String,
    },
    /// Make the next key to sign tokens with; the last two stay valid
    RotateKeys,
}

fn role(text: &str) -> Result<Value, String> {
    let (role, group) = match text.split_once('@') {
        Some((role, group)) => (role, Some(group)),
        None => (text, None),
    };
    let role: Role = role.parse()?;
    let group: Option<Uuid> = group
        .map(str::parse)
        .transpose()
        .map_err(|_| "what follows @ must be a secret group's identifier")?;
    Ok(json!({"role": role, "group": group}))
}

pub(super) fn run(args: &IamArgs) -> Result<(), Failure> {
    run_on(act(args))
}

/// Does it, and answers what to print.
pub(super) async fn act(args: &IamArgs) -> Result<String, Failure> {
    let client = &args.client;
    let answer = match &args.action {
        Action::ServiceIdCreate {
            name,
            description,
            roles,
        } => {
            let body = json!({"name": name, "description": description, "roles": roles});
            client.send("POST", SERVICE_IDS, Some(&body)).await?
        }
        Action::ServiceIds => client.send("GET", SERVICE_IDS, None).await?["serviceids"].take(),
        Action::ServiceId { service } => find(client, service).await?,
        Action::ServiceIdDelete { service } => {
            delete(client, SERVICE_IDS, &find(client, service).await?).await?
        }
        Action::ServiceApiKeyCreate {
            name,
            service,
            description,
        } => {
            let service = find(client, service).await?;
            let body = json!({"name": name, "description": description, "iam_id": service["iam_id"]});
            client.send("POST", API_KEYS, Some(&body)).await?
        }
        Action::ServiceApiKeys { service } => keys_of(client, service).await?,
        Action::ServiceApiKeyDelete { key, service } => {
            let keys = keys_of(client, service).await?;
            delete(client, API_KEYS, &one_of(&keys, key, "API key")?).await?
        }
        Action::RotateKeys => {
            client.send("POST", "/v1/sys/iam/rotate-keys", None).await?;
            Value::Null
        }
    };
    Ok(show(&answer, client.json()))
}

/// The service id with this name or identifier.
async fn find(client: &ClientArgs, service: &str) -> Result<Value, Failure> {
    let all = client.send("GET", SERVICE_IDS, None).await?;
    one_of(&all["serviceids"], service, "service id")
}

async fn keys_of(client: &ClientArgs, service: &str) -> Result<Value, Failure> {
    let service = find(client, service).await?;
    let iam_id = service["iam_id"].as_str().unwrap_or_default();
    let path = format!("{API_KEYS}?iam_id={}", encoded(iam_id));
    Ok(client.send("GET", &path, None).await?["apikeys"].take())
}

/// The one that has this identifier or name.
fn one_of(all: &Value, text: &str, what: &str) -> Result<Value, Failure> {
    let all = all.as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |field: &str| {
        let found: Vec<_> = all.iter().filter(|one| one[field] == text).collect();
        found
    };
    match (named("id").as_slice(), named("name").as_slice()) {
        ([one], _) | ([], [one]) => Ok((*one).clone()),
        ([], []) => Err(format!("there is no {what} {text:?}").into()),
        _ => Err(format!("several have the name {text:?}; give the {what}'s identifier").into()),
    }
}

async fn delete(client: &ClientArgs, path: &str, one: &Value) -> Result<Value, Failure> {
    let id = one["id"].as_str().unwrap_or_default();
    Ok(client
        .send("DELETE", &format!("{path}/{}", encoded(id)), None)
        .await?)
}

/// One field a line; of several, one a line.
fn show(answer: &Value, json: bool) -> String {
    match answer {
        Value::Null => String::new(),
        answer if json => format!("{answer:#}\n"),
        Value::Array(all) => all
            .iter()
            .map(|one| {
                let text = |field: &str| one[field].as_str().unwrap_or_default();
                format!("{:<48}{}\n", text("id"), text("name"))
            })
            .collect(),
        one => table(one),
    }
}
