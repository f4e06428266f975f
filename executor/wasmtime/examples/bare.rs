//! A task in the worker's engine against wasmtime embedded bare; run by `scripts/bench.sh`. Prints each figure on a
//! line of its own. Ratios are medians of runs taken in turn, so that a machine whose speed drifts does not tilt them.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use ergon_executor_core::{Engine, Prepared, TaskContext};
use ergon_executor_wasmtime::Wasmtime;
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use std::time::Instant;
use wasmtime::{Config, Instance, Module, Store};

/// Ends at once.
const NOOP: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

/// Hashes numbers for about a second on a fast core.
const SECOND: &str = r#"(module
	(memory (export "memory") 1)
	(func (export "_start") (local $left i32) (local $hash i32)
		(local.set $left (i32.const 250000000))
		(loop $turn
			(local.set $hash (i32.mul
				(i32.xor (local.get $hash) (i32.rotl (local.get $left) (i32.const 5)))
				(i32.const 16777619)))
			(local.set $left (i32.sub (local.get $left) (i32.const 1)))
			(br_if $turn (local.get $left)))
		(i32.store (i32.const 0) (local.get $hash))))"#;

/// Runs a prepared task through the worker's engine: limits, host interface, outcome and all.
fn with_limits(module: &[u8]) -> impl Fn() {
	let engine = Wasmtime::new().unwrap();
	let Prepared::Ready(program) = engine.prepare(module).unwrap() else { panic!("the module is admitted") };
	let limits = Limits { fuel: Fuel(100_000_000_000), memory: 1 << 20, output: 1 << 10 };
	let context =
		TaskContext { job: JobId(0), task: TaskIndex(0), tasks: 1, time: 0, args: Vec::new(), limits };
	move || assert!(engine.run(&program, &context, &[]).unwrap().outcome.is_success())
}

/// Runs a compiled module as an embedder would who wants nothing but its end.
fn bare(module: &[u8], config: &Config) -> impl Fn() {
	let engine = wasmtime::Engine::new(config).unwrap();
	let module = Module::new(&engine, module).unwrap();
	let metered = config_is_metered(&engine);
	move || {
		let mut store = Store::new(&engine, ());
		if metered {
			store.set_fuel(u64::MAX).unwrap();
		}
		let instance = Instance::new(&mut store, &module, &[]).unwrap();
		instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap().call(&mut store, ()).unwrap();
	}
}

fn config_is_metered(engine: &wasmtime::Engine) -> bool {
	Store::new(engine, ()).get_fuel().is_ok()
}

fn seconds(run: &impl Fn()) -> f64 {
	let start = Instant::now();
	run();
	start.elapsed().as_secs_f64()
}

/// Both in turn, `turns` times after one that does not count; the medians.
fn side_by_side(ours: impl Fn(), theirs: impl Fn(), turns: usize) -> (f64, f64) {
	ours();
	theirs();
	let mut times: (Vec<_>, Vec<_>) = (0..turns).map(|_| (seconds(&ours), seconds(&theirs))).unzip();
	let median = |times: &mut Vec<f64>| {
		times.sort_by(f64::total_cmp);
		times[times.len() / 2]
	};
	(median(&mut times.0), median(&mut times.1))
}

fn main() {
	let plain = Config::new();
	let mut metered = Config::new();
	metered.consume_fuel(true).cranelift_nan_canonicalization(true);
	let noop = wat::parse_str(NOOP).unwrap();
	let second = wat::parse_str(SECOND).unwrap();

	let (ours, theirs) = side_by_side(with_limits(&noop), bare(&noop, &plain), 501);
	println!("figure noop_task_added {:.0} µs goal <= 300", (ours - theirs) * 1e6);
	let (ours, theirs) = side_by_side(with_limits(&second), bare(&second, &metered), 5);
	println!("figure second_task_to_same_engine {:.3} x goal <= 1.05", ours / theirs);
	let (ours, theirs) = side_by_side(with_limits(&second), bare(&second, &plain), 5);
	println!("figure second_task_to_plain_engine {:.3} x goal <= 1.10", ours / theirs);
}
