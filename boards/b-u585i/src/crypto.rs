//! The algorithms of this board: AES-256-GCM, P-256, RSA and SHA-256 in hardware, the rest in software.

use crate::aes::HardwareAes256Gcm;
use crate::chip::{Aes, HashProcessor, Pka};
use crate::hash::HardwareSha256;
use crate::pka::{PkaModExp, PkaP256};
use casemate_firmware::crypto::{Crypto, Software};

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct Hardware;

impl Crypto for Hardware {
    type Aes256 = <Software as Crypto>::Aes256;
    type Aes256Gcm = HardwareAes256Gcm<Aes>;
    type HmacSha256 = <Software as Crypto>::HmacSha256;
    type ModExp = PkaModExp<Pka>;
    type P256 = PkaP256<Pka>;
    type P384 = <Software as Crypto>::P384;
    type P521 = <Software as Crypto>::P521;
    type Sha1 = <Software as Crypto>::Sha1;
    type Sha256 = HardwareSha256<HashProcessor>;
    type Sha384 = <Software as Crypto>::Sha384;
    type Sha512 = <Software as Crypto>::Sha512;
    type X25519 = <Software as Crypto>::X25519;
}
