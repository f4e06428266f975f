//! What the suites about child processes share.

#![allow(dead_code)] // Each suite uses a part.

use ergon_executor_core::{Engine, Execution, LocalFault, Outcome, Prepared, TaskContext};
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use ergon_worker::{
	pipeline::{Fenced, StopHandle},
	sandbox::{Launch, Pool, Program},
};
use std::{
	fs, thread,
	time::{Duration, Instant},
};

/// Children of the real worker.
pub fn launch() -> Launch {
	Launch { program: env!("CARGO_BIN_EXE_ergon-worker").into(), ..Launch::this_program(false) }
}

/// A pool of the real worker's children.
pub fn pool(slots: usize) -> Pool {
	Pool::start(launch(), slots, None).unwrap()
}

/// The same pool with a fence.
pub fn within(pool: &Pool, longest: Duration) -> Pool {
	let (handle, stop) = StopHandle::new();
	// Dropped, it would ask for the end.
	std::mem::forget(handle);
	pool.within(longest, &stop)
}

/// A task with some room for everything.
pub fn context() -> TaskContext {
	TaskContext {
		job: JobId(1),
		task: TaskIndex(0),
		tasks: 1,
		time: 1_000,
		args: Vec::new(),
		limits: Limits { fuel: Fuel(10_000_000_000), memory: 64 << 20, output: 1 << 20 },
	}
}

/// A program in text, compiled.
pub fn ready(pool: &Pool, wat: &str) -> Program {
	match pool.prepare(&wat::parse_str(wat).unwrap()).unwrap() {
		Prepared::Ready(program) => program,
		Prepared::Refused(reason) => panic!("{reason}"),
	}
}

/// Compiles and runs a program in text.
pub fn run(pool: &Pool, wat: &str, input: &[u8]) -> Result<Execution, LocalFault> {
	pool.run(&ready(pool, wat), &context(), input)
}

/// What a program printed that exited with 0.
pub fn printed(execution: &Execution) -> &[u8] {
	assert!(execution.outcome.is_success(), "{:?}", execution.outcome);
	&execution.output
}

/// The outcome alone.
pub fn outcome(pool: &Pool, wat: &str) -> Outcome {
	run(pool, wat, b"").unwrap().outcome
}

/// Prints its input, read in pieces of 64 KiB.
pub const ECHO: &str = r#"(module
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 3)
	(func (export "_start")
		(loop $more
			(i32.store (i32.const 0) (i32.const 65536))
			(i32.store (i32.const 4) (i32.const 65536))
			(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
			(if (i32.load (i32.const 4)) (then
				(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
				(br $more))))))"#;

/// Adds one to a byte of its memory and to a global, and prints both: 1 and 1, unless something is left of an earlier
/// task.
pub const COUNTER: &str = r#"(module
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 2)
	(global $count (mut i32) (i32.const 0))
	(func (export "_start")
		(global.set $count (i32.add (global.get $count) (i32.const 1)))
		(i32.store8 (i32.const 70000) (i32.add (i32.load8_u (i32.const 70000)) (i32.const 1)))
		(i32.store8 (i32.const 16) (i32.load8_u (i32.const 70000)))
		(i32.store8 (i32.const 17) (global.get $count))
		(i32.store (i32.const 0) (i32.const 16))
		(i32.store (i32.const 4) (i32.const 2))
		(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// Never ends.
pub const FOREVER: &str = r#"(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))"#;

/// Does nothing.
pub const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// The processes that this one has started.
pub fn children(parent: u32) -> Vec<u32> {
	let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| {
		let pid: u32 = entry.unwrap().file_name().to_str()?.parse().ok()?;
		// "pid (name) state parent ..."
		let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
		let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
		let alive = fields.next()? != "Z";
		(alive && fields.next()?.parse() == Ok(parent)).then_some(pid)
	});
	processes.collect()
}

/// Waits for something, for a minute.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
	let start = Instant::now();
	while !holds() {
		assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
		thread::sleep(Duration::from_millis(20));
	}
}
