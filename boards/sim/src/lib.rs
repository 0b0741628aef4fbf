//! The firmware as a host process: the default device. Its flash is a file, its noise the operating system's.
//!
//! The daemon runs it as a child of its own executable, by a hidden subcommand that calls [`run`]; the thin binary
//! `casemate-sim` does the same for tests and for trying it alone.

mod args;
mod board;
mod boot;
mod flash;
mod in_process;
mod link;
pub mod nor;

pub use args::{Args, LinkAddress};
pub use flash::EXIT_POWER_CUT;
pub use in_process::{InProcess, in_process};

use board::SimulatedBoard;
use casemate_firmware::device::Device;
use flash::FlashFile;
use link::{BufferedLink, Sink, Source, block_on, pace};
use std::io;

/// Simulates a device until its link ends.
///
/// # Errors
/// When the flash file or the link can't be opened, or the link breaks. Does not return when power is cut: the process
/// exits with [`EXIT_POWER_CUT`].
pub fn run(args: &Args) -> io::Result<()> {
    let file = FlashFile::open(&args.flash, !args.no_sync)?;
    let cut = args.cut_at.map(|operation| (operation, args.seed));
    let mut device = start(file, cut);
    // Before it waits for a host, as a board does: whoever pairs one has to know it by then.
    if args.link != LinkAddress::Stdin
        && let Some(fingerprint) = device.fingerprint()
    {
        eprintln!("casemate-sim: this device's fingerprint is {fingerprint}");
    }
    let (source, sink) = link::open(args.link)?;
    let (source, sink) = match args.bit_rate {
        Some(bit_rate) => pace(source, sink, bit_rate)?,
        None => (source, sink),
    };
    serve(device, source, sink)
}

type Simulated = Device<SimulatedBoard<FlashFile>>;

fn start(file: FlashFile, cut: Option<(u64, u64)>) -> Simulated {
    let [root, store, mut counters, audit, a, b] = flash::regions(file, cut);
    let images = boot::start([a, b], &mut counters);
    Device::start(SimulatedBoard {
        root,
        store,
        counters,
        audit,
        images,
    })
}

fn serve(mut device: Simulated, source: Source, sink: Sink) -> io::Result<()> {
    let mut link = BufferedLink::new(source, sink);
    block_on(device.serve(&mut link))
}
