//! A module and its functions as the planners see them.

use crate::Rejected;
use alloc::vec::Vec;
use wasmparser::{
	BinaryReaderError, ConstExpr, Element, ElementItems, ExternalKind, FuncType, FunctionBody, GlobalType,
	Operator, Payload, TableType, TypeRef, ValType,
};

/// What a module declares outside of its functions. Indices are the module's own: imports come first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Types {
	/// Function types, by type index.
	pub types: Vec<FuncType>,
	/// The type index of each function.
	pub functions: Vec<u32>,
	/// How many of the functions are imported: the first ones.
	pub imported_functions: u32,
	/// The type of each global.
	pub globals: Vec<GlobalType>,
	/// The type of each table.
	pub tables: Vec<TableType>,
	/// How many of the tables are imported: the first ones.
	pub imported_tables: u32,
	/// How many memories there are: none or one.
	pub memories: u32,
	/// For each function whether something can call it indirectly: an element segment, a global or code refers to it.
	pub address_taken: Vec<bool>,
	/// The functions that are exported.
	pub exported: Vec<u32>,
	/// The module's `start` function.
	pub start: Option<u32>,
}

impl Types {
	/// The type of a function. Validation has seen to it that there is one.
	pub fn function(&self, index: u32) -> Option<&FuncType> {
		self.types.get(*self.functions.get(index as usize)? as usize)
	}

	/// Whether a function is one of the host's.
	pub fn is_imported(&self, function: u32) -> bool {
		function < self.imported_functions
	}

	/// Notes what one section declares. Function bodies are noted by [`Types::note_operator`].
	pub fn note(&mut self, payload: &Payload) -> Result<(), BinaryReaderError> {
		match payload {
			Payload::TypeSection(section) => {
				for ty in section.clone().into_iter_err_on_gc_types() {
					self.types.push(ty?);
				}
			},
			Payload::ImportSection(section) => {
				for import in section.clone() {
					match import?.ty {
						TypeRef::Func(ty) => {
							self.functions.push(ty);
							self.imported_functions += 1;
						},
						TypeRef::Table(ty) => {
							self.tables.push(ty);
							self.imported_tables += 1;
						},
						TypeRef::Global(ty) => self.globals.push(ty),
						TypeRef::Memory(_) => self.memories += 1,
						TypeRef::Tag(_) => {},
					}
				}
			},
			Payload::FunctionSection(section) => {
				for ty in section.clone() {
					self.functions.push(ty?);
				}
				self.address_taken.resize(self.functions.len(), false);
			},
			Payload::TableSection(section) => {
				for table in section.clone() {
					self.tables.push(table?.ty);
				}
			},
			Payload::MemorySection(section) => self.memories += section.count(),
			Payload::GlobalSection(section) => {
				for global in section.clone() {
					let global = global?;
					self.globals.push(global.ty);
					self.note_expression(&global.init_expr)?;
				}
			},
			Payload::ExportSection(section) => {
				for export in section.clone() {
					let export = export?;
					if export.kind == ExternalKind::Func {
						self.exported.push(export.index);
					}
				}
			},
			Payload::StartSection { func, .. } => self.start = Some(*func),
			Payload::ElementSection(section) => {
				for element in section.clone() {
					self.note_element(element?)?;
				}
			},
			_ => {},
		}
		Ok(())
	}

	fn note_element(&mut self, element: Element) -> Result<(), BinaryReaderError> {
		match element.items {
			ElementItems::Functions(functions) => {
				for function in functions {
					self.take_address(function?);
				}
			},
			ElementItems::Expressions(_, expressions) => {
				for expression in expressions {
					self.note_expression(&expression?)?;
				}
			},
		}
		Ok(())
	}

	fn note_expression(&mut self, expression: &ConstExpr) -> Result<(), BinaryReaderError> {
		for operator in expression.get_operators_reader() {
			self.note_operator(&operator?);
		}
		Ok(())
	}

	/// Notes what one operator refers to.
	pub fn note_operator(&mut self, operator: &Operator) {
		if let Operator::RefFunc { function_index } = operator {
			self.take_address(*function_index);
		}
	}

	fn take_address(&mut self, function: u32) {
		let function = function as usize;
		// Imported functions can be referred to in a module that has no functions of its own.
		if self.address_taken.len() < self.functions.len() {
			self.address_taken.resize(self.functions.len(), false);
		}
		if let Some(taken) = self.address_taken.get_mut(function) {
			*taken = true;
		}
	}
}

/// One function of the module's own.
#[derive(Clone, Debug)]
pub(crate) struct Body<'a> {
	/// Its index among all functions.
	pub index: u32,
	/// Its parameters.
	pub params: Vec<ValType>,
	/// Its results.
	pub results: Vec<ValType>,
	/// Its locals, parameters first.
	pub locals: Vec<ValType>,
	/// Its operators; the last one is the `end` of the function.
	pub operators: Vec<Operator<'a>>,
}

impl<'a> Body<'a> {
	/// Reads one function's code.
	pub fn read(types: &Types, index: u32, code: &FunctionBody<'a>) -> Result<Self, Rejected> {
		let ty = types.function(index).ok_or(crate::Refusal::Invalid)?;
		let (params, results) = (ty.params().to_vec(), ty.results().to_vec());
		let mut locals = params.clone();
		for group in code.get_locals_reader()? {
			let (count, ty) = group?;
			// Admission has bounded the number of locals.
			locals.resize(locals.len().saturating_add(count as usize), ty);
		}
		let mut operators = Vec::new();
		let mut reader = code.get_operators_reader()?;
		while !reader.eof() {
			operators.push(reader.read()?);
		}
		Ok(Self { index, params, results, locals, operators })
	}
}
