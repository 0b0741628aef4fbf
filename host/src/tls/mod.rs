//! HTTPS: who we are to clients, and who they are to us.
//!
//! TLS is rustls', versions 1.2 and 1.3. The server's key is in the device unless files are given; every handshake asks
//! the device for a signature. A client certificate is trusted as far as its issuer's signature and our list of what was
//! revoked say, and is judged anew after every handshake, resumed ones included.

mod clients;
mod device_key;
mod files;
mod peer;
mod settings;
#[cfg(test)]
mod tests;

pub use clients::{Clients, Refusal};
pub use peer::Peer;
pub use settings::{ForeignAuthority, TlsSettings};

use crate::pki::{Authority, PkiError, ServerIdentity};
use device_key::DeviceKey;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long the certificate that the authority made is shown; it counts three times as long.
const RENEW_AFTER: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why HTTPS can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or does not hold what it should.
    #[error("{0}")]
    File(String),
    /// The authority, the device or the store.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A key or certificate that rustls does not take.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

/// The server side of TLS, whose certificates change while it serves.
pub struct Tls {
    authority: Arc<Authority>,
    settings: TlsSettings,
    shown: Arc<Shown>,
    trust: RwLock<Trust>,
}

/// Which clients are believed, and how hands are shaken with them.
#[derive(Clone)]
struct Trust {
    clients: Arc<Clients>,
    acceptor: TlsAcceptor,
}

impl Tls {
    /// With the authority's certificate trusted, and one for the server: from files, or made by the authority.
    ///
    /// # Errors
    /// What can't be read or made.
    pub async fn open(authority: Arc<Authority>, settings: TlsSettings) -> Result<Self, TlsError> {
        let key = server_key(&authority, &settings).await?;
        let shown = Arc::new(Shown::new(key));
        let clients = Clients::open(authority.clone(), &settings).await?;
        Ok(Self {
            trust: RwLock::new(Trust::new(clients, shown.clone())?),
            authority,
            settings,
            shown,
        })
    }

    /// Reads the files again, or renews the authority's certificate for the server when it is time, for the next
    /// handshake on.
    ///
    /// # Errors
    /// As [`Tls::open`]; then everything stays as it was.
    pub async fn refresh(&self) -> Result<(), TlsError> {
        if self.settings.files.is_some() || self.shown.age() >= RENEW_AFTER {
            self.shown
                .replace(server_key(&self.authority, &self.settings).await?);
        }
        if !self.settings.authorities.is_empty() {
            let clients = Clients::open(self.authority.clone(), &self.settings).await?;
            let trust = Trust::new(clients, self.shown.clone())?;
            *self.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
        }
        Ok(())
    }

    /// Shakes hands with a client, and tells who it is, if it says so.
    ///
    /// # Errors
    /// What the client did wrong, or that it took too long.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<(TlsStream<TcpStream>, Option<Arc<Peer>>)> {
        let Trust { clients, acceptor } = self.trust();
        let stream = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the handshake took too long"))??;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let peer = match chain.split_first() {
            None => None,
            Some((certificate, intermediates)) => {
                let peer = clients
                    .judge(certificate, intermediates)
                    .map_err(io::Error::other)?;
                Some(Arc::new(peer))
            }
        };
        Ok((stream, peer))
    }

    /// Whether a certificate that was accepted still counts.
    pub fn still_counts(&self, peer: &Peer) -> bool {
        self.trust().clients.still_counts(peer)
    }

    fn trust(&self) -> Trust {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Trust {
    fn new(clients: Clients, shown: Arc<Shown>) -> Result<Self, rustls::Error> {
        let clients = Arc::new(clients);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(clients.clone())
            .with_cert_resolver(shown);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            clients,
            acceptor: Arc::new(config).into(),
        })
    }
}

/// The certificate that clients are shown now, and since when.
struct Shown(RwLock<(Arc<CertifiedKey>, Instant)>);

impl Shown {
    fn new(key: Arc<CertifiedKey>) -> Self {
        Self(RwLock::new((key, Instant::now())))
    }

    fn replace(&self, key: Arc<CertifiedKey>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (key, Instant::now());
    }

    fn age(&self) -> Duration {
        self.0.read().unwrap_or_else(PoisonError::into_inner).1.elapsed()
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).0.clone())
    }
}

async fn server_key(authority: &Authority, settings: &TlsSettings) -> Result<Arc<CertifiedKey>, TlsError> {
    if let Some((certificate, key)) = &settings.files {
        return Ok(Arc::new(files::certified_key(certificate, key)?));
    }
    let ServerIdentity { chain, signatory } = authority.server(&settings.names).await?;
    let chain = chain.into_iter().map(Into::into).collect();
    Ok(Arc::new(CertifiedKey::new(
        chain,
        Arc::new(DeviceKey::new(signatory)),
    )))
}
