//! Calls into a runtime's WebAssembly.

use anyhow::{anyhow, Context, Result};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use serde_json::Value;
use sp_core::{
	storage::{well_known_keys, Storage},
	traits::{CallContext, RuntimeCode, WrappedRuntimeCode},
	Hasher,
};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{backend::Backend, InMemoryBackend, OverlayedChanges, StateMachine};

/// What the runtime may call: what every Substrate node offers, and what benchmarks need besides.
pub type HostFunctions = (sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// A runtime and what executes it.
pub struct Runtime {
	wasm: Vec<u8>,
	hash: Vec<u8>,
	executor: WasmExecutor<HostFunctions>,
}

impl Runtime {
	/// Takes the WebAssembly of a runtime, compressed or not.
	pub fn new(wasm: Vec<u8>) -> Self {
		let hash = BlakeTwo256::hash(&wasm).as_bytes().to_vec();
		Self { wasm, hash, executor: WasmExecutor::builder().build() }
	}

	/// The state that a genesis preset builds.
	pub fn genesis(&self, preset: &str) -> Result<Storage> {
		let mut config = self.preset(None)?;
		merge(&mut config, self.preset(Some(preset))?);
		let mut changes = OverlayedChanges::default();
		let json = serde_json::to_vec(&config)?.encode();
		let built: Result<(), String> =
			self.call(&InMemoryBackend::default(), &mut changes, "GenesisBuilder_build_state", &json)?;
		built.map_err(|refusal| anyhow!("the preset {preset} builds no state: {refusal}"))?;
		let mut storage = Storage::default();
		for (key, value) in changes.changes_mut() {
			if let Some(value) = value.value() {
				storage.top.insert(key.to_vec(), value.to_vec());
			}
		}
		storage.top.insert(well_known_keys::CODE.to_vec(), self.wasm.clone());
		Ok(storage)
	}

	/// A genesis preset as JSON; the defaults where none is named.
	fn preset(&self, name: Option<&str>) -> Result<Value> {
		let json: Option<Vec<u8>> = self.call(
			&InMemoryBackend::default(),
			&mut Default::default(),
			"GenesisBuilder_get_preset",
			&name.encode(),
		)?;
		Ok(serde_json::from_slice(&json.with_context(|| format!("the runtime has no preset {name:?}"))?)?)
	}

	/// Calls a runtime API on a state. What it changes is in `changes`, and nowhere else.
	pub fn call<S, R>(
		&self,
		state: &S,
		changes: &mut OverlayedChanges<BlakeTwo256>,
		api: &str,
		arguments: &[u8],
	) -> Result<R>
	where
		S: Backend<BlakeTwo256>,
		R: Decode,
	{
		let code = WrappedRuntimeCode(self.wasm.as_slice().into());
		let code = RuntimeCode { code_fetcher: &code, hash: self.hash.clone(), heap_pages: None };
		let mut extensions = Default::default();
		let context = CallContext::Onchain { import: false };
		let answer = StateMachine::new(
			state,
			changes,
			&self.executor,
			api,
			arguments,
			&mut extensions,
			&code,
			context,
		)
		.execute()
		.map_err(|error| anyhow!("{api}: {error}"))?;
		R::decode(&mut answer.as_slice())
			.with_context(|| format!("{api}: the answer is not what was expected"))
	}
}

/// Puts the one over the other, as a chain specification's builder does.
fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			patch.into_iter().for_each(|(key, value)| merge(into.entry(key).or_insert(Value::Null), value));
		},
		(into, patch) => *into = patch,
	}
}
