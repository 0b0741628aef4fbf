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
        let (engine, domain) = (&self.app.engine, self.domain.id());
        engine
            .configure(domain, |defaults| change.apply_settings(defaults))
            .await?;
        Ok(no_content())
    }
}
