use super::element::Element;
use super::point::{Coordinate, ONE, Point};

/// A point that is not the neutral element.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    pub(super) x: Coordinate,
    pub(super) y: Coordinate,
}

impl Affine {
    /// No point, but the place of one.
    pub(super) const ZERO: Self = Self {
        x: Element::ZERO,
        y: Element::ZERO,
    };
}

/// A point by Jacobian coordinates: x is X/Z² and y is Y/Z³.
///
/// Its sums are cheaper than those of [`Point`], but not complete: a sum of equal or opposite points has Z = 0, and from
/// then on every other one has, too.
#[derive(Clone, Copy)]
pub(super) struct Jacobian {
    x: Coordinate,
    y: Coordinate,
    z: Coordinate,
}

impl From<Affine> for Jacobian {
    fn from(Affine { x, y }: Affine) -> Self {
        Self { x, y, z: ONE }
    }
}

impl Jacobian {
    /// Algorithm 3.21 of Hankerson, Menezes and Vanstone, "Guide to Elliptic Curve Cryptography" (2004).
    pub(super) fn doubled(&self) -> Self {
        let zz = self.z.squared();
        let slope = self.x.minus(&zz).times(&self.x.plus(&zz)).tripled();
        let twice_y = self.y.doubled();
        let square = twice_y.squared();
        let product = square.times(&self.x);
        let x = slope.squared().minus(&product.doubled());
        Self {
            y: product.minus(&x).times(&slope).minus(&square.squared().halved()),
            x,
            z: twice_y.times(&self.z),
        }
    }

    /// Algorithm 3.22 there. Neighbouring products don't wait for each other, as far as it can be had.
    pub(super) fn plus(&self, other: &Affine) -> Self {
        let zz = self.z.squared();
        let width = other.x.times(&zz);
        let zzz = zz.times(&self.z);
        let width = width.minus(&self.x);
        let height = other.y.times(&zzz);
        let square = width.squared();
        let z = self.z.times(&width);
        let height = height.minus(&self.y);
        let cube = square.times(&width);
        let product = square.times(&self.x);
        let height_square = height.squared();
        let cube_y = cube.times(&self.y);
        let x = height_square.minus(&cube).minus(&product.doubled());
        Self {
            y: product.minus(&x).times(&height).minus(&cube_y),
            x,
            z,
        }
    }

    /// The same point; `None` for the neutral element, and for a sum that these formulas can't do.
    pub(super) fn to_point(self) -> Option<Point> {
        let zz = self.z.squared();
        let point = Point {
            x: self.x.times(&self.z),
            y: self.y,
            z: zz.times(&self.z),
        };
        (!bool::from(self.z.is_zero())).then_some(point)
    }
}
