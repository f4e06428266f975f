//! Modules that are no commands, on both engines: any imports and exports, several instances, single calls.
//!
//! The `Engine` of each executor runs whole programs only. The official suite calls single functions, links modules
//! with each other and looks at globals; so here are the engines below the executors, with the same set-up and the same
//! protocol: what instrumentation wrote into a module is read and set around each call.

mod wasmi;
mod wasmtime;

pub use self::{wasmi::OnWasmi, wasmtime::OnWasmtime};

use ergon_executor_core::{instrument::MAX_DEPTH, Admitted, TrapKind};

/// More fuel than anything here uses.
pub const PLENTY: i64 = 1 << 40;

/// A value, floats as their bits: NaNs are compared too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
	/// An `i32`.
	I32(u32),
	/// An `i64`.
	I64(u64),
	/// The bits of an `f32`.
	F32(u32),
	/// The bits of an `f64`.
	F64(u64),
	/// An `externref`: null, or a number that the host knows it by.
	Extern(Option<u32>),
	/// A `funcref`: whether it is one, or null.
	Func(bool),
}

/// Why there are no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
	/// It trapped.
	Trap(TrapKind),
	/// It used more fuel than it was given.
	OutOfFuel,
	/// Its imports are not there, or are of another type.
	Unlinkable(String),
	/// There is no such export, or it is something else.
	NoSuchExport,
	/// The engine failed: never right.
	Engine(String),
}

/// One engine with some instances.
pub trait Library: Sized {
	/// The engine's name.
	const NAME: &'static str;
	/// Whether functions of a module can still be called, through a table of another, when making an instance of it
	/// trapped halfway. wasmi panics then. A program is one module, of which nothing is left, so that no task can come
	/// to this.
	const KEEPS_FAILED: bool;
	/// An instance of a module.
	type Instance: Copy;

	/// No instances yet. Memories may grow to this many pages, if they say nothing else.
	fn new(pages: u64) -> anyhow::Result<Self>;

	/// Makes an instance, linked with what is registered. No code of the module runs.
	fn instantiate(&mut self, module: &Admitted) -> Result<Self::Instance, Failure>;

	/// Lets later instances import from this one.
	fn register(&mut self, name: &str, instance: Self::Instance) -> anyhow::Result<()>;

	/// Calls an exported function, with this much fuel for each instance that is called into.
	fn call(
		&mut self,
		instance: Self::Instance,
		function: &str,
		args: &[Value],
		fuel: i64,
	) -> Result<Vec<Value>, Failure>;

	/// The value of an exported global.
	fn global(&mut self, instance: Self::Instance, name: &str) -> Result<Value, Failure>;

	/// The bytes of an exported memory.
	fn memory(&mut self, instance: Self::Instance, name: &str) -> Result<Vec<u8>, Failure>;

	/// A zero for each parameter of an exported function; `None` if there is none of this name.
	fn parameters(&mut self, instance: Self::Instance, function: &str) -> Option<Vec<Value>>;
}

/// What a trap is, given the counters of all instances after it: the deepest stack and the least fuel.
fn judge(kind: TrapKind, depth: i64, fuel: i64) -> Failure {
	match kind {
		_ if fuel < 0 => Failure::OutOfFuel,
		TrapKind::Unreachable if depth > MAX_DEPTH => Failure::Trap(TrapKind::StackExhausted),
		kind => Failure::Trap(kind),
	}
}
