//! What one secret must look like, by all that was acknowledged of it.

use crate::kv::{self, Kv};
use std::collections::BTreeMap;
use std::io;

/// Versions that a secret keeps, unless it is told otherwise.
const KEPT: u64 = 10;

/// What a version holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    Deleted(String),
    Destroyed,
}

/// A change that was asked for and not answered yet.
#[derive(Debug, Clone)]
enum Pending {
    Write(String),
    Delete(u64),
    Destroy(u64),
}

/// What became of a change that a crash left unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// None was under way.
    None,
    /// It was carried out.
    Done,
    /// It was not.
    Undone,
}

/// One secret, with one writer.
#[derive(Debug)]
pub struct Ledger {
    path: String,
    current: u64,
    versions: BTreeMap<u64, Content>,
    pending: Option<Pending>,
}

impl Ledger {
    /// A secret that was never written.
    pub fn new(path: String) -> Self {
        Self {
            path,
            current: 0,
            versions: BTreeMap::new(),
            pending: None,
        }
    }

    /// Whether the newest version holds a value that can be read.
    pub fn is_active(&self) -> bool {
        matches!(self.versions.get(&self.current), Some(Content::Text(_)))
    }

    /// Writes the next version. False when the daemon failed: then [`Self::check`] has to find out what became of it.
    ///
    /// # Errors
    /// When the connection breaks.
    ///
    /// # Panics
    /// When the acknowledged version is not the next.
    pub fn write(&mut self, kv: &mut Kv, text: String) -> io::Result<bool> {
        self.pending = Some(Pending::Write(text.clone()));
        let reply = kv.write(&self.path, &text)?;
        if reply.status != 200 {
            return failed(reply.status);
        }
        let version = kv::version(&reply);
        assert_eq!(
            version,
            Some(self.current + 1),
            "{}: version of a write",
            self.path
        );
        self.done();
        Ok(true)
    }

    /// Deactivates the newest version, which is active; otherwise as [`Self::write`].
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn delete(&mut self, kv: &mut Kv) -> io::Result<bool> {
        self.pending = Some(Pending::Delete(self.current));
        let reply = kv.send("DELETE", &format!("secret/data/{}", self.path), &().into())?;
        self.answered(reply.status)
    }

    /// Destroys the newest version, which is active; otherwise as [`Self::write`].
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn destroy(&mut self, kv: &mut Kv) -> io::Result<bool> {
        self.pending = Some(Pending::Destroy(self.current));
        let body = serde_json::json!({ "versions": [self.current] });
        let reply = kv.send("PUT", &format!("secret/destroy/{}", self.path), &body)?;
        self.answered(reply.status)
    }

    fn answered(&mut self, status: u16) -> io::Result<bool> {
        if status != 204 {
            return failed(status);
        }
        self.done();
        Ok(true)
    }

    /// Compares with what is there, and tells what became of a change that had no answer.
    ///
    /// # Errors
    /// When the connection breaks.
    ///
    /// # Panics
    /// When anything acknowledged is missing or different, or anything is half there.
    pub fn check(&mut self, kv: &mut Kv) -> io::Result<Outcome> {
        let outcome = self.settle(kv)?;
        let versions = self.listed(kv)?;
        let expected: Vec<u64> = self.versions.keys().copied().collect();
        assert_eq!(versions, expected, "{}: versions in the metadata", self.path);
        for (&version, content) in &self.versions {
            let reply = kv.read(&self.path, version)?;
            let found = (reply.status, kv::text(&reply));
            let right = match content {
                Content::Text(text) => (200, Some(text.clone())),
                Content::Deleted(_) | Content::Destroyed => (404, None),
            };
            assert_eq!(found, right, "{}: version {version}", self.path);
            let destroyed = &reply.json()["data"]["metadata"]["destroyed"];
            assert_eq!(
                *destroyed,
                *content == Content::Destroyed,
                "{}: version {version}",
                self.path
            );
        }
        Ok(outcome)
    }

    /// Finds out about a change without an answer, by the one thing that it changes.
    pub(super) fn settle(&mut self, kv: &mut Kv) -> io::Result<Outcome> {
        let Some(pending) = self.pending.clone() else {
            return Ok(Outcome::None);
        };
        let metadata = kv.metadata(&self.path)?.json();
        let happened = match &pending {
            Pending::Write(_) => metadata["data"]["current_version"].as_u64() == Some(self.current + 1),
            Pending::Delete(version) => {
                metadata["data"]["versions"][version.to_string()]["deletion_time"] != ""
            }
            Pending::Destroy(version) => {
                metadata["data"]["versions"][version.to_string()]["destroyed"] == true
            }
        };
        if happened {
            self.done();
            return Ok(Outcome::Done);
        }
        self.pending = None;
        Ok(Outcome::Undone)
    }

    fn listed(&self, kv: &mut Kv) -> io::Result<Vec<u64>> {
        let metadata = kv.metadata(&self.path)?.json();
        let versions = metadata["data"]["versions"].as_object();
        let mut versions: Vec<u64> = versions
            .into_iter()
            .flat_map(|versions| versions.keys())
            .filter_map(|version| version.parse().ok())
            .collect();
        versions.sort_unstable();
        Ok(versions)
    }

    /// Takes in the pending change.
    fn done(&mut self) {
        match self.pending.take() {
            Some(Pending::Write(text)) => {
                self.current += 1;
                self.versions.insert(self.current, Content::Text(text));
                self.versions.retain(|&version, _| version + KEPT > self.current);
            }
            Some(Pending::Delete(version)) => {
                if let Some(content) = self.versions.get_mut(&version)
                    && let Content::Text(text) = content
                {
                    *content = Content::Deleted(std::mem::take(text));
                }
            }
            Some(Pending::Destroy(version)) => {
                self.versions
                    .entry(version)
                    .and_modify(|content| *content = Content::Destroyed);
            }
            None => {}
        }
    }
}

/// A refusal that a crash of the device may cause; what it refused may have been carried out all the same.
fn failed(status: u16) -> io::Result<bool> {
    assert_eq!(status, 503, "a device that is away is no other error");
    Ok(false)
}
