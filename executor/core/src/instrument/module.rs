//! Writes a module anew, with what is appended to each of its sections.

use super::{
	body::{Body, Types},
	emit::{self, Globals, Plans},
	fuel, nan, stack, DEPTH, FUEL, MAX_BODY_WRITTEN, MAX_WRITTEN, PAGES, START,
};
use crate::{
	admission::{FEATURES, MAX_TABLE_ENTRIES},
	Refusal, Rejected,
};
use alloc::{collections::BTreeMap, format, vec, vec::Vec};
use wasm_encoder::{
	reencode::{Error, Reencode, RoundtripReencoder},
	BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, ExportKind,
	ExportSection, FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, Module, Section,
	TableSection, TypeSection, ValType,
};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, Payload};

impl From<Error> for Rejected {
	fn from(error: Error) -> Self {
		Self { reason: Refusal::Invalid, detail: format!("{error}") }
	}
}

/// What was read of a module that is valid.
#[derive(Default)]
pub(crate) struct Source<'a> {
	/// What it declares.
	pub types: Types,
	/// The code of its functions.
	pub bodies: Vec<FunctionBody<'a>>,
	/// The function that it exports as `_start`, if that can be called without anything.
	pub entry: Option<u32>,
}

/// The module with the profile written into it.
pub(crate) fn write(module: &[u8], mut source: Source) -> Result<Vec<u8>, Rejected> {
	let start = Start::of(&mut source);
	let plan = survey(&mut source, &start)?;
	let mut sections = Sections::read(module, &start)?;
	let globals = sections.append_globals(&source.types, plan.root);
	sections.append_start(&start, &source.types);
	let own = source.types.imported_functions;
	for (place, code) in source.bodies.iter().enumerate() {
		let body = Body::read(&source.types, own + place as u32, code)?;
		sections.write(&source.types, &body, plan.counted.get(place).copied().flatten(), globals)?;
	}
	if let Start::Before { body } = &start {
		sections.write(&source.types, body, plan.counted.last().copied().flatten(), globals)?;
	}
	Ok(sections.finish())
}

/// What becomes of the function that a module wants to be called when an instance of it is made. That code must not run
/// before its fuel is there.
enum Start {
	/// There is none.
	None,
	/// It is called from a new function, which takes the place of `_start` and calls that next.
	Before { body: Body<'static> },
	/// There is no `_start`; it is exported.
	Exported(u32),
}

impl Start {
	fn of(source: &mut Source) -> Self {
		let Some(start) = source.types.start else { return Self::None };
		let Some(entry) = source.entry else { return Self::Exported(start) };
		let types = &mut source.types;
		let Some(ty) = types.functions.get(start as usize).copied() else { return Self::None };
		let index = types.functions.len() as u32;
		types.functions.push(ty);
		types.address_taken.resize(types.functions.len(), false);
		let call = |function_index| Operator::Call { function_index };
		let operators = vec![call(start), call(entry), Operator::End];
		Self::Before { body: Body { index, params: vec![], results: vec![], locals: vec![], operators } }
	}
}

/// Looks at all functions once, to decide which of them count the stack.
fn survey(source: &mut Source, start: &Start) -> Result<stack::Plan, Rejected> {
	let own = source.types.imported_functions;
	let mut shapes = Vec::with_capacity(source.bodies.len() + 1);
	for (place, code) in source.bodies.iter().enumerate() {
		let body = Body::read(&source.types, own + place as u32, code)?;
		for operator in &body.operators {
			source.types.note_operator(operator);
		}
		shapes.push(stack::shape(&source.types, &body));
	}
	if let Start::Before { body } = start {
		shapes.push(stack::shape(&source.types, body));
	}
	Ok(stack::plan(&source.types, &shapes)?)
}

/// The sections of the new module. Custom sections stay behind.
#[derive(Default)]
struct Sections {
	types: TypeSection,
	imports: ImportSection,
	functions: FunctionSection,
	tables: TableSection,
	memories: MemorySection,
	globals: GlobalSection,
	exports: ExportSection,
	elements: ElementSection,
	data_count: Option<u32>,
	code: CodeSection,
	data: DataSection,
	/// The types that were appended: results of several values, by the type of the functions that have them.
	results: BTreeMap<Vec<wasmparser::ValType>, u32>,
}

impl Sections {
	/// Takes over all but the code.
	fn read(module: &[u8], start: &Start) -> Result<Self, Rejected> {
		let same = &mut RoundtripReencoder;
		let mut sections = Self::default();
		let mut parser = Parser::new(0);
		parser.set_features(FEATURES);
		for payload in parser.parse_all(module) {
			match payload? {
				Payload::TypeSection(section) => same.parse_type_section(&mut sections.types, section)?,
				Payload::ImportSection(section) => {
					same.parse_import_section(&mut sections.imports, section)?
				},
				Payload::FunctionSection(section) => {
					same.parse_function_section(&mut sections.functions, section)?;
				},
				Payload::TableSection(section) => {
					for table in section {
						let mut table = table?;
						// So that the module alone decides how far it grows.
						let most = u64::from(MAX_TABLE_ENTRIES);
						table.ty.maximum = Some(table.ty.maximum.map_or(most, |own| own.min(most)));
						same.parse_table(&mut sections.tables, table)?;
					}
				},
				Payload::MemorySection(section) => {
					same.parse_memory_section(&mut sections.memories, section)?;
				},
				Payload::GlobalSection(section) => {
					same.parse_global_section(&mut sections.globals, section)?
				},
				Payload::ExportSection(section) => {
					for export in section {
						let mut export = export?;
						if let Start::Before { body } = start {
							if export.name == "_start" && export.kind == ExternalKind::Func {
								export.index = body.index;
							}
						}
						same.parse_export(&mut sections.exports, export)?;
					}
				},
				Payload::ElementSection(section) => {
					same.parse_element_section(&mut sections.elements, section)?;
				},
				Payload::DataCountSection { count, .. } => sections.data_count = Some(count),
				Payload::DataSection(section) => same.parse_data_section(&mut sections.data, section)?,
				// The start section and custom sections; the code comes later.
				_ => {},
			}
		}
		Ok(sections)
	}

	fn append_globals(&mut self, types: &Types, depth: i64) -> Globals {
		let fuel = types.globals.len() as u32;
		let globals = Globals { fuel, depth: fuel + 1, pages: fuel + 2 };
		let mut append = |name, index, value| {
			let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
			self.globals.global(ty, &ConstExpr::i64_const(value));
			self.exports.export(name, ExportKind::Global, index);
		};
		append(FUEL, globals.fuel, 0);
		append(DEPTH, globals.depth, depth);
		if types.memories > 0 {
			append(PAGES, globals.pages, 0);
		}
		globals
	}

	fn append_start(&mut self, start: &Start, types: &Types) {
		match start {
			Start::None => {},
			Start::Before { body } => {
				if let Some(ty) = types.functions.get(body.index as usize) {
					self.functions.function(*ty);
				}
			},
			Start::Exported(function) => {
				self.exports.export(START, ExportKind::Func, *function);
			},
		}
	}

	/// Plans and writes one function.
	fn write(
		&mut self,
		types: &Types,
		body: &Body,
		counted: Option<i64>,
		globals: Globals,
	) -> Result<(), Rejected> {
		let fuel = fuel::plan(types, body);
		let fixes = nan::plan(types, body);
		let results = if fuel.caught { self.results(types, &body.results)? } else { BlockType::Empty };
		let plans = Plans { fuel: &fuel, fixes: &fixes, counted, results };
		let function = emit::function(body, &plans, globals)?;
		if function.byte_len() > MAX_BODY_WRITTEN {
			let detail = format!("function {} with what is written into it", body.index);
			return Err(Rejected { reason: Refusal::FunctionTooLarge, detail });
		}
		self.code.function(&function);
		if self.code.byte_len() > MAX_WRITTEN {
			let detail = format!("its code with what is written into it, up to function {}", body.index);
			return Err(Rejected { reason: Refusal::ModuleTooLarge, detail });
		}
		Ok(())
	}

	/// The type of a block that takes nothing and gives these.
	fn results(&mut self, types: &Types, results: &[wasmparser::ValType]) -> Result<BlockType, Rejected> {
		match results {
			[] => Ok(BlockType::Empty),
			[one] => Ok(BlockType::Result(RoundtripReencoder.val_type(*one)?)),
			several => {
				if let Some(index) = self.results.get(several) {
					return Ok(BlockType::FunctionType(*index));
				}
				let index = types.types.len() as u32 + self.results.len() as u32;
				let encoded = RoundtripReencoder.val_types(several.to_vec())?;
				self.types.ty().function([], encoded);
				self.results.insert(several.to_vec(), index);
				Ok(BlockType::FunctionType(index))
			},
		}
	}

	fn finish(self) -> Vec<u8> {
		let mut module = Module::HEADER.to_vec();
		let mut add = |is_empty: bool, section: &dyn Section| {
			if !is_empty {
				section.append_to(&mut module);
			}
		};
		add(self.types.is_empty(), &self.types);
		add(self.imports.is_empty(), &self.imports);
		add(self.functions.is_empty(), &self.functions);
		add(self.tables.is_empty(), &self.tables);
		add(self.memories.is_empty(), &self.memories);
		add(self.globals.is_empty(), &self.globals);
		add(self.exports.is_empty(), &self.exports);
		add(self.elements.is_empty(), &self.elements);
		let count = DataCountSection { count: self.data_count.unwrap_or_default() };
		add(self.data_count.is_none(), &count);
		add(self.code.is_empty(), &self.code);
		add(self.data.is_empty(), &self.data);
		module
	}
}
