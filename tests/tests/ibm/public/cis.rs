//! Records that Casemate makes in IBM Cloud Internet Services: a stand-in for it and for IAM checks every request, and
//! makes the records in the name server that pebble asks.

use super::{Orders, PATIENCE, POLL, PROVIDERS, is_active};
use casemate_tests::pebble::Pebble;
use casemate_tests::skip;
use casemate_tests::stand_in::{Answer, Asked, StandIn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

const CRN: &str = "crn:v1:bluemix:public:internet-svcs:global:a/abc:1234::";
const CRN_IN_PATHS: &str = "crn%3Av1%3Abluemix%3Apublic%3Ainternet%2Dsvcs%3Aglobal%3Aa%2Fabc%3A1234%3A%3A";
const FORM: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant%2Dtype%3Aapikey&apikey=the%2Dkey";

/// What a service does instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Garbage,
    HangUp,
    Refuse,
}

/// The service's side.
#[derive(Default)]
struct Service {
    /// Records by their identifiers.
    records: BTreeMap<String, Value>,
    made: usize,
    removed: usize,
    /// Requests that are not as they should be.
    wrong: Vec<String>,
    fault: Option<Fault>,
}

impl Service {
    fn answer(&mut self, asked: &Asked, management: u16) -> Answer {
        match self.fault {
            Some(Fault::Garbage) => return Answer::Text("<html>".into()),
            Some(Fault::HangUp) => return Answer::HangUp,
            Some(Fault::Refuse) => {
                let body = json!({"success": false, "errors": [{"code": 10000, "message": "no access to this instance"}]});
                return Answer::Json(403, body);
            }
            None => {}
        }
        self.work(asked, management).unwrap_or_else(|| {
            self.wrong.push(format!("{asked:?}"));
            Answer::Json(400, Value::Null)
        })
    }

    /// The answer; `None` for a request that is not as it should be.
    fn work(&mut self, asked: &Asked, management: u16) -> Option<Answer> {
        if asked.target == "/identity/token" {
            let form = asked.header("content-type") == Some("application/x-www-form-urlencoded");
            let good = asked.method == "POST" && form && asked.body == FORM.as_bytes();
            return good
                .then(|| Answer::Json(200, json!({"access_token": "the-token", "token_type": "Bearer"})));
        }
        if asked.header("authorization") != Some("Bearer the-token")
            || asked.header("accept") != Some("application/json")
        {
            return None;
        }
        let rest = asked.target.strip_prefix(&format!("/v1/{CRN_IN_PATHS}/zones"))?;
        let result = match (asked.method.as_str(), rest) {
            ("GET", "?page=1&per_page=50") => {
                json!([{"id": "z1", "name": "example.com"}, {"id": "z2", "name": "example.net"}])
            }
            ("GET", rest) => self.found(rest.strip_prefix("/z")?.split_once("/dns_records?")?.1)?,
            ("POST", "/z1/dns_records" | "/z2/dns_records") => self.make(asked, management)?,
            ("DELETE", rest) => {
                let id = rest.strip_prefix("/z")?.split_once("/dns_records/")?.1;
                self.records.remove(id)?;
                self.removed += 1;
                json!({ "id": id })
            }
            _ => return None,
        };
        Some(Answer::Json(
            200,
            json!({"success": true, "errors": [], "messages": [], "result": result}),
        ))
    }

    fn found(&self, query: &str) -> Option<Value> {
        let plain = query.replace("%2E", ".").replace("%5F", "_").replace("%2D", "-");
        let rest = plain.strip_prefix("type=TXT&name=")?.strip_suffix("&match=all")?;
        let (name, content) = rest.split_once("&content=")?;
        let own = self
            .records
            .values()
            .filter(|record| record["name"] == name && record["content"] == content);
        Some(own.cloned().collect())
    }

    fn make(&mut self, asked: &Asked, management: u16) -> Option<Value> {
        let mut record = asked.json();
        let (name, value) = (
            record["name"].as_str()?.to_owned(),
            record["content"].as_str()?.to_owned(),
        );
        let wanted = json!({"type": "TXT", "name": name, "content": value, "ttl": 120});
        if record != wanted || asked.header("content-type") != Some("application/json") {
            return None;
        }
        Pebble::set_txt_at(management, &name, &value);
        self.made += 1;
        let id = format!("r{}", self.made);
        record["id"] = id.as_str().into();
        self.records.insert(id, record.clone());
        Some(record)
    }
}

fn serve(pebble: &Pebble) -> (StandIn, Arc<Mutex<Service>>) {
    let service = Arc::new(Mutex::new(Service::default()));
    let (own, management) = (service.clone(), pebble.management());
    let server = StandIn::start(move |asked| own.lock().unwrap().answer(asked, management));
    (server, service)
}

fn body(more: &Value) -> Value {
    let mut config = json!({"cis_crn": CRN, "propagation": "0s"});
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"name": "cis", "type": "cis", "config": config})
}

#[test]
fn internet_services_get_records_and_lose_them() {
    if skip::left_out("pebble") || skip::left_out("openssl") {
        return;
    }
    let pebble = Pebble::start(0, 90);
    let (server, service) = serve(&pebble);
    let url = server.url();
    let directory = pebble.url();
    let settings = format!("[ibm]\niam = '{url}'\ninternet-services = '{url}'\n");
    let mut orders = Orders::at(pebble, &directory, &settings);
    let made = orders
        .client
        .data("PUT", PROVIDERS, &body(&json!({"cis_apikey": "the-key"})), 200);
    assert!(!made.to_string().contains("the-key"), "{made}");
    assert_eq!(
        (&made["type"], &made["config"]["cis_crn"]),
        (&json!("cis"), &json!(CRN))
    );
    orders.order("wild", &json!({"dns": "cis"}));
    let shown = orders.once("wild", |shown| shown["issuance_info"]["state"] != 0);
    assert!(
        is_active(&shown),
        "{shown:#}\n{:?}",
        service.lock().unwrap().wrong
    );
    let deadline = Instant::now() + PATIENCE;
    while !service.lock().unwrap().records.is_empty() {
        assert!(Instant::now() < deadline, "{}", orders.log());
        std::thread::sleep(POLL);
    }
    let counts = |service: &Mutex<Service>| {
        let service = service.lock().unwrap();
        (service.made, service.removed, service.wrong.clone())
    };
    assert_eq!(counts(&service), (3, 3, Vec::new()));

    // What it refuses, it says itself; what passes, passes.
    service.lock().unwrap().fault = Some(Fault::Refuse);
    let named =
        |name: &str| json!({"dns": "cis", "common_name": format!("{name}.example.com"), "alt_names": []});
    orders.order("refused", &named("refused"));
    let refused = orders.once("refused", |shown| shown["issuance_info"]["state"] != 0);
    let message = refused["issuance_info"]["error_message"].as_str().unwrap();
    assert!(message.contains("no access to this instance"), "{message}");
    for (name, fault) in [("garbage", Fault::Garbage), ("down", Fault::HangUp)] {
        service.lock().unwrap().fault = Some(fault);
        orders.order(name, &named(name));
        orders.once(name, |shown| shown["issuance_info"]["challenges"].is_array());
        let daemon = orders.daemon.as_ref().unwrap();
        daemon.await_log("a step of an order failed").unwrap();
        service.lock().unwrap().fault = None;
        let shown = orders.once(name, |shown| shown["issuance_info"]["state"] != 0);
        assert!(is_active(&shown), "{shown:#}");
    }
    // Without a key of its own it is asked with that of the issuers.
    let root = json!({"api_key": "the-key"});
    orders
        .client
        .data("PUT", "ibmcloud/iam_credentials/config/root", &root, 200);
    let mut other = body(&json!({}));
    other["name"] = "other".into();
    let made = orders.client.data("PUT", PROVIDERS, &other, 200);
    assert_eq!(made["config"]["cis_apikey"], Value::Null, "{made}");
    orders.order(
        "shared",
        &json!({"dns": "other", "common_name": "shared.example.com", "alt_names": []}),
    );
    orders.once("shared", is_active);
    assert_eq!(counts(&service).2, Vec::<String>::new());
    orders.daemon.take().unwrap().stop().unwrap();
}
