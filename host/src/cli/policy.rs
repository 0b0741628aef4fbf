use super::client::{ClientArgs, encoded};
use super::print::{names, run_on};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

type Failure = Box<dyn Error + Send + Sync>;

/// Where policies are.
const POLICIES: &str = "/v1/sys/policies/acl";

/// `casemate policy …`
#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a policy in HCL or JSON; it counts at once
    Write {
        /// Its name
        name: String,
        /// The file that holds it; - reads it from standard input
        file: PathBuf,
    },
    /// Print a policy as it was written
    Read {
        /// Its name
        name: String,
    },
    /// Print the names of all policies
    List,
    /// Delete a policy; tokens that have it lose what it allowed
    Delete {
        /// Its name
        name: String,
    },
}

pub(super) fn run(args: &PolicyArgs) -> Result<(), Failure> {
    run_on(act(args))
}

/// Does it, and answers what to print.
pub(super) async fn act(args: &PolicyArgs) -> Result<String, Failure> {
    let (client, path) = (&args.client, |name: &str| format!("{POLICIES}/{}", encoded(name)));
    let answer = match &args.action {
        Action::Write { name, file } => {
            let body = json!({"policy": text(file)?});
            client.send("PUT", &path(name), Some(&body)).await?
        }
        Action::Read { name } => client.send("GET", &path(name), None).await?,
        Action::List => client.send("LIST", POLICIES, None).await?,
        Action::Delete { name } => client.send("DELETE", &path(name), None).await?,
    };
    Ok(show(&answer["data"], client.json()))
}

fn text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| format!("can't read {}: {error}", file.display()))?;
    Ok(text)
}

fn show(data: &Value, json: bool) -> String {
    match (&data["policy"], data) {
        (_, Value::Null) => String::new(),
        (_, data) if json => format!("{data:#}\n"),
        (Value::String(text), _) => format!("{}\n", text.trim_end()),
        (_, data) => names(&data["keys"]),
    }
}
