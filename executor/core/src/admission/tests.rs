#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::*;
use crate::instrument::cost;
use alloc::{format, string::ToString, vec};
use proptest::prelude::*;

fn module(fields: &str) -> Vec<u8> {
	wat::parse_str(format!("(module {fields})")).unwrap()
}

/// A command with these fields besides.
fn command(fields: &str) -> Vec<u8> {
	module(&format!(r#"{fields} (memory (export "memory") 1) (func (export "_start"))"#))
}

fn refusal(module: &[u8]) -> Refusal {
	admit(module).unwrap_err().reason
}

#[test]
fn an_engine_is_told_what_it_must_know_of_a_module() {
	let admitted = admit(&command("")).unwrap();
	assert_eq!((admitted.initial_memory, admitted.maximum_pages), (PAGE, 65_536));
	let admitted = admit(&module(r#"(memory (export "memory") 2 7) (func (export "_start"))"#)).unwrap();
	assert_eq!((admitted.initial_memory, admitted.maximum_pages), (2 * PAGE, 7));
}

#[test]
fn an_instance_costs_what_it_holds() {
	let memory = |pages| format!(r#"(memory (export "memory") {pages}) (func $f (export "_start"))"#);
	let cost = |fields: &str| admit(&module(fields)).unwrap().start_fuel;
	let none = cost(&memory(0));
	assert_eq!(none, cost::INSTANCE);
	let more = |fields: &str| cost(&(memory(0) + fields)) - none;
	assert_eq!(cost(&memory(3)), none + 3 * cost::PAGE);
	assert_eq!(cost(&memory(65_536)), none + 65_536 * cost::PAGE);
	assert_eq!(more(r#"(data "0123456789abcdef")"#), cost::SEGMENT, "what is not copied yet");
	assert_eq!(more(r#"(data (i32.const 0) "0123456789abcdef")"#), cost::SEGMENT + 2);
	assert_eq!(more("(table 100 funcref)"), 100 * cost::ENTRY);
	assert_eq!(more("(elem func $f $f)"), cost::SEGMENT);
	assert_eq!(
		more("(table 2 funcref) (elem (i32.const 0) $f $f)"),
		2 * cost::ENTRY + cost::SEGMENT + 2 * cost::ENTRY
	);
}

#[test]
fn names_of_the_profile_s_own_are_not_exported() {
	for name in ["ergon:fuel", "ergon:", "ergon:anything"] {
		let rejected = admit(&command(&format!(r#"(func (export "{name}"))"#))).unwrap_err();
		assert_eq!(rejected.reason, Refusal::ReservedName);
		assert!(rejected.to_string().contains(name), "{rejected}");
	}
	assert!(admit(&command(r#"(func (export "ergon")) (func (export "xergon:fuel"))"#)).is_ok());
}

#[test]
fn frames_that_never_fit_are_refused() {
	// A chain of calls, each of whose frames has all the locals that it may have.
	let chain = |calls: usize| {
		let locals = "i64 ".repeat(MAX_LOCALS as usize);
		let functions: String =
			(0..calls).map(|n| format!("(func $f{n} (local {locals}) call $f{})", n + 1)).collect();
		command(&format!("{functions} (func $f{calls})"))
	};
	assert!(admit(&chain(100)).is_ok());
	assert_eq!(refusal(&chain(110)), Refusal::StackTooDeep);
}

#[test]
fn a_library_may_import_and_export_what_it_likes() {
	for fields in [
		"",
		r#"(import "env" "f" (func)) (import "env" "m" (memory 1)) (import "env" "t" (table 1 funcref))"#,
		r#"(import "env" "g" (global $g (mut i64))) (start $s) (func $s (global.set $g (i64.const 1)))"#,
		r#"(func (export "_start") (param i32)) (func $s) (start $s)"#,
	] {
		let module = module(fields);
		assert!(admit(&module).is_err(), "{fields}");
		assert!(admit_library(&module).is_ok(), "{fields}");
	}
	let reserved = module(r#"(func (export "ergon:start"))"#);
	assert_eq!(admit_library(&reserved).unwrap_err().reason, Refusal::ReservedName);
	let imported = admit_library(&module(r#"(import "env" "m" (memory 2 5))"#)).unwrap();
	assert_eq!((imported.initial_memory, imported.maximum_pages), (2 * PAGE, 5));
}

#[test]
fn what_is_not_a_module_is_refused() {
	for bytes in [&b""[..], b"\0asm", b"(module)", b"\x7fELF\x02\x01\x01\0", b"\0asm\x02\0\0\0", &[0; 100]] {
		assert_eq!(refusal(bytes), Refusal::NotWasm, "{bytes:?}");
	}
	assert_eq!(refusal(b"\0asm\x0d\0\x01\0"), Refusal::Component);
	assert_eq!(refusal(b"\0asm\x01\0\0\0"), Refusal::NoStart, "an empty module");
}

#[test]
fn a_truncated_module_is_refused_wherever_it_is_cut() {
	let module = command(r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#);
	for len in 0..module.len() {
		assert!(admit(&module[..len]).is_err(), "cut at {len}");
	}
}

#[test]
fn the_size_is_bounded() {
	// A custom section fills the module up: id, size in five bytes, name of no length, zeros.
	let filled = |size: usize| {
		let mut module = command("");
		let payload = (size - module.len() - 6) as u32;
		module.push(0);
		for shift in [0, 7, 14, 21, 28] {
			module.push((payload >> shift) as u8 & 0x7f | if shift < 28 { 0x80 } else { 0 });
		}
		module.resize(size, 0);
		module
	};
	assert!(admit(&filled(MAX_MODULE)).is_ok());
	assert_eq!(refusal(&filled(MAX_MODULE + 1)), Refusal::ModuleTooLarge);
}

#[test]
fn a_command_has_a_start_and_a_memory() {
	let memory = r#"(memory (export "memory") 1)"#;
	for start in [
		"",
		r#"(func (export "start"))"#,
		r#"(func (export "_start") (param i32))"#,
		r#"(func (export "_start") (result i32) i32.const 0)"#,
		r#"(global (export "_start") i32 i32.const 0)"#,
	] {
		assert_eq!(refusal(&module(&format!("{memory} {start}"))), Refusal::NoStart, "{start}");
	}
	let imported = format!(
		r#"(import "wasi_snapshot_preview1" "sched_yield" (func $f (result i32))) {memory} (export "_start" (func $f))"#
	);
	assert_eq!(refusal(&module(&imported)), Refusal::NoStart, "the host's function is not the program's");
	for memory in ["", "(memory 1)", r#"(memory (export "mem") 1)"#, r#"(func (export "memory"))"#] {
		let fields = format!(r#"{memory} (func (export "_start"))"#);
		assert_eq!(refusal(&module(&fields)), Refusal::NoMemory, "{memory}");
	}
}

#[test]
fn only_the_host_interface_is_imported() {
	for import in [
		r#"(import "env" "f" (func))"#,
		r#"(import "wasi_snapshot_preview1" "fd_teleport" (func))"#,
		r#"(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#,
		r#"(import "env" "memory" (memory 1))"#,
		r#"(import "wasi_snapshot_preview1" "fd_write" (global i32))"#,
		r#"(import "env" "t" (table 1 funcref))"#,
	] {
		let fields = format!(r#"{import} (func (export "_start"))"#);
		assert_eq!(refusal(&module(&fields)), Refusal::UnknownImport, "{import}");
	}
	let rejected = admit(&command(r#"(import "env" "emscripten_notify" (func))"#)).unwrap_err();
	assert!(rejected.to_string().contains("env.emscripten_notify"), "{rejected}");
}

#[test]
fn every_function_of_the_host_is_imported_with_its_own_signature_only() {
	use crate::host::{Function, Param};
	assert_eq!(Function::ALL.len(), 46);
	for function in Function::ALL {
		let params: Vec<_> =
			function.params().iter().map(|param| if *param == Param::I32 { "i32" } else { "i64" }).collect();
		let import = |params: &[&str], result: &str| {
			command(&format!(
				r#"(import "wasi_snapshot_preview1" "{}" (func (param {}) {result}))"#,
				function.name(),
				params.join(" "),
			))
		};
		let result = if function.returns() { "(result i32)" } else { "" };
		assert!(admit(&import(&params, result)).is_ok(), "{}", function.name());
		let other = if function.returns() { "" } else { "(result i32)" };
		assert_eq!(refusal(&import(&params, other)), Refusal::ImportSignature, "{}", function.name());
		let mut more = params.clone();
		more.push("i32");
		assert_eq!(refusal(&import(&more, result)), Refusal::ImportSignature, "{}", function.name());
		if let Some(first) = more.first_mut() {
			*first = "f32";
			assert_eq!(refusal(&import(&more[..params.len().max(1)], result)), Refusal::ImportSignature);
		}
	}
}

#[test]
fn what_compilers_emit_today_is_admitted() {
	for fields in [
		"(func (param i32) (result i64) local.get 0 i32.extend8_s i64.extend_i32_s)",
		"(func (param f64) (result i32) local.get 0 i32.trunc_sat_f64_s)",
		"(func (result i32 i32) i32.const 1 i32.const 2)",
		"(table $t 1 funcref) (table $u 1 externref) (func (result i32) i32.const 0 table.get $u ref.is_null)",
		"(table 1 funcref) (func $f) (elem declare func $f) (func i32.const 0 ref.func $f table.set 0)",
		r#"(memory $m 1) (data $d "x") (func i32.const 0 i32.const 0 i32.const 1 memory.init $d)"#,
		"(global (mut i32) i32.const 1) (start $s) (func $s)",
	] {
		// The memory is the module's own in one of them; then only the features are looked at.
		let result = if fields.contains("$m") {
			admit(&module(&format!(r#"{fields} (export "memory" (memory $m)) (func (export "_start"))"#)))
		} else {
			admit(&command(fields))
		};
		assert!(result.is_ok(), "{fields}: {result:?}");
	}
}

#[test]
fn what_the_profile_leaves_out_is_refused() {
	for fields in [
		"(func (result v128) v128.const i64x2 0 0)",
		"(func (param v128))",
		"(memory i64 1)",
		"(memory 1 2 shared)",
		"(memory 1)",
		"(func $f return_call $f)",
		"(tag)",
		"(type (struct))",
		"(func (param (ref func)))",
		"(global i32 (i32.add (i32.const 1) (i32.const 2)))",
		"(func (result i32) i32.const 0 i32.atomic.load)",
		"(func (param i64 i64 i64 i64) (result i64 i64) local.get 0 local.get 1 local.get 2 local.get 3 i64.add128)",
	] {
		assert_eq!(refusal(&command(fields)), Refusal::Invalid, "{fields}");
	}
	let rejected = admit(&command("(func (result i32) i64.const 0)")).unwrap_err();
	assert!(rejected.to_string().contains("at byte"), "an ill-typed function is pointed at: {rejected}");
}

#[test]
fn items_are_bounded() {
	let many = |item: &str, count: u32| item.repeat(count as usize);
	let text = |item: &str, count: u32| command(&many(item, count));
	// `command` has one type, one function and two exports of its own.
	for (item, most, own) in [
		("(func)", MAX_FUNCTIONS, 1),
		("(global i32 i32.const 0)", MAX_GLOBALS, 0),
		("(elem func)", MAX_SEGMENTS, 0),
	] {
		assert!(admit(&text(item, most - own)).is_ok(), "{item}");
		assert_eq!(refusal(&text(item, most - own + 1)), Refusal::TooManyItems, "{item}");
	}
	let data = |count| {
		module(&format!(
			r#"(memory (export "memory") 1) (func (export "_start")) {}"#,
			many(r#"(data "")"#, count)
		))
	};
	assert!(admit(&data(MAX_SEGMENTS)).is_ok());
	assert_eq!(refusal(&data(MAX_SEGMENTS + 1)), Refusal::TooManyItems);
	let import = r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#;
	assert!(admit(&text(import, MAX_IMPORTS)).is_ok());
	assert_eq!(refusal(&text(import, MAX_IMPORTS + 1)), Refusal::TooManyItems);
	let exports = |count: u32| {
		command(&(0..count - 2).map(|n| format!(r#"(export "{n}" (func 0))"#)).collect::<String>())
	};
	assert!(admit(&exports(MAX_EXPORTS)).is_ok());
	assert_eq!(refusal(&exports(MAX_EXPORTS + 1)), Refusal::TooManyItems);
	let types = |count| text("(type (func (param i32)))", count - 1);
	assert!(admit(&types(MAX_TYPES)).is_ok());
	assert_eq!(refusal(&types(MAX_TYPES + 1)), Refusal::TooManyItems);
}

#[test]
fn tables_are_bounded() {
	assert!(admit(&command(&"(table 0 funcref)".repeat(MAX_TABLES as usize))).is_ok());
	assert_eq!(
		refusal(&command(&"(table 0 funcref)".repeat(MAX_TABLES as usize + 1))),
		Refusal::TableTooLarge
	);
	assert!(admit(&command(&format!("(table {MAX_TABLE_ENTRIES} funcref)"))).is_ok());
	let large = command(&format!("(table {} funcref)", MAX_TABLE_ENTRIES + 1));
	assert_eq!(refusal(&large), Refusal::TableTooLarge);
}

#[test]
fn functions_are_bounded() {
	let locals = |count: u32| command(&format!("(func (local {}))", "i64 ".repeat(count as usize)));
	assert!(admit(&locals(MAX_LOCALS)).is_ok());
	assert_eq!(refusal(&locals(MAX_LOCALS + 1)), Refusal::TooManyLocals);
	assert!(admit(&locals(60_000)).is_err());

	let nested = |depth| command(&format!("(func {} {})", "block ".repeat(depth), "end ".repeat(depth)));
	// The body is a block itself.
	assert!(admit(&nested(MAX_NESTING - 1)).is_ok());
	assert_eq!(refusal(&nested(MAX_NESTING)), Refusal::NestingTooDeep);
	assert_eq!(refusal(&nested(100_000)), Refusal::NestingTooDeep);

	// A body is its count of locals, its operators and an end.
	let body = |bytes: usize| command(&format!("(func {})", "nop ".repeat(bytes - 2)));
	assert!(admit(&body(MAX_BODY)).is_ok());
	assert_eq!(refusal(&body(MAX_BODY + 1)), Refusal::FunctionTooLarge);

	let branches = |targets: u32| {
		let targets = "0 ".repeat(targets as usize + 1);
		command(&format!("(func (br_table {targets} (i32.const 0)))"))
	};
	assert!(admit(&branches(MAX_TARGETS)).is_ok());
	assert_eq!(refusal(&branches(MAX_TARGETS + 1)), Refusal::BranchTooWide);

	// As many functions with as many locals as the sum allows, and one more.
	let all = |functions: u32| {
		let one = format!("(func (local {}))", "i64 ".repeat(MAX_LOCALS as usize));
		command(&one.repeat(functions as usize))
	};
	assert!(admit(&all(MAX_ALL_LOCALS / MAX_LOCALS)).is_ok());
	assert_eq!(refusal(&all(MAX_ALL_LOCALS / MAX_LOCALS + 1)), Refusal::TooManyLocals);

	let params = |count| command(&format!("(type (func (param {})))", "i32 ".repeat(count)));
	assert!(admit(&params(MAX_PARAMS)).is_ok());
	assert_eq!(refusal(&params(MAX_PARAMS + 1)), Refusal::TooManyLocals);
	let results = |count| command(&format!("(type (func (result {})))", "i32 ".repeat(count)));
	assert!(admit(&results(MAX_RESULTS)).is_ok());
	assert_eq!(refusal(&results(MAX_RESULTS + 1)), Refusal::TooManyLocals);
}

#[test]
fn a_run_of_locals_whose_number_overflows_is_refused() {
	// One function with two groups of 2^32 − 1 locals.
	let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0".to_vec();
	let mut body = vec![2];
	for _ in 0..2 {
		body.extend([0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f]);
	}
	body.push(0x0b);
	module.extend([0x0a, body.len() as u8 + 2, 1, body.len() as u8]);
	module.extend(body);
	assert_eq!(refusal(&module), Refusal::TooManyLocals);
}

#[test]
fn the_memory_limit_is_a_job_s_own() {
	let admitted = admit(&module(r#"(memory (export "memory") 3) (func (export "_start"))"#)).unwrap();
	assert_eq!(admitted.fits(3 * PAGE), Ok(()));
	assert_eq!(admitted.fits(3 * PAGE - 1), Err(Refusal::MemoryAboveLimit));
	let whole = admit(&module(r#"(memory (export "memory") 65536) (func (export "_start"))"#)).unwrap();
	assert_eq!(whole.initial_memory, 4 << 30);
}

proptest! {
	#[test]
	fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), as_module: bool) {
		let bytes = if as_module { [&b"\0asm\x01\0\0\0"[..], &bytes].concat() } else { bytes };
		let _ = admit(&bytes);
	}

	#[test]
	fn a_damaged_module_is_answered(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
		let mut module = command(
			r#"(import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
			(table 2 funcref) (elem (i32.const 0) $g $g) (global (mut i32) i32.const 3) (data "abc")
			(func $g (param i32) (result i32) (local i64 f32) local.get 0 if (result i32) i32.const 1 else i32.const 2 end)"#
		);
		for (at, value) in flips {
			let at = at.index(module.len());
			module[at] = value;
		}
		let _ = admit(&module);
	}
}
