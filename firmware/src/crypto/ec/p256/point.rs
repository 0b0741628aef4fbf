use super::element::{Base, Element};
use super::scalar::Scalar;
use super::{POINT_LEN, UNCOMPRESSED};
use crate::crypto::bignum::Limb;
use subtle::ConstantTimeEq;

pub(super) type Coordinate = Element<Base>;

/// The curve's b in Montgomery form.
const B: Coordinate = Element::from_words([
    0xd89c_df62_29c4_bddf,
    0xacf0_05cd_7884_3090,
    0xe5a2_20ab_f721_2ed6,
    0xdc30_061d_0487_4834,
]);
/// 1 in Montgomery form.
pub(super) const ONE: Coordinate = Element::from_words([
    0x0000_0000_0000_0001,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_fffe,
]);

/// A point by projective coordinates: x is X/Z and y is Y/Z; the neutral element has Z = 0.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: Coordinate,
    pub(super) y: Coordinate,
    pub(super) z: Coordinate,
}

/// The six products of coordinates that the sum of two points follows from.
struct Products {
    xx: Coordinate,
    yy: Coordinate,
    zz: Coordinate,
    xy: Coordinate,
    yz: Coordinate,
    xz: Coordinate,
}

impl Point {
    pub(super) const NEUTRAL: Self = Self {
        x: Element::ZERO,
        y: ONE,
        z: Element::ZERO,
    };

    /// The curve's base point.
    pub(super) const BASE: Self = Self {
        x: Element::from_words([
            0x79e7_30d4_18a9_143c,
            0x75ba_95fc_5fed_b601,
            0x79fb_732b_7762_2510,
            0x1890_5f76_a537_55c6,
        ]),
        y: Element::from_words([
            0xddf2_5357_ce95_560a,
            0x8b4a_b8e4_ba19_e45c,
            0xd2e8_8688_dd21_f325,
            0x8571_ff18_2588_5d85,
        ]),
        z: ONE,
    };

    /// A point of the curve, uncompressed.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; POINT_LEN] = bytes.try_into().ok()?;
        let (form, coordinates) = bytes.split_first()?;
        let (x, y) = coordinates.split_first_chunk()?;
        let (x, y) = (Element::parse(x)?, Element::parse(y.try_into().ok()?)?);
        let right = x.squared().times(&x).minus(&x.tripled()).plus(&B);
        let on_curve = bool::from(y.squared().ct_eq(&right));
        (*form == UNCOMPRESSED && on_curve).then_some(Self { x, y, z: ONE })
    }

    /// x and y; zeros for the neutral element.
    pub(super) fn affine(&self) -> (Coordinate, Coordinate) {
        let inverse = self.z.inverse();
        (self.x.times(&inverse), self.y.times(&inverse))
    }

    pub(super) fn doubled(&self) -> Self {
        let twice = |a: &Coordinate, b: &Coordinate| a.times(b).doubled();
        Products {
            xx: self.x.squared(),
            yy: self.y.squared(),
            zz: self.z.squared(),
            xy: twice(&self.x, &self.y),
            yz: twice(&self.y, &self.z),
            xz: twice(&self.x, &self.z),
        }
        .sum()
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let (xx, yy, zz) = (
            self.x.times(&other.x),
            self.y.times(&other.y),
            self.z.times(&other.z),
        );
        Products {
            xy: crossed([&self.x, &self.y], [&other.x, &other.y], [&xx, &yy]),
            yz: crossed([&self.y, &self.z], [&other.y, &other.z], [&yy, &zz]),
            xz: crossed([&self.x, &self.z], [&other.x, &other.z], [&xx, &zz]),
            xx,
            yy,
            zz,
        }
        .sum()
    }

    /// A multiple of a public point by a public number.
    pub(super) fn times_vartime(&self, factor: &Scalar) -> Self {
        let mut multiples = [Self::NEUTRAL; 16];
        let mut multiple = Self::NEUTRAL;
        for place in multiples.iter_mut().skip(1) {
            multiple = multiple.plus(self);
            *place = multiple;
        }
        let mut result = Self::NEUTRAL;
        for limb in factor.to_limbs().iter().rev() {
            for shift in (0..Limb::BITS).step_by(4).rev() {
                result = (0..4).fold(result, |point, _| point.doubled());
                let digit = (limb >> shift) as usize & 15;
                if let (1.., Some(multiple)) = (digit, multiples.get(digit)) {
                    result = result.plus(multiple);
                }
            }
        }
        result
    }
}

/// `a₀ · b₁ + a₁ · b₀` from the products `a₀ · b₀` and `a₁ · b₁`.
fn crossed(a: [&Coordinate; 2], b: [&Coordinate; 2], products: [&Coordinate; 2]) -> Coordinate {
    let [sum_a, sum_b, sum] = [a, b, products].map(|[first, second]| first.plus(second));
    sum_a.times(&sum_b).minus(&sum)
}

impl Products {
    /// The sum, whichever two points they are, equal, opposite or neutral ones too: algorithm 4 of Renes, Costello and
    /// Batina, "Complete addition formulas for prime order elliptic curves" (2016).
    fn sum(&self) -> Point {
        let shift = self.xz.minus(&B.times(&self.zz)).tripled();
        let (less, more) = (self.yy.minus(&shift), self.yy.plus(&shift));
        let zz = self.zz.tripled();
        let slope = B.times(&self.xz).minus(&zz).minus(&self.xx).tripled();
        let curve = self.xx.tripled().minus(&zz);
        Point {
            x: self.xy.times(&more).minus(&self.yz.times(&slope)),
            y: more.times(&less).plus(&curve.times(&slope)),
            z: self.yz.times(&less).plus(&self.xy.times(&curve)),
        }
    }
}
