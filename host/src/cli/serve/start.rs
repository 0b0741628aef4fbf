//! What start-up does once the device answers: the root token, what a crash left unfinished, the first domain.

use super::Failure;
use super::data_dir::DataDir;
use crate::api::app::App;
use crate::engine::collection::{CollectionId, Dialect};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tracing::{error, warn};

/// Between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Repeats start-up until it is done; meanwhile every request is answered with 503.
pub(super) async fn until_started(app: &App, data: &DataDir, address: SocketAddr) -> CollectionId {
    loop {
        match start(app, data, address).await {
            Ok(domain) => return domain,
            Err(error) => warn!(%error, "can't finish starting; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn start(app: &App, data: &DataDir, address: SocketAddr) -> Result<CollectionId, Failure> {
    app.auth
        .ensure_root(|token| data.write("root-token", token.reveal()).map_err(io::Error::other))
        .await?;
    app.engine.resume().await?;
    tell_orphans(app).await?;
    let domain: CollectionId = match data.read("okms-domain")? {
        Some(domain) => domain.parse().map_err(|_| {
            format!("the file okms-domain of the data directory holds {:?}, which is no domain's identifier; remove the file", *domain)
        })?,
        None => first_domain(app, data).await?,
    };
    if app.engine.collection(domain).is_err() {
        warn!(
            %domain,
            "the domain of the first start was destroyed, so that /v1/secret finds nothing; `casemate domain create` \
             makes another: write its identifier to the file okms-domain of the data directory"
        );
    }
    // Whoever finds the address may ask: so it is written when all else stands.
    let domain = *app.started.get_or_init(|| domain);
    data.write("address", &address.to_string())?;
    Ok(domain)
}

/// A device that was exchanged or has lost its flash answers everything else as if nothing were wrong.
async fn tell_orphans(app: &App) -> Result<(), Failure> {
    for orphan in app.engine.orphaned_collections().await? {
        error!(
            domain = %orphan.id(),
            "the device does not hold this domain's keyring: it is not the device that the domain was made on, or its \
             flash was lost; put that device or its flash back, or destroy the domain"
        );
    }
    Ok(())
}

async fn first_domain(app: &App, data: &DataDir) -> Result<CollectionId, Failure> {
    let domain = match unnamed_domain(app) {
        Some(domain) => domain,
        None => app.engine.create_collection(Dialect::Okms).await?.id(),
    };
    data.write("okms-domain", &domain.to_string())?;
    Ok(domain)
}

/// The domain that an earlier first start made before it could write the identifier down.
fn unnamed_domain(app: &App) -> Option<CollectionId> {
    let domains = app.engine.collections(Dialect::Okms);
    let first = domains.into_iter().min_by_key(|domain| domain.created())?;
    Some(first.id())
}
