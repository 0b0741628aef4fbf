//! `casemate device info|pair|init|roles|pin|reset|selftest`, as a person uses them, and the codes that commands end with.

use casemate_tests::desk::Desk;
use casemate_tests::{program, softhsm};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a simulator may take to show who it is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another host's key: any 32 bytes will do.
const OTHER_HOST: &str = "1111111111111111111111111111111111111111111111111111111111111111";

#[test]
fn a_simulator_is_in_service_at_once() {
    let desk = Desk::blank();
    let info = desk.json(&["device", "info"]);
    assert_eq!(
        (&info["board"], &info["state"]),
        (&"simulator".into(), &"ready".into())
    );
    assert_eq!(
        info["this_host"],
        serde_json::json!(["officer", "operator", "auditor"])
    );
    assert!(info["debugger"].is_null(), "the simulator is no chip");
    let again = desk.json(&["device", "info"]);
    for fixed in ["device_id", "fingerprint", "signing_key"] {
        assert_eq!(info[fixed], again[fixed], "{fixed}");
    }
    let table = desk.text(&["device", "info"]);
    assert!(table.contains("state             ready"), "{table}");
    assert_eq!(desk.json(&["device", "selftest"])["done"], "tested");
}

#[test]
fn where_there_is_no_pool_no_device_is_forgotten() {
    let desk = Desk::blank();
    let (code, said) = desk.refusal(&["device", "forget", "0042", "--yes"]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("holds no pool") && said.contains("--data"),
        "{said}"
    );
}

#[test]
fn hosts_are_enrolled_listed_and_revoked() {
    let desk = Desk::blank();
    let own = desk.json(&["device", "roles", "key"])["host_key"].clone();
    let enroll = [
        "device",
        "roles",
        "enroll",
        OTHER_HOST,
        "--role",
        "auditor",
        "--name",
        "the auditor",
    ];
    assert_eq!(desk.json(&enroll)["done"], "enrolled");
    let listed = desk.json(&["device", "roles", "list"]);
    let keys: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|host| &host["key"])
        .collect();
    assert!(
        keys.contains(&&own) && keys.contains(&&OTHER_HOST.into()),
        "{listed}"
    );
    let table = desk.text(&["device", "roles", "list"]);
    assert!(table.contains("the auditor"), "{table}");
    desk.text(&["device", "roles", "revoke", OTHER_HOST]);
    let (code, said) = desk.refusal(&["device", "roles", "revoke", OTHER_HOST]);
    assert!(
        code == Some(1) && said.contains("no host with this key"),
        "{said}"
    );
    let own = own.as_str().expect("a key");
    let (code, said) = desk.refusal(&["device", "roles", "revoke", own]);
    assert!(code == Some(1) && said.contains("no officer left"), "{said}");
}

#[test]
fn wrong_pins_count_and_a_changed_one_is_the_right_one() {
    let desk = Desk::blank();
    desk.text(&["device", "pin", "verify"]);
    let tries = |desk: &Desk| desk.json(&["device", "info"])["pin_tries_left"].as_u64();
    let before = tries(&desk).expect("a number");
    desk.write("wrong", b"000000");
    let (code, said) = desk.refusal(&["device", "--pin-file", "wrong", "pin", "verify"]);
    assert!(code == Some(1) && said.contains("the try counts"), "{said}");
    assert_eq!(tries(&desk), Some(before - 1));
    assert!(said.contains(&format!("{} are left", before - 1)), "{said}");
    for wrong in ["short", &"l".repeat(65)] {
        desk.write("new", wrong.as_bytes());
        let (code, said) = desk.refusal(&["device", "pin", "change", "--new-pin-file", "new"]);
        let why = format!(
            "a PIN has 6 to 64 bytes, this one {}: nothing was tried",
            wrong.len()
        );
        assert!(code == Some(1) && said.contains(&why), "{said}");
    }
    desk.write("new", b"a new pin");
    desk.text(&["device", "pin", "change", "--new-pin-file", "new"]);
    assert_eq!(tries(&desk), Some(before));
    assert_eq!(
        desk.json(&["device", "--pin-file", "new", "pin", "verify"])["done"],
        "verified"
    );
    assert!(
        !desk.path("data").join("officer-pin").exists(),
        "the old PIN is worth nothing"
    );
}

#[test]
fn a_device_that_was_reset_is_taken_into_service_again() {
    let desk = Desk::new();
    let before = desk.json(&["device", "info"]);
    assert_eq!(before["keyrings"], 1);
    let (code, said) = desk.refusal(&["device", "reset"]);
    assert!(code == Some(1) && said.contains("--yes"), "{said}");
    assert_eq!(desk.json(&["device", "reset", "--yes"])["done"], "erased");
    let blank = desk.json(&["device", "info"]);
    assert_eq!(
        (&blank["state"], &blank["keyrings"]),
        (&"uninitialised".into(), &0.into())
    );
    assert_eq!(
        blank["fingerprint"], before["fingerprint"],
        "it keeps its identity"
    );
    assert!(before["pin_tries_left"].is_number() && blank["pin_tries_left"].is_null());
    let table = desk.text(&["device", "info"]);
    assert!(!table.contains("pin_tries_left"), "there is no PIN: {table}");
    let init = |pin, tries| desk.refusal(&["device", "--pin-file", pin, "init", "--tries", tries]);
    let (code, said) = init("missing", "8");
    assert!(
        code == Some(1) && said.contains("missing: No such file"),
        "{said}"
    );
    let (code, said) = init("missing", "0");
    assert!(code == Some(2) && said.contains("1..=100"), "{said}");
    desk.write("pin", b"short");
    let (code, said) = desk.refusal(&["device", "--pin-file", "pin", "init"]);
    assert!(
        code == Some(1) && said.contains("6 to 64 bytes, this one 5"),
        "{said}"
    );
    let (code, said) = desk.refusal(&["device", "--pin-file", "pin", "init", "--name", ""]);
    assert!(
        code == Some(2) && said.contains("1 to 32 bytes, this one 0"),
        "{said}"
    );
    desk.write("pin", b"another pin");
    let init = ["device", "--pin-file", "pin", "init", "--name", "desk"];
    assert_eq!(desk.json(&init)["done"], "initialised");
    assert_eq!(desk.json(&["device", "info"])["state"], "ready");
    let (code, said) = desk.refusal(&init);
    assert!(code == Some(1) && said.contains("initialised already"), "{said}");
}

/// The fingerprint that the device shows is the one that the host shows, and no other one is taken.
#[test]
fn a_device_is_paired_by_its_fingerprint() {
    let desk = Desk::blank();
    let mut simulator = Simulator::start(&desk);
    let shown = simulator.fingerprint();
    let wrong = "0000-0000-0000-0000-0000-0000-0000-0000";
    let (code, said) = desk.refusal(&simulator.pair(&["--fingerprint", wrong]));
    assert!(code == Some(1) && said.contains("it is another device"), "{said}");
    let mut simulator = Simulator::start(&desk);
    assert_eq!(simulator.fingerprint(), shown);
    let paired = desk.json(&simulator.pair(&["--fingerprint", &shown]));
    assert_eq!(paired["fingerprint"], shown.as_str());
}

#[test]
fn another_device_is_not_taken_for_the_one_that_is_paired() {
    let desk = Desk::blank();
    desk.json(&["device", "info"]);
    let other = Simulator::start(&desk);
    let (code, said) = desk.refusal(&["device", "--device", &other.address, "info"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is none that this host is paired with"), "{said}");
}

#[test]
fn commands_end_with_the_codes_that_help_lists() {
    let desk = Desk::blank();
    let help = desk.text(&["--help"]);
    assert!(
        help.contains("Exit codes:") && help.contains("trying again may help"),
        "{help}"
    );
    assert_eq!(
        desk.refusal(&["device", "key", "generate", "--type", "des"]).0,
        Some(2)
    );
    assert_eq!(desk.refusal(&["device", "dance"]).0, Some(2));
    let (code, said) = desk.refusal(&["device", "--device", "tcp:127.0.0.1:1", "info"]);
    assert_eq!(code, Some(5), "nothing answers there: {said}");
}

/// Whoever gave a file or a number in the place of another is told which, and what was meant.
#[test]
fn what_is_something_else_is_named() {
    let desk = Desk::blank();
    desk.write("README.md", b"# Casemate");
    let key = "04".repeat(65);
    for (command, code, why) in [
        (
            &["verify-attestation", "README.md", "--key", &key][..],
            1,
            "README.md: this is no attestation, which `casemate device attest --out FILE` writes",
        ),
        (
            &["audit", "verify", "README.md", "--key", "123"],
            2,
            "130 hex digits and begins with 04, this has 3 characters",
        ),
        (
            &["device", "roles", "revoke", "123"],
            2,
            "a host's key has 64 hex digits",
        ),
        (
            &["device", "--data", "README.md", "info"],
            1,
            "README.md is a file, where a data directory has to be; name another with --data",
        ),
        (
            &["audit", "pull", "log", "--device", "pkcs11:/usr/lib/x.so?token=x"],
            1,
            "a PKCS#11 token keeps no audit log",
        ),
    ] {
        let (ended, said) = desk.refusal(command);
        assert!(ended == Some(code) && said.contains(why), "{command:?}: {said}");
    }
}

/// The same commands on a token, which says what it can't.
#[test]
fn a_token_names_what_it_lacks_and_does_the_rest() {
    softhsm::run("a_token_names_what_it_lacks_and_does_the_rest", async |token| {
        let desk = Desk::blank();
        let address = token.address().to_string();
        let on = |rest: &[&str]| {
            [&["device", "--device", address.as_str()], rest]
                .concat()
                .join("\n")
        };
        let run = |rest: &[&str]| desk.json(&on(rest).split('\n').collect::<Vec<_>>());
        let info = run(&["info"]);
        assert_eq!(info["backend"], "pkcs11");
        assert!(
            info["missing"]
                .as_array()
                .is_some_and(|names| names.contains(&"attest_key".into())),
            "{info}"
        );
        let table = desk.text(&on(&["info"]).split('\n').collect::<Vec<_>>());
        let lacks = "cannot            attest keys, keep an export policy, keep an audit log\n";
        assert!(table.contains(lacks) && !table.contains("missing"), "{table}");
        let keyring = run(&["keyring", "create"])["keyring"]
            .as_str()
            .expect("an id")
            .to_owned();
        let made = run(&[
            "key",
            "--keyring",
            &keyring,
            "generate",
            "--type",
            "p-384",
            "--usage",
            "sign",
            "--out",
            "key",
        ]);
        assert_eq!(
            (&made["type"], &made["origin"]),
            (&"p-384".into(), &"generated in the device".into())
        );
        let governed = on(&["pin", "verify"]);
        let (code, said) = desk.refusal(&governed.split('\n').collect::<Vec<_>>());
        assert!(code == Some(1) && said.contains("its vendor's tools"), "{said}");
    });
}

/// A simulator with a console, which serves one host.
struct Simulator {
    process: Child,
    address: String,
}

impl Simulator {
    fn start(desk: &Desk) -> Self {
        let mut process = Command::new(program::casemate().expect("the program"))
            .args(["sim", "--link", "tcp:127.0.0.1:0", "--flash"])
            .arg(desk.path("another.flash"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a simulator");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        Self {
            process,
            address: format!("tcp:{}", line.trim()),
        }
    }

    fn pair<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        [&["device", "--device", &self.address, "pair"], rest].concat()
    }

    /// What it shows on its console, whether a host has come or not.
    fn fingerprint(&mut self) -> String {
        let mut console = BufReader::new(self.process.stderr.take().expect("its console"));
        let (shown, line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            shown.send(console.read_line(&mut line).map(|_| line))
        });
        let line = line
            .recv_timeout(PATIENCE)
            .expect("shown at the start")
            .expect("a line");
        line.trim().rsplit(' ').next().expect("a word").to_owned()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended with its link.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
