//! What branches carry to the labels that are open at an operator.

use alloc::{vec, vec::Vec};
use wasmparser::{BlockType, FuncType, Operator, ValType};

/// The labels that are open, the function's own first: each with the type that says what a branch to it carries.
pub struct Labels<'a> {
	types: &'a [FuncType],
	open: Vec<Label>,
}

#[derive(Clone, Copy)]
enum Label {
	/// A branch carries no value, or one.
	Plain,
	/// To the end of a block or function of this type: its results.
	End(u32),
	/// To a loop of this type: its parameters.
	Loop(u32),
}

impl<'a> Labels<'a> {
	/// Those at the start of a function of this type.
	pub fn new(types: &'a [FuncType], function: u32) -> Self {
		Self { types, open: vec![Label::End(function)] }
	}

	/// Follows an operator.
	pub fn step(&mut self, operator: &Operator<'_>) {
		match operator {
			Operator::Block { blockty: BlockType::FuncType(ty) }
			| Operator::If { blockty: BlockType::FuncType(ty) } => self.open.push(Label::End(*ty)),
			Operator::Loop { blockty: BlockType::FuncType(ty) } => self.open.push(Label::Loop(*ty)),
			Operator::Block { .. } | Operator::If { .. } | Operator::Loop { .. } => {
				self.open.push(Label::Plain)
			},
			Operator::End => drop(self.open.pop()),
			_ => {},
		}
	}

	/// What a branch carries to the label at this depth, if its type tells: a block without one carries at most one value.
	pub fn values(&self, depth: u32) -> Option<&'a [ValType]> {
		let label = self.open.iter().rev().nth(depth as usize)?;
		match *label {
			Label::Plain => None,
			Label::End(ty) => Some(self.types.get(ty as usize)?.results()),
			Label::Loop(ty) => Some(self.types.get(ty as usize)?.params()),
		}
	}
}
