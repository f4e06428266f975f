//! The checks of one module, section by section.

use super::*;
use crate::host::{Function, Param, MODULE};
use alloc::format;
use wasmparser::{
	BinaryReaderError, ExternalKind, FuncToValidate, FuncType, FuncValidatorAllocations, FunctionBody,
	Import, Parser, Payload, TypeRef, ValType, ValidPayload, Validator, ValidatorResources,
};

impl From<BinaryReaderError> for Rejected {
	fn from(error: BinaryReaderError) -> Self {
		Self { reason: Refusal::Invalid, detail: format!("{} at byte {}", error.message(), error.offset()) }
	}
}

/// Checks everything; gives the size of the memory at the start in bytes.
pub(super) fn check(module: &[u8]) -> Result<u64, Rejected> {
	let mut validator = Validator::new_with_features(FEATURES);
	let mut allocations = FuncValidatorAllocations::default();
	let (mut imports, mut memory, mut functions) = (0, 0, 0);
	let (mut has_start, mut has_memory) = (false, false);
	let mut parser = Parser::new(0);
	parser.set_features(FEATURES);
	for payload in parser.parse_all(module) {
		let payload = payload?;
		// Counts first: they bound the work of validation.
		check_counts(&payload)?;
		if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
			allocations = check_function(function, &body, functions, allocations)?;
			functions += 1;
		}
		match payload {
			Payload::ImportSection(section) => {
				for import in section {
					check_import(&import?, &validator)?;
					imports += 1;
				}
			},
			Payload::TypeSection(section) => {
				for ty in section.into_iter_err_on_gc_types() {
					check_type(&ty?)?;
				}
			},
			Payload::TableSection(section) => {
				for table in section {
					if table?.ty.initial > u64::from(MAX_TABLE_ENTRIES) {
						return Err(Refusal::TableTooLarge.into());
					}
				}
			},
			Payload::MemorySection(section) => {
				for ty in section {
					memory = ty?.initial.saturating_mul(PAGE);
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					let export = export?;
					match (export.name, export.kind) {
						("_start", ExternalKind::Func) => {
							// Its own function, not one of the host's: none of those has this type but `sched_yield`,
							// which returns an errno.
							has_start = export.index >= imports && is_command(export.index, &validator);
						},
						("memory", ExternalKind::Memory) => has_memory = true,
						_ => {},
					}
				}
			},
			_ => {},
		}
	}
	if !has_start {
		return Err(Refusal::NoStart.into());
	}
	if !has_memory {
		return Err(Refusal::NoMemory.into());
	}
	Ok(memory)
}

fn check_counts(payload: &Payload) -> Result<(), Rejected> {
	let (what, count, most) = match payload {
		Payload::TypeSection(section) => ("types", section.count(), MAX_TYPES),
		Payload::ImportSection(section) => ("imports", section.count(), MAX_IMPORTS),
		Payload::FunctionSection(section) => ("functions", section.count(), MAX_FUNCTIONS),
		Payload::GlobalSection(section) => ("globals", section.count(), MAX_GLOBALS),
		Payload::ExportSection(section) => ("exports", section.count(), MAX_EXPORTS),
		Payload::ElementSection(section) => ("element segments", section.count(), MAX_SEGMENTS),
		Payload::DataCountSection { count, .. } => ("data segments", *count, MAX_SEGMENTS),
		Payload::DataSection(section) => ("data segments", section.count(), MAX_SEGMENTS),
		Payload::TableSection(section) if section.count() > MAX_TABLES => {
			return Err(Rejected {
				reason: Refusal::TableTooLarge,
				detail: format!("{} tables", section.count()),
			});
		},
		_ => return Ok(()),
	};
	if count <= most {
		return Ok(());
	}
	Err(Rejected { reason: Refusal::TooManyItems, detail: format!("{count} {what}, at most {most}") })
}

fn check_type(ty: &FuncType) -> Result<(), Rejected> {
	if ty.params().len() <= MAX_PARAMS && ty.results().len() <= MAX_RESULTS {
		return Ok(());
	}
	Err(Rejected {
		reason: Refusal::TooManyLocals,
		detail: format!("a type with {} parameters and {} results", ty.params().len(), ty.results().len()),
	})
}

fn check_import(import: &Import, validator: &Validator) -> Result<(), Rejected> {
	let named = |reason| Rejected { reason, detail: format!("{}.{}", import.module, import.name) };
	let TypeRef::Func(index) = import.ty else { return Err(named(Refusal::UnknownImport)) };
	let function = Function::named(import.name)
		.filter(|_| import.module == MODULE)
		.ok_or_else(|| named(Refusal::UnknownImport))?;
	let types = validator.types(0).ok_or(Refusal::Invalid)?;
	let ty = types[types.core_type_at_in_module(index)].unwrap_func();
	let params = function.params().iter().map(|param| match param {
		Param::I32 => ValType::I32,
		Param::I64 => ValType::I64,
	});
	let results: &[ValType] = if function.returns() { &[ValType::I32] } else { &[] };
	if params.eq(ty.params().iter().copied()) && ty.results() == results {
		Ok(())
	} else {
		Err(named(Refusal::ImportSignature))
	}
}

/// Whether a function takes nothing and gives nothing.
fn is_command(function: u32, validator: &Validator) -> bool {
	validator.types(0).is_some_and(|types| {
		let ty = types[types.core_function_at(function)].unwrap_func();
		ty.params().is_empty() && ty.results().is_empty()
	})
}

fn check_function(
	function: FuncToValidate<ValidatorResources>,
	body: &FunctionBody,
	index: u32,
	allocations: FuncValidatorAllocations,
) -> Result<FuncValidatorAllocations, Rejected> {
	let at = |reason| Rejected { reason, detail: format!("function {index} at byte {}", body.range().start) };
	if body.range().len() > MAX_BODY {
		return Err(at(Refusal::FunctionTooLarge));
	}
	let mut locals = 0u32;
	for group in body.get_locals_reader()? {
		locals = locals.saturating_add(group?.0);
		if locals > MAX_LOCALS {
			return Err(at(Refusal::TooManyLocals));
		}
	}
	let mut validator = function.into_validator(allocations);
	let mut reader = body.get_binary_reader();
	validator.read_locals(&mut reader)?;
	reader.set_features(FEATURES);
	while !reader.eof() {
		let offset = reader.original_position();
		reader.visit_operator(&mut validator.visitor(offset))??;
		if validator.control_stack_height() as usize > MAX_NESTING {
			return Err(at(Refusal::NestingTooDeep));
		}
	}
	let end = reader.original_position();
	reader.finish_expression(&validator.visitor(end))?;
	Ok(validator.into_allocations())
}
