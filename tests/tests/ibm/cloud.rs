//! IBM's IAM and resource controller from outside, as far as credentials are issued there: a stand-in that takes only
//! requests which are what IBM documents, header by header and member by member, and that can be down, slow or odd.

use casemate_tests::stand_in::{Answer, Asked, StandIn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) const ACCOUNT: &str = "a5ebf2570dcaedf18d7ed78e216c263a";
/// What `config/root` is set to.
pub(crate) const API_KEY: &str = "the-key";
/// A service id that is there already, and its IAM identifier.
pub(crate) const STATIC: &str = "ServiceId-static";
const FORM: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant%2Dtype%3Aapikey&apikey=the%2Dkey";
const DESCRIPTION: &str = "Issued by Casemate for an iam_credentials secret; ends with its lease.";

/// What the services do instead of their work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Garbage,
    HangUp,
    Refuse,
    Slow,
}

/// All that is at IBM.
#[derive(Default)]
pub(crate) struct State {
    /// By identifier: the name.
    pub(crate) service_ids: BTreeMap<String, String>,
    /// By identifier: the whole key.
    pub(crate) api_keys: BTreeMap<String, Value>,
    /// By identifier: the whole key.
    pub(crate) resource_keys: BTreeMap<String, Value>,
    /// Access groups by members.
    pub(crate) members: Vec<(String, String)>,
    /// Requests that IBM would not take.
    pub(crate) wrong: Vec<String>,
    pub(crate) fault: Option<Fault>,
    /// The number of the request from now that is left without an answer, and whether it is carried out.
    pub(crate) cut: Option<(usize, bool)>,
    /// How many requests came.
    pub(crate) asked: usize,
    made: usize,
}

/// The services.
pub(crate) struct Cloud {
    server: StandIn,
    state: Arc<Mutex<State>>,
}

impl Cloud {
    pub(crate) fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let own = state.clone();
        let server = StandIn::start(move |asked| answer(&own, asked));
        Self { server, state }
    }

    /// Settings that name them.
    pub(crate) fn settings(&self) -> String {
        let url = self.server.url();
        format!("[ibm]\naccount = '{ACCOUNT}'\niam = '{url}'\nresource-controller = '{url}/'\n")
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// How many credentials there are.
    pub(crate) fn left(&self) -> (usize, usize, usize) {
        let state = self.state();
        (
            state.service_ids.len(),
            state.api_keys.len(),
            state.resource_keys.len(),
        )
    }
}

fn answer(state: &Mutex<State>, asked: &Asked) -> Answer {
    let mut state = state.lock().unwrap();
    state.asked += 1;
    match state.fault {
        Some(Fault::Garbage) => return Answer::Text("<html>".into()),
        Some(Fault::HangUp) => return Answer::HangUp,
        Some(Fault::Refuse) => {
            let body = json!({"errors": [{"code": "forbidden", "message": "the account is suspended"}]});
            return Answer::Json(403, body);
        }
        Some(Fault::Slow) => return Answer::Silence,
        None => {}
    }
    if let Some((left, carried_out)) = state.cut {
        if left == 0 {
            if carried_out {
                state.work(asked);
            }
            state.cut = None;
            return Answer::Silence;
        }
        state.cut = Some((left - 1, carried_out));
    }
    state.work(asked).unwrap_or_else(|| {
        state.wrong.push(format!("{asked:?}"));
        Answer::Json(400, json!({"message": "no such request"}))
    })
}

fn has(asked: &Asked, headers: &[(&str, &str)]) -> bool {
    headers
        .iter()
        .all(|(name, value)| asked.header(name) == Some(*value))
}

impl State {
    /// The answer; `None` for a request that IBM would not take.
    fn work(&mut self, asked: &Asked) -> Option<Answer> {
        let accept = ("accept", "application/json");
        if asked.target == "/identity/token" {
            let form = ("content-type", "application/x-www-form-urlencoded");
            let good = asked.method == "POST" && has(asked, &[accept, form]) && asked.body == FORM.as_bytes();
            let token = json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600});
            return good.then_some(Answer::Json(200, token));
        }
        if !has(asked, &[accept, ("authorization", "Bearer the-token")]) {
            return None;
        }
        if !asked.body.is_empty() && !has(asked, &[("content-type", "application/json")]) {
            return None;
        }
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let path = path.replace("%2D", "-");
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let (status, body) = match (asked.method.as_str(), parts.as_slice()) {
            ("POST", ["v1", "serviceids"]) => (201, self.make_service_id(&asked.json())?),
            ("GET", ["v1", "serviceids"]) => (200, self.find_service_ids(query)?),
            ("GET", ["v1", "serviceids", STATIC]) => {
                (200, json!({"id": STATIC, "iam_id": format!("iam-{STATIC}")}))
            }
            ("DELETE", ["v1", "serviceids", id]) => (self.remove_service_id(id), Value::Null),
            ("PUT", ["v2", "groups", group, "members"]) => (207, self.join(group, &asked.json())?),
            ("POST", ["v1", "apikeys"]) => (201, self.make_api_key(&asked.json())?),
            ("GET", ["v1", "apikeys"]) => (200, self.find_api_keys(query)?),
            ("DELETE", ["v1", "apikeys", id]) => (gone(&self.api_keys.remove(*id)), Value::Null),
            ("POST", ["v2", "resource_keys"]) => (201, self.make_resource_key(&asked.json())?),
            ("GET", ["v2", "resource_keys"]) => (200, self.find_resource_keys(query)?),
            ("DELETE", ["v2", "resource_keys", id]) => (gone(&self.resource_keys.remove(*id)), Value::Null),
            _ => return None,
        };
        Some(Answer::Json(status, body))
    }

    fn next(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}-{}", self.made)
    }

    fn make_service_id(&mut self, new: &Value) -> Option<Value> {
        let name = new["name"].as_str()?.to_owned();
        if *new != json!({"account_id": ACCOUNT, "name": name, "description": DESCRIPTION}) {
            return None;
        }
        let id = self.next("ServiceId");
        self.service_ids.insert(id.clone(), name);
        Some(json!({"id": id, "iam_id": format!("iam-{id}")}))
    }

    fn find_service_ids(&self, query: &str) -> Option<Value> {
        let plain = query.replace("%2D", "-");
        let name = plain
            .strip_prefix(&format!("account_id={ACCOUNT}&name="))?
            .strip_suffix("&pagesize=100")?;
        let own = self.service_ids.iter().filter(|(_, own)| *own == name);
        let own: Vec<_> = own.map(|(id, name)| json!({"id": id, "name": name})).collect();
        Some(json!({ "serviceids": own }))
    }

    fn remove_service_id(&mut self, id: &str) -> u16 {
        let iam_id = format!("iam-{id}");
        self.api_keys.retain(|_, key| key["iam_id"] != iam_id.as_str());
        self.members.retain(|(_, member)| *member != iam_id);
        gone(&self.service_ids.remove(id))
    }

    fn join(&mut self, group: &str, new: &Value) -> Option<Value> {
        let iam_id = new["members"][0]["iam_id"].as_str()?.to_owned();
        if *new != json!({"members": [{"iam_id": iam_id, "type": "service"}]}) {
            return None;
        }
        self.members.push((group.to_owned(), iam_id));
        Some(json!({"members": []}))
    }

    fn make_api_key(&mut self, new: &Value) -> Option<Value> {
        let (name, iam_id) = (new["name"].as_str()?, new["iam_id"].as_str()?);
        let wanted =
            json!({"name": name, "description": DESCRIPTION, "iam_id": iam_id, "account_id": ACCOUNT});
        if *new != wanted {
            return None;
        }
        let (id, mut key) = (self.next("ApiKey"), wanted);
        key["id"] = id.as_str().into();
        self.api_keys.insert(id.clone(), key.clone());
        key["apikey"] = format!("secret-of-{id}").into();
        Some(key)
    }

    fn find_api_keys(&self, query: &str) -> Option<Value> {
        let plain = query.replace("%2D", "-");
        let iam_id = plain
            .strip_prefix(&format!("account_id={ACCOUNT}&iam_id="))?
            .strip_suffix("&pagesize=100")?;
        let own = self.api_keys.values().filter(|key| key["iam_id"] == iam_id);
        Some(json!({"apikeys": own.collect::<Vec<_>>()}))
    }

    fn make_resource_key(&mut self, new: &Value) -> Option<Value> {
        let member = |name: &str| new[name].as_str().map(str::to_owned);
        let (name, source, role) = (member("name")?, member("source")?, member("role")?);
        let mut wanted = json!({"name": name, "source": source, "role": role});
        if let Some(parameters) = new.get("parameters") {
            wanted["parameters"] = parameters.clone();
        }
        if *new != wanted {
            return None;
        }
        let id = self.next("key");
        let crn = format!("{}resource-key:{id}", source.trim_end_matches(':'));
        let credentials = json!({
            "apikey": format!("secret-of-{id}"),
            "guid": "f85409e9-1a06-47d5-8320-95ed4e1675cc",
            "iam_apikey_description": format!("Auto-generated for key {crn}"),
            "iam_apikey_id": format!("ApiKey-of-{id}"),
            "iam_apikey_name": name,
            "iam_role_crn": role,
            "iam_serviceid_crn": "crn:v1:bluemix:public:iam-identity::a/a::serviceid:ServiceId-1",
            "instance_id": "f85409e9-1a06-47d5-8320-95ed4e1675cc",
            "plan": "33b50df2-9cd6-4005-a941-bf0a59f0d133",
            "region": "us-south",
        });
        let key = json!({"id": id, "crn": crn, "name": name, "credentials": credentials});
        self.resource_keys.insert(id, key.clone());
        Some(key)
    }

    fn find_resource_keys(&self, query: &str) -> Option<Value> {
        let plain = query.replace("%2D", "-");
        let name = plain.strip_prefix("name=")?;
        let own = self.resource_keys.values().filter(|key| key["name"] == name);
        Some(json!({"resources": own.collect::<Vec<_>>()}))
    }
}

/// No content, or that there is none such.
fn gone<T>(removed: &Option<T>) -> u16 {
    if removed.is_some() { 204 } else { 404 }
}
