use crate::{cases, hash_called};
use casemate_firmware::crypto::{Hasher, Software};

const HASHES: [&str; 3] = ["SHA256", "SHA384", "SHA512"];
/// Bytes of output.
const LENGTHS: [usize; 3] = [32, 48, 64];

/// FIPS 180-4, "The Secure Hash Algorithm Validation System", sections 6.2 and 6.3.
#[test]
fn messages() {
    for name in HASHES {
        let algorithm = hash_called(name).unwrap();
        let mut seen = 0;
        for part in ["Short", "Long"] {
            let Some(cases) = cases("messages", &format!("hashes/SHA2/{name}{part}Msg.rsp")) else {
                return;
            };
            for case in cases {
                let (mut message, bits) = (case.bytes("Msg"), case.text("Len").parse::<usize>().unwrap());
                message.truncate(bits / 8);
                let digest = Hasher::<Software>::digest(algorithm, &[&message]);
                assert_eq!(digest.as_bytes(), case.bytes("MD"), "{name}, {bits} bits");
                seen += 1;
            }
        }
        assert!(seen >= 128, "{name}: {seen} messages");
    }
}

/// Section 6.4: a hundred thousand hashes, each of the three before it.
#[test]
fn monte_carlo() {
    for (name, len) in HASHES.into_iter().zip(LENGTHS) {
        let Some(cases) = cases("monte_carlo", &format!("hashes/SHA2/{name}Monte.rsp")) else {
            return;
        };
        let (seed, rounds) = cases.split_first().unwrap();
        let mut seed = seed.bytes("Seed");
        for (count, round) in rounds.iter().enumerate() {
            let mut last = [seed.clone(), seed.clone(), seed.clone()];
            for _ in 0..1000 {
                let parts = last.each_ref().map(Vec::as_slice);
                let next = Hasher::<Software>::digest(hash_called(name).unwrap(), &parts);
                last.rotate_left(1);
                last[2] = next.as_bytes().to_vec();
            }
            [_, _, seed] = last;
            assert_eq!(
                (seed.len(), &seed),
                (len, &round.bytes("MD")),
                "{name}, round {count}"
            );
        }
        assert_eq!(rounds.len(), 100);
    }
}
