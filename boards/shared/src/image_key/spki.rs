//! Used by the crate's build script, which looks at the file before it becomes part of an image.

use p256::PublicKey;

/// What stands in front of the point in a SubjectPublicKeyInfo of P-256 (RFC 5480, section 2).
const PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// In front of an uncompressed point (SEC 1, section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// The uncompressed point of a public key, which lies on the curve: a check by any other says no to every image.
///
/// # Errors
/// A sentence that says what the file is instead, and how to mend it.
pub(crate) fn point(file: &[u8]) -> Result<[u8; 65], &'static str> {
    if file.starts_with(b"-----BEGIN") {
        return Err(
            "this is PEM and has to be DER; of a private key: openssl pkey -in KEY.pem -pubout -outform DER -out KEY.der",
        );
    }
    let point = file.strip_prefix(&PREFIX).and_then(|point| point.try_into().ok());
    let point = point
        .filter(|point: &[u8; 65]| point.starts_with(&[UNCOMPRESSED]))
        .ok_or(
            "this is not a public key for ECDSA with P-256 as SubjectPublicKeyInfo in DER, which has 91 bytes",
        )?;
    match PublicKey::from_sec1_bytes(&point) {
        Ok(_) => Ok(point),
        Err(_) => Err(
            "this is damaged: its point is not on the curve P-256, and no signature would ever hold; make the file anew from the private key",
        ),
    }
}
