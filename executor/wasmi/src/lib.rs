//! The second engine: tasks run on wasmi, an interpreter.
//!
//! What decides an outcome stands in `ergon-executor-core` and in the instrumented module; this crate carries it out, and
//! shares nothing with the first engine but that definition. It exists to be compared with: any difference between the
//! two is a defect of one of them. It also builds without `std` and for `wasm32v1-none`, so that a referee can run
//! inside a runtime what two providers disagree about.
//!
//! It has no compiled code to keep, and no fence: what it runs ends when its fuel does.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod config;
mod host;
mod labels;
mod mend;
mod run;

pub use config::config;
pub use mend::mend;

use alloc::{format, sync::Arc};
use ergon_executor_core::{admit, Engine, Execution, LocalFault, Outcome, Prepared, Refusal, TaskContext};
use host::State;
use wasmi::{Linker, Module};

/// The engine. Cheap to clone; may be used from any number of threads.
#[derive(Clone)]
pub struct Wasmi {
	engine: wasmi::Engine,
	linker: Arc<Linker<State>>,
}

/// A program, translated to the interpreter's own code. Cheap to clone.
#[derive(Clone)]
pub struct Program {
	code: Module,
	initial_memory: u64,
	maximum_pages: u64,
	start_fuel: u64,
}

impl Wasmi {
	/// An engine.
	pub fn new() -> Result<Self, LocalFault> {
		let engine = wasmi::Engine::new(&config());
		let linker = host::linker(&engine).map_err(|error| LocalFault::Setup(format!("{error}")))?;
		Ok(Self { engine, linker: Arc::new(linker) })
	}
}

impl Engine for Wasmi {
	type Program = Program;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Program>, LocalFault> {
		let admitted = match admit(module) {
			Ok(admitted) => admitted,
			Err(rejected) => return Ok(Prepared::Refused(rejected.reason)),
		};
		let code = mend(&admitted.module)
			.and_then(|module| Module::new(&self.engine, &module).map_err(|error| format!("{error}")))
			.map_err(LocalFault::Compile)?;
		Ok(Prepared::Ready(Program {
			code,
			initial_memory: admitted.initial_memory,
			maximum_pages: admitted.maximum_pages,
			start_fuel: admitted.start_fuel,
		}))
	}

	fn run(&self, program: &Program, context: &TaskContext, input: &[u8]) -> Result<Execution, LocalFault> {
		if program.initial_memory > context.limits.memory {
			let reason = Refusal::MemoryAboveLimit;
			return Ok(Execution::without_run(Outcome::InvalidModule { reason }));
		}
		run::run(&self.engine, &self.linker, program, context, input)
	}
}
