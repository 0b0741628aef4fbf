//! `casemate serve`: the daemon.

mod audit;
mod banner;
pub(super) mod data_dir;
mod https;
mod start;

use crate::api::app::App;
use crate::api::ibm::Ibm;
use crate::api::imco::Imco;
use crate::api::server::{self, Door};
use crate::api::sys::Sys;
use crate::auth::Auth;
use crate::auth::iam::Iam;
use crate::auth::iam::provider::Provider;
use crate::config::{ServeArgs, Settings};
use crate::engine::Engine;
use crate::engine::clock::WatchedClock;
use crate::engine::seal::Sealing;
use crate::engine::span::Span;
use crate::hsm::device::{Connector, DeviceHsm};
use crate::hsm::pool::{Ledger, Pool};
use crate::hsm::{Address, Hsm, pkcs11};
use crate::pki::Authority;
use crate::store::{RedbStore, Store};
use audit::Keeping;
use data_dir::DataDir;
use std::error::Error;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

type Failure = Box<dyn Error + Send + Sync>;

/// What is logged where `RUST_LOG` says nothing. `cryptoki` calls each mechanism that a token offers and PKCS#11 2.40 does
/// not list an error, though nothing is wrong.
const LOG: &str = "info,cryptoki::mechanism=off";

/// How often expired tokens and rows without a secret are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How often what is due is looked for: a look in memory.
const SCHEDULE_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(args: ServeArgs) -> Result<(), Failure> {
    let settings = Settings::resolve(args)?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    tokio::runtime::Runtime::new()?.block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    // Before anything else, the simulator included: two daemons on one directory would harm each other.
    let data = Arc::new(DataDir::open(&settings.data)?);
    for name in ["address", "address-tls"] {
        data.remove(name)?;
    }
    let store: Arc<dyn Store> = Arc::new(RedbStore::open(&data.store())?);
    let listener = listen(settings.listen, "--listen").await?;
    let tls_listener = match settings.tls.listen {
        Some(address) => {
            settings.tls.check()?;
            Some(listen(address, "--listen-tls").await?)
        }
        None => None,
    };
    let Connected { hsm, logs } = connect(&settings, &data)?;
    let clock = Arc::new(WatchedClock::default());
    let keep = |device| Keeping::begin(device, data.clone());
    let auditing: Vec<_> = logs.into_iter().map(keep).collect();
    let auth = Auth::open(store.clone(), hsm.clone(), clock.clone())?;
    let engine = Engine::open(store.clone(), hsm.clone(), clock)?;
    let engine = engine.with_kms_settings(settings.kms.clone());
    let engine = Arc::new(engine.with_patience(settings.ibm.patience));
    let sealing = Sealing::open(store.clone(), hsm.clone())?;
    let address = listener.local_addr()?;
    let provider = settings.ibm.provider(address);
    let provider = Arc::new(Provider::new(store.clone(), engine.clone(), provider));
    let (issuers, grants) = (settings.ibm.issuers.clone(), settings.ibm.grants.clone());
    let iam = Iam::open(store.clone(), auth.clone(), issuers, grants)?.and_own(provider.clone());
    let issuers = settings.ibm.credential_issuers(provider.clone(), auth.clone());
    let app = Arc::new(App {
        authority: Arc::new(Authority::open(engine.clone(), store)?),
        sys: Sys::new(auth.clone(), hsm, sealing),
        ibm: Ibm::new(iam, issuers, &settings.ibm, address),
        imco: Imco::new(settings.imco.clone()),
        engine,
        identity: provider,
        auth,
        max_value: settings.max_value,
        patching: settings.patching,
        started: OnceLock::new(),
    });
    info!(%address, "listening; serving begins when the device answers");
    let (stop, stopped) = watch::channel(false);
    let https = tls_listener.map(|listener| {
        let https = https::serve(app.clone(), data.clone(), settings.tls, listener, stopped.clone());
        tokio::spawn(https)
    });
    let server = tokio::spawn(server::serve(app.clone(), listener, Door::Plain, stopped));
    let schedule = tokio::spawn(schedule(app.clone()));
    let clearing = tokio::spawn(clear_away(app.clone()));
    let driving = tokio::spawn(drive(app.clone(), settings.imco.patience));
    let background = tokio::spawn(background(app, data.clone(), address));
    wait_for_signal().await?;
    info!("stopping");
    background.abort();
    schedule.abort();
    clearing.abort();
    driving.abort();
    stop.send_replace(true);
    server.await?;
    if let Some(https) = https {
        https.await?;
    }
    let ends: JoinSet<()> = auditing.into_iter().map(Keeping::end).collect();
    ends.join_all().await;
    for name in ["address", "address-tls"] {
        data.remove(name)?;
    }
    Ok(())
}

async fn listen(address: SocketAddr, flag: &str) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("can't listen on {address}: {error}; choose another with {flag}").into())
}

/// The backend, and every device whose log is to be taken.
struct Connected {
    hsm: Arc<dyn Hsm>,
    logs: Vec<Arc<dyn Hsm>>,
}

impl Connected {
    fn alone(hsm: Arc<dyn Hsm>) -> Self {
        let logs = vec![hsm.clone()];
        Self { hsm, logs }
    }
}

fn connect(settings: &Settings, data: &DataDir) -> Result<Connected, Failure> {
    let trust = data.trust()?;
    let program = std::env::current_exe()?;
    let connector = |address: &Address| Connector {
        address: address.clone(),
        sim_flash: data.sim_flash(address),
        sim_program: program.clone(),
        trust: trust.clone().on_first_use(settings.unseen(address)),
    };
    match settings.devices.as_slice() {
        [address @ Address::Pkcs11(_)] => {
            let token = pkcs11::connect(&address.to_string().parse()?)?;
            Ok(Connected::alone(Arc::new(token)))
        }
        // Where it was one of several once, what it does still concerns the others.
        [address] if Ledger::open(&data.pool())?.devices().next().is_none() => {
            Ok(Connected::alone(Arc::new(DeviceHsm::connect(connector(address)))))
        }
        addresses => {
            let pool = Pool::connect(addresses.iter().map(connector).collect(), &data.pool())?;
            let logs = pool.devices();
            Ok(Connected {
                hsm: Arc::new(pool),
                logs,
            })
        }
    }
}

/// Finishes start-up, however long the device takes, then tidies up from time to time.
async fn background(app: Arc<App>, data: Arc<DataDir>, address: SocketAddr) {
    let domain = start::until_started(&app, &data, address).await;
    app.engine.look_for_orders();
    banner::print(std::io::stdout(), &data, address, domain);
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = sweep(&app).await {
            warn!(%error, "can't tidy up");
        }
    }
}

/// Ends and rotates secrets when their time has come.
async fn schedule(app: Arc<App>) {
    loop {
        app.engine.order_wanted(SCHEDULE_EVERY).await;
        if app.started.get().is_none() {
            continue;
        }
        if let Err(error) = app.engine.run_due().await {
            warn!(%error, "can't look for what is due");
        }
        go_on_with_orders(&app);
    }
}

/// Has others issue anew, and take back, what they have issued or keep for us. They may take their time: nothing else
/// waits for them.
async fn clear_away(app: Arc<App>) {
    loop {
        app.engine.records_spent(SCHEDULE_EVERY).await;
        if app.started.get().is_none() {
            continue;
        }
        if let Err(error) = app.engine.renew_due_leases(&*app.ibm.issuers).await {
            warn!(%error, "can't look for credentials that are to be made anew");
        }
        if let Err(error) = app.engine.end_leases(&*app.ibm.issuers).await {
            warn!(%error, "can't look for credentials that are over");
        }
        if let Err(error) = app.engine.remove_spent_records().await {
            warn!(%error, "can't look for records in the DNS that are not needed any more");
        }
    }
}

/// Lets orders at public authorities go on, each by itself: an authority may take its time.
fn go_on_with_orders(app: &Arc<App>) {
    match app.engine.due_orders() {
        Ok(due) => due.into_iter().for_each(|found| {
            let engine = app.engine.clone();
            tokio::spawn(async move { engine.drive_order(&found).await });
        }),
        Err(error) => warn!(%error, "can't look for orders that are due"),
    }
}

/// Does what key vaults want of the device.
async fn drive(app: Arc<App>, patience: Span) {
    loop {
        app.engine.vault_wanted(SCHEDULE_EVERY).await;
        if app.started.get().is_none() {
            continue;
        }
        if let Err(error) = app.engine.drive_vaults(patience).await {
            warn!(%error, "can't look after key vaults");
        }
    }
}

async fn sweep(app: &App) -> Result<(), Failure> {
    app.auth.sweep().await?;
    app.engine.sweep().await?;
    Ok(())
}

async fn wait_for_signal() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
