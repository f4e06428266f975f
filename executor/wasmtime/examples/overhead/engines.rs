//! The ways in which a program is run.

use ergon_executor_core::{
	host::{Function, Host, Param, MODULE},
	Engine, Prepared, TaskContext,
};
use ergon_executor_wasmtime::{Program, Wasmtime};
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use std::{path::PathBuf, process::Command};
use wasmtime::{Caller, Config, Extern, FuncType, InstancePre, Linker, Module, Store, Val, ValType};

/// A program that is ready to be run.
pub trait Way {
	/// Runs it; gives what it printed.
	fn run(&self) -> Vec<u8>;
}

/// A task without input that may use what it likes.
pub fn context() -> TaskContext {
	let limits = Limits { fuel: Fuel(1 << 62), memory: 1 << 30, output: 1 << 10 };
	TaskContext { job: JobId(0), task: TaskIndex(0), tasks: 1, time: 0, args: Vec::new(), limits }
}

/// As a provider runs it.
pub struct Ours {
	engine: Wasmtime,
	program: Program,
}

impl Ours {
	pub fn new(module: &[u8]) -> Self {
		let engine = Wasmtime::new().unwrap();
		let Prepared::Ready(program) = engine.prepare(module).unwrap() else {
			panic!("the program is refused")
		};
		Self { engine, program }
	}
}

impl Way for Ours {
	fn run(&self) -> Vec<u8> {
		let execution = self.engine.run(&self.program, &context(), &[]).unwrap();
		assert!(execution.outcome.is_success(), "{}", execution.outcome);
		execution.output
	}
}

/// As it is, on the engine alone, which may do in its own way what the profile writes into a program.
pub struct Bare {
	program: InstancePre<Host>,
	metered: bool,
}

impl Bare {
	pub fn new(module: &[u8], metered: bool, canonical: bool) -> Self {
		let mut config = Config::new();
		config.consume_fuel(metered).cranelift_nan_canonicalization(canonical);
		let engine = wasmtime::Engine::new(&config).unwrap();
		let module = Module::new(&engine, module).unwrap();
		Self { program: linker(&engine).instantiate_pre(&module).unwrap(), metered }
	}
}

impl Way for Bare {
	fn run(&self) -> Vec<u8> {
		let mut store = Store::new(self.program.module().engine(), Host::new(&context(), Vec::new()));
		if self.metered {
			store.set_fuel(u64::MAX).unwrap();
		}
		let instance = self.program.instantiate(&mut store).unwrap();
		instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap().call(&mut store, ()).unwrap();
		store.into_data().finish(ergon_executor_core::host::Ending::Returned, 0).output
	}
}

fn linker(engine: &wasmtime::Engine) -> Linker<Host> {
	let mut linker = Linker::new(engine);
	for function in Function::ALL.iter().copied() {
		let params = function.params().iter().map(|param| match param {
			Param::I32 => ValType::I32,
			Param::I64 => ValType::I64,
		});
		let ty = FuncType::new(engine, params, function.returns().then_some(ValType::I32));
		let call = move |mut caller: Caller<'_, Host>, args: &[Val], results: &mut [Val]| {
			let args: Vec<u64> =
				args.iter().map(|arg| arg.i64().unwrap_or_else(|| arg.unwrap_i32().into()) as u64).collect();
			let Some(Extern::Memory(memory)) = caller.get_export("memory") else { panic!("no memory") };
			let (mut bytes, host) = memory.data_and_store_mut(&mut caller);
			let errno =
				host.call(function, &args, &mut bytes, &mut 0).expect("the program returns from its start");
			results[0] = Val::I32(i32::from(errno as u16));
			Ok(())
		};
		linker.func_new(MODULE, function.name(), ty, call).unwrap();
	}
	linker
}

/// The same source as an executable of this machine. Starting its process counts too: about a millisecond.
pub struct Native(PathBuf);

impl Native {
	pub fn new(executable: &std::path::Path) -> Self {
		Self(executable.to_path_buf())
	}
}

impl Way for Native {
	fn run(&self) -> Vec<u8> {
		let output = Command::new(&self.0).output().unwrap();
		assert!(output.status.success(), "{}: {}", self.0.display(), output.status);
		output.stdout
	}
}
