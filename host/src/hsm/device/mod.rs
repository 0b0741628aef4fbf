//! The backend for devices that run our firmware: simulator, emulator or board.
//!
//! One supervisor task keeps a session with the device ([`supervisor`]); requests are encoded by whoever makes them
//! and written together ([`session`]), so that under load one system call carries many. *What this trusts:* the
//! device, not the line: everything that arrives is checked, and a wrong answer is never taken for a right one. Which device that is, and as whom this
//! host speaks, is [`trust`]'s.

mod audit;
mod call;
mod domain;
mod exchange;
mod handshake;
mod keys;
mod meter;
mod officer;
mod prepare;
mod presence;
mod room;
mod session;
mod sim;
mod supervisor;
mod transport;
mod trust;
mod update;
mod usb;
mod wipe;

pub use domain::Share;
pub use meter::{Meter, Traffic};
pub use officer::{DeviceStatus, EnrolledHost};
pub use supervisor::identify;
pub use transport::{Connector, terminal};
pub use trust::{Trust, TrustError, fingerprint};
pub use usb::{UsbBoard, boards, unprovisioned};

use super::{ErrorKind, Hsm, HsmError, HsmInfo};
use async_trait::async_trait;
use call::Call;
use casemate_common::blob::MAX_BLOB_LEN;
use casemate_common::command::{
    Command, DeviceState, Info, InfoAnswer, KeyringCreate, KeyringCreated, KeyringDestroy, KeyringDestroyed,
    KeyringList, KeyringPage, Open, Random, RootKind, Seal,
};
use casemate_common::keyring::KeyringId;
use casemate_common::limits::{MAX_PLAINTEXT, MAX_RANDOM};
use casemate_common::record;
use room::Room;
use std::sync::Arc;
use std::time::Duration;
use supervisor::Status;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// How long a request waits for a device that is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longest encoding of any command's typed part: two key blobs.
const MAX_HEAD: usize = 2 * MAX_BLOB_LEN;

/// Bytes of a statement's signature, and of the public key behind it.
const SIGNATURE_LEN: usize = 64;
const POINT_LEN: usize = 65;

/// A device, reached through a link that comes and goes.
pub struct DeviceHsm {
    status: watch::Receiver<Status>,
    meter: Arc<Meter>,
    room: Room,
    supervisor: JoinHandle<()>,
    /// How long a request waits for a device that is away.
    patience: Duration,
}

impl DeviceHsm {
    /// Begins to connect, in the background; must be called within a tokio runtime. Requests wait for the device, for
    /// ten seconds at most.
    pub fn connect(connector: Connector) -> Self {
        let (sender, status) = watch::channel(Status::Down("the device has not answered yet".into()));
        let meter = Arc::<Meter>::default();
        let supervisor = tokio::spawn(supervisor::supervise(connector, meter.clone(), sender));
        Self {
            status,
            meter,
            room: Room::default(),
            supervisor,
            patience: PATIENCE,
        }
    }

    /// The same, but requests do not wait for a device that is away: whoever asks has others to turn to.
    #[must_use]
    pub fn hasty(mut self) -> Self {
        self.patience = Duration::ZERO;
        self
    }

    /// Bytes on the link so far.
    pub fn traffic(&self) -> Traffic {
        self.meter.traffic()
    }

    async fn call<C: Command>(
        &self,
        command: &C,
        data: Data<'_>,
        expected_len: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let mut buffer = [0; MAX_HEAD];
        let head = postcard::to_slice(command, &mut buffer)
            .map_err(|_| HsmError::new(ErrorKind::Caller, "the request is larger than the device accepts"))?;
        let Data {
            bytes,
            first_len,
            part_len,
        } = data;
        Call {
            spec: C::SPEC,
            head,
            data: bytes,
            first_len,
            part_len,
            expected_len,
        }
        .run(&self.status, &self.room, self.patience)
        .await
    }

    /// A command without data.
    async fn ask<C: Command>(
        &self,
        command: &C,
        expected_len: usize,
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        self.call(
            command,
            Data {
                bytes: &[],
                first_len: 0,
                part_len: 1,
            },
            expected_len,
        )
        .await
    }
}

impl Drop for DeviceHsm {
    fn drop(&mut self) {
        self.supervisor.abort();
    }
}

/// What follows a command's encoding, and how it is cut into messages.
struct Data<'a> {
    bytes: &'a [u8],
    first_len: usize,
    part_len: usize,
}

#[async_trait]
impl Hsm for DeviceHsm {
    async fn info(&self) -> Result<HsmInfo, HsmError> {
        let bytes = self.ask(&Info {}, 256).await?;
        let info: InfoAnswer<'_> = answer(&bytes)?.0;
        Ok(HsmInfo {
            backend: "device",
            model: info.board.to_owned(),
            version: info.firmware.to_owned(),
            id: hex::encode(info.device_id),
            ready: matches!(info.state, DeviceState::Ready | DeviceState::Locked),
            root: root_in_words(info.root).to_owned(),
            keyrings: info.keyrings,
            keyring_capacity: Some(info.keyring_capacity),
            receive_overruns: Some(info.receive_overruns),
            stack_high_water: Some(info.stack_high_water).filter(|&bytes| bytes > 0),
            missing: Vec::new(),
            members: Vec::new(),
        })
    }

    async fn check_officer_pin(&self, pin: &str) -> Result<(), HsmError> {
        if self.device_status().await?.pin_tries <= 1 {
            let why = "one wrong PIN more would lock the device, so it is not tried from here: give it with `casemate device pin verify`";
            return Err(HsmError::new(ErrorKind::Forbidden, why));
        }
        self.verify_pin(pin).await
    }

    async fn random(&self, len: usize) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(len));
        while bytes.len() < len {
            let piece = (len - bytes.len()).min(MAX_RANDOM);
            let answer = self
                .ask(
                    &Random {
                        len: u16::try_from(piece).unwrap_or(u16::MAX),
                    },
                    piece,
                )
                .await?;
            if answer.len() != piece {
                return Err(unreadable());
            }
            bytes.extend_from_slice(&answer);
        }
        Ok(bytes)
    }

    async fn create_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let bytes = self.ask(&KeyringCreate { id }, 8).await?;
        Ok(answer::<KeyringCreated>(&bytes)?.0.created)
    }

    async fn list_keyrings(&self) -> Result<Vec<KeyringId>, HsmError> {
        let mut all: Vec<KeyringId> = Vec::new();
        loop {
            let bytes = self
                .ask(
                    &KeyringList {
                        after: all.last().copied(),
                    },
                    4096,
                )
                .await?;
            let (page, ids): (KeyringPage, _) = answer(&bytes)?;
            let (ids, rest) = ids.as_chunks::<{ KeyringId::LEN }>();
            if !rest.is_empty() || page.more && ids.is_empty() {
                return Err(unreadable());
            }
            all.extend(ids.iter().copied().map(KeyringId::new));
            if !page.more {
                return Ok(all);
            }
        }
    }

    async fn destroy_keyring(&self, id: KeyringId) -> Result<bool, HsmError> {
        let bytes = self.ask(&KeyringDestroy { id }, 8).await?;
        Ok(answer::<KeyringDestroyed>(&bytes)?.0.existed)
    }

    async fn seal(&self, keyring: KeyringId, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, HsmError> {
        let sealed_len = record::sealed_len(plaintext.len()).filter(|_| plaintext.len() <= MAX_PLAINTEXT);
        let sealed_len = sealed_len.ok_or_else(too_large)?;
        let data = Data {
            bytes: plaintext,
            first_len: record::CHUNK_LEN,
            part_len: record::CHUNK_LEN,
        };
        let mut sealed = self.call(&Seal { keyring, context }, data, sealed_len).await?;
        if sealed.len() != sealed_len {
            return Err(unreadable());
        }
        Ok(std::mem::take(&mut *sealed))
    }

    async fn open(
        &self,
        keyring: KeyringId,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let Some(plaintext_len) = record::plaintext_len(sealed.len()).filter(|&len| len <= MAX_PLAINTEXT)
        else {
            return Err(HsmError::new(
                ErrorKind::Refused,
                "no record has this length; it was cut or extended",
            ));
        };
        let first_len = record::HEADER_LEN + record::SEALED_CHUNK_LEN;
        let data = Data {
            bytes: sealed,
            first_len,
            part_len: record::SEALED_CHUNK_LEN,
        };
        let plaintext = self.call(&Open { keyring, context }, data, plaintext_len).await?;
        if plaintext.len() != plaintext_len {
            return Err(unreadable());
        }
        Ok(plaintext)
    }
}

fn answer<'a, A: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<(A, &'a [u8]), HsmError> {
    postcard::take_from_bytes(bytes).map_err(|_| unreadable())
}

/// The data of an answer that the device has signed.
struct Signed<'a> {
    signature: &'a [u8],
    /// The key that it is by.
    key: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Signed<'a> {
    fn split(data: &'a [u8]) -> Result<Self, HsmError> {
        let (signature, rest) = data.split_at_checked(SIGNATURE_LEN).ok_or_else(unreadable)?;
        let (key, rest) = rest.split_at_checked(POINT_LEN).ok_or_else(unreadable)?;
        Ok(Self { signature, key, rest })
    }
}

fn unreadable() -> HsmError {
    HsmError::new(
        ErrorKind::Permanent,
        "the device's answer can't be read; host and firmware disagree",
    )
}

fn too_large() -> HsmError {
    HsmError::new(
        ErrorKind::Caller,
        format!("a record holds at most {MAX_PLAINTEXT} bytes"),
    )
}

/// Where a device's root secret lives, for people.
pub fn root_in_words(root: RootKind) -> &'static str {
    match root {
        RootKind::FlashPage => "a page of the device's flash: whoever copies the flash has the keys",
        RootKind::Otp => "one-time-programmable memory",
        RootKind::HardwareUniqueKey => {
            "the device's flash, under a key of the chip that no software can read, but whatever runs there can use"
        }
        RootKind::HardwareUniqueKeyAndTamper => {
            "the device's flash, under a key of the chip that no software can read, but whatever runs there can use, and a \
             half that the tamper input erases"
        }
    }
}
