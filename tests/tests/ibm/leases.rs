//! Credentials that IBM's services issue, and those of the built-in issuers, on a real daemon: they end when their time is
//! over, at the issuer too, whatever happens to the daemon or the issuer in between.

use crate::client::Client;
use crate::cloud::{API_KEY, Cloud, Fault, STATIC};
use crate::provider::{Iam, ask, token};
use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::later::later;
use casemate_tests::skip;
use serde_json::{Value, json};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const GROUP: &str = "AccessGroupId-0529f490-129c-4877-a2a0-b57f50d3e53b";
const ROLES: &str = "ibmcloud/iam_credentials/roles";
const CREDS: &str = "ibmcloud/iam_credentials/creds";
const SERVICES: &str = "ibmcloud/service_credentials/secrets";
const SOURCE: &str = "crn:v1:bluemix:public:event-notifications:us-south:a/a:f85409e9::";
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
const MINUTE: Duration = Duration::from_secs(60);

fn start(data: &Path, settings: &str, by: Duration) -> Daemon {
    std::fs::create_dir_all(data).unwrap();
    let config = data.join("casemate.toml");
    std::fs::write(&config, settings).unwrap();
    let mut launch = Launch::new(data, "sim:").unwrap();
    launch.command().arg("--config").arg(&config);
    if !by.is_zero() {
        later(launch.command(), by);
    }
    launch.start().unwrap()
}

fn connect(daemon: &Daemon) -> Client {
    Client::connect(daemon, daemon.token()).unwrap()
}

/// Makes what credentials are read of: of access groups, of a service id that stays, and of one that keeps them.
fn make_roles(root: &mut Client) {
    let key = json!({ "api_key": API_KEY });
    root.data("PUT", "ibmcloud/iam_credentials/config/root", &key, 200);
    for (name, more) in [
        ("grouped", json!({"access_groups": [GROUP, "AccessGroupId-2"]})),
        ("static", json!({ "service_id": STATIC })),
        ("kept", json!({"access_groups": [GROUP], "reuse_api_key": true})),
    ] {
        let mut body = json!({"ttl": "10m"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        root.data("POST", &format!("{ROLES}/{name}"), &body, 200);
    }
}

/// What a request for a service's credentials says.
fn service(name: &str) -> Value {
    json!({
        "name": name, "source_crn": SOURCE, "role": "crn:v1:bluemix:public:iam::::serviceRole:Manager", "ttl": "10m",
        "parameters": {"HMAC": true},
    })
}

/// Waits until nothing is left at the issuer.
fn await_nothing(cloud: &Cloud, daemon: &Daemon) {
    await_left(cloud, daemon, (0, 0, 0));
}

/// Waits until so much is left at the issuer.
fn await_left(cloud: &Cloud, daemon: &Daemon, left: (usize, usize, usize)) {
    let deadline = Instant::now() + PATIENCE;
    while cloud.left() != left {
        assert!(Instant::now() < deadline, "{:?}\n{}", cloud.left(), daemon.log());
        thread::sleep(POLL);
    }
}

fn credentials(root: &mut Client, name: &str) -> Value {
    root.data("GET", &format!("{CREDS}/{name}"), &Value::Null, 200)
}

#[test]
fn ibms_services_issue_credentials_and_take_them_back() {
    if skip::left_out("faketime") {
        return;
    }
    let cloud = Cloud::start();
    let data = tempfile::tempdir().unwrap();
    let daemon = start(data.path(), &cloud.settings(), Duration::ZERO);
    let mut root = connect(&daemon);
    make_roles(&mut root);
    for name in ["grouped", "grouped", "static", "kept"] {
        let read = credentials(&mut root, name);
        assert!(
            read["api_key"].as_str().unwrap().starts_with("secret-of-ApiKey"),
            "{read}"
        );
    }
    assert_eq!(cloud.left(), (3, 4, 0));
    assert_eq!(cloud.state().members.len(), 5);
    let kept = credentials(&mut root, "kept");
    assert_eq!(
        kept,
        credentials(&mut root, "kept"),
        "the same as long as it lasts"
    );
    let made = root.data("POST", SERVICES, &service("events"), 200);
    assert!(
        made["secret_data"]["apikey"]
            .as_str()
            .unwrap()
            .starts_with("secret-of"),
        "{made}"
    );
    assert!(
        made["resource_key_crn"]
            .as_str()
            .unwrap()
            .contains("resource-key"),
        "{made}"
    );
    root.data("POST", SERVICES, &service("deleted"), 200);
    assert_eq!(cloud.left(), (3, 4, 2));

    let id = kept["api_key_id"].as_str().unwrap();
    let path = format!(
        "ibmcloud/iam_credentials/secrets/{}",
        kept["id"].as_str().unwrap()
    );
    root.data(
        "POST",
        &format!("{path}/delete_credentials"),
        &json!({ "api_key_id": id }),
        204,
    );
    assert_eq!(cloud.left(), (2, 3, 2));
    root.data("DELETE", &format!("{SERVICES}/deleted"), &Value::Null, 200);
    await_left(&cloud, &daemon, (2, 3, 1));
    daemon.stop().unwrap();

    let daemon = start(data.path(), &cloud.settings(), 11 * MINUTE);
    await_nothing(&cloud, &daemon);
    assert_eq!(cloud.state().wrong, Vec::<String>::new());
    daemon.stop().unwrap();
}

#[test]
fn a_daemon_that_is_killed_leaves_nothing_at_the_issuer() {
    if skip::left_out("faketime") {
        return;
    }
    let cloud = Cloud::start();
    let data = tempfile::tempdir().unwrap();
    let mut daemon = start(data.path(), &cloud.settings(), Duration::ZERO);
    make_roles(&mut connect(&daemon));
    // As many requests as each of them takes: a token, then the rest.
    for (what, requests) in [("grouped", 5), ("static", 3), ("kept", 4), ("service", 2)] {
        for request in 0..requests {
            for carried_out in [false, true] {
                let before = cloud.state().asked;
                cloud.state().cut = Some((request, carried_out));
                let mut client = connect(&daemon);
                let reading = thread::spawn(move || match what {
                    // Nobody gets an answer from a daemon that is killed.
                    "service" => drop(client.ask("POST", SERVICES, &service("events"))),
                    role => drop(client.ask("GET", &format!("{CREDS}/{role}"), &Value::Null)),
                });
                let deadline = Instant::now() + PATIENCE;
                while cloud.state().asked <= before + request {
                    assert!(Instant::now() < deadline, "{what} {request}\n{}", daemon.log());
                    thread::sleep(POLL / 10);
                }
                daemon.kill().unwrap();
                reading.join().unwrap();
                daemon = start(data.path(), &cloud.settings(), Duration::ZERO);
            }
        }
    }
    let (service_ids, api_keys, resource_keys) = cloud.left();
    assert!(
        service_ids > 0 && api_keys > 0 && resource_keys > 0,
        "{:?}",
        cloud.left()
    );
    daemon.kill().unwrap();
    let daemon = start(data.path(), &cloud.settings(), 11 * MINUTE);
    await_nothing(&cloud, &daemon);
    let mut root = connect(&daemon);
    assert!(
        root.ask("GET", &format!("{SERVICES}/events"), &Value::Null)
            .unwrap()
            .status
            == 404
    );
    assert_eq!(cloud.state().wrong, Vec::<String>::new());
    daemon.stop().unwrap();
}

#[test]
fn an_issuer_that_fails_is_told_of_and_asked_again() {
    if skip::left_out("faketime") {
        return;
    }
    let cloud = Cloud::start();
    let data = tempfile::tempdir().unwrap();
    let settings = format!("{}patience = '3s'\n", cloud.settings());
    let daemon = start(data.path(), &settings, Duration::ZERO);
    make_roles(&mut connect(&daemon));
    for (fault, status, words) in [
        (Fault::Refuse, 502, "the account is suspended"),
        (Fault::Garbage, 502, "can't be understood"),
        (Fault::HangUp, 502, "can't be reached"),
        (Fault::Slow, 502, "does not answer"),
    ] {
        cloud.state().fault = Some(fault);
        let reply = connect(&daemon)
            .ask("GET", &format!("{CREDS}/grouped"), &Value::Null)
            .unwrap();
        let said = reply.json()["errors"][0].as_str().unwrap_or_default().to_owned();
        assert!(
            reply.status == status && said.contains(words),
            "{fault:?}: {} {said}",
            reply.status
        );
        cloud.state().fault = None;
        credentials(&mut connect(&daemon), "grouped");
    }
    daemon.stop().unwrap();

    // An issuer that is down when the time is over gets them back when it is up.
    cloud.state().fault = Some(Fault::HangUp);
    let daemon = start(data.path(), &cloud.settings(), 11 * MINUTE);
    daemon
        .await_log("can't take credentials back; trying again later")
        .unwrap();
    assert_ne!(cloud.left(), (0, 0, 0));
    cloud.state().fault = None;
    daemon.stop().unwrap();
    let daemon = start(data.path(), &cloud.settings(), 13 * MINUTE);
    await_nothing(&cloud, &daemon);
    assert_eq!(cloud.state().wrong, Vec::<String>::new());
    daemon.stop().unwrap();
}

/// From an API key to a secret, as long as the API key lives.
#[test]
fn when_the_time_is_over_key_token_and_login_are_refused() {
    if skip::left_out("faketime") {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let settings = format!(
        "[ibm.identity]\nalgorithm = 'ES256'\n[[ibm.role]]\naccess-group = '{GROUP}'\nrole = 'SecretsReader'\n"
    );
    let daemon = start(data.path(), &settings, Duration::ZERO);
    let mut root = connect(&daemon);
    let secret = json!({"name": "database", "payload": "s3cret"});
    root.data("POST", "ibmcloud/arbitrary/secrets", &secret, 200);
    root.data(
        "POST",
        &format!("{ROLES}/app"),
        &json!({"access_groups": [GROUP], "ttl": "60s"}),
        200,
    );
    let read = credentials(&mut root, "app");
    let api_key = read["api_key"].as_str().unwrap();
    let access = token(&daemon, api_key);
    let log_in = |daemon: &Daemon| {
        let mut nobody = Client::connect(daemon, "").unwrap();
        nobody
            .ask("PUT", "auth/ibmcloud/login", &json!({ "token": access }))
            .unwrap()
    };
    let login = log_in(&daemon);
    assert_eq!(login.status, 200, "{}", login.json());
    let client_token = login.json()["auth"]["client_token"].as_str().unwrap().to_owned();
    let read_secret = |daemon: &Daemon| {
        let mut app = Client::connect(daemon, &client_token).unwrap();
        app.ask("GET", "ibmcloud/arbitrary/secrets/database", &Value::Null)
            .unwrap()
    };
    assert_eq!(
        read_secret(&daemon).json()["data"]["secret_data"]["payload"],
        "s3cret"
    );
    daemon.kill().unwrap();

    let daemon = start(data.path(), &settings, 2 * MINUTE);
    daemon.await_log("took credentials back").unwrap();
    assert_eq!(ask(&daemon, api_key).status, 400);
    assert_eq!(log_in(&daemon).status, 400);
    assert_eq!(read_secret(&daemon).status, 403);
    assert_eq!(Iam(data.path()).json(&["service-ids"]), json!([]));
    daemon.stop().unwrap();
}
