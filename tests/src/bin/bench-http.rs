//! The daemon over HTTP against a bare hyper server and against the disk, in one run, as ratios:
//! `cargo build --release && cargo run --release -p casemate-tests --bin bench-http`.

use casemate_tests::bench::{cpu, disk, floor, wrk};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const KEYS: u32 = 1000;
const SIZES: [usize; 2] = [100, 10_000];
const CONNECTIONS: [u32; 3] = [1, 16, 64];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, read, write] = arguments.as_slice()
        && mode == "floor"
    {
        let runtime = tokio::runtime::Runtime::new()?;
        return Ok(runtime.block_on(floor::serve(fs::read(read)?.into(), fs::read(write)?.into()))?);
    }
    let seconds = arguments.get(1).and_then(|text| text.parse().ok()).unwrap_or(5);
    Ok(measure(seconds)?)
}

fn measure(seconds: u32) -> io::Result<()> {
    wrk::check()?;
    // Beside the build, not in /tmp, which may be memory: syncs must reach the disk.
    let folder = tempfile::tempdir_in(target_folder()?)?;
    let daemon = Daemon::start(folder.path())?;
    let appends = disk::synced_appends_per_second(folder.path(), 300, Duration::from_secs(2))?;
    println!(
        "| operation | bytes | connections | requests/s | p50 µs | p99 µs | CPU µs/request | CPU, × floor | floor requests/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut writes = Vec::new();
    for bytes in SIZES {
        for method in ["POST", "GET"] {
            let floor = Floor::start(folder.path(), &daemon, bytes)?;
            for connections in CONNECTIONS {
                let load = Measured {
                    method,
                    bytes,
                    connections,
                    seconds,
                };
                let (ours, our_cpu) = load.run(&daemon.address, daemon.child.id(), &daemon, folder.path())?;
                let (bare, bare_cpu) = load.run(&floor.address, floor.child.id(), &daemon, folder.path())?;
                println!(
                    "| {} | {bytes} | {connections} | {:.0} | {:.0} | {:.0} | {our_cpu:.1} | {:.1} | {:.0} |",
                    if method == "GET" { "read" } else { "write" },
                    ours.rate,
                    ours.p50_us,
                    ours.p99_us,
                    our_cpu / bare_cpu,
                    bare.rate,
                );
                if ours.bad > 0 {
                    return Err(io::Error::other(format!("{} bad answers", ours.bad)));
                }
                if (method, bytes) == ("POST", SIZES[0]) {
                    writes.push(ours.rate);
                }
            }
        }
    }
    println!("\nSingle appends of 300 B with fdatasync on this disk: {appends:.0}/s.");
    if let [one, .., many] = writes.as_slice() {
        println!(
            "Durable writes of 100 B at 64 connections: {:.1} × one connection, {:.2} × those appends.",
            many / one,
            many / appends
        );
    }
    Ok(())
}

struct Measured<'a> {
    method: &'a str,
    bytes: usize,
    connections: u32,
    seconds: u32,
}

impl Measured<'_> {
    /// The outcome, and CPU microseconds of the server's processes for each request.
    fn run(
        &self,
        address: &str,
        pid: u32,
        daemon: &Daemon,
        folder: &Path,
    ) -> io::Result<(wrk::Outcome, f64)> {
        let body = if self.method == "GET" {
            String::new()
        } else {
            daemon.body(self.bytes)
        };
        let prefix = daemon.prefix(self.bytes);
        let load = wrk::Load {
            method: self.method,
            body: &body,
            keys: KEYS,
            prefix: &prefix,
            token: &daemon.token,
            connections: self.connections,
            seconds: self.seconds,
        };
        let before = cpu::of_tree(pid);
        let outcome = wrk::run(address, &load, folder)?;
        let used = cpu::of_tree(pid) - before;
        Ok((outcome, used.as_secs_f64() * 1e6 / outcome.requests.max(1) as f64))
    }
}

/// The daemon under test on the simulator, with [`KEYS`] secrets of each size.
struct Daemon {
    child: Child,
    address: String,
    token: String,
    domain: String,
}

impl Daemon {
    fn start(folder: &Path) -> io::Result<Self> {
        let data = folder.join("data");
        let child = Command::new(target_folder()?.join("casemate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| {
                io::Error::other(format!("casemate (run `cargo build --release` first): {error}"))
            })?;
        let address = wait_for(&data.join("address"))?;
        let token = wait_for(&data.join("root-token"))?;
        let domain = wait_for(&data.join("okms-domain"))?;
        let daemon = Self {
            child,
            address,
            token,
            domain,
        };
        for bytes in SIZES {
            daemon.fill(bytes)?;
        }
        Ok(daemon)
    }

    fn fill(&self, bytes: usize) -> io::Result<()> {
        for key in 0..KEYS {
            self.request(
                "POST",
                &format!("{}/{key}", self.prefix(bytes)),
                &self.body(bytes),
            )?;
        }
        Ok(())
    }

    fn prefix(&self, bytes: usize) -> String {
        format!("/api/{}/v1/secret/data/bench-{bytes}", self.domain)
    }

    fn body(&self, bytes: usize) -> String {
        format!("{{\"data\":{{\"value\":\"{}\"}}}}", "x".repeat(bytes))
    }

    /// One request on a connection of its own; the answer's body.
    fn request(&self, method: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Vault-Token: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        match end {
            Some(end) if answer.starts_with(b"HTTP/1.1 200") => Ok(answer.split_off(end + 4)),
            _ => Err(io::Error::other(format!(
                "{method} {path}: {}",
                String::from_utf8_lossy(&answer)
            ))),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// The bare server, answering what the daemon answers.
struct Floor {
    child: Child,
    address: String,
}

impl Floor {
    fn start(folder: &Path, daemon: &Daemon, bytes: usize) -> io::Result<Self> {
        let path = format!("{}/0", daemon.prefix(bytes));
        let (read, write) = (folder.join("read"), folder.join("write"));
        fs::write(&write, daemon.request("POST", &path, &daemon.body(bytes))?)?;
        fs::write(&read, daemon.request("GET", &path, "")?)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("floor")
            .args([&read, &write])
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            child,
            address: address.trim().to_owned(),
        })
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

fn stop(child: &mut Child) {
    // Both may fail only when it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

fn wait_for(file: &Path) -> io::Result<String> {
    let start = Instant::now();
    loop {
        match fs::read_to_string(file) {
            Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
            _ if start.elapsed() > Duration::from_secs(20) => {
                return Err(io::Error::other(format!("{} did not appear", file.display())));
            }
            _ => sleep(Duration::from_millis(20)),
        }
    }
}

/// Where this program was built, and the daemon beside it.
fn target_folder() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    program
        .parent()
        .map(Path::to_owned)
        .ok_or_else(|| io::Error::other("this program has no folder"))
}
