//! Lines and devices that misbehave: what stands between the host and an honest device in the fault tests.

mod board;
mod broken;
mod faults;
mod line;
pub mod load;
mod tap;
mod usb;

pub use board::Board;
pub use broken::{Broken, Fault};
pub use faults::{Faults, Mangler, Output, Tally};
pub use line::Line;
pub use tap::{Recording, Tap};
pub use usb::{Plugged, Usb};
