use crate::{Judged, cases, hash_called};
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use casemate_firmware::crypto::{HashAlgorithm, Hasher, Software};

/// Bytes of a coordinate.
const CURVES: [(&str, Curve, usize); 3] = [
    ("P-256", Curve::P256, 32),
    ("P-384", Curve::P384, 48),
    ("P-521", Curve::P521, 66),
];

/// FIPS 186-3, "The Elliptic Curve Digital Signature Algorithm Validation System", signature verification, and the
/// signatures of the generation test.
#[test]
fn signatures() {
    let mut judged = Judged::default();
    for file in ["SigVer", "SigGen"] {
        let Some(cases) = cases(
            "ecdsa_signatures",
            &format!("asymmetric/ECDSA/FIPS_186-3/{file}.rsp"),
        ) else {
            return;
        };
        for mut case in cases {
            let Some((curve, len, hash)) = case.headings.keys().find_map(|heading| known(heading)) else {
                continue;
            };
            if file == "SigGen" {
                case.fields.insert("Result".into(), "P".into());
            }
            let number = |name| padded(case.bytes(name), len);
            let point = [vec![4], number("Qx"), number("Qy")].concat();
            let signature = [number("R"), number("S")].concat();
            let digest = Hasher::<Software>::digest(hash, &[&case.bytes("Msg")]);
            let accepted = EcPublic::new(curve, &point)
                .and_then(|key| key.verify::<Software>(&digest, &signature))
                .is_ok();
            judged.check(&case, accepted);
        }
    }
    assert!(judged.accepted >= 135 && judged.refused >= 90, "{judged:?}");
}

fn known(heading: &str) -> Option<(Curve, usize, HashAlgorithm)> {
    let (curve, hash) = heading.split_once(',')?;
    let (_, curve, len) = CURVES.into_iter().find(|(name, ..)| *name == curve)?;
    Some((curve, len, hash_called(hash)?))
}

fn padded(number: Vec<u8>, len: usize) -> Vec<u8> {
    let zeros = len.checked_sub(number.len()).unwrap();
    [vec![0; zeros], number].concat()
}
