use super::Call;
use super::data::gone_as_object;
use super::fault::Fault;
use super::json::Json;
use super::value;
use crate::api::vault::{self, Response};
use crate::auth::Capability;

impl Call<'_> {
    pub(super) async fn read_subkeys(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Read)?;
        let (version, depth) = (self.query_number("version")?, self.query_number("depth")?);
        let reading = self.app.engine.read(&self.domain, &path, version).await;
        let reading = reading.map_err(|error| gone_as_object(error, "subkeys"))?;
        let keys = value::subkeys(&reading.value, depth)?;
        let mut json = Json::with_capacity(keys.len() + 256);
        json.raw(br#"{"metadata":"#)
            .version(&reading.version, &reading.secret)
            .raw(br#","subkeys":"#)
            .raw(&keys)
            .raw(b"}");
        Ok(vault::data(&json.into_bytes()))
    }
}
