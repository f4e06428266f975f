//! The fast engine: tasks run on wasmtime, compiled ahead of time by Cranelift.
//!
//! What decides an outcome stands in `ergon-executor-core`; this crate carries it out. Until fuel, call depth and NaN
//! are written into the module at admission, three rules of the profile are wasmtime's own: an operator costs one fuel
//! (its `consume_fuel`), NaNs are made canonical after every operator (Cranelift's `nan_canonicalization`), and calls
//! nest until [`MAX_STACK`] bytes of stack are used.

mod config;
mod fence;
mod host;
mod run;

pub use config::MAX_STACK;

use ergon_executor_core::{admit, Engine, Execution, LocalFault, Outcome, Prepared, Refusal, TaskContext};
use fence::Ticker;
use host::State;
use std::{sync::Arc, time::Duration};
use wasmtime::{InstancePre, Linker, Module};

/// The engine. Cheap to clone; the clones share compiled code and may be used from any number of threads.
#[derive(Clone)]
pub struct Wasmtime {
	engine: wasmtime::Engine,
	linker: Arc<Linker<State>>,
	fence: Option<Arc<Ticker>>,
}

/// A program, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Program {
	code: InstancePre<State>,
	initial_memory: u64,
}

impl Wasmtime {
	/// An engine that lets a task run for as long as its fuel lasts.
	pub fn new() -> Result<Self, LocalFault> {
		Self::build(None)
	}

	/// An engine that ends a task that runs for longer than this, by the clock on the wall, as
	/// [`LocalFault::Fenced`].
	pub fn with_fence(longest: Duration) -> Result<Self, LocalFault> {
		Self::build(Some(longest))
	}

	fn build(fence: Option<Duration>) -> Result<Self, LocalFault> {
		let setup = |error: wasmtime::Error| LocalFault::Setup(format!("{error:#}"));
		let engine = wasmtime::Engine::new(&config::config(fence.is_some())).map_err(setup)?;
		let linker = Arc::new(host::linker(&engine).map_err(setup)?);
		let fence = fence.map(|longest| Ticker::start(&engine, longest)).transpose()?.map(Arc::new);
		Ok(Self { engine, linker, fence })
	}
}

impl Engine for Wasmtime {
	type Program = Program;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Program>, LocalFault> {
		let admitted = match admit(module) {
			Ok(admitted) => admitted,
			Err(rejected) => {
				tracing::debug!(%rejected, "module refused");
				return Ok(Prepared::Refused(rejected.reason));
			},
		};
		let compile = |error: wasmtime::Error| LocalFault::Compile(format!("{error:#}"));
		let module = Module::from_binary(&self.engine, &admitted.module).map_err(compile)?;
		let code = self.linker.instantiate_pre(&module).map_err(compile)?;
		Ok(Prepared::Ready(Program { code, initial_memory: admitted.initial_memory }))
	}

	fn run(&self, program: &Program, context: &TaskContext, input: &[u8]) -> Result<Execution, LocalFault> {
		if program.initial_memory > context.limits.memory {
			let reason = Refusal::MemoryAboveLimit;
			return Ok(Execution::without_run(Outcome::InvalidModule { reason }));
		}
		run::in_own_thread(&self.engine, program, context, input, self.fence.as_deref())
	}
}
