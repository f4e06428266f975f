//! Runs a module and writes down all that can be seen of it.

use super::{generate::next, CHARGED};
use anyhow::{Context, Result};
use ergon_executor_core::instrument::{DEPTH, FUEL, MAX_DEPTH, PAGES, RESERVED, START};
use std::{
	hash::{DefaultHasher, Hash, Hasher},
	sync::OnceLock,
	thread,
};
use wasmtime::{
	AsContextMut, Collector, Config, Engine, Extern, ExternType, Func, Global, Instance, Memory, Module,
	OptLevel, Ref, Store, Table, Trap, Val, ValType,
};

/// So much that the engine's own limit is never reached: a unit takes less than a hundred bytes, even as the reference
/// is compiled.
const STACK: usize = 160 << 20;

/// The pages that a memory may grow to.
const PAGES_ALLOWED: i64 = 20;

/// What a module is given.
#[derive(Clone, Copy, Debug)]
pub struct Given {
	/// The fuel for each call.
	pub fuel: i64,
	/// What the arguments are made of.
	pub seed: u64,
}

/// What the host has written down.
type Seen = Vec<String>;

/// Calls every exported function, one after the other. An instance that trapped is looked at and then left for a new one.
pub(super) fn run(module: &[u8], given: Given) -> Result<Seen> {
	// Compiled differently, too: the reference as it stands there.
	let reference = module.windows(CHARGED.len()).any(|window| window == CHARGED.as_bytes());
	thread::scope(|scope| {
		let thread = thread::Builder::new().stack_size(STACK + (4 << 20));
		let run = thread.spawn_scoped(scope, || in_thread(module, engine(reference)?, given))?;
		run.join().unwrap_or_else(|_| anyhow::bail!("the engine panicked"))
	})
}

fn engine(reference: bool) -> Result<&'static Engine> {
	static ENGINES: [OnceLock<Engine>; 2] = [OnceLock::new(), OnceLock::new()];
	let lock = &ENGINES[usize::from(reference)];
	if let Some(engine) = lock.get() {
		return Ok(engine);
	}
	let mut config = Config::new();
	config
		.cranelift_opt_level(if reference { OptLevel::None } else { OptLevel::Speed })
		.collector(Collector::Null)
		.memory_reservation(4 << 20)
		.memory_guard_size(64 << 10)
		.wasm_backtrace(false)
		.max_wasm_stack(STACK);
	let engine = Engine::new(&config)?;
	Ok(lock.get_or_init(|| engine))
}

fn in_thread(module: &[u8], engine: &Engine, given: Given) -> Result<Seen> {
	let module = Module::new(engine, module)?;
	let functions = module.exports().filter(|export| matches!(export.ty(), ExternType::Func(_)));
	let (mut start, mut names) = (None, Vec::new());
	for function in functions {
		if function.name() == START {
			start = Some(START.to_string());
		} else {
			names.push(function.name().to_string());
		}
	}
	let (mut seen, mut instance) = (Seen::new(), None);
	for name in start.into_iter().chain(names) {
		let mut run = match instance.take() {
			Some(run) => run,
			None => match Run::new(engine, &module)? {
				Ok(run) => run,
				Err(trap) => return Ok(vec![format!("{trap:?} in a segment")]),
			},
		};
		let ended = run.call(&name, given)?;
		seen.append(run.store.data_mut());
		if ended == Ended::OutOfFuel {
			// How far it went past its end is nobody's business.
			seen.push(format!("{name}: {ended:?}"));
			continue;
		}
		seen.push(format!("{name}: {ended:?}, {:x?}", run.state()));
		if matches!(ended, Ended::Returned { .. }) {
			instance = Some(run);
		}
	}
	Ok(seen)
}

#[derive(Debug, PartialEq, Eq)]
enum Ended {
	Returned { results: Vec<String>, fuel: i64 },
	Trapped { trap: Trap, fuel: i64 },
	StackExhausted { fuel: i64 },
	OutOfFuel,
}

struct Run {
	store: Store<Seen>,
	instance: Instance,
	root: i64,
}

impl Run {
	fn new(engine: &Engine, module: &Module) -> Result<Result<Self, Trap>> {
		let mut store = Store::new(engine, Seen::new());
		let imports =
			module.imports().map(|import| host(&mut store, &import.ty())).collect::<Result<Vec<_>>>()?;
		let instance = match Instance::new(&mut store, module, &imports) {
			Ok(instance) => instance,
			Err(error) => return error.downcast().map(Err),
		};
		let mut run = Self { store, instance, root: 0 };
		run.root = run.counter(DEPTH)?;
		if run.instance.get_global(&mut run.store, PAGES).is_some() {
			run.set(PAGES, PAGES_ALLOWED)?;
		}
		Ok(Ok(run))
	}

	fn counter(&mut self, name: &str) -> Result<i64> {
		let global = self.instance.get_global(&mut self.store, name).context("a counter")?;
		global.get(&mut self.store).i64().context("an i64")
	}

	fn set(&mut self, name: &str, value: i64) -> Result<()> {
		let global = self.instance.get_global(&mut self.store, name).context("a counter")?;
		global.set(&mut self.store, Val::I64(value))
	}

	fn call(&mut self, name: &str, given: Given) -> Result<Ended> {
		let at_trap =
			if self.instance.get_global(&mut self.store, CHARGED).is_some() { CHARGED } else { FUEL };
		self.set(FUEL, given.fuel)?;
		self.set(at_trap, given.fuel)?;
		self.set(DEPTH, self.root)?;
		let func = self.instance.get_func(&mut self.store, name).context("a function")?;
		let mut seed = given.seed;
		let args: Vec<_> = func.ty(&self.store).params().map(|ty| argument(&ty, &mut seed)).collect();
		let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
		let ended = func.call(&mut self.store, &args, &mut results);
		let left = self.counter(if ended.is_ok() { FUEL } else { at_trap })?;
		let (depth, fuel) = (self.counter(DEPTH)?, given.fuel - left);
		Ok(match ended {
			_ if left < 0 => Ended::OutOfFuel,
			Ok(()) => {
				anyhow::ensure!(
					depth == self.root,
					"returned from {name} at depth {depth}, from {}",
					self.root
				);
				Ended::Returned { results: results.iter().map(value).collect(), fuel }
			},
			Err(error) => match error.downcast()? {
				Trap::UnreachableCodeReached if depth > MAX_DEPTH => Ended::StackExhausted { fuel },
				Trap::StackOverflow => {
					anyhow::bail!("the engine's own stack is at its end, at depth {depth}")
				},
				trap => Ended::Trapped { trap, fuel },
			},
		})
	}

	/// All that is exported, but for the profile's own.
	fn state(&mut self) -> Vec<String> {
		let exports: Vec<_> = self
			.instance
			.exports(&mut self.store)
			.map(|export| (export.name().to_string(), export.into_extern()))
			.collect();
		let exports = exports.into_iter().filter(|(name, _)| !name.starts_with(RESERVED));
		exports.filter_map(|(_, item)| self.item(item)).collect()
	}

	fn item(&mut self, item: Extern) -> Option<String> {
		Some(match item {
			Extern::Global(global) => value(&global.get(&mut self.store)),
			Extern::Memory(memory) => {
				let mut hash = DefaultHasher::new();
				memory.data(&self.store).hash(&mut hash);
				format!("{} pages {:x}", memory.size(&self.store), hash.finish())
			},
			Extern::Table(table) => {
				let size = table.size(&self.store);
				let set = (0..size.min(1000)).map(|index| match table.get(&mut self.store, index) {
					Some(entry) if entry.is_null() => '0',
					_ => '1',
				});
				format!("{size} entries {}", set.collect::<String>())
			},
			_ => return None,
		})
	}
}

/// A value of the host. Its functions write down what they are given and what fuel is left.
fn host(store: &mut Store<Seen>, ty: &ExternType) -> Result<Extern> {
	Ok(match ty {
		ExternType::Func(ty) => {
			let given = ty.clone();
			Extern::Func(Func::new(store, ty.clone(), move |mut caller, args, results| {
				// Inside of a call what counts is what was charged.
				let counter = caller.get_export(CHARGED).or_else(|| caller.get_export(FUEL));
				let left = match counter {
					Some(Extern::Global(global)) => global.get(caller.as_context_mut()).i64(),
					_ => None,
				};
				let args: Vec<_> = args.iter().map(value).collect();
				caller.data_mut().push(format!("host: {args:?} with {left:?}"));
				let mut seed = args.len() as u64;
				for (result, ty) in results.iter_mut().zip(given.results()) {
					*result = argument(&ty, &mut seed);
				}
				Ok(())
			}))
		},
		ExternType::Global(ty) => {
			let value = argument(ty.content(), &mut 7);
			Extern::Global(Global::new(store, ty.clone(), value)?)
		},
		ExternType::Memory(ty) => Extern::Memory(Memory::new(store, ty.clone())?),
		ExternType::Table(ty) => {
			let null = if ty.element().matches(&wasmtime::RefType::FUNCREF) {
				Ref::Func(None)
			} else {
				Ref::Extern(None)
			};
			Extern::Table(Table::new(store, ty.clone(), null)?)
		},
		ExternType::Tag(_) => anyhow::bail!("a tag"),
	})
}

/// Anything, and often something that arithmetic stumbles over.
fn argument(ty: &ValType, seed: &mut u64) -> Val {
	const FLOATS: [u32; 8] = [
		0x7fc0_0000,
		0xffc0_0000,
		0x7f80_0001,
		0xffde_ad01,
		0x7f80_0000,
		0x3fc0_0000,
		0x8000_0000,
		0x4f7f_ffff,
	];
	const DOUBLES: [u64; 8] = [
		0x7ff8_0000_0000_0000,
		0xfff8_0000_0000_0000,
		0x7ff0_0000_0000_0001,
		0xfff4_dead_beef_0001,
		0x7ff0_0000_0000_0000,
		0x3ff8_0000_0000_0000,
		0x8000_0000_0000_0000,
		0x41ef_ffff_ffe0_0000,
	];
	*seed = next(*seed);
	let one = (*seed >> 32) as usize % DOUBLES.len();
	match ty {
		ValType::I32 => Val::I32((*seed >> 40) as i32 % 100),
		ValType::I64 => Val::I64(*seed as i64 >> (*seed % 60)),
		ValType::F32 => Val::F32(FLOATS[one]),
		ValType::F64 => Val::F64(DOUBLES[one]),
		ty if ty.matches(&ValType::FUNCREF) => Val::FuncRef(None),
		_ => Val::ExternRef(None),
	}
}

fn value(value: &Val) -> String {
	match value {
		Val::I32(value) => format!("{value}"),
		Val::I64(value) => format!("{value}i64"),
		Val::F32(bits) => format!("{bits:#x}f32"),
		Val::F64(bits) => format!("{bits:#x}f64"),
		Val::FuncRef(None) | Val::ExternRef(None) => "null".into(),
		_ => "a reference".into(),
	}
}
