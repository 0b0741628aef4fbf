use super::client::ClientArgs;
use super::files::{refuse_existing, write_new};
use super::print::{run_on, table};
use clap::{Args, Subcommand};
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::Generate;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::{Value, json};
use std::error::Error;
use std::fs::{self, DirBuilder};
use std::io::{Cursor, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use x509_cert::builder::Builder;
use x509_cert::der::EncodePem;
use x509_cert::name::Name;
use x509_cert::request::RequestBuilder;
use zeroize::Zeroizing;
use zip::write::{SimpleFileOptions, ZipWriter};

type Failure = Box<dyn Error + Send + Sync>;

/// `casemate ca …`
#[derive(Debug, Args)]
pub(super) struct CaArgs {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the authority's own certificate
    Show,
    /// Make a key here and a client certificate for it
    Issue(Issue),
    /// List the certificates that were issued
    List,
    /// Take back a certificate
    Revoke {
        /// Its serial number
        serial: String,
    },
}

#[derive(Debug, Args)]
struct Issue {
    #[command(flatten)]
    holder: HolderArgs,
    /// A name for people and logs [default: that of the user or host, or okms]
    #[arg(long)]
    name: Option<String>,
    /// A policy it has; can be repeated
    #[arg(long = "policy", value_name = "NAME", value_delimiter = ',')]
    policies: Vec<String>,
    /// How long it counts
    #[arg(long, value_name = "DURATION", default_value = "365d")]
    ttl: String,
    /// A certification request in PEM, instead of making a key
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Where to put certificate, key and the authority's certificate: a file that ends in .zip, or a directory
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
}

/// Whom it is for.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct HolderArgs {
    /// A user of IMCO
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A host that fetches secrets from IMCO
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// A client of this OKMS domain; * for all
    #[arg(long, value_name = "ID")]
    domain: Option<String>,
}

pub(super) fn run(args: &CaArgs) -> Result<(), Failure> {
    run_on(act(args))
}

async fn act(args: &CaArgs) -> Result<String, Failure> {
    let client = &args.client;
    let answer = match &args.action {
        Action::Show => {
            let answer = client.send("GET", "/v1/sys/ca", None).await?;
            return Ok(text(&answer, "certificate").to_owned());
        }
        Action::Issue(issue) => issue.run(client).await?,
        Action::List => client.send("LIST", "/v1/sys/ca/certificates", None).await?,
        Action::Revoke { serial } => {
            let body = json!({"serial_number": serial});
            client.send("POST", "/v1/sys/ca/revoke", Some(&body)).await?
        }
    };
    Ok(show(client, &args.action, &answer["data"]))
}

impl Issue {
    async fn run(&self, client: &ClientArgs) -> Result<Value, Failure> {
        refuse_existing(&self.out)?;
        let (csr, key) = match &self.csr {
            Some(path) => {
                let csr = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
                (csr?, None)
            }
            None => {
                let (csr, key) = new_key()?;
                (csr, Some(key))
            }
        };
        let mut answer = client
            .send("POST", "/v1/sys/ca/issue", Some(&self.body(&csr)))
            .await?;
        let bundle = Bundle {
            certificate: text(&answer, "certificate"),
            authority: text(&answer, "issuing_ca"),
            key: key.as_deref().map(String::as_str),
        };
        bundle.write(&self.out)?;
        if let Some(data) = answer["data"].as_object_mut() {
            data.remove("certificate");
            data.remove("issuing_ca");
            data.insert("out".into(), self.out.display().to_string().into());
        }
        Ok(answer)
    }

    fn body(&self, csr: &str) -> Value {
        let HolderArgs { user, host, domain } = &self.holder;
        let (kind, name) = match (user, host) {
            (Some(user), _) => ("user", user.as_str()),
            (_, Some(host)) => ("host", host.as_str()),
            _ => ("okms", "okms"),
        };
        json!({
            "kind": kind,
            "name": self.name.as_deref().unwrap_or(name),
            "domain": domain,
            "policies": self.policies,
            "ttl": self.ttl,
            "csr": csr,
        })
    }
}

/// A new P-256 key as PKCS#8, and a request that proves it, both in PEM.
fn new_key() -> Result<(String, Zeroizing<String>), Failure> {
    let key = SigningKey::generate();
    let pem = key.to_pkcs8_pem(LineEnding::LF)?;
    let request = RequestBuilder::new(Name::default())?.build::<_, DerSignature>(&key)?;
    Ok((request.to_pem(LineEnding::LF)?, pem))
}

/// What its holder gets, under the names that IMCO's clients expect.
struct Bundle<'a> {
    certificate: &'a str,
    authority: &'a str,
    key: Option<&'a str>,
}

impl Bundle<'_> {
    fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let key = self.key.map(|key| ("private/cert.key", key));
        let public = [("cert.crt", self.certificate), ("ca_cert.pem", self.authority)];
        public.into_iter().chain(key)
    }

    fn write(&self, out: &Path) -> Result<(), Failure> {
        match out.extension().is_some_and(|extension| extension == "zip") {
            true => self.write_zip(out),
            false => self.write_directory(out),
        }
    }

    fn write_zip(&self, out: &Path) -> Result<(), Failure> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in self.files() {
            zip.start_file(name, SimpleFileOptions::default().unix_permissions(0o600))?;
            zip.write_all(text.as_bytes())?;
        }
        let bytes = Zeroizing::new(zip.finish()?.into_inner());
        write_new(out, &bytes)
    }

    fn write_directory(&self, out: &Path) -> Result<(), Failure> {
        let private = out.join("private");
        let mut directory = DirBuilder::new();
        let made = directory.recursive(true).mode(0o700).create(&private);
        made.map_err(|error| format!("{}: {error}", private.display()))?;
        for (name, text) in self.files() {
            write_new(&out.join(name), text.as_bytes())?;
        }
        Ok(())
    }
}

fn text<'v>(answer: &'v Value, name: &str) -> &'v str {
    answer["data"][name].as_str().unwrap_or_default()
}

fn show(client: &ClientArgs, action: &Action, data: &Value) -> String {
    match action {
        _ if client.json() => format!("{data:#}\n"),
        Action::List => lines(data),
        _ => table(data),
    }
}

/// A line for each certificate: serial number, when it ends, whose it is, and whether it was taken back.
fn lines(data: &Value) -> String {
    let all = data["key_info"].as_object().into_iter().flatten();
    let field = |info: &Value, name: &str| info[name].as_str().unwrap_or_default().to_owned();
    all.map(|(serial, info)| {
        let revoked = info["revocation_time"].as_str().map_or("", |_| "  revoked");
        let (expiration, name) = (field(info, "expiration"), field(info, "name"));
        format!("{serial}  {expiration}  {name}{revoked}\n")
    })
    .collect()
}
