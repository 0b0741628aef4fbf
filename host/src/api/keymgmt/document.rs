//! What the dialect is, as OpenAPI.

use super::show::{DistributionShown, KeyShown, KmsShown, MountShown};
use super::{key_types, mounts};
use crate::api::docs::{Book, Operation, loose};
use crate::api::okms::shapes::Names;
use crate::kms::{Protection, ProviderKind, Purpose};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::Schema;

const DESCRIPTION: &str = "Vault's key management engine: keys that the device makes, and their distribution to AWS KMS, \
    Azure Key Vault and Managed HSM, Google Cloud KMS and PKCS#11 tokens. It is found at `keymgmt`, and wherever else \
    `sys/mounts` puts it; there the same paths follow the mount's.";

/// What the dialect is, as OpenAPI.
pub(in crate::api) fn document() -> Value {
    let mut book = Book::new("Key management", DESCRIPTION, "/");
    for (status, about) in [
        (400, "The request can't be read, or can't be done"),
        (403, "There is no token, or none that may do this"),
        (404, "There is nothing here"),
        (405, "The path has other methods"),
        (408, "The body did not arrive in time"),
        (409, "Somebody else has made it meanwhile"),
        (413, "The body is too large"),
        (
            500,
            "A fault of the daemon or a provider; the daemon's log says more",
        ),
        (502, "A provider can't be reached"),
        (503, "The device is away, or the daemon is sealed; try again"),
        (507, "The device has no room for a new mount"),
    ] {
        book.refuses(status, about);
    }
    let name = "^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$";
    for parameter in ["name", "key"] {
        book.parameter(
            parameter,
            json!({"type": "string", "pattern": name, "maxLength": 128}),
        );
    }
    book.chapter("Keys", keys());
    book.chapter("Providers", providers());
    book.chapter("Distribution", distribution());
    book.chapter("Mounts", mounts());
    book.close()
}

fn keys() -> [Operation; 6] {
    let (keys, key) = ("/v1/keymgmt/key", "/v1/keymgmt/key/{name}");
    [
        Operation::list("list_keys", keys, "List keys").data::<Names>("Their names"),
        Operation::read("read_key", key, "Read a key").data::<KeyShown>("The key, without its material"),
        Operation::write("write_key", key, "Make a key, or configure the one that there is")
            .optional_body::<NewKey>()
            .nothing(),
        Operation::delete("delete_key", key, "Delete a key for good")
            .about("It must be allowed (`deletion_allowed`), and the key must be at no provider.")
            .nothing(),
        Operation::write(
            "rotate_key",
            "/v1/keymgmt/key/{name}/rotate",
            "Give a key another version",
        )
        .nothing(),
        Operation::list(
            "list_kms_of_key",
            "/v1/keymgmt/key/{name}/kms",
            "List the providers that have a key",
        )
        .data::<Names>("Its provider's name"),
    ]
}

fn providers() -> [Operation; 5] {
    let (all, one) = ("/v1/keymgmt/kms", "/v1/keymgmt/kms/{name}");
    [
        Operation::list("list_kms", all, "List providers").data::<Names>("Their names"),
        Operation::read("read_kms", one, "Read a provider")
            .data::<KmsShown>("The provider, without credentials"),
        Operation::write("write_kms", one, "Make a provider known, or change it")
            .body::<NewKms>()
            .nothing(),
        Operation::delete("delete_kms", one, "Forget a provider, which must have no key").nothing(),
        Operation::list(
            "list_keys_of_kms",
            "/v1/keymgmt/kms/{name}/key",
            "List the keys of a provider",
        )
        .data::<Names>("Their names"),
    ]
}

fn distribution() -> [Operation; 4] {
    let path = "/v1/keymgmt/kms/{name}/key/{key}";
    let replicate = "/v1/keymgmt/kms/{name}/key/{key}/replicate";
    [
        Operation::read("read_distribution", path, "Read what a provider has of a key")
            .data::<DistributionShown>("The key at the provider"),
        Operation::write("distribute", path, "Bring a key to a provider, all its versions")
            .about("What was interrupted is finished by repeating the request.")
            .body::<NewDistribution>()
            .nothing(),
        Operation::delete("withdraw", path, "Remove a key from a provider").nothing(),
        Operation::write("replicate", replicate, "Bring a key to its other regions").nothing(),
    ]
}

fn mounts() -> [Operation; 4] {
    let path = "/v1/sys/mounts/{mount}";
    let mut all = Operation::read("list_mounts", "/v1/sys/mounts", "List mounts");
    let mount = all.schema::<MountShown>();
    let by_path = json!({"type": "object", "additionalProperties": mount});
    let mut one = Operation::read("read_mount", path, "Read a mount");
    let mount = one.schema::<MountShown>();
    [
        all.answer(200, "The mounts, by their paths", &at_root_too(&by_path)),
        one.answer(200, "The mount", &at_root_too(&mount)),
        Operation::write("mount", path, "Mount key management at a path")
            .body::<NewMount>()
            .nothing(),
        Operation::delete("unmount", path, "Destroy a mount with all its keys").nothing(),
    ]
}

/// Vault's envelope with this as data, whose fields stand beside it too.
fn at_root_too(data: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {"request_id": {"type": "string", "format": "uuid"}, "data": data},
        "required": ["request_id", "data"],
    })
}

/// A key to be made, or what to change. The type and the regions are fixed when it is made.
#[derive(ToSchema)]
#[allow(dead_code, reason = "bodies are read field by field")]
struct NewKey {
    /// Of a new key `rsa-2048` unless it is said.
    #[schema(schema_with = new_type, required = false)]
    r#type: Option<String>,
    /// Versions before it are switched off.
    #[schema(schema_with = loose::number, required = false)]
    min_enabled_version: Option<u32>,
    #[schema(schema_with = loose::flag, required = false)]
    deletion_allowed: Option<bool>,
    /// Regions where AWS is to have copies.
    #[schema(schema_with = loose::list, required = false)]
    replica_regions: Option<Vec<String>>,
}

/// A provider, or what to change of one.
#[derive(ToSchema)]
#[allow(dead_code, reason = "bodies are read field by field")]
struct NewKms {
    #[schema(schema_with = new_provider, required = false)]
    provider: Option<String>,
    /// Where keys are in it: a region, a vault, a key ring, a token's label.
    #[schema(schema_with = loose::text, required = false)]
    key_collection: Option<String>,
    /// What it is to be logged in to with; the README says which provider has which. A list of `name=value` does as well.
    #[schema(schema_with = loose::pairs, required = false)]
    credentials: Option<Value>,
}

/// How a key is to be at a provider.
#[derive(ToSchema)]
#[allow(dead_code, reason = "bodies are read field by field")]
struct NewDistribution {
    /// What it is for there: a list, or a text with commas, of `decrypt`, `encrypt`, `sign`, `unwrap`, `verify`, `wrap`.
    #[schema(schema_with = purposes)]
    purpose: Vec<String>,
    /// `hsm` unless it is said.
    #[schema(schema_with = new_protection, required = false)]
    protection: Option<String>,
}

/// A mount to be made.
#[derive(ToSchema)]
#[allow(dead_code, reason = "bodies are read field by field")]
struct NewMount {
    /// The one engine that can be mounted.
    #[schema(schema_with = mount_type)]
    r#type: String,
    #[schema(schema_with = loose::text, required = false)]
    description: Option<String>,
}

fn new_type() -> Schema {
    loose::maybe_one_of(key_types::names())
}

fn new_provider() -> Schema {
    loose::maybe_one_of(ProviderKind::ALL.map(ProviderKind::name))
}

fn new_protection() -> Schema {
    loose::maybe_one_of(Protection::ALL.map(Protection::name))
}

fn purposes() -> Schema {
    loose::list_of(Purpose::ALL.map(Purpose::name))
}

fn mount_type() -> Schema {
    loose::one_of([mounts::TYPE])
}
