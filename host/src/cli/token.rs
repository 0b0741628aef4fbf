use super::client::ClientArgs;
use super::print::{run_on, table, warn};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::io;

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate token …`
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it; nobody can see it again
    Create(Create),
    /// Show what is known of a token
    Lookup(Subject),
    /// Let a token live longer
    Renew {
        #[command(flatten)]
        subject: Subject,
        /// By how much, as 90s, 1h30m or 7d, instead of what it was made for
        #[arg(long, value_name = "DURATION")]
        increment: Option<String>,
    },
    /// End a token, and all that were made with it
    Revoke {
        #[command(flatten)]
        subject: Subject,
        /// End the token that this command uses itself
        #[arg(long = "self", conflicts_with_all = ["of", "accessor"])]
        own: bool,
        /// Spare the tokens that were made with it
        #[arg(long, conflicts_with_all = ["own", "accessor"])]
        orphan: bool,
    },
}

/// Which token.
#[derive(Debug, Args)]
struct Subject {
    /// The token; - reads it from standard input, where other users of the machine can't see it
    #[arg(value_name = "TOKEN")]
    of: Option<String>,
    /// Its accessor, instead of the token
    #[arg(long, conflicts_with = "of", allow_hyphen_values = true)]
    accessor: Option<String>,
}

#[derive(Debug, Args)]
struct Create {
    /// A policy it has; can be repeated [default: those of the token that makes it]
    #[arg(long = "policy", value_name = "NAME", value_delimiter = ',')]
    policies: Vec<String>,
    /// How long it lives, as 90s, 1h30m or 7d
    #[arg(long, value_name = "DURATION")]
    ttl: Option<String>,
    /// How long it lives at most, however often it is renewed
    #[arg(long, value_name = "DURATION")]
    explicit_max_ttl: Option<String>,
    /// Makes it renewable without end, by this much each time
    #[arg(long, value_name = "DURATION")]
    period: Option<String>,
    /// A name for people and logs
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// A note beside it; can be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = note)]
    meta: Vec<(String, String)>,
    /// How many requests it is good for [default: any number]
    #[arg(long, value_name = "N")]
    num_uses: Option<u64>,
    /// Let it live on when the token that makes it ends
    #[arg(long)]
    orphan: bool,
    /// Do without the policy default
    #[arg(long)]
    no_default_policy: bool,
    /// Let nobody renew it
    #[arg(long)]
    not_renewable: bool,
}

fn note(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("give KEY=VALUE")?;
    Ok((key.into(), value.into()))
}

pub(super) fn run(args: &TokenArgs) -> Result<(), Failure> {
    run_on(act(args))
}

/// Does it, and answers what to print.
pub(super) async fn act(args: &TokenArgs) -> Result<String, Failure> {
    let answer = match &args.action {
        Action::Create(create) => {
            args.client
                .send("POST", create.route(), Some(&create.body()))
                .await?
        }
        Action::Lookup(subject) => subject.ask(&args.client, "lookup", Map::new()).await?,
        Action::Renew { subject, increment } => {
            let increment = increment
                .iter()
                .map(|increment| ("increment".into(), json!(increment)));
            subject.ask(&args.client, "renew", increment.collect()).await?
        }
        Action::Revoke { subject, own, orphan } => {
            if !own && subject.is_none() {
                return Err("which token? give it, its --accessor, or --self".into());
            }
            let verb = if *orphan { "revoke-orphan" } else { "revoke" };
            subject.ask(&args.client, verb, Map::new()).await?
        }
    };
    warn(&answer);
    Ok(show(&args.client, &answer))
}

impl Create {
    fn route(&self) -> &'static str {
        if self.orphan {
            "/v1/auth/token/create-orphan"
        } else {
            "/v1/auth/token/create"
        }
    }

    fn body(&self) -> Value {
        let meta = self.meta.iter().map(|(key, value)| (key.clone(), json!(value)));
        json!({
            "policies": self.policies,
            "ttl": self.ttl,
            "explicit_max_ttl": self.explicit_max_ttl,
            "period": self.period,
            "display_name": self.display_name,
            "meta": meta.collect::<Map<_, _>>(),
            "num_uses": self.num_uses,
            "no_default_policy": self.no_default_policy,
            "renewable": !self.not_renewable,
        })
    }
}

impl Subject {
    fn is_none(&self) -> bool {
        self.of.is_none() && self.accessor.is_none()
    }

    /// Asks about the token, or about the sender's own where none is named.
    async fn ask(
        &self,
        client: &ClientArgs,
        verb: &str,
        mut body: Map<String, Value>,
    ) -> Result<Value, Failure> {
        let suffix = match (&self.of, &self.accessor) {
            (Some(token), _) => {
                body.insert("token".into(), json!(given(token)?));
                ""
            }
            (None, Some(accessor)) => {
                body.insert("accessor".into(), json!(accessor));
                "-accessor"
            }
            (None, None) => "-self",
        };
        let method = if suffix == "-self" && verb == "lookup" {
            "GET"
        } else {
            "POST"
        };
        let path = format!("/v1/auth/token/{verb}{suffix}");
        Ok(client.send(method, &path, Some(&Value::Object(body))).await?)
    }
}

fn given(token: &str) -> Result<String, io::Error> {
    if token != "-" {
        return Ok(token.into());
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim().into())
}

fn show(client: &ClientArgs, answer: &Value) -> String {
    let part = if answer["auth"].is_null() {
        &answer["data"]
    } else {
        &answer["auth"]
    };
    match part {
        Value::Null => String::new(),
        part if client.json() => format!("{part:#}\n"),
        part => table(part),
    }
}
