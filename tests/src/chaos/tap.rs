//! A line that somebody listens to.

use casemate::hsm::Address;
use casemate_common::link::cobs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// Carries one host's bytes to a device and back, and keeps all of them.
pub struct Tap {
    address: Address,
    recorded: Arc<Mutex<Recording>>,
    carrier: JoinHandle<io::Result<()>>,
}

/// What was said.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// By the host.
    pub to_device: Vec<u8>,
    /// By the device.
    pub from_device: Vec<u8>,
}

impl Recording {
    /// Each frame of a direction without its byte stuffing.
    pub fn frames(wire: &[u8]) -> Vec<Vec<u8>> {
        let decoded = |part: &[u8]| {
            let mut frame = part.to_vec();
            let len = cobs::decode_in_place(&mut frame).ok()?;
            frame.truncate(len);
            Some(frame)
        };
        wire.split(|byte| *byte == 0).filter_map(decoded).collect()
    }

    /// Whether these bytes were said anywhere, as they travel or within a frame.
    pub fn contains(&self, secret: &[u8]) -> bool {
        let within = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        [&self.to_device, &self.from_device]
            .into_iter()
            .any(|wire| within(wire) || Self::frames(wire).iter().any(|frame| within(frame)))
    }
}

impl Tap {
    /// Strings a line from `directory/tap` to `device`, for one host.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub fn string(directory: &Path, device: UnixStream) -> io::Result<Self> {
        let path = directory.join("tap");
        let listener = UnixListener::bind(&path)?;
        let recorded = Arc::<Mutex<Recording>>::default();
        let (down, up) = (recorded.clone(), recorded.clone());
        let carrier = tokio::spawn(async move {
            let (from_host, to_host) = listener.accept().await?.0.into_split();
            let (from_device, to_device) = device.into_split();
            tokio::try_join!(
                pump(from_host, to_device, |bytes| lock(&down).to_device.extend(bytes)),
                pump(from_device, to_host, |bytes| lock(&up).from_device.extend(bytes)),
            )?;
            Ok(())
        });
        Ok(Self {
            address: Address::Unix(path),
            recorded,
            carrier,
        })
    }

    /// What the host calls the device.
    pub fn address(&self) -> Address {
        self.address.clone()
    }

    /// What was said so far.
    pub fn recording(&self) -> Recording {
        lock(&self.recorded).clone()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

fn lock(recorded: &Mutex<Recording>) -> std::sync::MutexGuard<'_, Recording> {
    recorded.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, note: impl Fn(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let len = from.read(&mut buffer).await?;
        if len == 0 {
            return to.shutdown().await;
        }
        note(&buffer[..len]);
        to.write_all(&buffer[..len]).await?;
    }
}
