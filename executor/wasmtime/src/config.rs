//! How wasmtime is set up. Nothing here decides an outcome: that is in the module.

use ergon_executor_core::{
	admission::{MAX_FUNCTIONS, MAX_GLOBALS, MAX_SEGMENTS, MAX_TABLES, MAX_TABLE_ENTRIES},
	instrument::{MAX_DEPTH, STACK_BYTES_PER_UNIT},
};
use wasmtime::{Collector, Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

/// The native stack that a program's calls may take, in bytes: more than the profile's limit lets them take.
pub const MAX_STACK: usize = MAX_DEPTH as usize * STACK_BYTES_PER_UNIT;

/// The largest linear memory that there is.
const ADDRESSABLE: u64 = 1 << 32;

/// Where the memory of running programs comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slots {
	/// Made for each task: any number at a time.
	OnDemand,
	/// One that is kept and used again: one task at a time.
	One,
}

pub(crate) fn config(fenced: bool, slots: Slots) -> Config {
	let mut config = Config::new();
	// What the profile admits, and nothing besides: a second look at what admission has seen to.
	config
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
	// Speed, and what is kept for nobody to read.
	config
		.strategy(Strategy::Cranelift)
		.cranelift_opt_level(OptLevel::Speed)
		.collector(Collector::Null)
		.epoch_interruption(fenced)
		.wasm_backtrace(false)
		.generate_address_map(false)
		.native_unwind_info(false)
		.memory_init_cow(true);
	// All that a memory can grow to is reserved at the start, so that growing never moves it.
	config.memory_reservation(ADDRESSABLE).memory_may_move(false).guard_before_linear_memory(false);
	config.max_wasm_stack(MAX_STACK);
	if slots == Slots::One {
		config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool())).parallel_compilation(false);
	}
	config
}

/// The set-up of [`Wasmtime::new`](crate::Wasmtime::new), for tests that run what is not a whole program.
pub fn on_demand() -> Config {
	config(false, Slots::OnDemand)
}

/// One slot that fits every program that is admitted.
fn pool() -> PoolingAllocationConfig {
	let mut pool = PoolingAllocationConfig::new();
	pool.total_core_instances(1)
		.total_memories(1)
		.max_memories_per_module(1)
		.max_memory_size(ADDRESSABLE as usize)
		.total_tables(MAX_TABLES)
		.max_tables_per_module(MAX_TABLES)
		.table_elements(MAX_TABLE_ENTRIES as usize)
		.max_core_instance_size(INSTANCE);
	pool
}

/// The largest record of an instance: 16 bytes for a global, less than 64 for a function that is a value, and for a
/// segment.
const INSTANCE: usize =
	64 * (MAX_GLOBALS as usize + MAX_FUNCTIONS as usize + 2 * MAX_SEGMENTS as usize) + (64 << 10);
