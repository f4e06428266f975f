//! Where NaNs are made canonical.
//!
//! A float on the operand stack, in a local or at the end of a block is *exact* (its bits are what the specification
//! says that they are) or *loose* (arithmetic made it; if it is a NaN, the processor chose its bits). Loose floats may
//! go about freely, because arithmetic and comparisons do not see the bits of a NaN. They are made canonical where the
//! bits can be seen, or where the code that follows could not tell a loose float from an exact one any more.

mod flow;

#[cfg(test)]
mod tests;

use super::{
	body::{Body, Types},
	follow::{follow, Track},
};
use alloc::{vec, vec::Vec};
use flow::{Flow, Node};
use wasmparser::{Operator, ValType};

/// The width of a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
	/// `f32`.
	F32,
	/// `f64`.
	F64,
}

/// The float on top of the stack after an operator is made canonical if it is a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fix {
	/// The operator's place in [`Body::operators`].
	pub after: usize,
	/// The type of the float.
	pub width: Width,
}

/// The bits of the canonical NaNs.
const CANONICAL: (u32, u64) = (0x7fc0_0000, 0x7ff8_0000_0000_0000);

/// The fixes of one function, ascending.
pub(crate) fn plan(types: &Types, body: &Body) -> Vec<Fix> {
	if !body.operators.iter().any(|operator| arithmetic(operator).is_some()) {
		return Vec::new();
	}
	let mut planner = Planner::new(body);
	follow(types, body, &mut planner);
	let mut fixes = vec![None; body.operators.len()];
	for (at, width) in planner.flow.fixes() {
		if let Some(fix) = fixes.get_mut(at) {
			*fix = Some(width);
		}
	}
	let fixes = fixes.into_iter().enumerate();
	fixes.filter_map(|(after, width)| Some(Fix { after, width: width? })).collect()
}

/// The width of an operator's result, if it is one whose NaN the processor chooses.
fn arithmetic(operator: &Operator) -> Option<Width> {
	use Operator::*;
	Some(match operator {
		F32Add | F32Sub | F32Mul | F32Div | F32Sqrt | F32Min | F32Max | F32Ceil | F32Floor | F32Trunc
		| F32Nearest | F32DemoteF64 => Width::F32,
		F64Add | F64Sub | F64Mul | F64Div | F64Sqrt | F64Min | F64Max | F64Ceil | F64Floor | F64Trunc
		| F64Nearest | F64PromoteF32 => Width::F64,
		_ => return None,
	})
}

/// Whether an operator tells no NaN from another, and gives no float or an arithmetic one.
fn blind(operator: &Operator) -> bool {
	use Operator::*;
	matches!(
		operator,
		Drop | F32Eq
			| F32Ne | F32Lt
			| F32Gt | F32Le
			| F32Ge | F64Eq
			| F64Ne | F64Lt
			| F64Gt | F64Le
			| F64Ge | I32TruncF32S
			| I32TruncF32U
			| I32TruncF64S
			| I32TruncF64U
			| I64TruncF32S
			| I64TruncF32U
			| I64TruncF64S
			| I64TruncF64U
			| I32TruncSatF32S
			| I32TruncSatF32U
			| I32TruncSatF64S
			| I32TruncSatF64U
			| I64TruncSatF32S
			| I64TruncSatF32U
			| I64TruncSatF64S
			| I64TruncSatF64U
	) || arithmetic(operator).is_some()
}

fn float(ty: ValType) -> Option<Width> {
	match ty {
		ValType::F32 => Some(Width::F32),
		ValType::F64 => Some(Width::F64),
		_ => None,
	}
}

struct Planner {
	flow: Flow,
	/// The node of each local that is a float.
	locals: Vec<Option<(Node, Width)>>,
}

impl Planner {
	fn new(body: &Body) -> Self {
		let mut flow = Flow::default();
		let local = |(index, ty): (usize, &ValType)| {
			float(*ty).map(|width| {
				// Whoever calls may have put anything into a parameter. Other locals are zero.
				let node = flow.add(0, width);
				if index < body.params.len() {
					flow.link(Node::EXACT, node);
				}
				(node, width)
			})
		};
		let locals = body.locals.iter().enumerate().map(local).collect();
		Self { flow, locals }
	}

	fn local(&self, index: u32) -> Option<(Node, Width)> {
		*self.locals.get(index as usize)?
	}

	/// A value that an operator gives and that is what it was given.
	fn moved(&mut self, at: usize, width: Width, from: &[Node]) -> Node {
		if from.iter().all(|from| from.is_exact()) {
			return Node::EXACT;
		}
		let node = self.flow.add(at, width);
		for from in from {
			self.flow.link(*from, node);
		}
		node
	}
}

impl Track for Planner {
	type Value = Node;
	type Join = Node;

	fn operator(&mut self, at: usize, operator: &Operator, operands: &[Node], results: &mut [Node]) {
		use Operator::*;
		let result = match (operator, operands) {
			(F32Const { value }, []) => {
				constant(value.bits() & 0x7fff_ffff > 0x7f80_0000, || value.bits() == CANONICAL.0)
			},
			(F64Const { value }, []) => {
				constant(value.bits() << 1 > 0xffe0_0000_0000_0000, || value.bits() == CANONICAL.1)
			},
			(F32ConvertI32S | F32ConvertI32U | F32ConvertI64S | F32ConvertI64U, _)
			| (F64ConvertI32S | F64ConvertI32U | F64ConvertI64S | F64ConvertI64U, _) => Node::CANONICAL,
			(LocalGet { local_index }, []) => match self.local(*local_index) {
				Some((local, width)) => self.moved(at, width, &[local]),
				None => return,
			},
			(LocalSet { local_index }, [value]) => {
				if let Some((local, _)) = self.local(*local_index) {
					self.flow.link(*value, local);
				}
				return;
			},
			(LocalTee { local_index }, [value]) => match self.local(*local_index) {
				Some((local, width)) => {
					self.flow.link(*value, local);
					self.moved(at, width, &[local])
				},
				None => return,
			},
			(Select | TypedSelect { .. }, [one, other, _]) if one == other => *one,
			(Select | TypedSelect { .. }, [one, other, _]) => match self.flow.width(*one, *other) {
				Some(width) => self.moved(at, width, &[*one, *other]),
				None => return,
			},
			// The canonical NaN is positive: what is loose stays loose.
			(F32Abs, [value]) => self.moved(at, Width::F32, &[*value]),
			(F64Abs, [value]) => self.moved(at, Width::F64, &[*value]),
			(F32Neg | F64Neg, [value]) => self.flow.add_signed(*value),
			(F32Copysign | F64Copysign, [value, sign]) => {
				// The sign of a NaN shows in a number.
				self.flow.see(*sign);
				self.flow.add_signed(*value)
			},
			_ => {
				if let Some(width) = arithmetic(operator) {
					self.flow.add_loose(at, width)
				} else {
					if !blind(operator) {
						operands.iter().for_each(|value| self.flow.see(*value));
					}
					return;
				}
			},
		};
		if let [only] = results {
			*only = result;
		}
	}

	/// Only a float that is alone can be made canonical after the `end`.
	fn open(&mut self, results: &[ValType]) -> Node {
		match results {
			[only] => float(*only).map_or(Node::EXACT, |width| self.flow.add(0, width)),
			_ => Node::EXACT,
		}
	}

	fn flow(&mut self, to: Node, values: &[Node]) {
		for value in values {
			self.flow.link(*value, to);
		}
	}

	fn close(&mut self, at: usize, join: Node, results: &mut [Node]) {
		if let ([only], false) = (results, join.is_exact()) {
			self.flow.place(join, at);
			*only = join;
		}
	}
}

fn constant(nan: bool, canonical: impl FnOnce() -> bool) -> Node {
	if !nan || canonical() {
		Node::CANONICAL
	} else {
		Node::EXACT
	}
}
