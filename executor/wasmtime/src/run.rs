//! One task, from an instance to its outcome.

use crate::{
	config::MAX_STACK,
	fence::{Local, Ticker},
	host::{State, Stopped},
	Program,
};
use ergon_executor_core::{
	host::{Ending, Host, Stop},
	Execution, LocalFault, TaskContext, TrapKind,
};
use std::thread;
use wasmtime::{Engine, Store, Trap};

/// The largest linear memory that there is.
const ADDRESSABLE: u64 = 1 << 32;

/// Runs on a thread of its own: the program's stack is then the same whoever calls, and a defect of the engine does
/// not take the caller with it.
pub(crate) fn in_own_thread(
	engine: &Engine,
	program: &Program,
	context: &TaskContext,
	input: &[u8],
	fence: Option<&Ticker>,
) -> Result<Execution, LocalFault> {
	thread::scope(|scope| {
		let task = thread::Builder::new()
			.name("ergon-task".into())
			.stack_size(MAX_STACK + (1 << 20))
			.spawn_scoped(scope, || run(engine, program, context, input, fence))
			.map_err(|error| LocalFault::Memory(format!("no thread for the task: {error}")))?;
		task.join().unwrap_or_else(|_| Err(LocalFault::Engine("it panicked".into())))
	})
}

fn run(
	engine: &Engine,
	program: &Program,
	context: &TaskContext,
	input: &[u8],
	fence: Option<&Ticker>,
) -> Result<Execution, LocalFault> {
	let granted = context.limits.fuel.0.saturating_add(1);
	let state = State {
		host: Host::new(context, input.to_vec()),
		granted,
		memory_limit: usize::try_from(context.limits.memory.min(ADDRESSABLE)).unwrap_or(usize::MAX),
	};
	let mut store = Store::new(engine, state);
	store.limiter(|state| state);
	store.set_fuel(granted).map_err(engine_fault)?;
	if let Some(fence) = fence {
		fence.surround(&mut store);
	}
	let ending = match start(&mut store, program) {
		Ok(()) => Ending::Returned,
		Err(error) => ending(error)?,
	};
	let spent = granted.saturating_sub(store.get_fuel().map_err(engine_fault)?);
	Ok(store.into_data().host.finish(ending, spent))
}

/// Instantiates, which may already run code of the program and trap, and calls `_start`.
fn start(store: &mut Store<State>, program: &Program) -> wasmtime::Result<()> {
	let instance = program.code.instantiate(&mut *store)?;
	instance.get_typed_func::<(), ()>(&mut *store, "_start")?.call(store, ())
}

/// What an error of wasmtime means: an end of the task, or trouble of this machine.
fn ending(error: wasmtime::Error) -> Result<Ending, LocalFault> {
	if let Some(Stopped(stop)) = error.downcast_ref() {
		return Ok(Ending::Stopped(*stop));
	}
	if let Some(Local(fault)) = error.downcast_ref() {
		return Err(fault.clone());
	}
	let kind = match error.downcast_ref::<Trap>() {
		Some(Trap::OutOfFuel) => return Ok(Ending::Stopped(Stop::OutOfFuel)),
		Some(Trap::UnreachableCodeReached) => TrapKind::Unreachable,
		Some(Trap::MemoryOutOfBounds) => TrapKind::OutOfBoundsMemory,
		Some(Trap::TableOutOfBounds) => TrapKind::OutOfBoundsTable,
		Some(Trap::IndirectCallToNull) => TrapKind::UninitializedElement,
		Some(Trap::BadSignature) => TrapKind::IndirectCallTypeMismatch,
		Some(Trap::IntegerDivisionByZero) => TrapKind::IntegerDivideByZero,
		Some(Trap::IntegerOverflow) => TrapKind::IntegerOverflow,
		Some(Trap::BadConversionToInteger) => TrapKind::InvalidConversion,
		Some(Trap::StackOverflow) => TrapKind::StackExhausted,
		_ => return Err(engine_fault(error)),
	};
	Ok(Ending::Trapped(kind))
}

fn engine_fault(error: wasmtime::Error) -> LocalFault {
	LocalFault::Engine(format!("{error:#}"))
}
