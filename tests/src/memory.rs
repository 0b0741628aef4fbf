//! What another process has in its memory, and whether secrets are among it.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes of a secret that are enough to have found it.
const WINDOW: usize = 16;

/// Kernel memory that is mapped into every process, and can't be read through `/proc`.
const NOT_ITS_OWN: [&str; 3] = ["[vvar]", "[vvar_vclock]", "[vsyscall]"];

/// A stretch of a process's memory.
#[derive(Debug)]
pub struct Region {
    /// What the kernel calls it: a file, `[heap]`, `[stack]`, or nothing.
    pub name: String,
    /// Where it begins.
    pub start: u64,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// Copies all that a process can read of its own memory.
///
/// # Errors
/// When there is no such process, or it may not be looked into.
pub fn dump(process: u32) -> io::Result<Vec<Region>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let readable = maps.lines().filter_map(readable);
    readable
        .map(|(Range { start, end }, name)| {
            let mut bytes = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
            memory.read_exact_at(&mut bytes, start)?;
            Ok(Region { name, start, bytes })
        })
        .collect()
}

/// The addresses and the name of a line of `/proc/PID/maps`, if it can be read.
fn readable(line: &str) -> Option<(Range<u64>, String)> {
    let mut fields = line.split_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?;
    let name = fields.nth(3).unwrap_or_default();
    let address = |text| u64::from_str_radix(text, 16).ok();
    let wanted = permissions.starts_with('r') && !NOT_ITS_OWN.contains(&name);
    wanted.then_some((address(start)?..address(end)?, name.to_owned()))
}

/// Bytes to look for, all at once, as they are and in the opposite order, as little-endian numbers lie in memory.
#[derive(Debug, Default)]
pub struct Secrets(HashMap<[u8; WINDOW], String>);

impl Secrets {
    /// Looks for any 16 bytes of these too. What is mostly one byte is no secret and passed over.
    ///
    /// # Panics
    /// When there are fewer than 16 bytes that are worth looking for.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        let before = self.0.len();
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for window in bytes.windows(WINDOW).chain(reversed.windows(WINDOW)) {
            let varied = window.iter().collect::<BTreeSet<_>>().len() > WINDOW / 2;
            if let (true, Ok(window)) = (varied, window.try_into()) {
                self.0.insert(window, name.to_owned());
            }
        }
        assert!(self.0.len() > before, "{name} can't be looked for");
        self
    }

    /// The names of those that are somewhere in there.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let windows = bytes.array_windows::<WINDOW>();
        windows
            .filter_map(|window| self.0.get(window).map(String::as_str))
            .collect()
    }

    /// The same for a process: each name with the region that it was found in.
    pub fn found_in_all(&self, regions: &[Region]) -> BTreeSet<String> {
        let found = |region: &Region| {
            let names = self.found_in(&region.bytes);
            let name = region.name.clone();
            names
                .into_iter()
                .map(move |secret| format!("{secret} in {name}"))
                .collect::<Vec<_>>()
        };
        regions.iter().flat_map(found).collect()
    }
}
