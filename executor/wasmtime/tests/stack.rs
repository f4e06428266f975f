//! The profile's limit of the stack always comes before the native stack's end, whatever a program's frames look like.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

mod common;
#[path = "stack/frames.rs"]
mod frames;

use common::{context, prepare, run, trap};
use ergon_executor_core::{instrument::STACK_BYTES_PER_UNIT, Outcome, TrapKind};
use ergon_executor_wasmtime::{on_task_stack, Wasmtime};
use ergon_primitives::Fuel;
use frames::{bytes_per_unit, shapes, Shape};

fn deep(engine: &Wasmtime, shape: &Shape) -> Outcome {
	let module =
		wat::parse_str(format!(r#"(module (memory (export "memory") 2) {})"#, shape.fields(""))).unwrap();
	let mut context = context();
	context.limits.fuel = Fuel(1 << 40);
	run(engine, &prepare(engine, &module), &context, b"").outcome
}

#[test]
fn no_frame_should_take_more_than_half_of_what_is_there_for_its_units() {
	let mut most = 0.0;
	for shape in shapes() {
		let bytes = bytes_per_unit(&shape);
		println!("{bytes:6.2} bytes for each unit: {}", shape.name);
		most = f64::max(most, bytes);
	}
	assert!(most * 2.0 <= STACK_BYTES_PER_UNIT as f64, "{most} of {STACK_BYTES_PER_UNIT}");
	assert!(
		most * 4.0 >= STACK_BYTES_PER_UNIT as f64,
		"the largest frames are no longer among these: {most}"
	);
}

#[test]
fn recursion_without_end_should_meet_the_limit_of_the_profile() {
	let engine = Wasmtime::new().unwrap();
	for shape in shapes() {
		let outcome = deep(&engine, &shape);
		assert!(
			matches!(outcome, Outcome::Trapped { kind: TrapKind::StackExhausted, .. }),
			"{}: {outcome}",
			shape.name
		);
	}
}

#[test]
fn a_call_of_the_host_should_have_its_stack_at_the_limit() {
	// Calls the host at each depth, the last time with next to nothing left.
	let fields = r#"
		(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
		(func $f (export "_start") (drop (call $random (i32.const 0) (i32.const 16))) (call $f))"#;
	let mut context = context();
	context.limits.fuel = Fuel(1 << 40);
	let execution = common::run_fields(fields, &context);
	assert_eq!(trap(&execution), TrapKind::StackExhausted);
	let engine = Wasmtime::for_child().unwrap();
	let program = prepare(&engine, &common::command(fields));
	let here = on_task_stack(|| run(&engine, &program, &context, b"")).unwrap();
	assert_eq!(here, execution, "and the same on a thread that is kept");
}
