use super::fault::Fault;
use super::json::Json;
use super::{Call, body};
use crate::api::vault::{self, Response, no_content};
use crate::auth::Capability;

impl Call<'_> {
    pub(super) fn read_config(&self) -> Result<Response, Fault> {
        self.authorise(Capability::Read, "")?;
        let mut json = Json::with_capacity(128);
        json.config(&self.domain.defaults());
        Ok(vault::data(&json.into_bytes()))
    }

    pub(super) async fn write_config(&self) -> Result<Response, Fault> {
        self.authorise(Capability::Update, "")?;
        let change = body::config(self.request.body())?;
        let (engine, domain) = (self.app.engine.clone(), self.domain.id());
        let configure = async move {
            let apply = |defaults: &mut _| change.apply_settings(defaults);
            engine.configure(domain, apply).await
        };
        self.app.detached(configure).await?;
        Ok(no_content())
    }
}
