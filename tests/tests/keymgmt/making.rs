use crate::keys::ask;
use casemate_tests::daemon::Daemon;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};

/// A simulator built for debugging takes minutes for the largest RSA keys.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn a_key_in_the_making_is_seen_and_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(directory.path(), "sim:").unwrap();
    let in_the_making = || ask(&daemon, "GET", "sys/key-generation", &Value::Null, 200)["keys"].clone();
    assert_eq!(in_the_making(), json!([]));
    thread::scope(|scope| {
        let request = scope.spawn(|| {
            ask(
                &daemon,
                "POST",
                "keymgmt/key/big",
                &json!({"type": "rsa-4096"}),
                204,
            )
        });
        let began = Instant::now();
        let key = loop {
            if let Some(key) = in_the_making().get(0) {
                break key.clone();
            }
            assert!(
                !request.is_finished() && began.elapsed() < PATIENCE,
                "it was never seen"
            );
        };
        assert_eq!(
            (&key["type"], &key["primes_needed"]),
            (&json!("rsa-4096"), &json!(2))
        );
        assert!(key["path"].as_str().unwrap().ends_with("big"), "{key}");
        ask(
            &daemon,
            "POST",
            "keymgmt/key/small",
            &json!({"type": "aes256-gcm96"}),
            204,
        );
        assert!(!request.is_finished(), "the small key waited for the big one");
    });
    assert_eq!(in_the_making(), json!([]));
    ask(&daemon, "GET", "keymgmt/key/big", &Value::Null, 200);
    ask(&daemon, "POST", "sys/key-generation", &Value::Null, 405);
    daemon.stop().unwrap();
}
