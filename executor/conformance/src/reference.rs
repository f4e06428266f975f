//! The plain definition of what is written into a module: operator by operator, and as slow as that is.
//!
//! Everything that admission plans ahead is done here where it happens: each operator pays for itself, each operator
//! that may make a NaN is followed by a `select`, what a function weighs and whether it calls itself is looked up by trying
//! all ways. The module has the same exports as the instrumented one and [`CHARGED`] besides, and must end the same way
//! with the same fuel, whatever it is given.

mod calls;
mod code;
mod generate;
mod run;
mod survey;

pub use generate::{bytes, float_module, random_module};
pub use run::Given;

use anyhow::{ensure, Context, Result};
use calls::Calls;
use code::{Code, Globals};
use ergon_executor_core::{
	admission::{admit_library, MAX_TABLE_ENTRIES},
	instrument::{DEPTH, FUEL, PAGES, START},
};
use wasm_encoder::{
	reencode::{Reencode, RoundtripReencoder},
	CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, ExportKind, ExportSection,
	FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, Module, TableSection,
	TypeSection, ValType,
};
use wasmparser::{FuncType, FunctionBody, Parser, Payload, TypeRef};

/// The exported global with what is charged at a trap: the fuel that was left at the last checkpoint, with the whole of
/// each run of code paid that had been entered by then.
pub const CHARGED: &str = "ergon:charged";

/// Runs a module as admission instruments it and as the definition does. Gives what was seen of it, a line for each call,
/// or says where the two differ first.
pub fn check(module: &[u8], given: Given) -> Result<Vec<String>> {
	let admitted = admit_library(module).context("admission refused the module")?;
	let planned = run::run(&admitted.module, given).context("as it was instrumented")?;
	let plain = run::run(&instrument(module)?, given).context("as it is defined")?;
	for (planned, plain) in planned.iter().zip(&plain) {
		ensure!(planned == plain, "instrumented: {planned}\n     defined: {plain}");
	}
	ensure!(planned.len() == plain.len(), "instrumented: {planned:#?}\n     defined: {plain:#?}");
	Ok(planned)
}

/// A module, as far as functions see it.
#[derive(Default)]
struct Source<'a> {
	module: &'a [u8],
	types: Vec<FuncType>,
	/// The type of each function; imported ones first.
	functions: Vec<u32>,
	imported: usize,
	globals: u32,
	memory: bool,
	start: Option<u32>,
	bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Source<'a> {
	fn read(module: &'a [u8]) -> Result<Self> {
		let mut source = Self { module, ..Self::default() };
		for payload in Parser::new(0).parse_all(module) {
			match payload? {
				Payload::TypeSection(section) => {
					source.types = section.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
				},
				Payload::ImportSection(section) => {
					for import in section {
						match import?.ty {
							TypeRef::Func(ty) => source.functions.push(ty),
							TypeRef::Global(_) => source.globals += 1,
							TypeRef::Memory(_) => source.memory = true,
							_ => {},
						}
					}
					source.imported = source.functions.len();
				},
				Payload::FunctionSection(section) => {
					for ty in section {
						source.functions.push(ty?);
					}
				},
				Payload::MemorySection(section) => source.memory |= section.count() > 0,
				Payload::GlobalSection(section) => source.globals += section.count(),
				Payload::StartSection { func, .. } => source.start = Some(func),
				Payload::CodeSectionEntry(body) => source.bodies.push(body),
				_ => {},
			}
		}
		Ok(source)
	}

	fn ty(&self, function: u32) -> Result<&FuncType> {
		let ty = self.functions.get(function as usize).context("a function that there is not")?;
		self.types.get(*ty as usize).context("a type that there is not")
	}
}

/// The module with the definition written into it. It must be one that admission takes as a library.
pub fn instrument(module: &[u8]) -> Result<Vec<u8>> {
	let source = Source::read(module)?;
	let functions = survey::survey(&source)?;
	let calls = Calls::of(&source, &functions)?;
	let globals = Globals::after(source.globals);
	let mut sections = Sections::read(&source)?;
	sections.append(&source, globals, calls.deepest());
	for (place, (function, body)) in functions.iter().zip(&source.bodies).enumerate() {
		let code = Code { source: &source, function, globals, counts: calls.counted(place) };
		sections.code.function(&code.write(body)?);
	}
	Ok(sections.finish())
}

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
	data_count: u32,
	code: CodeSection,
	data: DataSection,
}

impl Sections {
	/// All but code as it is.
	fn read(source: &Source) -> Result<Self> {
		let (same, mut sections) = (&mut RoundtripReencoder, Self::default());
		for payload in Parser::new(0).parse_all(source.module) {
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
						let most = u64::from(MAX_TABLE_ENTRIES);
						table.ty.maximum = Some(table.ty.maximum.unwrap_or(most).min(most));
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
					same.parse_export_section(&mut sections.exports, section)?
				},
				Payload::ElementSection(section) => {
					same.parse_element_section(&mut sections.elements, section)?;
				},
				Payload::DataCountSection { count, .. } => sections.data_count = count,
				Payload::DataSection(section) => same.parse_data_section(&mut sections.data, section)?,
				_ => {},
			}
		}
		Ok(sections)
	}

	/// For each type one of a block that gives the same results; the globals; the exports.
	fn append(&mut self, source: &Source, globals: Globals, depth: i64) {
		for ty in &source.types {
			let results = ty.results().iter().map(|ty| code::value_type(*ty));
			self.types.ty().function([], results);
		}
		let mut global = |name: Option<&str>, index: u32, value: i64| {
			let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
			self.globals.global(ty, &ConstExpr::i64_const(value));
			if let Some(name) = name {
				self.exports.export(name, ExportKind::Global, index);
			}
		};
		global(Some(FUEL), globals.fuel, 0);
		global(Some(CHARGED), globals.charged, 0);
		global(None, globals.pending, 0);
		global(Some(DEPTH), globals.depth, depth);
		global(source.memory.then_some(PAGES), globals.pages, 0);
		if let Some(start) = source.start {
			self.exports.export(START, ExportKind::Func, start);
		}
	}

	fn finish(self) -> Vec<u8> {
		let mut module = Module::new();
		module
			.section(&self.types)
			.section(&self.imports)
			.section(&self.functions)
			.section(&self.tables)
			.section(&self.memories)
			.section(&self.globals)
			.section(&self.exports)
			.section(&self.elements)
			.section(&DataCountSection { count: self.data_count })
			.section(&self.code)
			.section(&self.data);
		module.finish()
	}
}
