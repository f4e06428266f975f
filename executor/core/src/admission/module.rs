//! The checks of one module, section by section.

use super::*;
use crate::{
	host::{Function, Param, MODULE},
	instrument::{body::Types, cost, Source, RESERVED},
};
use alloc::format;
use wasmparser::{
	BinaryReader, BinaryReaderError, DataKind, ElementItems, ElementKind, ExternalKind, FuncToValidate,
	FuncType, FuncValidatorAllocations, FunctionBody, Import, MemoryType, Parser, Payload, TypeRef, ValType,
	ValidPayload, Validator, ValidatorResources,
};

impl From<BinaryReaderError> for Rejected {
	fn from(error: BinaryReaderError) -> Self {
		Self { reason: Refusal::Invalid, detail: format!("{} at byte {}", error.message(), error.offset()) }
	}
}

/// What was learnt of a module that is admitted.
#[derive(Default)]
pub(super) struct Checked<'a> {
	pub source: Source<'a>,
	/// The size of its memory at the start, in pages.
	pub pages: u64,
	/// How many pages it lets its memory have.
	pub most_pages: u64,
	/// What making an instance costs.
	pub start_fuel: u64,
}

/// Checks everything.
pub(super) fn check(module: &[u8], kind: Kind) -> Result<Checked<'_>, Rejected> {
	let mut validator = Validator::new_with_features(FEATURES);
	let mut allocations = FuncValidatorAllocations::default();
	let mut checked = Checked { start_fuel: cost::INSTANCE, ..Checked::default() };
	let (mut has_memory, mut locals) = (false, 0);
	let mut parser = Parser::new(0);
	parser.set_features(FEATURES);
	for payload in parser.parse_all(module) {
		let payload = payload?;
		// Counts first: they bound the work of validation.
		check_counts(&payload)?;
		if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
			allocations = check_function(function, &body, &mut locals, allocations)?;
			checked.source.bodies.push(body);
		}
		checked.source.types.note(&payload)?;
		match payload {
			Payload::ImportSection(section) if kind == Kind::Command => {
				for import in section {
					check_import(&import?, &validator)?;
				}
			},
			Payload::ImportSection(section) => {
				for import in section {
					if let TypeRef::Memory(ty) = import?.ty {
						checked.memory(ty);
					}
				}
			},
			Payload::TypeSection(section) => {
				for ty in section.into_iter_err_on_gc_types() {
					check_type(&ty?)?;
				}
			},
			Payload::TableSection(section) => {
				for table in section {
					let entries = table?.ty.initial;
					if entries > u64::from(MAX_TABLE_ENTRIES) {
						return Err(Refusal::TableTooLarge.into());
					}
					checked.start_fuel += cost::ENTRY * entries;
				}
			},
			Payload::MemorySection(section) => {
				for ty in section {
					checked.memory(ty?);
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					let export = export?;
					if export.name.starts_with(RESERVED) {
						return Err(Rejected {
							reason: Refusal::ReservedName,
							detail: format!("{:.100}", export.name),
						});
					}
					match (export.name, export.kind) {
						("_start", ExternalKind::Func) => {
							// Its own function, not one of the host's: none of those has this type but `sched_yield`,
							// which returns an errno.
							let types = &checked.source.types;
							if !types.is_imported(export.index) && is_command(export.index, types) {
								checked.source.entry = Some(export.index);
							}
						},
						("memory", ExternalKind::Memory) => has_memory = true,
						_ => {},
					}
				}
			},
			Payload::ElementSection(section) => {
				for element in section {
					let element = element?;
					let entries = match element.items {
						ElementItems::Functions(items) => items.count(),
						ElementItems::Expressions(_, items) => items.count(),
					};
					checked.segment(
						matches!(element.kind, ElementKind::Active { .. }),
						cost::ENTRY * u64::from(entries),
					);
				}
			},
			Payload::DataSection(section) => {
				for data in section {
					let data = data?;
					checked.segment(
						matches!(data.kind, DataKind::Active { .. }),
						data.data.len() as u64 / cost::BYTES,
					);
				}
			},
			_ => {},
		}
	}
	if kind == Kind::Command {
		if checked.source.entry.is_none() {
			return Err(Refusal::NoStart.into());
		}
		if !has_memory {
			return Err(Refusal::NoMemory.into());
		}
	}
	Ok(checked)
}

impl Checked<'_> {
	fn memory(&mut self, ty: MemoryType) {
		self.pages = ty.initial;
		self.most_pages = ty.maximum.unwrap_or(MAX_PAGES).min(MAX_PAGES);
		self.start_fuel += cost::PAGE * ty.initial;
	}

	/// A segment, and what copying it costs if that is done when an instance is made.
	fn segment(&mut self, is_active: bool, contents: u64) {
		self.start_fuel += cost::SEGMENT + if is_active { contents } else { 0 };
	}
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
fn is_command(function: u32, types: &Types) -> bool {
	types.function(function).is_some_and(|ty| ty.params().is_empty() && ty.results().is_empty())
}

/// Checks one function; `locals` counts those of all functions.
fn check_function(
	function: FuncToValidate<ValidatorResources>,
	body: &FunctionBody,
	locals: &mut u32,
	allocations: FuncValidatorAllocations,
) -> Result<FuncValidatorAllocations, Rejected> {
	let index = function.index;
	let at = |reason| Rejected { reason, detail: format!("function {index} at byte {}", body.range().start) };
	if body.range().len() > MAX_BODY {
		return Err(at(Refusal::FunctionTooLarge));
	}
	let mut own = 0u32;
	for group in body.get_locals_reader()? {
		own = own.saturating_add(group?.0);
		if own > MAX_LOCALS {
			return Err(at(Refusal::TooManyLocals));
		}
	}
	*locals = locals.saturating_add(own);
	if *locals > MAX_ALL_LOCALS {
		return Err(at(Refusal::TooManyLocals));
	}
	let mut validator = function.into_validator(allocations);
	let mut reader = body.get_binary_reader();
	validator.read_locals(&mut reader)?;
	reader.set_features(FEATURES);
	while !reader.eof() {
		let offset = reader.original_position();
		if branches(&reader)?.is_some_and(|targets| targets > MAX_TARGETS) {
			return Err(at(Refusal::BranchTooWide));
		}
		reader.visit_operator(&mut validator.visitor(offset))??;
		if validator.control_stack_height() as usize > MAX_NESTING {
			return Err(at(Refusal::NestingTooDeep));
		}
	}
	let end = reader.original_position();
	reader.finish_expression(&validator.visitor(end))?;
	Ok(validator.into_allocations())
}

/// How many targets the next operator has, if it is a `br_table`.
fn branches(reader: &BinaryReader) -> Result<Option<u32>, BinaryReaderError> {
	const BR_TABLE: u8 = 0x0e;
	let mut ahead = reader.clone();
	Ok(if ahead.read_u8()? == BR_TABLE { Some(ahead.read_var_u32()?) } else { None })
}
