//! Ways around two defects of wasmi 2.0.0.
//!
//! Where a `select` follows a comparison of a local with zero (`local.get 0  i32.eqz  select`), wasmi leaves the comparison
//! out and selects by whatever its register happens to hold. It does not where the condition comes from a local, so
//! every condition is taken through one.
//!
//! Where a block with parameters begins, wasmi copies the locals that lie on the stack below the parameters, so that all
//! ways through the block find them in the same place. It leaves out as many of them as there are parameters that come
//! from no local; such a local is then copied somewhere inside the block, and a branch that comes by before reads what the
//! stack held earlier. A block without parameters leaves out nothing, so an empty one is put before each that has some.
//!
//! The tests `select_follows_its_condition` and `what_lies_below_a_block_is_kept` fail without this, and say when it is no
//! longer needed: they have a part that runs the bare interpreter.

use alloc::{format, string::String, vec::Vec};
use core::convert::Infallible;
use wasm_encoder::{
	reencode::{Error, Reencode},
	CodeSection, Function, Instruction, Module, ValType,
};
use wasmparser::{BinaryReaderError, BlockType, FunctionBody, Operator, Parser, Payload};

/// The module with every `select` and every block with parameters mended. It must be valid, and of the profile.
pub fn mend(module: &[u8]) -> Result<Vec<u8>, String> {
	let mut mender = Mender::of(module).map_err(|error| format!("{error}"))?;
	let mut mended = Module::new();
	mender.parse_core_module(&mut mended, Parser::new(0), module).map_err(|error| format!("{error}"))?;
	Ok(mended.finish())
}

struct Mender {
	/// How many parameters each type has.
	params: Vec<u32>,
	/// The types of the functions that are still to come.
	functions: alloc::vec::IntoIter<u32>,
}

impl Mender {
	fn of(module: &[u8]) -> Result<Self, BinaryReaderError> {
		let (mut params, mut functions) = (Vec::new(), Vec::new());
		for payload in Parser::new(0).parse_all(module) {
			match payload? {
				Payload::TypeSection(section) => {
					for ty in section.into_iter_err_on_gc_types() {
						params.push(ty?.params().len() as u32);
					}
				},
				Payload::FunctionSection(section) => {
					functions = section.into_iter().collect::<Result<_, _>>()?;
				},
				_ => {},
			}
		}
		Ok(Self { params, functions: functions.into_iter() })
	}

	fn parameters(&self, ty: u32) -> u32 {
		self.params.get(ty as usize).copied().unwrap_or_default()
	}
}

impl Reencode for Mender {
	type Error = Infallible;

	fn parse_function_body(
		&mut self,
		code: &mut CodeSection,
		body: FunctionBody<'_>,
	) -> Result<(), Error<Infallible>> {
		let ty = self.functions.next().unwrap_or_default();
		let mut condition = self.parameters(ty);
		let mut locals = Vec::new();
		for group in body.get_locals_reader()? {
			let (count, ty) = group?;
			condition = condition.saturating_add(count);
			locals.push((count, self.val_type(ty)?));
		}
		locals.push((1, ValType::I32));
		let mut mended = Function::new(locals);
		for operator in body.get_operators_reader()? {
			let operator = operator?;
			match operator {
				Operator::Select | Operator::TypedSelect { .. } => {
					mended.instruction(&Instruction::LocalSet(condition));
					mended.instruction(&Instruction::LocalGet(condition));
				},
				Operator::Block { blockty: BlockType::FuncType(ty) }
				| Operator::Loop { blockty: BlockType::FuncType(ty) }
				| Operator::If { blockty: BlockType::FuncType(ty) }
					if self.parameters(ty) > 0 =>
				{
					mended.instruction(&Instruction::Block(wasm_encoder::BlockType::Empty));
					mended.instruction(&Instruction::End);
				},
				_ => {},
			}
			mended.instruction(&self.instruction(operator)?);
		}
		code.function(&mended);
		Ok(())
	}
}
