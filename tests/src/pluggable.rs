//! A device that is pulled out and put back: the firmware in this process, behind a socket that comes and goes.

use casemate::hsm::Address;
use casemate::hsm::device::{Connector, Trust};
use casemate_sim::InProcess;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A device with a flash of its own; pulled out as long as nobody plugs it in.
pub struct Pluggable {
    socket: PathBuf,
    flash: PathBuf,
    plug: Arc<Plug>,
}

#[derive(Default)]
struct Plug {
    /// Whether it is plugged in, and the link of the host that is connected.
    state: Mutex<(bool, Option<UnixStream>)>,
}

impl Pluggable {
    /// A blank device whose files begin with this name.
    ///
    /// # Errors
    /// The socket can't be made.
    pub fn new(directory: &Path, name: &str) -> io::Result<Self> {
        let socket = directory.join(format!("{name}.link"));
        let flash = directory.join(format!("{name}.flash"));
        let listener = UnixListener::bind(&socket)?;
        let plug = Arc::<Plug>::default();
        let (file, switch) = (flash.clone(), plug.clone());
        thread::spawn(move || {
            for host in listener.incoming().flatten() {
                if let Err(error) = serve(&file, host, &switch) {
                    eprintln!("a device in this process: {error}");
                }
            }
        });
        Ok(Self { socket, flash, plug })
    }

    /// Plugs it in.
    pub fn plug(&self) {
        self.plug.lock().0 = true;
    }

    /// Pulls it out, whatever it is doing.
    pub fn pull(&self) {
        let mut state = self.plug.lock();
        state.0 = false;
        if let Some(link) = state.1.take() {
            // It may be closed already.
            let _ = link.shutdown(Shutdown::Both);
        }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        Address::Unix(self.socket.clone())
    }

    /// How to reach it.
    pub fn connector(&self, trust: &Trust) -> Connector {
        Connector {
            address: self.address(),
            sim_flash: self.flash.clone(),
            sim_program: PathBuf::new(),
            trust: trust.clone(),
        }
    }
}

impl Plug {
    fn lock(&self) -> std::sync::MutexGuard<'_, (bool, Option<UnixStream>)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a host's link if it is plugged in.
    fn take(&self, host: &UnixStream) -> io::Result<bool> {
        let mut state = self.lock();
        if state.0 {
            state.1 = Some(host.try_clone()?);
        }
        Ok(state.0)
    }
}

/// Serves one host until it hangs up or the device is pulled out.
fn serve(flash: &Path, host: UnixStream, plug: &Plug) -> io::Result<()> {
    if !plug.take(&host)? {
        return Ok(());
    }
    let InProcess { link, thread } = casemate_sim::in_process(flash)?;
    let (mut from_host, mut to_host) = (host.try_clone()?, host);
    let (mut from_device, mut to_device) = (link.try_clone()?, link);
    let answers = thread::spawn(move || io::copy(&mut from_device, &mut to_host));
    // Who pulls it out cuts both.
    let _ = io::copy(&mut from_host, &mut to_device);
    to_device.shutdown(Shutdown::Both)?;
    let ended = |_| io::Error::other("a thread panicked");
    let _ = answers.join().map_err(ended)?;
    thread.join().map_err(ended)?
}
