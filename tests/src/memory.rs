//! What another process has in its memory, and whether secrets are among it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes of a secret that are enough to have found it.
const WINDOW: usize = 16;

/// The least that is mapped.
const PAGE: usize = 4096;

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

/// Copies all that a process can read of its own memory, but pages that hold nothing but zeros.
///
/// # Errors
/// When there is no such process, or it may not be looked into.
pub fn dump(process: u32) -> io::Result<Vec<Region>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut regions = Vec::new();
    for (addresses, name) in maps.lines().filter_map(readable) {
        copy(&memory, addresses, &name, &mut regions)?;
    }
    Ok(regions)
}

/// An allocator reserves far more than it uses.
fn copy(memory: &File, addresses: Range<u64>, name: &str, regions: &mut Vec<Region>) -> io::Result<()> {
    let mut page = [0; PAGE];
    let mut goes_on = false;
    for start in addresses.step_by(PAGE) {
        memory.read_exact_at(&mut page, start)?;
        let empty = page == [0; PAGE];
        match regions.last_mut() {
            Some(region) if goes_on && !empty => region.bytes.extend(page),
            _ if !empty => regions.push(Region {
                name: name.to_owned(),
                start,
                bytes: page.to_vec(),
            }),
            _ => {}
        }
        goes_on = !empty;
    }
    Ok(())
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
pub struct Secrets {
    windows: HashMap<[u8; WINDOW], String>,
    /// The first two bytes of each: nearly all of a memory is passed over by them alone.
    beginnings: HashSet<[u8; 2]>,
}

impl Secrets {
    /// Looks for any 16 bytes of these too. What is mostly one byte is no secret and passed over.
    ///
    /// # Panics
    /// When there are fewer than 16 bytes that are worth looking for.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        let before = self.windows.len();
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        for window in bytes.windows(WINDOW).chain(reversed.windows(WINDOW)) {
            let varied = window.iter().collect::<BTreeSet<_>>().len() > WINDOW / 2;
            if let (true, Ok::<[u8; WINDOW], _>(window)) = (varied, window.try_into()) {
                self.windows.insert(window, name.to_owned());
                self.beginnings.insert([window[0], window[1]]);
            }
        }
        assert!(self.windows.len() > before, "{name} can't be looked for");
        self
    }

    /// The names of those that are somewhere in there, and where each is found first.
    pub fn found_in(&self, bytes: &[u8]) -> BTreeMap<&str, usize> {
        let mut begins = vec![false; 1 << 16];
        for beginning in &self.beginnings {
            begins[usize::from(u16::from_le_bytes(*beginning))] = true;
        }
        let mut found = BTreeMap::new();
        for (at, window) in bytes.array_windows::<WINDOW>().enumerate() {
            if begins[usize::from(u16::from_le_bytes([window[0], window[1]]))]
                && let Some(name) = self.windows.get(window)
            {
                found.entry(name.as_str()).or_insert(at);
            }
        }
        found
    }

    /// The same for a process, in words.
    pub fn found_in_all(&self, regions: &[Region]) -> Vec<String> {
        let found = |region: &Region| {
            let Region { name, start, bytes } = region;
            let found = self.found_in(bytes);
            let told =
                |(secret, at): (&str, usize)| format!("{secret} in {name} at {:#x}", start + at as u64);
            found.into_iter().map(told).collect::<Vec<_>>()
        };
        regions.iter().flat_map(found).collect()
    }
}
