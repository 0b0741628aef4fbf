//! P-256: multiples of the base point, ECDSA, and whether a point is on the curve. Multiplication and signing are the
//! manual's protected modes. Nonces, ranges and the check of a signature are the firmware's.

use super::{FINE, Failure, Mode, Registers, put, put_number, run, take, with};
use casemate_firmware::crypto::CryptoError;
use casemate_firmware::crypto::ec::{AcceleratedP256, P256Accelerator, P256Point};
use core::marker::PhantomData;

/// ECDSA with P-256 by the accelerator that `R` reaches.
pub type PkaP256<R> = AcceleratedP256<P256<R>>;

/// The curve's arithmetic by the accelerator that `R` reaches.
pub struct P256<R>(PhantomData<R>);

const BITS: u32 = 256;
/// Words that say that a half of the signature is zero. Others than these and [`FINE`] tell of what a host may have brought
/// about, as a sum that is no point, and count as no: not as a failure of the accelerator, after which the device serves
/// nobody.
const NO_R: u32 = 0xA3B7;
const NO_S: u32 = 0xF946;

/// Where modes want the parameters of the curve: SP 800-186 section 3.2.1.3. The sign of its first coefficient, -3, has a
/// place of its own. Not each mode takes all of them. They and the other operands are written in the order in which ST's
/// own driver does, in case the accelerator is particular about it.
struct CurveAt {
    order_bits: Option<usize>,
    prime_bits: usize,
    a_sign: usize,
    a: usize,
    b: Option<usize>,
    prime: usize,
}

/// Tables "ECC scalar multiplication" and "ECDSA sign", which share most places.
const SECRET_CURVE: CurveAt = CurveAt {
    order_bits: Some(0x400),
    prime_bits: 0x408,
    a_sign: 0x410,
    a: 0x418,
    b: Some(0x520),
    prime: 0x1088,
};
const SCALAR: usize = 0x12A0;
const SECRET_BASE: [usize; 2] = [0x578, 0x470];
const SECRET_ORDER: usize = 0xF88;
const MULTIPLE: [usize; 2] = [0x578, 0x5D0];
const MULTIPLE_STATUS: usize = 0x680;
const DIGEST: usize = 0xFE8;
const SECRET: usize = 0xF28;
const SIGNATURE: [usize; 2] = [0x730, 0x788];
const SIGNATURE_STATUS: usize = 0xFE0;

/// Table "ECDSA verification".
const VERIFY_CURVE: CurveAt = CurveAt {
    order_bits: Some(0x408),
    prime_bits: 0x4C8,
    a_sign: 0x468,
    a: 0x470,
    b: None,
    prime: 0x4D0,
};
const VERIFY_BASE: [usize; 2] = [0x678, 0x6D0];
const VERIFY_ORDER: usize = 0x1088;
const PUBLIC: [usize; 2] = [0x12F8, 0x1350];
const SIGNED: [usize; 2] = [0x10E0, 0xC68];
const SIGNED_DIGEST: usize = 0x13A8;
const SIGNED_STATUS: usize = 0x5D0;

/// Table "point on elliptic curve Fp check".
const CHECK_CURVE: CurveAt = CurveAt {
    order_bits: None,
    prime_bits: 0x408,
    a_sign: 0x410,
    a: 0x418,
    b: Some(0x520),
    prime: 0x470,
};
const CHECKED: [usize; 2] = [0x578, 0x5D0];
const CHECKED_PARAMETER: usize = 0x4C8;
const CHECKED_STATUS: usize = 0x680;

/// Table "Montgomery parameter computation".
const PARAMETER_BITS: usize = 0x408;
const PARAMETER_MODULUS: usize = 0x1088;
const PARAMETER: usize = 0x620;

const PRIME: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
];
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// The first coefficient without its sign.
const A: [u8; 32] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
];
const B: [u8; 32] = [
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc, 0x65,
    0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
];
const BASE: [[u8; 32]; 2] = [
    [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
        0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ],
    [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
        0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ],
];

impl<R: Registers + Default> P256Accelerator for P256<R> {
    #[inline(never)]
    fn multiple_of_base(scalar: &[u8; 32]) -> Result<P256Point, CryptoError> {
        let pka = &R::default();
        let outcome = with(pka, || {
            put_curve(pka, &SECRET_CURVE);
            put(pka, SCALAR, scalar);
            put_pair(pka, SECRET_BASE, BASE.each_ref());
            put(pka, SECRET_ORDER, &ORDER);
            run(pka, Mode::MultiplyPoint)?;
            if pka.read(MULTIPLE_STATUS) != FINE {
                return Err(Failure::Wrong);
            }
            let [x, y] = MULTIPLE.map(|at| number(pka, at));
            Ok(P256Point { x, y })
        });
        Ok(outcome?)
    }

    #[inline(never)]
    fn is_on_curve(point: &P256Point) -> Result<bool, CryptoError> {
        let pka = &R::default();
        let outcome = with(pka, || {
            let parameter = montgomery_parameter(pka)?;
            put_curve(pka, &CHECK_CURVE);
            put_pair(pka, CHECKED, [&point.x, &point.y]);
            put(pka, CHECKED_PARAMETER, &parameter);
            run(pka, Mode::CheckPoint)?;
            Ok(pka.read(CHECKED_STATUS) == FINE)
        });
        Ok(outcome?)
    }

    #[inline(never)]
    fn sign(secret: &[u8; 32], digest: &[u8; 32], nonce: &[u8; 32]) -> Result<Option<[u8; 64]>, CryptoError> {
        let pka = &R::default();
        let outcome = with(pka, || {
            put_curve(pka, &SECRET_CURVE);
            put(pka, SCALAR, nonce);
            put_pair(pka, SECRET_BASE, BASE.each_ref());
            put(pka, DIGEST, digest);
            put(pka, SECRET, secret);
            put(pka, SECRET_ORDER, &ORDER);
            run(pka, Mode::Sign)?;
            match pka.read(SIGNATURE_STATUS) {
                FINE => Ok(Some(pair(SIGNATURE.map(|at| number(pka, at))))),
                NO_R | NO_S => Ok(None),
                _ => Err(Failure::Wrong),
            }
        });
        Ok(outcome?)
    }

    #[inline(never)]
    fn verify(point: &P256Point, digest: &[u8; 32], signature: &[u8; 64]) -> Result<bool, CryptoError> {
        let pka = &R::default();
        let outcome = with(pka, || {
            put_curve(pka, &VERIFY_CURVE);
            put_pair(pka, VERIFY_BASE, BASE.each_ref());
            put_pair(pka, PUBLIC, [&point.x, &point.y]);
            for (at, half) in SIGNED.into_iter().zip(signature.as_chunks::<32>().0) {
                put(pka, at, half);
            }
            put(pka, SIGNED_DIGEST, digest);
            put(pka, VERIFY_ORDER, &ORDER);
            run(pka, Mode::Verify)?;
            Ok(pka.read(SIGNED_STATUS) == FINE)
        });
        Ok(outcome?)
    }
}

impl From<Failure> for CryptoError {
    fn from(_: Failure) -> Self {
        Self::Failed
    }
}

fn put_curve(pka: &impl Registers, at: &CurveAt) {
    let bits = at.order_bits.into_iter().chain([at.prime_bits]);
    bits.for_each(|at| put_number(pka, at, BITS));
    put_number(pka, at.a_sign, 1);
    put(pka, at.a, &A);
    if let Some(b) = at.b {
        put(pka, b, &B);
    }
    put(pka, at.prime, &PRIME);
}

/// The accelerator's own, whose radix only it has to know.
fn montgomery_parameter(pka: &impl Registers) -> Result<[u8; 32], Failure> {
    put_number(pka, PARAMETER_BITS, BITS);
    put(pka, PARAMETER_MODULUS, &PRIME);
    run(pka, Mode::MontgomeryParameter)?;
    Ok(number(pka, PARAMETER))
}

fn put_pair(pka: &impl Registers, at: [usize; 2], numbers: [&[u8; 32]; 2]) {
    for (at, number) in at.into_iter().zip(numbers) {
        put(pka, at, number);
    }
}

fn number(pka: &impl Registers, at: usize) -> [u8; 32] {
    let mut bytes = [0; 32];
    take(pka, at, &mut bytes);
    bytes
}

fn pair([r, s]: [[u8; 32]; 2]) -> [u8; 64] {
    let mut bytes = [0; 64];
    let halves = r.into_iter().chain(s);
    bytes.iter_mut().zip(halves).for_each(|(to, from)| *to = from);
    bytes
}
