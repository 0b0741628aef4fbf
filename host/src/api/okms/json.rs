//! The objects of the API, written straight into bytes.

use crate::engine::clock::Time;
use crate::engine::secret::{SecretRow, Settings, Version};
use std::fmt::Display;
use std::io::Write;

/// JSON under construction. Writing to memory does not fail.
pub(in crate::api) struct Json(Vec<u8>);

impl Json {
    pub(in crate::api) fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    pub(in crate::api) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(in crate::api) fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.0.extend_from_slice(json);
        self
    }

    /// What needs no escape, without quotes.
    pub(in crate::api) fn plain(&mut self, value: impl Display) -> &mut Self {
        let _ = write!(self.0, "{value}");
        self
    }

    pub(in crate::api) fn string(&mut self, text: &str) -> &mut Self {
        let _ = serde_json::to_writer(&mut self.0, text);
        self
    }

    /// A time, or an empty string for none.
    fn time(&mut self, time: Option<Time>) -> &mut Self {
        self.raw(b"\"");
        if let Some(time) = time {
            self.plain(time);
        }
        self.raw(b"\"")
    }

    fn custom_metadata(&mut self, secret: &SecretRow) -> &mut Self {
        let entries = secret.custom.entries();
        if entries.is_empty() {
            return self.raw(b"null");
        }
        let _ = serde_json::to_writer(&mut self.0, entries);
        self
    }

    /// The metadata of one version, as reads and writes answer it.
    pub(in crate::api) fn version(&mut self, version: &Version, secret: &SecretRow) -> &mut Self {
        self.raw(br#"{"created_time":"#)
            .time(Some(version.created))
            .raw(br#","custom_metadata":"#)
            .custom_metadata(secret)
            .raw(br#","deletion_time":"#)
            .time(version.deletion)
            .raw(br#","destroyed":"#)
            .plain(version.destroyed)
            .raw(br#","version":"#)
            .plain(version.number)
            .raw(b"}")
    }

    /// Settings under both of their names, without braces.
    fn settings(&mut self, settings: &Settings) -> &mut Self {
        self.raw(br#""cas_required":"#)
            .plain(settings.cas_required)
            .raw(br#","deactivate_version_after":""#)
            .plain(settings.delete_version_after)
            .raw(br#"","delete_version_after":""#)
            .plain(settings.delete_version_after)
            .raw(br#"","max_versions":"#)
            .plain(settings.max_versions)
    }

    /// A domain's configuration.
    pub(in crate::api) fn config(&mut self, settings: &Settings) -> &mut Self {
        self.raw(b"{").settings(settings).raw(b"}")
    }

    /// All that is known of a secret; its name among all resources where it has one.
    pub(in crate::api) fn secret(&mut self, secret: &SecretRow, urn: Option<&str>) -> &mut Self {
        self.raw(b"{")
            .settings(&secret.settings)
            .raw(br#","created_time":"#)
            .time(Some(secret.created))
            .raw(br#","current_version":"#)
            .plain(secret.current)
            .raw(br#","custom_metadata":"#)
            .custom_metadata(secret)
            .raw(br#","oldest_version":"#)
            .plain(secret.oldest)
            .raw(br#","updated_time":"#)
            .time(Some(secret.updated));
        if let Some(urn) = urn {
            self.raw(br#","urn":"#).string(urn);
        }
        self.raw(br#","versions":{"#);
        for (index, version) in secret.versions.iter().enumerate() {
            self.raw(if index == 0 { b"" } else { b"," })
                .raw(b"\"")
                .plain(version.number)
                .raw(br#"":{"created_time":"#)
                .time(Some(version.created))
                .raw(br#","deletion_time":"#)
                .time(version.deletion)
                .raw(br#","destroyed":"#)
                .plain(version.destroyed)
                .raw(b"}");
        }
        self.raw(b"}}")
    }
}
