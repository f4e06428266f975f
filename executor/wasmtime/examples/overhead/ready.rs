//! What it takes to make a program ready, the first time and every other, and to run one that does nothing.

use crate::{engines::context, figure, mean};
use ergon_executor_core::{Engine, Prepared};
use ergon_executor_wasmtime::{on_task_stack, Cache, CacheKey, Wasmtime};
use std::{fs, path::PathBuf, time::Instant};

/// Ends at once.
const NOOP: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

pub fn measure(programs: &[PathBuf]) {
	let folder = tempfile::tempdir().unwrap();
	let engine = Wasmtime::new().unwrap();
	let times: Vec<_> = programs
		.iter()
		.map(|program| {
			let module = fs::read(program).unwrap();
			let prepare = |cache: &Cache| {
				let Prepared::Ready(_) = engine.prepare_cached(cache, &module).unwrap() else {
					panic!("it is refused")
				};
			};
			let key = CacheKey::new([7; 32]);
			let open = |name: &str| Cache::open(folder.path().join(name), key.clone(), 1 << 30).unwrap();
			let first = best(3, |_| {
				fs::remove_dir_all(folder.path().join("cold")).ok();
				let cache = open("cold");
				move || prepare(&cache)
			});
			let warm = open("warm");
			prepare(&warm);
			let second = best(30, |_| || prepare(&warm));
			eprintln!(
				"{:<10}{:>11.1} ms compiled{:>11.3} ms from the cache",
				crate::name(program),
				first * 1e3,
				second * 1e3
			);
			(first, second)
		})
		.collect();
	figure("first_prepare_mean", mean(times.iter().map(|times| times.0)) * 1e3, "ms", "<= 500");
	figure("second_prepare_mean", mean(times.iter().map(|times| times.1)) * 1e3, "ms", "<= 5");
	figure(
		"second_to_first_prepare_mean",
		mean(times.iter().map(|(first, second)| second / first)),
		"x",
		"<= 0.01",
	);

	let module = wat::parse_str(NOOP).unwrap();
	let noop = |engine: &Wasmtime| {
		let Prepared::Ready(program) = engine.prepare(&module).unwrap() else { panic!("it is refused") };
		best(1000, |_| || assert!(engine.run(&program, &context(), &[]).unwrap().outcome.is_success()))
	};
	figure("noop_task_own_thread", noop(&engine) * 1e6, "us", "<= 300");
	let child = Wasmtime::for_child().unwrap();
	figure("noop_task_in_child", on_task_stack(|| noop(&child)).unwrap() * 1e6, "us", "<= 100");
}

/// The shortest of so many runs, each made ready beforehand.
fn best<F: FnOnce()>(rounds: usize, mut ready: impl FnMut(usize) -> F) -> f64 {
	(0..rounds)
		.map(|round| {
			let run = ready(round);
			let start = Instant::now();
			run();
			start.elapsed().as_secs_f64()
		})
		.fold(f64::INFINITY, f64::min)
}
