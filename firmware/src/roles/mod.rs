//! Who may do what: the hosts that an officer has enrolled, and the officer PIN.
//!
//! Both are sealed records in the flash log, under a key that follows from the root secret and the [era](crate::era), so
//! that a copy of the flash tells nothing, and nothing can be put in but a whole older store. *What this trusts:* the
//! secure channel for who a host is; the counters for tries that are never forgotten.

mod hosts;
mod pin;
mod sealed;

pub(crate) use hosts::{Host, HostName, Hosts};
pub(crate) use pin::{Pin, PinError, PinParts};
pub(crate) use sealed::Sealer;
