//! Ports for servers that can't be told to choose one themselves, or that start only later.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that Linux gives to clients and to who binds port 0 (`net.ipv4.ip_local_port_range`): nobody gets one by
/// chance before its server binds it.
const RANGE: std::ops::Range<u32> = 10_000..32_768;
/// How many a process tries before it meets those of the next process.
const EACH: u32 = 32;

/// A port on loopback that nobody listens at, and that this process is not told twice.
///
/// # Panics
/// Every one is taken.
pub fn free() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(EACH);
    (0..RANGE.len())
        .map(|_| start.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)))
        .find_map(|n| {
            let port = u16::try_from(RANGE.start + n % (RANGE.end - RANGE.start)).ok()?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
            Some(port)
        })
        .expect("a free port")
}
