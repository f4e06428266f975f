//! What a module consists of, for the person who wants to know why it is refused, or where its size comes from.
//!
//! Nothing here decides an outcome: [`admit`](crate::admit) does. Whatever the bytes are, as much is told as can be read.

use crate::{
	admission::{FEATURES, PAGE},
	host::MODULE,
	instrument::DEPTH,
};
use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use wasmparser::{Operator, Parser, Payload, TypeRef};

/// Parts of a module. Sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
	/// All of it.
	pub size: usize,
	/// What it imports, in its order: the name alone for functions of the host interface, `module.name` for the others.
	pub imports: Vec<String>,
	/// The names that it exports.
	pub exports: Vec<String>,
	/// Its own functions.
	pub functions: u32,
	/// Their bodies together.
	pub code: usize,
	/// The longest of them.
	pub longest: usize,
	/// What its data segments hold.
	pub data: usize,
	/// Names, debug information and the like, which a program does not need.
	pub custom: usize,
	/// Its memories, or the imported ones.
	pub memories: Vec<Bounds>,
	/// Its tables, or the imported ones, in entries.
	pub tables: Vec<Bounds>,
	/// Whether it could be read to its end. What is counted after that is not known otherwise.
	pub complete: bool,
}

/// The least and the most that a memory (in bytes) or a table (in entries) may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
	/// At the start.
	pub initial: u64,
	/// By growing, as the module itself has it.
	pub maximum: Option<u64>,
}

/// Reads a module as far as it goes.
pub fn inspect(module: &[u8]) -> Inspection {
	let mut found = Inspection { size: module.len(), ..Inspection::default() };
	let mut parser = Parser::new(0);
	parser.set_features(FEATURES);
	found.complete = parser.parse_all(module).try_for_each(|payload| found.add(payload?)).is_ok();
	found
}

impl Inspection {
	fn add(&mut self, payload: Payload) -> wasmparser::Result<()> {
		match payload {
			Payload::ImportSection(section) => {
				for import in section {
					let import = import?;
					self.imports.push(if import.module == MODULE {
						import.name.to_string()
					} else {
						format!("{}.{}", import.module, import.name)
					});
					match import.ty {
						TypeRef::Memory(memory) => self.memories.push(bytes(memory.initial, memory.maximum)),
						TypeRef::Table(table) => {
							self.tables.push(Bounds { initial: table.initial, maximum: table.maximum })
						},
						_ => {},
					}
				}
			},
			Payload::FunctionSection(section) => self.functions = section.count(),
			Payload::MemorySection(section) => {
				for memory in section {
					let memory = memory?;
					self.memories.push(bytes(memory.initial, memory.maximum));
				}
			},
			Payload::TableSection(section) => {
				for table in section {
					let table = table?.ty;
					self.tables.push(Bounds { initial: table.initial, maximum: table.maximum });
				}
			},
			Payload::ExportSection(section) => {
				for export in section {
					self.exports.push(export?.name.to_string());
				}
			},
			Payload::CodeSectionEntry(body) => {
				self.code = self.code.saturating_add(body.range().len());
				self.longest = self.longest.max(body.range().len());
			},
			Payload::DataSection(section) => {
				for segment in section {
					self.data = self.data.saturating_add(segment?.data.len());
				}
			},
			Payload::CustomSection(section) => self.custom = self.custom.saturating_add(section.data().len()),
			_ => {},
		}
		Ok(())
	}
}

fn bytes(initial: u64, maximum: Option<u64>) -> Bounds {
	Bounds { initial: initial.saturating_mul(PAGE), maximum: maximum.map(|pages| pages.saturating_mul(PAGE)) }
}

/// How a module that [`admit`](crate::admit) gave keeps watch over the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackUse {
	/// The units that are taken from the start: the most that calls can need until the next one that is counted.
	pub fixed: i64,
	/// How many functions count their calls, because they may come to call themselves.
	pub counted: u32,
}

/// Reads from an instrumented module how it keeps watch over the stack; nothing if it is none.
pub fn stack_use(instrumented: &[u8]) -> Option<StackUse> {
	let mut parser = Parser::new(0);
	parser.set_features(FEATURES);
	let (mut imported, mut starts, mut depth, mut counted) = (0, Vec::new(), None, 0);
	for payload in parser.parse_all(instrumented) {
		match payload.ok()? {
			Payload::ImportSection(section) => {
				imported = section
					.into_iter()
					.flatten()
					.filter(|import| matches!(import.ty, TypeRef::Global(_)))
					.count();
			},
			Payload::GlobalSection(section) => {
				for global in section {
					starts.push(match global.ok()?.init_expr.get_operators_reader().read().ok()? {
						Operator::I64Const { value } => value,
						_ => 0,
					});
				}
			},
			Payload::ExportSection(section) => {
				depth = section
					.into_iter()
					.flatten()
					.find(|export| export.name == DEPTH)
					.map(|export| export.index);
			},
			Payload::CodeSectionEntry(body) => {
				let is_counting = |operator: Operator| matches!(operator, Operator::GlobalSet { global_index } if Some(global_index) == depth);
				counted +=
					u32::from(body.get_operators_reader().ok()?.into_iter().flatten().any(is_counting));
			},
			_ => {},
		}
	}
	let fixed = *starts.get((depth? as usize).checked_sub(imported)?)?;
	Some(StackUse { fixed, counted })
}

/// What bytes seem to be that are no module: what a person gave by mistake.
pub fn looks_like(bytes: &[u8]) -> Option<&'static str> {
	let text = core::str::from_utf8(bytes.get(..bytes.len().min(256)).unwrap_or_default());
	let text = text.map(str::trim_start).unwrap_or_default();
	let is_source = |start: &str| text.starts_with(start);
	Some(match bytes {
		[] => "an empty file",
		[0, b'a', b's', b'm', rest @ ..] if rest.len() < 4 => {
			"the first bytes of a WebAssembly file; it was cut off"
		},
		[0, b'a', b's', b'm', rest @ ..] if rest.get(2..4) == Some(&[1, 0]) => "a WebAssembly component",
		[0, b'a', b's', b'm', ..] => return None,
		[0x7F, b'E', b'L', b'F', ..] => {
			"an ELF file, a program for Linux on a processor; compile it for WebAssembly instead"
		},
		[b'M', b'Z', ..] => "a program for Windows; compile it for WebAssembly instead",
		[0xCF | 0xCE, 0xFA, 0xED, 0xFE, ..] | [0xCA, 0xFE, 0xBA, 0xBE, ..] => {
			"a program for macOS or Java; compile it for WebAssembly instead"
		},
		[b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => "an archive of object files, not a linked program",
		[0x1F, 0x8B, ..] => "a gzip file; unpack it",
		[0x28, 0xB5, 0x2F, 0xFD, ..] => "a zstd file; unpack it",
		[b'P', b'K', 3, 4, ..] => "a zip file; unpack it",
		_ if is_source("(module") || is_source("(component") || is_source(";;") => {
			"WebAssembly in the text format; `wat2wasm` or `wasm-tools parse` makes the binary one"
		},
		_ if is_source("#!") => "a script",
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;

	#[test]
	fn parts_should_be_counted() {
		let module = wat::parse_str(
			r#"(module
				(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
				(import "env" "thing" (func))
				(func (export "_start") nop nop) (func)
				(table 3 5 funcref)
				(memory (export "memory") 2 4)
				(data (i32.const 0) "four")
				(@custom "name-less" "12345"))"#,
		)
		.unwrap();
		let found = inspect(&module);
		assert_eq!(found.imports, ["fd_write", "env.thing"]);
		assert_eq!(found.exports, ["_start", "memory"]);
		assert_eq!((found.functions, found.data, found.custom), (2, 4, 5));
		assert_eq!((found.code, found.longest), (6, 4), "two bodies: no locals, operators, end");
		assert_eq!(found.memories, [Bounds { initial: 2 * PAGE, maximum: Some(4 * PAGE) }]);
		assert_eq!(found.tables, [Bounds { initial: 3, maximum: Some(5) }]);
		assert!(found.complete);
		for cut in 0..module.len() {
			let part = inspect(&module[..cut]);
			assert!(part.functions <= 2 && part.size == cut);
		}
		assert!(!inspect(&module[..module.len() - 1]).complete);
	}

	#[test]
	fn the_watch_over_the_stack_should_be_read_from_what_was_admitted() {
		let module = |fields: &str| {
			let text = format!("(module (memory (export \"memory\") 1) {fields})");
			let module = wat::parse_str(text).unwrap();
			assert_eq!(stack_use(&module), None);
			stack_use(&crate::admit(&module).unwrap().module).unwrap()
		};
		let plain = module(r#"(func $f) (func (export "_start") call $f)"#);
		assert!(plain.counted == 0 && plain.fixed > 0, "{plain:?}");
		let recursive = module(r#"(func $f call $f) (func $g call $f) (func (export "_start") call $g)"#);
		assert_eq!(recursive.counted, 1, "only the one that calls itself");
	}

	#[test]
	fn what_is_given_by_mistake_should_be_recognised() {
		for (bytes, what) in [
			(&b""[..], "empty"),
			(b"\0asm", "cut off"),
			(b"\0asm\x01\0", "cut off"),
			(b"\x7FELF\x02\x01\x01", "ELF"),
			(b"MZ\x90", "Windows"),
			(b"\xCF\xFA\xED\xFE\x07", "macOS"),
			(b"\n  (module (func))", "text format"),
			(b"#!/bin/sh\n", "script"),
			(b"\x1F\x8B\x08", "gzip"),
			(b"\0asm\x0D\0\x01\0", "component"),
			(b"!<arch>\n", "archive"),
		] {
			assert!(looks_like(bytes).unwrap().contains(what), "{what}");
		}
		assert_eq!(looks_like(b"\0asm\x01\0\0\0"), None);
		assert_eq!(looks_like(b"\xFF\xFE\x00"), None);
		assert!(!inspect(b"\x7FELF").complete);
	}
}
