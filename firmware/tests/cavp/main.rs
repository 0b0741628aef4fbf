//! Known answers of NIST's Cryptographic Algorithm Validation Program, in the files that it publishes. They come with
//! the Python package `cryptography_vectors`; nothing of them is in this tree. `CASEMATE_CAVP` names their directory,
//! which `tests/run` sees to.

mod ecdsa;
mod hashes;
mod rsa;
mod symmetric;

use casemate_firmware::crypto::HashAlgorithm;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// One test of a file: what stands between two empty lines, and the headings in square brackets before it.
struct Case {
    headings: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
}

impl Case {
    fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// The bytes of a field in hexadecimal digits; a number may lack its first.
    fn bytes(&self, name: &str) -> Vec<u8> {
        let mut digits = self.text(name).to_owned();
        if !digits.len().is_multiple_of(2) {
            digits.insert(0, '0');
        }
        let pairs = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// A heading such as `[IVlen = 96]`.
    fn is_under(&self, name: &str, value: &str) -> bool {
        self.headings.get(name).is_some_and(|known| known == value)
    }
}

/// The tests of a file; `None`, said aloud, where the files are not here.
fn cases(test: &str, path: &str) -> Option<Vec<Case>> {
    let Some(place) = std::env::var_os("CASEMATE_CAVP") else {
        println!("skip: cavp::{test}: CASEMATE_CAVP names no directory with NIST's files");
        return None;
    };
    let path = PathBuf::from(place).join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(parsed(&text))
}

fn parsed(text: &str) -> Vec<Case> {
    let (mut cases, mut headings, mut fields) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for line in text.lines().map(str::trim).chain([""]) {
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let (name, value) = heading.split_once('=').unwrap_or((heading, ""));
            if value.is_empty() {
                headings.clear();
            }
            headings.insert(name.trim().to_owned(), value.trim().to_owned());
        } else if !line.is_empty() && !line.starts_with('#') {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            fields.insert(name.trim().to_owned(), value.trim().to_owned());
        } else if line.is_empty() && !fields.is_empty() {
            cases.push(Case {
                headings: headings.clone(),
                fields: std::mem::take(&mut fields),
            });
        }
    }
    cases
}

/// Of the hashes that this firmware signs with.
fn hash_called(name: &str) -> Option<HashAlgorithm> {
    match name {
        "SHA-256" | "SHA256" => Some(HashAlgorithm::Sha256),
        "SHA-384" | "SHA384" => Some(HashAlgorithm::Sha384),
        "SHA-512" | "SHA512" => Some(HashAlgorithm::Sha512),
        _ => None,
    }
}

/// Counts how signatures were judged: a set that lost its vectors proves nothing.
#[derive(Debug, Default, PartialEq, Eq)]
struct Judged {
    accepted: usize,
    refused: usize,
}

impl Judged {
    /// `Result` is `P`, or `F` with what is wrong.
    fn check(&mut self, case: &Case, accepted: bool) {
        let result = case.text("Result");
        assert_eq!(accepted, result.starts_with('P'), "{result}: {:?}", case.fields);
        *if accepted {
            &mut self.accepted
        } else {
            &mut self.refused
        } += 1;
    }
}
