//! What the dialect is, as OpenAPI. A type of secrets is a chapter: see [`of_type`].

use super::chapters;
use super::route::type_name;
use super::shapes::group::{Group, Groups, NewGroup};
use super::shapes::iam::{DeleteCredentials, NewRole, NewRootConfig, Restore, Roles, RootConfig};
use super::shapes::lock::{Locked, Locks, NewLocks, Unlock};
use super::shapes::login::{LoggedIn, Login, LoginConfig, NewLoginConfig};
use super::shapes::new_secret::{
    NewApiKey, NewArbitrary, NewCertificate, NewCredentials, NewKv, NewPrivate, NewPublic, NewServiceKey,
};
use super::shapes::policy::{NewPolicies, Policies};
use super::shapes::secret::{NewMetadata, NewVersionMetadata, Secret, Secrets, Version, Versions};
use super::shapes::version::{
    ArbitraryVersion, CertificateVersion, CredentialsVersion, KvVersion, PrivateVersion, PublicVersion,
};
use super::shapes::{KINDS, Unsaid};
use crate::api::docs::{Book, Operation, loose, remains, texts};
use crate::api::okms::body::RawWriteBody;
use crate::api::okms::shapes as kv;
use crate::engine::managed::Kind;
use serde_json::{Value, json};
use utoipa::ToSchema;

const DESCRIPTION: &str = "IBM Cloud Secrets Manager's Vault API. Tokens come from the login.\n\nSecrets are found in \
    the default group, or with `groups/{group}` in their path in another one.";

/// What the dialect is, as OpenAPI.
pub(in crate::api) fn document() -> Value {
    let mut book = Book::new("IBM Cloud Secrets Manager", DESCRIPTION, "/");
    for (status, about) in [
        (400, "The request can't be read, or can't be done"),
        (
            403,
            "There is no token, or none that may do this; or the API does not list the path",
        ),
        (405, "The path has other methods"),
        (408, "The body did not arrive in time"),
        (409, "The name is taken"),
        (412, "A lock is in the way"),
        (500, "A fault of the daemon, whose log says more"),
        (502, "An issuer can't be reached"),
        (503, "The device is away, or the daemon is sealed; try again"),
        (507, "The device has no room for a new group"),
    ] {
        book.refuses(status, about);
    }
    let gone = json!({"anyOf": [texts(), remains()]});
    book.refuses_with(
        404,
        "There is nothing here; of a version that is gone, its metadata",
        &gone,
    );
    book.parameter(
        "secret_type",
        json!({"type": "string", "enum": KINDS.map(type_name)}),
    );
    book.chapter("Login", login());
    book.chapter("Secret groups", groups());
    book.chapter(
        "arbitrary",
        of_type::<NewArbitrary, ArbitraryVersion>(Kind::Arbitrary),
    );
    book.chapter("kv", of_type::<NewKv, KvVersion>(Kind::KeyValue));
    book.chapter(
        "username_password",
        of_type::<NewCredentials, CredentialsVersion>(Kind::Credentials),
    );
    book.chapter(
        "imported_cert",
        of_type::<NewCertificate, CertificateVersion>(Kind::Certificate),
    );
    book.chapter("iam_credentials", of_type::<NewApiKey, Unsaid>(Kind::ApiKey));
    book.chapter("iam_credentials", Place::ALL.into_iter().flat_map(roles));
    book.chapter("iam_credentials", root_config());
    book.chapter(
        "service_credentials",
        of_type::<NewServiceKey, Unsaid>(Kind::ServiceKey),
    );
    book.chapter(
        "private_cert",
        of_type::<NewPrivate, PrivateVersion>(Kind::PrivateCertificate),
    );
    book.chapter("private_cert", chapters::private::configurations());
    book.chapter(
        "public_cert",
        of_type::<NewPublic, PublicVersion>(Kind::PublicCertificate),
    );
    book.chapter("public_cert", chapters::public::configurations());
    for place in Place::ALL {
        book.chapter("Secrets", secrets(place));
        book.chapter("Locks", locks(place));
    }
    book.chapter("Key-value as in Vault", key_value());
    book.close()
}

/// Where secrets are.
#[derive(Clone, Copy)]
enum Place {
    Default,
    Group,
}

impl Place {
    const ALL: [Self; 2] = [Self::Default, Self::Group];

    /// The part of paths that names it.
    const fn segments(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Group => "/groups/{group}",
        }
    }

    /// Of the operation with this identifier the one here.
    fn id(self, id: &str) -> String {
        match self {
            Self::Default => id.to_owned(),
            Self::Group => format!("{id}_in_group"),
        }
    }
}

fn login() -> [Operation; 3] {
    let path = "/v1/auth/ibmcloud/manage/login";
    [
        Operation::write(
            "login",
            "/v1/auth/ibmcloud/login",
            "Exchange an IAM token for a token",
        )
        .for_all()
        .body::<Login>()
        .auth::<LoggedIn>("The token"),
        Operation::read("read_login_config", path, "Read how long logins last")
            .data::<LoginConfig>("The times"),
        Operation::write("write_login_config", path, "Change how long logins last")
            .optional_body::<NewLoginConfig>()
            .nothing(),
    ]
}

fn groups() -> [Operation; 5] {
    let (all, one) = (
        "/v1/auth/ibmcloud/manage/groups",
        "/v1/auth/ibmcloud/manage/groups/{group}",
    );
    [
        Operation::read("list_groups", all, "List secret groups").data::<Groups>("All but the default one"),
        Operation::write("create_group", all, "Make a secret group")
            .body::<NewGroup>()
            .data::<Group>("The group"),
        Operation::read("read_group", one, "Read a secret group").data::<Group>("The group"),
        Operation::write("update_group", one, "Rename a secret group")
            .body::<NewGroup>()
            .data::<Group>("The group"),
        Operation::delete("delete_group", one, "Delete a secret group, which must be empty").empty("Deleted"),
    ]
}

/// What depends on the type of a secret: how it is made and rotated.
fn of_type<New: ToSchema, NewVersion: ToSchema>(kind: Kind) -> Vec<Operation> {
    let name = type_name(kind);
    let in_place = |place: Place| {
        let all = format!("/v1/ibmcloud/{name}/secrets{}", place.segments());
        let id = |id: &str| place.id(&format!("{id}_{name}"));
        [
            paged(Operation::read(&id("list"), &all, "List secrets"))
                .query(
                    "sort_by",
                    "How they are sorted",
                    json!({"enum": ["", "creation_date", "name"]}),
                )
                .data::<Secrets>("Those that the token may see"),
            made(
                kind,
                Operation::write(&id("create"), &all, "Make a secret").body::<New>(),
            ),
            Operation::write(
                &id("rotate"),
                &format!("{all}/{{secret}}/rotate"),
                "Give a secret another value",
            )
            .optional_body::<NewVersion>()
            .data::<Secret>("The secret"),
        ]
    };
    Place::ALL.into_iter().flat_map(in_place).collect()
}

/// A certificate of a public authority comes later than its secret.
fn made(kind: Kind, operation: Operation) -> Operation {
    match kind {
        Kind::PublicCertificate => operation.accepted::<Secret>("The secret; its certificate comes later"),
        _ => operation.data::<Secret>("The secret"),
    }
}

fn paged(operation: Operation) -> Operation {
    operation
        .query("limit", "How many at most", loose::query_number())
        .query("offset", "How many to pass over", loose::query_number())
        .query("search", "A part of the name", json!({"type": "string"}))
}

fn secrets(place: Place) -> Vec<Operation> {
    let secret = format!(
        "/v1/ibmcloud/{{secret_type}}/secrets{}/{{secret}}",
        place.segments()
    );
    let id = |id: &str| place.id(id);
    let below = |rest: &str| format!("{secret}/{rest}");
    vec![
        Operation::read(&id("read_secret"), &secret, "Read a secret with its value")
            .about("A secret is named by its identifier or its name.")
            .data::<Secret>("The secret"),
        Operation::delete(
            &id("delete_secret"),
            &secret,
            "Delete a secret with all its versions",
        )
        .empty("Deleted"),
        Operation::read(
            &id("read_metadata"),
            &below("metadata"),
            "Read a secret without its value",
        )
        .data::<Secret>("The secret"),
        Operation::write(
            &id("write_metadata"),
            &below("metadata"),
            "Change a secret, not its value",
        )
        .optional_body::<NewMetadata>()
        .data::<Secret>("The secret"),
        Operation::read(
            &id("read_policies"),
            &below("policies"),
            "Read when a secret is rotated by itself",
        )
        .data::<Policies>("The policy, if there is one"),
        Operation::write(
            &id("write_policies"),
            &below("policies"),
            "Say when a secret is to be rotated by itself",
        )
        .about("Secrets of the type `username_password` can be.")
        .body::<NewPolicies>()
        .data::<Policies>("The policy, if there is one"),
        Operation::write(&id("restore_secret"), &below("restore"), "Restore a version")
            .about("Secrets of the type `iam_credentials` can be.")
            .optional_body::<Restore>()
            .data::<Secret>("The secret"),
        Operation::write(
            &id("delete_credentials"),
            &below("delete_credentials"),
            "Take an API key back",
        )
        .about("Secrets of the type `iam_credentials` have such.")
        .body::<DeleteCredentials>()
        .nothing(),
        Operation::write(&id("revoke_secret"), &below("revoke"), "Revoke a certificate")
            .about("Secrets of the types `private_cert` and `public_cert` can be.")
            .optional_body::<Unsaid>()
            .data::<Secret>("The secret"),
        Operation::write(
            &id("revoke_version"),
            &below("versions/{version}/revoke"),
            "Revoke the certificate of a version",
        )
        .about("Secrets of the type `private_cert` can be.")
        .optional_body::<Unsaid>()
        .data::<Secret>("The secret"),
        Operation::write(
            &id("validate_dns_challenge"),
            &below("validate_dns_challenge"),
            "Say that the DNS records of an order are made",
        )
        .about("Secrets of the type `public_cert` that are ordered with `manual` DNS have such.")
        .optional_body::<Unsaid>()
        .nothing(),
        Operation::read(
            &id("list_versions"),
            &below("versions"),
            "List a secret's versions",
        )
        .data::<Versions>("The versions, oldest first"),
        Operation::read(
            &id("read_version"),
            &below("versions/{version}"),
            "Read a version with its value",
        )
        .about("A version is named by its identifier, or as `current` or `previous`.")
        .data::<Version>("The version"),
        Operation::read(
            &id("read_version_metadata"),
            &below("versions/{version}/metadata"),
            "Read a version without its value",
        )
        .data::<Version>("The version"),
        Operation::write(
            &id("write_version_metadata"),
            &below("versions/{version}/metadata"),
            "Change what is noted beside a version",
        )
        .body::<NewVersionMetadata>()
        .data::<Version>("The version"),
    ]
}

/// Another spelling of secrets of the type `iam_credentials`.
fn roles(place: Place) -> [Operation; 4] {
    let stem = "/v1/ibmcloud/iam_credentials";
    let roles = format!("{stem}/roles{}", place.segments());
    let (role, creds) = (
        format!("{roles}/{{role}}"),
        format!("{stem}/creds{}/{{role}}", place.segments()),
    );
    let id = |id: &str| place.id(id);
    [
        paged(Operation::read(&id("list_roles"), &roles, "List secrets"))
            .data::<Roles>("Those that the token may see"),
        Operation::write(&id("create_role"), &role, "Make a secret")
            .body::<NewRole>()
            .data::<Secret>("The secret"),
        Operation::delete(&id("delete_role"), &role, "Delete a secret").empty("Deleted"),
        Operation::read(&id("read_creds"), &creds, "Read a secret with its API key")
            .data::<Secret>("The secret"),
    ]
}

/// What issuers are asked with.
fn root_config() -> [Operation; 2] {
    let path = "/v1/ibmcloud/iam_credentials/config/root";
    [
        Operation::read(
            "read_root_config",
            path,
            "Read which API key issuers are asked with",
        )
        .data::<RootConfig>("Its hash"),
        Operation::write(
            "write_root_config",
            path,
            "Say which API key issuers are to be asked with",
        )
        .body::<NewRootConfig>()
        .empty("Stored"),
    ]
}

fn locks(place: Place) -> Vec<Operation> {
    let secret = format!(
        "/v1/ibmcloud/{{secret_type}}/locks{}/{{secret}}",
        place.segments()
    );
    let of = |what: &str, path: &str| {
        let id = |verb: &str| place.id(&format!("{verb}_{what}"));
        let lock = |verb: &str, summary| {
            Operation::write(&id(verb), &format!("{path}/{verb}"), summary)
                .body::<NewLocks>()
                .data::<Locked>("What is locked now")
        };
        [
            paged(Operation::read(&id("list_locks_of"), path, "List locks")).data::<Locks>("The locks"),
            lock("lock", "Lock a version beside others' locks"),
            lock("lock_exclusive", "Lock a version alone"),
            lock(
                "lock_exclusive_delete",
                "Lock a version alone, and drop what the version before held",
            ),
            Operation::write(&id("unlock"), &format!("{path}/unlock"), "Take locks away")
                .body::<Unlock>()
                .data::<Locked>("What is locked now"),
        ]
    };
    let version = format!("{secret}/versions/{{version}}");
    [of("secret", &secret), of("version", &version)]
        .into_iter()
        .flatten()
        .collect()
}

/// Vault's KV version 2, in the default group and in others.
fn key_value() -> Vec<Operation> {
    let metadata = "/v1/ibmcloud/kv/metadata";
    let names = "Names of secrets, and at the root groups with a slash";
    let mut all =
        vec![Operation::list("list_kv", metadata, "List key-value secrets").data::<kv::Names>(names)];
    all.extend(key_values("", "{secret}"));
    all.extend(key_values("_in_group", "{group}/{secret}"));
    all
}

fn key_values(suffix: &str, secret: &str) -> Vec<Operation> {
    let id = |id: &str| format!("{id}_kv{suffix}");
    let data = format!("/v1/ibmcloud/kv/data/{secret}");
    let metadata = format!("/v1/ibmcloud/kv/metadata/{secret}");
    let change = |verb: &str, summary| {
        Operation::write(&id(verb), &format!("/v1/ibmcloud/kv/{verb}/{secret}"), summary)
            .body::<kv::VersionNumbers>()
    };
    vec![
        Operation::read(&id("read"), &data, "Read a version of a secret")
            .query("version", "Its number; 0 is the newest", loose::query_number())
            .data::<kv::SecretData>("The version"),
        Operation::write(
            &id("write"),
            &data,
            "Add a version to a secret, which is made if there is none",
        )
        .body::<RawWriteBody<'_>>()
        .data::<kv::VersionMetadata>("The version, without its value"),
        Operation::patch(
            &id("patch"),
            &data,
            "Add a version by JSON merge patch (RFC 7396)",
        )
        .body::<RawWriteBody<'_>>()
        .data::<kv::VersionMetadata>("The version, without its value"),
        Operation::delete(&id("delete_newest"), &data, "Deactivate the newest version").nothing(),
        change("delete", "Deactivate versions").empty("Done"),
        change("undelete", "Activate versions again").nothing(),
        change("destroy", "Destroy versions for good").nothing(),
        Operation::read(
            &id("read_metadata"),
            &metadata,
            "Read a secret's metadata, or list a group",
        )
        .query(
            "list",
            "Whether it is a group that is to be listed",
            loose::query_flag(),
        )
        .data_of_either::<kv::SecretMetadata, kv::Names>("The secret, or names in the group"),
        Operation::write(&id("write_metadata"), &metadata, "Change a secret's metadata")
            .optional_body::<kv::NewSecretMetadata>()
            .nothing(),
        Operation::patch(
            &id("patch_metadata"),
            &metadata,
            "Change a secret's metadata by JSON merge patch",
        )
        .optional_body::<kv::NewSecretMetadata>()
        .nothing(),
        Operation::delete(
            &id("delete_metadata"),
            &metadata,
            "Delete a secret with all its versions",
        )
        .empty("Deleted"),
    ]
}
