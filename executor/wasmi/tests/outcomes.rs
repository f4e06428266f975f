//! The interpreter as an engine: ends, limits, and that the logical stack ends before its own. That it agrees with the
//! other engine is shown in `executor/conformance`.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

use ergon_executor_core::{Engine, Execution, Outcome, Prepared, Refusal, TaskContext, TrapKind};
use ergon_executor_wasmi::Wasmi;
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};

fn context(fuel: u64, memory: u64) -> TaskContext {
	TaskContext {
		job: JobId(7),
		task: TaskIndex(0),
		tasks: 1,
		time: 1_700_000_000_000,
		args: Vec::new(),
		limits: Limits { fuel: Fuel(fuel), memory, output: 1 << 10 },
	}
}

fn run_in(fields: &str, context: &TaskContext) -> Execution {
	let module = wat::parse_str(format!(r#"(module {fields} (memory (export "memory") 1))"#)).unwrap();
	let engine = Wasmi::new().unwrap();
	match engine.prepare(&module).unwrap() {
		Prepared::Ready(program) => engine.run(&program, context, b"input").unwrap(),
		Prepared::Refused(reason) => panic!("refused: {reason}"),
	}
}

fn run(fields: &str) -> Execution {
	run_in(fields, &context(1 << 40, 1 << 20))
}

fn trap(fields: &str) -> TrapKind {
	match run(fields).outcome {
		Outcome::Trapped { kind, .. } => kind,
		other => panic!("{other:?}"),
	}
}

fn exit_code(fields: &str, context: &TaskContext) -> u32 {
	match run_in(fields, context).outcome {
		Outcome::Exited { code, .. } => code,
		other => panic!("{other:?}"),
	}
}

#[test]
fn the_logical_stack_ends_before_the_interpreters() {
	// The most calls: the smallest frames.
	assert_eq!(trap(r#"(func $f (export "_start") (call $f))"#), TrapKind::StackExhausted);
	// Two by two, with a result on the way back.
	let pair = r#"(func $a (param i32) (result i32) (call $b (i32.add (local.get 0) (i32.const 1))))
		(func $b (param i32) (result i32) (i32.add (call $a (local.get 0)) (i32.const 1)))
		(func (export "_start") (drop (call $a (i32.const 0))))"#;
	assert_eq!(trap(pair), TrapKind::StackExhausted);
	// Through a table.
	let indirect = r#"(table 1 funcref) (elem (i32.const 0) $f) (type $t (func))
		(func $f (export "_start") (call_indirect (type $t) (i32.const 0)))"#;
	assert_eq!(trap(indirect), TrapKind::StackExhausted);
	// The largest frames: locals, parameters, operands.
	for locals in [10, 1_000, 9_000] {
		let locals = "f64 ".repeat(locals);
		let fields = format!(r#"(func $f (export "_start") (local {locals}) (call $f))"#);
		assert_eq!(trap(&fields), TrapKind::StackExhausted);
	}
	let (params, args) = ("i64 ".repeat(100), "(i64.const 1) ".repeat(100));
	let fields =
		format!(r#"(func $f (param {params}) (call $f {args})) (func (export "_start") (call $f {args}))"#);
	assert_eq!(trap(&fields), TrapKind::StackExhausted);
	let (operands, drops) = ("(f64.load (i32.const 0)) ".repeat(5_000), "drop ".repeat(5_000));
	let fields = format!(r#"(func $f (export "_start") {operands} (call $f) {drops})"#);
	assert_eq!(trap(&fields), TrapKind::StackExhausted);
	// A small function that calls itself, with a large one that does not below it.
	let locals = "i64 ".repeat(9_000);
	let fields =
		format!(r#"(func $leaf (local {locals})) (func $f (export "_start") (call $leaf) (call $f))"#);
	assert_eq!(trap(&fields), TrapKind::StackExhausted);
}

#[test]
fn traps_are_those_of_the_specification() {
	use TrapKind::*;
	for (body, kind) in [
		("unreachable", Unreachable),
		("(drop (i32.load (i32.const 65536)))", OutOfBoundsMemory),
		("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", OutOfBoundsMemory),
		("(drop (i32.div_s (i32.const 1) (i32.const 0)))", IntegerDivideByZero),
		("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", IntegerOverflow),
		("(drop (i32.trunc_f64_s (f64.const nan)))", InvalidConversion),
	] {
		assert_eq!(trap(&format!(r#"(func (export "_start") {body})"#)), kind, "{body}");
	}
	let table = |entry: &str, index: u32| {
		format!(
			r#"(table 2 funcref) {entry} (type $t (func))
			(func (export "_start") (call_indirect (type $t) (i32.const {index}))) (func $g (param i32))"#
		)
	};
	assert_eq!(trap(&table("", 0)), UninitializedElement);
	assert_eq!(trap(&table("", 2)), OutOfBoundsTable);
	assert_eq!(trap(&table("(elem (i32.const 0) $g)", 0)), IndirectCallTypeMismatch);
	// Segments that do not fit, before any code runs.
	let start = r#"(func (export "_start"))"#;
	assert_eq!(trap(&format!(r#"{start} (data (i32.const 65535) "ab")"#)), OutOfBoundsMemory);
	assert_eq!(trap(&format!(r#"{start} (table 1 funcref) (elem (i32.const 1) func 0)"#)), OutOfBoundsTable);
}

#[test]
fn fuel_ends_what_never_ends() {
	let forever = r#"(func (export "_start") (loop (br 0)))"#;
	for fuel in [0, 1, 1_000_000] {
		let outcome = run_in(forever, &context(fuel, 1 << 20)).outcome;
		assert_eq!(outcome, Outcome::OutOfFuel { fuel: Fuel(fuel) });
	}
}

#[test]
fn memory_ends_at_the_limit_of_the_job() {
	let grow = |pages: u32| {
		format!(
			r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
			(func (export "_start") (call $exit (memory.grow (i32.const {pages}))))"#
		)
	};
	let four_pages = context(1 << 40, 4 << 16);
	assert_eq!(exit_code(&grow(3), &four_pages), 1, "the size before");
	assert_eq!(exit_code(&grow(4), &four_pages), u32::MAX, "refused");
	let outcome = run_in(&grow(0), &context(1 << 40, 100)).outcome;
	assert_eq!(outcome, Outcome::InvalidModule { reason: Refusal::MemoryAboveLimit });
}

#[test]
fn the_host_answers() {
	let echo = r#"
		(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(func (export "_start")
			(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100))
			(if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)) (then unreachable))
			(if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable)))"#;
	let execution = run(echo);
	assert!(execution.outcome.is_success(), "{:?}", execution.outcome);
	assert_eq!(execution.output, b"input");
}
