use super::info::names;
use super::{Failure, Target};
use crate::cli::print::{done, object};
use crate::hsm::device::EnrolledHost;
use casemate_common::command::{MAX_HOST_NAME, Role, Roles};
use casemate_common::session::noise::PublicKey;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

/// `casemate device roles …`
#[derive(Debug, Args)]
pub(super) struct RolesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print this host's key, for an officer to enrol
    Key,
    /// List the enrolled hosts
    List,
    /// Give a host roles, in the place of those it has
    Enroll {
        /// The host's key: 64 hex digits
        #[arg(value_parser = key)]
        key: PublicKey,
        /// What it may be
        #[arg(long = "role", required = true, value_enum)]
        roles: Vec<RoleName>,
        /// What to call it
        #[arg(long, value_parser = host_name)]
        name: String,
    },
    /// Take all roles from a host
    Revoke {
        /// The host's key: 64 hex digits
        #[arg(value_parser = key)]
        key: PublicKey,
    },
}

/// A role that a host can be given.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    /// Governs the device
    Officer,
    /// Uses its keys: the daemon
    Operator,
    /// Reads its log
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Officer => Self::Officer,
            RoleName::Operator => Self::Operator,
            RoleName::Auditor => Self::Auditor,
        }
    }
}

pub(super) async fn act(target: &Target, RolesArgs { action }: &RolesArgs) -> Result<String, Failure> {
    match action {
        Action::Key => {
            let (_locked, connector) = target.connector()?;
            let key = hex::encode(connector.trust.public_key().as_bytes());
            Ok(if target.json {
                object(true, &json!({ "host_key": key }))
            } else {
                format!("{key}\n")
            })
        }
        Action::List => Ok(list(&target.open()?.hsm.enrolled().await?, target.json)),
        Action::Enroll { key, roles, name } => {
            let opened = target.open()?;
            opened.verify_pin(target).await?;
            let roles: Vec<Role> = roles.iter().map(|role| (*role).into()).collect();
            opened.hsm.enroll(*key, Roles::of(&roles), name).await?;
            Ok(done(target.json, "enrolled", "enrolled"))
        }
        Action::Revoke { key } => {
            let opened = target.open()?;
            opened.verify_pin(target).await?;
            match opened.hsm.revoke(*key).await? {
                true => Ok(done(target.json, "revoked", "revoked")),
                false => Err("the device has enrolled no host with this key".into()),
            }
        }
    }
}

fn list(hosts: &[EnrolledHost], as_json: bool) -> String {
    if as_json {
        let rows = hosts.iter().map(|host| {
            json!({"key": hex::encode(host.key.as_bytes()), "name": host.name, "roles": names(host.roles)})
        });
        return format!("{:#}\n", rows.collect::<serde_json::Value>());
    }
    let rows = hosts.iter().map(|host| {
        let key = hex::encode(host.key.as_bytes());
        format!("{key}  {:<26}  {}\n", names(host.roles).join(","), host.name)
    });
    rows.collect()
}

/// What a device can call a host.
pub(super) fn host_name(text: &str) -> Result<String, String> {
    match text.len() {
        1..=MAX_HOST_NAME => Ok(text.to_owned()),
        len => Err(format!("a name has 1 to {MAX_HOST_NAME} bytes, this one {len}")),
    }
}

fn key(text: &str) -> Result<PublicKey, String> {
    let mut key = [0; PublicKey::LEN];
    hex::decode_to_slice(text, &mut key).map_err(|_| {
        "a host's key has 64 hex digits; `casemate device roles key` prints it on that host".to_owned()
    })?;
    Ok(PublicKey::new(key))
}
