use super::{Failure, Target};
use crate::cli::files;
use crate::cli::interrupt::Hidden;
use crate::cli::serve::data_dir::DataDir;
use crate::hsm::device::{Connector, DeviceHsm, Trust};
use crate::hsm::{Address, ErrorKind, Hsm, HsmError, pkcs11};
use casemate_common::command::{MAX_PIN, MIN_PIN};
use std::io::{self, BufRead, IsTerminal, Write};
use zeroize::Zeroizing;

/// A device that this process alone talks to.
pub(super) struct Opened {
    pub(super) hsm: DeviceHsm,
    data: DataDir,
}

/// A device or a token that this process alone talks to, for what both do.
pub(in crate::cli) struct Reached {
    pub(in crate::cli) hsm: Box<dyn Hsm>,
    pub(super) data: DataDir,
}

impl Target {
    /// Takes the data directory's lock and connects, to whatever it is.
    pub(super) fn reach(&self) -> Result<Reached, Failure> {
        if let Address::Pkcs11(_) = &self.device {
            let data = DataDir::open(&self.data)?;
            let token = pkcs11::connect(&self.device.to_string().parse()?)?;
            return Ok(Reached {
                hsm: Box::new(token),
                data,
            });
        }
        let Opened { hsm, data } = self.open()?;
        Ok(Reached {
            hsm: Box::new(hsm),
            data,
        })
    }

    /// Takes the data directory's lock and connects.
    pub(super) fn open(&self) -> Result<Opened, Failure> {
        let (data, connector) = self.connector()?;
        Ok(Opened {
            hsm: DeviceHsm::connect(connector),
            data,
        })
    }

    /// How to reach the device, as this directory's host.
    pub(super) fn connector(&self) -> Result<(DataDir, Connector), Failure> {
        let data = DataDir::open(&self.data)?;
        let connector = connector(&data, data.trust()?, &self.device)?;
        Ok((data, connector))
    }

    /// Takes the data directory's lock and connects, to another device too.
    pub(super) fn open_with(&self, other: &Address) -> Result<(Opened, DeviceHsm), Failure> {
        let data = DataDir::open(&self.data)?;
        let trust = data.trust()?;
        let other_hsm = DeviceHsm::connect(connector(&data, trust.clone(), other)?);
        let hsm = DeviceHsm::connect(connector(&data, trust, &self.device)?);
        Ok((Opened { hsm, data }, other_hsm))
    }

    /// The officer PIN: from the file that was named, the data directory or whoever sits there. One that can't be it is
    /// not tried: the device would count it.
    fn pin(&self, data: &DataDir, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        if let Some(path) = &self.pin_file {
            return plausible(files::secret(path)?);
        }
        match data.read("officer-pin")? {
            Some(pin) => plausible(pin),
            None => plausible(ask(prompt)?),
        }
    }
}

impl Opened {
    /// Proves to the device that the officer is there.
    pub(super) async fn verify_pin(&self, target: &Target) -> Result<(), Failure> {
        let pin = self.pin(target, "officer PIN: ").await?;
        verify(&self.hsm, &pin).await
    }

    /// The officer PIN; asked for when the device has answered, as a new simulator's is made up just before.
    pub(super) async fn pin(&self, target: &Target, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        self.hsm.device_status().await?;
        target.pin(&self.data, prompt)
    }

    pub(super) fn data(&self) -> &DataDir {
        &self.data
    }
}

/// Proves to a device that its officer is there.
pub(super) async fn verify(hsm: &DeviceHsm, pin: &str) -> Result<(), Failure> {
    counted(hsm, hsm.verify_pin(pin).await).await
}

/// What came of giving a device its PIN; of a wrong one also how many tries are left.
pub(super) async fn counted(hsm: &DeviceHsm, given: Result<(), HsmError>) -> Result<(), Failure> {
    let error = match given {
        Err(error) if error.kind() == ErrorKind::Caller => error,
        given => return Ok(given?),
    };
    let left = match hsm.device_status().await {
        Ok(status) => status.pin_tries,
        Err(_) => return Err(error.into()),
    };
    Err(match left {
        0 => format!("{error}, and it was the last one: the device takes PINs again after it has run for a quarter of an hour"),
        1 => format!("{error}, and one is left until the device locks"),
        _ => format!("{error}, and {left} are left until the device locks"),
    }
    .into())
}

/// How to reach a device, as this directory's host.
fn connector(data: &DataDir, trust: Trust, address: &Address) -> Result<Connector, Failure> {
    if let Address::Pkcs11(_) = address {
        return Err("a PKCS#11 token is governed by its vendor's tools, not by this command".into());
    }
    Ok(Connector {
        address: address.clone(),
        sim_flash: data.sim_flash(address),
        sim_program: std::env::current_exe()?,
        // A simulator is this program itself: there is nobody to compare fingerprints with. One that is made now, and
        // another that it may join, come beside those that are trusted already; one that was erased is for an officer.
        trust: match (address.sim_number(), trust.devices().len()) {
            (0, _) => trust,
            (_, known) if !data.has_flash(address) => trust.on_first_use(known + 2),
            (number, known) if known < number => trust.on_first_use(number),
            _ => trust,
        },
    })
}

/// A PIN that can be one, which the device may be asked.
pub(super) fn plausible(pin: Zeroizing<String>) -> Result<Zeroizing<String>, Failure> {
    if !(MIN_PIN..=MAX_PIN).contains(&pin.len()) {
        return Err(format!(
            "a PIN has {MIN_PIN} to {MAX_PIN} bytes, this one {}: nothing was tried",
            pin.len()
        )
        .into());
    }
    Ok(pin)
}

/// A line from standard input; not shown while it is typed at a terminal.
pub(super) fn ask(prompt: &str) -> io::Result<Zeroizing<String>> {
    let stdin = io::stdin();
    let mut line = Zeroizing::new(String::new());
    if !stdin.is_terminal() {
        stdin.lock().read_line(&mut line)?;
        return Ok(Zeroizing::new(line.trim_end().to_owned()));
    }
    eprint!("{prompt}");
    io::stderr().flush()?;
    let hidden = Hidden::begin()?;
    let read = stdin.lock().read_line(&mut line);
    drop(hidden);
    read?;
    Ok(Zeroizing::new(line.trim_end().to_owned()))
}
