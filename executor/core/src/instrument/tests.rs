#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::{DEPTH, FUEL, MAX_DEPTH, PAGES, START};
use crate::{admission::FEATURES, admit, admit_library, Refusal};
use alloc::{collections::BTreeMap, format, string::String, string::ToString, vec, vec::Vec};
use arbitrary::Unstructured;
use proptest::prelude::*;
use wasmparser::{ExternalKind, Parser, Payload, Validator};

fn library(fields: &str) -> Vec<u8> {
	let module = wat::parse_str(format!("(module {fields})")).unwrap();
	let written = admit_library(&module).unwrap().module;
	validate(&written);
	written
}

fn validate(module: &[u8]) {
	Validator::new_with_features(FEATURES).validate_all(module).unwrap();
}

/// The payloads of a module.
fn payloads(module: &[u8]) -> Vec<Payload<'_>> {
	Parser::new(0).parse_all(module).map(Result::unwrap).collect()
}

fn exports(module: &[u8]) -> BTreeMap<String, (ExternalKind, u32)> {
	let mut exports = BTreeMap::new();
	for payload in payloads(module) {
		if let Payload::ExportSection(section) = payload {
			for export in section {
				let export = export.unwrap();
				exports.insert(export.name.to_string(), (export.kind, export.index));
			}
		}
	}
	exports
}

#[test]
fn three_globals_come_after_the_module_s_own() {
	let module =
		library(r#"(import "" "" (global i32)) (global f32 f32.const 0) (memory 1) (export "m" (memory 0))"#);
	let exports = exports(&module);
	assert_eq!(exports["m"], (ExternalKind::Memory, 0));
	for (index, name) in [(2, FUEL), (3, DEPTH), (4, PAGES)] {
		assert_eq!(exports[name], (ExternalKind::Global, index));
	}
	assert!(!self::exports(&library("")).contains_key(PAGES), "no memory, no pages");
}

#[test]
fn the_start_function_is_called_by_the_program_s_own() {
	let module =
		library(r#"(func $a) (func $b) (func (export "_start")) (export "also" (func 2)) (start $b)"#);
	let exports = exports(&module);
	assert_eq!(exports["_start"], (ExternalKind::Func, 3), "a new function");
	assert_eq!(exports["also"], (ExternalKind::Func, 2), "whoever calls the old one calls the old one");
	assert!(!payloads(&module).iter().any(|payload| matches!(payload, Payload::StartSection { .. })));
}

#[test]
fn a_start_function_without_a_program_is_exported() {
	for fields in [
		"(func) (func $s) (start $s)",
		r#"(func (export "_start") (param i32)) (func $s) (start $s)"#,
		r#"(import "" "" (func $i)) (import "" "" (func $s)) (start $s)"#,
	] {
		let module = library(fields);
		assert_eq!(exports(&module)[START], (ExternalKind::Func, 1), "{fields}");
		assert!(!payloads(&module).iter().any(|payload| matches!(payload, Payload::StartSection { .. })));
	}
}

#[test]
fn tables_grow_to_what_every_engine_gives() {
	let module = library("(table 1 funcref) (table 2 5 externref) (table 3 0xffffffff funcref)");
	let mut limits = vec![];
	for payload in payloads(&module) {
		if let Payload::TableSection(section) = payload {
			limits.extend(
				section.into_iter().map(|table| table.unwrap().ty).map(|ty| (ty.initial, ty.maximum)),
			);
		}
	}
	assert_eq!(limits, [(1, Some(1 << 20)), (2, Some(5)), (3, Some(1 << 20))]);
}

#[test]
fn custom_sections_stay_behind() {
	let module = library(r#"(@custom "producers" "\00") (@custom "other" "x") (func $named)"#);
	assert!(!payloads(&module).iter().any(|payload| matches!(payload, Payload::CustomSection(_))));
}

#[test]
fn a_module_with_code_of_every_kind_stays_valid() {
	let block = "(param i32) (result i32 i64)";
	for fields in [
		// Several results, left by a branch that may not be taken, twice: one new type is enough.
		"(func (param i32) (result i32 i64) i32.const 1 i64.const 2 local.get 0 br_if 0)
		(func (param i32) (result i32 i64) i32.const 1 i64.const 2 local.get 0 br_table 0 0)",
		&format!("(func {block} local.get 0 block {block} i64.const 1 local.get 0 br_if 0 end)"),
		"(func (result i32) (local externref funcref f32) unreachable memory.grow br_if 0) (memory 1)",
		"(func (param i32) (result f64) f64.const 1 f64.const 2 local.get 0 select (result f64))",
		"(func (param funcref i32) local.get 0 local.get 0 local.get 1 select (result funcref) drop)",
		r#"(import "" "" (func $h (param i32))) (table 1 funcref) (elem (i32.const 0) func $h) (func $f ref.func $f drop) (elem declare func $f)"#,
		r#"(memory 1) (data $d "x") (func i32.const 0 i32.const 0 i32.const 1 memory.init $d data.drop $d)"#,
		"(global $g (mut f64) (f64.const nan:0x4)) (func global.get $g global.get $g f64.add global.set $g)",
		"(func $f (result i32) call $f call $f i32.add) (func (param i32) loop local.get 0 br_if 0 br 1 end)",
		"(func (result f32 f64) loop (result f32 f64) f32.const 1 f32.sqrt f64.const 1 f64.sqrt i32.const 0 br_if 0 i32.const 0 br_if 1 end)",
	] {
		library(fields);
	}
}

#[test]
fn what_grows_too_large_is_refused() {
	// Nothing grows more: a small operator that is followed by much.
	let body = |count: usize| "(memory.grow (i32.const 0)) drop ".repeat(count);
	let module = |functions: usize, count: usize| {
		let functions = format!("(func {})", body(count)).repeat(functions);
		wat::parse_str(format!("(module (memory 1) {functions})")).unwrap()
	};
	assert!(admit_library(&module(1, 80_000)).is_ok());
	assert_eq!(admit_library(&module(1, 200_000)).unwrap_err().reason, Refusal::FunctionTooLarge);
	assert_eq!(admit_library(&module(30, 80_000)).unwrap_err().reason, Refusal::ModuleTooLarge);
}

/// How much larger a module becomes at the most: so many times, and so many bytes.
const FACTOR: usize = 16;
const CONSTANT: usize = 200;

/// Any module that the profile admits, from random bytes.
fn generated(seed: &[u8]) -> Option<Vec<u8>> {
	let config = wasm_smith::Config {
		min_funcs: 1,
		max_funcs: 20,
		max_memories: 1,
		max_tables: 4,
		max_instructions: 300,
		min_types: 1,
		allow_start_export: true,
		bulk_memory_enabled: true,
		reference_types_enabled: true,
		multi_value_enabled: true,
		saturating_float_to_int_enabled: true,
		sign_extension_ops_enabled: true,
		simd_enabled: false,
		relaxed_simd_enabled: false,
		exceptions_enabled: false,
		gc_enabled: false,
		memory64_enabled: false,
		tail_call_enabled: false,
		threads_enabled: false,
		extended_const_enabled: false,
		wide_arithmetic_enabled: false,
		custom_page_sizes_enabled: false,
		shared_everything_threads_enabled: false,
		..Default::default()
	};
	let mut bytes = Unstructured::new(seed);
	Some(wasm_smith::Module::new(config, &mut bytes).ok()?.to_bytes())
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

	/// Whatever is admitted is valid afterwards, exports what it exported, and is larger by no more than a factor.
	#[test]
	fn a_written_module_is_valid(seed in proptest::collection::vec(any::<u8>(), 0..3_000)) {
		let Some(module) = generated(&seed) else { return Ok(()) };
		let written = match admit_library(&module) {
			Ok(admitted) => admitted.module,
			// The bounds of the profile are not the generator's.
			Err(rejected) => {
				prop_assert!(
					matches!(rejected.reason, Refusal::TableTooLarge | Refusal::TooManyItems | Refusal::TooManyLocals),
					"{}", rejected
				);
				return Ok(());
			},
		};
		validate(&written);
		prop_assert!(written.len() <= FACTOR * module.len() + CONSTANT, "{} of {}", written.len(), module.len());
		let (before, after) = (exports(&module), exports(&written));
		for (name, (kind, index)) in before {
			let same = after.get(&name) == Some(&(kind, index));
			prop_assert!(same || name == "_start", "{} is {:?}", name, after.get(&name));
		}
	}

	/// The same bytes give the same module.
	#[test]
	fn the_same_is_written_twice(seed in proptest::collection::vec(any::<u8>(), 0..500)) {
		let Some(module) = generated(&seed) else { return Ok(()) };
		prop_assert_eq!(admit_library(&module).ok(), admit_library(&module).ok());
		prop_assert!(admit(&module).is_err() || admit(&module).ok() == admit_library(&module).ok());
	}
}

#[test]
fn depth_begins_with_what_does_not_count() {
	let module = library("(func $f (param i64 i64) (local f32))");
	let mut values = vec![];
	for payload in payloads(&module) {
		if let Payload::GlobalSection(section) = payload {
			for global in section {
				let mut operators = global.unwrap().init_expr.get_operators_reader();
				if let wasmparser::Operator::I64Const { value } = operators.read().unwrap() {
					values.push(value);
				}
			}
		}
	}
	assert_eq!(values.len(), 2, "fuel and depth");
	assert_eq!(values[0], 0, "no fuel until an engine gives some");
	assert!((1..=MAX_DEPTH).contains(&values[1]), "{values:?}");
}
