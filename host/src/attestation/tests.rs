use super::*;
use casemate_common::attestation::vectors::STATEMENT;
use casemate_common::blob::Origin;

fn document() -> Document {
    Document {
        statement: STATEMENT.message.to_vec(),
        public_key: STATEMENT.public_key.to_vec(),
        signature: STATEMENT.signature.to_vec(),
        signing_key: STATEMENT.signing_key.to_vec(),
    }
}

fn verifier() -> Verifier {
    Verifier {
        key: STATEMENT.signing_key.to_vec(),
        challenge: Some(STATEMENT.challenge),
        public_key: Some(STATEMENT.public_key.to_vec()),
        imported: false,
    }
}

/// The generator of P-256: another key that is one.
const OTHER_KEY: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

#[test]
fn the_vector_is_good() {
    let verified = verify(&document(), &verifier()).unwrap();
    assert_eq!((verified.device, verified.is_fresh), (STATEMENT.device, true));
    assert_eq!(verified.attributes, STATEMENT.blob.attributes().unwrap());
    assert_eq!(verified.attributes.origin, Origin::Generated);
    let of_any_age = Verifier {
        challenge: None,
        public_key: None,
        ..verifier()
    };
    assert!(!verify(&document(), &of_any_age).unwrap().is_fresh);
}

#[test]
fn no_bit_can_be_flipped() {
    let parts: [fn(&mut Document) -> &mut Vec<u8>; 3] = [
        |document| &mut document.statement,
        |document| &mut document.signature,
        |document| &mut document.public_key,
    ];
    for (part, fault) in parts
        .iter()
        .zip([Fault::Altered, Fault::Altered, Fault::PublicKey])
    {
        for bit in 0..8 * part(&mut document()).len() {
            let mut altered = document();
            part(&mut altered)[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify(&altered, &verifier()).as_ref(), Err(&fault), "bit {bit}");
        }
        let mut cut = document();
        part(&mut cut).pop();
        assert_eq!(verify(&cut, &verifier()), Err(fault));
    }
}

/// Only the trusted key decides: what the document names beside it is for the sentence alone.
#[test]
fn another_device_is_told_from_a_forgery() {
    let other = hex::decode(OTHER_KEY).unwrap();
    let distrustful = Verifier {
        key: other.clone(),
        ..verifier()
    };
    let fault = verify(&document(), &distrustful).unwrap_err();
    assert!(matches!(fault, Fault::OtherDevice { .. }), "{fault}");
    let claimed = Document {
        signing_key: other,
        ..document()
    };
    assert_eq!(verify(&claimed, &distrustful), Err(Fault::Altered));
    assert!(verify(&claimed, &verifier()).is_ok());
}

#[test]
fn another_key_and_another_challenge_are_refused() {
    let another = Verifier {
        public_key: Some(vec![7; 91]),
        ..verifier()
    };
    let fault = verify(&document(), &another).unwrap_err();
    assert!(matches!(fault, Fault::OtherKey { .. }), "{fault}");
    let stale = Verifier {
        challenge: Some([9; 32]),
        ..verifier()
    };
    assert_eq!(verify(&document(), &stale), Err(Fault::Challenge));
}
