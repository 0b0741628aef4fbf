use crate::{Judged, cases, hash_called};
use casemate_firmware::crypto::rsa::RsaPublic;
use casemate_firmware::crypto::{Hasher, Software};

/// The least exponent that this firmware takes.
const LEAST_EXPONENT: u32 = 65537;

/// FIPS 186-3, "The RSA Validation System", signature verification by PKCS #1 v1.5. The salts of the test of PSS are ten
/// bytes long, which is no length of this firmware's; Wycheproof has others.
#[test]
fn pkcs1_signatures() {
    let Some(cases) = cases("pkcs1_signatures", "asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp") else {
        return;
    };
    let (mut judged, mut modulus) = (Judged::default(), Vec::new());
    for case in cases {
        if case.has("n") {
            modulus = case.bytes("n");
        }
        let is_ours = ["2048", "3072", "4096"]
            .iter()
            .any(|bits| case.is_under("mod", bits));
        let Some(hash) = hash_called(case.text("SHAAlg")).filter(|_| is_ours) else {
            continue;
        };
        let exponent = u32::from_str_radix(case.text("e").trim_start_matches('0'), 16).unwrap();
        let key = RsaPublic::new(&modulus, exponent);
        assert_eq!(key.is_ok(), exponent >= LEAST_EXPONENT);
        let Ok(key) = key else { continue };
        let digest = Hasher::<Software>::digest(hash, &[&case.bytes("Msg")]);
        let accepted = key.verify_pkcs1::<Software>(&digest, &case.bytes("S"));
        judged.check(&case, accepted.is_ok());
    }
    assert!(judged.accepted >= 9 && judged.refused >= 40, "{judged:?}");
}
