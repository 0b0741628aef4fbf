use super::client::ClientArgs;
use super::print::{self, names, run_on};
use clap::{Args, Subcommand};
use serde_json::json;
use std::error::Error;

/// `casemate imco …`
#[derive(Debug, Args)]
pub(super) struct ImcoArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the device's keyrings that nobody uses: those that can be imported
    Keyrings,
    /// Make a key vault over a keyring or key that the device has already
    Import {
        /// The keyring: 32 hexadecimal digits
        #[arg(required_unless_present = "token_key")]
        keyring: Option<String>,
        /// Label of an AES-256 key on a PKCS#11 token, which becomes the key vault's own and ends with it
        #[arg(long, value_name = "LABEL", conflicts_with = "keyring")]
        token_key: Option<String>,
        /// What people are to call the key vault
        #[arg(long)]
        name: String,
        /// Name of its plan [default: the first of the settings]
        #[arg(long)]
        plan: Option<String>,
        /// Name of its cloud account [default: the first of the settings]
        #[arg(long)]
        account: Option<String>,
    },
}

pub(super) fn run(args: &ImcoArgs) -> Result<(), Box<dyn Error + Send + Sync>> {
    run_on(act(args))
}

async fn act(args: &ImcoArgs) -> Result<String, Box<dyn Error + Send + Sync>> {
    let client = &args.client;
    match &args.action {
        Action::Keyrings => {
            let answer = client.send("LIST", "/v1/sys/imco/keyrings", None).await?;
            Ok(names(&answer["data"]["keys"]))
        }
        Action::Import {
            keyring,
            token_key,
            name,
            plan,
            account,
        } => {
            let body = json!({
                "keyring": keyring, "token_key": token_key, "name": name, "plan": plan, "account": account,
            });
            let answer = client.send("POST", "/v1/sys/imco/import", Some(&body)).await?;
            Ok(print::object(client.json(), &answer["data"]))
        }
    }
}
