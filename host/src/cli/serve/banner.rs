use super::data_dir::DataDir;
use crate::engine::collection::CollectionId;
use std::io::Write;
use std::net::SocketAddr;

/// Tells a person what to do next. On standard output; the log is on standard error. Nobody may be reading there any
/// more, which is no reason to stop.
pub(super) fn print(mut out: impl Write, data: &DataDir, address: SocketAddr, domain: CollectionId) {
    let token = data.root_token();
    let token = token.display();
    let _ = writeln!(
        out,
        r#"
casemate serves on http://{address}

  root token   in {token}
  OKMS domain  {domain}

Try it:

  export VAULT_TOKEN=$(cat {token})
  curl -H "X-Vault-Token: $VAULT_TOKEN" -d '{{"data":{{"user":"ada","password":"s3cret"}}}}' \
    http://{address}/api/{domain}/v1/secret/data/first
  curl -H "X-Vault-Token: $VAULT_TOKEN" http://{address}/api/{domain}/v1/secret/data/first

Vault clients: address http://{address}/api/{domain}, mount "secret", KV version 2.
"#
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    #[test]
    fn a_reader_that_is_gone_is_no_harm() {
        let directory = tempfile::tempdir().expect("a directory");
        let data = DataDir::open(directory.path()).expect("a data directory");
        let full = OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a full device");
        let domain = "00000000-0000-4000-8000-000000000000".parse().expect("a domain");
        print(full, &data, SocketAddr::from(([127, 0, 0, 1], 8200)), domain);
    }
}
