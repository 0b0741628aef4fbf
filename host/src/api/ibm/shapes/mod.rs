//! The shapes of bodies and answers, for documentation. [`super::show`] makes the answers, and [`super::config`] those about
//! configurations.

#![allow(
    dead_code,
    reason = "nothing is made of them: bodies are read, and answers made, field by field"
)]

pub(super) mod account;
pub(super) mod authority;
pub(super) mod configuration;
pub(super) mod dns_provider;
pub(super) mod group;
pub(super) mod iam;
pub(super) mod lock;
pub(super) mod login;
mod loosely;
pub(super) mod new_secret;
pub(super) mod policy;
pub(super) mod secret;
pub(super) mod template;
pub(super) mod version;

use crate::engine::managed::Kind;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The types of secrets that the document has.
pub(super) const KINDS: [Kind; 8] = [
    Kind::Arbitrary,
    Kind::KeyValue,
    Kind::Credentials,
    Kind::Certificate,
    Kind::ApiKey,
    Kind::ServiceKey,
    Kind::PrivateCertificate,
    Kind::PublicCertificate,
];

type Object = Map<String, Value>;

/// Nothing needs to be said.
#[derive(ToSchema)]
pub(super) struct Unsaid {}
