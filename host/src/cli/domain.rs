use super::client::ClientArgs;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::error::Error;

const DOMAINS: &str = "/v1/sys/okms/domains";

/// `casemate domain …`
#[derive(Debug, Args)]
pub(super) struct DomainArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a domain with a keyring of its own, and print its identifier
    Create,
    /// Print the identifiers of all domains
    List,
    /// Destroy a domain's keyring and all its secrets, for good, in every backup too
    Destroy {
        /// Its identifier
        domain: uuid::Uuid,
        /// Destroy it without asking further
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(args: DomainArgs) -> Result<(), Box<dyn Error + Send + Sync>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(act(&args))
}

async fn act(args: &DomainArgs) -> Result<(), Box<dyn Error + Send + Sync>> {
    match args.action {
        Action::Create => {
            let answer = args.client.send("POST", DOMAINS, None).await?;
            println!("{}", answer["data"]["id"].as_str().unwrap_or_default());
        }
        Action::List => {
            let answer = args.client.send("LIST", DOMAINS, None).await?;
            let domains = answer["data"]["keys"].as_array().into_iter().flatten();
            for domain in domains.filter_map(Value::as_str) {
                println!("{domain}");
            }
        }
        Action::Destroy { yes: false, .. } => {
            return Err("this destroys every secret of the domain for good; say --yes to do it".into());
        }
        Action::Destroy { domain, yes: true } => {
            args.client
                .send("DELETE", &format!("{DOMAINS}/{domain}"), None)
                .await?;
        }
    }
    Ok(())
}
