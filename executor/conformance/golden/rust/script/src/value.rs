//! Values: a number is itself, everything else is a NaN with a tag and an index in its bits.

/// A boxed value. A `f64` in every move, so that an engine or an instrumentation that touches the bits of a NaN that is
/// only moved is found out.
#[derive(Clone, Copy)]
pub struct Value(pub f64);

/// What a value is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
	Number,
	Nil,
	Bool(bool),
	Text(usize),
	List(usize),
	Function(usize),
}

/// Negative quiet NaNs with a tag; arithmetic makes none with a tag, whatever sign it gives.
const BOX: u64 = 0xFFF8_0000_0000_0000;

impl Value {
	pub const NIL: Self = Self::boxed(1, 0);

	const fn boxed(tag: u64, index: usize) -> Self {
		Self(f64::from_bits(BOX | tag << 32 | index as u64))
	}

	pub fn bool(is: bool) -> Self {
		Self::boxed(2, is as usize)
	}

	pub fn text(index: usize) -> Self {
		Self::boxed(3, index)
	}

	pub fn list(index: usize) -> Self {
		Self::boxed(4, index)
	}

	pub fn function(index: usize) -> Self {
		Self::boxed(5, index)
	}

	pub fn kind(self) -> Kind {
		let bits = self.0.to_bits();
		let index = bits as u32 as usize;
		match (self.0.is_nan(), bits >> 32 & 0xFFFF) {
			(true, 1) => Kind::Nil,
			(true, 2) => Kind::Bool(index != 0),
			(true, 3) => Kind::Text(index),
			(true, 4) => Kind::List(index),
			(true, 5) => Kind::Function(index),
			_ => Kind::Number,
		}
	}

	pub fn is_true(self) -> bool {
		!matches!(self.kind(), Kind::Nil | Kind::Bool(false))
	}

	pub fn same(self, other: Self) -> bool {
		match (self.kind(), other.kind()) {
			(Kind::Number, Kind::Number) => self.0 == other.0,
			(a, b) => a == b,
		}
	}
}
