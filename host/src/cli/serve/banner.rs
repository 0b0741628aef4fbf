use super::data_dir::DataDir;
use crate::engine::collection::CollectionId;
use std::net::SocketAddr;

/// Tells a person what to do next. On standard output; the log is on standard error.
pub(super) fn print(data: &DataDir, address: SocketAddr, domain: CollectionId) {
    let token = data.root_token();
    let token = token.display();
    println!(
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
