use super::PkiError;
use super::issued::{Issued, List, Serial};
use super::names::HolderName;
use super::profile::{Holder, Leaf, LeafKind, Root, client_subject, subject};
use super::server::{ServerIdentity, ServerName};
use super::signatory::Signatory;
use crate::auth::policy::PolicyName;
use crate::engine::collection::{Collection, Dialect};
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::{Batch, Store};
use crate::x509::{self, KeyKind, Request};
use std::sync::Arc;
use tokio::sync::OnceCell;
use tracing::info;
use x509_cert::builder::CertificateBuilder;
use x509_cert::certificate::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

const CERTIFICATE: &[u8] = b"pki/authority";
const DAY: i64 = 24 * 3600;
const ROOT_LIFETIME: Span = Span::from_secs(7300 * DAY);
const LONGEST: Span = Span::from_secs(3650 * DAY);
const SERVER_LIFETIME: Span = Span::from_secs(90 * DAY);
/// Whose clock is behind ours takes a new certificate all the same.
const BACKDATED: Span = Span::from_secs(-300);

/// Issues certificates, and knows which it has issued and revoked.
pub struct Authority {
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
    list: List,
    root: OnceCell<Ready>,
}

/// Its key and certificate, and where keys are.
struct Ready {
    collection: Arc<Collection>,
    signatory: Signatory,
    certificate: Certificate,
}

/// A client certificate to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// Whom it is for.
    pub name: HolderName,
    /// What it is for.
    pub holder: Holder,
    /// What its holder may do, beside what every holder of its kind may.
    pub policies: Vec<PolicyName>,
    /// How long it counts.
    pub lifetime: Span,
    /// A certification request (PKCS#10) in PEM: only its public key counts.
    pub request: String,
}

impl Authority {
    /// Over what the store holds. Neither a keyring nor a key is made before [`Authority::certificate`] is asked for.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn open(engine: Arc<Engine>, store: Arc<dyn Store>) -> Result<Self, PkiError> {
        Ok(Self {
            engine,
            list: List::load(store.clone())?,
            store,
            root: OnceCell::new(),
        })
    }

    /// The authority's own certificate in PEM; it is made by the first who asks. Let the future run to its end.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn certificate(&self) -> Result<String, PkiError> {
        Ok(x509::pem(&self.ready().await?.certificate)?)
    }

    /// The authority's own certificate in PEM, if somebody has asked for it before: nothing is made.
    ///
    /// # Errors
    /// The store's.
    pub fn existing_certificate(&self) -> Result<Option<String>, PkiError> {
        let kept = self.store.get(CERTIFICATE)?;
        kept.map(|der| Ok(x509::pem(&Certificate::from_der(&der)?)?))
            .transpose()
    }

    /// The authority's own certificate in DER. As [`Authority::certificate`].
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn certificate_der(&self) -> Result<Vec<u8>, PkiError> {
        Ok(self.ready().await?.certificate.to_der()?)
    }

    /// Issues a client certificate; answers what is kept of it, and it in PEM. Let the future run to its end.
    ///
    /// # Errors
    /// [`PkiError::Invalid`] for a request that proves nothing or a lifetime out of bounds; those of device and store.
    pub async fn issue(&self, new: NewCertificate) -> Result<(Arc<Issued>, String), PkiError> {
        if new.lifetime <= Span::default() || new.lifetime > LONGEST {
            return Err(PkiError::Invalid(
                "the certificate's time (ttl) must be from 1 second to 3650 days".into(),
            ));
        }
        if let Holder::Okms(super::Scope::Domain(id)) = new.holder {
            self.engine
                .collection(id)
                .map_err(|_| PkiError::Invalid(format!("there is no domain {id}")))?;
        }
        let key = public_key(&new.request)?;
        let subject = client_subject(&new.name, &new.holder)?;
        let kind = LeafKind::Client(&new.holder);
        let (serial, certificate) = self.leaf(key, subject, kind, new.lifetime).await?;
        let created = self.engine.now();
        let issued = Issued {
            serial,
            name: new.name,
            holder: new.holder,
            policies: new.policies,
            created,
            expires: created.after(new.lifetime),
            revoked: None,
        };
        let issued = self.list.add(issued).await?;
        info!(%serial, name = %issued.name, "issued a certificate");
        Ok((issued, x509::pem(&certificate)?))
    }

    /// Takes back a certificate, from the next handshake and the next request on. Let the future run to its end.
    ///
    /// # Errors
    /// [`PkiError::NotFound`], and the store's.
    pub async fn revoke(&self, serial: Serial) -> Result<Arc<Issued>, PkiError> {
        let revoked = self.list.revoke(serial, self.engine.now()).await?;
        info!(%serial, name = %revoked.name, "revoked a certificate");
        Ok(revoked)
    }

    /// What is known of a certificate that was issued.
    pub fn find(&self, serial: Serial) -> Option<Arc<Issued>> {
        self.list.find(serial)
    }

    /// All client certificates that were ever issued, by serial number.
    pub fn all(&self) -> Vec<Arc<Issued>> {
        self.list.all()
    }

    /// A certificate for the daemon under these names, with a key in the device. Let the future run to its end.
    ///
    /// # Errors
    /// Those of device and store.
    pub async fn server(&self, names: &[ServerName]) -> Result<ServerIdentity, PkiError> {
        let ready = self.ready().await?;
        let signatory = Signatory::ready(&self.engine, &ready.collection, "server").await?;
        let key = signatory.public_key()?;
        let kind = LeafKind::Server(names);
        let (_, certificate) = self
            .leaf(key, subject("casemate")?, kind, SERVER_LIFETIME)
            .await?;
        Ok(ServerIdentity {
            chain: vec![certificate.to_der()?, ready.certificate.to_der()?],
            signatory,
        })
    }

    async fn leaf(
        &self,
        key: SubjectPublicKeyInfoOwned,
        subject: Name,
        kind: LeafKind<'_>,
        lifetime: Span,
    ) -> Result<(Serial, Certificate), PkiError> {
        let ready = self.ready().await?;
        let issuer = ready.certificate.tbs_certificate().subject().clone();
        let leaf = Leaf {
            issuer,
            subject,
            kind,
        };
        let (serial, number) = self.serial().await?;
        let builder = CertificateBuilder::new(leaf, number, self.validity(lifetime)?, key)?;
        Ok((serial, ready.signatory.build(builder).await?))
    }

    async fn ready(&self) -> Result<&Ready, PkiError> {
        self.root.get_or_try_init(|| self.make_ready()).await
    }

    async fn make_ready(&self) -> Result<Ready, PkiError> {
        let collection = self.engine.only_collection(Dialect::Pki).await?;
        let signatory = Signatory::ready(&self.engine, &collection, "authority").await?;
        let certificate = match self.store.get(CERTIFICATE)? {
            Some(der) => Certificate::from_der(&der)?,
            None => self.sign_itself(&signatory).await?,
        };
        Ok(Ready {
            collection,
            signatory,
            certificate,
        })
    }

    async fn sign_itself(&self, signatory: &Signatory) -> Result<Certificate, PkiError> {
        let (serial, number) = self.serial().await?;
        let name = format!("Casemate authority {}", &serial.to_string()[..8]);
        let root = Root {
            subject: subject(&name)?,
        };
        let validity = self.validity(ROOT_LIFETIME)?;
        let builder = CertificateBuilder::new(root, number, validity, signatory.public_key()?)?;
        let certificate = signatory.build(builder).await?;
        let batch = Batch::new()
            .expect(CERTIFICATE, None)
            .put(CERTIFICATE, certificate.to_der()?);
        self.store.commit(batch).await?;
        info!(%name, "made the certificate of the authority");
        Ok(certificate)
    }

    async fn serial(&self) -> Result<(Serial, SerialNumber), PkiError> {
        let random = self
            .engine
            .hsm()
            .random(Serial::LEN)
            .await
            .map_err(EngineError::from)?;
        let random = <[u8; Serial::LEN]>::try_from(random.as_slice())
            .map_err(|_| PkiError::Damaged("the device answered too few random bytes".into()))?;
        let serial = Serial::of(random);
        Ok((serial, SerialNumber::new(serial.as_bytes())?))
    }

    fn validity(&self, lifetime: Span) -> Result<Validity, PkiError> {
        let now = self.engine.now();
        let (not_before, not_after) = (
            x509::time(now.after(BACKDATED))?,
            x509::time(now.after(lifetime))?,
        );
        Ok(Validity::new(not_before, not_after))
    }
}

/// The public key of a certification request, of which nothing else counts: what stands in a certificate is decided
/// here.
fn public_key(request: &str) -> Result<SubjectPublicKeyInfoOwned, PkiError> {
    let request = Request::parse(request).map_err(PkiError::Invalid)?;
    match request.kind {
        KeyKind::Ec(256) | KeyKind::Rsa(_) => Ok(request.key),
        KeyKind::Ec(_) => Err(PkiError::Invalid(
            "the certification request (csr) must have a key on P-256 or an RSA key of 2048 to 4096 bits"
                .into(),
        )),
    }
}
