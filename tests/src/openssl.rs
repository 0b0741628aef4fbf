//! OpenSSL's command line, as the other implementation that keys, signatures and wrapped keys are checked with.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A directory for the files that OpenSSL reads and writes.
pub struct OpenSsl {
    directory: TempDir,
}

impl Default for OpenSsl {
    fn default() -> Self {
        Self {
            directory: tempfile::tempdir().expect("a directory"),
        }
    }
}

impl OpenSsl {
    /// Makes an RSA key of this many bits: private key as PKCS#8 and public key as SubjectPublicKeyInfo, both in DER.
    pub fn rsa(&self, bits: u32) -> (Vec<u8>, Vec<u8>) {
        let size = format!("rsa_keygen_bits:{bits}");
        self.key_pair(&["-algorithm", "RSA", "-pkeyopt", &size])
    }

    /// Makes a key on this curve (OpenSSL's name); the result as for [`Self::rsa`].
    pub fn ec(&self, curve: &str) -> (Vec<u8>, Vec<u8>) {
        let group = format!("ec_paramgen_curve:{curve}");
        self.key_pair(&["-algorithm", "EC", "-pkeyopt", &group])
    }

    fn key_pair(&self, kind: &[&str]) -> (Vec<u8>, Vec<u8>) {
        let made = self.run(&[&["genpkey", "-outform", "DER", "-out", "key"], kind].concat());
        assert!(made, "openssl genpkey {kind:?}");
        assert!(self.run(&[
            "pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", "key", "-outform", "DER", "-out", "p8",
        ]));
        assert!(self.run(&[
            "pkey", "-inform", "DER", "-in", "key", "-pubout", "-outform", "DER", "-out", "spki",
        ]));
        (self.read("p8"), self.read("spki"))
    }

    /// The public key of a private key in PKCS#8.
    pub fn public_of(&self, pkcs8: &[u8]) -> Vec<u8> {
        self.write("in", pkcs8);
        assert!(self.run(&[
            "pkey", "-inform", "DER", "-in", "in", "-pubout", "-outform", "DER", "-out", "spki",
        ]));
        self.read("spki")
    }

    /// A certificate authority and a certificate of it, both with this subject (`/C=…/CN=…`): the certificate, its
    /// private key and the authority's certificate, in PEM.
    pub fn certificate(&self, subject: &str) -> (String, String, String) {
        let new = [
            "req", "-newkey", "rsa:2048", "-nodes", "-sha256", "-subj", subject,
        ];
        let authority = ["-x509", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"];
        assert!(self.run(&[&new[..], &authority].concat()));
        assert!(self.run(&[&new[..], &["-keyout", "key.pem", "-out", "request.pem"]].concat()));
        assert!(self.run(&[
            "x509",
            "-req",
            "-in",
            "request.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-set_serial",
            "0xfc22297e57258a05",
            "-days",
            "20",
            "-sha256",
            "-out",
            "cert.pem",
        ]));
        let text = |name| String::from_utf8(self.read(name)).expect("PEM");
        (text("cert.pem"), text("key.pem"), text("ca.pem"))
    }

    /// What OpenSSL tells of a public key in PEM.
    pub fn public_text(&self, pem: &str) -> String {
        self.write("in", pem.as_bytes());
        assert!(self.run(&["pkey", "-pubin", "-in", "in", "-noout", "-text", "-out", "out"]));
        String::from_utf8(self.read("out")).expect("text")
    }

    /// Whether a signature over a message is good. `hash` is OpenSSL's name of it; `options` are `-sigopt`s. ECDSA
    /// signatures are in DER here.
    pub fn verifies(
        &self,
        spki: &[u8],
        hash: &str,
        options: &[&str],
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        self.write("spki", spki);
        self.write("message", message);
        self.write("signature", signature);
        let options = options.iter().flat_map(|option| ["-sigopt", option]);
        let mut arguments = vec!["dgst", hash, "-verify", "spki", "-keyform", "DER"];
        arguments.extend(options);
        arguments.extend(["-signature", "signature", "message"]);
        self.run(&arguments)
    }

    /// Encrypts with RSA-OAEP; `hash` for padding and mask.
    pub fn oaep_encrypt(&self, spki: &[u8], hash: &str, message: &[u8]) -> Vec<u8> {
        self.write("spki", spki);
        self.write("in", message);
        let key = ["-encrypt", "-pubin", "-keyform", "DER", "-inkey", "spki"];
        assert!(self.oaep(&key, hash), "openssl pkeyutl -encrypt");
        self.read("out")
    }

    /// Decrypts what [`Self::oaep_encrypt`] or a device made; `None` when it does not decrypt.
    pub fn oaep_decrypt(&self, pkcs8: &[u8], hash: &str, ciphertext: &[u8]) -> Option<Vec<u8>> {
        self.write("p8", pkcs8);
        self.write("in", ciphertext);
        let key = ["-decrypt", "-keyform", "DER", "-inkey", "p8"];
        self.oaep(&key, hash).then(|| self.read("out"))
    }

    fn oaep(&self, key: &[&str], hash: &str) -> bool {
        let (digest, mask) = (format!("rsa_oaep_md:{hash}"), format!("rsa_mgf1_md:{hash}"));
        let padding = [
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            &digest,
            "-pkeyopt",
            &mask,
            "-in",
            "in",
            "-out",
            "out",
        ];
        self.run(&[&["pkeyutl"], key, &padding].concat())
    }

    /// Wraps with AES-256-KWP.
    pub fn kwp_wrap(&self, key: &[u8], material: &[u8]) -> Vec<u8> {
        self.kwp("-e", key, material).expect("openssl wraps")
    }

    /// Unwraps; `None` when it does not unwrap.
    pub fn kwp_unwrap(&self, key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
        self.kwp("-d", key, wrapped)
    }

    fn kwp(&self, direction: &str, key: &[u8], input: &[u8]) -> Option<Vec<u8>> {
        self.write("in", input);
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let done = self.run(&[
            "enc",
            direction,
            "-id-aes256-wrap-pad",
            "-K",
            &key,
            "-iv",
            "A65959A6",
            "-in",
            "in",
            "-out",
            "out",
        ]);
        done.then(|| self.read("out"))
    }

    /// HMAC-SHA-256.
    pub fn hmac(&self, key: &[u8], message: &[u8]) -> Vec<u8> {
        self.write("in", message);
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("hexkey:{key}");
        assert!(self.run(&[
            "dgst", "-sha256", "-mac", "HMAC", "-macopt", &key, "-binary", "-out", "out", "in",
        ]));
        self.read("out")
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.directory.path())
            .output()
            .expect("openssl is installed");
        output.status.success()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file")
    }
}

/// `r ‖ s` as the DER that OpenSSL takes: a sequence of two integers.
pub fn ecdsa_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    element(0x30, &[integer(r), integer(s)].concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(number.len() - 1);
    let mut content = number[start..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    element(0x02, &content)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..0x80 => vec![short as u8],
        long => vec![0x81, long as u8],
    };
    [&[tag], length.as_slice(), content].concat()
}
