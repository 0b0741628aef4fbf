//! `casemate bench`: what seal and open cost on a device, and how well they use its line.

use crate::config::DEFAULT_DATA;
use crate::hsm::device::{Connector, DeviceHsm, Traffic, Trust};
use crate::hsm::{Address, Hsm, HsmError, SimOptions};
use casemate_common::keyring::KeyringId;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZES: [usize; 4] = [64, 1024, 16 * 1024, 512 * 1024];
const CONTEXT: &[u8] = b"casemate bench";
/// A start and a stop bit around eight data bits.
const BITS_PER_BYTE: f64 = 10.0;

/// Measures seal and open on a device.
#[derive(Debug, clap::Args)]
pub(super) struct BenchArgs {
    /// The device; the simulator on a flash of its own by default.
    #[arg(long, default_value = "sim:")]
    device: Address,
    /// Slows the simulator's link to this many bits a second and reports the line's use, for 16 KiB and up.
    #[arg(long)]
    line_rate: Option<u32>,
    /// Seconds for each row.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Only this size of plaintext, in bytes.
    #[arg(long)]
    size: Option<usize>,
    /// Requests in flight.
    #[arg(long, default_value_t = 4)]
    concurrency: usize,
    /// Where this host's key and the trusted devices are, for anything but the simulator.
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA", default_value = DEFAULT_DATA)]
    data: std::path::PathBuf,
    /// Trust and initialise whatever device answers first: for tests.
    #[arg(long, env = "CASEMATE_TRUST_ON_FIRST_USE", value_parser = clap::builder::FalseyValueParser::new())]
    trust_on_first_use: bool,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the benchmark and prints its table.
///
/// # Errors
/// What the device answers, or why it can't be reached.
pub(super) fn run(args: BenchArgs) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(args.print())
}

/// One row of the result.
#[derive(Debug, Serialize)]
struct Row {
    operation: &'static str,
    bytes: usize,
    operations_per_second: f64,
    megabytes_per_second: f64,
    /// Link bytes for one operation, both directions, beyond the plaintext in and the record out (or the reverse).
    overhead_bytes: f64,
    /// Plaintext in the busier direction, of all its bytes.
    payload_share: f64,
    /// Time in which the busier direction carried nothing; only with a line rate.
    idle_share: Option<f64>,
}

impl BenchArgs {
    async fn print(self) -> Result<(), Failure> {
        let flash = std::env::temp_dir().join(format!("casemate-bench-{}", std::process::id()));
        let result = self.measure_on(&flash).await;
        let _ = std::fs::remove_file(&flash); // Absent when the device was not the simulator.
        let rows = result?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&rows)?);
        } else {
            print_table(&rows);
        }
        Ok(())
    }

    async fn measure_on(&self, flash: &std::path::Path) -> Result<Vec<Row>, Failure> {
        let connector = Connector {
            address: self.address()?,
            sim_flash: flash.to_owned(),
            sim_program: std::env::current_exe()?,
            trust: self.trust()?,
        };
        let hsm = Arc::new(DeviceHsm::connect(connector));
        let id = hsm.random(KeyringId::LEN).await?;
        let keyring = KeyringId::new(id.as_slice().try_into()?);
        hsm.create_keyring(keyring).await?;
        let rows = self.rows(&hsm, keyring).await;
        hsm.destroy_keyring(keyring).await?;
        Ok(rows?)
    }

    /// A simulator is new each time and thrown away; any other device has to be paired with the data directory's host.
    fn trust(&self) -> std::io::Result<Trust> {
        match &self.device {
            Address::Sim(_) => Ok(Trust::in_memory([0xBE; 32])),
            _ => Ok(Trust::open(&self.data)?.on_first_use(self.trust_on_first_use.into())),
        }
    }

    fn address(&self) -> Result<Address, Failure> {
        match (&self.device, self.line_rate) {
            (Address::Pkcs11(_), _) => Err("bench measures devices; a PKCS#11 token has no link".into()),
            (Address::Sim(options), Some(rate)) => Ok(Address::Sim(SimOptions {
                bit_rate: Some(rate),
                ..options.clone()
            })),
            (_, Some(_)) => Err("--line-rate slows the simulator only".into()),
            (other, None) => Ok(other.clone()),
        }
    }

    fn sizes(&self) -> Vec<usize> {
        let smallest = if self.line_rate.is_some() { 16 * 1024 } else { 0 };
        self.size.map_or_else(
            || SIZES.into_iter().filter(|&bytes| bytes >= smallest).collect(),
            |bytes| vec![bytes],
        )
    }

    async fn rows(&self, hsm: &Arc<DeviceHsm>, keyring: KeyringId) -> Result<Vec<Row>, HsmError> {
        let mut rows = Vec::new();
        for bytes in self.sizes() {
            let plaintext: Arc<[u8]> = vec![0x5a; bytes].into();
            let record: Arc<[u8]> = hsm.seal(keyring, CONTEXT, &plaintext).await?.into();
            let sizes = (plaintext.len(), record.len());
            let seal = self.row("seal", sizes, hsm, |hsm| {
                let plaintext = plaintext.clone();
                async move { hsm.seal(keyring, CONTEXT, &plaintext).await.map(drop) }
            });
            rows.push(seal.await?);
            let open = self.row("open", sizes, hsm, |hsm| {
                let record = record.clone();
                async move { hsm.open(keyring, CONTEXT, &record).await.map(drop) }
            });
            rows.push(open.await?);
        }
        Ok(rows)
    }

    async fn row<F, O>(
        &self,
        operation: &'static str,
        (plaintext, record): (usize, usize),
        hsm: &Arc<DeviceHsm>,
        once: F,
    ) -> Result<Row, HsmError>
    where
        F: Fn(Arc<DeviceHsm>) -> O,
        O: Future<Output = Result<(), HsmError>> + Send + 'static,
    {
        let before = hsm.traffic();
        let start = Instant::now();
        let operations = self.repeat(hsm, once).await? as f64;
        let elapsed = start.elapsed().as_secs_f64();
        let Traffic { sent, received } = hsm.traffic().since(before);
        let busier = sent.max(received) as f64;
        Ok(Row {
            operation,
            bytes: plaintext,
            operations_per_second: operations / elapsed,
            megabytes_per_second: operations * plaintext as f64 / elapsed / 1e6,
            overhead_bytes: (sent + received) as f64 / operations - (plaintext + record) as f64,
            payload_share: operations * plaintext as f64 / busier,
            idle_share: self
                .line_rate
                .map(|rate| 1.0 - busier * BITS_PER_BYTE / f64::from(rate) / elapsed),
        })
    }

    /// Keeps `concurrency` requests in flight until the time is up, and counts.
    async fn repeat<F, O>(&self, hsm: &Arc<DeviceHsm>, once: F) -> Result<u64, HsmError>
    where
        F: Fn(Arc<DeviceHsm>) -> O,
        O: Future<Output = Result<(), HsmError>> + Send + 'static,
    {
        let end = Instant::now() + Duration::from_secs_f64(self.seconds.max(0.1));
        let mut running = tokio::task::JoinSet::new();
        let mut done = 0;
        for _ in 0..self.concurrency.max(1) {
            running.spawn(once(hsm.clone()));
        }
        while let Some(finished) = running.join_next().await {
            finished
                .map_err(|error| HsmError::new(crate::hsm::ErrorKind::Permanent, error.to_string()))??;
            done += 1;
            if Instant::now() < end {
                running.spawn(once(hsm.clone()));
            }
        }
        Ok(done)
    }
}

fn print_table(rows: &[Row]) {
    println!("| operation | bytes | op/s | MB/s | overhead B/op | payload, busier direction | line idle |");
    println!("|---|---|---|---|---|---|---|");
    for row in rows {
        let idle = row
            .idle_share
            .map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        println!(
            "| {} | {} | {:.0} | {:.1} | {:.0} | {:.1} % | {idle} |",
            row.operation,
            row.bytes,
            row.operations_per_second,
            row.megabytes_per_second,
            row.overhead_bytes,
            row.payload_share * 100.0,
        );
    }
}
