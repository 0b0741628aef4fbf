use crate::small_file;
use casemate_common::session::noise::{PublicKey, Secret};
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const HOST_KEY: &str = "host-key";
const DEVICE_KEY: &str = "device-key";
const OFFICER_PIN: &str = "officer-pin";
const PIN_DIGITS: usize = 12;

/// The files of a data directory that are about trust.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The host's private key; made when there is none.
    pub(super) fn host_key(&self) -> io::Result<Secret> {
        if let Some(text) = self.read(HOST_KEY)? {
            return parse_key(&text)
                .map(Secret::new)
                .ok_or_else(|| self.damaged(HOST_KEY));
        }
        let mut key = Zeroizing::new([0; Secret::LEN]);
        getrandom::fill(&mut *key).map_err(io::Error::other)?;
        self.write(HOST_KEY, &Zeroizing::new(hex::encode(*key)))?;
        Ok(Secret::new(*key))
    }

    /// The devices that are trusted.
    pub(super) fn devices(&self) -> io::Result<Vec<PublicKey>> {
        let text = self.read(DEVICE_KEY)?.unwrap_or_default();
        let keys = text.lines().map(|line| parse_key(line).map(PublicKey::new));
        keys.collect::<Option<_>>()
            .ok_or_else(|| self.damaged(DEVICE_KEY))
    }

    pub(super) fn write_devices(&self, devices: &[PublicKey]) -> io::Result<()> {
        let lines: Vec<_> = devices.iter().map(|key| hex::encode(key.as_bytes())).collect();
        self.write(DEVICE_KEY, &lines.join("\n"))
    }

    /// The officer PIN; made up when there is none.
    pub(super) fn officer_pin(&self) -> io::Result<Zeroizing<String>> {
        if let Some(pin) = self.read(OFFICER_PIN)? {
            return Ok(pin);
        }
        let pin = random_pin()?;
        self.write(OFFICER_PIN, &pin)?;
        Ok(pin)
    }

    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<String>>> {
        match small_file::read(&self.0.join(name)) {
            // Not even text: something else was written over it.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(self.damaged(name)),
            read => read,
        }
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        small_file::write(&self.0.join(name), text)
    }

    fn damaged(&self, name: &str) -> io::Error {
        let text = match name {
            HOST_KEY => {
                "is not this host's key, 64 hex digits; restore it from a backup, or remove it: a new one is made then, which \
                 an officer has to enrol in the device (casemate device roles)"
            }
            OFFICER_PIN => "is not the PIN of a simulator; restore it from a backup",
            _ => "does not hold keys of 64 hex digits; restore it from a backup, or remove it and pair again",
        };
        small_file::naming(
            &self.0.join(name),
            io::Error::new(io::ErrorKind::InvalidData, text),
        )
    }
}

fn parse_key(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim(), &mut key).ok()?;
    Some(key)
}

/// Digits from the operating system's generator, each as likely as the others.
pub(super) fn random_pin() -> io::Result<Zeroizing<String>> {
    let mut pin = Zeroizing::new(String::with_capacity(PIN_DIGITS));
    while pin.len() < PIN_DIGITS {
        let mut byte = [0];
        getrandom::fill(&mut byte).map_err(io::Error::other)?;
        if byte[0] < 250 {
            pin.push(char::from(b'0' + byte[0] % 10));
        }
    }
    Ok(pin)
}
