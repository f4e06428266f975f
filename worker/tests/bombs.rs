//! The bombs suite: programs that are made to hurt the machine that compiles or runs them.
//!
//! Each is run beside a good program in another child, again and again: whatever the bomb does, its neighbour gives its
//! right answer, and the pool that has met the bomb goes on working.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

mod common;

use common::*;
use ergon_executor_core::{Engine, Execution, LocalFault, Outcome, Prepared, TaskContext, TrapKind};
use ergon_primitives::Fuel;
use ergon_worker::sandbox::{Pool, Program};
use std::{
	fmt::Write,
	sync::atomic::{AtomicBool, Ordering},
	thread,
	time::Duration,
};

/// What a bomb may take at most here. Much less than the worker would let it.
const FENCE: Duration = Duration::from_secs(300);

/// Does something with a pool while a good program runs beside it, and once more after it.
fn beside_a_good_program<T: Send>(explode: impl FnOnce(&Pool) -> T + Send) -> T {
	let pool = pool(2);
	let good = ready(&pool, ECHO);
	let check = |pool: &Pool, good: &Program, round: u32| {
		let input = round.to_le_bytes().repeat(50_000);
		assert_eq!(printed(&pool.run(good, &context(), &input).unwrap()), input, "round {round}");
	};
	let over = AtomicBool::new(false);
	let result = thread::scope(|scope| {
		let (fenced, over) = (within(&pool, FENCE), &over);
		let bomb = scope.spawn(move || {
			let result = explode(&fenced);
			over.store(true, Ordering::SeqCst);
			result
		});
		let mut round = 0;
		while !over.load(Ordering::SeqCst) && !bomb.is_finished() {
			check(&pool, &good, round);
			round += 1;
		}
		bomb.join()
	});
	check(&pool, &good, u32::MAX);
	assert_eq!(printed(&run(&pool, COUNTER, b"").unwrap()), [1, 1], "a program that is new to the pool");
	result.unwrap()
}

/// Runs a program in text, with more memory and fuel if it asks for them.
fn explode(pool: &Pool, wat: &str, change: impl FnOnce(&mut TaskContext)) -> Result<Execution, LocalFault> {
	let mut context = context();
	change(&mut context);
	pool.run(&ready(pool, wat), &context, b"")
}

fn outcome_of(wat: &str, change: impl FnOnce(&mut TaskContext) + Send) -> Outcome {
	beside_a_good_program(|pool| explode(pool, wat, change)).unwrap().outcome
}

#[test]
fn a_loop_without_end_should_end_with_its_fuel() {
	assert_eq!(
		outcome_of(FOREVER, |context| context.limits.fuel = Fuel(2_000_000_000)),
		Outcome::OutOfFuel { fuel: Fuel(2_000_000_000) }
	);
}

#[test]
fn a_loop_with_endless_fuel_should_end_at_the_fence() {
	let fault = beside_a_good_program(|pool| {
		explode(&within(pool, Duration::from_secs(2)), FOREVER, |context| {
			context.limits.fuel = Fuel(u64::MAX)
		})
	});
	assert_eq!(fault.unwrap_err(), LocalFault::Fenced { millis: 2_000 });
}

#[test]
fn deep_recursion_should_exhaust_the_stack_and_nothing_else() {
	let wat = r#"(module (memory (export "memory") 1)
		(func $down (param i64) (result i64)
			(i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (local.get 0)))
		(func (export "_start") (drop (call $down (i64.const 0)))))"#;
	let outcome = outcome_of(wat, |_| ());
	assert!(matches!(outcome, Outcome::Trapped { kind: TrapKind::StackExhausted, .. }), "{outcome:?}");
}

#[test]
fn growing_to_four_gigabytes_should_be_given_or_refused_as_the_limit_says() {
	// Grows by a page as often as it can, and exits with how many it has.
	let wat = r#"(module
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(memory (export "memory") 1)
		(func (export "_start")
			(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
			(call $exit (memory.size))))"#;
	for (limit, pages) in [(4 << 30, 65_521), (64 << 20, 1_009), (64 << 10, 1)] {
		let outcome = outcome_of(wat, |context| {
			context.limits.memory = limit;
			context.limits.fuel = Fuel(1 << 50);
		});
		assert!(matches!(outcome, Outcome::Exited { code, .. } if code == pages), "{limit}: {outcome:?}");
	}
}

#[test]
fn output_without_end_should_end_at_the_limit() {
	let wat = r#"(module
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(memory (export "memory") 16)
		(func (export "_start")
			(i32.store (i32.const 4) (i32.const 1000000))
			(loop $more
				(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
				(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
				(br $more))))"#;
	let outcome = outcome_of(wat, |context| context.limits.output = 64 << 20);
	assert!(matches!(outcome, Outcome::OutputTooLarge { .. }), "{outcome:?}");
}

#[test]
fn filling_a_gigabyte_again_and_again_should_cost_fuel_by_the_byte() {
	let wat = r#"(module
		(memory (export "memory") 16384)
		(func (export "_start")
			(loop $more (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x40000000)) (br $more))))"#;
	let outcome = outcome_of(wat, |context| {
		context.limits.memory = 1 << 30;
		context.limits.fuel = Fuel(5_000_000_000);
	});
	assert_eq!(outcome, Outcome::OutOfFuel { fuel: Fuel(5_000_000_000) });
}

#[test]
fn a_table_of_a_million_entries_should_be_no_burden() {
	let wat = r#"(module
		(memory (export "memory") 1)
		(table 1048576 1048576 funcref)
		(func (export "_start") (local $at i32)
			(loop $more
				(drop (table.grow (ref.func 0) (i32.const 1)))
				(table.set (local.get $at) (ref.func 0))
				(br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 1048576))))
			(call_indirect (i32.const 1048576)))
		(elem declare func 0))"#;
	let outcome = outcome_of(wat, |_| ());
	assert!(matches!(outcome, Outcome::Trapped { kind: TrapKind::OutOfBoundsTable, .. }), "{outcome:?}");
}

/// Compiles, and runs what comes out, or meets the fence: the worker must survive it, and so must its neighbour.
fn compile_bomb(wat: &str) {
	let module = wat::parse_str(wat).unwrap();
	let result = beside_a_good_program(|pool| match pool.prepare(&module)? {
		Prepared::Ready(program) => pool.run(&program, &context(), b"").map(|execution| execution.outcome),
		Prepared::Refused(reason) => Ok(Outcome::InvalidModule { reason }),
	});
	assert!(matches!(result, Ok(_) | Err(LocalFault::Fenced { .. } | LocalFault::Memory(_))), "{result:?}");
}

#[test]
fn a_small_module_that_takes_long_to_compile_should_hold_up_nobody() {
	// Many values that are all alive across many branches: 147 KB of work for the register allocator.
	let mut body = String::new();
	let locals = 400;
	for at in 0..9_000 {
		let (a, b) = (at * 7 % locals, at * 13 % locals);
		write!(
			body,
			"(if (i64.eqz (local.get {a})) (then (local.set {b} (i64.add (local.get {b}) (local.get {a})))))"
		)
		.unwrap();
	}
	let locals = "i64 ".repeat(locals);
	compile_bomb(&format!(
		r#"(module (memory (export "memory") 1) (func (export "_start") (local {locals}) {body}))"#
	));
}

#[test]
fn a_giant_function_should_be_compiled_or_refused() {
	// Just below the largest body, and above it.
	for adds in [200_000, 400_000] {
		let body = "(local.set 0 (i32.add (local.get 0) (i32.const 1)))".repeat(adds);
		compile_bomb(&format!(
			r#"(module (memory (export "memory") 1) (func (export "_start") (local i32) {body}))"#
		));
	}
}

#[test]
fn nested_blocks_and_huge_branch_tables_should_hold_up_nobody() {
	let nested = format!("{}{}", "(block ".repeat(990), ")".repeat(990));
	let targets = (0..100_000).map(|at| format!("{} ", at % 900)).collect::<String>();
	let table = format!("{}(br_table {targets} (local.get 0)){}", "(block ".repeat(900), ")".repeat(900));
	for body in [nested, table] {
		compile_bomb(&format!(
			r#"(module (memory (export "memory") 1) (func (export "_start") (local i32) {body}))"#
		));
	}
}

#[test]
fn forks_signals_files_and_sockets_should_not_be_there_for_a_program() {
	// proc_raise(SIGKILL), path_open of "a" in directory 3, sock_send on 4: exits with the sum of the three errors.
	let wat = r#"(module
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(import "wasi_snapshot_preview1" "proc_raise" (func $raise (param i32) (result i32)))
		(import "wasi_snapshot_preview1" "path_open"
			(func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
		(memory (export "memory") 1)
		(func (export "_start")
			(if (i32.eqz (call $raise (i32.const 9))) (then unreachable))
			(if (i32.eqz (call $open
				(i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
				(i64.const -1) (i64.const -1) (i32.const 0) (i32.const 64))) (then unreachable))
			(call $exit (i32.const 7))))"#;
	let outcome = outcome_of(wat, |_| ());
	assert!(matches!(outcome, Outcome::Exited { code: 7, .. }), "{outcome:?}");
	// There is no `fork`, and who imports one is told so before anything runs.
	let fork = r#"(module (import "env" "fork" (func (result i32))) (memory (export "memory") 1) (func (export "_start")))"#;
	let prepared = pool(1).prepare(&wat::parse_str(fork).unwrap()).unwrap();
	assert!(matches!(prepared, Prepared::Refused(_)));
}
