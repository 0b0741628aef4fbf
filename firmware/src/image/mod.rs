//! The images that a board can start: two [`Slot`]s, of which one runs and the other takes the next image.
//!
//! The boot stage asks [`choose`], the firmware installs by [`Slots`]. An image is in its slot once its header is, and
//! the mark that this is whole, which are written last; the one that runs is never touched. So at every cut either the old or the new image starts.
//!
//! The last sector of a slot holds its [marks]: when the image came, that it is whole, how often it was tried, and that
//! it served.
//! An image that was tried three times and never served loses to the one before it. So does one that was built for another
//! key than the one that signed it: it never serves.
//! How long a try lasts is the device's [`Trial`](crate::device::Trial).
//!
//! *What this trusts:* the key that it is given, and that nobody but boot stage and firmware writes the slots' marks. *What
//! it does not:* anything else in a slot, whoever brought it.

mod choice;
mod images;
mod install;
mod marks;
mod slot;
mod trust;

pub use choice::{Chosen, NoImage, choose, security_floor};
pub use images::{Images, Running, Slots};
pub use slot::Slot;
pub use trust::Trust;
