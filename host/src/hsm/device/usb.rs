//! Finds boards by what they are, wherever they are plugged in: the identity that USB tells of a terminal's device, in
//! Linux's `sysfs`.
//!
//! Terminals are numbered as they come, and a board that is replugged may come back as another one; so the number is
//! looked up anew for each connection. *What this trusts:* nothing that a device says of itself; who it is its key proves
//! (see `trust`).

use crate::hsm::UsbAddress;
use casemate_common::usb::{PRODUCT, PROVISIONING_PRODUCT, VENDOR};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A board that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbBoard {
    /// What it calls itself.
    pub name: String,
    /// The number that its chip was made with.
    pub serial: String,
    /// Its terminal.
    pub terminal: PathBuf,
    /// Bus and number that it was given when it was recognised: others, each time that it is.
    pub enumerated: String,
}

/// The boards that serve, by their serial numbers.
///
/// # Errors
/// When `sysfs` can't be read.
pub fn boards(root: &Path) -> Result<Vec<UsbBoard>> {
    with_product(root, PRODUCT)
}

/// The boards that wait to be provisioned, by their serial numbers.
///
/// # Errors
/// When `sysfs` can't be read.
pub fn unprovisioned(root: &Path) -> Result<Vec<UsbBoard>> {
    with_product(root, PROVISIONING_PRODUCT)
}

/// The terminal of the one board that this address means.
///
/// # Errors
/// [`ErrorKind::NotFound`] when it is not plugged in, or when the address names none and there are several.
pub(super) fn terminal(address: &UsbAddress) -> Result<PathBuf> {
    let mut found = boards(&address.root)?;
    if let Some(serial) = &address.serial {
        found.retain(|board| board.serial.eq_ignore_ascii_case(serial));
    }
    match (found.as_slice(), &address.serial) {
        ([board], _) => Ok(board.terminal.clone()),
        ([], None) => Err(not_found("no board is plugged in".to_owned())),
        ([], Some(serial)) => Err(not_found(format!("the board {serial} is not plugged in"))),
        (several, _) => Err(not_found(several_boards(several))),
    }
}

fn several_boards(boards: &[UsbBoard]) -> String {
    let addresses: Vec<_> = boards
        .iter()
        .map(|board| format!("usb:{}", board.serial))
        .collect();
    format!(
        "several boards are plugged in: say which, as {}",
        addresses.join(" or ")
    )
}

fn not_found(reason: String) -> Error {
    Error::new(ErrorKind::NotFound, reason)
}

fn with_product(root: &Path, product: u16) -> Result<Vec<UsbBoard>> {
    let terminals = match fs::read_dir(root.join("sys/class/tty")) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        terminals => terminals?,
    };
    let mut boards = Vec::new();
    for terminal in terminals {
        let terminal = terminal?;
        // One that is just being unplugged is as good as gone.
        let Ok(Some(device)) = device(&terminal.path(), product) else {
            continue;
        };
        boards.push(UsbBoard {
            name: device.text("product").unwrap_or_default(),
            serial: device.text("serial")?,
            terminal: root.join("dev").join(terminal.file_name()),
            enumerated: ["busnum", "devnum"]
                .map(|name| device.text(name).unwrap_or_default())
                .join("-"),
        });
    }
    boards.sort_by(|a, b| a.serial.cmp(&b.serial));
    Ok(boards)
}

/// A USB device, by its directory.
struct Device(PathBuf);

impl Device {
    fn text(&self, attribute: &str) -> io::Result<String> {
        Ok(fs::read_to_string(self.0.join(attribute))?.trim().to_owned())
    }
}

/// The USB device that this terminal is an interface of, if it is one of ours.
fn device(terminal: &Path, product: u16) -> io::Result<Option<Device>> {
    let interface = fs::canonicalize(terminal.join("device"))?;
    let Some(device) = interface.parent().map(|device| Device(device.to_owned())) else {
        return Ok(None);
    };
    let numbers = [device.text("idVendor")?, device.text("idProduct")?];
    let is_ours = numbers == [VENDOR, product].map(|number| format!("{number:04x}"));
    Ok(is_ours.then_some(device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// As Linux lays it out: the terminal's class entry leads to the interface, whose parent is the device.
    fn plug(root: &Path, port: &str, terminal: &str, identity: [&str; 3]) {
        let device = root.join("sys/devices/pci0000:00/usb1").join(port);
        let interface = device.join(format!("{port}:1.0"));
        fs::create_dir_all(interface.join("tty").join(terminal)).unwrap();
        for (name, value) in ["idVendor", "idProduct", "serial"].iter().zip(identity) {
            fs::write(device.join(name), format!("{value}\n")).unwrap();
        }
        let class = root.join("sys/class/tty").join(terminal);
        fs::create_dir_all(&class).unwrap();
        symlink(interface, class.join("device")).unwrap();
    }

    fn address(root: &Path, serial: Option<&str>) -> UsbAddress {
        UsbAddress {
            serial: serial.map(str::to_owned),
            root: root.to_owned(),
        }
    }

    #[test]
    fn boards_are_told_apart_from_other_terminals_and_from_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        assert_eq!(boards(root).unwrap(), []);
        fs::create_dir_all(root.join("sys/class/tty/tty0")).unwrap();
        plug(root, "1-1", "ttyACM0", ["0403", "6001", "FT1"]);
        plug(root, "1-2", "ttyACM1", ["1209", "0002", "E6614103E7301234"]);
        let none = terminal(&address(root, None)).unwrap_err().to_string();
        assert_eq!(none, "no board is plugged in");
        assert_eq!(unprovisioned(root).unwrap().len(), 1);

        plug(root, "1-3", "ttyACM7", ["1209", "0001", "E6614103E7305678"]);
        let one = terminal(&address(root, None)).unwrap();
        assert_eq!(one, root.join("dev/ttyACM7"));

        plug(
            root,
            "1-4",
            "ttyACM2",
            ["1209", "0001", "0123456789ABCDEF01234567"],
        );
        let several = terminal(&address(root, None)).unwrap_err().to_string();
        assert!(
            several.contains("usb:0123456789ABCDEF01234567 or usb:E6614103E7305678"),
            "{several}"
        );
        let by_serial = terminal(&address(root, Some("e6614103e7305678"))).unwrap();
        assert_eq!(by_serial, root.join("dev/ttyACM7"));
        let gone = terminal(&address(root, Some("77"))).unwrap_err();
        assert_eq!(gone.to_string(), "the board 77 is not plugged in");
    }

    #[test]
    fn a_board_that_comes_back_elsewhere_is_the_same_one() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let one = address(root, Some("E6614103E7305678"));
        plug(root, "1-3", "ttyACM0", ["1209", "0001", "E6614103E7305678"]);
        assert_eq!(terminal(&one).unwrap(), root.join("dev/ttyACM0"));
        fs::remove_dir_all(root.join("sys/class/tty/ttyACM0")).unwrap();
        assert!(terminal(&one).is_err());
        plug(root, "2-1", "ttyACM1", ["1209", "0001", "E6614103E7305678"]);
        assert_eq!(terminal(&one).unwrap(), root.join("dev/ttyACM1"));
    }
}
