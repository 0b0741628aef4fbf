//! Every path, method and role.

use super::Ibm;
use crate::auth::iam::Role;
use serde_json::{Value, json};

/// Path, method, and the least role that may.
const TABLE: &[(&str, &str, Role)] = &[
    ("auth/ibmcloud/manage/login", "GET", Role::Manager),
    ("auth/ibmcloud/manage/login", "PUT", Role::Manager),
    ("auth/ibmcloud/manage/groups", "GET", Role::Reader),
    ("auth/ibmcloud/manage/groups", "POST", Role::Manager),
    ("auth/ibmcloud/manage/groups/{g}", "GET", Role::Reader),
    ("auth/ibmcloud/manage/groups/{g}", "PUT", Role::Manager),
    ("auth/ibmcloud/manage/groups/{g}", "DELETE", Role::Manager),
    ("ibmcloud/{t}/secrets", "GET", Role::Reader),
    ("ibmcloud/{t}/secrets", "POST", Role::Writer),
    ("ibmcloud/{t}/secrets/groups/{g}", "GET", Role::Reader),
    ("ibmcloud/{t}/secrets/groups/{g}", "POST", Role::Writer),
    ("ibmcloud/{t}/secrets/{p}", "GET", Role::SecretsReader),
    ("ibmcloud/{t}/secrets/{p}", "DELETE", Role::Manager),
    (
        "ibmcloud/{t}/secrets/{p}/delete_credentials",
        "POST",
        Role::Writer,
    ),
    ("ibmcloud/{t}/secrets/{p}/metadata", "GET", Role::Reader),
    ("ibmcloud/{t}/secrets/{p}/metadata", "PUT", Role::Writer),
    ("ibmcloud/{t}/secrets/{p}/restore", "POST", Role::Writer),
    ("ibmcloud/{t}/secrets/{p}/rotate", "POST", Role::Writer),
    ("ibmcloud/{t}/secrets/{p}/revoke", "POST", Role::Writer),
    (
        "ibmcloud/{t}/secrets/{p}/versions/current/revoke",
        "POST",
        Role::Writer,
    ),
    ("ibmcloud/{t}/secrets/{p}/policies", "GET", Role::Reader),
    ("ibmcloud/{t}/secrets/{p}/policies", "PUT", Role::Writer),
    ("ibmcloud/{t}/secrets/{p}/versions", "GET", Role::Reader),
    (
        "ibmcloud/{t}/secrets/{p}/versions/current",
        "GET",
        Role::SecretsReader,
    ),
    (
        "ibmcloud/{t}/secrets/{p}/versions/current/metadata",
        "GET",
        Role::Reader,
    ),
    (
        "ibmcloud/{t}/secrets/{p}/versions/current/metadata",
        "PUT",
        Role::Writer,
    ),
    ("ibmcloud/{t}/locks/{p}", "GET", Role::Reader),
    ("ibmcloud/{t}/locks/{p}/lock", "POST", Role::Writer),
    ("ibmcloud/{t}/locks/{p}/lock_exclusive", "POST", Role::Writer),
    (
        "ibmcloud/{t}/locks/{p}/lock_exclusive_delete",
        "POST",
        Role::Writer,
    ),
    ("ibmcloud/{t}/locks/{p}/unlock", "POST", Role::Manager),
    ("ibmcloud/{t}/locks/{p}/versions/current", "GET", Role::Reader),
    (
        "ibmcloud/{t}/locks/{p}/versions/current/lock",
        "POST",
        Role::Writer,
    ),
    (
        "ibmcloud/{t}/locks/{p}/versions/current/lock_exclusive",
        "POST",
        Role::Writer,
    ),
    (
        "ibmcloud/{t}/locks/{p}/versions/current/lock_exclusive_delete",
        "POST",
        Role::Writer,
    ),
    (
        "ibmcloud/{t}/locks/{p}/versions/current/unlock",
        "POST",
        Role::Manager,
    ),
    ("ibmcloud/iam_credentials/roles", "GET", Role::Reader),
    ("ibmcloud/iam_credentials/roles/groups/{g}", "GET", Role::Reader),
    ("ibmcloud/iam_credentials/roles/{p}", "POST", Role::Writer),
    ("ibmcloud/iam_credentials/roles/{p}", "DELETE", Role::Manager),
    ("ibmcloud/iam_credentials/roles/{p}/metadata", "GET", Role::Reader),
    ("ibmcloud/iam_credentials/roles/{p}/metadata", "PUT", Role::Writer),
    ("ibmcloud/iam_credentials/creds/{p}", "GET", Role::SecretsReader),
    ("ibmcloud/iam_credentials/config/root", "GET", Role::Manager),
    ("ibmcloud/iam_credentials/config/root", "PUT", Role::Manager),
    ("ibmcloud/private_cert/config/{c}", "GET", Role::Reader),
    ("ibmcloud/private_cert/config/{c}", "POST", Role::Manager),
    (
        "ibmcloud/private_cert/config/{c}/does-not-exist",
        "GET",
        Role::Manager,
    ),
    (
        "ibmcloud/private_cert/config/{c}/does-not-exist",
        "PUT",
        Role::Manager,
    ),
    (
        "ibmcloud/private_cert/config/{c}/does-not-exist",
        "DELETE",
        Role::Manager,
    ),
    (
        "ibmcloud/private_cert/config/{a}/sign_intermediate",
        "POST",
        Role::Manager,
    ),
    ("ibmcloud/private_cert/config/{a}/sign_csr", "POST", Role::Manager),
    (
        "ibmcloud/private_cert/config/{a}/rotate_crl",
        "POST",
        Role::Manager,
    ),
    (
        "ibmcloud/private_cert/config/{i}/set_signed",
        "POST",
        Role::Manager,
    ),
    ("ibmcloud/private_cert/config/{i}/revoke", "POST", Role::Manager),
    (
        "ibmcloud/public_cert/config/certificate_authorities",
        "GET",
        Role::Reader,
    ),
    (
        "ibmcloud/public_cert/config/certificate_authorities",
        "POST",
        Role::Manager,
    ),
    (
        "ibmcloud/public_cert/config/certificate_authorities/does-not-exist",
        "GET",
        Role::Manager,
    ),
    (
        "ibmcloud/public_cert/config/certificate_authorities/does-not-exist",
        "PUT",
        Role::Manager,
    ),
    (
        "ibmcloud/public_cert/config/certificate_authorities/does-not-exist",
        "DELETE",
        Role::Manager,
    ),
    (
        "ibmcloud/{t}/secrets/{p}/validate_dns_challenge",
        "POST",
        Role::Writer,
    ),
    ("ibmcloud/kv/data/{k}", "GET", Role::SecretsReader),
    ("ibmcloud/kv/data/{k}", "POST", Role::Writer),
    ("ibmcloud/kv/data/{k}", "PATCH", Role::Writer),
    ("ibmcloud/kv/data/{k}", "DELETE", Role::Manager),
    ("ibmcloud/kv/delete/{k}", "POST", Role::Manager),
    ("ibmcloud/kv/undelete/{k}", "POST", Role::Writer),
    ("ibmcloud/kv/destroy/{k}", "POST", Role::Manager),
    ("ibmcloud/kv/metadata/{k}", "GET", Role::Reader),
    ("ibmcloud/kv/metadata/{k}", "POST", Role::Writer),
    ("ibmcloud/kv/metadata/{k}", "PATCH", Role::Writer),
    ("ibmcloud/kv/metadata/{k}", "DELETE", Role::Manager),
    ("ibmcloud/kv/metadata", "LIST", Role::Reader),
];
/// Kinds of configurations.
const CONFIGS: [&str; 3] = [
    "root_certificate_authorities",
    "intermediate_certificate_authorities",
    "certificate_templates",
];
const METHODS: [&str; 6] = ["DELETE", "GET", "LIST", "PATCH", "POST", "PUT"];
const TYPES: [&str; 8] = [
    "arbitrary",
    "iam_credentials",
    "imported_cert",
    "kv",
    "private_cert",
    "public_cert",
    "service_credentials",
    "username_password",
];

/// POST and PUT are one, and so are LIST and GET of a list.
fn same(one: &str, other: &str) -> bool {
    let kind = |method: &str| method.replace("PUT", "POST");
    kind(one) == kind(other)
}

fn least(path: &str, method: &str) -> Option<Role> {
    let rows = TABLE.iter().filter(|(row, ..)| *row == path);
    let mut found = rows
        .filter(|(_, known, _)| same(known, method))
        .map(|(.., role)| *role);
    found.next()
}

/// A path of the table with its places filled: secrets that do not exist, in the default group and in `group`.
fn filled(path: &str, group: &str) -> Vec<String> {
    let name = "does-not-exist";
    let mut paths = Vec::new();
    for kind in TYPES {
        for (place, key) in [
            (name.to_owned(), name.to_owned()),
            (format!("groups/{group}/{name}"), format!("{group}/{name}")),
        ] {
            let path = path
                .replace("{t}", kind)
                .replace("{p}", &place)
                .replace("{k}", &key);
            let path = path.replace("{g}", group);
            paths.extend(CONFIGS.map(|config| {
                let authority = format!(
                    "{}/{name}",
                    if config == CONFIGS[1] { config } else { CONFIGS[0] }
                );
                path.replace("{c}", config)
                    .replace("{a}", &authority)
                    .replace("{i}", &format!("{}/{name}", CONFIGS[1]))
            }));
        }
    }
    paths.sort();
    paths.dedup();
    paths
}

fn is_list(path: &str) -> bool {
    [
        "/secrets",
        "/roles",
        "/groups",
        "/groups/{g}",
        "/versions",
        "/locks/{p}",
        "/versions/current",
        "/metadata/{k}",
        "/config/{c}",
        "/config/certificate_authorities",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

#[tokio::test]
async fn every_path_method_and_role() {
    let ibm = Ibm::new().await;
    let group = ibm.group().await;
    let scoped = scoped_tokens(&ibm, &group).await;
    let other = scoped_tokens(&ibm, "2bcaa289-5d38-aa57-910d-970e418ab1b3").await;
    let mut asked = 0;
    let mut paths: Vec<_> = TABLE.iter().map(|(path, ..)| *path).collect();
    paths.dedup();
    for path in paths {
        for method in METHODS {
            if method == "LIST" && is_list(path) {
                continue;
            }
            let least = least(path, method);
            for full in filled(path, &group) {
                for role in Role::ALL {
                    let in_group = full.contains(&group);
                    let instance = refused(&ibm, &ibm.tokens[&role], method, &full).await;
                    asked += 1;
                    assert_eq!(
                        instance,
                        least.map(|least| role < least),
                        "{role:?} {method} {full}"
                    );
                    if in_group && full.starts_with("ibmcloud/") {
                        let own = refused(&ibm, &scoped[role as usize], method, &full).await;
                        assert_eq!(
                            own,
                            least.map(|least| role < least),
                            "{role:?} of the group: {method} {full}"
                        );
                        let foreign = refused(&ibm, &other[role as usize], method, &full).await;
                        assert_ne!(foreign, Some(false), "{role:?} of another group: {method} {full}");
                        asked += 2;
                    }
                }
            }
        }
    }
    assert!(asked > 4000, "{asked}");
}

/// Whether a request is refused for want of rights; `None` where the path does not know the method.
async fn refused(ibm: &Ibm, token: &str, method: &str, path: &str) -> Option<bool> {
    // Nothing that is allowed does anything: the body is no JSON object.
    let body = if ["POST", "PUT", "PATCH"].contains(&method) {
        json!([])
    } else {
        Value::Null
    };
    if path.starts_with("auth/ibmcloud/manage/groups/") && method == "DELETE" {
        let missing = path
            .rsplit_once('/')
            .map(|(start, _)| format!("{start}/2bcaa289-5d38-aa57-910d-970e418ab1b3"));
        let answer = ibm.ask_as(token, method, &missing.unwrap(), &body).await;
        return Some(answer.status == 403);
    }
    match ibm.ask_as(token, method, path, &body).await.status {
        405 => None,
        status => Some(status == 403),
    }
}

async fn scoped_tokens(ibm: &Ibm, group: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for role in Role::ALL {
        let body = json!({"policies": [format!("group-{group}-{}", role.name())]});
        let answer = ibm
            .ask_as(&ibm.fixture.token, "POST", "auth/token/create", &body)
            .await;
        tokens.push(answer.body["auth"]["client_token"].as_str().unwrap().to_owned());
    }
    tokens
}

#[tokio::test]
async fn a_list_shows_the_groups_that_the_caller_may_see() {
    let ibm = Ibm::new().await;
    let group = ibm.group().await;
    ibm.arbitrary("in-default").await;
    ibm.fixture.bench.clock.advance_secs(1);
    let list = format!("ibmcloud/arbitrary/secrets/groups/{group}");
    ibm.check("POST", &list, &json!({"name": "in-group", "payload": "p"}), 200)
        .await;
    let reader = &scoped_tokens(&ibm, &group).await[0];
    let names = |answer: &Value| {
        let secrets = answer["data"]["secrets"].as_array().unwrap().clone();
        secrets
            .into_iter()
            .map(|secret| secret["name"].clone())
            .collect::<Vec<_>>()
    };
    let all = ibm.ask("GET", "ibmcloud/arbitrary/secrets", &Value::Null).await;
    assert_eq!(names(&all.body), ["in-default", "in-group"]);
    let own = ibm
        .ask_as(reader, "GET", "ibmcloud/arbitrary/secrets", &Value::Null)
        .await;
    assert_eq!(
        (names(&own.body), &own.body["data"]["secrets_total"]),
        (vec![json!("in-group")], &json!(1))
    );
}
