//! Tests against SoftHSM, each in a process and with a token directory of its own.
//!
//! SoftHSM reads its configuration once per process, from an environment variable; so a test starts itself again with
//! that variable set. Thereby a test may also restart the module without disturbing others.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use crate::skip;
use casemate::hsm::pkcs11::Address;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

/// The user PIN of every test's token.
pub const PIN: &str = "87654321";

const LABEL: &str = "casemate test";
const TEST: &str = "CASEMATE_SOFTHSM_TEST";
const DIRECTORY: &str = "CASEMATE_SOFTHSM_DIRECTORY";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];

/// The token of one test.
pub struct Token {
    module: PathBuf,
    directory: PathBuf,
}

/// Runs a test of this name with a fresh token; the name must be the test's path in its binary.
///
/// # Panics
/// The test fails, or SoftHSM is missing without being named in `CASEMATE_SKIP`.
pub fn run(name: &str, test: impl AsyncFnOnce(Token)) {
    let Some(module) = module() else {
        return missing();
    };
    if env::var(TEST).is_ok_and(|running| running == name) {
        let directory = env::var_os(DIRECTORY).expect("set with the test's name").into();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(test(Token { module, directory }));
    }
    let directory = tempfile::tempdir_in(scratch()).expect("a directory");
    prepare(directory.path()).expect("a token (softhsm2-util of package softhsm2)");
    let output = again(name, directory.path())
        .output()
        .expect("the test's own process");
    let stdout = String::from_utf8_lossy(&output.stdout);
    print!("{stdout}");
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        output.status.success(),
        "{name} failed in its own process: {}",
        output.status
    );
    assert!(stdout.contains("1 passed"), "there is no test called {name}");
}

fn module() -> Option<PathBuf> {
    let named = env::var_os("SOFTHSM2_MODULE").map(PathBuf::from);
    named
        .into_iter()
        .chain(MODULES.map(PathBuf::from))
        .find(|path| path.is_file())
}

fn missing() {
    assert!(
        skip::left_out("softhsm"),
        "libsofthsm2.so not found: install the package softhsm2, or leave these tests out with CASEMATE_SKIP=softhsm"
    );
}

/// In memory where that exists: SoftHSM truncates and rewrites a file several times for each object, which a busy disk
/// makes slow.
fn scratch() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { env::temp_dir() }
}

fn prepare(directory: &Path) -> io::Result<()> {
    fs::create_dir(directory.join("tokens"))?;
    let tokens = directory.join("tokens");
    let configuration = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    fs::write(directory.join("softhsm2.conf"), configuration)?;
    let made = Command::new("softhsm2-util")
        .args([
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--so-pin",
            "12345678",
            "--pin",
            PIN,
        ])
        .env("SOFTHSM2_CONF", directory.join("softhsm2.conf"))
        .output()?;
    if made.status.success() {
        return Ok(());
    }
    Err(io::Error::other(
        String::from_utf8_lossy(&made.stderr).into_owned(),
    ))
}

/// The process that runs this test in the place of the caller: for tests that kill it.
///
/// # Panics
/// The caller is not [`run`]ning a test.
pub fn second_process(name: &str, token: &Token) -> Command {
    assert!(
        env::var(TEST).is_ok_and(|running| running == name),
        "{name} is not the test that runs"
    );
    again(name, token.directory())
}

/// This test binary again, running only this test.
fn again(name: &str, directory: &Path) -> Command {
    let mut command = Command::new(env::current_exe().expect("this binary"));
    command
        .args([name, "--exact", "--nocapture", "--include-ignored"])
        .env(TEST, name)
        .env(DIRECTORY, directory)
        .env("SOFTHSM2_CONF", directory.join("softhsm2.conf"))
        .env("CASEMATE_PKCS11_PIN", PIN);
    command
}

impl Token {
    /// Makes a token in a directory of its own.
    ///
    /// # Errors
    /// SoftHSM is not installed, or can't make one.
    pub fn make(directory: &Path) -> io::Result<Self> {
        let module =
            module().ok_or_else(|| io::Error::other("libsofthsm2.so not found: install softhsm2"))?;
        prepare(directory)?;
        let directory = directory.to_owned();
        Ok(Self { module, directory })
    }

    /// What `SOFTHSM2_CONF` has to name.
    pub fn configuration(&self) -> PathBuf {
        self.directory.join("softhsm2.conf")
    }

    /// Its address; the PIN is in the environment.
    pub fn address(&self) -> Address {
        self.address_with("")
    }

    /// Its address with further parameters.
    ///
    /// # Panics
    /// They are no parameters.
    pub fn address_with(&self, parameters: &str) -> Address {
        let (module, label) = (self.module.display(), LABEL.replace(' ', "%20"));
        format!("pkcs11:{module}?token={label}{parameters}")
            .parse()
            .expect("an address")
    }

    /// Generates an AES-256 key with this label on the token, as somebody else's program would.
    ///
    /// # Panics
    /// The token does not make one.
    pub fn generate_key(&self, label: &str, extractable: bool) {
        let context = Pkcs11::new(&self.module).expect("the module");
        context
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .expect("the module starts");
        let slots = context.get_slots_with_initialized_token().expect("slots");
        let session = context.open_rw_session(slots[0]).expect("a session");
        session
            .login(UserType::User, Some(&AuthPin::new(PIN.into())))
            .expect("a login");
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(extractable),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
            Attribute::ValueLen(32.into()),
            Attribute::Label(label.into()),
        ];
        let made = session.generate_key(&Mechanism::AesKeyGen, &template);
        made.expect("a key");
    }

    /// The shared library.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// A directory that only this test uses.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where SoftHSM keeps the token's objects, a file each.
    ///
    /// # Panics
    /// It is not there.
    pub fn store(&self) -> PathBuf {
        let tokens = fs::read_dir(self.directory.join("tokens")).expect("the token directory");
        tokens.flatten().next().expect("a token").path()
    }

    /// The files of all objects on the token.
    pub fn objects(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.store())
            .expect("the token's files")
            .flatten()
            .map(|file| file.path());
        let is_object = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "object")
                && path.file_name().is_some_and(|name| name != "token.object")
        };
        files.filter(is_object).collect()
    }
}
