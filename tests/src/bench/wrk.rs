//! Runs `wrk` (Debian package wrk) and reads what it says.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// What to send.
#[derive(Debug, Clone)]
pub struct Load<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Body of each request; empty for none.
    pub body: &'a str,
    /// Secrets that requests are spread over, `PREFIX/0` to `PREFIX/keys-1`.
    pub keys: u32,
    /// Path before the key's number.
    pub prefix: &'a str,
    /// Token of the requests.
    pub token: &'a str,
    /// Connections, each with one request in flight.
    pub connections: u32,
    /// How long.
    pub seconds: u32,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Answers.
    pub requests: u64,
    /// Answers a second.
    pub rate: f64,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// Answers that were not 2xx, and socket errors.
    pub bad: u64,
}

/// Refuses to go on where wrk is missing, before anything long begins.
///
/// # Errors
/// It is; the error says how to get it.
pub fn check() -> io::Result<()> {
    // What it answers, and its exit code, say nothing: it knows no option that does nothing.
    let asked = Command::new("wrk").arg("--version").output();
    asked.map(drop).map_err(|error| missing(&error))
}

fn missing(error: &io::Error) -> io::Error {
    io::Error::other(format!("can't run wrk ({error}): apt-get install wrk"))
}

/// Runs one load against `http://ADDRESS`.
///
/// # Errors
/// When wrk is missing or says nothing that can be read.
pub fn run(address: &str, load: &Load<'_>, folder: &Path) -> io::Result<Outcome> {
    let script = folder.join("load.lua");
    fs::write(&script, lua(load))?;
    let threads = load.connections.min(2);
    let output = Command::new("wrk")
        .args(["-t", &threads.to_string(), "-c", &load.connections.to_string()])
        .args(["-d", &format!("{}s", load.seconds), "-s"])
        .arg(&script)
        .arg(format!("http://{address}"))
        .output()
        .map_err(|error| missing(&error))?;
    parse(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| io::Error::other(format!("wrk said: {}", String::from_utf8_lossy(&output.stderr))))
}

fn lua(load: &Load<'_>) -> String {
    let Load {
        method,
        body,
        keys,
        prefix,
        token,
        ..
    } = load;
    format!(
        "wrk.headers['X-Vault-Token'] = '{token}'\n\
         local body = '{body}'\n\
         if body == '' then body = nil end\n\
         request = function()\n\
           return wrk.format('{method}', '{prefix}/' .. math.random(0, {keys} - 1), nil, body)\n\
         end\n\
         done = function(summary, latency)\n\
           local e = summary.errors\n\
           io.write(string.format('RESULT %d %d %f %f %d\\n', summary.requests, summary.duration,\n\
             latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))\n\
         end\n"
    )
}

fn parse(output: &str) -> Option<Outcome> {
    let line = output.lines().find_map(|line| line.strip_prefix("RESULT "))?;
    let mut words = line.split(' ');
    let mut number = || words.next()?.parse::<f64>().ok();
    let (requests, microseconds) = (number()?, number()?);
    Some(Outcome {
        requests: requests as u64,
        rate: requests / (microseconds / 1e6),
        p50_us: number()?,
        p99_us: number()?,
        bad: number()? as u64,
    })
}
