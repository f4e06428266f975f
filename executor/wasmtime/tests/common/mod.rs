//! What the tests share.
#![allow(dead_code)] // Each test file uses a part.

use ergon_executor_core::{Engine, Execution, Outcome, Prepared, Refusal, TaskContext, TrapKind};
use ergon_executor_wasmtime::{Program, Wasmtime};
use ergon_primitives::{BlobId, Fuel, JobId, Limits, TaskIndex};

pub fn context() -> TaskContext {
	TaskContext {
		job: JobId(7),
		task: TaskIndex(0),
		tasks: 1,
		time: 1_700_000_000_000,
		args: Vec::new(),
		limits: Limits { fuel: Fuel(1_000_000), memory: 1 << 20, output: 1 << 10 },
	}
}

pub fn try_prepare(engine: &Wasmtime, module: &[u8]) -> Result<Program, Refusal> {
	match engine.prepare(module).unwrap() {
		Prepared::Ready(program) => Ok(program),
		Prepared::Refused(reason) => Err(reason),
	}
}

pub fn prepare(engine: &Wasmtime, module: &[u8]) -> Program {
	try_prepare(engine, module).unwrap_or_else(|reason| panic!("refused: {reason}"))
}

pub fn run(engine: &Wasmtime, program: &Program, context: &TaskContext, input: &[u8]) -> Execution {
	engine.run(program, context, input).unwrap()
}

/// A command of these fields, with a page of memory.
pub fn command(fields: &str) -> Vec<u8> {
	wat::parse_str(format!(r#"(module {fields} (memory (export "memory") 1))"#)).unwrap()
}

/// Runs the body of a `_start`.
pub fn run_body(body: &str) -> Execution {
	run_fields(&format!(r#"(func (export "_start") {body})"#), &context())
}

pub fn run_fields(fields: &str, context: &TaskContext) -> Execution {
	let engine = Wasmtime::new().unwrap();
	run(&engine, &prepare(&engine, &command(fields)), context, b"")
}

/// Checks that a program exited so, with an outcome that names its output; gives the fuel.
pub fn exited(execution: &Execution, expected: u32) -> Fuel {
	match execution.outcome {
		Outcome::Exited { code, output, output_len, fuel } => {
			assert_eq!(code, expected, "{}", String::from_utf8_lossy(&execution.stderr));
			assert_eq!(
				(output, output_len as usize),
				(BlobId::of(&execution.output), execution.output.len())
			);
			fuel
		},
		other => panic!("{other:?}: {}", String::from_utf8_lossy(&execution.stderr)),
	}
}

pub fn trap(execution: &Execution) -> TrapKind {
	match execution.outcome {
		Outcome::Trapped { kind, .. } => kind,
		other => panic!("{other:?}"),
	}
}
