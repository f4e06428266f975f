//! How wasmtime is set up. What changes an answer is here, and nowhere else.

use wasmtime::{Collector, Config, OptLevel, Strategy};

/// How much stack a program's calls may use, in bytes.
pub const MAX_STACK: usize = 1 << 20;

pub(crate) fn config(fenced: bool) -> Config {
	let mut config = Config::new();
	// Part of the answer.
	config
		.consume_fuel(true)
		.cranelift_nan_canonicalization(true)
		.max_wasm_stack(MAX_STACK)
		.wasm_relaxed_simd(false)
		.wasm_simd(false)
		.wasm_tail_call(false)
		.wasm_multi_memory(false)
		.wasm_memory64(false)
		.wasm_extended_const(false)
		.wasm_custom_page_sizes(false)
		.wasm_wide_arithmetic(false)
		.wasm_stack_switching(false)
		.wasm_function_references(false)
		.wasm_gc(false)
		.wasm_reference_types(true)
		.wasm_bulk_memory(true)
		.wasm_multi_value(true);
	// Not part of it: speed, and what is kept for nobody to read.
	config
		.strategy(Strategy::Cranelift)
		.cranelift_opt_level(OptLevel::Speed)
		.collector(Collector::Null)
		.epoch_interruption(fenced)
		.wasm_backtrace(false)
		.generate_address_map(false);
	config
}
