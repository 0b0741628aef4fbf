//! Who a board is on USB, before anything is said: by that hosts find it. What it proves to be is its key's business.

/// The vendor of pid.codes, whose test range these products are in: for development, never for a product that is sold.
pub const VENDOR: u16 = 0x1209;
/// A device that serves.
pub const PRODUCT: u16 = 0x0001;
/// A board that waits to be provisioned.
pub const PROVISIONING_PRODUCT: u16 = 0x0002;

/// What the B-U585I-IOT02A calls itself.
pub const B_U585I: &str = "Casemate on B-U585I-IOT02A";
/// What the Pico 2 calls itself.
pub const PICO2: &str = "Casemate on Pico 2";
