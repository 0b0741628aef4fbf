use super::elf::tests::elf;
use super::*;
use p256::ecdsa::SigningKey;
use p256::elliptic_curve::Generate;
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const BOARD: Board = Board::Pico2;

/// A directory with a key, and the images of a board that were built for it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.make_key("key.pem");
        desk.build("key.pem");
        desk
    }

    /// Makes the images anew, with the public half of this key in them.
    fn build(&self, key: &str) {
        let point = PublicPoint::read(&self.path(key)).unwrap();
        for (name, slot) in ["a.elf", "b.elf"].into_iter().zip(BOARD.slots()) {
            let mut code = vec![slot.place.start.to_be_bytes()[1]; 5000];
            code[2000..][..65].copy_from_slice(point.as_bytes());
            fs::write(self.path(name), elf(&[(1, slot.image().start, &code)])).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn make_key(&self, name: &str) {
        let pem = SigningKey::generate().to_pkcs8_pem(LineEnding::LF).unwrap();
        fs::write(self.path(name), pem.as_bytes()).unwrap();
    }

    fn sign(&self, elfs: &[&str], key: &str) -> Result<String, Failure> {
        run_now(&ImageArgs {
            action: Action::Sign(SignArgs {
                board: BOARD,
                version: "1.2.3".parse().unwrap(),
                security_version: 4,
                key: KeyArgs {
                    key: Some(self.path(key)),
                    device: None,
                    keyring: None,
                    blob: None,
                    data: PathBuf::new(),
                },
                out: self.path("package"),
                images: elfs.iter().map(|name| self.path(name)).collect(),
            }),
        })
    }

    fn show(&self, key: Option<&str>) -> Result<Value, Failure> {
        let shown = run_now(&ImageArgs {
            action: Action::Show {
                file: self.path("package"),
                key: key.map(|name| self.path(name)),
                json: true,
            },
        })?;
        Ok(serde_json::from_str(&shown)?)
    }
}

fn run_now(args: &ImageArgs) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(act(args))
}

#[test]
fn what_is_signed_is_shown_and_verifies() {
    let desk = Desk::new();
    let said = desk.sign(&["a.elf", "b.elf"], "key.pem").unwrap();
    assert!(said.contains("0x10108000") && said.contains("valid"), "{said}");
    let shown = desk.show(Some("key.pem")).unwrap();
    let [a, b] = shown.as_array().unwrap().as_slice() else {
        panic!("{shown}");
    };
    for (image, slot) in [(a, "0x10010000"), (b, "0x10108000")] {
        assert_eq!(image["slot"], slot);
        assert_eq!(
            (&image["board"], &image["version"]),
            (&"pico2".into(), &"1.2.3".into())
        );
        assert_eq!(
            (&image["security_version"], &image["bytes"]),
            (&4.into(), &5000.into())
        );
        assert_eq!(
            (&image["signature"], &image["development_key"]),
            (&"valid".into(), &false.into())
        );
    }
    assert_ne!(a["sha256"], b["sha256"]);
    assert_eq!(desk.show(None).unwrap()[0]["signature"], "not checked: say --key");
}

#[test]
fn another_key_and_a_changed_byte_are_named() {
    let desk = Desk::new();
    desk.make_key("other.pem");
    desk.sign(&["a.elf"], "key.pem").unwrap();
    let refused = desk.show(Some("other.pem")).unwrap_err().to_string();
    assert!(refused.contains("it is signed by"), "{refused}");

    let package = fs::read(desk.path("package")).unwrap();
    for (at, what) in [
        (0, "CMIMAGE1"),
        (40, "not its signer's"),
        (130, "not its signer's"),
        (500, "fills up the header"),
        (2000, "not those that were signed"),
        (package.len() - 1, "not filled up"),
    ] {
        let mut changed = package.clone();
        changed[at] ^= 1;
        fs::write(desk.path("package"), changed).unwrap();
        let refused = desk.show(Some("key.pem")).unwrap_err().to_string();
        assert!(refused.contains(what), "byte {at}: {refused}");
    }
}

#[test]
fn the_development_key_is_known() {
    let desk = Desk::new();
    fs::write(
        desk.path("development.pem"),
        include_str!("../../../../boards/keys/development.pem"),
    )
    .unwrap();
    desk.build("development.pem");
    desk.sign(&["a.elf"], "development.pem").unwrap();
    let shown = desk.show(None).unwrap();
    assert_eq!(
        (&shown[0]["signature"], &shown[0]["development_key"]),
        (&"valid".into(), &true.into())
    );
    let refused = desk.show(Some("key.pem")).unwrap_err().to_string();
    assert!(
        refused.contains("it is signed by"),
        "everybody has that key: {refused}"
    );
}

#[test]
fn a_file_that_is_there_stays() {
    let desk = Desk::new();
    fs::write(desk.path("package"), b"another").unwrap();
    let refused = desk.sign(&["a.elf"], "key.pem").unwrap_err().to_string();
    assert!(refused.contains("exists already"), "{refused}");
    assert_eq!(fs::read(desk.path("package")).unwrap(), b"another");
}

#[test]
fn an_image_is_signed_by_the_key_it_was_built_for_alone() {
    let desk = Desk::new();
    desk.make_key("other.pem");
    let a = fs::read(desk.path("a.elf")).unwrap();
    desk.build("other.pem");
    fs::write(desk.path("a.elf"), a).unwrap();
    for (elfs, key, named) in [
        (&["a.elf"][..], "other.pem", "a.elf"),
        (&["a.elf", "b.elf"], "other.pem", "a.elf"),
        (&["a.elf", "b.elf"], "key.pem", "b.elf"),
    ] {
        let refused = desk.sign(elfs, key).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("{named}: this image was not built for")),
            "{refused}"
        );
        assert!(
            refused.contains("CASEMATE_IMAGE_KEY") && refused.contains("cargo build"),
            "{refused}"
        );
        assert!(!desk.path("package").exists(), "{refused}");
    }
    desk.sign(&["b.elf"], "other.pem").unwrap();
}

#[test]
fn what_can_not_be_signed_is_said() {
    let desk = Desk::new();
    let refused = |elfs: &[&str], key: &str| desk.sign(elfs, key).unwrap_err().to_string();
    assert!(refused(&["a.elf", "a.elf"], "key.pem").contains("the same slot"));
    assert!(refused(&["none.elf"], "key.pem").contains("build it with: cargo build"));
    assert!(refused(&["key.pem"], "key.pem").contains("no ELF file"));
    assert!(refused(&["a.elf"], "a.elf").contains("no private key of P-256"));
}
