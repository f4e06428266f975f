//! What a child process costs: a task that does nothing, in a warm child and in this process, taking turns.
//!
//! Takes the path of `ergon-worker`, whose child it is. Prints `figure child_round_trip VALUE us goal <= 300`: the median of what
//! the child's round trip takes more.

#![allow(clippy::unwrap_used)] // A failed step is a failed measurement.

use ergon_executor_core::{Engine, Prepared, TaskContext};
use ergon_executor_wasmtime::{on_task_stack, Wasmtime};
use ergon_primitives::{Fuel, JobId, Limits, TaskIndex};
use ergon_worker::sandbox::{Launch, Pool};
use std::time::{Duration, Instant};

const NOTHING: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
const ROUNDS: usize = 2_000;

fn main() {
	let program = std::env::args_os().nth(1).expect("the path of ergon-worker is given");
	let launch = Launch { program: program.into(), ..Launch::this_program(false) };
	let start = Instant::now();
	let pool = Pool::start(launch, 1, None).unwrap();
	println!("the first child is confined after {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
	let engine = Wasmtime::for_child().unwrap();
	let (child, here) = on_task_stack(|| {
		let (child, here) = (Measured::of(&pool), Measured::of(&engine));
		for _ in 0..ROUNDS / 10 {
			child.once();
			here.once();
		}
		let rounds: Vec<_> = (0..ROUNDS).map(|_| (child.once(), here.once())).collect();
		(median(rounds.iter().map(|both| both.0)), median(rounds.iter().map(|both| both.1)))
	})
	.unwrap();
	println!("in this process {here:.1} us, in a warm child {child:.1} us (medians of {ROUNDS})");
	println!("figure child_round_trip {:.1} us goal <= 300", child - here);
}

struct Measured<'a, E: Engine> {
	engine: &'a E,
	program: E::Program,
	context: TaskContext,
}

impl<'a, E: Engine> Measured<'a, E> {
	fn of(engine: &'a E) -> Self {
		let Prepared::Ready(program) = engine.prepare(&wat::parse_str(NOTHING).unwrap()).unwrap() else {
			panic!("refused")
		};
		let limits = Limits { fuel: Fuel(1_000_000), memory: 1 << 20, output: 1 << 10 };
		let context =
			TaskContext { job: JobId(1), task: TaskIndex(0), tasks: 1, time: 0, args: Vec::new(), limits };
		Self { engine, program, context }
	}

	fn once(&self) -> Duration {
		let start = Instant::now();
		let execution = self.engine.run(&self.program, &self.context, b"").unwrap();
		let took = start.elapsed();
		assert!(execution.outcome.is_success(), "{:?}", execution.outcome);
		took
	}
}

/// In microseconds.
fn median(times: impl Iterator<Item = Duration>) -> f64 {
	let mut times: Vec<_> = times.collect();
	times.sort();
	times[times.len() / 2].as_secs_f64() * 1e6
}
