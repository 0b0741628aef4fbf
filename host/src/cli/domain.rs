use super::client::ClientArgs;
use super::print::{names, run_on};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::error::Error;

type Failure = Box<dyn Error + Send + Sync>;

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

pub(super) fn run(args: &DomainArgs) -> Result<(), Failure> {
    run_on(act(args))
}

/// Does it, and answers what to print.
pub(super) async fn act(args: &DomainArgs) -> Result<String, Failure> {
    let client = &args.client;
    let plain: fn(&Value) -> String = match args.action {
        Action::Create => |data| format!("{}\n", data["id"].as_str().unwrap_or_default()),
        Action::List => |data| names(&data["keys"]),
        Action::Destroy { .. } => |_| String::new(),
    };
    let answer = match args.action {
        Action::Create => client.send("POST", DOMAINS, None).await?,
        Action::List => client.send("LIST", DOMAINS, None).await?,
        Action::Destroy { yes: false, .. } => {
            return Err("this destroys every secret of the domain for good; say --yes to do it".into());
        }
        Action::Destroy { domain, yes: true } => {
            client
                .send("DELETE", &format!("{DOMAINS}/{domain}"), None)
                .await?;
            json!({"data": {"destroyed": domain}})
        }
    };
    let data = &answer["data"];
    Ok(match client.json() {
        true => format!("{data:#}\n"),
        false => plain(data),
    })
}
