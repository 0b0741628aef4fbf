//! The inner loops of Montgomery's multiplication, which suit a processor or don't: a small one does best when it has
//! few limbs in its hands and touches memory seldom, a large one when it works on many that don't wait for each other.

#[cfg(any(test, not(target_pointer_width = "64")))]
mod narrow;
#[cfg(target_pointer_width = "64")]
mod wide;

#[cfg(not(target_pointer_width = "64"))]
pub(super) use narrow::{Inverse, multiply, reduce, square};
#[cfg(target_pointer_width = "64")]
pub(super) use wide::{Inverse, multiply, reduce, square};

#[cfg(all(test, target_pointer_width = "64"))]
mod tests;
