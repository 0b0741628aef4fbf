use crate::{Case, cases};
use casemate_firmware::crypto::{
    Aes256, Aes256Gcm, HmacSha256, Key256, SoftwareAes256, SoftwareAes256Gcm, SoftwareHmacSha256, kwp,
};

fn key(case: &Case, name: &str) -> Key256 {
    Key256::new(case.bytes(name).try_into().unwrap())
}

fn array<const N: usize>(case: &Case, name: &str) -> [u8; N] {
    case.bytes(name).try_into().unwrap()
}

/// SP 800-38D, "The Galois/Counter Mode Validation System": of the lengths there are, those that this firmware has.
fn gcm(test: &str, file: &str) -> Option<Vec<Case>> {
    let mut cases = cases(test, &format!("ciphers/AES/GCM/{file}256.rsp"))?;
    cases.retain(|case| case.is_under("IVlen", "96") && case.is_under("Taglen", "128"));
    assert!(cases.len() >= 375, "{} cases", cases.len());
    Some(cases)
}

#[test]
fn gcm_encrypts() {
    for case in gcm("gcm_encrypts", "gcmEncryptExtIV").into_iter().flatten() {
        let mut data = case.bytes("PT");
        let gcm = SoftwareAes256Gcm::new(&key(&case, "Key"));
        let tag = gcm.seal(&array(&case, "IV"), &case.bytes("AAD"), &mut data);
        assert_eq!((tag, data), (Ok(array(&case, "Tag")), case.bytes("CT")));
    }
}

#[test]
fn gcm_decrypts() {
    let Some(cases) = gcm("gcm_decrypts", "gcmDecrypt") else {
        return;
    };
    let mut refused = 0;
    for case in cases {
        let mut data = case.bytes("CT");
        let gcm = SoftwareAes256Gcm::new(&key(&case, "Key"));
        let (nonce, tag) = (array(&case, "IV"), array(&case, "Tag"));
        let opened = gcm.open(&nonce, &case.bytes("AAD"), &mut data, &tag).is_ok();
        assert_eq!(opened, !case.has("FAIL"));
        match opened {
            true => assert_eq!(data, case.bytes("PT")),
            false => refused += 1,
        }
    }
    assert!(refused >= 100, "{refused} were refused");
}

/// SP 800-38F, "The Key Wrap Validation System".
#[test]
fn kwp_wraps() {
    let Some(cases) = cases("kwp_wraps", "keywrap/kwtestvectors/KWP_AE_256.txt") else {
        return;
    };
    assert!(cases.len() >= 500, "{} cases", cases.len());
    for case in cases {
        let plaintext = case.bytes("P");
        let mut wrapped = vec![0; kwp::wrapped_len(plaintext.len())];
        let cipher = SoftwareAes256::new(&key(&case, "K"));
        let written = kwp::wrap(&cipher, &plaintext, &mut wrapped);
        assert_eq!((written, &wrapped), (Ok(wrapped.len()), &case.bytes("C")));
    }
}

#[test]
fn kwp_unwraps() {
    let Some(cases) = cases("kwp_unwraps", "keywrap/kwtestvectors/KWP_AD_256.txt") else {
        return;
    };
    let mut refused = 0;
    for case in &cases {
        let mut wrapped = case.bytes("C");
        let cipher = SoftwareAes256::new(&key(case, "K"));
        match kwp::unwrap(&cipher, &mut wrapped) {
            Ok(plaintext) => assert_eq!(plaintext, case.bytes("P")),
            Err(_) => {
                assert!(case.has("FAIL"), "{:?}", case.fields);
                refused += 1;
            }
        }
    }
    assert!(
        cases.len() >= 500 && refused >= 100,
        "{refused} of {} were refused",
        cases.len()
    );
}

/// RFC 4231.
#[test]
fn hmac() {
    let Some(cases) = cases("hmac", "HMAC/rfc-4231-sha256.txt") else {
        return;
    };
    assert!(cases.len() >= 6, "{} cases", cases.len());
    for case in cases {
        let code = SoftwareHmacSha256::keyed(&case.bytes("Key")).mac(&[&case.bytes("Msg")]);
        let expected = case.bytes("MD");
        assert_eq!(code.as_bytes()[..expected.len()], expected);
    }
}
