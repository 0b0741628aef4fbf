//! The security domain: a root secret that several devices share, so that any of them can serve any keyring.
//!
//! A secret of 32 bytes travels from one device, the *giver*, to another, the *taker*, through a host that learns nothing.
//! First the taker makes an [offer](crate::command::ShareOffer): a fresh key of X25519 (RFC 7748) whose private half
//! stays in its memory, serves once and is wiped when it has served, when a keyring is destroyed, when another offer is
//! made and when the session ends. Then the giver makes a fresh key of its own and answers
//!
//! ```text
//! share (80) = ephemeral (32) ‖ AES-256-GCM(K, nonce = 0, aad = "", secret (32)) ‖ tag (16)
//!
//! K    = HKDF-SHA-256(salt, ikm, info)                                                  RFC 5869, 32 bytes
//! info = label (24) ‖ giver (32) ‖ taker (32) ‖ ephemeral (32) ‖ offer (32) ‖ keyring id (16), or nothing
//! ```
//!
//! where `giver` and `taker` are the static keys that the devices prove in their channels, the ones that hosts pin.
//!
//! | secret | label | salt | ikm |
//! | --- | --- | --- | --- |
//! | the domain's | `casemate domain share v1` | 32 zeros | DH(ephemeral, offer) ‖ DH(ephemeral, taker) ‖ DH(giver, offer) |
//! | a keyring's key | `casemate keyring copy v1` | the domain's secret | DH(ephemeral, offer) |
//!
//! K serves one share, so its nonce is fixed.
//!
//! *What it gives.* The domain's secret goes to the device whose key the officer named, and is taken only from the device
//! whose key the officer named. A keyring goes only to devices of the domain. A share opens only while the offer stands:
//! no recording of it brings back a keyring that was destroyed, not even for somebody who has all devices' flash and
//! the domain's secret. *What it trusts:* an officer, with the PIN and where there is one the button, for which devices
//! belong to the domain: nothing tells a device apart from a program that pretends to be one.

mod id;
mod label;
pub mod vectors;

pub use id::DomainId;
pub use label::Label;

/// Bytes of a share.
pub const SHARE_LEN: usize = 32 + 32 + 16;
