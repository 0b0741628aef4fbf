use super::BadX509;
use casemate_common::command::{SignatureHash, SignatureScheme};
use p256::ecdsa::signature::Keypair;
use x509_cert::builder::Builder;
use x509_cert::der::asn1::{Any, BitString, ObjectIdentifier, UintRef};
use x509_cert::der::oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_EC_PUBLIC_KEY, RSA_ENCRYPTION,
    SECP_256_R_1, SECP_384_R_1, SECP_521_R_1, SHA_256_WITH_RSA_ENCRYPTION,
};
use x509_cert::der::{Decode, Document, Encode, Tag};
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoOwned,
};

/// The public half of a key that signs elsewhere, and how its signatures are written.
#[derive(Clone)]
pub(crate) struct Signer {
    public: PublicKey,
    scheme: SignatureScheme,
    algorithm: ObjectIdentifier,
}

/// SubjectPublicKeyInfo in DER.
#[derive(Clone)]
pub(crate) struct PublicKey(Document);

impl Signer {
    /// For a SubjectPublicKeyInfo in DER: an RSA key signs with PKCS#1 v1.5 and SHA-256, one on a curve with the hash
    /// as long as the curve's order (RFC 5480, section 4).
    pub(crate) fn of(spki: Vec<u8>) -> Result<Self, BadX509> {
        let parsed = SubjectPublicKeyInfoOwned::from_der(&spki)?;
        let (scheme, algorithm) =
            scheme(&parsed).ok_or_else(|| BadX509("a key that signs nothing here".into()))?;
        Ok(Self {
            public: PublicKey(Document::try_from(spki)?),
            scheme,
            algorithm,
        })
    }

    /// How the key has to sign.
    pub(crate) fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// Its SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> Result<SubjectPublicKeyInfoOwned, BadX509> {
        Ok(SubjectPublicKeyInfoOwned::from_der(self.public.0.as_bytes())?)
    }

    /// How its signatures are named in what it signs.
    pub(crate) fn algorithm(&self) -> Result<AlgorithmIdentifierOwned, BadX509> {
        let rsa = matches!(self.scheme, SignatureScheme::RsaPkcs1(_));
        Ok(AlgorithmIdentifierOwned {
            oid: self.algorithm,
            // RFC 4055, section 5, and RFC 5758, section 3.2.
            parameters: if rsa { Some(Any::null()) } else { None },
        })
    }

    /// A signature of the device as certificates hold it: `r ‖ s` becomes a DER sequence (RFC 3279, section 2.2.3).
    pub(crate) fn encoded(&self, signature: &[u8]) -> Result<Vec<u8>, BadX509> {
        if !matches!(self.scheme, SignatureScheme::Ecdsa(_)) {
            return Ok(signature.to_vec());
        }
        let (r, s) = signature.split_at(signature.len() / 2);
        let parts = [UintRef::new(r)?.to_der()?, UintRef::new(s)?.to_der()?].concat();
        Ok(Any::new(Tag::Sequence, parts)?.to_der()?)
    }

    /// What has to be signed of a structure.
    pub(crate) fn body<B: Builder>(&self, builder: &mut B) -> Result<Vec<u8>, BadX509> {
        Ok(builder.finalize(self)?)
    }

    /// The structure with the device's signature.
    pub(crate) fn finish<B: Builder>(&self, builder: B, signature: &[u8]) -> Result<B::Output, BadX509> {
        let signature = BitString::from_bytes(&self.encoded(signature)?)?;
        Ok(builder.assemble(signature, self)?)
    }
}

fn scheme(key: &SubjectPublicKeyInfoOwned) -> Option<(SignatureScheme, ObjectIdentifier)> {
    use SignatureHash::{Sha256, Sha384, Sha512};
    if key.algorithm.oid == RSA_ENCRYPTION {
        return Some((SignatureScheme::RsaPkcs1(Sha256), SHA_256_WITH_RSA_ENCRYPTION));
    }
    if key.algorithm.oid != ID_EC_PUBLIC_KEY {
        return None;
    }
    let curve = key
        .algorithm
        .parameters
        .as_ref()?
        .decode_as::<ObjectIdentifier>()
        .ok()?;
    let (hash, algorithm) = match curve {
        SECP_256_R_1 => (Sha256, ECDSA_WITH_SHA_256),
        SECP_384_R_1 => (Sha384, ECDSA_WITH_SHA_384),
        SECP_521_R_1 => (Sha512, ECDSA_WITH_SHA_512),
        _ => return None,
    };
    Some((SignatureScheme::Ecdsa(hash), algorithm))
}

impl Keypair for Signer {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Signer {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        self.algorithm().map_err(|_| spki::Error::KeyMalformed)
    }
}

impl EncodePublicKey for PublicKey {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Ok(self.0.clone())
    }
}
