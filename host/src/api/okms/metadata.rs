use super::Call;
use super::body::{self, Manner};
use super::fault::Fault;
use super::json::Json;
use crate::api::vault::{self, Envelope, Response, no_content};
use crate::auth::Capability;
use crate::engine::secret::MetadataChange;
use hyper::StatusCode;

impl Call<'_> {
    pub(super) fn read_metadata(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Read)?;
        let secret = self.app.engine.metadata(&self.domain, &path)?;
        let mut json = Json::with_capacity(512);
        let urn = format!("urn:v1:eu:resource:okms:{}/secret/{path}", self.domain.id());
        json.secret(&secret, Some(&urn));
        Ok(vault::data(&json.into_bytes()))
    }

    pub(super) async fn write_metadata(&self) -> Result<Response, Fault> {
        let path = self.path_to_write()?;
        let change = body::metadata(self.request.body(), Manner::Write)?;
        // Nothing to change makes no secret either, as in Vault.
        if !change.is_empty() {
            let (engine, domain) = (&self.app.engine, self.domain.id());
            engine.write_metadata(domain, &path, &change).await?;
        }
        Ok(self.changed(&change))
    }

    pub(super) async fn patch_metadata(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Patch)?;
        let change = body::metadata(self.request.body(), Manner::Patch)?;
        let (engine, domain) = (&self.app.engine, self.domain.id());
        engine.patch_metadata(domain, &path, &change).await?;
        Ok(self.changed(&change))
    }

    pub(super) async fn delete_metadata(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Delete)?;
        self.app.engine.remove(self.domain.id(), &path).await?;
        Ok(no_content())
    }

    /// 204, or 200 with a warning about what will have no effect.
    fn changed(&self, change: &MetadataChange) -> Response {
        if change.cas_required != Some(false) || !self.domain.defaults().cas_required {
            return no_content();
        }
        let warning =
            r#""cas_required" set to false, but is mandated by backend config. This value will be ignored."#;
        Envelope::new()
            .warnings(&[warning.to_owned()])
            .respond(StatusCode::OK)
    }
}
