use super::Call;
use super::body::WriteBody;
use super::fault::Fault;
use super::json::Json;
use crate::api::vault::{self, Response, no_content};
use crate::auth::Capability;
use crate::engine::EngineError;
use crate::engine::secret::{Reading, Written};

/// Room for a version's metadata without custom metadata.
const METADATA_LEN: usize = 192;

impl Call<'_> {
    pub(super) async fn read_data(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Read)?;
        let version = self.query_number("version")?;
        match self.app.engine.read(&self.domain, &path, version).await {
            Ok(reading) => Ok(vault::data(&body_of(&reading))),
            Err(error) => Err(gone_as_object(error, "data")),
        }
    }

    pub(super) async fn write_data(&self) -> Result<Response, Fault> {
        let path = self.path_to_write()?;
        let body = self.write_body()?;
        let (engine, domain) = (&self.app.engine, self.domain.id());
        let written = engine
            .write(domain, &path, body.data.to_bytes(), body.cas)
            .await?;
        Ok(vault::data(&metadata_of(&written)))
    }

    pub(super) async fn patch_data(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Patch)?;
        let body = self.write_body()?;
        let limit = self.app.max_value;
        let merge = |old: &[u8]| {
            let merged = body.data.merged_into(old)?;
            match merged.len() > limit {
                true => Err(EngineError::TooLarge),
                false => Ok(merged),
            }
        };
        let (engine, domain, patching) = (&self.app.engine, self.domain.id(), self.app.patching);
        match engine.patch(domain, &path, body.cas, patching, merge).await {
            Ok(written) => Ok(vault::data(&metadata_of(&written))),
            Err(error) => Err(gone_as_metadata(error)),
        }
    }

    pub(super) async fn delete_data(&self) -> Result<Response, Fault> {
        let path = self.path(Capability::Delete)?;
        self.app.engine.deactivate(self.domain.id(), &path, &[0]).await?;
        Ok(no_content())
    }

    fn write_body(&self) -> Result<WriteBody<'_>, Fault> {
        let body = WriteBody::parse(self.request.body())?;
        if body.data.len() > self.app.max_value {
            return Err(Fault::too_large(self.app.max_value));
        }
        Ok(body)
    }
}

pub(in crate::api) fn body_of(reading: &Reading) -> zeroize::Zeroizing<Vec<u8>> {
    let mut json = Json::with_capacity(reading.value.len() + METADATA_LEN);
    json.raw(br#"{"data":"#)
        .raw(&reading.value)
        .raw(br#","metadata":"#)
        .version(&reading.version, &reading.secret)
        .raw(b"}");
    json.into_bytes().into()
}

pub(in crate::api) fn metadata_of(written: &Written) -> Vec<u8> {
    let mut json = Json::with_capacity(METADATA_LEN);
    json.version(&written.version, &written.secret);
    json.into_bytes()
}

/// A version that may not be read: its metadata beside an empty `field`.
pub(in crate::api) fn gone_as_object(error: EngineError, field: &str) -> Fault {
    let mut json = Json::with_capacity(METADATA_LEN);
    if let EngineError::Gone(gone) = &error {
        json.raw(b"{").string(field).raw(br#":null,"metadata":"#);
        json.version(&gone.version, &gone.secret).raw(b"}");
        return Fault::from(error).with_data(json.into_bytes());
    }
    error.into()
}

/// A version that may not be changed: its metadata alone.
pub(in crate::api) fn gone_as_metadata(error: EngineError) -> Fault {
    let mut json = Json::with_capacity(METADATA_LEN);
    if let EngineError::Gone(gone) = &error {
        json.version(&gone.version, &gone.secret);
        return Fault::from(error).with_data(json.into_bytes());
    }
    error.into()
}
