//! Records on NOR flash that survive a power cut at any moment.
//!
//! [`Log`] keeps named records, [`FlashRoot`] and [`RootPage`] the secret that seals them, [`Counters`] what must never go back,
//! [`Ring`] the audit log. All promise the same: a change is durable when the call returns; a change that power cut short is wholly there or wholly
//! absent after the next mount; an older value never comes back; and the bits of a removed or replaced record are zero
//! when the call returns.
//!
//! *What this trusts:* that a program or erase that returned is complete, and that one that was cut touched nothing
//! outside its words or sector. Anything may be *in* those. Each word is programmed once between erases, except that
//! it may be programmed to all zeros, which is what every NOR part allows, those with ECC included. *What it does not
//! trust:* the contents: whatever a damaged flash holds, mounting ends, panics nowhere and keeps each record that is
//! still sound.

mod compact;
mod counter;
mod error;
mod index;
mod layout;
mod log;
mod medium;
mod mount;
mod ring;
mod root;
mod scan;
mod sectors;

pub use counter::{CounterId, Counters};
pub use error::FlashError;
pub use index::Memory;
pub(crate) use layout::is_cleared;
pub use layout::{Kind, NAME_LEN};
pub use log::Log;
pub use ring::Ring;
pub use root::{CHECK_LEN, FlashRoot, Kept, PageKind, RootPage};
pub use sectors::MAX_SECTORS;
