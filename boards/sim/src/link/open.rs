use super::{Sink, Source};
use crate::args::LinkAddress;
use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};

/// Opens the link and prints where it is, when the host can't know.
pub(crate) fn open(address: LinkAddress) -> io::Result<(Source, Sink)> {
    match address {
        LinkAddress::Stdin => {
            let file = File::from(rustix::stdio::stdin().try_clone_to_owned()?);
            both(file)
        }
        LinkAddress::Pty => both(pty()?),
        LinkAddress::Tcp(address) => accept(address),
    }
}

fn both(file: File) -> io::Result<(Source, Sink)> {
    Ok((Box::new(file.try_clone()?), Box::new(file)))
}

/// A terminal that passes every byte unchanged.
fn pty() -> io::Result<File> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let path = rustix::pty::ptsname(&master, Vec::new())?;
    let mut settings = rustix::termios::tcgetattr(&master)?;
    settings.make_raw();
    rustix::termios::tcsetattr(&master, OptionalActions::Now, &settings)?;
    println!("{}", path.to_string_lossy());
    Ok(master.into())
}

fn accept(address: SocketAddr) -> io::Result<(Source, Sink)> {
    let listener = TcpListener::bind(address)?;
    println!("{}", listener.local_addr()?);
    let (stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    Ok((Box::new(stream.try_clone()?), Box::new(stream)))
}
