//! One task, from an instance to its outcome.

use crate::{
	host::{read, spent, Guest, State, Stopped},
	Program,
};
use alloc::format;
use ergon_executor_core::{
	admission::PAGE,
	host::{Ending, Host, Stop},
	instrument::{DEPTH, FUEL, MAX_DEPTH, PAGES},
	Execution, LocalFault, TaskContext, TrapKind,
};
use wasmi::{
	errors::{ErrorKind, InstantiationError},
	Engine, Error, Global, Instance, Linker, Store, TrapCode, Val,
};

/// The largest linear memory that there is.
const ADDRESSABLE: u64 = 1 << 32;

pub(crate) fn run(
	engine: &Engine,
	linker: &Linker<State>,
	program: &Program,
	context: &TaskContext,
	input: &[u8],
) -> Result<Execution, LocalFault> {
	let host = Host::new(context, input.to_vec());
	// Nobody lives to see the difference.
	let limit = i64::try_from(context.limits.fuel.0).unwrap_or(i64::MAX);
	let fuel = i64::try_from(program.start_fuel).ok().and_then(|cost| limit.checked_sub(cost));
	let Some(fuel) = fuel.filter(|fuel| *fuel >= 0) else {
		return Ok(host.finish(Ending::Stopped(Stop::OutOfFuel), program.start_fuel));
	};
	let memory = context.limits.memory.min(ADDRESSABLE);
	let state = State {
		host,
		limit,
		guest: None,
		memory_limit: usize::try_from(memory).unwrap_or(usize::MAX),
		fault: None,
	};
	let mut store = Store::new(engine, state);
	store.limiter(|state| state);
	let instance = match linker.instantiate_and_start(&mut store, &program.code) {
		Ok(instance) => instance,
		Err(error) => {
			let ending = ending(&store, &error, 0)?;
			return Ok(store.into_data().host.finish(ending, program.start_fuel));
		},
	};
	let pages = (memory / PAGE).min(program.maximum_pages);
	let counters = Counters::of(&store, &instance)?;
	counters.set(&mut store, fuel, pages).map_err(engine_fault)?;
	let memory = instance.get_memory(&store, "memory").ok_or_else(|| missing("memory"))?;
	store.data_mut().guest = Some(Guest { memory, fuel: counters.fuel });
	let start = instance.get_typed_func::<(), ()>(&store, "_start").map_err(engine_fault)?;

	let called = start.call(&mut store, ());
	let left = read(&store, counters.fuel).map_err(engine_fault)?;
	let depth = read(&store, counters.depth).map_err(engine_fault)?;
	let ending = match called {
		Ok(()) => Ending::Returned,
		Err(error) => ending(&store, &error, depth)?,
	};
	let ending = if left < 0 { Ending::Stopped(Stop::OutOfFuel) } else { ending };
	Ok(store.into_data().host.finish(ending, spent(limit, left)))
}

/// What instrumentation added to a program for its engine.
struct Counters {
	fuel: Global,
	depth: Global,
	pages: Option<Global>,
}

impl Counters {
	fn of(store: &Store<State>, instance: &Instance) -> Result<Self, LocalFault> {
		Ok(Self {
			fuel: instance.get_global(store, FUEL).ok_or_else(|| missing(FUEL))?,
			depth: instance.get_global(store, DEPTH).ok_or_else(|| missing(DEPTH))?,
			pages: instance.get_global(store, PAGES),
		})
	}

	fn set(&self, store: &mut Store<State>, fuel: i64, pages: u64) -> Result<(), Error> {
		self.fuel.set(&mut *store, Val::I64(fuel))?;
		if let Some(global) = self.pages {
			// At most 65536.
			global.set(&mut *store, Val::I64(pages as i64))?;
		}
		Ok(())
	}
}

/// What an error of wasmi means: an end of the task, or trouble of this machine.
fn ending(store: &Store<State>, error: &Error, depth: i64) -> Result<Ending, LocalFault> {
	if let Some(Stopped(stop)) = error.downcast_ref() {
		return Ok(Ending::Stopped(*stop));
	}
	if let Some(fault) = &store.data().fault {
		return Err(fault.clone());
	}
	if let ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) = error.kind() {
		return Ok(Ending::Trapped(TrapKind::OutOfBoundsTable));
	}
	let kind = match error.as_trap_code() {
		Some(TrapCode::UnreachableCodeReached) if depth > MAX_DEPTH => TrapKind::StackExhausted,
		Some(TrapCode::UnreachableCodeReached) => TrapKind::Unreachable,
		Some(TrapCode::MemoryOutOfBounds) => TrapKind::OutOfBoundsMemory,
		Some(TrapCode::TableOutOfBounds) => TrapKind::OutOfBoundsTable,
		Some(TrapCode::IndirectCallToNull) => TrapKind::UninitializedElement,
		Some(TrapCode::BadSignature) => TrapKind::IndirectCallTypeMismatch,
		Some(TrapCode::IntegerDivisionByZero) => TrapKind::IntegerDivideByZero,
		Some(TrapCode::IntegerOverflow) => TrapKind::IntegerOverflow,
		Some(TrapCode::BadConversionToInteger) => TrapKind::InvalidConversion,
		Some(TrapCode::OutOfSystemMemory) => {
			return Err(LocalFault::Memory("the interpreter's stack could not grow".into()));
		},
		// Its stack among them: the program's own limit comes first.
		_ => return Err(LocalFault::Engine(format!("{error}"))),
	};
	Ok(Ending::Trapped(kind))
}

fn missing(name: &str) -> LocalFault {
	LocalFault::Engine(format!("an admitted program without an export `{name}`"))
}

fn engine_fault(error: Error) -> LocalFault {
	LocalFault::Engine(format!("{error}"))
}
