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

/// One direction of a connection to a host.
pub(crate) type Source = Box<dyn Read + Send>;
/// The other direction.
pub(crate) type Sink = Box<dyn Write + Send>;
