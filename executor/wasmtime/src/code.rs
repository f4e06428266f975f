//! A compiled program as bytes: what is cached, what goes from process to process, and the one place that maps it.

use crate::{host::State, Program};
use ergon_executor_core::{Admitted, LocalFault};
use wasmtime::{Engine, Linker, Module};

/// Bytes of [`Facts`] before the machine code.
const FACTS: usize = 24;

/// A program's machine code, with what was found out about it at admission.
///
/// Whoever holds one vouches for it: it was compiled in this process, or [authenticated](crate::Cache::get), or
/// [declared trusted](Self::trusted).
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Vec<u8>);

/// What an engine needs to know of a program beside its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
	pub(crate) initial_memory: u64,
	pub(crate) maximum_pages: u64,
	pub(crate) start_fuel: u64,
}

impl From<&Admitted> for Facts {
	fn from(admitted: &Admitted) -> Self {
		Self {
			initial_memory: admitted.initial_memory,
			maximum_pages: admitted.maximum_pages,
			start_fuel: admitted.start_fuel,
		}
	}
}

impl Facts {
	fn to_bytes(self) -> [u8; FACTS] {
		let mut bytes = [0; FACTS];
		let numbers = [self.initial_memory, self.maximum_pages, self.start_fuel];
		for (at, number) in bytes.chunks_exact_mut(8).zip(numbers) {
			at.copy_from_slice(&number.to_le_bytes());
		}
		bytes
	}

	fn from_bytes(bytes: &[u8; FACTS]) -> Self {
		let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at * 8 + byte]));
		Self { initial_memory: number(0), maximum_pages: number(1), start_fuel: number(2) }
	}
}

impl Code {
	/// Compiles what was admitted.
	pub(crate) fn compile(engine: &Engine, admitted: &Admitted) -> Result<Self, LocalFault> {
		let machine_code = engine.precompile_module(&admitted.module).map_err(compile_fault)?;
		Ok(Self([&Facts::from(admitted).to_bytes()[..], &machine_code].concat()))
	}

	/// Bytes whose authenticity was checked.
	pub(crate) fn authenticated(bytes: Vec<u8>) -> Self {
		Self(bytes)
	}

	/// Takes bytes for compiled code.
	///
	/// # Safety
	/// They must be what [`as_bytes`](Self::as_bytes) gave for code that was compiled by this program, unchanged.
	/// Loading anything else is running somebody's machine code with the rights of this process, so whoever takes them
	/// from a process that may be in foreign hands must map them only where there is nothing to lose.
	#[expect(unsafe_code, reason = "the caller must vouch for machine code")]
	pub unsafe fn trusted(bytes: Vec<u8>) -> Self {
		Self(bytes)
	}

	/// To store or to send.
	pub fn as_bytes(&self) -> &[u8] {
		&self.0
	}

	/// Maps the code.
	pub(crate) fn load(&self, engine: &Engine, linker: &Linker<State>) -> Result<Program, LocalFault> {
		let Some((facts, machine_code)) = self.0.split_first_chunk() else {
			return Err(LocalFault::Compile("compiled code is cut off".into()));
		};
		#[expect(unsafe_code, reason = "mapping machine code is what this crate is for")]
		// SAFETY: these are bytes that `precompile_module` gave, unchanged: they have not left this process, or were
		// authenticated on their way back, or the caller of `trusted` vouches for them. What another version of the engine
		// made, wasmtime finds out by itself.
		let module = unsafe { Module::deserialize(engine, machine_code) }.map_err(compile_fault)?;
		Program::link(linker, &module, Facts::from_bytes(facts))
	}
}

impl std::fmt::Debug for Code {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "Code({} bytes)", self.0.len())
	}
}

pub(crate) fn compile_fault(error: wasmtime::Error) -> LocalFault {
	LocalFault::Compile(format!("{error:#}"))
}
