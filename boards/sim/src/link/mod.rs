//! The simulator's end of the link.

mod block_on;
mod buffered;
mod open;
mod pace;

pub(crate) use block_on::block_on;
pub(crate) use buffered::BufferedLink;
pub(crate) use open::open;
pub(crate) use pace::pace;

use std::io::{Read, Write};
use std::os::fd::AsFd;

/// What can be read, and asked whether there is something.
pub(crate) trait ReadAndPoll: Read + AsFd + Send {}

impl<T: Read + AsFd + Send> ReadAndPoll for T {}

/// One direction of a connection to a host.
pub(crate) type Source = Box<dyn ReadAndPoll>;
/// The other direction.
pub(crate) type Sink = Box<dyn Write + Send>;
