use std::num::NonZeroU16;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a device is: the value of `--device`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `sim:` or `sim:?bit-rate=921600`: the simulator as a child process.
    Sim(SimOptions),
    /// `serial:/dev/ttyACM0`: a board on a UART, or wherever the name stays the same.
    Serial(PathBuf),
    /// `usb:` or `usb:E6614103E7305678`: a board on USB, found by what it is.
    Usb(UsbAddress),
    /// `tcp:127.0.0.1:4444`: an emulator or a serial server.
    Tcp(String),
    /// `unix:/run/qemu-uart`: an emulator's serial line as a socket in the file system.
    Unix(PathBuf),
    /// `pkcs11:/usr/lib/softhsm/libsofthsm2.so?token=…`: any PKCS#11 token; the part after the colon.
    Pkcs11(String),
}

/// Which board on USB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbAddress {
    /// The number that its chip was made with; the only board that is plugged in where there is none.
    pub serial: Option<String>,
    /// Where `sys` and `dev` are: `/`, except in tests (`usb:?root=/tmp/…`).
    pub root: PathBuf,
}

/// What can be said about the simulator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// Which one it is, where there are several: each has a flash of its own. 1 is the same as none.
    pub number: Option<NonZeroU16>,
    /// Slows the link to this many bits a second, ten bits a byte.
    pub bit_rate: Option<u32>,
    /// Cuts its power at this flash operation.
    pub cut_at: Option<u64>,
}

/// An address that could not be understood, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device address {address:?}: {reason}")]
pub struct AddressError {
    address: String,
    reason: String,
}

const FORMS: &str = "write sim:, usb:, serial:/dev/ttyACM0, tcp:host:port, unix:/path or pkcs11:/path/to/module.so?token=label";

impl SimOptions {
    /// Which one it is, counted from 1.
    pub fn number(&self) -> usize {
        self.number.map_or(1, |number| number.get().into())
    }
}

impl Address {
    /// Which simulator it is, counted from 1; 0 where it is none.
    pub fn sim_number(&self) -> usize {
        match self {
            Self::Sim(options) => options.number(),
            _ => 0,
        }
    }

    /// The name of the file that a simulator's flash is in.
    pub fn sim_flash(&self) -> String {
        match self {
            Self::Sim(options) if options.number() > 1 => format!("device-{}.flash", options.number()),
            _ => "device.flash".into(),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = |reason: String| AddressError {
            address: text.to_owned(),
            reason,
        };
        let (scheme, rest) = text
            .split_once(':')
            .ok_or_else(|| error(format!("no scheme; {FORMS}")))?;
        match scheme {
            "serial" | "tcp" | "unix" | "pkcs11" if rest.is_empty() => {
                Err(error(format!("nothing after the colon; {FORMS}")))
            }
            "sim" => sim_options(rest).map(Self::Sim).map_err(error),
            "usb" => usb_address(rest).map(Self::Usb).map_err(error),
            "serial" => Ok(Self::Serial(rest.into())),
            "tcp"
                if rest
                    .rsplit_once(':')
                    .is_some_and(|(_, port)| port.parse::<u16>().is_ok()) =>
            {
                Ok(Self::Tcp(rest.to_owned()))
            }
            "tcp" => Err(error(
                "write tcp:host:port, with a port from 0 to 65535".to_owned(),
            )),
            "unix" => Ok(Self::Unix(rest.into())),
            "pkcs11" => Ok(Self::Pkcs11(rest.to_owned())),
            other => Err(error(format!("unknown scheme {other:?}; {FORMS}"))),
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sim(options) if options.number() > 1 => write!(f, "sim:?number={}", options.number()),
            Self::Sim(_) => f.write_str("sim:"),
            Self::Usb(address) => write!(f, "usb:{}", address.serial.as_deref().unwrap_or_default()),
            Self::Serial(path) => write!(f, "serial:{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Pkcs11(rest) => write!(f, "pkcs11:{rest}"),
        }
    }
}

fn usb_address(rest: &str) -> Result<UsbAddress, String> {
    let (serial, query) = rest.split_once('?').unwrap_or((rest, "root=/"));
    let root = query
        .strip_prefix("root=")
        .ok_or_else(|| format!("unknown option {query:?}; write usb: or usb:SERIAL"))?;
    if !serial.chars().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(format!(
            "{serial:?} is no serial number of a board, which is hexadecimal"
        ));
    }
    Ok(UsbAddress {
        serial: Some(serial)
            .filter(|serial| !serial.is_empty())
            .map(str::to_owned),
        root: root.into(),
    })
}

fn sim_options(rest: &str) -> Result<SimOptions, String> {
    let mut options = SimOptions::default();
    if rest.is_empty() {
        return Ok(options);
    }
    let query = rest
        .strip_prefix('?')
        .ok_or("after sim: only options may follow, as in sim:?bit-rate=921600")?;
    for pair in query.split('&') {
        let number = |value: &str| format!("{value:?} is not a positive number in {pair:?}");
        match pair.split_once('=') {
            Some(("bit-rate", value)) => {
                options.bit_rate = Some(
                    value
                        .parse()
                        .ok()
                        .filter(|&rate| rate > 0)
                        .ok_or_else(|| number(value))?,
                );
            }
            Some(("number", value)) => options.number = Some(value.parse().map_err(|_| number(value))?),
            Some(("cut-at", value)) => options.cut_at = Some(value.parse().map_err(|_| number(value))?),
            _ => {
                return Err(format!(
                    "unknown option {pair:?}; the simulator knows number, bit-rate and cut-at"
                ));
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood() {
        let sim = SimOptions {
            bit_rate: Some(921_600),
            ..SimOptions::default()
        };
        assert_eq!("sim:".parse(), Ok(Address::Sim(SimOptions::default())));
        assert_eq!("sim:?bit-rate=921600".parse(), Ok(Address::Sim(sim)));
        assert_eq!(
            "serial:/dev/ttyACM0".parse(),
            Ok(Address::Serial("/dev/ttyACM0".into()))
        );
        let usb = |serial: Option<&str>, root: &str| {
            Ok(Address::Usb(UsbAddress {
                serial: serial.map(str::to_owned),
                root: root.into(),
            }))
        };
        assert_eq!("usb:".parse(), usb(None, "/"));
        assert_eq!("usb:E661".parse(), usb(Some("E661"), "/"));
        assert_eq!("usb:?root=/tmp/x".parse(), usb(None, "/tmp/x"));
        assert_eq!("tcp:[::1]:4444".parse(), Ok(Address::Tcp("[::1]:4444".into())));
        assert_eq!("unix:/run/uart".parse(), Ok(Address::Unix("/run/uart".into())));
        assert_eq!(
            "pkcs11:/lib/x.so?token=a".parse(),
            Ok(Address::Pkcs11("/lib/x.so?token=a".into()))
        );
    }

    #[test]
    fn each_simulator_has_a_flash_of_its_own() {
        for (address, shown, flash) in [
            ("sim:", "sim:", "device.flash"),
            ("sim:?number=1", "sim:", "device.flash"),
            ("sim:?number=2", "sim:?number=2", "device-2.flash"),
        ] {
            let address: Address = address.parse().unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.sim_flash().as_str()),
                (shown, flash)
            );
        }
    }

    #[test]
    fn anything_else_says_what_is_wrong() {
        for (address, word) in [
            ("sim", "scheme"),
            ("can:1", "unknown scheme"),
            ("can:", "unknown scheme \"can\"; write sim:"),
            ("", "no scheme"),
            ("usb:/dev/ttyACM0", "hexadecimal"),
            ("usb:1?speed=2", "unknown option"),
            ("serial:", "nothing after"),
            ("tcp:", "nothing after"),
            ("unix:", "nothing after"),
            ("pkcs11:", "nothing after"),
            ("tcp:localhost", "port"),
            ("tcp:localhost:99999", "port"),
            ("sim:fast", "options"),
            ("sim:?bit-rate=0", "positive"),
            ("sim:?number=0", "positive"),
            ("sim:?speed=1", "unknown option"),
        ] {
            let error = address.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(word), "{address}: {error}");
        }
    }
}
