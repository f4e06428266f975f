//! The host interface on wasmtime: every function of the core's table, handed to the core's host.

use crate::fence::Local;
use ergon_executor_core::{
	host::{Function, Host, Param, Stop, MODULE},
	LocalFault,
};
use wasmtime::{Caller, Engine, Global, Linker, Memory, Result, Val};

/// What a run keeps beside the program.
pub(crate) struct State {
	pub(crate) host: Host,
	/// The fuel that the program may use.
	pub(crate) limit: i64,
	/// There as soon as the program can call.
	pub(crate) guest: Option<Guest>,
}

/// What the host uses of an instance.
#[derive(Clone, Copy)]
pub(crate) struct Guest {
	pub(crate) memory: Memory,
	pub(crate) fuel: Global,
}

/// The end of a program in a call of the host.
#[derive(Debug, thiserror::Error)]
#[error("the program was stopped: {0:?}")]
pub(crate) struct Stopped(pub(crate) Stop);

/// The types that wasmtime passes parameters as.
mod wasm {
	pub(super) type I32 = u32;
	pub(super) type I64 = u64;
}

/// Defines a function whose signature is one of these. Calls of typed functions need no values on the heap.
macro_rules! define {
	($linker:ident, $function:ident; $(($($arg:ident $ty:ident),*),)*) => {
		match $function.params() {
			$([$(Param::$ty),*] => {
				$linker.func_wrap(
					MODULE,
					$function.name(),
					move |caller: Caller<'_, State>, $($arg: wasm::$ty),*| call($function, caller, &[$(u64::from($arg)),*]),
				)?;
			},)*
			_ => return Err(wasmtime::Error::msg(format!("{} has a signature without a line here", $function.name()))),
		}
	};
}

pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>> {
	let mut linker = Linker::new(engine);
	for function in Function::ALL.iter().copied() {
		if !function.returns() {
			linker.func_wrap(MODULE, function.name(), move |caller: Caller<'_, State>, code: u32| {
				call(function, caller, &[u64::from(code)]).map(|_| ())
			})?;
			continue;
		}
		define! { linker, function;
			(),
			(a I32),
			(a I32, b I32),
			(a I32, b I32, c I32),
			(a I32, b I32, c I32, d I32),
			(a I32, b I32, c I32, d I32, e I32),
			(a I32, b I32, c I32, d I32, e I32, f I32),
			(a I32, b I32, c I32, d I32, e I32, f I32, g I32),
			(a I32, b I64),
			(a I32, b I64, c I32),
			(a I32, b I64, c I64),
			(a I32, b I64, c I64, d I32),
			(a I32, b I64, c I32, d I32),
			(a I32, b I32, c I32, d I64, e I32),
			(a I32, b I32, c I32, d I32, e I64, f I64, g I32),
			(a I32, b I32, c I32, d I32, e I32, f I64, g I64, h I32, i I32),
		}
	}
	Ok(linker)
}

fn call(function: Function, mut caller: Caller<'_, State>, args: &[u64]) -> Result<u32> {
	let Some(Guest { memory, fuel }) = caller.data().guest else {
		return Err(wasmtime::Error::msg("the program calls before it is there"));
	};
	let left = fuel.get(&mut caller).i64().unwrap_or_default();
	let (mut bytes, state) = memory.data_and_store_mut(&mut caller);
	let limit = state.limit;
	let mut spent = used(limit, left);
	let answer = state.host.call(function, args, &mut bytes, &mut spent);
	let left = i64::try_from(i128::from(limit) - i128::from(spent)).unwrap_or(i64::MIN);
	fuel.set(&mut caller, Val::I64(left))?;
	answer.map(|errno| u32::from(errno as u16)).map_err(|stop| Stopped(stop).into())
}

/// The fuel that was spent where so much is left of a limit.
pub(crate) fn used(limit: i64, left: i64) -> u64 {
	u64::try_from(i128::from(limit) - i128::from(left)).unwrap_or_default()
}

/// The module has decided already whether its memory and tables may grow. Where they cannot all the same, this machine
/// is short of memory, and the program must not see it.
impl wasmtime::ResourceLimiter for State {
	fn memory_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> Result<bool> {
		Ok(true)
	}

	fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
		Err(Local(LocalFault::Memory(format!("{error:#}"))).into())
	}

	/// Past the maximum that the module declares, the program sees it; the engine would ask for that only after this.
	fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
		Ok(maximum.is_none_or(|maximum| desired <= maximum))
	}

	fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
		Err(Local(LocalFault::Memory(format!("{error:#}"))).into())
	}
}
