//! Certificates of authorities: those of our own, and those of others that bring a request.

use super::authority::{Authority, AuthoritySettings, Certified, SigningMethod, Urls};
use super::hostname::{is_address, is_hostname, is_uri};
use super::issuer::{Issuer, Made};
use super::profile::{AuthorityProfile, SignedBy};
use super::{Order, Subject, ledger, refused};
use crate::engine::clock::Time;
use crate::engine::collection::CollectionId;
use crate::engine::configurations::{Config, ConfigKind};
use crate::engine::keys::Key;
use crate::engine::span::Span;
use crate::engine::{Engine, EngineError};
use crate::store::Batch;
use crate::x509::{BadX509, Names, Request, Signer};
use x509_cert::certificate::Certificate;
use x509_cert::der::EncodePem;
use x509_cert::der::oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS;
use x509_cert::der::pem::LineEnding;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::name::Name;
use x509_cert::request::RequestBuilder;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// Whoever's clock is behind ours takes a new authority all the same.
const BACKDATED: Span = Span::from_secs(-30);

/// What is wanted of an authority's certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityOrder {
    /// Names and time.
    pub order: Order,
    /// The subject beside the common name.
    pub subject: Subject,
    /// Authorities below it at most; `None` for as many as its issuer allows.
    pub max_path_length: Option<u8>,
    /// Domains that it is limited to.
    pub permitted_dns_domains: Vec<String>,
    /// Whether subject and names are those of the request.
    pub use_csr_values: bool,
    /// How long it counts where nobody says, if its issuer lasts as long.
    pub usual_ttl: Option<Span>,
}

/// A certificate with those above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The certificate and its issuers.
    pub certified: Certified,
    /// The certificate of its issuer in PEM.
    pub issuing_ca: String,
}

/// What stands in an authority's certificate.
struct Plan {
    subject: Name,
    names: Names,
    path_length: Option<u8>,
    permitted: Vec<String>,
}

impl Engine {
    /// What is known of an authority when it is made with this key.
    pub(super) async fn first_facts(
        &self,
        collection: CollectionId,
        blob: &[u8],
        settings: AuthoritySettings,
        urls: Urls,
    ) -> Result<Authority, EngineError> {
        let key = self.new_key(collection, blob)?;
        let signer = Signer::of(self.describe_key(&key).await?.public_key)?;
        let mut facts = Authority {
            settings,
            urls,
            csr: None,
            certified: None,
            revoked: None,
        };
        match facts.settings.signing_method {
            None => facts.certified = Some(self.sign_itself((&key, &signer), &facts.settings).await?),
            Some(method) => {
                facts.csr = Some(self.request((&key, &signer), &facts.settings).await?);
                if method == SigningMethod::Internal {
                    let issuer = self
                        .issuer(facts.settings.issuer.as_deref().unwrap_or_default())
                        .await?;
                    let order = facts.own_order();
                    facts.certified = Some(
                        self.sign_authority(&issuer, signer.public_key()?, None, &order)
                            .await?,
                    );
                }
            }
        }
        Ok(facts)
    }

    /// Signs an intermediate authority of ours.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] where the one can't sign or the other is not to be signed by it, and those of device and
    /// store.
    pub async fn sign_intermediate(
        &self,
        issuer: &str,
        intermediate: &str,
        order: AuthorityOrder,
    ) -> Result<Signed, EngineError> {
        let _both_stay = self.using_configs().await;
        let kind = ConfigKind::IntermediateAuthority;
        let config: Config<Authority> = match self.config(kind, intermediate) {
            Err(EngineError::ConfigNotFound(name)) => {
                return Err(refused(format!(
                    "there is no intermediate certificate authority named {name}"
                )));
            }
            found => found?,
        };
        if config.facts.settings.issuer.as_deref() != Some(issuer) {
            return Err(refused(format!("the issuer of {intermediate} is not {issuer}")));
        }
        let issuer = self.issuer(issuer).await?;
        let key = self.config_key(&config).await?;
        let signer = Signer::of(self.describe_key(&key).await?.public_key)?;
        let order = order.or(config.facts.own_order());
        let certified = self
            .sign_authority(&issuer, signer.public_key()?, None, &order)
            .await?;
        let config = self.adopt(intermediate, &certified).await?;
        self.renew_list(&config).await?;
        Ok(issuer.signed(certified))
    }

    /// Signs the request of somebody else's authority.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for a request that proves nothing or asks for too much, and those of device and store.
    pub async fn sign_request(
        &self,
        issuer: &str,
        request: &str,
        order: AuthorityOrder,
    ) -> Result<Signed, EngineError> {
        let request = Request::parse(request).map_err(refused)?;
        let _issuer_stays = self.using_configs().await;
        let issuer = self.issuer(issuer).await?;
        let key = request.key.clone();
        let certified = self.sign_authority(&issuer, key, Some(&request), &order).await?;
        Ok(issuer.signed(certified))
    }

    /// Takes the certificate that somebody else has made for an intermediate authority of ours, with those above it.
    ///
    /// # Errors
    /// [`EngineError::BadChange`] for one that is not for this authority's key or not an authority's, and those of device
    /// and store.
    pub async fn set_signed(&self, name: &str, pem: &str) -> Result<Config<Authority>, EngineError> {
        let config: Config<Authority> = self.config(ConfigKind::IntermediateAuthority, name)?;
        if config.facts.settings.signing_method != Some(SigningMethod::External) {
            return Err(refused(
                "set_signed is for authorities with the signing_method external",
            ));
        }
        let key = self.config_key(&config).await?;
        let signer = Signer::of(self.describe_key(&key).await?.public_key)?;
        let certified = certified_elsewhere(pem, &signer.public_key()?, self.now())?;
        let config = self.adopt(name, &certified).await?;
        self.renew_list(&config).await?;
        Ok(config)
    }

    async fn adopt(&self, name: &str, certified: &Certified) -> Result<Config<Authority>, EngineError> {
        let kind = ConfigKind::IntermediateAuthority;
        self.change_config((kind, name), |config: &mut Config<Authority>| {
            config.facts.certified = Some(certified.clone());
            config.facts.revoked = None;
            Ok(Batch::new())
        })
        .await
    }

    async fn sign_itself(
        &self,
        hand: (&Key, &Signer),
        settings: &AuthoritySettings,
    ) -> Result<Certified, EngineError> {
        let mut plan = Plan::of(&settings.order(), &settings.subject)?;
        plan.permitted.clone_from(&settings.permitted_dns_domains);
        plan.check()?;
        let profile = AuthorityProfile {
            subject: plan.subject,
            names: plan.names,
            path_length: u8::try_from(settings.max_path_length).ok(),
            permitted: &plan.permitted,
            signed_by: None,
        };
        let now = self.now();
        let time = (now.after(BACKDATED), now.after(Span::from_secs(settings.ttl)));
        let made = self.certify(hand, profile, hand.1.public_key()?, time).await?;
        Ok(made.certified(Vec::new()))
    }

    async fn sign_authority(
        &self,
        issuer: &Issuer,
        key: SubjectPublicKeyInfoOwned,
        request: Option<&Request>,
        order: &AuthorityOrder,
    ) -> Result<Certified, EngineError> {
        let mut plan = Plan::of(&order.order, &order.subject)?;
        if let Some(request) = request.filter(|_| order.use_csr_values) {
            (plan.subject, plan.names) = (request.subject.clone(), request.names.clone());
        }
        if plan.subject.is_empty() {
            return Err(refused(
                "common_name is required: an authority has to have a name; use_csr_values takes it from a csr",
            ));
        }
        plan.path_length = narrowed(issuer.room_below()?, order.max_path_length)?;
        plan.permitted.clone_from(&order.permitted_dns_domains);
        plan.check()?;
        issuer.check_domains(&plan.names, "alt_names")?;
        let now = self.now();
        let lifetime = order
            .order
            .ttl
            .or(order.usual_ttl)
            .unwrap_or(Span::from_secs(issuer.config.facts.settings.max_ttl));
        let end = issuer.end(now, lifetime, order.order.ttl.is_some())?;
        let profile = AuthorityProfile {
            subject: plan.subject,
            names: plan.names,
            path_length: plan.path_length,
            permitted: &plan.permitted,
            signed_by: Some(issuer.signed_by()),
        };
        let made = self
            .certify(issuer.hand(), profile, key, (now.after(BACKDATED), end))
            .await?;
        self.store
            .commit(ledger::added(issuer.config.id, &made.serial, made.expires)?)
            .await?;
        Ok(made.certified(issuer.chain()))
    }

    /// What asks for an authority's certificate (PKCS#10), in PEM.
    async fn request(
        &self,
        (key, signer): (&Key, &Signer),
        settings: &AuthoritySettings,
    ) -> Result<String, EngineError> {
        let plan = Plan::of(&settings.order(), &settings.subject)?;
        plan.check()?;
        let mut builder = RequestBuilder::new(plan.subject).map_err(BadX509::from)?;
        builder.add_extension(&BasicConstraints {
            ca: true,
            path_len_constraint: None,
        })?;
        let names: Result<Vec<_>, _> = plan.names.dns.iter().map(|name| crate::x509::dns(name)).collect();
        let names = names?;
        if !names.is_empty() {
            builder.add_extension(&SubjectAltName(names))?;
        }
        let body = signer.body(&mut builder)?;
        let signature = self.sign(key, signer.scheme(), &body).await?;
        Ok(signer.finish(builder, &signature)?.to_pem(LineEnding::LF)?)
    }
}

impl Authority {
    /// What its certificate is to say, as it is set to.
    fn own_order(&self) -> AuthorityOrder {
        let settings = &self.settings;
        AuthorityOrder {
            order: Order {
                // An authority ends with its issuer where that ends first.
                ttl: None,
                ..settings.order()
            },
            subject: settings.subject.clone(),
            max_path_length: u8::try_from(settings.max_path_length).ok(),
            permitted_dns_domains: settings.permitted_dns_domains.clone(),
            use_csr_values: false,
            usual_ttl: Some(Span::from_secs(settings.ttl)),
        }
    }
}

impl AuthorityOrder {
    /// With what is not said taken from `own`, and all names where the values of the request count.
    fn or(self, own: Self) -> Self {
        let named = self.order.common_name.is_some() && !self.use_csr_values;
        Self {
            order: Order {
                ttl: self.order.ttl,
                ..if named { self.order } else { own.order }
            },
            subject: if named { self.subject } else { own.subject },
            max_path_length: self.max_path_length.or(own.max_path_length),
            permitted_dns_domains: match self.permitted_dns_domains.is_empty() {
                true => own.permitted_dns_domains,
                false => self.permitted_dns_domains,
            },
            use_csr_values: false,
            usual_ttl: own.usual_ttl,
        }
    }
}

impl Plan {
    fn of(order: &Order, subject: &Subject) -> Result<Self, EngineError> {
        let mut names = order.names()?;
        let common_name = order.common_name.as_deref().filter(|name| !name.is_empty());
        if let Some(name) = common_name.filter(|name| !order.exclude_cn_from_sans && name.contains('.'))
            && is_hostname(name)
            && !names.dns.iter().any(|known| known == name)
        {
            names.dns.insert(0, name.to_owned());
        }
        Ok(Self {
            subject: subject.name(common_name)?,
            names,
            path_length: None,
            permitted: Vec::new(),
        })
    }

    /// Refuses what is no name as certificates have it (RFC 5280, sections 4.2.1.6 and 4.2.1.10).
    fn check(&self) -> Result<(), EngineError> {
        let all = |names: &[String], is_one: fn(&str) -> bool, what: &str| {
            let wrong = names.iter().find(|name| !is_one(name));
            wrong.map_or(Ok(()), |wrong| Err(refused(format!("{what}: {wrong:?}"))))
        };
        all(&self.names.dns, is_hostname, "alt_names: this is no hostname")?;
        all(
            &self.names.emails,
            is_address,
            "alt_names: this is no address of email",
        )?;
        all(
            &self.names.uris,
            is_uri,
            "uri_sans: this is no URI with a scheme, such as https://example.com",
        )?;
        let domain = |name: &str| !name.starts_with('*') && is_hostname(name);
        let what = "permitted_dns_domains: this is no domain such as example.com, with which all below it are permitted too";
        all(&self.permitted, domain, what)
    }
}

impl Issuer {
    pub(super) fn signed_by(&self) -> SignedBy<'_> {
        SignedBy {
            certificate: &self.certificate,
            settings: &self.config.facts.settings,
            urls: &self.config.facts.urls,
        }
    }

    fn signed(&self, certified: Certified) -> Signed {
        Signed {
            certified,
            issuing_ca: self.certified.certificate.clone(),
        }
    }
}

impl Made {
    fn certified(self, chain: Vec<String>) -> Certified {
        Certified {
            serial_number: colons(&self.serial),
            certificate: self.certificate,
            expires: self.expires,
            chain,
        }
    }
}

/// Bytes in hexadecimal, parted by colons.
pub(super) fn colons(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}

/// The smaller of the room that an issuer leaves and that which is asked for.
fn narrowed(room: Option<u8>, wanted: Option<u8>) -> Result<Option<u8>, EngineError> {
    match (room, wanted) {
        (Some(room), Some(wanted)) if wanted > room => Err(refused(format!(
            "max_path_length must be at most {room} below this certificate authority"
        ))),
        (room, wanted) => Ok(wanted.or(room)),
    }
}

/// A certificate that somebody else has made for this key, with those above it.
fn certified_elsewhere(
    pem: &str,
    key: &SubjectPublicKeyInfoOwned,
    now: Time,
) -> Result<Certified, EngineError> {
    let not_pem = || refused("certificate: give the signed certificate in PEM, and those above it behind it");
    let certificates = Certificate::load_pem_chain(pem.as_bytes()).map_err(|_| not_pem())?;
    let (own, above) = certificates.split_first().ok_or_else(not_pem)?;
    let body = own.tbs_certificate();
    if body.subject_public_key_info() != key {
        return Err(refused(
            "certificate: it is for another key than that of this authority's csr",
        ));
    }
    let constraints = body.get_extension::<BasicConstraints>().map_err(|_| not_pem())?;
    if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
        return Err(refused(format!(
            "certificate: it is not one of an authority (basic constraints, {ID_CE_BASIC_CONSTRAINTS})"
        )));
    }
    let seconds = body.validity().not_after.to_unix_duration().as_secs();
    let nanos = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000_000));
    let expires = Time::from_nanos(nanos.unwrap_or(i64::MAX));
    if expires <= now {
        return Err(refused("certificate: it has expired"));
    }
    let chain: Result<Vec<_>, _> = above.iter().map(crate::x509::pem).collect();
    Ok(Certified {
        certificate: crate::x509::pem(own)?,
        serial_number: colons(body.serial_number().as_bytes()),
        expires,
        chain: chain?,
    })
}
