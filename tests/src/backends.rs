//! One suite, every way to have an HSM: the firmware in this process, the simulator, the ARM firmware in QEMU, and
//! SoftHSM in the device's place.

mod in_process;

use crate::{program, qemu, skip, softhsm};
use casemate::hsm::device::{Connector, DeviceHsm};
use casemate::hsm::{Address, Hsm, SimOptions, pkcs11};
use in_process::Core;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A way to have an HSM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The firmware as a thread of the test.
    Core,
    /// The firmware as the daemon runs it by default: a process of its own.
    Simulator,
    /// The firmware for Cortex-M4F, in QEMU.
    Qemu,
    /// A PKCS#11 token.
    SoftHsm,
}

impl Backend {
    /// Runs a check on a fresh HSM of this kind. `test` is the test's path in its binary; `needs` are the methods of
    /// [`Hsm`] that the check cannot do without: where the backend lacks one, it is a named skip.
    ///
    /// # Panics
    /// The check does, or the HSM can't be started.
    pub fn run(self, test: &str, needs: &[&str], check: impl AsyncFnOnce(Arc<dyn Hsm>)) {
        let checked = async |hsm: Arc<dyn Hsm>| {
            let info = hsm.info().await.expect("every backend says what it is");
            match needs.iter().find(|need| info.missing.contains(need)) {
                Some(need) => skip::say(&format!("{} has no {need}", info.model)),
                None => check(hsm).await,
            }
        };
        if self == Self::SoftHsm {
            return softhsm::run(test, async |token| {
                checked(Arc::new(pkcs11::connect(&token.address()).expect("a token"))).await;
            });
        }
        if self == Self::Qemu && (skip::left_out("qemu") || skip::left_out("thumb")) {
            return;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let device = Device::start(self, directory.path()).expect("a device");
            let connector = device.connector(directory.path()).expect("its address");
            checked(Arc::new(DeviceHsm::connect(connector))).await;
        });
    }
}

/// What runs the firmware, for as long as this lives.
enum Device {
    Core(Core),
    Simulator,
    Qemu(qemu::Qemu),
}

impl Device {
    fn start(backend: Backend, directory: &Path) -> io::Result<Self> {
        match backend {
            Backend::Core => Core::start(directory).map(Self::Core),
            Backend::Qemu => {
                let flash = directory.join("flash.bin");
                qemu::erased_flash(&flash)?;
                qemu::Qemu::start(&flash).map(Self::Qemu)
            }
            Backend::Simulator | Backend::SoftHsm => Ok(Self::Simulator),
        }
    }

    fn connector(&self, directory: &Path) -> io::Result<Connector> {
        let (address, sim_program) = match self {
            Self::Core(core) => (core.address(), PathBuf::new()),
            Self::Simulator => (
                Address::Sim(SimOptions::default()),
                program::casemate()?.to_owned(),
            ),
            Self::Qemu(qemu) => (qemu.address(), PathBuf::new()),
        };
        Ok(Connector {
            address,
            sim_flash: directory.join("flash.bin"),
            sim_program,
            trust: crate::trust(),
        })
    }
}
