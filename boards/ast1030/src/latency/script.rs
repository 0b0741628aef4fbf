//! Seals 64 bytes again and again, each request coming at a moment of chance: first while the device has nothing else to
//! do, then while it generates an RSA-4096 key. A request's time runs from when it comes, whatever the device does then,
//! until its answer is written. The key is given up in the end: what makes it is the same all the time, sieving candidates
//! and testing them, and all of it takes the emulator a quarter of an hour.

use crate::host::Script;
use casemate_ast1030::chip::SysTickClock;
use casemate_common::blob::{KeyId, KeyType, Template, Usage, Usages};
use casemate_common::command::{
    Command, DeviceInit, Generated, JobStatus, KeyGenerate, KeyJobStatus, KeyringCreate, PinLimits, Seal,
};
use casemate_common::keyring::KeyringId;
use cortex_m::asm::delay;
use cortex_m_semihosting::hprintln;
use serde::Serialize;

/// With `-icount shift=0` an instruction takes 1 ns, and the clock ticks every 5 ns.
const INSTRUCTIONS_PER_TICK: u64 = 5;

/// Seals while the device is idle.
const IDLE: usize = 200;

/// Seals while it generates a key.
const BUSY: usize = 800;

/// Longest time between an answer and the next request, in ticks.
const GAP: u64 = 400_000;

/// Instructions between two looks at the clock.
const PAUSE: u32 = 10_000;

const KEYRING: KeyringId = KeyringId::new([7; KeyringId::LEN]);
const CONTEXT: &[u8] = b"okms/0123456789abcdef0123456789abcdef/application/database/7";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Initialise,
    CreateKeyring,
    Idle,
    Generate,
    Busy,
    Ask,
    Over,
}

/// Plays it, and remembers how long each seal took.
pub(crate) struct Waits {
    clock: SysTickClock,
    phase: Phase,
    dice: u64,
    comes_at: u64,
    took: u64,
    idle: Times,
    busy: Times,
    job: Option<KeyId>,
    candidates: u32,
}

/// How long requests took, in ticks.
struct Times {
    ticks: [u32; BUSY],
    count: usize,
}

impl Times {
    const fn new() -> Self {
        Self {
            ticks: [0; BUSY],
            count: 0,
        }
    }

    fn note(&mut self, ticks: u64) {
        if let Some(slot) = self.ticks.get_mut(self.count) {
            *slot = u32::try_from(ticks).unwrap_or(u32::MAX);
            self.count += 1;
        }
    }

    fn report(&self, what: &str) {
        let mut sorted = self.ticks;
        let sorted = &mut sorted[..self.count];
        sorted.sort_unstable();
        hprintln!("seals {} = {}", what, self.count);
        for (name, per_mille) in [("p50", 500), ("p99", 990), ("longest", 1000)] {
            let at = (self.count * per_mille).div_ceil(1000).saturating_sub(1);
            let ticks = sorted.get(at).copied().unwrap_or_default();
            hprintln!("{} {} = {}", name, what, u64::from(ticks) * INSTRUCTIONS_PER_TICK);
        }
    }
}

impl Waits {
    pub(crate) const fn new(clock: SysTickClock) -> Self {
        Self {
            clock,
            phase: Phase::Initialise,
            dice: 0x9E37_79B9_7F4A_7C15,
            comes_at: 0,
            took: 0,
            idle: Times::new(),
            busy: Times::new(),
            job: None,
            candidates: 0,
        }
    }

    /// Prints what was found.
    pub(crate) fn report(&self) {
        self.idle.report("idle");
        self.busy.report("beside RSA-4096");
        hprintln!("candidates = {}", self.candidates);
    }

    /// Up to this many ticks: xorshift64 (Marsaglia 2003).
    fn chance(&mut self, most: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % most
    }

    fn next_phase(&mut self, answer: &[u8]) -> Result<Phase, &'static str> {
        Ok(match self.phase {
            Phase::Initialise => Phase::CreateKeyring,
            Phase::CreateKeyring => Phase::Idle,
            Phase::Idle => {
                self.idle.note(self.took);
                if self.idle.count < IDLE {
                    Phase::Idle
                } else {
                    Phase::Generate
                }
            }
            Phase::Generate => {
                let (generated, _) = postcard::take_from_bytes(answer).map_err(|_| "no job")?;
                let Generated::Job(job) = generated else {
                    return Err("the key is there at once");
                };
                self.job = Some(job);
                Phase::Busy
            }
            Phase::Busy => {
                self.busy.note(self.took);
                if self.busy.count < BUSY {
                    Phase::Busy
                } else {
                    Phase::Ask
                }
            }
            Phase::Ask => {
                let (status, _) = postcard::take_from_bytes(answer).map_err(|_| "no status")?;
                let JobStatus::Running { candidates, .. } = status else {
                    return Err("the key was there before all seals were");
                };
                self.candidates = candidates;
                Phase::Over
            }
            Phase::Over => return Err("an answer to nothing"),
        })
    }
}

impl Script for Waits {
    fn is_ready(&mut self) -> bool {
        self.phase == Phase::Over || self.clock.ticks() >= self.comes_at
    }

    fn ask(&mut self, body: &mut [u8]) -> Option<(u16, usize)> {
        while !self.is_ready() {
            // Asking the clock is what takes the emulator long.
            delay(PAUSE);
        }
        match self.phase {
            Phase::Initialise => command(&INITIALISE, &[], body),
            Phase::CreateKeyring => command(&KeyringCreate { id: KEYRING }, &[], body),
            Phase::Idle | Phase::Busy => command(&SEAL, &[0x5A; 64], body),
            Phase::Generate => command(&generate()?, &[], body),
            Phase::Ask => command(&KeyJobStatus { job: self.job? }, &[], body),
            Phase::Over => None,
        }
    }

    fn begin(&mut self) {}

    fn end(&mut self) {
        self.took = self.clock.ticks() - self.comes_at;
    }

    fn take(&mut self, answer: &[u8]) -> Result<(), &'static str> {
        self.phase = self.next_phase(answer)?;
        self.comes_at = self.clock.ticks() + self.chance(GAP);
        Ok(())
    }

    fn shaken(&mut self, _step: &'static str) {}
}

const INITIALISE: DeviceInit<'_> = DeviceInit {
    pin: b"123456",
    limits: PinLimits::DEFAULT,
    name: "latency",
};

const SEAL: Seal<'_> = Seal {
    keyring: KEYRING,
    context: CONTEXT,
};

fn generate() -> Option<KeyGenerate> {
    let usages = Usages::of(&[Usage::Sign]);
    Some(KeyGenerate {
        keyring: KEYRING,
        template: Template::new(KeyType::Rsa4096, usages, false, 0).ok()?,
    })
}

fn command<C: Command + Serialize>(command: &C, data: &[u8], body: &mut [u8]) -> Option<(u16, usize)> {
    let head = postcard::to_slice(command, body).ok()?.len();
    body.get_mut(head..head + data.len())?.copy_from_slice(data);
    Some((C::SPEC.code, head + data.len()))
}
