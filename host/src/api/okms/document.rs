//! What the dialect is, as OpenAPI.

use super::body::RawWriteBody;
use super::shapes::{
    Config, Names, NewConfig, NewSecretMetadata, SecretData, SecretMetadata, Subkeys, VersionMetadata,
    VersionNumbers,
};
use crate::api::docs::{Book, Operation, loose, okms_error, texts};
use serde_json::{Value, json};

const DESCRIPTION: &str = "OVHcloud's OKMS secret manager, in the version that is compatible with Vault's KV version 2: \
    any client of that works. Paths may have several segments.\n\nCallers are known by a client certificate \
    (`casemate ca issue --domain`) or by a token. The header `X-Vault-Wrap-TTL` puts any answer away for somebody else.";

const PAGES: &str = "Names come on pages where the header `X-Pagination-Size` says how many (1 to 500), or \
    `X-Pagination-Cursor` after which: it is what `X-Pagination-Cursor-Next` of the answer before was.";

/// What the dialect is, as OpenAPI.
pub(in crate::api) fn document() -> Value {
    let mut book = Book::new("OKMS: secrets", DESCRIPTION, "/api/{okmsId}");
    for (status, about) in [
        (
            400,
            "The request can't be read, or check-and-set does not allow it",
        ),
        (
            401,
            "Neither a client certificate nor a token, or a token that is not known",
        ),
        (403, "The certificate or token does not allow this"),
        (
            404,
            "There is no such secret, version or domain; of a version that is gone, its metadata",
        ),
        (405, "The path has other methods"),
        (408, "The body did not arrive in time"),
        (413, "The value is too large"),
        (500, "A fault of the daemon, whose log says more"),
    ] {
        book.refuses_with(status, about, &okms_error());
    }
    let sealed = json!({"anyOf": [okms_error(), texts()]});
    book.refuses_with(
        503,
        "The device is away, or the daemon is sealed; try again",
        &sealed,
    );
    book.parameter(
        "path",
        json!({"type": "string", "minLength": 1, "example": "db/prod"}),
    );
    book.chapter("Secrets", secrets());
    book.chapter("Versions", versions());
    book.chapter("Metadata", metadata());
    book.chapter("Configuration", configuration());
    book.close()
}

fn secrets() -> [Operation; 5] {
    let path = "/v1/secret/data/{path}";
    let number = || loose::query_number();
    [
        Operation::read("read_data", path, "Read a version of a secret")
            .query("version", "Its number; 0 is the newest", number())
            .data::<SecretData>("The version"),
        Operation::write(
            "write_data",
            path,
            "Add a version to a secret, which is made if there is none",
        )
        .body::<RawWriteBody<'_>>()
        .data::<VersionMetadata>("The version, without its value"),
        Operation::patch(
            "patch_data",
            path,
            "Change a secret by JSON merge patch (RFC 7396)",
        )
        .body::<RawWriteBody<'_>>()
        .data::<VersionMetadata>("The version that has the value now"),
        Operation::delete("delete_data", path, "Deactivate the newest version").nothing(),
        Operation::read(
            "read_subkeys",
            "/v1/secret/subkeys/{path}",
            "Read a secret's keys without its values",
        )
        .query("version", "Its number; 0 is the newest", number())
        .query(
            "depth",
            "How deep objects are looked into; 0 is without limit",
            number(),
        )
        .data::<Subkeys>("The keys, with null for each value"),
    ]
}

fn versions() -> [Operation; 3] {
    let change = |name: &str, summary| {
        let (id, path) = (format!("{name}_versions"), format!("/v1/secret/{name}/{{path}}"));
        let about = "Versions that there are not are passed over.";
        Operation::write(&id, &path, summary)
            .about(about)
            .body::<VersionNumbers>()
            .nothing()
    };
    [
        change("delete", "Deactivate versions"),
        change("undelete", "Activate versions again"),
        change("destroy", "Destroy versions for good"),
    ]
}

fn metadata() -> [Operation; 5] {
    let (path, root) = ("/v1/secret/metadata/{path}", "/v1/secret/metadata");
    [
        Operation::read("list_root", root, "List secrets and folders at the root")
            .about(PAGES)
            .query("list", "Makes no difference here", loose::query_flag())
            .data::<Names>("Their names; folders end with a slash"),
        Operation::read("read_metadata", path, "Read a secret's metadata, or list a folder")
            .about(PAGES)
            .query("list", "Whether the path is a folder's, to be listed", loose::query_flag())
            .data_of_either::<SecretMetadata, Names>("The secret, or names in the folder"),
        Operation::write("write_metadata", path, "Change a secret's metadata")
            .about("Custom metadata is replaced as a whole. A secret that there is not is made, without versions.")
            .optional_body::<NewSecretMetadata>()
            .empty("Changed, with a warning")
            .nothing(),
        Operation::patch("patch_metadata", path, "Change a secret's metadata by JSON merge patch (RFC 7396)")
            .about("Null takes an entry of custom metadata away, and resets a setting.")
            .optional_body::<NewSecretMetadata>()
            .empty("Changed, with a warning")
            .nothing(),
        Operation::delete("delete_metadata", path, "Delete a secret with all its versions for good").nothing(),
    ]
}

fn configuration() -> [Operation; 2] {
    let path = "/v1/secret/config";
    [
        Operation::read(
            "read_config",
            path,
            "Read what secrets have that do not say otherwise",
        )
        .data::<Config>("The configuration"),
        Operation::write(
            "write_config",
            path,
            "Change what secrets have that do not say otherwise",
        )
        .optional_body::<NewConfig>()
        .nothing(),
    ]
}
