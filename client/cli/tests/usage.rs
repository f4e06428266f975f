//! What is wrong with a command line is said without a node, with exit code 2 and words that teach.
#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

use std::process::{Command, Output, Stdio};

/// An address at which nobody answers: whoever connects before checking is found out by exit code 4.
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

#[track_caller]
fn refused(words: &[&str], code: i32, part: &str) {
	let output = ergon(words);
	let said = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
	assert!(said.contains(part), "{words:?}: '{part}' in: {said}");
}

#[test]
fn malformed_values_should_name_option_and_form() {
	refused(&["run", "p", "--tasks=-3"], 2, "--tasks");
	refused(&["run", "p", "--tasks", "99999999999999999999"], 2, "--tasks");
	refused(&["run", "p", "--fuel", "lots"], 2, "10G");
	refused(&["run", "p", "--memory", "-5"], 2, "64M");
	refused(&["run", "p", "--max-price", "1e9"], 2, "1500000p");
	refused(&["run", "p", "--region", "de"], 2, "upper-case");
	refused(&["account", "transfer", "nobody", "1"], 2, "SS58");
	refused(&["account", "transfer", "//Bob", "-1"], 2, "negative");
	refused(&["blob", "get", "bafkwrong"], 2, "bafkwrong");
	refused(&["run", "p", "--hint", "https://blobs.example/x"], 2, "{cid}");
	refused(&["run", "p", "--hint", "file:///blobs/{cid}"], 2, "file:// is for stores");
	refused(&["run", "p", "--hint", "https://me:secret@blobs.example/{cid}"], 2, "everybody reads it");
	refused(&["market", "--store", "blobs.example"], 2, "https://");
	refused(&["job", "show", "seven"], 2, "seven");
	refused(&["market", "--node", "127.0.0.1:9944"], 2, "ws://127.0.0.1:9944");
}

#[test]
fn missing_and_contradicting_words_should_be_named() {
	refused(&["run"], 2, "PROGRAM");
	refused(&["run", "p", "--as-job", "7"], 2, "--local");
	refused(&["run", "p", "--output", "a", "--output-dir", "b"], 2, "--output-dir");
	refused(&["run", "p", "--plant", "1"], 2, "--adaptive");
	refused(&["run", "p", "--adaptive", "--plant", "17"], 2, "1..=16");
	refused(&["run", "p", "--adaptive", "--plant", "0"], 2, "1..=16");
	refused(&["run", "p", "--adaptive", "--plant-file", "f"], 2, "--plant");
	refused(&["run", "--local", "p", "--adaptive", "--plant", "1"], 2, "--local has none");
	refused(&["run", "--local", "p", "--hint", "https://blobs.example/{cid}"], 2, "--local has none");
	refused(&["job", "watch", "1", "--plant-file", "/no/such/file"], 1, "/no/such/file");
	refused(&["provider", "operator", "set"], 2, "OPERATOR");
	refused(&["provider", "operator", "clear"], 2, "--key-file");
	refused(&["provider", "register", "--bond", "1"], 2, "--worker");
	refused(&["provider", "pause"], 2, "--key-file");
	refused(&["account", "show"], 2, "ACCOUNT");
	refused(&["--key", "not a key", "provider", "pause"], 2, "key");
	refused(&["--key", "//Bob", "run", "no-such-file.wasm"], 2, "neither a file");
}

#[test]
fn offers_that_cannot_be_accepted_should_be_refused_before_connecting() {
	let register = ["--key", "//Bob", "provider", "register", "--bond", "1", "--worker", "//Bob//worker"];
	let with = |more: &[&'static str]| [&register[..], more].concat();
	refused(&with(&["--ask", "0", "--speed", "100"]), 2, "--ask");
	refused(&with(&["--ask", "1", "--speed", "0"]), 2, "--speed");
	refused(&with(&["--ask", "1", "--speed", "1", "--slots", "300"]), 2, "--slots");
	refused(&with(&["--ask", "1", "--speed", "1", "--memory", "1K"]), 2, "1 MiB");
}

#[test]
fn files_that_are_no_programs_should_be_refused_before_connecting() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("script.wasm");
	std::fs::write(&path, "#!/bin/sh\n").unwrap();
	let path = path.display().to_string();
	refused(&["--key", "//Bob", "run", &path], 1, "script.wasm");
	refused(&["run", "--local", &path], 1, "script.wasm");
}

#[test]
fn a_node_that_is_not_there_should_have_its_own_code_and_json() {
	refused(&["market"], 4, NOBODY);
	let output = ergon(&["--json", "market"]);
	let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(json["error"]["code"], 4);
	assert!(json["error"]["message"].as_str().unwrap().contains(NOBODY), "{json}");
}

#[test]
fn names_of_files_should_need_no_node() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("empty");
	std::fs::write(&path, "").unwrap();
	let output = ergon(&["blob", "id", &path.display().to_string()]);
	assert!(output.status.success());
	assert_eq!(
		String::from_utf8_lossy(&output.stdout).trim(),
		"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
	);
}

#[test]
fn help_should_be_there_for_every_word() {
	for words in
		[&["--help"][..], &["run", "--help"], &["job", "--help"], &["provider", "register", "--help"]]
	{
		let output = ergon(words);
		assert!(output.status.success(), "{words:?}");
	}
	let help = ergon(&["--help"]);
	assert!(String::from_utf8_lossy(&help.stdout).contains("Exit codes"));
}

#[test]
fn a_key_should_be_made_once_and_shown_without_its_secret() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("client.key");
	let file = path.to_str().unwrap();
	let made = ergon(&["--json", "key", "generate", "--file", file]);
	assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
	let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
	assert!(made.get("phrase").is_none(), "{made}");
	let shown = ergon(&["--json", "--key-file", file, "key", "show"]);
	let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
	assert_eq!(shown["address"], made["address"]);
	refused(&["key", "generate", "--file", file], 2, "holds a key already");
	refused(&["key", "show"], 2, "ergon key generate");
	refused(&["--key-file", "/no/such/key", "key", "show"], 2, "key generate");
}

#[test]
fn a_store_should_give_and_take_blobs_without_a_node() {
	let home = std::env::temp_dir().join(format!("ergon-cli-stores-{}", std::process::id()));
	std::fs::create_dir_all(&home).unwrap();
	let file = home.join("file");
	// Larger than what fits into one request to a node.
	std::fs::write(&file, vec![7; 11 << 20]).unwrap();
	let store = format!("file://{}", home.display());
	let put = ergon(&["blob", "put", file.to_str().unwrap(), "--to", &store]);
	assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
	let name = String::from_utf8(put.stdout).unwrap().trim().to_owned();
	let copy = home.join("copy");
	let got = ergon(&["blob", "get", &name, "--store", &store, "--output", copy.to_str().unwrap()]);
	assert!(got.status.success(), "{}", String::from_utf8_lossy(&got.stderr));
	assert_eq!(std::fs::read(&copy).unwrap(), vec![7; 11 << 20]);
	// What is there under the name is not the blob any more: only the node is left, and there is none.
	std::fs::write(home.join(&name), "other").unwrap();
	refused(&["blob", "get", &name, "--store", &store], 4, "another blob");
	std::fs::remove_dir_all(&home).unwrap();
}
