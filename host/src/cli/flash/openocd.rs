use super::Failure;
use super::payload::Payload;
use crate::cli::board::Board;
use std::io::{self, Write};
use std::path::Path;
use std::process::Output;
use tempfile::NamedTempFile;
use tokio::process::Command;

/// How each board is reached.
const CONFIGURATION: &str = include_str!("../../../../openocd.cfg");

/// What OpenOCD says when there is a probe that it may not open.
const NO_ACCESS: [&str; 1] = ["LIBUSB_ERROR_ACCESS"];
/// What OpenOCD says when no probe is there, by the driver.
const NO_PROBE: [&str; 4] = [
    "open failed",
    "unable to find a matching CMSIS-DAP device",
    "No device matches the serial string",
    "libusb_open() failed",
];
/// What it says when the probe is there and the board is not, or has no power.
const NO_BOARD: [&str; 4] = [
    "init mode failed",
    "Target voltage may be too low",
    "Could not initialize the debug port",
    "Error connecting DP",
];

/// Writes to the board's flash, reads back, and starts it.
pub(super) async fn write(board: Board, payload: &Payload) -> Result<(), Failure> {
    match payload {
        Payload::Alone(program) => {
            run(board, &format!("flash_image {{{}}}", program.path.display())).await?;
        }
        Payload::Slots { boot, image } => {
            let mut file = NamedTempFile::new()?;
            file.write_all(image)?;
            run(board, &flash_slots(board, &boot.path, file.path())).await?;
        }
    }
    Ok(())
}

/// The command that writes both, and erases from slot A's marks to the end of slot B, which are one piece.
fn flash_slots(board: Board, boot: &Path, image: &Path) -> String {
    let [a, b] = board.slots();
    format!(
        "flash_slots {{{}}} {{{}}} {:#x} {:#x} {:#x}",
        boot.display(),
        image.display(),
        a.place.start,
        a.marks,
        b.place.end - a.marks,
    )
}

/// Runs a command of the configuration on the board, through its probe; what OpenOCD says meanwhile.
pub(in crate::cli) async fn run(board: Board, command: &str) -> Result<String, Failure> {
    // From a file, OpenOCD tells the configuration's own errors as such.
    let mut configuration = NamedTempFile::new()?;
    configuration.write_all(CONFIGURATION.as_bytes())?;
    let output = Command::new("openocd")
        .arg("-c")
        .arg(format!("set BOARD {board}"))
        .arg("-f")
        .arg(configuration.path())
        .args(["-c", command])
        .output()
        .await
        .map_err(not_started)?;
    if output.status.success() {
        return Ok(said(&output));
    }
    Err(in_words(board, &said(&output)).into())
}

fn not_started(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        return "OpenOCD is not installed (Debian package openocd)".into();
    }
    format!("openocd: {error}").into()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn in_words(board: Board, said: &str) -> String {
    let tells_of = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    if tells_of(&NO_ACCESS) {
        return "the debug probe is there, but you may not use it: install OpenOCD's udev rules (Debian: \
                /lib/udev/rules.d/60-openocd.rules), be in the group plugdev, and plug the probe in again"
            .to_owned();
    }
    if tells_of(&NO_PROBE) {
        return format!("no debug probe was found: {}", board.how_to_connect());
    }
    if tells_of(&NO_BOARD) {
        return format!(
            "the debug probe is there, but no {board} answers it: give the board power, and look at its wires"
        );
    }
    let errors = said.lines().filter_map(|line| line.split_once("Error: "));
    match errors.map(|(_, error)| error).next() {
        Some(error) => format!("OpenOCD: {error}"),
        None => format!("OpenOCD failed:\n{said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_of_the_slots_is_erased() {
        let command = flash_slots(Board::BU585I, Path::new("boot"), Path::new("my image"));
        assert_eq!(
            command,
            "flash_slots {boot} {my image} 0x8010000 0x8086000 0x7a000"
        );
    }

    #[test]
    fn what_openocd_says_becomes_a_sentence() {
        let none = in_words(Board::BU585I, "Info : clock speed 4000 kHz\nError: open failed\n");
        assert!(none.contains("CN8"), "{none}");
        let closed = in_words(
            Board::BU585I,
            "Error: libusb_open() failed with LIBUSB_ERROR_ACCESS\nError: open failed\n",
        );
        assert!(closed.contains("plugdev"), "{closed}");
        let dark = in_words(Board::Pico2, "Error: Error connecting DP: cannot read IDR\n");
        assert!(dark.contains("give the board power"), "{dark}");
        let other = in_words(
            Board::BU585I,
            "x.cfg:60: Error: the chip says 0x1\nin procedure\n",
        );
        assert_eq!(other, "OpenOCD: the chip says 0x1");
    }
}
