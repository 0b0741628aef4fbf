//! What a signature costs in processor time through trait, link, channel and firmware on the simulator, against SoftHSM
//! through PKCS#11, in one run, as ratios, first with all of it on one processor, and then on all there are. Each signature
//! wakes the simulator and then the daemon's side: where that means to wake an idle processor, as on a virtual machine with
//! nothing else to do, it can cost more than the signature, and is charged to whoever wakes it.
//!
//! `cargo build --release && cargo run --release -p casemate-tests --bin bench-sign`.

use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{Address, Hsm, SimOptions, ToSign};
use casemate_common::blob::{KeyType, Template, Usages};
use casemate_common::command::{SignatureHash, SignatureScheme};
use casemate_common::keyring::KeyringId;
use casemate_tests::bench::{cpu, softhsm};
use casemate_tests::softhsm::{PIN, Token};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Failure = Box<dyn Error + Send + Sync>;

const TIME: Duration = Duration::from_millis(300);
/// Times that both are measured in turn, of which the median counts: machines are not equally fast all the time.
const ROUNDS: usize = 15;
/// Requests in flight, as in a daemon under load: what wakes the simulator, and then this side, is shared by them.
const CONCURRENCY: usize = 16;
const KEYRING: KeyringId = KeyringId::new([0xB5; KeyringId::LEN]);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, module] = arguments.as_slice()
        && mode == "softhsm"
    {
        let session = softhsm::log_in(Path::new(module), PIN)?;
        let (p256, rsa) = (
            softhsm::p256_us(&session, TIME)?,
            softhsm::rsa2048_us(&session, TIME)?,
        );
        println!("{p256} {rsa}");
        return Ok(());
    }
    println!("| processors | signature | Casemate on the simulator, CPU µs | SoftHSM, CPU µs | ratio |");
    println!("|---|---|---|---|---|");
    let all = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    one.set(
        (0..CpuSet::MAX_CPU)
            .find(|processor| all.is_set(*processor))
            .ok_or("no processor to run on")?,
    );
    for (name, processors) in [("one", one), ("all", all)] {
        sched_setaffinity(None, &processors)?;
        compare(name)?;
    }
    Ok(())
}

/// Processes inherit what this thread runs on.
fn compare(processors: &str) -> Result<(), Failure> {
    // One thread, as SoftHSM is called from.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let rounds: Vec<_> = (0..ROUNDS)
        .map(|_| Ok([runtime.block_on(casemate_us())?, softhsm_us()?]))
        .collect::<Result<_, Failure>>()?;
    for (place, name) in ["P-256", "RSA-2048, PKCS#1 v1.5"].iter().enumerate() {
        let of_rounds = |figure: fn(f64, f64) -> f64| {
            median(
                rounds
                    .iter()
                    .map(|[ours, theirs]| figure(ours[place], theirs[place])),
            )
        };
        let (ours, theirs) = (of_rounds(|ours, _| ours), of_rounds(|_, theirs| theirs));
        let ratio = of_rounds(|ours, theirs| ours / theirs);
        println!("| {processors} | {name} | {ours:.0} | {theirs:.0} | {ratio:.2} |");
    }
    Ok(())
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// P-256 and RSA-2048, this process and the simulator's together.
async fn casemate_us() -> Result<[f64; 2], Failure> {
    let directory = tempfile::tempdir()?;
    let hsm: Arc<dyn Hsm> = Arc::new(DeviceHsm::connect(Connector {
        address: Address::Sim(SimOptions::default()),
        sim_flash: directory.path().join("flash"),
        sim_program: beside("casemate")?,
        trust: casemate_tests::trust(),
    }));
    hsm.create_keyring(KEYRING).await?;
    let p256 = SignatureScheme::Ecdsa(SignatureHash::Sha256);
    let rsa = SignatureScheme::RsaPkcs1(SignatureHash::Sha256);
    Ok([
        signature_us(&hsm, KeyType::P256, p256).await?,
        signature_us(&hsm, KeyType::Rsa2048, rsa).await?,
    ])
}

async fn signature_us(
    hsm: &Arc<dyn Hsm>,
    key_type: KeyType,
    scheme: SignatureScheme,
) -> Result<f64, Failure> {
    let template = Template::new(key_type, Usages::OF_SIGNERS, false, 0)
        .map_err(|code| format!("a template that is refused: {code:?}"))?;
    let blob: Arc<[u8]> = hsm.generate_key(KEYRING, template, &|_| {}).await?.into();
    let (start, before) = (Instant::now(), cpu::of_tree(std::process::id()));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..CONCURRENCY {
        let (hsm, blob) = (hsm.clone(), blob.clone());
        workers.spawn(async move {
            let mut signatures = 0_u32;
            while start.elapsed() < TIME {
                hsm.sign(KEYRING, &blob, scheme, ToSign::Digest(&[0x5A; 32]))
                    .await?;
                signatures += 1;
            }
            Ok::<_, casemate::hsm::HsmError>(signatures)
        });
    }
    let mut signatures = 0;
    while let Some(done) = workers.join_next().await {
        signatures += done??;
    }
    let used = cpu::of_tree(std::process::id()) - before;
    Ok(used.as_secs_f64() * 1e6 / f64::from(signatures))
}

/// The same in SoftHSM, which reads its configuration from the environment: in a process of its own.
fn softhsm_us() -> Result<[f64; 2], Failure> {
    let directory = tempfile::tempdir()?;
    let token = Token::make(directory.path())?;
    let output = Command::new(std::env::current_exe()?)
        .arg("softhsm")
        .arg(token.module())
        .env("SOFTHSM2_CONF", token.configuration())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    let (p256, rsa) = text
        .trim()
        .split_once(' ')
        .ok_or("SoftHSM's process says nothing")?;
    Ok([p256.parse()?, rsa.parse()?])
}

/// A program that was built beside this one.
fn beside(name: &str) -> Result<std::path::PathBuf, Failure> {
    let own = std::env::current_exe()?;
    Ok(own.parent().ok_or("this program has no folder")?.join(name))
}
