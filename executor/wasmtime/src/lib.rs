//! The fast engine: tasks run on wasmtime, compiled ahead of time by Cranelift.
//!
//! What decides an outcome is in the module that `ergon-executor-core` admits; this crate only carries it out, and every
//! limit of its own ends a task as a [`LocalFault`].
//!
//! A program is compiled once: [`Wasmtime::compile`] gives [`Code`], which a [`Cache`] keeps on disk and
//! [`Wasmtime::load`] makes ready to run. They are apart so that they may happen in different processes.

mod cache;
mod code;
mod config;
mod fence;
mod host;
mod run;
mod stack;

pub use cache::{Cache, CacheKey, CacheName};
pub use code::Code;
pub use config::{on_demand, MAX_STACK};
pub use stack::on_task_stack;

use cache::Fingerprint;
use code::{compile_fault, Facts};
use config::Slots;
use ergon_executor_core::{
	admit, Admitted, Engine, Execution, LocalFault, Outcome, Prepared, Refusal, TaskContext,
};
use fence::Ticker;
use host::State;
use std::{sync::Arc, time::Duration};
use wasmtime::{InstancePre, Linker, Module};

/// The engine. Cheap to clone; the clones share compiled code and may be used from any number of threads.
#[derive(Clone)]
pub struct Wasmtime {
	engine: wasmtime::Engine,
	linker: Arc<Linker<State>>,
	fingerprint: Fingerprint,
	fence: Option<Arc<Ticker>>,
}

/// A program, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Program {
	code: InstancePre<State>,
	facts: Facts,
}

impl Program {
	fn link(linker: &Linker<State>, module: &Module, facts: Facts) -> Result<Self, LocalFault> {
		Ok(Self { code: linker.instantiate_pre(module).map_err(compile_fault)?, facts })
	}
}

impl Wasmtime {
	/// An engine that runs any number of tasks at a time, each for as long as its fuel lasts.
	pub fn new() -> Result<Self, LocalFault> {
		Self::build(None, Slots::OnDemand)
	}

	/// The same, but a task that runs for longer than this, by the clock on the wall, ends as [`LocalFault::Fenced`].
	pub fn with_fence(longest: Duration) -> Result<Self, LocalFault> {
		Self::build(Some(longest), Slots::OnDemand)
	}

	/// An engine for a process that does one thing at a time: the memory of one task is kept for the next one, and
	/// nothing needs a second thread.
	pub fn for_child() -> Result<Self, LocalFault> {
		Self::build(None, Slots::One)
	}

	fn build(fence: Option<Duration>, slots: Slots) -> Result<Self, LocalFault> {
		let setup = |error: wasmtime::Error| LocalFault::Setup(format!("{error:#}"));
		let engine = wasmtime::Engine::new(&config::config(fence.is_some(), slots)).map_err(setup)?;
		let linker = Arc::new(host::linker(&engine).map_err(setup)?);
		let fingerprint = Fingerprint::of(&engine);
		let fence = fence.map(|longest| Ticker::start(&engine, longest)).transpose()?.map(Arc::new);
		Ok(Self { engine, linker, fingerprint, fence })
	}

	/// Admits a module and compiles it. Maps nothing.
	pub fn compile(&self, module: &[u8]) -> Result<Prepared<Code>, LocalFault> {
		admitted(module, |admitted| Code::compile(&self.engine, &admitted))
	}

	/// Makes compiled code ready to run.
	pub fn load(&self, code: &Code) -> Result<Program, LocalFault> {
		code.load(&self.engine, &self.linker)
	}

	/// What a module's compiled code is kept under.
	pub fn cache_name(&self, module: &[u8]) -> CacheName {
		CacheName::new(module, self.fingerprint)
	}

	/// As [`Engine::prepare`], with code from a cache, or for it.
	pub fn prepare_cached(&self, cache: &Cache, module: &[u8]) -> Result<Prepared<Program>, LocalFault> {
		let name = self.cache_name(module);
		if let Some(Ok(program)) = cache.get(&name).map(|code| self.load(&code)) {
			return Ok(Prepared::Ready(program));
		}
		let code = match self.compile(module)? {
			Prepared::Ready(code) => code,
			Prepared::Refused(reason) => return Ok(Prepared::Refused(reason)),
		};
		if let Err(error) = cache.put(&name, &code) {
			tracing::warn!(%error, "a compiled program cannot be kept");
		}
		self.load(&code).map(Prepared::Ready)
	}
}

impl Engine for Wasmtime {
	type Program = Program;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Program>, LocalFault> {
		admitted(module, |admitted| {
			let module = Module::from_binary(&self.engine, &admitted.module).map_err(compile_fault)?;
			Program::link(&self.linker, &module, Facts::from(&admitted))
		})
	}

	fn run(&self, program: &Program, context: &TaskContext, input: &[u8]) -> Result<Execution, LocalFault> {
		if program.facts.initial_memory > context.limits.memory {
			let reason = Refusal::MemoryAboveLimit;
			return Ok(Execution::without_run(Outcome::InvalidModule { reason }));
		}
		run::on_any_thread(&self.engine, program, context, input, self.fence.as_deref())
	}
}

/// Goes on with a module that is admitted.
fn admitted<T>(
	module: &[u8],
	go_on: impl FnOnce(Admitted) -> Result<T, LocalFault>,
) -> Result<Prepared<T>, LocalFault> {
	match admit(module) {
		Ok(admitted) => go_on(admitted).map(Prepared::Ready),
		Err(rejected) => {
			tracing::debug!(%rejected, "module refused");
			Ok(Prepared::Refused(rejected.reason))
		},
	}
}
