//! Every way that a task can end, each limit at its boundary, and the same answer twice.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

mod common;

use common::{command, context, exited, prepare, run, run_body, run_fields, trap, try_prepare};
use ergon_executor_core::{
	host::costs, instrument::cost, Engine, LocalFault, Outcome, Refusal, TaskContext, TrapKind,
};
use ergon_executor_wasmtime::Wasmtime;
use ergon_primitives::{Fuel, Limits, TaskIndex};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const PAGE: u64 = 64 << 10;
const WRITE: &str =
	r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
const EXIT: &str = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;

/// What an instance with a page of memory costs.
const START: u64 = cost::INSTANCE + cost::PAGE;

fn with_fuel(fuel: u64) -> TaskContext {
	TaskContext { limits: Limits { fuel: Fuel(fuel), ..context().limits }, ..context() }
}

/// A program that writes this many bytes from address 64 to the standard output, and traps if it is told of an error.
fn writer(bytes: u32) -> String {
	format!(
		r#"{WRITE} (func (export "_start")
			(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const {bytes}))
			(if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable)))"#
	)
}

#[test]
fn returning_is_exit_code_0() {
	let execution = run_body("");
	assert!(execution.outcome.is_success());
	assert_eq!(exited(&execution, 0).0, START, "nothing is charged but the instance");
	assert!(execution.output.is_empty() && execution.stderr.is_empty());
}

#[test]
fn proc_exit_is_the_code_it_is_given() {
	for code in [0, 1, 255, 256, u32::MAX] {
		let fields = format!(
			r#"{EXIT} (func (export "_start") (call $exit (i32.const {})) unreachable)"#,
			code as i32
		);
		exited(&run_fields(&fields, &context()), code);
	}
}

#[test]
fn traps_are_those_of_the_specification() {
	use TrapKind::*;
	for (body, kind) in [
		("unreachable", Unreachable),
		("(drop (i32.load (i32.const 65536)))", OutOfBoundsMemory),
		("(i64.store (i32.const -1) (i64.const 0))", OutOfBoundsMemory),
		("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2))", OutOfBoundsMemory),
		("(drop (i32.div_s (i32.const 1) (i32.const 0)))", IntegerDivideByZero),
		("(drop (i64.rem_u (i64.const 1) (i64.const 0)))", IntegerDivideByZero),
		("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", IntegerOverflow),
		("(drop (i32.trunc_f64_s (f64.const 1e10)))", IntegerOverflow),
		("(drop (i32.trunc_f32_u (f32.const nan)))", InvalidConversion),
	] {
		assert_eq!(trap(&run_body(body)), kind, "{body}");
	}
	let table = |index: i32| {
		format!(
			r#"(table 3 funcref) (type $t (func)) (func $f (param i32)) (elem (i32.const 1) $f)
			(func (export "_start") (call_indirect (type $t) (i32.const {index})))"#
		)
	};
	for (index, kind) in [(0, UninitializedElement), (1, IndirectCallTypeMismatch), (3, OutOfBoundsTable)] {
		assert_eq!(trap(&run_fields(&table(index), &context())), kind);
	}
	let recursive = r#"(func $f (export "_start") (call $f))"#;
	assert_eq!(trap(&run_fields(recursive, &with_fuel(1_000_000_000))), StackExhausted);
}

#[test]
fn a_program_can_trap_before_it_starts() {
	let start = r#"(data (i32.const 65536) "x") (func (export "_start"))"#;
	assert_eq!(trap(&run_fields(start, &context())), TrapKind::OutOfBoundsMemory);
	let start = r#"(func $s unreachable) (start $s) (func (export "_start"))"#;
	assert_eq!(trap(&run_fields(start, &context())), TrapKind::Unreachable);
	let start = format!(r#"{EXIT} (func $s (call $exit (i32.const 3))) (start $s) (func (export "_start"))"#);
	exited(&run_fields(&start, &context()), 3);
}

#[test]
fn fuel_may_be_used_to_the_last() {
	let fields = r#"(func (export "_start") (local i32) (local.set 0 (i32.const 1000))
		(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))"#;
	let fuel = exited(&run_fields(fields, &context()), 0);
	assert_eq!(fuel.0, START + 5_002, "one for each operator that does something");
	assert_eq!(exited(&run_fields(fields, &with_fuel(fuel.0)), 0), fuel);
	for limit in [fuel.0 - 1, START + 2_500, START, START - 1, 1, 0] {
		assert_eq!(run_fields(fields, &with_fuel(limit)).outcome, Outcome::OutOfFuel { fuel: Fuel(limit) });
	}
	let forever = r#"(func (export "_start") (loop (br 0)))"#;
	assert_eq!(run_fields(forever, &context()).outcome, Outcome::OutOfFuel { fuel: Fuel(1_000_000) });
	exited(&run_fields(fields, &with_fuel(u64::MAX)), 0);
}

#[test]
fn host_calls_spend_fuel() {
	let fields = writer(100);
	let execution = run_fields(&fields, &context());
	// Twelve operators, of which the call counts for five.
	let fuel = START + 16 + costs::CALL + costs::VECTOR + 100 * costs::BYTE;
	assert_eq!(exited(&execution, 0).0, fuel);
	assert_eq!(execution.output, [0; 100]);
	exited(&run_fields(&fields, &with_fuel(fuel)), 0);
	assert_eq!(
		run_fields(&fields, &with_fuel(fuel - 1)).outcome,
		Outcome::OutOfFuel { fuel: Fuel(fuel - 1) }
	);
}

#[test]
fn output_may_be_as_large_as_its_limit() {
	exited(&run_fields(&writer(1024), &context()), 0);
	assert!(matches!(run_fields(&writer(1025), &context()).outcome, Outcome::OutputTooLarge { .. }));
	let none = TaskContext { limits: Limits { output: 0, ..context().limits }, ..context() };
	exited(&run_fields(&writer(0), &none), 0);
	assert!(matches!(run_fields(&writer(1), &none).outcome, Outcome::OutputTooLarge { .. }));
}

#[test]
fn memory_grows_to_its_limit_and_no_further() {
	// Exits with the result of growing, plus one.
	let grow = |pages: i32| {
		format!(
			r#"{EXIT} (func (export "_start") (call $exit (i32.add (i32.const 1) (memory.grow (i32.const {pages})))))"#
		)
	};
	let limit = |bytes| TaskContext {
		limits: Limits { fuel: Fuel(1 << 40), memory: bytes, ..context().limits },
		..context()
	};
	exited(&run_fields(&grow(15), &limit(16 * PAGE)), 2);
	exited(&run_fields(&grow(16), &limit(16 * PAGE)), 0);
	exited(&run_fields(&grow(15), &limit(16 * PAGE - 1)), 0);
	exited(&run_fields(&grow(65_535), &limit(4 << 30)), 2);
	exited(&run_fields(&grow(65_536), &limit(u64::MAX)), 0);
	exited(&run_fields(&grow(-1), &limit(4 << 30)), 0);
}

#[test]
fn memory_above_the_limit_from_the_start_is_refused_for_this_job() {
	let engine = Wasmtime::new().unwrap();
	let module = wat::parse_str(r#"(module (memory (export "memory") 2) (func (export "_start")))"#).unwrap();
	let program = prepare(&engine, &module);
	let mut context = context();
	context.limits.memory = 2 * PAGE;
	exited(&run(&engine, &program, &context, b""), 0);
	context.limits.memory = 2 * PAGE - 1;
	let refused = run(&engine, &program, &context, b"").outcome;
	assert_eq!(refused, Outcome::InvalidModule { reason: Refusal::MemoryAboveLimit });
	assert_eq!(refused.fuel(), Fuel(0));
}

#[test]
fn tables_grow_to_their_bound_and_no_further() {
	let grow = |by: u32| {
		format!(
			r#"{EXIT} (table $t 1 funcref) (func (export "_start")
			(call $exit (i32.add (i32.const 1) (table.grow $t (ref.null func) (i32.const {by})))))"#
		)
	};
	exited(&run_fields(&grow((1 << 20) - 1), &with_fuel(1 << 30)), 2);
	exited(&run_fields(&grow(1 << 20), &with_fuel(1 << 30)), 0);
}

#[test]
fn what_is_refused_is_not_run() {
	let engine = Wasmtime::new().unwrap();
	for (module, reason) in [
		(b"(module)".to_vec(), Refusal::NotWasm),
		(command(""), Refusal::NoStart),
		(command(r#"(import "env" "f" (func)) (func (export "_start"))"#), Refusal::UnknownImport),
	] {
		assert_eq!(try_prepare(&engine, &module).err(), Some(reason));
	}
}

#[test]
fn nan_is_canonical() {
	// A NaN with a payload, through arithmetic, comes out as the one canonical NaN.
	let fields = format!(
		r#"{EXIT} (func (export "_start") (local f32)
		(local.set 0 (f32.reinterpret_i32 (i32.const 0xffa01234)))
		(call $exit (i32.reinterpret_f32 (f32.add (local.get 0) (f32.const 1)))))"#
	);
	exited(&run_fields(&fields, &context()), 0x7fc0_0000);
	let divided = format!(
		r#"{EXIT} (func (export "_start") (call $exit (i32.wrap_i64 (i64.shr_u (i64.reinterpret_f64
		(f64.div (f64.const 0) (f64.const 0))) (i64.const 32)))))"#
	);
	exited(&run_fields(&divided, &context()), 0x7ff8_0000);
}

#[test]
fn clock_and_random_numbers_are_the_task_s_own() {
	let fields = r#"
		(import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
		(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(func (export "_start")
			(drop (call $clock (i32.const 0) (i64.const 1) (i32.const 64)))
			(drop (call $random (i32.const 72) (i32.const 16)))
			(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 24))
			(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))"#;
	let first = run_fields(fields, &context());
	let (clock, random) = first.output.split_at(8);
	// The whole of a straight piece of code is charged at its head.
	let operators = 30;
	let start = 1_700_000_000_000u64 * 1_000_000;
	assert_eq!(u64::from_le_bytes(clock.try_into().unwrap()), start + START + operators + costs::CALL);
	assert_eq!(hex::encode(random), "e8202b54c0cc3aacb90cb238193661c0");
	let other = run_fields(fields, &TaskContext { task: TaskIndex(1), ..context() });
	assert_eq!(other.output[..8], *clock);
	assert_ne!(other.output[8..], *random);
}

#[test]
fn the_whole_of_a_large_input_arrives() {
	// Reads 64 KiB at a time and echoes it.
	let fields = r#"
		(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(func (export "_start")
			(loop
				(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 60000))
				(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
				(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
				(br_if 0 (i32.load (i32.const 4)))))"#;
	let engine = Wasmtime::new().unwrap();
	let program = prepare(&engine, &command(fields));
	let input: Vec<u8> = (0..10_000_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
	let limits = Limits { fuel: Fuel(1 << 40), memory: PAGE, output: 10_000_000 };
	let execution = run(&engine, &program, &TaskContext { limits, ..context() }, &input);
	exited(&execution, 0);
	assert!(execution.output == input);
}

#[test]
fn a_fence_stops_what_this_machine_waits_for_no_longer() {
	let engine = Wasmtime::with_fence(Duration::from_millis(200)).unwrap();
	let forever = prepare(&engine, &command(r#"(func (export "_start") (loop (br 0)))"#));
	let begin = Instant::now();
	let fault = engine.run(&forever, &with_fuel(u64::MAX), b"").unwrap_err();
	assert_eq!(fault, LocalFault::Fenced { millis: 200 });
	assert!(begin.elapsed() < Duration::from_secs(20));
	// What ends in time ends as it does without a fence.
	let short = command(
		r#"(func (export "_start") (local i32) (loop (br_if 0 (i32.lt_u
		(local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100000)))))"#,
	);
	let bare = Wasmtime::new().unwrap();
	let context = with_fuel(10_000_000);
	assert_eq!(
		run(&engine, &prepare(&engine, &short), &context, b""),
		run(&bare, &prepare(&bare, &short), &context, b"")
	);
}

#[test]
fn tasks_run_beside_each_other() {
	let engine = Wasmtime::new().unwrap();
	let program = prepare(&engine, &command(&writer(10)));
	let expected = run(&engine, &program, &context(), b"");
	std::thread::scope(|scope| {
		for _ in 0..8 {
			scope.spawn(|| {
				for _ in 0..20 {
					assert_eq!(run(&engine, &program, &context(), b""), expected);
				}
			});
		}
	});
}

/// A straight piece of code from a few operators, all of which leave one i32 on the stack.
fn arithmetic() -> impl Strategy<Value = String> {
	let leaf =
		prop_oneof![any::<i32>().prop_map(|n| format!("(i32.const {n})")), Just("(local.get 0)".to_string())];
	leaf.prop_recursive(5, 60, 2, |inner| {
		prop_oneof![
			(
				prop::sample::select(vec![
					"add", "sub", "mul", "div_s", "rem_u", "xor", "shl", "rotr", "lt_s"
				]),
				inner.clone(),
				inner.clone()
			)
				.prop_map(|(op, a, b)| format!("(i32.{op} {a} {b})")),
			inner.clone().prop_map(|a| format!("(i32.load {a})")),
			inner.clone().prop_map(|a| format!("(local.tee 0 {a})")),
			inner.clone().prop_map(|a| format!("(i32.trunc_f32_s (f32.sqrt (f32.convert_i32_s {a})))")),
			(inner.clone(), inner.clone(), inner)
				.prop_map(|(a, b, c)| format!("(if (result i32) {a} (then {b}) (else {c}))")),
		]
	})
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(40))]
	#[test]
	fn the_same_task_ends_the_same_everywhere(code in arithmetic(), fuel in 1u64..200) {
		let module = command(&format!(r#"{EXIT} (func (export "_start") (local i32) (call $exit {code}))"#));
		let outcome = |engine: &Wasmtime| run(engine, &prepare(engine, &module), &with_fuel(START + fuel + costs::CALL), b"");
		let (one, other) = (Wasmtime::new().unwrap(), Wasmtime::with_fence(Duration::from_secs(60)).unwrap());
		let first = outcome(&one);
		prop_assert_eq!(&outcome(&one), &first);
		prop_assert_eq!(&outcome(&other), &first);
	}
}
