//! Devices that must not serve: they say why, and answer only `Info`.

use crate::board::Bench;
use crate::host::{Host, id};
use casemate_common::command::{COMMANDS, Command, DeviceState, Info, InfoAnswer, Random};
use casemate_common::error::ErrorCode;
use casemate_common::exchange::MessageKind;
use casemate_firmware::crypto::SoftwareAes256Gcm;
use casemate_firmware::crypto::bignum::{Modulus, Uint};
use casemate_firmware::crypto::rsa::{ModExp, SoftwareModExp};
use casemate_firmware::crypto::{Aes256Gcm, Crypto, CryptoError, Key256, Software};
use casemate_sim::nor::SplitMix64;

/// Hardware whose AES-GCM has a bit stuck.
struct Faulty;

impl Crypto for Faulty {
    type Aes256 = <Software as Crypto>::Aes256;
    type Aes256Gcm = StuckGcm;
    type HmacSha256 = <Software as Crypto>::HmacSha256;
    type ModExp = <Software as Crypto>::ModExp;
    type P256 = <Software as Crypto>::P256;
    type P384 = <Software as Crypto>::P384;
    type P521 = <Software as Crypto>::P521;
    type Sha1 = <Software as Crypto>::Sha1;
    type Sha256 = <Software as Crypto>::Sha256;
    type Sha384 = <Software as Crypto>::Sha384;
    type Sha512 = <Software as Crypto>::Sha512;
}

/// A processor that multiplies long numbers wrongly.
struct FaultyRsa;

impl Crypto for FaultyRsa {
    type Aes256 = <Software as Crypto>::Aes256;
    type Aes256Gcm = <Software as Crypto>::Aes256Gcm;
    type HmacSha256 = <Software as Crypto>::HmacSha256;
    type ModExp = WrongModExp;
    type P256 = <Software as Crypto>::P256;
    type P384 = <Software as Crypto>::P384;
    type P521 = <Software as Crypto>::P521;
    type Sha1 = <Software as Crypto>::Sha1;
    type Sha256 = <Software as Crypto>::Sha256;
    type Sha384 = <Software as Crypto>::Sha384;
    type Sha512 = <Software as Crypto>::Sha512;
}

struct WrongModExp;

impl ModExp for WrongModExp {
    fn secret<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, _: &Uint<N>) -> Uint<N> {
        SoftwareModExp::public(modulus, base, 3)
    }

    fn public<const N: usize>(modulus: &Modulus<N>, base: &Uint<N>, exponent: u32) -> Uint<N> {
        SoftwareModExp::public(modulus, base, exponent)
    }
}

struct StuckGcm(SoftwareAes256Gcm);

impl Aes256Gcm for StuckGcm {
    fn new(key: &Key256) -> Self {
        Self(SoftwareAes256Gcm::new(key))
    }

    fn seal(&self, nonce: &[u8; 12], associated: &[u8], data: &mut [u8]) -> Result<[u8; 16], CryptoError> {
        let tag = self.0.seal(nonce, associated, data)?;
        if let Some(byte) = data.first_mut() {
            *byte |= 1;
        }
        Ok(tag)
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), CryptoError> {
        self.0.open(nonce, associated, data, tag)
    }
}

/// Walks the whole table of commands.
fn assert_serves_only_info(host: &mut Host, why: ErrorCode) {
    for spec in COMMANDS {
        let answers = host.send(MessageKind::Request(spec.code), 5, true, &[]);
        let expected = if spec.states.contains(DeviceState::Error) {
            0
        } else {
            why.code()
        };
        assert_eq!(answers[0].kind, MessageKind::Answer(expected), "{}", spec.name);
    }
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    assert_eq!(info.state, DeviceState::Error);
}

#[test]
fn only_info_is_served_in_the_error_state() {
    let allowed: Vec<_> = COMMANDS
        .iter()
        .filter(|spec| spec.states.contains(DeviceState::Error))
        .collect();
    assert_eq!(allowed, [&Info::SPEC]);
}

#[test]
fn a_failed_self_test_leaves_only_info() {
    let mut host = Host::connect(Bench::blank(4).board::<Faulty>());
    assert_serves_only_info(&mut host, ErrorCode::SelfTestFailed);
}

#[test]
fn a_self_test_that_fails_late_leaves_only_info() {
    let mut host = Host::start(Bench::blank(4).board::<FaultyRsa>());
    assert_eq!(
        host.hello(6).fault,
        0,
        "it is tested when there is nothing else to do"
    );
    let fault = (7..20)
        .map(|session| host.hello(session).fault)
        .find(|fault| *fault != 0);
    assert_eq!(fault, Some(ErrorCode::SelfTestFailed.code()));
    assert_serves_only_info(&mut host, ErrorCode::SelfTestFailed);
}

#[test]
fn noise_that_is_stuck_at_the_start_leaves_only_info() {
    let bench = Bench::blank(4);
    bench.noise_is_stuck.set(true);
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::EntropyFailed);
    assert!(
        bench.root.with(|nor| nor.operations() == 0),
        "no root was made of such noise"
    );
}

#[test]
fn noise_that_gets_stuck_later_stops_the_device_at_the_next_reseed() {
    let bench = Bench::blank(4);
    let mut host = Host::connect(bench.board::<Software>());
    host.create(id(1));
    let record = host.seal(id(1), b"", b"secret").unwrap();
    bench.noise_is_stuck.set(true);
    let draws = (0..1000).map(|_| host.call(&Random { len: 4096 }));
    let failure = draws.into_iter().find_map(Result::err);
    assert_eq!(failure, Some(ErrorCode::EntropyFailed));
    assert_serves_only_info(&mut host, ErrorCode::EntropyFailed);
    bench.noise_is_stuck.set(false);
    let mut host = Host::connect(bench.board::<Software>());
    assert_eq!(host.open(id(1), b"", &record).unwrap(), b"secret");
}

#[test]
fn a_damaged_root_is_never_replaced() {
    let bench = Bench::blank(4);
    Host::connect(bench.board::<Software>()).create(id(1));
    let image = bench.root.with(|nor| {
        nor.medium_mut()
            .iter_mut()
            .take(40)
            .for_each(|byte| *byte &= 0x0f);
        nor.image().to_vec()
    });
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
    assert_eq!(bench.root.with(|nor| nor.image().to_vec()), image);
}

#[test]
fn a_store_of_noise_is_no_new_device() {
    let bench = Bench::blank(4);
    Host::connect(bench.board::<Software>()).create(id(1));
    bench.store.with(|nor| SplitMix64::new(5).fill(nor.medium_mut()));
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
}

#[test]
fn lost_counters_stop_the_device() {
    let bench = Bench::blank(4);
    (0..300).for_each(|_| drop(Host::connect(bench.board::<Software>())));
    let mut host = Host::connect(bench.board::<Software>());
    let body = host.call(&Info {}).unwrap();
    let info: InfoAnswer<'_> = postcard::from_bytes(&body).unwrap();
    assert_eq!((info.state, info.starts), (DeviceState::Ready, 301));
    bench
        .counters
        .with(|nor| SplitMix64::new(5).fill(nor.medium_mut()));
    let mut host = Host::connect(bench.board::<Software>());
    assert_serves_only_info(&mut host, ErrorCode::FlashFailed);
}
