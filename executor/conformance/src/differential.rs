//! Both engines on the same module: the same end, to the bit.

use crate::{
	generate,
	library::{Failure, Library, OnWasmi, OnWasmtime, Value},
};
use arbitrary::Unstructured;
use ergon_executor_core::{
	admit_library,
	instrument::{DEPTH, FUEL, START},
	Admitted, Engine, Execution, LocalFault, Outcome, Prepared, TaskContext,
};
use ergon_executor_wasmi::Wasmi;
use ergon_executor_wasmtime::Wasmtime;
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use std::{collections::BTreeMap, fmt};
use wasmparser::{ExternalKind, Parser, Payload};

/// The fuel of a task, and of a call.
const FUEL_LIMIT: u64 = 200_000;
/// The pages that a memory may have.
const PAGES: u64 = 64;

/// Both engines.
pub struct Engines {
	wasmtime: Wasmtime,
	wasmi: Wasmi,
}

/// What modules came to.
#[derive(Clone, Debug, Default)]
pub struct Counts {
	/// Modules of which some code was run.
	pub modules: usize,
	/// The ends of tasks and of calls.
	pub ends: BTreeMap<String, usize>,
}

impl Counts {
	fn end(&mut self, end: impl fmt::Debug) {
		*self.ends.entry(format!("{end:?}")).or_default() += 1;
	}
}

impl fmt::Display for Counts {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{} modules, {} ends compared", self.modules, self.ends.values().sum::<usize>())?;
		for (end, count) in &self.ends {
			write!(f, "\n    {end}: {count}")?;
		}
		Ok(())
	}
}

/// How the engines differ, or one of them fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference(pub String);

impl fmt::Display for Difference {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl std::error::Error for Difference {}

fn same<T: PartialEq + fmt::Debug>(what: &str, wasmtime: &T, wasmi: &T) -> Result<(), Difference> {
	if wasmtime == wasmi {
		Ok(())
	} else {
		Err(Difference(format!("{what}: wasmtime {wasmtime:?}, wasmi {wasmi:?}")))
	}
}

impl Engines {
	/// With the set-up that providers use.
	pub fn new() -> Result<Self, LocalFault> {
		Ok(Self { wasmtime: Wasmtime::new()?, wasmi: Wasmi::new()? })
	}

	/// Generates a program or a library from any bytes and compares. `Ok(false)` if the bytes are too few.
	pub fn generated(&self, bytes: &[u8], counts: &mut Counts) -> Result<bool, Difference> {
		match module(bytes) {
			Ok((Kind::Command, module)) => self.command(&module, counts)?,
			Ok((Kind::Library, module)) => self.library(&module, bytes, counts)?,
			Err(_) => return Ok(false),
		}
		counts.modules += 1;
		Ok(true)
	}

	/// Runs a program as a provider does, and again with just enough and just too little fuel.
	pub fn command(&self, module: &[u8], counts: &mut Counts) -> Result<(), Difference> {
		let programs = match (self.wasmtime.prepare(module), self.wasmi.prepare(module)) {
			(Ok(Prepared::Ready(one)), Ok(Prepared::Ready(other))) => (one, other),
			(Ok(Prepared::Refused(one)), Ok(Prepared::Refused(other))) if one == other => {
				counts.end(one);
				return Ok(());
			},
			(one, other) => {
				let (one, other) = (one.map(|_| "ready"), other.map(|_| "ready"));
				return Err(Difference(format!("preparing: wasmtime {one:?}, wasmi {other:?}")));
			},
		};
		let run = |fuel: u64| -> Result<Execution, Difference> {
			let (context, input) = (context(fuel), b"some input for whoever reads it");
			let one = self.wasmtime.run(&programs.0, &context, input);
			let other = self.wasmi.run(&programs.1, &context, input);
			same("task", &one, &other)?;
			one.map_err(|fault| Difference(format!("both engines fail: {fault}")))
		};
		let execution = run(FUEL_LIMIT)?;
		match execution.outcome {
			Outcome::Exited { .. } => counts.end("exited"),
			Outcome::Trapped { kind, .. } => counts.end(kind),
			Outcome::OutOfFuel { .. } => counts.end("out of fuel"),
			other => counts.end(other),
		}
		let Fuel(spent) = execution.outcome.fuel();
		if matches!(execution.outcome, Outcome::OutOfFuel { .. }) || spent == 0 {
			return Ok(());
		}
		let exactly = run(spent)?;
		// Where a trap was charged for less than what was entered before it, that much is not enough to come there.
		let may_be_short = matches!(execution.outcome, Outcome::Trapped { .. });
		let short = Outcome::OutOfFuel { fuel: Fuel(spent) };
		if exactly != execution && !(may_be_short && exactly.outcome == short) {
			let (first, then) = (execution.outcome, exactly.outcome);
			return Err(Difference(format!("ends as {first:?}; with just that fuel, as {then:?}")));
		}
		let less = Fuel(spent - 1);
		if run(less.0)?.outcome != (Outcome::OutOfFuel { fuel: less }) {
			return Err(Difference(format!("it used {spent} fuel, and makes do with less")));
		}
		Ok(())
	}

	/// Calls every exported function of a module and compares results, counters, memory and globals.
	pub fn library(&self, module: &[u8], bytes: &[u8], counts: &mut Counts) -> Result<(), Difference> {
		let admitted = match admit_library(module) {
			Ok(admitted) => admitted,
			Err(rejected) => {
				counts.end(rejected.reason);
				return Ok(());
			},
		};
		let one = Observed::<OnWasmtime>::of(&admitted, bytes)?;
		let other = Observed::<OnWasmi>::of(&admitted, bytes)?;
		for (a, b) in one.steps.iter().zip(&other.steps) {
			same("a step", a, b)?;
			match &a.end {
				Ok(_) => counts.end("returned"),
				Err(Failure::Trap(kind)) => counts.end(kind),
				Err(failure) => counts.end(failure),
			}
		}
		same("steps", &one.steps.len(), &other.steps.len())?;
		same("globals", &one.globals, &other.globals)?;
		if one.memories != other.memories {
			return Err(Difference("the memories differ".into()));
		}
		Ok(())
	}
}

/// What a generated module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// A whole program.
	Command,
	/// Functions to be called one by one.
	Library,
}

/// Generates a program or a library.
pub fn module(bytes: &[u8]) -> arbitrary::Result<(Kind, Vec<u8>)> {
	let mut u = Unstructured::new(bytes);
	Ok(match u.arbitrary()? {
		true => (Kind::Command, generate::command(&mut u)?),
		false => (Kind::Library, generate::library(&mut u)?),
	})
}

/// The context of generated programs.
pub fn context(fuel: u64) -> TaskContext {
	TaskContext {
		job: JobId(7),
		task: TaskIndex(3),
		tasks: 5,
		time: 1_700_000_000_000,
		args: vec![b"one".to_vec(), b"two".to_vec()],
		limits: Limits { fuel: Fuel(fuel), memory: PAGES << 16, output: 1 << 16 },
	}
}

/// A call and what was seen after it.
#[derive(Debug, PartialEq, Eq)]
struct Step {
	function: String,
	args: Vec<Value>,
	end: Result<Vec<Value>, Failure>,
	/// Fuel left and stack in use.
	counters: [Result<Value, Failure>; 2],
}

/// All that can be seen of a module on an engine.
struct Observed<L: Library> {
	steps: Vec<Step>,
	globals: Vec<(String, Result<Value, Failure>)>,
	memories: Vec<Result<Vec<u8>, Failure>>,
	_engine: std::marker::PhantomData<L>,
}

impl<L: Library> Observed<L> {
	fn of(module: &Admitted, bytes: &[u8]) -> Result<Self, Difference> {
		let mut seen = Self {
			steps: Vec::new(),
			globals: Vec::new(),
			memories: Vec::new(),
			_engine: std::marker::PhantomData,
		};
		let mut library = L::new(PAGES).map_err(|error| Difference(format!("{}: {error:#}", L::NAME)))?;
		let instance = match library.instantiate(module) {
			Ok(instance) => instance,
			Err(failure) => {
				let none = || Err(Failure::NoSuchExport);
				let (function, args) = ("its instance".to_owned(), Vec::new());
				seen.steps.push(Step { function, args, end: Err(failure), counters: [none(), none()] });
				return Ok(seen);
			},
		};
		let exports = exports(&module.module);
		let mut values = bytes.iter().rev().copied().cycle();
		// The start function first.
		let (first, others): (Vec<_>, Vec<_>) = exports
			.iter()
			.filter(|(_, kind)| *kind == ExternalKind::Func)
			.map(|(name, _)| name)
			.partition(|name| *name == START);
		for function in first.into_iter().chain(others) {
			let Some(zeros) = library.parameters(instance, function) else { continue };
			let args: Vec<_> = zeros.into_iter().map(|zero| vary(zero, &mut values)).collect();
			let end = library.call(instance, function, &args, FUEL_LIMIT as i64);
			if let Err(Failure::Engine(why) | Failure::Unlinkable(why)) = &end {
				return Err(Difference(format!("{} fails: {why}", L::NAME)));
			}
			let counters = [library.global(instance, FUEL), library.global(instance, DEPTH)];
			seen.steps.push(Step { function: function.clone(), args, end, counters });
		}
		for (name, kind) in exports {
			match kind {
				ExternalKind::Global => seen.globals.push((name.clone(), library.global(instance, &name))),
				ExternalKind::Memory => seen.memories.push(library.memory(instance, &name)),
				_ => {},
			}
		}
		Ok(seen)
	}
}

fn exports(module: &[u8]) -> Vec<(String, ExternalKind)> {
	let sections = Parser::new(0).parse_all(module).flatten().filter_map(|payload| match payload {
		Payload::ExportSection(section) => Some(section),
		_ => None,
	});
	sections.flatten().flatten().map(|export| (export.name.to_owned(), export.kind)).collect()
}

/// A value in place of a zero: a small number, or any bits.
fn vary(zero: Value, bytes: &mut impl Iterator<Item = u8>) -> Value {
	let small = bytes.next().unwrap_or_default();
	let mut word = || {
		let mut bits = [0; 8];
		bits.fill_with(|| bytes.next().unwrap_or_default());
		u64::from_le_bytes(bits)
	};
	match (zero, small) {
		(Value::I32(_), 0..=99) => Value::I32(small.into()),
		(Value::I64(_), 0..=99) => Value::I64(small.into()),
		(Value::I32(_), _) => Value::I32(word() as u32),
		(Value::I64(_), _) => Value::I64(word()),
		// Quiet and signalling NaNs with any payload.
		(Value::F32(_), 0..=49) => Value::F32(word() as u32 | 0x7f80_0000),
		(Value::F64(_), 0..=49) => Value::F64(word() | 0x7ff0 << 48),
		(Value::F32(_), 50..=150) => Value::F32(f32::from(small).to_bits()),
		(Value::F64(_), 50..=150) => Value::F64(f64::from(small).to_bits()),
		(Value::F32(_), _) => Value::F32(word() as u32),
		(Value::F64(_), _) => Value::F64(word()),
		(Value::Extern(_), _) => Value::Extern((small < 128).then_some(small.into())),
		(Value::Func(_), _) => Value::Func(false),
	}
}
