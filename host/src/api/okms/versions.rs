use super::fault::Fault;
use super::{Call, body};
use crate::api::vault::{Response, no_content};
use crate::auth::Capability;

impl Call<'_> {
    pub(super) async fn deactivate_versions(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Update)?;
        let versions = body::versions(self.request.body(), "No version number provided")?;
        let (engine, domain) = (&self.app.engine, self.domain.id());
        engine.deactivate(domain, &path, &versions).await?;
        Ok(no_content())
    }

    pub(super) async fn reactivate_versions(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Update)?;
        let versions = body::versions(self.request.body(), "No version number provided")?;
        let (engine, domain) = (&self.app.engine, self.domain.id());
        engine.reactivate(domain, &path, &versions).await?;
        Ok(no_content())
    }

    pub(super) async fn destroy_versions(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Update)?;
        let versions = body::versions(self.request.body(), "no version number provided")?;
        let (engine, domain) = (&self.app.engine, self.domain.id());
        engine.destroy(domain, &path, &versions).await?;
        Ok(no_content())
    }
}
