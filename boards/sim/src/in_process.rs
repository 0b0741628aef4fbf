use crate::flash::FlashFile;
use crate::{serve, start};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::{self, JoinHandle};

/// A simulator as a thread of this process, for tests.
#[derive(Debug)]
pub struct InProcess {
    /// The host's end of its link. When it is closed, the simulator ends.
    pub link: UnixStream,
    /// The simulator; it holds the flash file until it has ended.
    pub thread: JoinHandle<io::Result<()>>,
}

/// Starts a simulator with this flash file, which is not synchronised to the disk.
///
/// # Errors
/// When the file can't be opened, or the thread not started.
pub fn in_process(flash: &Path) -> io::Result<InProcess> {
    let file = FlashFile::open(flash, false)?;
    let (link, device) = UnixStream::pair()?;
    let source = Box::new(device.try_clone()?);
    let thread = thread::Builder::new()
        .name("simulator".into())
        .spawn(move || serve(start(file, None), source, Box::new(device)))?;
    Ok(InProcess { link, thread })
}
