//! Child processes at work: answers, faults, and what is left of a task for the next one.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

mod common;

use common::*;
use ergon_executor_core::{Engine, LocalFault, Outcome, Prepared, Refusal};
use ergon_executor_wasmtime::{Cache, CacheKey, Wasmtime};
use ergon_primitives::Fuel;
use ergon_worker::{
	pipeline::{Fenced, StopHandle},
	sandbox::{Launch, Pool},
};
use std::{
	process::{Command, Stdio},
	thread,
	time::{Duration, Instant},
};

#[test]
fn a_child_should_give_the_answer_that_the_engine_gives() {
	let (pool, engine) = (pool(1), Wasmtime::new().unwrap());
	for wat in [ECHO, COUNTER, NOTHING] {
		let module = wat::parse_str(wat).unwrap();
		let Prepared::Ready(program) = engine.prepare(&module).unwrap() else { panic!("refused") };
		assert_eq!(run(&pool, wat, b"hello").unwrap(), engine.run(&program, &context(), b"hello").unwrap());
	}
	let Prepared::Refused(reason) = pool.prepare(b"\0asm, or not").unwrap() else { panic!("admitted") };
	assert_eq!(reason, Refusal::NotWasm);
}

#[test]
fn large_inputs_and_outputs_should_pass() {
	let pool = pool(1);
	let program = ready(&pool, ECHO);
	let input: Vec<u8> = (0..48u32 << 20).map(|at| ((at * 7) >> 3) as u8).collect();
	let mut context = context();
	context.limits.output = input.len() as u32;
	let execution = pool.run(&program, &context, &input).unwrap();
	assert!(execution.output == input);
	context.limits.output -= 1;
	let execution = pool.run(&program, &context, &input).unwrap();
	assert!(matches!(execution.outcome, Outcome::OutputTooLarge { .. }), "{:?}", execution.outcome);
	assert_eq!(execution.output, b"");
}

#[test]
fn nothing_of_a_task_should_be_left_for_the_next() {
	let pool = pool(1);
	let program = ready(&pool, COUNTER);
	for _ in 0..50 {
		assert_eq!(printed(&pool.run(&program, &context(), b"").unwrap()), [1, 1]);
	}
}

#[test]
fn tasks_of_several_programs_at_once_should_not_be_mixed_up() {
	let pool = pool(2);
	thread::scope(|scope| {
		for who in 0..4u8 {
			let pool = &pool;
			scope.spawn(move || {
				let echo = ready(pool, ECHO);
				let counter = ready(pool, COUNTER);
				for round in 0..20u8 {
					let input = vec![who, round, 7];
					assert_eq!(printed(&pool.run(&echo, &context(), &input).unwrap()), input);
					assert_eq!(printed(&pool.run(&counter, &context(), b"").unwrap()), [1, 1]);
				}
			});
		}
	});
}

#[test]
fn a_task_that_takes_too_long_should_be_killed_and_the_program_still_run() {
	let pool = pool(1);
	let program = ready(&pool, FOREVER);
	let start = Instant::now();
	let mut endless = context();
	endless.limits.fuel = Fuel(u64::MAX);
	let fault = within(&pool, Duration::from_millis(300)).run(&program, &endless, b"").unwrap_err();
	assert_eq!(fault, LocalFault::Fenced { millis: 300 });
	assert!(start.elapsed() < Duration::from_secs(5));
	let mut short = context();
	short.limits.fuel = Fuel(1_000_000);
	let execution = pool.run(&program, &short, b"").unwrap();
	assert_eq!(execution.outcome, Outcome::OutOfFuel { fuel: Fuel(1_000_000) });
}

#[test]
fn a_task_that_nobody_waits_for_should_be_ended_at_once() {
	let pool = pool(1);
	let program = ready(&pool, FOREVER);
	let (handle, stop) = StopHandle::new();
	let unwanted = pool.within(Duration::from_secs(3600), &stop);
	let start = Instant::now();
	thread::scope(|scope| {
		scope.spawn(|| {
			let mut endless = context();
			endless.limits.fuel = Fuel(u64::MAX);
			assert!(matches!(unwanted.run(&program, &endless, b""), Err(LocalFault::Process(_))));
		});
		thread::sleep(Duration::from_millis(200));
		handle.stop();
	});
	assert!(start.elapsed() < Duration::from_secs(5));
	assert_eq!(printed(&run(&pool, ECHO, b"next").unwrap()), b"next");
}

#[test]
fn a_compiled_program_should_be_kept_for_the_next_start_and_a_changed_one_compiled_again() {
	let folder = tempfile::tempdir().unwrap();
	let start = || {
		let key = CacheKey::load_or_create(&folder.path().join("key")).unwrap();
		let cache = Cache::open(folder.path().join("compiled"), key, 1 << 30).unwrap();
		Pool::start(launch(), 1, Some(cache)).unwrap()
	};
	let files = || {
		let files = std::fs::read_dir(folder.path().join("compiled")).unwrap();
		files.map(|file| file.unwrap().path()).collect::<Vec<_>>()
	};
	assert_eq!(printed(&run(&start(), ECHO, b"one").unwrap()), b"one");
	let [file] = &files()[..] else { panic!("{:?}", files()) };
	let whole = std::fs::read(file).unwrap();
	assert_eq!(printed(&run(&start(), ECHO, b"two").unwrap()), b"two");
	let mut changed = whole.clone();
	let middle = changed.len() / 2;
	changed[middle] ^= 1;
	std::fs::write(file, &changed).unwrap();
	assert_eq!(printed(&run(&start(), ECHO, b"three").unwrap()), b"three");
	assert_eq!(std::fs::read(file).unwrap(), whole, "written again");
}

/// A pool whose children are a shell that says hello, and then runs a script.
fn impostor(script: &str) -> Pool {
	// `Reply::Confined` of an empty list, in a frame.
	let script = format!(r"printf '\002\000\000\000\000\000'; {script}");
	let args = ["-c", &script].map(str::to_owned).to_vec();
	Pool::start(Launch { program: "/bin/sh".into(), args, insecure: false }, 1, None).unwrap()
}

#[test]
fn a_child_that_breaks_the_rules_should_be_a_fault_and_never_an_answer() {
	let module = wat::parse_str(NOTHING).unwrap();
	for (script, expected) in [
		(r"head -c1 >/dev/null; printf '\377\377\377\377'; exec sleep 60", "a message of 4294967295 bytes"),
		(r"head -c1 >/dev/null; printf '\001\000\000\000\143'; exec sleep 60", "not a message"),
		(r"head -c1 >/dev/null; printf '\001\000\000\000\003'; exec sleep 60", "another answer"),
		(r"exec >&- <&-; sleep 60", "it closed its pipes"),
		("head -c1 >/dev/null; exit 3", "exit status: 3"),
		("head -c1 >/dev/null; kill -SYS $$", "system call"),
		("head -c1 >/dev/null; kill -SEGV $$", "signal 11"),
	] {
		let fault = impostor(script).prepare(&module).map(|_| ()).unwrap_err();
		let LocalFault::Process(why) = &fault else { panic!("{script}: {fault}") };
		assert!(why.contains(expected), "{script}: {why}");
	}
	for signal in ["KILL", "ABRT"] {
		let fault = impostor(&format!("head -c1 >/dev/null; kill -{signal} $$")).prepare(&module).map(|_| ());
		assert!(matches!(fault, Err(LocalFault::Memory(_))), "{signal}: {fault:?}");
	}
	let tired = impostor("head -c1 >/dev/null; kill -XCPU $$").prepare(&module).map(|_| ());
	assert!(matches!(tired, Err(LocalFault::Fenced { .. })), "{tired:?}");
	let silent = within(&impostor("exec sleep 60"), Duration::from_millis(200)).prepare(&module).map(|_| ());
	assert_eq!(silent.unwrap_err(), LocalFault::Fenced { millis: 200 });
}

#[test]
fn a_child_that_cannot_be_confined_should_say_what_is_missing() {
	// `Reply::Exposed` of a list of one word of seven letters.
	let script = r"printf '\012\000\000\000\001\004\034seccomp'; read x";
	let args = ["-c", script].map(str::to_owned).to_vec();
	let launch = Launch { program: "/bin/sh".into(), args, insecure: false };
	let fault = Pool::start(launch, 1, None).map(|_| ()).unwrap_err();
	assert!(fault.to_string().contains("lacks seccomp"), "{fault}");
	let nowhere = Launch { program: "/no/such/program".into(), args: Vec::new(), insecure: false };
	let fault = Pool::start(nowhere, 1, None).map(|_| ()).unwrap_err();
	assert!(fault.to_string().contains("/no/such/program"), "{fault}");
}

#[test]
fn children_should_end_with_the_worker_even_if_it_is_killed() {
	let data = tempfile::tempdir().unwrap();
	let mut worker = Command::new(env!("CARGO_BIN_EXE_ergon-worker"))
		.args(["run", "--node", "ws://127.0.0.1:1", "--key", "//Alice", "--slots", "2"])
		.env("ERGON_WORKER_DATA", data.path())
		.stderr(Stdio::null())
		.spawn()
		.unwrap();
	eventually("children", || children(worker.id()).len() >= 3);
	let started = children(worker.id());
	worker.kill().unwrap();
	worker.wait().unwrap();
	// No other process has had the time to be given one of their numbers.
	eventually("an end of all children", || {
		started.iter().all(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists())
	});
}
