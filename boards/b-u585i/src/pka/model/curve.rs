//! P-256, from what lies where the manual's tables say. The arithmetic is RustCrypto's.

use super::{State, put_at};
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::{Field, Group, PrimeField};
use p256::{AffinePoint, FieldBytes, ProjectivePoint, PublicKey, Scalar};
use std::vec::Vec;

const FINE: u32 = 0xD60D;
const FAILED: u32 = 0xCBC9;
const WRONG: u32 = 0xA3B7;
const TOO_LARGE: u32 = 0xF946;

const PRIME: [u32; 8] = [0xFFFF_FFFF, 1, 0, 0, 0, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF];
const ORDER: [u32; 8] = [
    0xFFFF_FFFF,
    0,
    0xFFFF_FFFF,
    0xFFFF_FFFF,
    0xBCE6_FAAD,
    0xA717_9E84,
    0xF3B9_CAC2,
    0xFC63_2551,
];
const B: [u32; 8] = [
    0x5AC6_35D8,
    0xAA3A_93E7,
    0xB3EB_BD55,
    0x7698_86BC,
    0x651D_06B0,
    0xCC53_B0F6,
    0x3BCE_3C3E,
    0x27D2_604B,
];
/// 2^576 modulo the prime: the accelerator's radix is longer than its operands.
const PARAMETER: [u32; 8] = [
    0xFFFF_FFFC,
    0xFFFF_FFFC,
    0xFFFF_FFFB,
    0xFFFF_FFF9,
    0xFFFF_FFFE,
    3,
    5,
    2,
];

impl State {
    pub(super) fn montgomery_parameter(&mut self) {
        assert_eq!(self.number(0x408), 256);
        assert_eq!(self.words(0x1088), PRIME);
        self.give(0x620, &bytes(&PARAMETER));
    }

    pub(super) fn multiply_point(&mut self) {
        self.assert_order(&[
            0x400, 0x408, 0x410, 0x418, 0x520, 0x1088, 0x12A0, 0x578, 0x470, 0xF88,
        ]);
        let base = self.secret_curve();
        let scalar = self.scalar(0x12A0);
        let (x, y) = coordinates(&(base * scalar).to_affine());
        self.scatter();
        self.give(0x578, &x);
        self.give(0x5D0, &y);
        self.tell(0x680, FINE);
    }

    pub(super) fn sign(&mut self) {
        self.assert_order(&[
            0x400, 0x408, 0x410, 0x418, 0x520, 0x1088, 0x12A0, 0x578, 0x470, 0xFE8, 0xF28, 0xF88,
        ]);
        let base = self.secret_curve();
        let [nonce, digest, secret] = [0x12A0, 0xFE8, 0xF28].map(|at| self.scalar(at));
        let (x, _) = coordinates(&(base * nonce).to_affine());
        let r = reduced(&x);
        let Some(inverse) = Option::<Scalar>::from(nonce.invert()) else {
            return self.tell(0xFE0, FAILED);
        };
        let s = inverse * (digest + r * secret);
        self.scatter();
        self.give(0x730, &r.to_repr());
        self.give(0x788, &s.to_repr());
        let status = [(r, WRONG), (s, TOO_LARGE)]
            .into_iter()
            .find(|(half, _)| bool::from(half.is_zero()));
        self.tell(0xFE0, status.map_or(FINE, |(_, status)| status));
    }

    pub(super) fn verify(&mut self) {
        self.assert_order(&[
            0x408, 0x4C8, 0x468, 0x470, 0x4D0, 0x678, 0x6D0, 0x12F8, 0x1350, 0x10E0, 0xC68, 0x13A8, 0x1088,
        ]);
        assert_eq!([self.number(0x408), self.number(0x4C8)], [256, 256]);
        self.assert_a(0x468, 0x470);
        assert_eq!([self.words(0x4D0), self.words(0x1088)], [PRIME, ORDER]);
        let base = self.point(0x678, 0x6D0).expect("the base point");
        let Some(public) = self.point(0x12F8, 0x1350) else {
            return self.tell(0x5D0, WRONG);
        };
        let [r, s, digest] = [0x10E0, 0xC68, 0x13A8].map(|at| self.scalar(at));
        let inverse = Option::<Scalar>::from(s.invert()).expect("the firmware checks ranges");
        let sum = base * (digest * inverse) + public * (r * inverse);
        if bool::from(sum.is_identity()) {
            return self.tell(0x5D0, FAILED);
        }
        let (x, _) = coordinates(&sum.to_affine());
        let is_right = reduced(&x) == r;
        self.tell(0x5D0, if is_right { FINE } else { WRONG });
    }

    pub(super) fn check_point(&mut self) {
        self.assert_order(&[0x408, 0x410, 0x418, 0x520, 0x470, 0x578, 0x5D0, 0x4C8]);
        assert_eq!(self.number(0x408), 256);
        self.assert_a(0x410, 0x418);
        assert_eq!(
            [self.words(0x520), self.words(0x470), self.words(0x4C8)],
            [B, PRIME, PARAMETER]
        );
        let status = if self.words(0x578) >= PRIME || self.words(0x5D0) >= PRIME {
            TOO_LARGE
        } else if self.point(0x578, 0x5D0).is_some() {
            FINE
        } else {
            WRONG
        };
        self.tell(0x680, status);
    }

    /// The curve, where multiplication and signing want it; gives the point.
    fn secret_curve(&self) -> ProjectivePoint {
        assert_eq!([self.number(0x400), self.number(0x408)], [256, 256]);
        self.assert_a(0x410, 0x418);
        assert_eq!(
            [self.words(0x520), self.words(0x1088), self.words(0xF88)],
            [B, PRIME, ORDER]
        );
        let base = self.point(0x578, 0x470).expect("the point is on the curve");
        assert_eq!(base, ProjectivePoint::GENERATOR);
        base
    }

    /// The first coefficient is -3.
    fn assert_a(&self, sign: usize, value: usize) {
        assert_eq!(
            (self.number(sign), self.words(value)),
            (1, [0, 0, 0, 0, 0, 0, 0, 3])
        );
    }

    /// The most significant word first.
    fn words(&self, at: usize) -> [u32; 8] {
        let bytes = self.operand(at, 256);
        let words: Vec<u32> = bytes
            .as_chunks()
            .0
            .iter()
            .copied()
            .map(u32::from_be_bytes)
            .collect();
        words.try_into().expect("256 bits")
    }

    fn scalar(&self, at: usize) -> Scalar {
        let bytes: [u8; 32] = self.operand(at, 256).try_into().expect("256 bits");
        Option::from(Scalar::from_repr(bytes.into())).expect("it is below the order")
    }

    fn point(&self, x: usize, y: usize) -> Option<ProjectivePoint> {
        let mut encoded = std::vec![4];
        encoded.extend(self.operand(x, 256));
        encoded.extend(self.operand(y, 256));
        PublicKey::from_sec1_bytes(&encoded)
            .ok()
            .map(|key| key.to_projective())
    }

    /// What intermediate values leave behind: nobody may count on the operands' still being there.
    fn scatter(&mut self) {
        self.ram
            .iter_mut()
            .for_each(|word| *word = word.wrapping_mul(0x9E37_79B9) ^ 0x5EC2_E7ED);
    }

    fn give(&mut self, at: usize, value: &[u8]) {
        put_at(&mut self.ram, at, value);
    }

    fn tell(&mut self, at: usize, status: u32) {
        self.give(at, &status.to_be_bytes());
    }
}

fn coordinates(point: &AffinePoint) -> (FieldBytes, FieldBytes) {
    use p256::elliptic_curve::sec1::ToSec1Point;
    let point = point.to_sec1_point(false);
    (
        *point.x().expect("it is finite"),
        *point.y().expect("it is not compressed"),
    )
}

fn reduced(x: &FieldBytes) -> Scalar {
    Reduce::<FieldBytes>::reduce(x)
}

fn bytes(words: &[u32; 8]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}
