//! `casemate serve` as a person starts it: first start, restart, settings, a second daemon, a device that is away.

use casemate_tests::daemon::{Daemon, Launch};
use casemate_tests::http::Connection;
use casemate_tests::kv::{self, Kv};
use casemate_tests::{port, program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `casemate` to its end. What the environment says of settings does not count.
fn casemate(args: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(program::casemate().unwrap())
        .args(args)
        .env_remove("CASEMATE_CONFIG")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn refusal(args: &[&str], environment: &[(&str, &str)]) -> String {
    let output = casemate(args, environment);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn first_start_makes_what_a_restart_finds() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    for secret in ["root-token", "casemate.redb"] {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    let (token, domain) = (daemon.token().to_owned(), daemon.domain().to_owned());
    for told in [
        daemon.base(),
        format!("root token   in {}", data.join("root-token").display()),
    ] {
        daemon.await_log(&told).unwrap();
    }
    assert!(!daemon.log().contains(&token), "the token itself is in the log");
    Kv::connect(&daemon).unwrap().write("a", "kept").unwrap();
    daemon.stop().unwrap();
    assert!(!data.join("address").exists(), "an address where nobody serves");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    assert_eq!(
        (daemon.token(), daemon.domain()),
        (token.as_str(), domain.as_str())
    );
    let read = Kv::connect(&daemon).unwrap().read("a", 0).unwrap();
    assert_eq!(kv::text(&read).as_deref(), Some("kept"));
}

#[test]
fn a_new_data_directory_is_for_its_owner_only() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("new/data");
    // Refused after the directory was made, before anything was started.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let error = refusal(&["--data", data.to_str().unwrap(), "--listen", &listen], &[]);
    assert!(error.contains(&format!("can't listen on {listen}")), "{error}");
    assert_eq!(mode(&data), 0o700);
    assert!(!data.join("device.flash").exists());
}

#[test]
fn a_second_daemon_on_the_same_data_refuses_to_start() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    let path = data.to_str().unwrap();
    let error = refusal(&["serve", "--data", path, "--listen", "127.0.0.1:0"], &[]);
    let sentence = format!("the data directory {path} is in use by another casemate daemon");
    assert!(error.contains(&sentence), "{error}");
    let mut kv = Kv::connect(&daemon).unwrap();
    assert_eq!(kv.write("a", "unharmed").unwrap().status, 200);
    assert_eq!(kv::text(&kv.read("a", 0).unwrap()).as_deref(), Some("unharmed"));
}

/// The daemon has the device and takes its log; whoever asks for it is told at once, and nothing else.
#[test]
fn the_log_of_a_device_that_is_served_is_not_pulled_beside_the_daemon() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let _daemon = Daemon::start(&data, "sim:").unwrap();
    let (path, log) = (data.to_str().unwrap(), directory.path().join("log"));
    let begun = Instant::now();
    let error = refusal(&["audit", "pull", log.to_str().unwrap(), "--data", path], &[]);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("is in use by another casemate daemon"), "{error}");
    let way = format!("`casemate audit verify {path}/audit-….jsonl`");
    assert!(error.contains(&way), "{error}");
    assert!(!log.exists());
}

/// Whatever was done until a clean stop is vouched for, though the head was signed when little had been done.
#[test]
fn the_log_is_signed_up_to_its_end_when_the_daemon_stops() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    let made = casemate(&["domain", "create", "--data", data.to_str().unwrap()], &[]);
    assert!(made.status.success(), "{made:?}");
    daemon.stop().unwrap();
    let report = verified(&data);
    assert!(report["last"].as_u64() > Some(2), "{report}");
    assert_eq!(report["signed"], report["last"], "{report}");
}

/// What the one log in a data directory proves.
fn verified(data: &Path) -> Value {
    let mut logs = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let log = logs
        .find(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .unwrap();
    let output = casemate(&["audit", "verify", log.to_str().unwrap(), "--json"], &[]);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A device that answers no more can't sign, and holds the stop up for some seconds at most.
#[test]
fn a_device_that_hangs_does_not_hold_the_stop_up() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    kill_process(child(daemon.id()), Signal::STOP).unwrap();
    let begun = Instant::now();
    daemon.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let log = fs::read_to_string(data.join("daemon.log")).unwrap();
    assert!(log.contains("is not signed at the end"), "{log}");
}

/// The one child of a process, whichever of its threads has started it.
fn child(process: u32) -> Pid {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap());
    let children: String = children.collect();
    Pid::from_raw(children.trim().parse().unwrap()).unwrap()
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("casemate.toml");
    let config = file.to_str().unwrap();
    let data = directory.path().join("data");
    let data = data.to_str().unwrap();
    for (text, word) in [
        ("lissten = 'x'", "lissten"),
        ("[okms]\npatch = 'maybe'", "maybe"),
        ("x", "casemate.toml"),
    ] {
        fs::write(&file, text).unwrap();
        let error = refusal(&["--config", config, "--data", data], &[]);
        assert!(error.contains(word), "{error}");
    }
    for (args, word) in [
        (["--listen", "0.0.0.0:0"], "--insecure-http"),
        (["--device", "bus:1"], "unknown scheme"),
        (["--config", "/nowhere/casemate.toml"], "/nowhere/casemate.toml"),
        (["--okms-max-version-bytes", "9999999"], "9999999"),
    ] {
        let error = refusal(&[&args[..], &["--data", data]].concat(), &[]);
        assert!(error.contains(word), "{error}");
    }
    assert!(!Path::new(data).exists());
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("casemate.toml");
    fs::write(&file, "[okms]\npatch = 'new-version'\nmax-version-bytes = 30").unwrap();
    let patched = |name: &str, setup: &dyn Fn(&mut Command)| {
        let mut launch = Launch::new(&directory.path().join(name), "sim:").unwrap();
        setup(launch.command().arg("--config").arg(&file));
        let daemon = launch.start().unwrap();
        let mut kv = Kv::connect(&daemon).unwrap();
        kv.write("a", "short").unwrap();
        assert_eq!(kv.write("a", "longer than thirty bytes").unwrap().status, 413);
        let patch = kv.send("PATCH", "secret/data/a", &json!({"data": {"b": 1}}));
        kv::version(&patch.unwrap()).unwrap()
    };
    assert_eq!(patched("file", &|_| {}), 2);
    let environment = |command: &mut Command| {
        command.env("CASEMATE_OKMS_PATCH", "keep-version");
    };
    assert_eq!(patched("environment", &environment), 1);
    let flag = |command: &mut Command| {
        command.env("CASEMATE_OKMS_PATCH", "keep-version");
        command.args(["--okms-patch", "new-version"]);
    };
    assert_eq!(patched("flag", &flag), 2);
}

#[test]
fn domains_are_made_listed_and_destroyed_from_the_command_line() {
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("data");
    let daemon = Daemon::start(&data, "sim:").unwrap();
    let data = [("CASEMATE_DATA", data.to_str().unwrap())];
    let domain = |args: &[&str]| {
        let output = casemate(&[&["domain"], args].concat(), &data);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let made = domain(&["create"]);
    let made = made.trim();
    let mut expected = [made, daemon.domain()];
    expected.sort_unstable();
    assert_eq!(domain(&["list"]).lines().collect::<Vec<_>>(), expected);
    let json =
        |args: &[&str]| -> Value { serde_json::from_str(&domain(&[args, &["--json"]].concat())).unwrap() };
    assert_eq!(json(&["list"]), json!({"keys": expected}));
    let another = json(&["create"])["id"].as_str().unwrap().to_owned();
    assert_eq!(
        json(&["destroy", &another, "--yes"]),
        json!({"destroyed": another})
    );
    let mut kv = Kv::of_domain(&daemon, made).unwrap();
    assert_eq!(kv.write("a", "doomed").unwrap().status, 200);
    let hasty = casemate(&["domain", "destroy", made], &data);
    assert!(
        String::from_utf8_lossy(&hasty.stderr).contains("say --yes"),
        "{hasty:?}"
    );
    assert_eq!(kv.read("a", 0).unwrap().status, 200);
    domain(&["destroy", made, "--yes"]);
    assert_eq!(domain(&["list"]).trim(), daemon.domain());
    assert_eq!(kv.read("a", 0).unwrap().status, 404);
}

/// A process of a test, ended when dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already, which is no fault here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn await_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no {what} after {PATIENCE:?}");
}

#[test]
fn without_its_device_the_daemon_says_so_and_serves_when_it_comes() {
    let directory = TempDir::new().unwrap();
    let (data, log) = (directory.path().join("data"), directory.path().join("log"));
    let device = format!("tcp:127.0.0.1:{}", port::free());
    let mut command = Command::new(program::casemate().unwrap());
    command.env("CASEMATE_TRUST_ON_FIRST_USE", "true");
    command.args(["serve", "--listen", "127.0.0.1:0", "--device", &device, "--data"]);
    command
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap());
    let _daemon = Ended(command.spawn().unwrap());
    let address = await_some("address in the log", || {
        let log = fs::read_to_string(&log).unwrap();
        let (_, rest) = log.split_once("address=")?;
        rest.split_once(char::is_whitespace)
            .map(|(address, _)| address.to_owned())
    });
    let ask = |path: &str| {
        let reply = Connection::open(&address)
            .unwrap()
            .request("GET", path, "X-Vault-Token: x\r\n", b"");
        reply.unwrap()
    };
    let refused = ask("/v1/secret/data/a");
    assert_eq!(refused.status, 503);
    assert_eq!(
        refused.json()["errors"][0],
        "casemate is starting; see its log if this lasts"
    );
    assert!(refused.json()["error_code"].is_i64());
    assert_eq!(ask("/v1/sys/health").status, 503);
    await_some("complaint in the log", || {
        fs::read_to_string(&log)
            .unwrap()
            .contains("can't finish starting")
            .then_some(())
    });
    assert!(!data.join("address").exists());
    let mut simulator = Command::new(program::casemate().unwrap());
    simulator
        .arg("sim")
        .arg("--flash")
        .arg(directory.path().join("flash"))
        .arg("--link")
        .arg(&device);
    let _simulator = Ended(simulator.stdout(Stdio::null()).spawn().unwrap());
    await_some("address in the data directory", || {
        fs::read_to_string(data.join("address")).ok()
    });
    let token = fs::read_to_string(data.join("root-token")).unwrap();
    let headers = format!("X-Vault-Token: {}\r\n", token.trim());
    let mut connection = Connection::open(&address).unwrap();
    let body = json!({"data": {"k": "v"}}).to_string();
    let written = connection
        .request("POST", "/v1/secret/data/a", &headers, body.as_bytes())
        .unwrap();
    assert_eq!(
        (written.status, &written.json()["data"]["version"]),
        (200, &Value::from(1))
    );
}
