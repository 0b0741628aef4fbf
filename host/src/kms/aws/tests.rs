use super::sign::{ToSign, signed};
use super::{Access, check_region};
use crate::engine::clock::Time;
use crate::kms::{Algorithm, KmsError, Signer};
use async_trait::async_trait;
use ring::hmac::{HMAC_SHA256, Key, sign};
use zeroize::Zeroizing;

/// Holds the key itself: what is tested is what is asked of it.
struct KnownKey(&'static str);

#[async_trait]
impl Signer for KnownKey {
    async fn mac(&self, labels: &[&[u8]], message: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let key = Key::new(HMAC_SHA256, format!("AWS4{}", self.0).as_bytes());
        let key = labels.iter().fold(key, |key, label| {
            Key::new(HMAC_SHA256, sign(&key, label).as_ref())
        });
        Ok(Zeroizing::new(sign(&key, message).as_ref().to_vec()))
    }

    async fn sign_token(&self, _: Algorithm, _: &[u8]) -> Result<Vec<u8>, KmsError> {
        Err(KmsError::Configuration("no RSA key".into()))
    }
}

/// Against botocore's `SigV4Auth` for the same request.
#[tokio::test]
async fn signatures_are_botocores() {
    let request = ToSign {
        host: "kms.us-east-1.amazonaws.com",
        region: "us-east-1",
        target: "TrentService.ListKeys",
        body: b"{}",
        now: Time::from_nanos(1_440_938_160_000_000_000),
    };
    let signer = KnownKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    for (token, names, signature) in [
        (
            None,
            "content-type;host;x-amz-date;x-amz-target",
            "07499af8ab2ef3d35030bf049520b6c0de4a040bfc6c24cd89fc4dab8a531f56",
        ),
        (
            Some("a-session"),
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            "fe124c2b3fbd929c461b867521c576e640915b36b43706cd8ac0870b525dd679",
        ),
    ] {
        let access = Access {
            access_key: "AKIDEXAMPLE".into(),
            session_token: token.map(|token| Zeroizing::new(token.to_owned())),
        };
        let signed = signed(&request, &access, &signer).await.unwrap();
        assert_eq!(signed.date, "20150830T123600Z");
        let wanted = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request, SignedHeaders={names}, \
             Signature={signature}"
        );
        assert_eq!(signed.authorization, wanted);
    }
}

#[test]
fn regions_are_no_hosts() {
    assert!(check_region("eu-central-1").is_ok());
    for bad in ["", "eu.example.com", "eu/x", "EU", &"a".repeat(33)] {
        assert!(check_region(bad).is_err(), "{bad}");
    }
}
