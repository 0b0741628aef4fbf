//! Packages of signed firmware, as anybody may have made them: what is read is all there, and what is refused is named by
//! a place within the bytes.
#![no_main]

use casemate_common::image::{Header, Package, PackageError, SignedImage, WORD_LEN};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Package::parse(bytes) {
        Ok(package) => check(&package, bytes),
        Err(PackageError::Truncated { at } | PackageError::Header { at, .. }) => assert!(at < bytes.len()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

/// The images fill the package, and each is found by its slot.
fn check(package: &Package<'_>, bytes: &[u8]) {
    let images: Vec<_> = package.images().collect();
    assert!((1..=2).contains(&images.len()));
    let pieces: Vec<_> = images.iter().map(|image| image.bytes).collect();
    assert_eq!(pieces.concat(), bytes);
    for image in images {
        assert_eq!(package.linked_for(image.header.manifest.slot), Some(image));
        again(&image);
    }
}

/// Header, image and filling are those that were read.
fn again(image: &SignedImage<'_>) {
    let header = image.header.encode();
    assert_eq!(Header::parse(image.bytes), Ok(image.header));
    assert_eq!(image.image().len(), image.header.manifest.len as usize);
    let filled = [&header[..], image.image()].concat();
    let (read, filling) = image.bytes.split_at(filled.len());
    assert_eq!(read, filled);
    assert!(filling.len() < WORD_LEN && filling.iter().all(|&byte| byte == 0xFF));
}
