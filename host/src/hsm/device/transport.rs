//! Opens the stream of bytes to a device.

use super::sim::SimProcess;
use super::trust::Trust;
use super::usb;
use crate::hsm::Address;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_serial::{SerialPortBuilderExt, SerialStream};

/// Symbol rate of serial lines: what the UART boards are set to; USB CDC ignores it.
const BAUD: u32 = 921_600;

/// How to reach one device, again and again.
#[derive(Clone)]
pub struct Connector {
    /// Where it is.
    pub address: Address,
    /// The simulator's flash, for `sim:`.
    pub sim_flash: PathBuf,
    /// The program that runs the simulator when called with `sim`; the daemon itself by default.
    pub sim_program: PathBuf,
    /// Whom to trust, and as whom to speak.
    pub trust: Trust,
}

pub(super) type ReadHalf = Box<dyn AsyncRead + Send + Unpin>;
pub(super) type WriteHalf = Box<dyn AsyncWrite + Send + Unpin>;

/// An open stream of bytes; for the simulator, with the process behind it.
pub(super) struct Transport {
    pub(super) reader: ReadHalf,
    pub(super) writer: WriteHalf,
    _process: Option<SimProcess>,
}

impl Connector {
    pub(super) async fn open(&self) -> io::Result<Transport> {
        match &self.address {
            Address::Sim(options) => {
                let (process, stream) = SimProcess::spawn(&self.sim_program, &self.sim_flash, options)?;
                let (reader, writer) = stream.into_split();
                Ok(Transport::new(reader, writer, Some(process)))
            }
            Address::Serial(path) => open_terminal(path),
            Address::Usb(address) => open_terminal(&usb::terminal(address)?),
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let (reader, writer) = stream.into_split();
                Ok(Transport::new(reader, writer, None))
            }
            Address::Unix(path) => {
                let (reader, writer) = UnixStream::connect(path).await?.into_split();
                Ok(Transport::new(reader, writer, None))
            }
            Address::Pkcs11(_) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a PKCS#11 token is no device link",
            )),
        }
    }
}

fn open_terminal(path: &Path) -> io::Result<Transport> {
    let (reader, writer) = tokio::io::split(terminal(path)?);
    Ok(Transport::new(reader, writer, None))
}

/// Opens a board's terminal.
///
/// # Errors
/// Those of the system, which name the terminal; where the user may not open it, what to do.
pub fn terminal(path: &Path) -> io::Result<SerialStream> {
    let opened = tokio_serial::new(path.to_string_lossy(), BAUD).open_native_async();
    opened.map_err(io::Error::from).map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                ": put boards/70-casemate.rules into /etc/udev/rules.d, be in the group plugdev, and plug the board in again"
            }
            _ => "",
        };
        io::Error::new(error.kind(), format!("{}: {error}{remedy}", path.display()))
    })
}

impl Transport {
    fn new(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        process: Option<SimProcess>,
    ) -> Self {
        Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            _process: process,
        }
    }
}
