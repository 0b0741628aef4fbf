//! A user's name and password, and passwords from the device's random generator.

use crate::engine::{Engine, EngineError};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Characters of a generated password, as IBM documents it.
pub const PASSWORD_LEN: usize = 32;

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const SYMBOLS: &[u8] = b"!#$%&()*+,-./:;<=>?@[]^_{|}~";
const CLASSES: [&[u8]; 4] = [LOWER, UPPER, DIGITS, SYMBOLS];
/// Bytes asked for at a time: 32 characters take about 45 of them, so that one try nearly always suffices.
const DRAW: usize = 96;

/// What a secret of the kind holds. Zeroized when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Credentials {
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: String,
}

impl Credentials {
    /// The bytes to seal.
    ///
    /// # Errors
    /// [`EngineError::Damaged`], which does not happen: text serialises.
    pub fn to_value(&self) -> Result<Zeroizing<Vec<u8>>, EngineError> {
        let bytes = serde_json::to_vec(self).map_err(|error| EngineError::Damaged(error.to_string()))?;
        Ok(bytes.into())
    }

    /// From what was sealed.
    ///
    /// # Errors
    /// [`EngineError::Damaged`].
    pub fn from_value(value: &[u8]) -> Result<Self, EngineError> {
        serde_json::from_slice(value)
            .map_err(|_| EngineError::Damaged("stored credentials are no name and password".into()))
    }
}

impl Engine {
    /// A password of 32 characters that has lower and upper case letters, digits and symbols: every such password is
    /// equally likely, at about 207 bits.
    ///
    /// # Errors
    /// Those of the device.
    pub async fn generate_password(&self) -> Result<Zeroizing<String>, EngineError> {
        loop {
            let random = self.hsm.random(DRAW).await?;
            if let Some(password) = password_of(&random) {
                return Ok(password);
            }
        }
    }
}

/// The password of these random bytes; `None` where they do not make one, and others have to be drawn: too many of
/// them lie where they would favour some characters, or a class of characters is missing.
fn password_of(random: &[u8]) -> Option<Zeroizing<String>> {
    let alphabet = Zeroizing::new(CLASSES.concat());
    let fair = 256 - 256 % alphabet.len();
    let fair = random
        .iter()
        .map(|&byte| usize::from(byte))
        .filter(|&byte| byte < fair);
    let characters = fair.filter_map(|byte| alphabet.get(byte % alphabet.len()));
    let mut password = Zeroizing::new(String::with_capacity(PASSWORD_LEN));
    password.extend(characters.take(PASSWORD_LEN).map(|&byte| char::from(byte)));
    let has = |class: &[u8]| password.bytes().any(|byte| class.contains(&byte));
    let complete = password.len() == PASSWORD_LEN && CLASSES.into_iter().all(has);
    complete.then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_every_class_and_no_favourites() {
        let mut counts = [0u32; 256];
        let mut made = 0;
        for seed in 0..4000u32 {
            let random: Vec<u8> = (0..DRAW as u32)
                .map(|index| {
                    (seed.wrapping_mul(2_654_435_761) ^ index.wrapping_mul(40_503))
                        .wrapping_mul(2_246_822_519)
                        .to_be_bytes()[0]
                })
                .collect();
            let Some(password) = password_of(&random) else {
                continue;
            };
            made += 1;
            assert_eq!(password.len(), PASSWORD_LEN);
            for class in CLASSES {
                assert!(
                    password.bytes().any(|byte| class.contains(&byte)),
                    "{}",
                    &*password
                );
            }
            password.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
        }
        assert!(made > 3000, "{made}");
        let used = counts.iter().filter(|&&count| count > 0).count();
        assert_eq!(used, CLASSES.concat().len());
    }

    #[test]
    fn bytes_that_would_favour_characters_are_not_used() {
        assert_eq!(password_of(&[255; DRAW]), None);
        assert_eq!(password_of(&[0; DRAW]), None);
        assert_eq!(password_of(&[]), None);
    }
}
