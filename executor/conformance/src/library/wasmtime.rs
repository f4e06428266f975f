//! Libraries on wasmtime.

use super::{judge, Failure, Library, Value};
use anyhow::Context;
use ergon_executor_core::{
	admission::MAX_TABLE_ENTRIES,
	instrument::{DEPTH, FUEL, PAGES},
	Admitted, TrapKind,
};
use std::sync::OnceLock;
use wasmtime::{
	Engine, Error, ExternRef, Global, Instance, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, Trap,
	Val, ValType,
};

/// Wasmtime with some instances.
pub struct OnWasmtime {
	engine: Engine,
	store: Store<StoreLimits>,
	linker: Linker<StoreLimits>,
	counters: Vec<Counters>,
	pages: u64,
}

struct Counters {
	fuel: Global,
	depth: Global,
	/// The units that are in use before anything is called.
	root: i64,
}

impl OnWasmtime {
	fn counters(&mut self, instance: Instance, module: &Admitted) -> anyhow::Result<Counters> {
		let fuel = instance.get_global(&mut self.store, FUEL).context("no fuel counter")?;
		let depth = instance.get_global(&mut self.store, DEPTH).context("no stack counter")?;
		let root = depth.get(&mut self.store).i64().context("the stack counter is no i64")?;
		if let Some(pages) = instance.get_global(&mut self.store, PAGES) {
			pages.set(&mut self.store, Val::I64(i64::try_from(module.maximum_pages.min(self.pages))?))?;
		}
		Ok(Counters { fuel, depth, root })
	}

	fn failure(&mut self, error: Error) -> Failure {
		let kind = match error.downcast_ref::<Trap>() {
			Some(Trap::UnreachableCodeReached) => TrapKind::Unreachable,
			Some(Trap::MemoryOutOfBounds) => TrapKind::OutOfBoundsMemory,
			Some(Trap::TableOutOfBounds) => TrapKind::OutOfBoundsTable,
			Some(Trap::IndirectCallToNull) => TrapKind::UninitializedElement,
			Some(Trap::BadSignature) => TrapKind::IndirectCallTypeMismatch,
			Some(Trap::IntegerDivisionByZero) => TrapKind::IntegerDivideByZero,
			Some(Trap::IntegerOverflow) => TrapKind::IntegerOverflow,
			Some(Trap::BadConversionToInteger) => TrapKind::InvalidConversion,
			_ => return Failure::Engine(format!("{error:#}")),
		};
		let (mut depth, mut fuel) = (i64::MIN, i64::MAX);
		for counters in &self.counters {
			depth = depth.max(counters.depth.get(&mut self.store).i64().unwrap_or(i64::MAX));
			fuel = fuel.min(counters.fuel.get(&mut self.store).i64().unwrap_or(i64::MIN));
		}
		judge(kind, depth, fuel)
	}

	fn to(&mut self, value: Value) -> Result<Val, Failure> {
		Ok(match value {
			Value::I32(n) => Val::I32(n as i32),
			Value::I64(n) => Val::I64(n as i64),
			Value::F32(bits) => Val::F32(bits),
			Value::F64(bits) => Val::F64(bits),
			Value::Extern(None) => Val::ExternRef(None),
			Value::Extern(Some(n)) => Val::ExternRef(Some(
				ExternRef::new(&mut self.store, n)
					.map_err(|error| Failure::Engine(format!("a reference: {error:#}")))?,
			)),
			Value::Func(false) => Val::FuncRef(None),
			Value::Func(true) => return Err(Failure::Engine("a function out of nothing".into())),
		})
	}

	fn from(&mut self, value: &Val) -> Result<Value, Failure> {
		Ok(match value {
			Val::I32(n) => Value::I32(*n as u32),
			Val::I64(n) => Value::I64(*n as u64),
			Val::F32(bits) => Value::F32(*bits),
			Val::F64(bits) => Value::F64(*bits),
			Val::FuncRef(func) => Value::Func(func.is_some()),
			Val::ExternRef(None) => Value::Extern(None),
			Val::ExternRef(Some(it)) => Value::Extern(
				it.data(&self.store).ok().flatten().and_then(|data| data.downcast_ref::<u32>().copied()),
			),
			other => return Err(Failure::Engine(format!("a value of a type not admitted: {other:?}"))),
		})
	}
}

impl Library for OnWasmtime {
	const NAME: &'static str = "wasmtime";
	const KEEPS_FAILED: bool = true;
	type Instance = Instance;

	fn new(pages: u64) -> anyhow::Result<Self> {
		// One for all: making one costs more than most modules do.
		static ENGINE: OnceLock<Engine> = OnceLock::new();
		let engine = match ENGINE.get() {
			Some(engine) => engine.clone(),
			None => {
				let engine = Engine::new(&ergon_executor_wasmtime::on_demand())?;
				ENGINE.get_or_init(|| engine).clone()
			},
		};
		let limits = StoreLimitsBuilder::new().table_elements(MAX_TABLE_ENTRIES as usize).build();
		let mut store = Store::new(&engine, limits);
		store.limiter(|limits| limits);
		let mut linker = Linker::new(&engine);
		linker.allow_shadowing(true);
		Ok(Self { engine, store, linker, counters: Vec::new(), pages })
	}

	fn instantiate(&mut self, module: &Admitted) -> Result<Instance, Failure> {
		let code = Module::from_binary(&self.engine, &module.module)
			.map_err(|error| Failure::Engine(format!("{error:#}")))?;
		let instance =
			self.linker.instantiate(&mut self.store, &code).map_err(|error| match self.failure(error) {
				// Nothing but linking can go wrong here in any other way than as a trap.
				Failure::Engine(why) => Failure::Unlinkable(why),
				failure => failure,
			})?;
		let counters =
			self.counters(instance, module).map_err(|error| Failure::Engine(format!("{error:#}")))?;
		self.counters.push(counters);
		Ok(instance)
	}

	fn register(&mut self, name: &str, instance: Instance) -> anyhow::Result<()> {
		self.linker.instance(&mut self.store, name, instance)?;
		Ok(())
	}

	fn call(
		&mut self,
		instance: Instance,
		function: &str,
		args: &[Value],
		fuel: i64,
	) -> Result<Vec<Value>, Failure> {
		let func = instance.get_func(&mut self.store, function).ok_or(Failure::NoSuchExport)?;
		for counters in &self.counters {
			let (store, set) = (&mut self.store, |error| Failure::Engine(format!("{error:#}")));
			counters.fuel.set(&mut *store, Val::I64(fuel)).map_err(set)?;
			counters.depth.set(store, Val::I64(counters.root)).map_err(set)?;
		}
		let args = args.iter().map(|arg| self.to(*arg)).collect::<Result<Vec<_>, _>>()?;
		let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
		func.call(&mut self.store, &args, &mut results).map_err(|error| self.failure(error))?;
		results.iter().map(|result| self.from(result)).collect()
	}

	fn global(&mut self, instance: Instance, name: &str) -> Result<Value, Failure> {
		let global = instance.get_global(&mut self.store, name).ok_or(Failure::NoSuchExport)?;
		let value = global.get(&mut self.store);
		self.from(&value)
	}

	fn memory(&mut self, instance: Instance, name: &str) -> Result<Vec<u8>, Failure> {
		let memory = instance.get_memory(&mut self.store, name).ok_or(Failure::NoSuchExport)?;
		Ok(memory.data(&self.store).to_vec())
	}

	fn parameters(&mut self, instance: Instance, function: &str) -> Option<Vec<Value>> {
		let ty = instance.get_func(&mut self.store, function)?.ty(&self.store);
		let zeros = ty.params().map(|ty| match ty {
			ValType::I32 => Some(Value::I32(0)),
			ValType::I64 => Some(Value::I64(0)),
			ValType::F32 => Some(Value::F32(0)),
			ValType::F64 => Some(Value::F64(0)),
			ty if ty.is_funcref() => Some(Value::Func(false)),
			ty if ty.is_externref() => Some(Value::Extern(None)),
			_ => None,
		});
		zeros.collect()
	}
}
