use super::jws::By;
use super::{AcmeError, Client};
use serde_json::json;

impl Client<'_> {
    /// The URL of the key's account, which is made where there is none (RFC 8555, section 7.3).
    pub(super) async fn find_account(&self) -> Result<String, AcmeError> {
        let new = json!({"termsOfServiceAgreed": true}).to_string();
        let reply = self.post_by(By::Key, &self.directory.new_account, &new).await?;
        reply.location()
    }
}
