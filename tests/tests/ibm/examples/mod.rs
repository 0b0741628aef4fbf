//! The curls of IBM's documentation, run with `curl` as they are written there but for the host, and their answers
//! compared with those that it shows.

mod alike;
mod cases;

use crate::client::{Client, start_with};
use crate::cloud::Cloud;
use crate::provider::{Iam, token};
use alike::differences;
use casemate_tests::daemon::Daemon;
use casemate_tests::desk::Desk;
use casemate_tests::openssl::OpenSsl;
use cases::{Case, Examples, replaced};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;

const HOST: &str = "https://{instance_id}.{region}.secrets-manager.appdomain.cloud";

/// What placeholders stand for, and a daemon to ask.
struct Session<'d> {
    daemon: &'d Daemon,
    manager: Client,
    values: BTreeMap<String, String>,
}

impl<'d> Session<'d> {
    fn new(daemon: &'d Daemon, iam: &Iam) -> Self {
        let reader = token(daemon, &iam.api_key("secrets-manager-test-reader", "Reader"));
        let manager = token(daemon, &iam.api_key("secrets-manager-test-manager", "Manager"));
        let mut nobody = Client::connect(daemon, "").unwrap();
        let reply = nobody
            .ask("PUT", "auth/ibmcloud/login", &json!({ "token": manager }))
            .unwrap();
        let manager = reply.json()["auth"]["client_token"].as_str().unwrap().to_owned();
        let (certificate, private_key, intermediate) = OpenSsl::default().certificate(SUBJECT);
        let escaped = |pem: String| pem.replace('\n', "\\n");
        let values = [
            ("IAM_token", reader),
            ("Vault-Token", manager.clone()),
            ("certificate", escaped(certificate)),
            ("private_key", escaped(private_key)),
            ("intermediate", escaped(intermediate)),
        ];
        Self {
            daemon,
            manager: Client::connect(daemon, &manager).unwrap(),
            values: values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }

    /// Runs a case; answers what is wrong with it.
    fn run(&mut self, case: &Case, examples: &Examples) -> Vec<String> {
        for request in &case.before {
            let body = request
                .body
                .as_deref()
                .map(|body| serde_json::from_str(body).unwrap());
            let (method, path) = (&request.method, self.saved(&request.path));
            let data = self.manager.data(method, &path, &body.unwrap_or_default(), 200);
            if let Some((name, pointer)) = request.save.as_deref().and_then(|save| save.split_once('=')) {
                self.keep(name, &json!({ "data": data }), pointer);
            }
        }
        let (status, answer) = self.curl(case);
        for (name, pointer) in &case.save {
            self.keep(name, &answer, pointer);
        }
        if status != case.status {
            return vec![format!("status {status}: {answer}")];
        }
        match &case.answer {
            Some(name) => differences(&answer, &self.expected(case, &examples.answer[name])),
            None if answer.is_null() => Vec::new(),
            None => vec![format!("no body was expected: {answer}")],
        }
    }

    /// Sends the request with `curl`, through a shell, as a reader of the documentation does.
    fn curl(&self, case: &Case) -> (u16, Value) {
        let command =
            replaced(&case.curl, &case.mends).replace(HOST, &format!("http://{}", self.daemon.address()));
        let bound = case
            .bind
            .iter()
            .map(|(name, value)| (name.as_str(), self.saved(value)));
        let known = self
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        let command = bound.chain(known).fold(command, |command, (name, value)| {
            command.replace(&format!("{{{name}}}"), &value)
        });
        let script = format!("{} -sS -w '\\n%{{http_code}}'", command.trim_end());
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{script}\n{said}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (
            status.parse().unwrap(),
            serde_json::from_str(body).unwrap_or_default(),
        )
    }

    fn expected(&self, case: &Case, example: &str) -> Value {
        let text = replaced(example, &case.corrections);
        let text = self.values.iter().fold(text, |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        });
        serde_json::from_str(&text).unwrap()
    }

    fn keep(&mut self, name: &str, answer: &Value, pointer: &str) {
        let value = answer.pointer(pointer).and_then(Value::as_str);
        let value = value.unwrap_or_else(|| panic!("{pointer} in {answer}"));
        self.values.insert(format!("${name}"), value.to_owned());
    }

    /// A text with what was saved in it, the longest names first.
    fn saved(&self, text: &str) -> String {
        let mut saved: Vec<_> = self
            .values
            .iter()
            .filter(|(name, _)| name.starts_with('$'))
            .collect();
        saved.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        saved
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(*name, value))
    }
}

/// Shown in IBM's example as `US Texas Austin Example Corp. Example Org example.com`.
const SUBJECT: &str = "/C=US/ST=Texas/L=Austin/O=Example Corp./OU=Example Org/CN=example.com";

#[test]
fn every_example_of_the_documentation() {
    let examples = Examples::read();
    assert_eq!(examples.case.len(), 85);
    let (desk, cloud) = (Desk::blank(), Cloud::start());
    desk.text(&["device", "key", "policy", "any"]);
    let directory = desk.path("data");
    // Not RSA, which takes its time in an unoptimised build.
    let identity = "[ibm.identity]\nalgorithm = 'ES256'\n";
    // Nobody answers there: an order waits.
    let authority = "[[ibm.acme]]\ntype = 'letsencrypt-stage'\ndirectory = 'https://127.0.0.1:9/directory'\n";
    let daemon = start_with(&directory, &format!("{}{identity}{authority}", cloud.settings()));
    let mut session = Session::new(&daemon, &Iam(&directory));
    let mut wrong = Vec::new();
    for case in &examples.case {
        let faults = session.run(case, &examples);
        if !faults.is_empty() {
            wrong.push(format!("{}:\n  {}", case.title, faults.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cloud.state().wrong, Vec::<String>::new());
    daemon.stop().unwrap();
}
