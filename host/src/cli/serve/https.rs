//! HTTPS, once the device gives the keys for it.

use super::data_dir::DataDir;
use crate::api::app::App;
use crate::api::server::{self, Door};
use crate::engine::EngineError;
use crate::hsm::ErrorKind;
use crate::pki::PkiError;
use crate::tls::{Tls, TlsError, TlsSettings};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{error, info, warn};

/// Between two looks whether the device answers.
const PAUSE: Duration = Duration::from_millis(200);
/// How often files are read again, and our own certificate is renewed if it is time.
const REFRESH_EVERY: Duration = Duration::from_secs(30);

/// Serves until `stop` turns true; not at all where the backend has no keys to serve with.
pub(super) async fn serve(
    app: Arc<App>,
    data: Arc<DataDir>,
    settings: TlsSettings,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
) {
    let tls = tokio::select! {
        tls = open(&app, settings) => tls,
        _ = stop.wait_for(|stop| *stop) => return,
    };
    let Some(tls) = tls.map(Arc::new) else { return };
    if let Err(error) = tell(&app, &data, &listener).await {
        error!(%error, "can't write down where HTTPS is served");
    }
    let refreshing = tokio::spawn(refresh(tls.clone()));
    server::serve(app, listener, Door::Tls(tls), stop).await;
    refreshing.abort();
}

async fn open(app: &App, settings: TlsSettings) -> Option<Tls> {
    loop {
        sleep(PAUSE).await;
        if app.started.get().is_none() {
            continue;
        }
        match Tls::open(app.authority.clone(), settings.clone()).await {
            Ok(tls) => return Some(tls),
            Err(TlsError::Pki(PkiError::Engine(EngineError::Hsm(error)))) if passes(error.kind()) => {
                warn!(%error, "HTTPS has to wait for the device");
            }
            Err(error) => {
                error!(%error, "HTTPS is not served; HTTP is");
                return None;
            }
        }
    }
}

fn passes(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Transient | ErrorKind::SessionLost)
}

async fn tell(
    app: &App,
    data: &DataDir,
    listener: &TcpListener,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let address = listener.local_addr()?;
    data.write("ca.pem", app.authority.certificate().await?.trim_end())?;
    data.write("address-tls", &address.to_string())?;
    info!(%address, "serving HTTPS; the authority's certificate is in ca.pem of the data directory");
    Ok(())
}

async fn refresh(tls: Arc<Tls>) {
    loop {
        sleep(REFRESH_EVERY).await;
        if let Err(error) = tls.refresh().await {
            warn!(%error, "HTTPS goes on with the certificates it had");
        }
    }
}
