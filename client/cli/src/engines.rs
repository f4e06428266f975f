//! The engines that this machine can run programs on.

use clap::ValueEnum;
use ergon_executor_core::{Engine, Execution, LocalFault, Prepared, TaskContext};
use ergon_executor_wasmi::Wasmi;
use ergon_executor_wasmtime::Wasmtime;

/// An engine as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
	/// Compiles: what providers use.
	Wasmtime,
	/// Interprets: several times slower, and made by others, so that the two can be compared.
	Wasmi,
}

/// An engine chosen by its name.
pub enum AnyEngine {
	Wasmtime(Wasmtime),
	Wasmi(Wasmi),
}

/// A program on the engine that prepared it.
pub enum AnyProgram {
	Wasmtime(<Wasmtime as Engine>::Program),
	Wasmi(<Wasmi as Engine>::Program),
}

impl AnyEngine {
	/// Sets the engine up.
	pub fn new(name: EngineName) -> Result<Self, LocalFault> {
		Ok(match name {
			EngineName::Wasmtime => Self::Wasmtime(Wasmtime::new()?),
			EngineName::Wasmi => Self::Wasmi(Wasmi::new()?),
		})
	}
}

impl Engine for AnyEngine {
	type Program = AnyProgram;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<AnyProgram>, LocalFault> {
		Ok(match self {
			Self::Wasmtime(engine) => wrap(engine.prepare(module)?, AnyProgram::Wasmtime),
			Self::Wasmi(engine) => wrap(engine.prepare(module)?, AnyProgram::Wasmi),
		})
	}

	fn run(
		&self,
		program: &AnyProgram,
		context: &TaskContext,
		input: &[u8],
	) -> Result<Execution, LocalFault> {
		match (self, program) {
			(Self::Wasmtime(engine), AnyProgram::Wasmtime(program)) => engine.run(program, context, input),
			(Self::Wasmi(engine), AnyProgram::Wasmi(program)) => engine.run(program, context, input),
			_ => Err(LocalFault::Engine("the program was prepared by another engine".into())),
		}
	}
}

fn wrap<P>(prepared: Prepared<P>, into: impl FnOnce(P) -> AnyProgram) -> Prepared<AnyProgram> {
	match prepared {
		Prepared::Ready(program) => Prepared::Ready(into(program)),
		Prepared::Refused(reason) => Prepared::Refused(reason),
	}
}
