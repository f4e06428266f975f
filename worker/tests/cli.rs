//! The command line from outside: what is refused, and what it says then.

#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use std::process::{Command, Output};
use tempfile::TempDir;

fn run(data: &TempDir, words: &[&str]) -> Output {
	let mut command = Command::new(env!("CARGO_BIN_EXE_ergon-worker"));
	command.args(words).env_clear().env("ERGON_WORKER_DATA", data.path());
	command.output().unwrap()
}

/// The command must fail without a panic; returns what it said.
fn refused(words: &[&str]) -> String {
	let output = run(&tempfile::tempdir().unwrap(), words);
	let said = String::from_utf8_lossy(&output.stderr).into_owned();
	assert!(!output.status.success(), "{words:?} was accepted");
	assert!(!said.contains("panicked"), "{words:?}: {said}");
	said
}

fn accepted(data: &TempDir, words: &[&str]) -> String {
	let output = run(data, words);
	assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).unwrap()
}

#[test]
fn wrong_usage_should_be_refused_with_what_is_expected() {
	for (words, expected) in [
		(&[][..], "Usage"),
		(&["dance"][..], "unrecognized subcommand"),
		(&["run", "--node", "http://127.0.0.1:9944", "--key", "//Alice"], "ws://HOST:PORT"),
		(&["run", "--slots", "0", "--key", "//Alice"], "1..=256"),
		(&["run", "--slots", "1000000", "--key", "//Alice"], "1..=256"),
		(&["run", "--slots", "-3", "--key", "//Alice"], "1..=256"),
		(&["run", "--grace", "-1", "--key", "//Alice"], "--grace"),
		(&["run", "--metrics", "9615", "--key", "//Alice"], "--metrics"),
		(&["run", "--key", "//Alice", "--key-file", "x"], "cannot be used with"),
		(&["benchmark", "--seconds", "0"], "1..=3600"),
		(&["benchmark", "--seconds", "soon"], "--seconds"),
	] {
		let said = refused(words);
		assert!(said.contains(expected), "{words:?}: {said}");
	}
}

#[test]
fn wrong_keys_should_be_refused_without_being_repeated() {
	let said = refused(&["run", "--key", "my secret that is no key"]);
	assert!(said.contains("--key") && said.contains("12 to 24 words"), "{said}");
	assert!(!said.contains("my secret"), "{said}");
	let said = refused(&["run"]);
	assert!(said.contains("key generate"), "{said}");
	let said = refused(&["key", "show", "--key", "@/no/such/file"]);
	assert!(said.contains("/no/such/file"), "{said}");
	let said = refused(&["status", "--key", ""]);
	assert!(said.contains("empty"), "{said}");
}

#[test]
fn a_node_that_is_not_there_should_be_named_by_status() {
	// Nobody listens on the port that was just given back.
	let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
	let node = format!("ws://127.0.0.1:{port}");
	let said = refused(&["status", "--node", &node, "--key", "//Alice"]);
	assert!(said.contains(&node), "{said}");
}

#[test]
fn a_key_should_be_made_once_shown_and_its_secret_kept() {
	let data = tempfile::tempdir().unwrap();
	let made = accepted(&data, &["key", "generate"]);
	let phrase = std::fs::read_to_string(data.path().join("worker.key")).unwrap();
	assert_eq!(phrase.split_whitespace().count(), 12);
	assert!(!made.contains(phrase.trim()), "{made}");
	let shown = accepted(&data, &["key", "show"]);
	assert!(made.starts_with(&shown), "{made} {shown}");
	let json = accepted(&data, &["key", "show", "--json"]);
	let json: serde_json::Value = serde_json::from_str(&json).unwrap();
	assert!(shown.contains(json["address"].as_str().unwrap()), "{shown}");
	assert!(!run(&data, &["key", "generate"]).status.success(), "never overwritten");
	assert_eq!(std::fs::read_to_string(data.path().join("worker.key")).unwrap(), phrase);

	let other = tempfile::tempdir().unwrap();
	let told = accepted(&other, &["key", "generate", "--show-secret"]);
	let phrase = std::fs::read_to_string(other.path().join("worker.key")).unwrap();
	assert!(told.contains(phrase.trim()), "{told}");
}

#[test]
fn the_development_key_should_have_its_known_address() {
	let data = tempfile::tempdir().unwrap();
	let shown = accepted(&data, &["key", "show", "--key", "//Alice"]);
	assert!(shown.contains("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"), "{shown}");
}

#[test]
fn benchmark_should_print_a_speed_to_register() {
	let data = tempfile::tempdir().unwrap();
	let json = accepted(&data, &["benchmark", "--seconds", "1", "--json"]);
	let json: serde_json::Value = serde_json::from_str(&json).unwrap();
	assert!(json["speed"].as_u64().unwrap() >= 1, "{json}");
	assert_eq!(json["workloads"].as_array().unwrap().len(), 4);
}

#[cfg(unix)]
#[test]
fn a_worker_without_a_node_should_wait_hold_its_lock_and_end_when_told() {
	let data = tempfile::tempdir().unwrap();
	let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
	let node = format!("ws://127.0.0.1:{port}");
	let words = ["run", "--node", &node, "--key", "//Alice"];
	let mut first = Command::new(env!("CARGO_BIN_EXE_ergon-worker"))
		.args(words)
		.env_clear()
		.env("ERGON_WORKER_DATA", data.path())
		.stderr(std::process::Stdio::null())
		.spawn()
		.unwrap();
	let folder = data.path().join("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
	for _ in 0..400 {
		if folder.join("lock").exists() {
			break;
		}
		std::thread::sleep(std::time::Duration::from_millis(25));
	}
	// Time to start listening for signals.
	std::thread::sleep(std::time::Duration::from_secs(2));
	let second = run(&data, &words);
	assert!(!second.status.success());
	let said = String::from_utf8_lossy(&second.stderr);
	assert!(said.contains("another ergon-worker"), "{said}");
	let told = Command::new("kill").args(["-TERM", &first.id().to_string()]).status().unwrap();
	assert!(told.success());
	assert_eq!(first.wait().unwrap().code(), Some(0));
}
