//! Libraries on wasmi.

use super::{judge, Failure, Library, Value};
use anyhow::Context;
use ergon_executor_core::{
	admission::MAX_TABLE_ENTRIES,
	instrument::{DEPTH, FUEL, PAGES},
	Admitted, TrapKind,
};
use ergon_executor_wasmi::mend;
use wasmi::{
	errors::{ErrorKind, InstantiationError},
	Engine, Error, ExternRef, Global, Instance, Linker, Module, Nullable, Store, StoreLimits,
	StoreLimitsBuilder, TrapCode, Val, F32, F64,
};

/// Wasmi with some instances.
pub struct OnWasmi {
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

impl OnWasmi {
	fn counters(&mut self, instance: Instance, module: &Admitted) -> anyhow::Result<Counters> {
		let fuel = instance.get_global(&self.store, FUEL).context("no fuel counter")?;
		let depth = instance.get_global(&self.store, DEPTH).context("no stack counter")?;
		let root = depth.get(&self.store).i64().context("the stack counter is no i64")?;
		if let Some(pages) = instance.get_global(&self.store, PAGES) {
			let value = Val::I64(i64::try_from(module.maximum_pages.min(self.pages))?);
			pages.set(&mut self.store, value).map_err(|error| anyhow::anyhow!("{error}"))?;
		}
		Ok(Counters { fuel, depth, root })
	}

	fn failure(&mut self, error: Error) -> Failure {
		let kind = match (error.kind(), error.as_trap_code()) {
			(ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }), _) => {
				TrapKind::OutOfBoundsTable
			},
			(ErrorKind::Instantiation(_) | ErrorKind::Linker(_), _) => {
				return Failure::Unlinkable(format!("{error}"));
			},
			(_, Some(TrapCode::UnreachableCodeReached)) => TrapKind::Unreachable,
			(_, Some(TrapCode::MemoryOutOfBounds)) => TrapKind::OutOfBoundsMemory,
			(_, Some(TrapCode::TableOutOfBounds)) => TrapKind::OutOfBoundsTable,
			(_, Some(TrapCode::IndirectCallToNull)) => TrapKind::UninitializedElement,
			(_, Some(TrapCode::BadSignature)) => TrapKind::IndirectCallTypeMismatch,
			(_, Some(TrapCode::IntegerDivisionByZero)) => TrapKind::IntegerDivideByZero,
			(_, Some(TrapCode::IntegerOverflow)) => TrapKind::IntegerOverflow,
			(_, Some(TrapCode::BadConversionToInteger)) => TrapKind::InvalidConversion,
			_ => return Failure::Engine(format!("{error}")),
		};
		let (mut depth, mut fuel) = (i64::MIN, i64::MAX);
		for counters in &self.counters {
			depth = depth.max(counters.depth.get(&self.store).i64().unwrap_or(i64::MAX));
			fuel = fuel.min(counters.fuel.get(&self.store).i64().unwrap_or(i64::MIN));
		}
		judge(kind, depth, fuel)
	}

	fn to(&mut self, value: Value) -> Result<Val, Failure> {
		Ok(match value {
			Value::I32(n) => Val::I32(n as i32),
			Value::I64(n) => Val::I64(n as i64),
			Value::F32(bits) => Val::F32(F32::from_bits(bits)),
			Value::F64(bits) => Val::F64(F64::from_bits(bits)),
			Value::Extern(None) => Val::ExternRef(Nullable::Null),
			Value::Extern(Some(n)) => Val::ExternRef(Nullable::Val(ExternRef::new(&mut self.store, n))),
			Value::Func(false) => Val::FuncRef(Nullable::Null),
			Value::Func(true) => return Err(Failure::Engine("a function out of nothing".into())),
		})
	}

	fn from(&self, value: &Val) -> Result<Value, Failure> {
		Ok(match value {
			Val::I32(n) => Value::I32(*n as u32),
			Val::I64(n) => Value::I64(*n as u64),
			Val::F32(n) => Value::F32(n.to_bits()),
			Val::F64(n) => Value::F64(n.to_bits()),
			Val::FuncRef(func) => Value::Func(!func.is_null()),
			Val::ExternRef(Nullable::Null) => Value::Extern(None),
			Val::ExternRef(Nullable::Val(it)) => {
				Value::Extern(it.data(&self.store).downcast_ref::<u32>().copied())
			},
			Val::V128(_) => return Err(Failure::Engine("a value of a type not admitted".into())),
		})
	}
}

impl Library for OnWasmi {
	const NAME: &'static str = "wasmi";
	const KEEPS_FAILED: bool = false;
	type Instance = Instance;

	fn new(pages: u64) -> anyhow::Result<Self> {
		let engine = Engine::new(&ergon_executor_wasmi::config());
		let limits = StoreLimitsBuilder::new().table_elements(MAX_TABLE_ENTRIES as usize).build();
		let mut store = Store::new(&engine, limits);
		store.limiter(|limits| limits);
		let mut linker = Linker::new(&engine);
		linker.allow_shadowing(true);
		Ok(Self { engine, store, linker, counters: Vec::new(), pages })
	}

	fn instantiate(&mut self, module: &Admitted) -> Result<Instance, Failure> {
		let code = mend(&module.module)
			.and_then(|module| Module::new(&self.engine, &module).map_err(|error| format!("{error}")))
			.map_err(Failure::Engine)?;
		let instance =
			self.linker.instantiate_and_start(&mut self.store, &code).map_err(|error| self.failure(error))?;
		let counters =
			self.counters(instance, module).map_err(|error| Failure::Engine(format!("{error:#}")))?;
		self.counters.push(counters);
		Ok(instance)
	}

	fn register(&mut self, name: &str, instance: Instance) -> anyhow::Result<()> {
		self.linker
			.instance(&mut self.store, name, instance)
			.map_err(|error| anyhow::anyhow!("register {name}: {error}"))?;
		Ok(())
	}

	fn call(
		&mut self,
		instance: Instance,
		function: &str,
		args: &[Value],
		fuel: i64,
	) -> Result<Vec<Value>, Failure> {
		let func = instance.get_func(&self.store, function).ok_or(Failure::NoSuchExport)?;
		for counters in &self.counters {
			for (counter, value) in [(counters.fuel, fuel), (counters.depth, counters.root)] {
				counter
					.set(&mut self.store, Val::I64(value))
					.map_err(|error| Failure::Engine(format!("{error}")))?;
			}
		}
		let args = args.iter().map(|arg| self.to(*arg)).collect::<Result<Vec<_>, _>>()?;
		let mut results: Vec<Val> =
			func.ty(&self.store).results().iter().map(|ty| Val::default_for_ty(*ty)).collect();
		func.call(&mut self.store, &args, &mut results).map_err(|error| self.failure(error))?;
		results.iter().map(|result| self.from(result)).collect()
	}

	fn global(&mut self, instance: Instance, name: &str) -> Result<Value, Failure> {
		let global = instance.get_global(&self.store, name).ok_or(Failure::NoSuchExport)?;
		self.from(&global.get(&self.store))
	}

	fn memory(&mut self, instance: Instance, name: &str) -> Result<Vec<u8>, Failure> {
		let memory = instance.get_memory(&self.store, name).ok_or(Failure::NoSuchExport)?;
		Ok(memory.data(&self.store).to_vec())
	}

	fn parameters(&mut self, instance: Instance, function: &str) -> Option<Vec<Value>> {
		let ty = instance.get_func(&self.store, function)?.ty(&self.store);
		ty.params().iter().map(|ty| self.from(&Val::default_for_ty(*ty)).ok()).collect()
	}
}
