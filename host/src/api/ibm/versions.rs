//! Versions: those before the current one too.

use super::Call;
use super::body::{Body, missing};
use super::route::SecretRoute;
use super::rules::MAX_CUSTOM;
use super::show::with_secret_data;
use crate::api::vault::Fault;
use crate::api::vault::{self, Response};
use crate::engine::managed::{Edition, Which};
use crate::engine::secret::SecretRow;
use serde_json::json;

/// The version that a segment names: by an alias, or by its identifier.
pub(super) fn which(text: &str) -> Result<Which, Fault> {
    match text {
        "current" => Ok(Which::Current),
        "previous" => Ok(Which::Previous),
        id => id.parse().map(Which::Id).map_err(|_| Fault::not_found()),
    }
}

fn edition<'r>(row: &'r SecretRow, version: &str) -> Result<&'r Edition, Fault> {
    let managed = row.managed.as_deref().ok_or_else(Fault::not_found)?;
    managed.edition(which(version)?).ok_or_else(Fault::not_found)
}

impl Call<'_> {
    pub(super) fn list_versions(&self, secret: &SecretRoute) -> Result<Response, Fault> {
        let (group, _, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let versions = self.show(&group).versions(&row);
        let total = versions.as_array().map_or(0, Vec::len);
        let shown = json!({"versions": versions, "versions_total": total});
        Ok(vault::data(shown.to_string().as_bytes()))
    }

    pub(super) async fn read_version(&self, secret: &SecretRoute, version: &str) -> Result<Response, Fault> {
        let (group, found, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let wanted = edition(&row, version)?.number;
        let engine = self.app.engine.clone();
        let reading = async move { engine.download(&found, wanted).await };
        let (row, value) = self.app.finished(reading).await?;
        let managed = row.managed.as_deref().ok_or_else(Fault::not_found)?;
        let mut editions = managed.editions.iter();
        let edition = editions.find(|edition| edition.number == wanted);
        let shown = edition.and_then(|edition| self.show(&group).version_alone(&row, edition));
        let value = value.as_ref().map(|value| value.as_slice());
        let shown = with_secret_data(shown.ok_or_else(Fault::not_found)?, secret.kind, value)?;
        Ok(vault::data(&shown))
    }

    pub(super) fn read_version_metadata(
        &self,
        secret: &SecretRoute,
        version: &str,
    ) -> Result<Response, Fault> {
        let (group, _, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let shown = self.show(&group).version_alone(&row, edition(&row, version)?);
        Ok(vault::data(shown.unwrap_or_default().to_string().as_bytes()))
    }

    pub(super) async fn write_version(&self, secret: &SecretRoute, version: &str) -> Result<Response, Fault> {
        let body = Body::parse(self.request.body())?;
        let custom = body.object("version_custom_metadata", MAX_CUSTOM)?;
        let custom = custom.ok_or_else(|| missing("version_custom_metadata"))?;
        let (group, found, row) = self.found(&secret.group, secret.kind, &secret.name)?;
        let id = edition(&row, version)?.id;
        let engine = self.app.engine.clone();
        let annotate = async move { engine.annotate(&found, id, custom).await };
        let row = self.app.finished(annotate).await?;
        let shown = self
            .show(&group)
            .version_alone(&row, edition(&row, &id.to_string())?);
        Ok(vault::data(shown.unwrap_or_default().to_string().as_bytes()))
    }
}
