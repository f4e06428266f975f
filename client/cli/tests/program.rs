//! `ergon program inspect` and `ergon run --local` on programs, and on files that are none.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

use serde_json::Value;
use std::{
	fs,
	path::PathBuf,
	process::{Command, Output, Stdio},
};

/// An address at which nobody answers: none of these commands may want a node.
const NOBODY: &str = "ws://127.0.0.1:1";

fn ergon(words: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_ergon"))
		.args(words)
		.env_remove("ERGON_KEY")
		.env("ERGON_NODE", NOBODY)
		.stdin(Stdio::null())
		.output()
		.unwrap()
}

fn golden(path: &str) -> String {
	let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../executor/conformance/golden");
	folder.join(path).display().to_string()
}

fn json(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout)
		.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

struct Files(tempfile::TempDir);

impl Files {
	fn new() -> Self {
		Self(tempfile::tempdir().unwrap())
	}

	fn add(&self, name: &str, bytes: &[u8]) -> String {
		let path = self.0.path().join(name);
		fs::write(&path, bytes).unwrap();
		path.display().to_string()
	}
}

#[test]
fn a_program_should_be_told_in_parts_and_figures() {
	let program = golden("wasm/json.wasm");
	let output = ergon(&["program", "inspect", &program]);
	let text = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	for part in ["providers run it", "fd_write", "instrumented", "entries at the start", "bytes at the start"]
	{
		assert!(text.contains(part), "'{part}' in: {text}");
	}
	assert!(!text.contains("exited"), "nothing is run without an input: {text}");

	let said = json(&ergon(&["--json", "program", "inspect", &program]));
	assert_eq!(said["admitted"], true);
	assert!(said["refusal"].is_null() && said["run"].is_null());
	let bytes = fs::read(&program).unwrap().len();
	assert_eq!(said["module"]["bytes"], bytes);
	assert!(said["instrumented"]["bytes"].as_u64().unwrap() > bytes as u64 / 2);
	assert!(said["instrumented"]["start_fuel"].as_u64().unwrap() > 0);
	let counted = said["instrumented"]["counted_functions"].as_u64().unwrap();
	let functions = said["module"]["functions"].as_u64().unwrap();
	assert!(0 < counted && counted < functions, "{counted} of {functions}: its parser recurses");
}

#[test]
fn both_engines_should_say_the_same_of_an_input() {
	let (program, input) = (golden("wasm/json.wasm"), golden("inputs/program.json"));
	let runs = ["wasmtime", "wasmi"].map(|engine| {
		let output =
			ergon(&["--json", "program", "inspect", &program, "--input", &input, "--engine", engine]);
		assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
		json(&output)["run"].clone()
	});
	assert_eq!(runs[0], runs[1]);
	assert!(runs[0]["fuel"].as_u64().unwrap() > 1_000);
	assert_eq!(runs[0]["outcome"]["exited"]["code"], 0);
	assert!(runs[0]["result"].as_str().unwrap().starts_with("0x"));

	let outputs = ["wasmtime", "wasmi"]
		.map(|engine| ergon(&["run", "--local", &program, "--input", &input, "--engine", engine]));
	assert!(outputs[0].status.success(), "{}", String::from_utf8_lossy(&outputs[0].stderr));
	assert_eq!(outputs[0], outputs[1], "output, roots and fuel");
	assert!(outputs[0].stdout.starts_with(b"{\"apple\":2"));
}

#[test]
fn an_admitted_program_that_fails_should_still_be_admitted() {
	let program = golden("wasm/json.wasm");
	let output = ergon(&["program", "inspect", &program, "--input", "/dev/null", "--fuel", "30000"]);
	let text = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success() && text.contains("ran out of fuel: the limit is 30000"), "{text}");
	let output = ergon(&["program", "inspect", &program, "--input", "/dev/null"]);
	let text = String::from_utf8_lossy(&output.stdout);
	assert!(text.contains("exited with code 2") && text.contains("json: byte 0"), "{text}");
}

#[test]
fn a_memory_limit_should_be_part_of_the_answer() {
	let program = golden("wasm/sort.wasm");
	assert!(ergon(&["program", "inspect", &program]).status.success());
	let output = ergon(&["program", "inspect", &program, "--memory", "1M"]);
	assert_eq!(output.status.code(), Some(1));
	let text = String::from_utf8_lossy(&output.stdout);
	assert!(text.contains("--memory is 1048576") && text.contains("raise the limit"), "{text}");
}

/// Files that are no programs, and a word that the answer must have.
fn bad_files(files: &Files) -> Vec<(String, &'static str)> {
	let good = fs::read(golden("wasm/fft.wasm")).unwrap();
	let own = fs::read(env!("CARGO_BIN_EXE_ergon")).unwrap();
	let component = b"\0asm\x0D\0\x01\0\x07\x01\0";
	let mut bad = vec![
		(files.add("empty.wasm", b""), "an empty file"),
		(files.add("header.wasm", &good[..5]), "cut off"),
		(files.add("truncated.wasm", &good[..good.len() / 2]), "at byte"),
		(files.add("short.wasm", &good[..good.len() - 1]), "at byte"),
		(files.add("twice.wasm", &[&good[..], &good].concat()), "at byte"),
		(files.add("trailing.wasm", &[&good[..], b"\n"].concat()), "at byte"),
		(files.add("text.wasm", b"(module (func (export \"_start\")))"), "text format"),
		(files.add("elf.wasm", &own[..own.len().min(1 << 20)]), "an ELF file"),
		(files.add("component.wasm", component), "component"),
		(files.add("script.wasm", b"#!/bin/sh\nexit 0\n"), "a script"),
		(files.add("page.wasm", b"<!DOCTYPE html>"), "not a WebAssembly module"),
		(files.add("version.wasm", b"\0asm\x02\0\0\0"), "not a WebAssembly module"),
		(files.add("library.wasm", &good[..8]), "_start"),
	];
	let mut flipped = good.clone();
	flipped[good.len() / 3] ^= 0x40;
	if ergon_executor_core::admit(&flipped).is_err() {
		bad.push((files.add("flipped.wasm", &flipped), "refused"));
	}
	bad
}

#[test]
fn files_that_are_no_programs_should_be_refused_in_words() {
	let files = Files::new();
	for (path, word) in bad_files(&files) {
		let output = ergon(&["program", "inspect", &path]);
		let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
		assert_eq!(output.status.code(), Some(1), "{path}: {said}{told}");
		assert!(said.contains(word) && said.contains(": refused: "), "{path}: '{word}' in: {said}");
		assert!(told.contains("is not a program that can be run"), "{path}: {told}");

		let output = ergon(&["--json", "program", "inspect", &path]);
		assert_eq!(output.status.code(), Some(1), "{path}");
		let report = json(&output);
		assert_eq!(report["admitted"], false, "{report}");
		assert!(report["refusal"]["reason"].is_string() && report["instrumented"].is_null(), "{report}");

		for words in [&["run", "--local", &path][..], &["--key", "//Bob", "run", &path]] {
			let output = ergon(words);
			let told = String::from_utf8_lossy(&output.stderr);
			assert_eq!(output.status.code(), Some(1), "{words:?}: {told}");
			assert!(told.contains("is not a program that can be run"), "{words:?}: {told}");
			assert!(output.stdout.is_empty(), "{words:?}");
		}
	}
}

#[test]
fn every_cut_of_a_program_should_be_answered() {
	let good = fs::read(golden("wasm/fft.wasm")).unwrap();
	// Behind the code there is only data, whose count this module does not give: what is cut off there is not missed.
	let mut admitted_from = good.len();
	for cut in (0..good.len()).rev() {
		if ergon_executor_core::admit(&good[..cut]).is_ok() {
			admitted_from = cut;
		}
	}
	assert!(admitted_from > good.len() / 2, "cut at {admitted_from} of {}", good.len());
}

#[test]
fn what_cannot_be_read_should_be_said_with_its_path() {
	let files = Files::new();
	let folder = files.0.path().display().to_string();
	let missing = files.0.path().join("missing.wasm").display().to_string();
	let program = golden("wasm/json.wasm");
	for (words, word) in [
		(&["program", "inspect", &missing][..], "No such file"),
		(&["program", "inspect", &folder], "directory"),
		(&["program", "inspect", &program, "--input", &missing], "No such file"),
		(&["program", "inspect", &program, "--input", &folder], "directory"),
		(&["run", "--local", &folder], "directory"),
	] {
		let output = ergon(words);
		let told = String::from_utf8_lossy(&output.stderr);
		assert_eq!(output.status.code(), Some(1), "{words:?}: {told}");
		assert!(told.contains(word) && told.contains(&folder), "{words:?}: '{word}' in: {told}");
	}
	let output = ergon(&["run", "--local", &missing]);
	assert_eq!(output.status.code(), Some(2), "a name that is no file may be a blob's, and is neither");
}

#[test]
fn what_is_too_large_should_be_told_without_reading_on() {
	let files = Files::new();
	let path = files.add("large.wasm", b"");
	// A sparse file of a gigabyte.
	fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
	let output = ergon(&["program", "inspect", &path]);
	let told = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.code(), Some(1), "{told}");
	assert!(told.contains("at most 16777216"), "{told}");

	// With a custom section of 17 MiB: a program, but for its size.
	let mut module = fs::read(golden("wasm/fft.wasm")).unwrap();
	let size = 17u32 << 20;
	let length = [
		(size & 0x7F) as u8 | 0x80,
		(size >> 7 & 0x7F) as u8 | 0x80,
		(size >> 14 & 0x7F) as u8 | 0x80,
		(size >> 21) as u8,
	];
	module.push(0);
	module.extend(length);
	module.extend(std::iter::once(4).chain(*b"junk").chain(std::iter::repeat_n(0, size as usize - 5)));
	let output = ergon(&["program", "inspect", &files.add("debug.wasm", &module)]);
	let said = String::from_utf8_lossy(&output.stdout);
	assert_eq!(output.status.code(), Some(1), "{said}");
	assert!(said.contains("larger than 16 MiB") && said.contains("strip it"), "{said}");
}

#[test]
fn wrong_words_should_be_named() {
	for (words, word) in [
		(&["program", "inspect"][..], "FILE"),
		(&["program", "inspect", "p", "--engine", "v8"], "wasmi"),
		(&["program", "inspect", "p", "--fuel", "lots"], "10G"),
		(&["run", "p", "--engine", "wasmi"], "--local"),
	] {
		let output = ergon(words);
		let told = String::from_utf8_lossy(&output.stderr);
		assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
		assert!(told.contains(word), "{words:?}: '{word}' in: {told}");
	}
}
