//! Real handshakes with clients of every kind.

use super::*;
use crate::engine::clock::{Clock, SystemClock};
use crate::engine::span::Span;
use crate::engine::testing::Bench;
use crate::pki::{Holder, NewCertificate, Scope};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    OtherNameValue, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use std::io::Write;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;

const UPN: [u64; 10] = [1, 3, 6, 1, 4, 1, 311, 20, 2, 3];

struct Served {
    bench: Bench,
    authority: Arc<Authority>,
    tls: Tls,
    listener: TcpListener,
    _foreign_file: NamedTempFile,
    foreign: Issuer<'static, KeyPair>,
}

/// A client's certificate and key.
struct Card(Vec<CertificateDer<'static>>, KeyPair);

async fn serve() -> Served {
    let bench = Bench::new().await;
    // rustls asks the machine what time it is.
    let behind = SystemClock.now().as_nanos() - bench.engine.now().as_nanos();
    bench.clock.advance_secs(behind / 1_000_000_000);
    let authority = Arc::new(Authority::open(bench.engine.clone(), bench.store.clone()).unwrap());
    let (foreign, pem) = foreign_authority();
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    let settings = TlsSettings {
        listen: None,
        names: vec!["localhost".parse().unwrap()],
        files: None,
        authorities: vec![ForeignAuthority {
            certificate: file.path().to_owned(),
            policies: vec!["app".parse().unwrap()],
        }],
    };
    Served {
        tls: Tls::open(authority.clone(), settings).await.unwrap(),
        listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        bench,
        authority,
        foreign,
        _foreign_file: file,
    }
}

fn foreign_authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Somebody else");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

/// A good client's parameters.
fn client() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "eve");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn with(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = client();
    change(&mut params);
    params
}

fn card(params: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Card {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    Card(vec![certificate.der().clone()], key)
}

impl Served {
    async fn issue(&self, holder: Holder) -> Card {
        let key = KeyPair::generate().unwrap();
        let request = CertificateParams::default().serialize_request(&key).unwrap();
        let new = NewCertificate {
            name: "ada".parse().unwrap(),
            holder,
            policies: vec!["app".parse().unwrap()],
            lifetime: Span::from_secs(3600),
            request: request.pem().unwrap(),
        };
        let (_, pem) = self.authority.issue(new).await.unwrap();
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        Card(vec![pem.contents.into()], key)
    }

    /// What the server makes of a client with this card; the client has to see the same.
    async fn knock(&self, card: Option<&Card>) -> Result<Option<Arc<Peer>>, String> {
        let address = self.listener.local_addr().unwrap();
        let connector = TlsConnector::from(Arc::new(self.client(card).await));
        let client = tokio::spawn(async move {
            let stream = TcpStream::connect(address).await?;
            let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await?;
            stream.write_all(b"x").await?;
            let mut byte = [0];
            stream.read_exact(&mut byte).await.map(|_| ())
        });
        let (stream, _) = self.listener.accept().await.unwrap();
        let accepted = self.tls.accept(stream).await;
        let seen = match accepted {
            Ok((mut stream, peer)) => {
                stream.write_all(b"y").await.unwrap();
                stream.flush().await.unwrap();
                assert!(client.await.unwrap().is_ok());
                return Ok(peer);
            }
            Err(error) => error.to_string(),
        };
        assert!(client.await.unwrap().is_err(), "the client saw nothing wrong");
        Err(seen)
    }

    async fn client(&self, card: Option<&Card>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.authority.certificate_der().await.unwrap().into())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        match card {
            None => builder.with_no_client_auth(),
            Some(Card(chain, key)) => {
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(chain.clone(), key).unwrap()
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_proves_itself_and_asks_nobody_to() {
    let served = serve().await;
    assert!(served.knock(None).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_ours_tells_whose_it_is() {
    let served = serve().await;
    let domain = served.bench.collection.id();
    let path = format!("api/{domain}/secret/data/a");
    for (holder, opens, is_host) in [
        (Holder::User, false, false),
        (Holder::Host, false, true),
        (Holder::Okms(Scope::All), true, false),
        (Holder::Okms(Scope::Domain(domain)), true, false),
    ] {
        let peer = served.knock(Some(&served.issue(holder.clone()).await)).await;
        let peer = peer.unwrap().unwrap();
        assert_eq!((peer.name.as_str(), peer.is_host), ("ada", is_host));
        assert_eq!(peer.policies, ["app".parse().unwrap()]);
        let reads = |path: &str| peer.own.allows(path, crate::auth::Capability::Read);
        assert_eq!(reads(&path), opens, "{holder:?}");
        assert!(!reads("sys/ca/issue"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_opens_no_other() {
    let served = serve().await;
    let domain = served.bench.collection.id();
    let peer = served
        .knock(Some(&served.issue(Holder::Okms(Scope::Domain(domain))).await))
        .await;
    let own = peer.unwrap().unwrap().own.clone();
    let other = "api/6a1b3bc0-0000-4000-8000-000000000000/secret/data/a";
    assert!(!own.allows(other, crate::auth::Capability::Read));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_revoked_is_refused_and_no_longer_counts() {
    let served = serve().await;
    let card = served.issue(Holder::User).await;
    let peer = served.knock(Some(&card)).await.unwrap().unwrap();
    assert!(served.tls.still_counts(&peer));
    served.authority.revoke(peer.serial.unwrap()).await.unwrap();
    assert!(!served.tls.still_counts(&peer));
    let refused = served.knock(Some(&card)).await.unwrap_err();
    assert!(refused.contains("was revoked"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_no_longer_counts() {
    let served = serve().await;
    let day = Duration::from_secs(24 * 3600);
    for card in [
        served.issue(Holder::User).await,
        card(
            &with(|it| it.not_after = date_time_ymd(2100, 1, 1)),
            &served.foreign,
        ),
    ] {
        let peer = served.knock(Some(&card)).await.unwrap().unwrap();
        let Trust { clients, .. } = served.tls.trust();
        assert!(clients.still_counts_at(&peer, peer.expires));
        let later = UnixTime::since_unix_epoch(Duration::from_secs(peer.expires.as_secs()) + day);
        assert!(!clients.still_counts_at(&peer, later));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_authority_counts_as_far_as_the_settings_say() {
    let served = serve().await;
    let scope = |params: &mut CertificateParams| {
        let value = OtherNameValue::Utf8String("okms.domain:*".into());
        params.subject_alt_names = vec![SanType::OtherName((UPN.to_vec(), value))];
    };
    let peer = served.knock(Some(&card(&with(scope), &served.foreign))).await;
    let peer = peer.unwrap().unwrap();
    assert_eq!((peer.name.as_str(), peer.serial), ("eve", None));
    assert_eq!(peer.policies, ["app".parse().unwrap()]);
    assert!(
        peer.own
            .allows("api/x/secret/data/a", crate::auth::Capability::Read)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_that_do_not_count_are_refused_with_the_reason() {
    let served = serve().await;
    let (nobody, _) = foreign_authority();
    let self_signed = || {
        let key = KeyPair::generate().unwrap();
        Card(vec![client().self_signed(&key).unwrap().der().clone()], key)
    };
    let many_names = |params: &mut CertificateParams| {
        let names =
            (0..400).map(|n| SanType::DnsName(format!("host-{n:04}.example.com").try_into().unwrap()));
        params.subject_alt_names = names.collect();
    };
    let signed = |params: CertificateParams| card(&params, &served.foreign);
    for (card, why) in [
        (
            signed(with(|it| it.not_after = date_time_ymd(2020, 1, 1))),
            "expired",
        ),
        (
            signed(with(|it| it.not_before = date_time_ymd(2100, 1, 1))),
            "not valid yet",
        ),
        (card(&client(), &nobody), "UnknownIssuer"),
        (self_signed(), "UnknownIssuer"),
        (signed(with(|it| it.extended_key_usages = vec![])), "clientAuth"),
        (
            signed(with(|it| {
                it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]
            })),
            "client authentication",
        ),
        (signed(with(many_names)), "larger than 8 KiB"),
    ] {
        let refused = served.knock(Some(&card)).await.unwrap_err();
        assert!(refused.contains(why), "{refused:?} does not say {why:?}");
    }
    assert!(served.knock(None).await.is_ok(), "others are still served");
}
