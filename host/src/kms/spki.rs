use casemate_firmware::crypto::rsa::RsaPublic;

/// The SubjectPublicKeyInfo in DER of an RSA key, given as big-endian numbers; `None` for one that nothing is wrapped for.
pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let start = modulus.iter().position(|&byte| byte != 0)?;
    let exponent = exponent.iter().try_fold(0_u32, |value, byte| {
        value.checked_mul(256)?.checked_add(u32::from(*byte))
    });
    let public = RsaPublic::new(modulus.get(start..)?, exponent?).ok()?;
    let mut spki = vec![0; RsaPublic::MAX_SPKI_LEN];
    let len = public.write_spki(&mut spki).ok()?;
    spki.truncate(len);
    Some(spki)
}
