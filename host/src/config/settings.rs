use super::file::Devices;
use super::tls::ListenTls;
use super::{ConfigError, File, IbmSettings, ImcoSettings};
use crate::engine::secret::Patching;
use crate::hsm::Address;
use crate::kms::KmsSettings;
use crate::tls::TlsSettings;
use casemate_common::limits::MAX_PLAINTEXT;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Where everything lies unless something else is said.
pub(crate) const DEFAULT_DATA: &str = "casemate-data";
const DEFAULT_PORT: u16 = 8200;
/// What OVHcloud documents for a version.
const DEFAULT_MAX_VERSION_BYTES: usize = 64 * 1024;

/// Flags of `casemate serve`; each can come from the environment too.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Directory for everything the daemon keeps [default: ./casemate-data]
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA")]
    data: Option<PathBuf>,
    /// Address to serve HTTP on; port 0 picks a free one [default: 127.0.0.1:8200]
    #[arg(long, value_name = "ADDR:PORT", env = "CASEMATE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Address to serve HTTPS on, or none [default: port 8243 of the address for HTTP, a free one where that has port 0]
    #[arg(long, value_name = "ADDR:PORT", env = "CASEMATE_LISTEN_TLS")]
    listen_tls: Option<ListenTls>,
    /// The device: sim:, usb:, serial:/dev/ttyACM0, tcp:host:port, unix:/path or pkcs11:/module.so?token=label
    /// [default: sim:]; said several times, the devices of a pool
    #[arg(long, value_name = "ADDRESS", env = "CASEMATE_DEVICE")]
    device: Vec<String>,
    /// Trust and initialise whatever device answers first, as is always done with the simulator: for tests
    #[arg(long, env = "CASEMATE_TRUST_ON_FIRST_USE", value_parser = clap::builder::FalseyValueParser::new())]
    trust_on_first_use: bool,
    /// Settings file
    #[arg(long, value_name = "FILE", env = "CASEMATE_CONFIG")]
    config: Option<PathBuf>,
    /// Serve plain HTTP on an address that is not loopback
    #[arg(long, env = "CASEMATE_INSECURE_HTTP", value_parser = clap::builder::FalseyValueParser::new())]
    insecure_http: bool,
    /// What PATCH on a secret's data does to its version number [default: keep-version]
    #[arg(long, value_name = "MANNER", env = "CASEMATE_OKMS_PATCH")]
    okms_patch: Option<Patch>,
    /// Longest value of a secret version, in bytes of JSON [default: 65536]
    #[arg(long, value_name = "BYTES", env = "CASEMATE_OKMS_MAX_VERSION_BYTES")]
    okms_max_version_bytes: Option<usize>,
}

/// The setting `okms.patch`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Patch {
    /// The value changes under its version number, as OVHcloud's guide says.
    #[default]
    KeepVersion,
    /// A new version is made, as Vault does.
    NewVersion,
}

impl From<Patch> for Patching {
    fn from(patch: Patch) -> Self {
        match patch {
            Patch::KeepVersion => Self::KeepsVersion,
            Patch::NewVersion => Self::MakesVersion,
        }
    }
}

/// Settings of the daemon, complete and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Directory for everything it keeps.
    pub data: PathBuf,
    /// Address for HTTP.
    pub listen: SocketAddr,
    /// HTTPS.
    pub tls: TlsSettings,
    /// The device, or those of a pool.
    pub devices: Vec<Address>,
    /// Whether to trust and initialise what answers there while too few devices are trusted; of simulators that is always
    /// so.
    pub trust_on_first_use: bool,
    /// What PATCH on data does.
    pub patching: Patching,
    /// Longest value of a version, in bytes.
    pub max_value: usize,
    /// IBM Cloud Secrets Manager.
    pub ibm: IbmSettings,
    /// Ingram Micro Cloud Orchestrator.
    pub imco: ImcoSettings,
    /// Key management services that keys are distributed to.
    pub kms: KmsSettings,
}

impl Settings {
    /// What flags and environment say, then the settings file, then the defaults.
    ///
    /// # Errors
    /// The file can't be read, or a setting can't be used.
    pub fn resolve(args: ServeArgs) -> Result<Self, ConfigError> {
        let file = args
            .config
            .as_deref()
            .map(File::read)
            .transpose()?
            .unwrap_or_default();
        Self::merge(args, file)
    }

    fn merge(args: ServeArgs, file: File) -> Result<Self, ConfigError> {
        let default_listen = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
        let devices = devices(args.device, file.device)?;
        let patch = args.okms_patch.or(file.okms.patch).unwrap_or_default();
        let max_value = args.okms_max_version_bytes.or(file.okms.max_version_bytes);
        let listen = args.listen.or(file.listen).unwrap_or(default_listen);
        let listen_tls = args.listen_tls.or(file.listen_tls);
        let settings = Self {
            data: args.data.or(file.data).unwrap_or_else(|| DEFAULT_DATA.into()),
            listen,
            tls: file.tls.settings(listen_tls, listen)?,
            trust_on_first_use: args.trust_on_first_use,
            devices,
            patching: patch.into(),
            max_value: max_value.unwrap_or(DEFAULT_MAX_VERSION_BYTES),
            ibm: IbmSettings::of(file.ibm)?,
            imco: ImcoSettings::of(file.imco)?,
            kms: file.kms,
        };
        let insecure_http = args.insecure_http || file.insecure_http.unwrap_or(false);
        if !settings.listen.ip().is_loopback() && !insecure_http {
            return Err(ConfigError::Exposed(settings.listen));
        }
        if !(1..=MAX_PLAINTEXT).contains(&settings.max_value) {
            return Err(ConfigError::ValueLimit(settings.max_value));
        }
        Ok(settings)
    }

    /// How many devices there may be until the one at this address has to be one that somebody has compared. A simulator
    /// is this program itself.
    pub fn unseen(&self, address: &Address) -> usize {
        let numbers = self.devices.iter().map(Address::sim_number);
        match address {
            Address::Sim(_) => numbers.fold(self.devices.len(), usize::max),
            _ if self.trust_on_first_use => self.devices.len(),
            _ => 0,
        }
    }
}

/// The devices that the flags name, or else the file, or else the simulator.
fn devices(flags: Vec<String>, file: Option<Devices>) -> Result<Vec<Address>, ConfigError> {
    let named = match (flags.is_empty(), file) {
        (false, _) => flags,
        (true, Some(Devices::One(address))) => vec![address],
        (true, Some(Devices::Pool(addresses))) => addresses,
        (true, None) => vec!["sim:".to_owned()],
    };
    let devices: Vec<Address> = named.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let in_pool = |address: &&Address| matches!(address, Address::Pkcs11(_)) && devices.len() > 1;
    if let Some(token) = devices.iter().find(in_pool) {
        return Err(ConfigError::TokenInPool(token.to_string()));
    }
    let mut shown: Vec<String> = devices.iter().map(ToString::to_string).collect();
    shown.sort_unstable();
    match shown.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(ConfigError::SameDevice(pair.first().cloned().unwrap_or_default())),
        None if devices.is_empty() => Err(ConfigError::NoDevice),
        None => Ok(devices),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        toml::from_str(text).expect("a settings file")
    }

    #[test]
    fn defaults_serve_the_simulator_on_loopback() {
        let settings = Settings::merge(ServeArgs::default(), File::default()).expect("defaults");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8200");
        assert_eq!(settings.data, PathBuf::from("casemate-data"));
        assert_eq!(settings.devices, ["sim:".parse().expect("an address")]);
        assert_eq!(
            (settings.patching, settings.max_value),
            (Patching::KeepsVersion, 65_536)
        );
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = file(
            "listen = '127.0.0.1:1'\ndata = '/a'\n[okms]\npatch = 'new-version'\nmax-version-bytes = 10",
        );
        let args = ServeArgs {
            data: Some("/b".into()),
            ..ServeArgs::default()
        };
        let settings = Settings::merge(args, file).expect("settings");
        assert_eq!(settings.data, PathBuf::from("/b"));
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(
            (settings.patching, settings.max_value),
            (Patching::MakesVersion, 10)
        );
    }

    #[test]
    fn several_devices_are_a_pool() {
        let pooled = |text: &str| Settings::merge(ServeArgs::default(), file(text));
        let settings = pooled("device = ['sim:', 'sim:?number=3']").expect("a pool");
        assert_eq!(
            (settings.devices.len(), settings.unseen(&settings.devices[0])),
            (2, 3)
        );
        let mixed = pooled("device = ['usb:1', 'sim:']").expect("a pool");
        let unseen = mixed.devices.iter().map(|address| mixed.unseen(address));
        assert!(unseen.eq([0, 2]), "boards are compared by people");
        for (text, word) in [
            ("device = ['sim:', 'sim:']", "twice"),
            ("device = ['sim:', 'pkcs11:/x.so?token=a']", "PKCS#11"),
            ("device = []", "no device"),
        ] {
            let error = pooled(text).expect_err("no pool").to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn unknown_keys_are_named() {
        for text in ["lissten = 'x'", "[okms]\nlissten = 1"] {
            let error = toml::from_str::<File>(text).expect_err("unknown").to_string();
            assert!(error.contains("lissten"), "{error}");
        }
    }

    #[test]
    fn plain_http_beyond_loopback_must_be_wanted() {
        let args = |insecure_http| ServeArgs {
            listen: Some("0.0.0.0:8200".parse().expect("an address")),
            insecure_http,
            ..ServeArgs::default()
        };
        let error = Settings::merge(args(false), File::default())
            .expect_err("exposed")
            .to_string();
        assert!(
            error.contains("0.0.0.0:8200") && error.contains("--insecure-http"),
            "{error}"
        );
        assert!(Settings::merge(args(true), File::default()).is_ok());
    }

    #[test]
    fn values_must_fit_a_record() {
        for bytes in [0, MAX_PLAINTEXT + 1] {
            let args = ServeArgs {
                okms_max_version_bytes: Some(bytes),
                ..ServeArgs::default()
            };
            assert!(matches!(
                Settings::merge(args, File::default()),
                Err(ConfigError::ValueLimit(refused)) if refused == bytes
            ));
        }
    }
}
