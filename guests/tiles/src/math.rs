//! Vectors, and the few functions that rendering needs.

use core::ops::{Add, Mul, Neg, Sub};

/// A point, a direction or a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3 {
	pub x: f64,
	pub y: f64,
	pub z: f64,
}

pub const fn vec3(x: f64, y: f64, z: f64) -> Vec3 {
	Vec3 { x, y, z }
}

impl Vec3 {
	pub fn dot(self, other: Self) -> f64 {
		self.x * other.x + self.y * other.y + self.z * other.z
	}

	pub fn cross(self, other: Self) -> Self {
		vec3(
			self.y * other.z - self.z * other.y,
			self.z * other.x - self.x * other.z,
			self.x * other.y - self.y * other.x,
		)
	}

	/// The same direction with length 1; of the zero vector, the zero vector.
	pub fn unit(self) -> Self {
		self * inverse_sqrt(self.dot(self))
	}

	/// Component by component.
	pub fn times(self, other: Self) -> Self {
		vec3(self.x * other.x, self.y * other.y, self.z * other.z)
	}

	/// On the way from here to `other`.
	pub fn mix(self, other: Self, share: f64) -> Self {
		self * (1.0 - share) + other * share
	}

	/// This direction thrown back by a surface with that normal.
	pub fn reflected(self, normal: Self) -> Self {
		self - normal * (2.0 * self.dot(normal))
	}

	/// Two directions that stand upright on this one and on each other.
	pub fn frame(self) -> (Self, Self) {
		let helper = if self.x > 0.5 || self.x < -0.5 { vec3(0.0, 1.0, 0.0) } else { vec3(1.0, 0.0, 0.0) };
		let first = self.cross(helper).unit();
		(first, first.cross(self))
	}
}

impl Add for Vec3 {
	type Output = Self;
	fn add(self, other: Self) -> Self {
		vec3(self.x + other.x, self.y + other.y, self.z + other.z)
	}
}

impl Sub for Vec3 {
	type Output = Self;
	fn sub(self, other: Self) -> Self {
		vec3(self.x - other.x, self.y - other.y, self.z - other.z)
	}
}

impl Mul<f64> for Vec3 {
	type Output = Self;
	fn mul(self, factor: f64) -> Self {
		vec3(self.x * factor, self.y * factor, self.z * factor)
	}
}

impl Neg for Vec3 {
	type Output = Self;
	fn neg(self) -> Self {
		self * -1.0
	}
}

/// 1/√x to ten digits, for x > 0: a first guess from the bits, and three of Newton's steps. Without a standard library
/// the processor's own square root is out of reach.
pub fn inverse_sqrt(x: f64) -> f64 {
	let mut y = f64::from_bits(0x5fe6_eb50_c7b5_37a9u64.wrapping_sub(x.to_bits() >> 1));
	let half = 0.5 * x;
	for _ in 0..3 {
		y = y * (1.5 - half * y * y);
	}
	y
}

/// √x; 0 for what has none.
pub fn sqrt(x: f64) -> f64 {
	if x > 0.0 {
		x * inverse_sqrt(x)
	} else {
		0.0
	}
}

/// cos(2πx) to within 0.001, which is more than waves need.
pub fn wave(x: f64) -> f64 {
	// The distance to the nearest whole number, 0 to ½; then a parabola, bent towards the cosine.
	let near = x - (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i64 as f64;
	let near = if near < 0.0 { -near } else { near };
	let arc = 1.0 - 4.0 * near;
	let size = if arc < 0.0 { -arc } else { arc };
	let parabola = arc * (2.0 - size);
	let bent = if parabola < 0.0 { -parabola } else { parabola };
	0.775 * parabola + 0.225 * parabola * bent
}

/// x to the power of 5, as reflection at a grazing angle goes.
pub fn fifth(x: f64) -> f64 {
	let square = x * x;
	square * square * x
}

/// Pseudo-random numbers that depend on nothing but their seed, so that a pixel is the same whichever tile it is in.
pub struct Random(u32);

impl Random {
	pub fn new(x: u32, y: u32, sample: u32) -> Self {
		let mut random = Self(
			x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ sample.wrapping_mul(0xc2b2_ae3d),
		);
		random.next();
		random
	}

	/// From 0 to below 1.
	pub fn next(&mut self) -> f64 {
		// PCG, 32 bits.
		self.0 = self.0.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
		let word = ((self.0 >> ((self.0 >> 28) + 4)) ^ self.0).wrapping_mul(277_803_737);
		f64::from((word >> 22) ^ word) * (1.0 / 4_294_967_296.0)
	}
}
