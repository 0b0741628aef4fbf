use casemate::hsm::Address;
use casemate_sim::InProcess;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

/// The firmware as a thread, behind a socket that can be connected to again and again, one host at a time.
pub(super) struct Core {
    socket: PathBuf,
}

impl Core {
    pub(super) fn start(directory: &Path) -> io::Result<Self> {
        let socket = directory.join("link");
        let listener = UnixListener::bind(&socket)?;
        let flash = directory.join("flash.bin");
        thread::spawn(move || {
            for host in listener.incoming().flatten() {
                if let Err(error) = serve(&flash, host) {
                    eprintln!("the firmware in this process: {error}");
                }
            }
        });
        Ok(Self { socket })
    }

    pub(super) fn address(&self) -> Address {
        Address::Unix(self.socket.clone())
    }
}

/// Serves one host until it hangs up; the firmware's own link is the other end of a pair.
fn serve(flash: &Path, host: UnixStream) -> io::Result<()> {
    let InProcess { link, thread } = casemate_sim::in_process(flash)?;
    let (mut from_host, mut to_host) = (host.try_clone()?, host);
    let (mut from_device, mut to_device) = (link.try_clone()?, link);
    let answers = thread::spawn(move || io::copy(&mut from_device, &mut to_host));
    io::copy(&mut from_host, &mut to_device)?;
    to_device.shutdown(Shutdown::Both)?;
    let ended = |_| io::Error::other("a thread panicked");
    answers.join().map_err(ended)??;
    thread.join().map_err(ended)?
}
