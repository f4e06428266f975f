//! Modules out of any bytes: all that the profile admits, and nothing else.

use arbitrary::{Result, Unstructured};
use std::sync::OnceLock;
use wasm_smith::{Config, MemoryOffsetChoices, Module};

/// What generated programs export: what a command must, with memories of several sizes.
const COMMANDS: [&str; 4] = [
	r#"(module (func (export "_start")) (memory (export "memory") 1))"#,
	r#"(module (func (export "_start")) (memory (export "memory") 1 3))"#,
	r#"(module (func (export "_start")) (memory (export "memory") 0 40))"#,
	r#"(module (func (export "_start")) (memory (export "memory") 70))"#,
];

/// What generated programs may import.
const HOST: &str = r#"(module
	(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
	(import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
	(import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;

/// A text that does not parse would show in the first test that uses it, as a module that nobody admits.
fn binary(text: &str) -> Vec<u8> {
	wat::parse_str(text).unwrap_or_default()
}

/// Sizes and chances, drawn first so that few bytes make a variety of shapes.
fn config(u: &mut Unstructured) -> Result<Config> {
	Ok(Config {
		allow_start_export: u.ratio(1, 4)?,
		disallow_traps: u.ratio(1, 2)?,
		max_instructions: *u.choose(&[20, 100, 400])?,
		max_funcs: *u.choose(&[1, 4, 20])?,
		max_globals: 10,
		max_tables: u.int_in_range(0..=3)?,
		max_table_elements: 2_000,
		max_memory32_bytes: 32 << 16,
		max_data_segments: 5,
		max_element_segments: 5,
		memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
		bulk_memory_enabled: true,
		reference_types_enabled: true,
		multi_value_enabled: true,
		saturating_float_to_int_enabled: true,
		sign_extension_ops_enabled: true,
		canonicalize_nans: false,
		max_memories: 1,
		memory64_enabled: false,
		simd_enabled: false,
		relaxed_simd_enabled: false,
		threads_enabled: false,
		shared_everything_threads_enabled: false,
		exceptions_enabled: false,
		tail_call_enabled: false,
		gc_enabled: false,
		extended_const_enabled: false,
		wide_arithmetic_enabled: false,
		custom_page_sizes_enabled: false,
		..Config::default()
	})
}

/// A module that is a command.
pub fn command(u: &mut Unstructured) -> Result<Vec<u8>> {
	static EXPORTS: OnceLock<[Vec<u8>; 4]> = OnceLock::new();
	static IMPORTS: OnceLock<Vec<u8>> = OnceLock::new();
	let config = Config {
		exports: Some(u.choose(EXPORTS.get_or_init(|| COMMANDS.map(binary)))?.clone()),
		available_imports: Some(IMPORTS.get_or_init(|| binary(HOST)).clone()),
		// The memory is the exported one.
		max_memories: 0,
		max_imports: u.int_in_range(0..=4)?,
		..config(u)?
	};
	Ok(Module::new(config, u)?.to_bytes())
}

/// A module that imports nothing and exports all that it has.
pub fn library(u: &mut Unstructured) -> Result<Vec<u8>> {
	let config = Config { export_everything: true, max_imports: 0, ..config(u)? };
	Ok(Module::new(config, u)?.to_bytes())
}

/// The bytes to generate from for a number: the same on every machine.
pub fn seed(number: u64) -> Vec<u8> {
	// SplitMix64.
	let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
	let mut next = || {
		state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut z = state;
		z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		z ^ (z >> 31)
	};
	let words = 32 + next() % 480;
	(0..words).flat_map(|_| next().to_le_bytes()).collect()
}
