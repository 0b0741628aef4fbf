//! Somebody on the line: who listens learns nothing, who replays, forges or pretends is refused, and told apart.

use casemate::hsm::device::{Connector, DeviceHsm, Trust, fingerprint, identify};
use casemate::hsm::{Address, ErrorKind, Hsm};
use casemate_common::command::{PinLimits, Role, Roles};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME};
use casemate_common::link::{FrameKind, HEADER_LEN, Header, encode};
use casemate_common::session::Plain;
use casemate_sim::in_process;
use casemate_tests::chaos::{Recording, Tap};
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

const KEYRING: KeyringId = KeyringId::new(*b"a keyring's name");
const CONTEXT: &[u8] = b"the place where a secret stands";
const PLAINTEXT: &[u8] = b"the plaintext of a secret, which nobody on the line may learn";
const PIN: &str = "an officer's PIN 4711";
const NEXT_PIN: &str = "the officer's next PIN";

/// A device on this flash.
fn device(flash: &Path) -> UnixStream {
    let link = in_process(flash).unwrap().link;
    link.set_nonblocking(true).unwrap();
    UnixStream::from_std(link).unwrap()
}

fn connector(address: Address, trust: Trust) -> Connector {
    Connector {
        address,
        sim_flash: "none".into(),
        sim_program: "none".into(),
        trust,
    }
}

/// A host that has paired with the device and been made its officer, and everything that was said.
async fn session(directory: &Path, trust: &Trust) -> (Recording, Vec<Vec<u8>>) {
    let tap = Tap::string(directory, device(&directory.join("flash"))).unwrap();
    let hsm = DeviceHsm::connect(connector(tap.address(), trust.clone().on_first_use(0)));
    hsm.initialise(PIN, PinLimits::DEFAULT, "sniffed").await.unwrap();
    hsm.verify_pin(PIN).await.unwrap();
    hsm.change_pin(PIN, NEXT_PIN).await.unwrap();
    hsm.create_keyring(KEYRING).await.unwrap();
    let long: Vec<u8> = PLAINTEXT.iter().copied().cycle().take(20_000).collect();
    for plaintext in [PLAINTEXT, &long] {
        let record = hsm.seal(KEYRING, CONTEXT, plaintext).await.unwrap();
        assert_eq!(
            hsm.open(KEYRING, CONTEXT, &record).await.unwrap().as_slice(),
            plaintext
        );
    }
    let random = hsm.random(32).await.unwrap().to_vec();
    (tap.recording(), vec![random])
}

async fn paired(directory: &Path) -> Trust {
    let trust = Trust::in_memory([7; 32]);
    let path = directory.join("first");
    let listener = UnixListener::bind(&path).unwrap();
    let flash = directory.join("flash");
    let carried = tokio::spawn(async move {
        let mut host = listener.accept().await.unwrap().0;
        tokio::io::copy_bidirectional(&mut host, &mut device(&flash)).await
    });
    let found = identify(&connector(Address::Unix(path), trust.clone()))
        .await
        .unwrap();
    trust.pair(found).unwrap();
    carried.await.unwrap().unwrap();
    trust
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_of_all_traffic_tells_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let trust = paired(directory.path()).await;
    let (recording, random) = session(directory.path(), &trust).await;
    assert!(recording.to_device.len() > 40_000 && recording.from_device.len() > 40_000);
    let flash = std::fs::read(directory.path().join("flash")).unwrap();
    let magic = b"CASEMATE2RT ";
    let root = flash.windows(magic.len()).position(|part| part == magic).unwrap() + 16;
    let mut secrets: Vec<&[u8]> = vec![
        &PLAINTEXT[..16],
        &PLAINTEXT[20..36],
        &CONTEXT[..16],
        KEYRING.as_bytes(),
        PIN.as_bytes(),
        NEXT_PIN.as_bytes(),
        &[7; 32],
        trust.public_key().as_bytes(),
        b"sniffed",
        &flash[root..root + 32],
    ];
    secrets.extend(random.iter().map(|random| &random[..]));
    for secret in secrets {
        assert!(
            !recording.contains(secret),
            "{:?}",
            String::from_utf8_lossy(secret)
        );
    }
    // What is in the clear is found, so that the search is known to work.
    let hello = &Recording::frames(&recording.to_device)[0];
    assert!(recording.contains(&hello[HEADER_LEN..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_session_replayed_to_the_device_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let trust = paired(directory.path()).await;
    let (recording, _) = session(directory.path(), &trust).await;
    let mut link = device(&directory.path().join("flash"));
    // Less than a window, so that the device never waits for it to be taken.
    let replayed = &recording.to_device[..recording.to_device.len().min(20_000)];
    link.write_all(replayed).await.unwrap();
    let mut answered = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(len)) = timeout(Duration::from_secs(2), link.read(&mut buffer)).await
        && len > 0
    {
        answered.extend(&buffer[..len]);
    }
    let kinds: Vec<_> = Recording::frames(&answered)
        .iter()
        .map(|frame| Header::split(frame).unwrap().0.kind)
        .collect();
    assert_eq!(
        kinds,
        [FrameKind::Welcome, FrameKind::Reset],
        "no request was taken"
    );
}

/// A line on which each host's hello is answered by `answer`, from the hello's session number.
fn pretend(path: &Path, answer: impl Fn(u32) -> Vec<u8> + Send + 'static) {
    let listener = UnixListener::bind(path).unwrap();
    tokio::spawn(async move {
        while let Ok((mut host, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let len = host.read(&mut buffer).await.unwrap_or(0);
            if let Some(hello) = Recording::frames(&buffer[..len]).first() {
                let session = Header::split(hello).unwrap().0.session;
                let _ = host.write_all(&answer(session)).await;
                let _ = host.read(&mut buffer).await;
            }
        }
    });
}

/// The frame of a recording, as one of another session.
fn in_session(frame: &[u8], session: u32) -> Vec<u8> {
    let (header, rest) = Header::split(frame).unwrap();
    let payload = &rest[..rest.len() - 4];
    let mut buffer = vec![0; MAX_FRAME];
    buffer[HEADER_LEN..][..payload.len()].copy_from_slice(payload);
    let mut wire = vec![0; MAX_ENCODED_FRAME];
    let header = Header { session, ..header };
    let len = encode(header, payload.len(), &mut Plain, &mut buffer, &mut wire).unwrap();
    wire.truncate(len);
    wire
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_answer_replayed_to_the_host_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let trust = paired(directory.path()).await;
    let (recording, _) = session(directory.path(), &trust).await;
    let welcome = Recording::frames(&recording.from_device)[0].clone();
    let path = directory.path().join("replayed");
    pretend(&path, move |session| in_session(&welcome, session));
    let error = DeviceHsm::connect(connector(Address::Unix(path), trust))
        .info()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("replayed"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_device_is_refused_at_once_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let trust = paired(directory.path()).await;
    let expected = fingerprint(&trust.devices()[0]).to_string();
    let tap = Tap::string(directory.path(), device(&directory.path().join("another"))).unwrap();
    let hsm = DeviceHsm::connect(connector(tap.address(), trust.clone().on_first_use(1)));
    let error = hsm.random(16).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permanent);
    assert!(error.to_string().contains(&expected), "{error}");
    assert!(error.to_string().contains("pretends"), "{error}");
    // It has learnt nothing of who asked.
    let said = Recording::frames(&tap.recording().to_device);
    let kinds: Vec<_> = said
        .iter()
        .map(|frame| Header::split(frame).unwrap().0.kind)
        .collect();
    assert_eq!(kinds, [FrameKind::Hello]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_not_enrolled_may_ask_who_it_is_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let trust = paired(directory.path()).await;
    drop(session(directory.path(), &trust).await);
    let stranger = Trust::in_memory([8; 32]);
    stranger.pair(trust.devices()[0]).unwrap();
    std::fs::remove_file(directory.path().join("tap")).unwrap();
    let tap = Tap::string(directory.path(), device(&directory.path().join("flash"))).unwrap();
    let hsm = DeviceHsm::connect(connector(tap.address(), stranger.on_first_use(0)));
    let roles = hsm.device_status().await.unwrap().roles;
    assert_eq!(roles, Roles::of(&[Role::Guest]));
    let error = hsm.random(16).await.unwrap_err();
    assert!(error.to_string().contains("does not allow this host"), "{error}");
}
