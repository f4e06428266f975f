//! One task, from an instance to its outcome.

use crate::{
	fence::{Local, Ticker},
	host::{used, Guest, State, Stopped},
	stack, Program,
};
use ergon_executor_core::{
	admission::PAGE,
	host::{Ending, Host, Stop},
	instrument::{DEPTH, FUEL, MAX_DEPTH, PAGES},
	Execution, LocalFault, TaskContext, TrapKind,
};
use std::panic::{catch_unwind, AssertUnwindSafe};
use wasmtime::{Engine, Global, Instance, Store, Trap, Val};

/// Runs on this thread if it has the stack for it, else on one of its own. A defect of the engine does not take the
/// caller with it.
pub(crate) fn on_any_thread(
	engine: &Engine,
	program: &Program,
	context: &TaskContext,
	input: &[u8],
	fence: Option<&Ticker>,
) -> Result<Execution, LocalFault> {
	let run = || {
		catch_unwind(AssertUnwindSafe(|| run(engine, program, context, input, fence)))
			.unwrap_or_else(|_| Err(LocalFault::Engine("it panicked".into())))
	};
	if stack::here() {
		run()
	} else {
		stack::on_task_stack(run)
			.unwrap_or_else(|error| Err(LocalFault::Memory(format!("no thread for the task: {error}"))))
	}
}

fn run(
	engine: &Engine,
	program: &Program,
	context: &TaskContext,
	input: &[u8],
	fence: Option<&Ticker>,
) -> Result<Execution, LocalFault> {
	// Nobody lives to see more of it spent.
	let limit = i64::try_from(context.limits.fuel.0).unwrap_or(i64::MAX);
	let left = limit.saturating_sub_unsigned(program.facts.start_fuel);
	let host = Host::new(context, input.to_vec());
	if left < 0 {
		return Ok(host.finish(Ending::Stopped(Stop::OutOfFuel), 0));
	}
	let mut store = Store::new(engine, State { host, limit, guest: None });
	store.limiter(|state| state);
	if let Some(fence) = fence {
		fence.surround(&mut store);
	}
	let instance = match program.code.instantiate(&mut store) {
		Ok(instance) => instance,
		// No code of the program has run: one of its segments does not fit.
		Err(error) if error.is::<Trap>() => {
			let ending = ending(error)?;
			return Ok(store.into_data().host.finish(ending, program.facts.start_fuel));
		},
		Err(error) => return Err(LocalFault::Memory(format!("no instance of the program: {error:#}"))),
	};
	let fuel = set(&mut store, instance, FUEL, left)?;
	let pages = (context.limits.memory / PAGE).min(program.facts.maximum_pages);
	set(&mut store, instance, PAGES, i64::try_from(pages).unwrap_or(i64::MAX))?;
	let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| missing("memory"))?;
	store.data_mut().guest = Some(Guest { memory, fuel });
	let start = instance.get_typed_func::<(), ()>(&mut store, "_start").map_err(engine_fault)?;
	let mut ending = match start.call(&mut store, ()) {
		Ok(()) => Ending::Returned,
		Err(error) => ending(error)?,
	};
	let left = number(&mut store, fuel);
	if left < 0 {
		ending = Ending::Stopped(Stop::OutOfFuel);
	} else if ending == Ending::Trapped(TrapKind::Unreachable) {
		let depth = global(&mut store, instance, DEPTH)?;
		if number(&mut store, depth) > MAX_DEPTH {
			ending = Ending::Trapped(TrapKind::StackExhausted);
		}
	}
	Ok(store.into_data().host.finish(ending, used(limit, left)))
}

fn global(store: &mut Store<State>, instance: Instance, name: &str) -> Result<Global, LocalFault> {
	instance.get_global(store, name).ok_or_else(|| missing(name))
}

fn set(store: &mut Store<State>, instance: Instance, name: &str, value: i64) -> Result<Global, LocalFault> {
	let global = global(store, instance, name)?;
	global.set(store, Val::I64(value)).map_err(engine_fault)?;
	Ok(global)
}

fn number(store: &mut Store<State>, global: Global) -> i64 {
	global.get(store).i64().unwrap_or_default()
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
		Some(Trap::UnreachableCodeReached) => TrapKind::Unreachable,
		Some(Trap::MemoryOutOfBounds) => TrapKind::OutOfBoundsMemory,
		Some(Trap::TableOutOfBounds) => TrapKind::OutOfBoundsTable,
		Some(Trap::IndirectCallToNull) => TrapKind::UninitializedElement,
		Some(Trap::BadSignature) => TrapKind::IndirectCallTypeMismatch,
		Some(Trap::IntegerDivisionByZero) => TrapKind::IntegerDivideByZero,
		Some(Trap::IntegerOverflow) => TrapKind::IntegerOverflow,
		Some(Trap::BadConversionToInteger) => TrapKind::InvalidConversion,
		// The stack's end too: the module's own limit comes first, or something is wrong here.
		_ => return Err(engine_fault(error)),
	};
	Ok(Ending::Trapped(kind))
}

fn missing(export: &str) -> LocalFault {
	LocalFault::Engine(format!("the admitted module does not export `{export}`"))
}

fn engine_fault(error: wasmtime::Error) -> LocalFault {
	LocalFault::Engine(format!("{error:#}"))
}
