//! The published vector of this protocol name, and what must not pass.

use super::*;
use crate::link::{FrameKind, HEADER_LEN, Header, LinkError};
use crate::record::{NONCE_LEN, TAG_LEN};
use crate::session::{Channel, Order};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::vec::Vec;
use x25519_dalek::StaticSecret;

pub(crate) struct TestSuite;

pub(crate) struct TestCipher(Aes256Gcm);

impl Cipher for TestCipher {
    fn new(key: &Secret) -> Self {
        Self(Aes256Gcm::new(key.as_bytes().into()))
    }

    fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CipherError> {
        let tag = self
            .0
            .encrypt_inout_detached(nonce.into(), associated, data.into());
        tag.map(Into::into).map_err(|_| CipherError)
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CipherError> {
        self.0
            .decrypt_inout_detached(nonce.into(), associated, data.into(), tag.into())
            .map_err(|_| CipherError)
    }
}

impl Suite for TestSuite {
    type Cipher = TestCipher;

    fn hash(parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    }

    fn hmac(key: &Secret, parts: &[&[u8]]) -> Secret {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        Secret::new(mac.finalize().into_bytes().into())
    }

    fn public_key(private: &Secret) -> PublicKey {
        PublicKey::new(x25519_dalek::PublicKey::from(&StaticSecret::from(*private.as_bytes())).to_bytes())
    }

    fn agree(private: &Secret, public: &PublicKey) -> Option<Secret> {
        let shared = StaticSecret::from(*private.as_bytes())
            .diffie_hellman(&x25519_dalek::PublicKey::from(*public.as_bytes()));
        shared.was_contributory().then(|| Secret::new(shared.to_bytes()))
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    hex.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

fn pair(hex: &str) -> KeyPair {
    KeyPair::new::<TestSuite>(Secret::new(bytes(hex).try_into().unwrap()))
}

/// `Noise_XX_25519_AESGCM_SHA256` of the vectors of cacophony, as the crate snow carries them.
mod vector {
    pub(super) const PROLOGUE: &str = "4a6f686e2047616c74";
    pub(super) const HOST: &str = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
    pub(super) const HOST_EPHEMERAL: &str =
        "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
    pub(super) const DEVICE: &str = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
    pub(super) const DEVICE_EPHEMERAL: &str =
        "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
    /// Not the file's own, which is not what revision 34 defines: made with Python's `cryptography` (OpenSSL), which
    /// gives the same messages.
    pub(super) const HASH: &str = "1b7aefb1125762aa21a252890d00af54519638b76437444538f9a52f21e2e0dc";
    pub(super) const PAYLOADS: [&str; 3] = [
        "4c756477696720766f6e204d69736573",
        "4d757272617920526f746862617264",
        "462e20412e20486179656b",
    ];
    pub(super) const MESSAGES: [&str; 3] = [
        "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573",
        "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843757117acceb05bd7a45733bc22015c97\
         a9d0cbaf41b80446d5988ff5127235d76b79eade70f473d6a4ef521fdcbeda5340d01e028ba793fc059f2724a83af05f\
         12dda0448a7621a926b379a92477fd",
        "c90f1cf77eba4e50edb038991565e36c9758943a989229b6051244dc4fbecb6946744b401af2ee1a5881b65fbb87fd07\
         cb6a328ececc9ce6ce84c399dc332d4fd521fa4bb7f467ce909395",
    ];
    /// The first message of the device and of the host after the handshake, both under nonce 0.
    pub(super) const TRANSPORT: [(&str, &str); 2] = [
        (
            "4361726c204d656e676572",
            "bc3fa77f6aca3e8466d7dc6bea10013e88a6a29add5132b461806c",
        ),
        (
            "4a65616e2d426170746973746520536179",
            "250b01074cdfe0df2ecf8ccbf1737b15a2ddb5b52fd9a396604e9c793cee3b3bb9",
        ),
    ];
}

#[test]
fn the_published_vector_comes_out() {
    let prologue = bytes(vector::PROLOGUE);
    let payload = |index: usize| bytes(vector::PAYLOADS[index]);
    let mut message = [0; 256];
    let (initiator, len) =
        Initiator::<TestSuite>::start(&prologue, pair(vector::HOST_EPHEMERAL), &payload(0), &mut message)
            .unwrap();
    assert_eq!(message[..len], bytes(vector::MESSAGES[0]));
    let (greeted, read) = Greeted::<TestSuite>::read(&prologue, &mut message[..len]).unwrap();
    assert_eq!(read, payload(0));

    let (mut waiting, len) = greeted
        .answer(
            &pair(vector::DEVICE),
            pair(vector::DEVICE_EPHEMERAL),
            &payload(1),
            &mut message,
        )
        .unwrap();
    assert_eq!(message[..len], bytes(vector::MESSAGES[1]));
    let (answered, read) = initiator.read_answer(&mut message[..len]).unwrap();
    assert_eq!(read, payload(1));
    assert_eq!(answered.device, *pair(vector::DEVICE).public());

    let (host_keys, len) = answered
        .finish(&pair(vector::HOST), &payload(2), &mut message)
        .unwrap();
    assert_eq!(message[..len], bytes(vector::MESSAGES[2]));
    let (device_keys, host, read) = waiting.finish(&mut message[..len]).unwrap();
    assert_eq!(read, payload(2));
    assert_eq!(host, *pair(vector::HOST).public());

    assert_eq!(host_keys.hash[..], bytes(vector::HASH));
    assert_eq!(device_keys.hash, host_keys.hash);
    let keys = [
        (&device_keys.device, &host_keys.device),
        (&device_keys.host, &host_keys.host),
    ];
    for ((ours, theirs), (plain, sealed)) in keys.into_iter().zip(vector::TRANSPORT) {
        assert_eq!(ours.as_bytes(), theirs.as_bytes());
        let mut data = bytes(plain);
        let tag = TestCipher::new(ours)
            .seal(&suite::nonce(0), &[], &mut data)
            .unwrap();
        data.extend(tag);
        assert_eq!(data, bytes(sealed));
    }
}

/// Both ends of a channel, and the counters of each.
fn channel() -> (Secure<TestSuite>, Order, Secure<TestSuite>, Order) {
    let mut message = [0; 256];
    let secret = |byte| KeyPair::new::<TestSuite>(Secret::new([byte; 32]));
    let (initiator, len) = Initiator::<TestSuite>::start(b"", secret(1), &[], &mut message).unwrap();
    let (greeted, _) = Greeted::<TestSuite>::read(b"", &mut message[..len]).unwrap();
    let (mut waiting, len) = greeted.answer(&secret(3), secret(2), &[], &mut message).unwrap();
    let (answered, _) = initiator.read_answer(&mut message[..len]).unwrap();
    let (host, len) = answered.finish(&secret(4), &[], &mut message).unwrap();
    let (device, ..) = waiting.finish(&mut message[..len]).unwrap();
    let (host_order, device_order) = (Order::new(7), Order::new(7));
    (
        Secure::host(&host, &host_order),
        host_order,
        Secure::device(&device, &device_order),
        device_order,
    )
}

fn sealed(channel: &mut Secure<TestSuite>, header: Header, payload: &[u8]) -> Vec<u8> {
    let mut frame = header.to_bytes().to_vec();
    frame.extend(payload);
    let mut tag = [0; TAG_LEN];
    channel.protect(header, &mut frame, &mut tag).unwrap();
    frame.extend(tag);
    frame
}

#[test]
fn frames_pass_in_both_directions_across_rekeys_and_wraps() {
    let (mut host, mut order, mut device, mut back) = channel();
    for n in 0..66_000_u32 {
        let kind = if n % 1000 == 999 {
            FrameKind::Rekey
        } else {
            FrameKind::Message
        };
        let header = order.stamp(kind);
        let mut frame = sealed(&mut host, header, b"to the device");
        assert_ne!(frame[HEADER_LEN..][..13], *b"to the device");
        assert_eq!(device.verify(header, &mut frame).unwrap(), b"to the device");
        let header = back.stamp(kind);
        let mut frame = sealed(&mut device, header, b"and back");
        assert_eq!(host.verify(header, &mut frame).unwrap(), b"and back");
    }
    assert!(host.frames_under_key() < 1000);
}

#[test]
fn nothing_altered_passes() {
    let (mut host, mut order, mut device, _) = channel();
    let header = order.stamp(FrameKind::Message);
    let frame = sealed(&mut host, header, b"payload");
    for at in 0..frame.len() {
        let mut altered = frame.clone();
        altered[at] ^= 1;
        let header = Header::split(&altered).map_or(header, |(header, _)| header);
        assert_eq!(
            device.verify(header, &mut altered),
            Err(LinkError::Garbled),
            "{at}"
        );
    }
    let mut other = frame.clone();
    let elsewhere = Header {
        sequence: 5,
        ..header
    };
    assert_eq!(device.verify(elsewhere, &mut other), Err(LinkError::Garbled));
    assert_eq!(
        host.verify(header, &mut frame.clone()),
        Err(LinkError::Garbled),
        "sent back"
    );
    assert_eq!(device.verify(header, &mut frame.clone()).unwrap(), b"payload");
}

#[test]
fn a_frame_of_an_earlier_key_does_not_pass() {
    let (mut host, mut order, mut device, _) = channel();
    let first = order.stamp(FrameKind::Message);
    let old = sealed(&mut host, first, b"old");
    let rekey = order.stamp(FrameKind::Rekey);
    let mut frame = sealed(&mut host, rekey, b"");
    device.verify(first, &mut old.clone()).unwrap();
    device.verify(rekey, &mut frame).unwrap();
    assert_eq!(device.verify(first, &mut old.clone()), Err(LinkError::Garbled));
}

#[test]
fn a_key_is_used_up_in_the_end() {
    let (mut host, mut order, ..) = channel();
    let mut protect = || {
        let header = order.stamp(FrameKind::Message);
        host.protect(header, &mut [0; HEADER_LEN], &mut [0; TAG_LEN])
    };
    for _ in 0..MAX_FRAMES_PER_KEY {
        protect().unwrap();
    }
    let protected = protect();
    assert_eq!(protected, Err(LinkError::KeyUsedUp));
}

#[test]
fn altered_truncated_and_mixed_handshakes_end_in_an_error() {
    let secret = |byte| KeyPair::new::<TestSuite>(Secret::new([byte; 32]));
    let mut hello = [0; HELLO_LEN];
    Initiator::<TestSuite>::start(b"", secret(1), &[], &mut hello).unwrap();
    let answer = |own: u8| {
        let (greeted, _) = Greeted::<TestSuite>::read(b"", &mut hello.clone()).unwrap();
        let mut message = [0; WELCOME_LEN];
        let (_, len) = greeted
            .answer(&secret(own), secret(2), &[], &mut message)
            .unwrap();
        assert_eq!(len, WELCOME_LEN);
        message
    };
    let read = |mut message: Vec<u8>| {
        let (initiator, _) = Initiator::<TestSuite>::start(b"", secret(1), &[], &mut [0; HELLO_LEN]).unwrap();
        initiator
            .read_answer(&mut message)
            .map(|(answered, _)| answered.device)
    };
    let genuine = answer(3);
    assert_eq!(read(genuine.to_vec()), Ok(*secret(3).public()));
    assert_eq!(
        read(answer(9).to_vec()),
        Ok(*secret(9).public()),
        "another device is told apart by its key"
    );
    for at in 0..genuine.len() {
        assert!(read(genuine[..at].to_vec()).is_err());
        let mut altered = genuine.to_vec();
        altered[at] ^= 0x80;
        // The top bit of an X25519 key does not count: the hash of the transcript still does.
        assert!(read(altered).is_err(), "{at}");
    }
    let mut weak = genuine.to_vec();
    weak[..PublicKey::LEN].fill(0);
    assert_eq!(read(weak), Err(HandshakeError::WeakKey));
}
