//! The host interface on wasmtime: every function of the core's table, handed to the core's host.

use crate::fence::Local;
use ergon_executor_core::{
	admission::MAX_TABLE_ENTRIES,
	host::{Function, Host, Param, Stop, MODULE},
	LocalFault,
};
use wasmtime::{Caller, Engine, Extern, FuncType, Linker, ResourceLimiter, Result, Val, ValType};

/// What a run keeps beside the program.
pub(crate) struct State {
	pub(crate) host: Host,
	/// The fuel that the store was given: one more than the limit, so that having used the limit and having
	/// overdrawn it are told apart.
	pub(crate) granted: u64,
	pub(crate) memory_limit: usize,
}

/// The end of a program in a call of the host.
#[derive(Debug, thiserror::Error)]
#[error("the program was stopped: {0:?}")]
pub(crate) struct Stopped(pub(crate) Stop);

pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>> {
	let mut linker = Linker::new(engine);
	for function in Function::ALL.iter().copied() {
		let params = function.params().iter().map(|param| match param {
			Param::I32 => ValType::I32,
			Param::I64 => ValType::I64,
		});
		let ty = FuncType::new(engine, params, function.returns().then_some(ValType::I32));
		linker.func_new(MODULE, function.name(), ty, move |caller, args, results| {
			call(function, caller, args, results)
		})?;
	}
	Ok(linker)
}

/// More than any function takes.
const MAX_ARGS: usize = 9;

fn call(function: Function, mut caller: Caller<'_, State>, vals: &[Val], results: &mut [Val]) -> Result<()> {
	let mut args = [0; MAX_ARGS];
	for (arg, val) in args.iter_mut().zip(vals) {
		*arg = match val {
			Val::I32(value) => u64::from(*value as u32),
			Val::I64(value) => *value as u64,
			_ => return Err(wasmtime::Error::msg("an argument that no function of the host takes")),
		};
	}
	let remaining = caller.get_fuel()?;
	// Admission has seen to it that there is one.
	let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
		return Err(wasmtime::Error::msg("the program has no memory"));
	};
	let (mut bytes, state) = memory.data_and_store_mut(&mut caller);
	let granted = state.granted;
	let mut spent = granted.saturating_sub(remaining);
	let answer = state.host.call(function, args.get(..vals.len()).unwrap_or(&args), &mut bytes, &mut spent);
	caller.set_fuel(granted.saturating_sub(spent))?;
	let errno = answer.map_err(Stopped)?;
	if let Some(result) = results.first_mut() {
		*result = Val::I32(i32::from(errno as u16));
	}
	Ok(())
}

impl ResourceLimiter for State {
	fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
		Ok(desired <= self.memory_limit && maximum.is_none_or(|maximum| desired <= maximum))
	}

	/// Only reached by what was allowed above: the machine is short of memory, and the program must not see it.
	fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
		Err(Local(LocalFault::Memory(format!("{error:#}"))).into())
	}

	fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
		Ok(desired <= MAX_TABLE_ENTRIES as usize && maximum.is_none_or(|maximum| desired <= maximum))
	}
}
