//! The key that signs the images which this firmware takes and its first stage starts.
//!
//! It is chosen when the image is built, by `CASEMATE_IMAGE_KEY` (the crate's build script tells how). The default is
//! the development key, whose private half lies in the repository beside it (`boards/keys`): what it signs, anybody can
//! sign. It is there so that images can be made, flashed and updated without a ceremony, and protects nothing.

#[cfg(test)]
mod choice;
#[cfg(test)]
mod spki;

/// An uncompressed point of P-256 (SEC 1, section 2.3.3).
pub const IMAGE_KEY: [u8; 65] = *include_bytes!(concat!(env!("OUT_DIR"), "/image_key.bin"));

#[cfg(test)]
mod tests {
    use super::*;

    const DEVELOPMENT: &[u8; 91] = include_bytes!("../../../keys/development.der");

    #[test]
    fn the_key_is_the_one_that_the_build_named() {
        let is_default = option_env!("CASEMATE_IMAGE_KEY").is_none();
        assert_eq!(DEVELOPMENT.ends_with(&IMAGE_KEY), is_default);
    }

    #[test]
    fn an_empty_name_is_not_taken_for_none() {
        let of = |value: &str| choice::Choice::of(Some(value.into())).map(choice::Choice::file);
        assert!(of("").is_err_and(|error| error.contains("unset it")));
        assert_eq!(of("release.der"), Ok("release.der".into()));
        assert_eq!(
            choice::Choice::of(None).map(choice::Choice::file),
            Ok(choice::DEVELOPMENT.into())
        );
    }

    #[test]
    fn only_a_public_key_of_p256_is_taken() {
        let point = spki::point(DEVELOPMENT).unwrap();
        assert!(DEVELOPMENT.ends_with(&point));
        for len in 0..DEVELOPMENT.len() {
            assert!(spki::point(&DEVELOPMENT[..len]).is_err(), "{len} bytes");
        }
        assert!(spki::point(&[&DEVELOPMENT[..], &[0]].concat()).is_err());
        for at in 0..27 {
            let mut other = *DEVELOPMENT;
            other[at] ^= 1;
            assert!(spki::point(&other).is_err(), "byte {at}");
        }
        for at in 27..DEVELOPMENT.len() {
            let mut other = *DEVELOPMENT;
            other[at] ^= 1;
            let refused = spki::point(&other);
            assert!(
                refused.is_err_and(|error| error.contains("not on the curve")),
                "byte {at}"
            );
        }
        let pem = spki::point(include_bytes!("../../../keys/development.pem"));
        assert!(pem.is_err_and(|error| error.contains("openssl pkey")));
    }
}
