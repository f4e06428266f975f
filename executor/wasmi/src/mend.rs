//! A way around a defect of wasmi 2.0.0.
//!
//! Where a `select` follows a comparison of a local with zero (`local.get 0  i32.eqz  select`), wasmi leaves the comparison
//! out and selects by whatever its register happens to hold. It does not where the condition comes from a local, so
//! every condition is taken through one. The test `select_follows_its_condition` fails without this, and says when it
//! is no longer needed: it has a part that runs the bare interpreter.

use alloc::{format, string::String, vec::Vec};
use core::convert::Infallible;
use wasm_encoder::{
	reencode::{Error, Reencode},
	CodeSection, Function, Instruction, Module, ValType,
};
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

/// The module with every `select` mended. It must be valid, and of the profile.
pub fn mend(module: &[u8]) -> Result<Vec<u8>, String> {
	let fault = |error: BinaryReaderError| format!("{error}");
	let mut mender = Mender { params: parameters(module).map_err(fault)?.into_iter() };
	let mut mended = Module::new();
	mender.parse_core_module(&mut mended, Parser::new(0), module).map_err(|error| format!("{error}"))?;
	Ok(mended.finish())
}

/// How many parameters each function of the module's own has.
fn parameters(module: &[u8]) -> Result<Vec<u32>, BinaryReaderError> {
	let (mut types, mut functions) = (Vec::new(), Vec::new());
	for payload in Parser::new(0).parse_all(module) {
		match payload? {
			Payload::TypeSection(section) => {
				for ty in section.into_iter_err_on_gc_types() {
					types.push(ty?.params().len() as u32);
				}
			},
			Payload::FunctionSection(section) => {
				for ty in section {
					functions.push(types.get(ty? as usize).copied().unwrap_or_default());
				}
			},
			_ => {},
		}
	}
	Ok(functions)
}

struct Mender {
	/// Those of the functions that are still to come.
	params: alloc::vec::IntoIter<u32>,
}

impl Reencode for Mender {
	type Error = Infallible;

	fn parse_function_body(
		&mut self,
		code: &mut CodeSection,
		body: FunctionBody<'_>,
	) -> Result<(), Error<Infallible>> {
		let mut condition = self.params.next().unwrap_or_default();
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
			if matches!(operator, Operator::Select | Operator::TypedSelect { .. }) {
				mended.instruction(&Instruction::LocalSet(condition));
				mended.instruction(&Instruction::LocalGet(condition));
			}
			mended.instruction(&self.instruction(operator)?);
		}
		code.function(&mended);
		Ok(())
	}
}
