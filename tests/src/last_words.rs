//! A device whose last words are lost when it goes, as a board's are that is reset before USB has carried them away.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How long its words are held back: longer than it takes to go.
const HELD: Duration = Duration::from_millis(100);

/// Serves a simulator in this process on a socket of this name, one host after the other and for as long as the process
/// lives; its flash is in a file beside it. It starts for each of them.
///
/// # Errors
/// The socket can't be made.
pub fn serve(socket: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(socket)?;
    let flash = socket.with_extension("flash");
    thread::spawn(move || {
        for host in listener.incoming().flatten() {
            if let Err(error) = serve_one(&flash, &host) {
                eprintln!("a device in this process: {error}");
            }
        }
    });
    Ok(())
}

fn serve_one(flash: &Path, host: &UnixStream) -> io::Result<()> {
    let device = casemate_sim::in_process(flash)?;
    let (mut from_host, mut to_device) = (host.try_clone()?, device.link.try_clone()?);
    let requests = thread::spawn(move || {
        // Either end may be gone.
        let _ = io::copy(&mut from_host, &mut to_device);
        let _ = to_device.shutdown(Shutdown::Both);
    });
    let carried = carry(device.link, host);
    let _ = host.shutdown(Shutdown::Both);
    let ended = |_| io::Error::other("a thread panicked");
    requests.join().map_err(ended)?;
    device.thread.join().map_err(ended)??;
    carried
}

/// Carries what the device says once it has stayed for a while after it.
fn carry(mut device: UnixStream, mut host: &UnixStream) -> io::Result<()> {
    let (mut held, mut buffer) = (Vec::new(), [0; 4096]);
    device.set_read_timeout(Some(HELD))?;
    loop {
        match device.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => held.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                host.write_all(&held)?;
                held.clear();
            }
            Err(error) => return Err(error),
        }
    }
}
