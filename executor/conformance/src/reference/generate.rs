//! Modules to try.

mod floats;

use anyhow::Result;
use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// The next number of a sequence without a pattern (SplitMix64).
pub(super) fn next(seed: u64) -> u64 {
	let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
	let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
	let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
	mixed ^ (mixed >> 31)
}

/// So many bytes without a pattern, the same for the same seed.
pub fn bytes(seed: u64, count: usize) -> Vec<u8> {
	let numbers = (1..).map(|index| next(seed ^ next(index)));
	numbers.flat_map(u64::to_le_bytes).take(count).collect()
}

/// Any module that admission could take, made of these bytes.
pub fn random_module(bytes: &[u8]) -> Result<Vec<u8>> {
	let mut source = Unstructured::new(bytes);
	let config = Config {
		// Modules without traps come further, those with them show what a trap is charged.
		disallow_traps: source.arbitrary()?,
		export_everything: true,
		max_funcs: 8,
		min_funcs: 1,
		max_imports: 4,
		max_instructions: 150,
		max_memory32_bytes: 16 << 16,
		max_table_elements: 1000,
		max_tables: 3,
		bulk_memory_enabled: true,
		reference_types_enabled: true,
		multi_value_enabled: true,
		saturating_float_to_int_enabled: true,
		sign_extension_ops_enabled: true,
		exceptions_enabled: false,
		extended_const_enabled: false,
		gc_enabled: false,
		memory64_enabled: false,
		max_memories: 1,
		relaxed_simd_enabled: false,
		shared_everything_threads_enabled: false,
		simd_enabled: false,
		tail_call_enabled: false,
		threads_enabled: false,
		wide_arithmetic_enabled: false,
		custom_page_sizes_enabled: false,
		..Config::default()
	};
	Ok(Module::new(config, &mut source)?.to_bytes())
}

/// A module that moves and computes floats in every way, made of these bytes.
pub fn float_module(bytes: &[u8]) -> Result<String> {
	floats::module(&mut Unstructured::new(bytes))
}
