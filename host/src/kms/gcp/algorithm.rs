use crate::kms::{CloudKey, KmsError, Purpose};
use casemate_common::blob::KeyType;

/// What Google signs with where an RSA key is for signatures; its documentation of imports leaves that open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    Pkcs1,
    Pss,
}

impl Padding {
    /// As the credentials' `rsa_sign_padding` says.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, KmsError> {
        match text {
            None | Some("pss") => Ok(Self::Pss),
            Some("pkcs1") => Ok(Self::Pkcs1),
            Some(other) => Err(KmsError::Configuration(format!(
                "rsa_sign_padding is {other:?}; it can be pss or pkcs1"
            ))),
        }
    }
}

/// What Google calls a key's purpose and its algorithm.
pub(super) fn purpose_and_algorithm(
    key: &CloudKey<'_>,
    padding: Padding,
) -> Result<(&'static str, String), KmsError> {
    let rsa = |bits: u32| match (key.purposes.has(Purpose::Decrypt), padding) {
        (true, _) => ("ASYMMETRIC_DECRYPT", format!("RSA_DECRYPT_OAEP_{bits}_SHA256")),
        (false, Padding::Pss) => ("ASYMMETRIC_SIGN", format!("RSA_SIGN_PSS_{bits}_SHA256")),
        (false, Padding::Pkcs1) => ("ASYMMETRIC_SIGN", format!("RSA_SIGN_PKCS1_{bits}_SHA256")),
    };
    Ok(match key.key_type {
        KeyType::Aes256 => ("ENCRYPT_DECRYPT", "GOOGLE_SYMMETRIC_ENCRYPTION".into()),
        KeyType::Rsa2048 => rsa(2048),
        KeyType::Rsa3072 => rsa(3072),
        KeyType::Rsa4096 => rsa(4096),
        KeyType::P256 => ("ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256".into()),
        KeyType::P384 => ("ASYMMETRIC_SIGN", "EC_SIGN_P384_SHA384".into()),
        KeyType::P521 | KeyType::Hmac => {
            return Err(KmsError::Configuration("Google takes no key of this type".into()));
        }
    })
}
