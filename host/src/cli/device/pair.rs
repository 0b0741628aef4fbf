use super::{Failure, Target};
use crate::cli::print::object;
use crate::hsm::device::{fingerprint, identify};
use clap::Args;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Write};

/// `casemate device pair`
#[derive(Debug, Args)]
pub(super) struct PairArgs {
    /// Trust it without asking
    #[arg(long)]
    yes: bool,
    /// Trust it without asking if this is its fingerprint, and not otherwise
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "yes")]
    fingerprint: Option<String>,
    /// Trust it beside the devices that were trusted before: for a pool
    #[arg(long, conflicts_with = "replace")]
    another: bool,
    /// Forget the devices that were trusted before
    #[arg(long)]
    replace: bool,
}

/// Learns who answers and, when a person or the caller agrees, trusts it.
pub(super) async fn pair(target: &Target, args: &PairArgs) -> Result<String, Failure> {
    let (_locked, connector) = target.connector()?;
    let device = identify(&connector)
        .await
        .map_err(|error| format!("{} does not say who it is: {error}", target.device))?;
    let found = fingerprint(&device).to_string();
    let trusted = connector.trust.devices();
    if !trusted.is_empty() && !trusted.contains(&device) && !args.replace && !args.another {
        return Err(format!(
            "this host is paired already, and the device that answers is another one, with the fingerprint {found}; \
             say --another if it serves beside the others in a pool, --replace if it takes the place of them all"
        )
        .into());
    }
    confirm(&found, args)?;
    if args.replace {
        connector.trust.unpair()?;
    }
    connector.trust.pair(device)?;
    let host_key = hex::encode(connector.trust.public_key().as_bytes());
    Ok(if target.json {
        object(true, &json!({"fingerprint": found, "host_key": host_key}))
    } else {
        format!("paired with {found}\nthis host's key, for an officer to enrol: {host_key}\n")
    })
}

fn confirm(found: &str, args: &PairArgs) -> Result<(), Failure> {
    match &args.fingerprint {
        Some(expected) if same(expected, found) => return Ok(()),
        Some(expected) => {
            return Err(format!(
                "the device that answers has the fingerprint {found}, not {expected}: it is another device, or \
                 somebody sits on the line"
            )
            .into());
        }
        None if args.yes => return Ok(()),
        None => {}
    }
    if !io::stdin().is_terminal() {
        return Err(format!(
            "the device's fingerprint is {found}; compare it with the device's own and say --fingerprint {found}"
        )
        .into());
    }
    eprint!("The device's fingerprint is {found}. Is that what the device shows (yes/no)? ");
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match line.trim() {
        "yes" => Ok(()),
        _ => Err("not paired".into()),
    }
}

/// Whether these are the same digits, however they are grouped.
fn same(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String {
        let digits = text.chars().filter(char::is_ascii_hexdigit);
        digits.map(|digit| digit.to_ascii_lowercase()).collect()
    };
    digits(one) == digits(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_compared_by_their_digits() {
        assert!(same("A1B2-0304", "a1b20304"));
        assert!(!same("a1b2-0304", "a1b2-0305"));
        assert!(!same("a1b2", "a1b2-0304"));
    }
}
