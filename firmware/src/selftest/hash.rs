use crate::crypto::{HmacSha256, Key256, Sha256};

/// The two-block example of FIPS 180-4.
const MESSAGE: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const DIGEST: [u8; 32] = [
    0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3,
    0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1,
];

/// Test case 2 of RFC 4231, whose key pads to 32 bytes without changing its code.
const HMAC_KEY: [u8; 4] = *b"Jefe";
const HMAC_MESSAGE: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
const HMAC_CODE: [u8; 32] = [
    0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a,
    0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
];

pub(super) fn sha256<H: Sha256>() -> bool {
    let mut hash = H::default();
    let (head, tail) = MESSAGE.split_at_checked(3).unwrap_or_default();
    hash.update(head);
    hash.update(tail);
    hash.finish() == DIGEST
}

pub(super) fn hmac_sha256<H: HmacSha256>() -> bool {
    let mut key = Key256::zero();
    key.as_mut_bytes()
        .iter_mut()
        .zip(HMAC_KEY)
        .for_each(|(to, from)| *to = from);
    H::new(&key).mac(&HMAC_MESSAGE).as_bytes() == &HMAC_CODE
}
