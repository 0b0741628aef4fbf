//! A line between a host and a device, with somebody sitting on it.

use super::faults::{Faults, Mangler, Output, Tally};
use crate::dice::Dice;
use casemate::hsm::Address;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{
    UnixListener, UnixStream,
    unix::{OwnedReadHalf, OwnedWriteHalf},
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A line that the host reaches at [`Line::address`] and whose other end is held by a device. Like a serial line it
/// stays with the device when the host hangs up; what the device says meanwhile is lost. Dropping it frees the address
/// for the next.
pub struct Line {
    address: Address,
    control: Arc<watch::Sender<Control>>,
    tally: Arc<Mutex<[Tally; 2]>>,
    carrier: JoinHandle<()>,
}

/// What the tests set, and the carrier watches.
#[derive(Debug, Clone, Copy, Default)]
struct Control {
    faults: Faults,
    /// Bytes after which the line is cut, to the device and from it.
    cut_after: [Option<usize>; 2],
    /// Counts the cuts that fell where they were ordered.
    fallen: u32,
}

impl Line {
    /// Strings an honest line from `directory/line` to `device`.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub fn string(directory: &Path, device: UnixStream, seed: u64) -> io::Result<Self> {
        let path = directory.join("line");
        let listener = UnixListener::bind(&path)?;
        let control = Arc::new(watch::Sender::new(Control::default()));
        let tally = Arc::<Mutex<[Tally; 2]>>::default();
        let mut dice = Dice::new(seed);
        let (from_device, to_device) = device.into_split();
        let way = |index, dice| Way {
            index,
            mangler: Mangler::new(dice),
            control: control.clone(),
            tally: tally.clone(),
        };
        let carrier = Carrier {
            from_device,
            to_device,
            ways: [way(TO_DEVICE, dice.fork()), way(FROM_DEVICE, dice.fork())],
        };
        Ok(Self {
            address: Address::Unix(path),
            control,
            tally,
            carrier: tokio::spawn(carrier.carry(listener)),
        })
    }

    /// What the host calls the device.
    pub fn address(&self) -> Address {
        self.address.clone()
    }

    /// From now on, these faults in both directions; [`Faults::NONE`] makes the line honest, and ends a stall.
    pub fn misbehave(&self, faults: Faults) {
        self.control.send_modify(|control| control.faults = faults);
    }

    /// Hangs up on the host, once, when so many more bytes have gone to the device or come from it. It may call again
    /// at once.
    pub fn cut_after(&self, to_device: Option<usize>, from_device: Option<usize>) {
        self.control
            .send_modify(|control| control.cut_after = [to_device, from_device]);
    }

    /// How many of the cuts ordered by [`Line::cut_after`] have fallen.
    pub fn cuts_fallen(&self) -> u32 {
        self.control.borrow().fallen
    }

    /// What has happened so far, both directions together.
    pub fn tally(&self) -> Tally {
        let [to_device, from_device] = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        to_device.and(&from_device)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.carrier.abort();
        if let Address::Unix(path) = &self.address {
            // Where it is gone already, nothing is left to do.
            let _ = std::fs::remove_file(path);
        }
    }
}

const TO_DEVICE: usize = 0;
const FROM_DEVICE: usize = 1;

/// Why a host is no longer served.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// It hung up, or was cut off: the next one may call.
    Host,
    /// The device is gone, and the line with it.
    Device,
}

struct Carrier {
    from_device: OwnedReadHalf,
    to_device: OwnedWriteHalf,
    ways: [Way; 2],
}

impl Carrier {
    /// One host at a time; a new one takes the place of the old.
    async fn carry(mut self, listener: UnixListener) {
        let mut next = None;
        loop {
            let host = match next.take() {
                Some(host) => host,
                None => tokio::select! {
                    Ok((host, _)) = listener.accept() => host,
                    _ = discard(&mut self.from_device) => return,
                },
            };
            tokio::select! {
                end = self.serve(host) => if end == End::Device { return },
                Ok((host, _)) = listener.accept() => next = Some(host),
            }
        }
    }

    async fn serve(&mut self, host: UnixStream) -> End {
        let (mut from_host, mut to_host) = host.into_split();
        let Self {
            from_device,
            to_device,
            ways: [down, up],
        } = self;
        tokio::select! {
            end = down.pump(&mut from_host, to_device, [End::Host, End::Device]) => end,
            end = up.pump(from_device, &mut to_host, [End::Device, End::Host]) => end,
        }
    }
}

async fn discard(from: &mut OwnedReadHalf) {
    let mut buffer = [0; 4096];
    while from.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
}

/// One direction.
struct Way {
    index: usize,
    mangler: Mangler,
    control: Arc<watch::Sender<Control>>,
    tally: Arc<Mutex<[Tally; 2]>>,
}

impl Way {
    /// Carries bytes until an end is gone; `ends` says which that was: the one read from, the one written to.
    async fn pump(&mut self, from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, ends: [End; 2]) -> End {
        let [reading, writing] = ends;
        let mut buffer = vec![0; 4096];
        loop {
            let len = match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return reading,
                Ok(len) => len,
            };
            let faults = self.control.borrow().faults;
            let outputs = self.mangler.pass(&buffer[..len], &faults);
            self.tally.lock().unwrap_or_else(PoisonError::into_inner)[self.index] = self.mangler.tally();
            for output in outputs {
                match output {
                    Output::Stall(time) => self.stall(time).await,
                    Output::Bytes(mut bytes) => {
                        let cut = self.limit(&mut bytes);
                        if to.write_all(&bytes).await.is_err() {
                            return writing;
                        }
                        if cut {
                            return End::Host;
                        }
                    }
                }
            }
        }
    }

    /// Shortens `bytes` to what may pass before a cut that was ordered; tells whether this is where the cut falls.
    fn limit(&self, bytes: &mut Vec<u8>) -> bool {
        let mut falls = false;
        self.control.send_if_modified(|control| {
            let remaining = &mut control.cut_after[self.index];
            if let Some(left) = *remaining {
                falls = bytes.len() >= left;
                bytes.truncate(left);
                *remaining = (!falls).then(|| left - bytes.len());
                control.fallen += u32::from(falls);
            }
            false
        });
        falls
    }

    async fn stall(&self, time: std::time::Duration) {
        let mut control = self.control.subscribe();
        tokio::select! {
            () = sleep(time) => {}
            _ = control.wait_for(|control| control.faults == Faults::NONE) => {}
        }
    }
}
