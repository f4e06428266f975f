//! The host interface on wasmi: every function of the core's table, handed to the core's host.

use alloc::format;
use core::fmt;
use ergon_executor_core::{
	admission::{MAX_TABLES, MAX_TABLE_ENTRIES},
	host::{Function, Host, Param, Stop, MODULE},
	LocalFault,
};
use wasmi::{
	errors::{HostError, LinkerError, MemoryError, TableError},
	Caller, Engine, Error, FuncType, Global, Linker, Memory, ResourceLimiter, Val, ValType,
};
// The only name that wasmi's own trait needs and wasmi does not export.
use wasmi_core::LimiterError;

/// What a run keeps beside the program.
pub(crate) struct State {
	pub(crate) host: Host,
	/// The fuel that the program began with.
	pub(crate) limit: i64,
	/// Known once there is an instance.
	pub(crate) guest: Option<Guest>,
	pub(crate) memory_limit: usize,
	/// Why the machine failed, if it did.
	pub(crate) fault: Option<LocalFault>,
}

/// What the host reaches of the program.
#[derive(Clone, Copy)]
pub(crate) struct Guest {
	pub(crate) memory: Memory,
	pub(crate) fuel: Global,
}

/// The end of a program in a call of the host.
#[derive(Debug)]
pub(crate) struct Stopped(pub(crate) Stop);

impl fmt::Display for Stopped {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "the program was stopped: {:?}", self.0)
	}
}

impl HostError for Stopped {}

pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>, LinkerError> {
	let mut linker = Linker::new(engine);
	for function in Function::ALL.iter().copied() {
		let params = function.params().iter().map(|param| match param {
			Param::I32 => ValType::I32,
			Param::I64 => ValType::I64,
		});
		let ty = FuncType::new(params, function.returns().then_some(ValType::I32));
		linker.func_new(MODULE, function.name(), ty, move |caller, args, results| {
			call(function, caller, args, results)
		})?;
	}
	Ok(linker)
}

/// More than any function takes.
const MAX_ARGS: usize = 9;

fn call(
	function: Function,
	mut caller: Caller<'_, State>,
	vals: &[Val],
	results: &mut [Val],
) -> Result<(), Error> {
	let mut args = [0; MAX_ARGS];
	for (arg, val) in args.iter_mut().zip(vals) {
		*arg = match val {
			Val::I32(value) => u64::from(*value as u32),
			Val::I64(value) => *value as u64,
			_ => return Err(Error::new("an argument that no function of the host takes")),
		};
	}
	let Some(Guest { memory, fuel }) = caller.data().guest else {
		return Err(Error::new("a call of the host before there is an instance"));
	};
	let limit = caller.data().limit;
	let mut spent = spent(limit, read(&caller, fuel)?);
	let (mut bytes, state) = memory.data_and_store_mut(&mut caller);
	let answer = state.host.call(function, args.get(..vals.len()).unwrap_or(&args), &mut bytes, &mut spent);
	// Left is only looked at by the program, which a stop does not return to: what was overdrawn may be cut off.
	let left = i64::try_from(i128::from(limit) - i128::from(spent)).unwrap_or(i64::MIN);
	fuel.set(&mut caller, Val::I64(left)).map_err(Error::from)?;
	let errno = answer.map_err(|stop| Error::host(Stopped(stop)))?;
	if let Some(result) = results.first_mut() {
		*result = Val::I32(i32::from(errno as u16));
	}
	Ok(())
}

/// The fuel spent of a limit, of which this much, or less than nothing, is left.
pub(crate) fn spent(limit: i64, left: i64) -> u64 {
	// Never negative, since a limit is not, and no counter grows.
	limit.wrapping_sub(left) as u64
}

/// Reads a counter.
pub(crate) fn read(store: impl wasmi::AsContext, counter: Global) -> Result<i64, Error> {
	counter.get(store).i64().ok_or_else(|| Error::new("a counter of another type than i64"))
}

/// The program itself asks for no more than it may have; what is refused here is refused for safety, and what fails is the
/// machine's fault, which the program must not see.
impl ResourceLimiter for State {
	fn memory_growing(
		&mut self,
		_current: usize,
		desired: usize,
		maximum: Option<usize>,
	) -> Result<bool, LimiterError> {
		Ok(desired <= self.memory_limit && maximum.is_none_or(|maximum| desired <= maximum))
	}

	fn table_growing(
		&mut self,
		_current: usize,
		desired: usize,
		maximum: Option<usize>,
	) -> Result<bool, LimiterError> {
		Ok(desired <= MAX_TABLE_ENTRIES as usize && maximum.is_none_or(|maximum| desired <= maximum))
	}

	fn memory_grow_failed(&mut self, error: &MemoryError) -> Result<(), LimiterError> {
		self.fault = Some(LocalFault::Memory(format!("linear memory: {error}")));
		Err(LimiterError::ResourceLimiterDeniedAllocation)
	}

	fn table_grow_failed(&mut self, error: &TableError) -> Result<(), LimiterError> {
		self.fault = Some(LocalFault::Memory(format!("table: {error}")));
		Err(LimiterError::ResourceLimiterDeniedAllocation)
	}

	fn instances(&self) -> usize {
		1
	}

	fn tables(&self) -> usize {
		MAX_TABLES as usize
	}

	fn memories(&self) -> usize {
		1
	}
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed step is a failed test.

	use super::*;
	use alloc::vec::Vec;
	use ergon_executor_core::TaskContext;
	use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};

	fn state() -> State {
		let context = TaskContext {
			job: JobId(1),
			task: TaskIndex(0),
			tasks: 1,
			time: 0,
			args: Vec::new(),
			limits: Limits { fuel: Fuel(1), memory: 1 << 20, output: 1 },
		};
		let host = Host::new(&context, Vec::new());
		State { host, limit: 1, guest: None, memory_limit: 1 << 20, fault: None }
	}

	#[test]
	fn a_machine_without_memory_is_a_fault_and_no_answer() {
		let mut state = state();
		assert!(state.memory_growing(0, 1 << 20, None).unwrap());
		assert!(state.memory_grow_failed(&MemoryError::OutOfSystemMemory).is_err(), "the program is stopped");
		assert!(matches!(state.fault, Some(LocalFault::Memory(_))));
		assert!(state.table_grow_failed(&TableError::OutOfSystemMemory).is_err());
	}

	#[test]
	fn growth_past_a_limit_is_an_answer() {
		let mut state = state();
		assert!(!state.memory_growing(0, (1 << 20) + 1, None).unwrap());
		assert!(!state.memory_growing(0, 3, Some(2)).unwrap());
		assert!(!state.table_growing(0, MAX_TABLE_ENTRIES as usize + 1, None).unwrap());
		assert_eq!(state.fault, None);
	}

	#[test]
	fn what_was_spent_is_known_however_far_below_zero() {
		assert_eq!(spent(10, 10), 0);
		assert_eq!(spent(10, -5), 15);
		assert_eq!(spent(i64::MAX, i64::MIN), u64::MAX);
	}
}
