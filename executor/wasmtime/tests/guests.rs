//! The example programs, run as a provider would run them.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

mod common;

use common::{context, exited, prepare, run};
use ergon_executor_core::{Engine, Execution, Outcome, TaskContext};
use ergon_executor_wasmtime::{Program, Wasmtime};
use ergon_primitives::{Fuel, TaskIndex};
use std::{fs, path::PathBuf, time::Instant};

fn guests() -> PathBuf {
	PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../guests")
}

fn guest(engine: &Wasmtime, name: &str) -> Program {
	let path = guests().join("build").join(name).with_extension("wasm");
	let module = fs::read(&path).unwrap_or_else(|error| {
		panic!("{}: {error}; build the guests first: run scripts/guests.sh", path.display())
	});
	prepare(engine, &module)
}

fn sample(name: &str) -> Vec<u8> {
	fs::read(guests().join("samples").join(name)).unwrap()
}

/// Runs, and says on request (`--nocapture`) what it took.
fn timed(engine: &Wasmtime, program: &Program, context: &TaskContext, input: &[u8]) -> Execution {
	let start = Instant::now();
	let execution = engine.run(program, context, input).unwrap();
	println!(
		"task {} of {}: {} fuel, {} bytes, {:?}",
		context.task,
		context.tasks,
		execution.outcome.fuel(),
		execution.output.len(),
		start.elapsed()
	);
	execution
}

/// A context with arguments, and fuel for the real thing.
fn with_args(args: &[&str]) -> TaskContext {
	let mut context = context();
	context.args = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
	context.limits.fuel = Fuel(50_000_000_000);
	context.limits.memory = 256 << 20;
	context.limits.output = 64 << 20;
	context
}

fn text(execution: &Execution) -> &str {
	std::str::from_utf8(&execution.output).unwrap()
}

/// A refusal of the program's own: exit code 2, a reason, and no output.
fn assert_complains(execution: &Execution, about: &str) {
	assert!(matches!(execution.outcome, Outcome::Exited { code: 2, .. }), "{:?}", execution.outcome);
	let stderr = String::from_utf8_lossy(&execution.stderr);
	assert!(stderr.contains(about), "{stderr}");
	assert!(execution.output.is_empty());
}

#[test]
fn a_picture_is_rendered_tile_by_tile() {
	let engine = Wasmtime::new().unwrap();
	let tiles = guest(&engine, "tiles");
	let scene = String::from_utf8(sample("scene.txt")).unwrap().replace("size 1600 1200", "size 120 90");
	let render = |tasks: u32| {
		(0..tasks)
			.flat_map(|task| {
				let context = TaskContext { task: TaskIndex(task), tasks, ..with_args(&[]) };
				let execution = timed(&engine, &tiles, &context, scene.as_bytes());
				exited(&execution, 0);
				execution.output
			})
			.collect::<Vec<u8>>()
	};
	let assemble = |tiles_given: &[u8]| timed(&engine, &tiles, &with_args(&["assemble"]), tiles_given);
	let (one, many) = (render(1), render(12));
	let (whole, cut) = (assemble(&one), assemble(&many));
	exited(&whole, 0);
	assert_eq!(whole.output, cut.output, "the picture does not depend on how it is cut");
	assert!(whole.output.starts_with(b"\x89PNG\r\n\x1a\n"));
	assert_eq!(&whole.output[16..24], [0, 0, 0, 120, 0, 0, 0, 90]);
	let colours: std::collections::HashSet<_> = one[28..].chunks(3).collect();
	assert!(colours.len() > 1000, "{} colours", colours.len());

	assert_complains(&assemble(b""), "no tiles");
	assert_complains(&assemble(&many[..many.len() - 1]), "cut off");
	assert_complains(&assemble(&[&many[..], b"x"].concat()), "does not begin");
	assert_complains(&assemble(&[&one[..], &one[..]].concat()), "over another");
	let first = 28 + 3 * 40 * 22;
	assert_complains(&assemble(&many[..first]), "missing");
}

#[test]
fn a_wrong_scene_is_refused_with_its_line() {
	let engine = Wasmtime::new().unwrap();
	let tiles = guest(&engine, "tiles");
	for (scene, about) in [
		("", "no 'size"),
		("size 10", "line 1"),
		("size 10 10\nspheer 1 2 3", "line 2"),
		("size 10 99999", "whole number"),
		("size -1 10", "whole number"),
		("size 1.5 10", "whole number"),
		("size nan 10", "not a number"),
		("size 10 10\nsphere 0 0 0 0 1 1 1 0", "radius"),
		("size 1 1", "cannot be cut"),
	] {
		let context = TaskContext { tasks: 16, ..with_args(&[]) };
		assert_complains(&engine.run(&tiles, &context, scene.as_bytes()).unwrap(), about);
	}
	assert_complains(&run(&engine, &tiles, &with_args(&[]), b"\xff\xfe"), "not text");
	assert_complains(&run(&engine, &tiles, &with_args(&["paint"]), b""), "paint");
}

#[test]
fn a_text_is_counted() {
	let engine = Wasmtime::new().unwrap();
	let textstats = guest(&engine, "textstats");
	let input = sample("text.txt");
	let plain = timed(&engine, &textstats, &with_args(&[]), &input);
	exited(&plain, 0);
	let reference = String::from_utf8(input.clone()).unwrap();
	let json = timed(&engine, &textstats, &with_args(&["--json", "--top", "5"]), &input);
	exited(&json, 0);
	let json = text(&json);
	for (field, count) in [
		("bytes", input.len()),
		("characters", reference.chars().count()),
		("lines", reference.lines().count()),
		("longest_line", reference.lines().map(|line| line.chars().count()).max().unwrap()),
	] {
		assert!(json.contains(&format!("\"{field}\": {count},")), "{field} {count} in {json}");
	}
	assert_eq!(json.matches("\"word\"").count(), 5);
	assert!(json.contains("\"word\": \"the\""), "{json}");

	let umlauts =
		run(&engine, &textstats, &with_args(&["--json"]), "Größe über\nÄrger: größe. Ja!".as_bytes());
	let json = text(&umlauts);
	for expected in [
		"\"lines\": 2,",
		"\"words\": 5,",
		"\"characters\": 28,",
		"\"bytes\": 34,",
		"\"sentences\": 2,",
		"\"word\": \"größe\", \"count\": 2",
	] {
		assert!(json.contains(expected), "{expected} in {json}");
	}
}

#[test]
fn any_bytes_are_counted() {
	let engine = Wasmtime::new().unwrap();
	let textstats = guest(&engine, "textstats");
	let binary: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
	for input in [&b""[..], b"\n", b"\0\0\0", b"\xff\xc3", b"\xf0\x9f\x92", &[b'x'; 100_000], &binary] {
		for args in [&[][..], &["--json"]] {
			let execution = run(&engine, &textstats, &with_args(args), input);
			exited(&execution, 0);
			text(&execution);
		}
	}
	for args in [&["--top"][..], &["--top", "-1"], &["--top", "99999999999"], &["--top", "x"], &["--verbose"]]
	{
		assert_complains(&run(&engine, &textstats, &with_args(args), b"a"), "textstats:");
	}
}

#[test]
fn related_proteins_are_found_and_aligned() {
	let engine = Wasmtime::new().unwrap();
	let align = guest(&engine, "align");
	let execution = timed(&engine, &align, &with_args(&[]), &sample("proteins.fa"));
	exited(&execution, 0);
	println!("{}", text(&execution));

	// By hand: HEAGAWGHEE against PAWHEAE has its best local alignment at AWGHE / AW-HE (gap 11 + 1 costs too much for it
	// under BLOSUM62), so the run HEA (8 + 5 + 4) decides.
	let tiny = run(&engine, &align, &with_args(&[]), b">query\nHEAGAWGHEE\n>subject\nPAWHEAE\n");
	exited(&tiny, 0);
	assert!(text(&tiny).contains("score 17"), "{}", text(&tiny));
	// With cheap gaps: AW 15, a gap of one −2, HE 13, a gap −2, E 5.
	let gapped = run(
		&engine,
		&align,
		&with_args(&["--open", "1", "--extend", "1"]),
		b">query\nHEAGAWGHEE\n>subject\nPAWHEAE\n",
	);
	assert!(text(&gapped).contains("score 29"), "{}", text(&gapped));
	assert!(text(&gapped).contains("AW-HE"), "{}", text(&gapped));

	let same = run(&engine, &align, &with_args(&[]), b">q\nMKWVTFISLL\n>s\nMKWVTFISLL\n");
	assert!(text(&same).contains("identity 10/10"), "{}", text(&same));
}

#[test]
fn what_is_not_a_database_is_refused() {
	let engine = Wasmtime::new().unwrap();
	let align = guest(&engine, "align");
	for (input, about) in [
		(&b""[..], "no query"),
		(b"MKV\n", "line 1"),
		(b">only a query\nMKV\n", "no subjects"),
		(b">q\n>s\nMKV\n", "empty"),
		(b">q\nMKV\n>s\nMK7\n", "line 4"),
		(b">q\nMKV\n>s\nMK\xff\n", "line 4"),
	] {
		assert_complains(&run(&engine, &align, &with_args(&[]), input), about);
	}
	let huge = [b">q\n".to_vec(), vec![b'M'; 100_001], b"\n>s\nMKV\n".to_vec()].concat();
	assert_complains(&run(&engine, &align, &with_args(&[]), &huge), "too long");
	for args in [&["--hits"][..], &["--hits", "x"], &["--open", "-1"], &["--open", "1000"], &["--fast"]] {
		assert_complains(&run(&engine, &align, &with_args(args), b">q\nM\n>s\nM\n"), "align:");
	}
}
