//! What is found out about each function before it is written.

use super::Source;
use anyhow::Result;
use ergon_executor_core::{admission::FEATURES, instrument::cost};
use wasmparser::{Operator, Parser, ValidPayload, Validator};

/// What is found out about a function before it is written.
pub(super) struct Function {
	pub index: u32,
	/// What each operator costs; those that are never reached cost nothing.
	pub costs: Vec<u64>,
	/// Whether each operator is the last of a run of code.
	ends_run: Vec<bool>,
	/// Whether it tests the fuel at its entry.
	pub tests_entry: bool,
	pub weight: i64,
	/// The functions it calls, the types of those it calls indirectly, and those it takes the address of.
	pub calls: Vec<u32>,
	pub indirect: Vec<u32>,
	pub references: Vec<u32>,
}

impl Function {
	/// What the operators after one cost up to the end of the run. The first run is after the operator −1.
	pub(super) fn rest(&self, after: isize) -> i64 {
		let from = (after + 1) as usize;
		let operators = self.costs.iter().zip(&self.ends_run).skip(from);
		let mut rest = 0;
		for (cost, last) in operators {
			rest += *cost as i64;
			if *last {
				break;
			}
		}
		rest
	}
}

/// Looks at every function with the help of the validator, which knows heights and what is reached.
pub(super) fn survey(source: &Source) -> Result<Vec<Function>> {
	let (mut validator, mut functions) = (Validator::new_with_features(FEATURES), Vec::new());
	for payload in Parser::new(0).parse_all(source.module) {
		let ValidPayload::Func(function, body) = validator.payload(&payload?)? else { continue };
		let mut validator = function.into_validator(Default::default());
		let mut found = Function {
			index: validator.index(),
			costs: vec![],
			ends_run: vec![],
			tests_entry: false,
			weight: 0,
			calls: vec![],
			indirect: vec![],
			references: vec![],
		};
		validator.read_locals(&mut body.get_binary_reader())?;
		let mut highest = 0;
		for operator in body.get_operators_reader()?.into_iter_with_offsets() {
			let (operator, offset) = operator?;
			let reached = |validator: &wasmparser::FuncValidator<_>| {
				let height = validator.control_stack_height() as usize;
				(0..height)
					.all(|depth| !validator.get_control_frame(depth).is_none_or(|frame| frame.unreachable))
			};
			let live = reached(&validator);
			found.note(&operator, live);
			validator.op(offset, &operator)?;
			if reached(&validator) {
				highest = highest.max(validator.operand_stack_height());
			}
		}
		found.tests_entry |= found.costs.iter().sum::<u64>() > cost::UNTESTED;
		found.weight = 8 + i64::from(validator.len_locals() + highest) + found.costs.len() as i64 / 16;
		functions.push(found);
	}
	Ok(functions)
}

impl Function {
	fn note(&mut self, operator: &Operator, live: bool) {
		use Operator::*;
		self.costs.push(if live { cost::of(operator) } else { 0 });
		self.ends_run.push(matches!(
			operator,
			Loop { .. }
				| If { .. } | Else
				| End | Br { .. }
				| BrIf { .. }
				| BrTable { .. }
				| Return | Unreachable
		));
		self.tests_entry |= live && matches!(operator, Loop { .. } | Call { .. } | CallIndirect { .. });
		match operator {
			Call { function_index } if live => self.calls.push(*function_index),
			CallIndirect { type_index, .. } if live => self.indirect.push(*type_index),
			RefFunc { function_index } => self.references.push(*function_index),
			_ => {},
		}
	}
}
