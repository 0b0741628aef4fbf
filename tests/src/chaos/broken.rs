//! Devices that are none.

use crate::dice::Dice;
use casemate_common::limits::{MAX_ENCODED_FRAME, MAX_FRAME, PROTOCOL_VERSION};
use casemate_common::link::{self, Deframer, FrameKind, HEADER_LEN, Header};
use casemate_common::session::noise::{Greeted, KeyPair, Secret, WELCOME_LEN, prologue};
use casemate_common::session::{Hello, Plain, Welcome};
use casemate_firmware::channel::NoiseSuite;
use casemate_firmware::crypto::Software;
use std::io;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// What is wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It takes everything and answers nothing.
    Silent,
    /// It does not even take anything.
    Deaf,
    /// It answers noise for ever.
    Garbage,
    /// It speaks a protocol that nobody knows.
    UnknownProtocol,
    /// It begins a frame and never ends it.
    EndlessFrame,
    /// It shakes hands as it should and says nothing more.
    SilentAfterWelcome,
    /// It shakes hands, and answers noise from then on.
    GarbageAfterWelcome,
    /// It hangs up as soon as it is called.
    HangsUp,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Silent,
        Self::Deaf,
        Self::Garbage,
        Self::UnknownProtocol,
        Self::EndlessFrame,
        Self::SilentAfterWelcome,
        Self::GarbageAfterWelcome,
        Self::HangsUp,
    ];
}

/// A device with a [`Fault`], at a socket in the file system. Dropping it removes the socket, so that an honest one
/// can take its place.
pub struct Broken {
    task: JoinHandle<()>,
    path: std::path::PathBuf,
}

impl Broken {
    /// Puts it at this path.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub fn plug(path: &Path, fault: Fault) -> io::Result<Self> {
        let listener = UnixListener::bind(path)?;
        let task = tokio::spawn(async move {
            while let Ok((host, _)) = listener.accept().await {
                // The host decides how long this lasts.
                let _ = misbehave(host, fault).await;
            }
        });
        Ok(Self {
            task,
            path: path.to_owned(),
        })
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.task.abort();
        // Where it is gone already, nothing is left to do.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn misbehave(mut host: UnixStream, fault: Fault) -> io::Result<()> {
    match fault {
        Fault::Silent => swallow(&mut host).await,
        Fault::Deaf => std::future::pending().await,
        Fault::Garbage => noise(&mut host, 0..256).await,
        Fault::EndlessFrame => noise(&mut host, 1..256).await,
        Fault::UnknownProtocol => {
            welcome(&mut host, PROTOCOL_VERSION.wrapping_add(1)).await?;
            swallow(&mut host).await
        }
        Fault::SilentAfterWelcome => {
            welcome(&mut host, PROTOCOL_VERSION).await?;
            swallow(&mut host).await
        }
        Fault::GarbageAfterWelcome => {
            welcome(&mut host, PROTOCOL_VERSION).await?;
            noise(&mut host, 0..256).await
        }
        Fault::HangsUp => Ok(()),
    }
}

async fn swallow(host: &mut UnixStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    while host.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Bytes of this range, for ever, without reading.
async fn noise(host: &mut UnixStream, range: std::ops::Range<usize>) -> io::Result<()> {
    let mut dice = Dice::new(7);
    let bytes: Vec<u8> = (0..16 * 1024)
        .map(|_| (range.start + dice.below(range.len())) as u8)
        .collect();
    loop {
        host.write_all(&bytes).await?;
    }
}

/// Answers the first hello, as a device would that has a key.
async fn welcome(host: &mut UnixStream, protocol: u16) -> io::Result<()> {
    let (session, mut hello) = hello(host).await?;
    let mut frame = [0; MAX_FRAME];
    let welcome = Welcome {
        protocol,
        window: 16 * 1024,
        streams: 4,
        fault: 0,
    };
    let payload = answer(session, &mut hello, &welcome)?;
    frame[HEADER_LEN..][..payload.len()].copy_from_slice(&payload);
    let header = Header {
        kind: FrameKind::Welcome,
        session,
        sequence: 0,
        ack: 1,
    };
    let mut wire = [0; MAX_ENCODED_FRAME];
    let len = link::encode(header, payload.len(), &mut Plain, &mut frame, &mut wire)
        .map_err(|error| io::Error::other(format!("{error:?}")))?;
    host.write_all(&wire[..len]).await
}

fn answer(session: u32, hello: &mut [u8], welcome: &Welcome) -> io::Result<Vec<u8>> {
    type Suite = NoiseSuite<Software>;
    let pair = |byte| KeyPair::new::<Suite>(Secret::new([byte; 32]));
    let forged = |error| io::Error::other(format!("{error:?}"));
    let (_, message) = postcard::take_from_bytes::<Hello>(hello).map_err(io::Error::other)?;
    let at = hello.len() - message.len();
    let (greeted, _) = Greeted::<Suite>::read(&prologue(session), &mut hello[at..]).map_err(forged)?;
    let mut payload = postcard::to_stdvec(welcome).map_err(io::Error::other)?;
    let mut message = vec![0; WELCOME_LEN + payload.len()];
    greeted
        .answer(&pair(1), pair(2), &payload, &mut message)
        .map_err(forged)?;
    payload.extend(message);
    Ok(payload)
}

/// Waits for a hello; tells its session and its payload.
async fn hello(host: &mut UnixStream) -> io::Result<(u32, Vec<u8>)> {
    let mut deframer = Deframer::new();
    loop {
        let (_, complete) = deframer.push(&[host.read_u8().await?]);
        if !complete {
            continue;
        }
        if let Ok(Some((header, payload))) = deframer.frame(&mut Plain)
            && header.kind == FrameKind::Hello
        {
            return Ok((header.session, payload.to_vec()));
        }
    }
}
