//! Ways around defects of wasmi 2.0.0. What each does is told in `executor/conformance/README.md`.
//!
//! - The condition of a `select` is taken through a local: wasmi leaves out a comparison of a local with zero before it.
//! - An empty block is put before each block with parameters: wasmi makes sure that locals below the parameters lie in the
//!   same place on all ways through the block, but leaves out as many as there are parameters. It leaves out none where
//!   there are no parameters.
//! - A `br_table` of several values begins where the values lie: wasmi does not move them where all targets have the same
//!   height, be it another than that of the values. Around it comes a block that takes and gives the values, and that
//!   is one more target, so that targets of the same height have the height of the values.
//! - What is stored far from its address is taken through a local: wasmi panics where both are the same local.
//!
//! The tests in `tests/mend.rs` fail without this, and say when it is no longer needed: they also run the bare interpreter.

use crate::labels::Labels;
use alloc::{collections::BTreeMap, format, string::String, sync::Arc, vec::Vec};
use core::convert::Infallible;
use wasm_encoder::{
	reencode::{utils, Error, Reencode},
	CodeSection, Function, Instruction, Module, TypeSection, ValType,
};
use wasmparser::{
	BinaryReaderError, BlockType, BrTable, FuncType, FunctionBody, Operator, Parser, Payload,
	TypeSectionReader,
};

/// From this offset on, wasmi has other operators for stores.
const FAR: u64 = 1 << 16;

/// The module with everything mended. It must be valid, and of the profile.
pub fn mend(module: &[u8]) -> Result<Vec<u8>, String> {
	let mut mender = Mender::of(module).map_err(|error| format!("{error}"))?;
	let mut mended = Module::new();
	mender.parse_core_module(&mut mended, Parser::new(0), module).map_err(|error| format!("{error}"))?;
	Ok(mended.finish())
}

struct Mender {
	types: Arc<[FuncType]>,
	/// The types of blocks that take several values and give the same, by these.
	same: BTreeMap<Vec<wasmparser::ValType>, u32>,
	/// The types of the functions that are still to come.
	functions: alloc::vec::IntoIter<u32>,
}

/// Locals of the mender's own in a function.
struct Own {
	i32: u32,
	i64: u32,
}

impl Mender {
	fn of(module: &[u8]) -> Result<Self, BinaryReaderError> {
		let (mut types, mut functions) = (Vec::<FuncType>::new(), Vec::new());
		for payload in Parser::new(0).parse_all(module) {
			match payload? {
				Payload::TypeSection(section) => {
					types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
				},
				Payload::FunctionSection(section) => {
					functions = section.into_iter().collect::<Result<_, _>>()?;
				},
				_ => {},
			}
		}
		let mut same = BTreeMap::new();
		for ty in &types {
			for values in [ty.params(), ty.results()] {
				if values.len() > 1 && !same.contains_key(values) {
					same.insert(values.to_vec(), (types.len() + same.len()) as u32);
				}
			}
		}
		Ok(Self { types: types.into(), same, functions: functions.into_iter() })
	}

	/// Writes what comes before an operator. True if the operator itself is written, too.
	fn before(
		&self,
		operator: &Operator<'_>,
		labels: &Labels<'_>,
		own: &Own,
		mended: &mut Function,
	) -> Result<bool, BinaryReaderError> {
		match operator {
			Operator::Select | Operator::TypedSelect { .. } => through(own.i32, mended),
			Operator::Block { blockty: BlockType::FuncType(ty) }
			| Operator::Loop { blockty: BlockType::FuncType(ty) }
			| Operator::If { blockty: BlockType::FuncType(ty) }
				if self.types.get(*ty as usize).is_some_and(|ty| !ty.params().is_empty()) =>
			{
				empty_block(mended);
			},
			Operator::I32Store { memarg }
			| Operator::I32Store8 { memarg }
			| Operator::I32Store16 { memarg }
				if memarg.offset >= FAR =>
			{
				through(own.i32, mended);
			},
			Operator::I64Store { memarg }
			| Operator::I64Store8 { memarg }
			| Operator::I64Store16 { memarg }
			| Operator::I64Store32 { memarg }
				if memarg.offset >= FAR =>
			{
				through(own.i64, mended);
			},
			Operator::BrTable { targets } => {
				if let Some(ty) = labels.values(targets.default()).and_then(|values| self.same.get(values)) {
					table(targets, *ty, own.i32, mended)?;
					return Ok(true);
				}
			},
			_ => {},
		}
		Ok(false)
	}
}

fn through(local: u32, mended: &mut Function) {
	mended.instruction(&Instruction::LocalSet(local));
	mended.instruction(&Instruction::LocalGet(local));
}

fn empty_block(mended: &mut Function) {
	mended.instruction(&Instruction::Block(wasm_encoder::BlockType::Empty));
	mended.instruction(&Instruction::End);
}

/// A `br_table` whose values lie where a block of type `same` begins. What goes to the default leaves that block first.
fn table(
	targets: &BrTable<'_>,
	same: u32,
	index: u32,
	mended: &mut Function,
) -> Result<(), BinaryReaderError> {
	let outside =
		targets.targets().map(|target| target.map(|target| target + 1)).collect::<Result<Vec<_>, _>>()?;
	mended.instruction(&Instruction::LocalSet(index));
	empty_block(mended);
	mended.instruction(&Instruction::Block(wasm_encoder::BlockType::FunctionType(same)));
	mended.instruction(&Instruction::LocalGet(index));
	mended.instruction(&Instruction::BrTable(outside.into(), 0));
	mended.instruction(&Instruction::End);
	mended.instruction(&Instruction::Br(targets.default()));
	Ok(())
}

impl Reencode for Mender {
	type Error = Infallible;

	fn parse_type_section(
		&mut self,
		types: &mut TypeSection,
		section: TypeSectionReader<'_>,
	) -> Result<(), Error<Infallible>> {
		utils::parse_type_section(self, types, section)?;
		let mut same: Vec<_> = self.same.iter().map(|(values, index)| (*index, values.clone())).collect();
		same.sort_unstable_by_key(|(index, _)| *index);
		for (_, values) in same {
			let values = values.into_iter().map(|ty| self.val_type(ty)).collect::<Result<Vec<_>, _>>()?;
			types.ty().function(values.clone(), values);
		}
		Ok(())
	}

	fn parse_function_body(
		&mut self,
		code: &mut CodeSection,
		body: FunctionBody<'_>,
	) -> Result<(), Error<Infallible>> {
		let ty = self.functions.next().unwrap_or_default();
		let mut count = self.types.get(ty as usize).map_or(0, |ty| ty.params().len() as u32);
		let mut locals = Vec::new();
		for group in body.get_locals_reader()? {
			let (more, ty) = group?;
			count = count.saturating_add(more);
			locals.push((more, self.val_type(ty)?));
		}
		locals.extend([(1, ValType::I32), (1, ValType::I64)]);
		let own = Own { i32: count, i64: count.saturating_add(1) };
		let mut mended = Function::new(locals);
		let types = self.types.clone();
		let mut labels = Labels::new(&types, ty);
		for operator in body.get_operators_reader()? {
			let operator = operator?;
			labels.step(&operator);
			if !self.before(&operator, &labels, &own, &mut mended)? {
				mended.instruction(&self.instruction(operator)?);
			}
		}
		code.function(&mended);
		Ok(())
	}
}
