use crate::host::Script;
use crate::image::report;
use casemate_ast1030::chip::SysTickClock;
use casemate_common::command::{
    Command, DeviceInit, Info, InfoAnswer, KeyringCreate, KeyringDestroy, Open, PinLimits, Random, Seal,
};
use casemate_common::keyring::KeyringId;
use casemate_common::record::{CHUNK_LEN, HEADER_LEN, TAG_LEN};
use cortex_m_semihosting::hprintln;
use serde::Serialize;

/// Longest record of one chunk.
const RECORD_LEN: usize = HEADER_LEN + CHUNK_LEN + TAG_LEN;

const KEYRING: KeyringId = KeyringId::new([7; KeyringId::LEN]);
const CONTEXT: &[u8] = b"okms/0123456789abcdef0123456789abcdef/application/database/7";
const PLAINTEXT: [u8; CHUNK_LEN] = [0x5A; CHUNK_LEN];

const INITIALISE: DeviceInit<'_> = DeviceInit {
    pin: b"123456",
    limits: PinLimits::DEFAULT,
    name: "measure",
};

/// Plays [`SCRIPT`]: a request's time runs from when the device gets its first byte until it asks for more, with its
/// answer written.
pub(crate) struct Played {
    clock: SysTickClock,
    /// Steps begun.
    step: usize,
    begun: u64,
    took: u64,
    record: [u8; RECORD_LEN],
    record_len: usize,
}

impl Played {
    pub(crate) const fn new(clock: SysTickClock) -> Self {
        Self {
            clock,
            step: 0,
            begun: 0,
            took: 0,
            record: [0; RECORD_LEN],
            record_len: 0,
        }
    }

    /// Whether all of it was.
    pub(crate) const fn is_over(&self) -> bool {
        self.step == SCRIPT.len()
    }
}

impl Script for Played {
    fn is_ready(&mut self) -> bool {
        true
    }

    fn ask(&mut self, body: &mut [u8]) -> Option<(u16, usize)> {
        let request = SCRIPT.get(self.step)?.request;
        self.step += 1;
        request.encode(&self.record[..self.record_len], body)
    }

    fn begin(&mut self) {
        self.begun = self.clock.ticks();
    }

    fn end(&mut self) {
        self.took = self.clock.ticks() - self.begun;
    }

    fn take(&mut self, answer: &[u8]) -> Result<(), &'static str> {
        let step = SCRIPT.get(self.step - 1).ok_or("out of step")?;
        if !step.request.check(answer) {
            return Err("a wrong answer");
        }
        if let Some(record) = self.record.get_mut(..answer.len()) {
            record.copy_from_slice(answer);
            self.record_len = answer.len();
        }
        step.name.into_iter().for_each(|name| report(name, self.took));
        Ok(())
    }

    fn shaken(&mut self, step: &'static str) {
        report(step, self.took);
    }
}

/// What the host asks for.
#[derive(Debug, Clone, Copy)]
enum Request {
    Create,
    Destroy,
    Info,
    /// Takes the device into service.
    Initialise,
    /// Opens the record that was answered last.
    Open,
    Random(u16),
    Seal(usize),
}

/// One request, and the name of its measurement if it is one.
#[derive(Clone, Copy)]
struct Step {
    name: Option<&'static str>,
    request: Request,
}

/// The first seal and open under a keyring fetch it from the flash: that is not what is measured.
const SCRIPT: [Step; 13] = [
    measured("initialise", Request::Initialise),
    measured("create keyring", Request::Create),
    unmeasured(Request::Seal(64)),
    unmeasured(Request::Open),
    measured("seal 64 B", Request::Seal(64)),
    measured("open 64 B", Request::Open),
    measured("seal 4 KiB", Request::Seal(CHUNK_LEN)),
    measured("open 4 KiB", Request::Open),
    measured("random 32 B", Request::Random(32)),
    measured("destroy keyring", Request::Destroy),
    unmeasured(Request::Create),
    unmeasured(Request::Seal(CHUNK_LEN)),
    unmeasured(Request::Info),
];

const fn measured(name: &'static str, request: Request) -> Step {
    Step {
        name: Some(name),
        request,
    }
}

const fn unmeasured(request: Request) -> Step {
    Step { name: None, request }
}

impl Request {
    /// Writes the request's body and tells its command's code and its length; `None` when it does not fit.
    fn encode(self, record: &[u8], body: &mut [u8]) -> Option<(u16, usize)> {
        let (keyring, context) = (KEYRING, CONTEXT);
        match self {
            Self::Create => command(&KeyringCreate { id: KEYRING }, &[], body),
            Self::Destroy => command(&KeyringDestroy { id: KEYRING }, &[], body),
            Self::Info => command(&Info {}, &[], body),
            Self::Initialise => command(&INITIALISE, &[], body),
            Self::Open => command(&Open { keyring, context }, record, body),
            Self::Random(len) => command(&Random { len }, &[], body),
            Self::Seal(len) => command(&Seal { keyring, context }, PLAINTEXT.get(..len)?, body),
        }
    }

    /// Takes an answer's body: shows what it says, and tells whether it is what it must be.
    fn check(self, answer: &[u8]) -> bool {
        match self {
            Self::Open => !answer.is_empty() && answer.iter().all(|byte| *byte == 0x5A),
            Self::Random(len) => answer.len() == usize::from(len),
            Self::Seal(len) => answer.len() == HEADER_LEN + len + TAG_LEN,
            Self::Create | Self::Destroy => answer == [1],
            Self::Info => show_stack(answer).is_some(),
            Self::Initialise => answer.is_empty(),
        }
    }
}

fn command<C: Command + Serialize>(command: &C, data: &[u8], body: &mut [u8]) -> Option<(u16, usize)> {
    let head = postcard::to_slice(command, body).ok()?.len();
    body.get_mut(head..head + data.len())?.copy_from_slice(data);
    Some((C::SPEC.code, head + data.len()))
}

fn show_stack(answer: &[u8]) -> Option<()> {
    let info: InfoAnswer<'_> = postcard::from_bytes(answer).ok()?;
    hprintln!("stack B = {}", info.stack_high_water);
    (info.receive_overruns == 0).then_some(())
}
