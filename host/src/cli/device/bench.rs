//! What seal and open cost on a device, and how well they use its line.

use super::{Failure, Target};
use crate::cli::interrupt;
use crate::hsm::device::{Connector, DeviceHsm, Traffic, Trust};
use crate::hsm::{Address, Hsm, HsmError, SimOptions};
use casemate_common::keyring::KeyringId;
use serde::Serialize;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SIZES: [usize; 4] = [64, 1024, 16 * 1024, 512 * 1024];
const CONTEXT: &[u8] = b"casemate bench";
/// A start and a stop bit around eight data bits.
const BITS_PER_BYTE: f64 = 10.0;

/// `casemate device bench`
#[derive(Debug, clap::Args)]
pub(super) struct BenchArgs {
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
    /// Trust and initialise whatever device answers first: for tests.
    #[arg(long, env = "CASEMATE_TRUST_ON_FIRST_USE", value_parser = clap::builder::FalseyValueParser::new())]
    trust_on_first_use: bool,
}

/// Measures, and answers what to print. A simulator is measured on a flash of its own, which is thrown away.
pub(super) async fn bench(target: &Target, args: &BenchArgs) -> Result<String, Failure> {
    let flash = std::env::temp_dir().join(format!("casemate-bench-{}", std::process::id()));
    interrupt::leaves(format!("a simulator's flash may be left in {}", flash.display()));
    let result = args.measure(target, &flash).await;
    let _ = std::fs::remove_file(&flash); // Absent when the device was not the simulator.
    let rows = result?;
    Ok(if target.json {
        format!("{}\n", serde_json::to_string_pretty(&rows)?)
    } else {
        table(&rows)?
    })
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
    async fn measure(&self, target: &Target, flash: &Path) -> Result<Vec<Row>, Failure> {
        if let Address::Sim(options) = &target.device {
            let hsm = DeviceHsm::connect(Connector {
                address: Address::Sim(SimOptions {
                    bit_rate: self.line_rate.or(options.bit_rate),
                    ..options.clone()
                }),
                sim_flash: flash.to_owned(),
                sim_program: std::env::current_exe()?,
                trust: Trust::in_memory([0xBE; 32]),
            });
            return self.measure_on(hsm).await;
        }
        if self.line_rate.is_some() {
            return Err("--line-rate slows the simulator only".into());
        }
        let (_locked, connector) = target.connector()?;
        let trust = connector.trust.on_first_use(self.trust_on_first_use.into());
        interrupt::leaves(
            "an empty keyring is left on the device: see `casemate device keyring list`, and `destroy` it",
        );
        self.measure_on(DeviceHsm::connect(Connector { trust, ..connector }))
            .await
    }

    async fn measure_on(&self, hsm: DeviceHsm) -> Result<Vec<Row>, Failure> {
        let hsm = Arc::new(hsm);
        let id = hsm.random(KeyringId::LEN).await?;
        let keyring = KeyringId::new(id.as_slice().try_into()?);
        hsm.create_keyring(keyring).await?;
        let rows = self.rows(&hsm, keyring).await;
        hsm.destroy_keyring(keyring).await?;
        Ok(rows?)
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

fn table(rows: &[Row]) -> Result<String, fmt::Error> {
    let mut table = "\
| operation | bytes | op/s | MB/s | overhead B/op | payload, busier direction | line idle |
|---|---|---|---|---|---|---|
"
    .to_owned();
    for row in rows {
        let idle = row
            .idle_share
            .map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        writeln!(
            table,
            "| {} | {} | {:.0} | {:.1} | {:.0} | {:.1} % | {idle} |",
            row.operation,
            row.bytes,
            row.operations_per_second,
            row.megabytes_per_second,
            row.overhead_bytes,
            row.payload_share * 100.0,
        )?;
    }
    Ok(table)
}
