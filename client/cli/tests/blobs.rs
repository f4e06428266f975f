//! Blobs and results over the command line, from one node and from several.
#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

mod node;

use ergon_executor_core::{claim, Outcome};
use ergon_primitives::{
	views::{JobState, JobView, ShardRecord, ShardView},
	BlobId, BlobLimits, Claim, Fuel, Input, JobId, JobSpec, Limits, Policy, Price, Requirements, Verdict,
};
use node::Node;
use serde_json::{json, Value};
use std::{
	fs,
	process::{Command, Output, Stdio},
};

/// An address at which nobody answers.
const NOBODY: &str = "ws://127.0.0.1:1";

fn ergon(nodes: &[&str], words: &[&str]) -> Output {
	let mut command = Command::new(env!("CARGO_BIN_EXE_ergon"));
	for name in ["ERGON_KEY", "ERGON_NODE", "ERGON_BLOBS", "ERGON_STORES"] {
		command.env_remove(name);
	}
	command.args(words);
	for node in nodes {
		command.args(["--node", node]);
	}
	command.stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
	String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn done(output: &Output) -> String {
	assert_eq!(output.status.code(), Some(0), "{}", said(output));
	String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[track_caller]
fn json_of(output: &Output) -> Value {
	serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(output)))
}

/// Bytes that differ from place to place.
fn bytes(len: usize) -> Vec<u8> {
	(0..len).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn a_large_file_should_go_to_a_node_and_come_back() {
	let node = Node::start();
	let folder = tempfile::tempdir().unwrap();
	let (here, there) = (folder.path().join("here"), folder.path().join("there"));
	fs::write(&here, bytes((12 << 20) + 7)).unwrap();
	let put = ergon(&[&node.url], &["blob", "put", here.to_str().unwrap(), "--job", "7"]);
	let name = done(&put);
	assert_eq!(name, BlobId::of(&bytes((12 << 20) + 7)).to_string());
	assert_eq!(node.world().puts, [format!("cid={name}&job=7")]);
	assert!(!said(&put).contains('['), "no bar where nobody looks: {}", said(&put));
	let got = ergon(&[&node.url], &["blob", "get", &name, "--output", there.to_str().unwrap(), "--json"]);
	done(&got);
	let json = json_of(&got);
	assert_eq!(json["from"], json!({ "node": node.url, "found": "here" }));
	assert_eq!(json["length"], (12 << 20) + 7);
	assert!(fs::read(&there).unwrap() == bytes((12 << 20) + 7));
	let out = ergon(&[&node.url], &["blob", "get", &name]);
	assert!(out.stdout == bytes((12 << 20) + 7), "standard output");
	let small = ergon(&[&node.url], &["blob", "get", &name, "--limit", "1M"]);
	assert_eq!(small.status.code(), Some(1), "{}", said(&small));
	assert!(said(&small).contains("1048576"), "{}", said(&small));
	let over_rpc = ergon(&[&node.url], &["--blobs", "off", "blob", "put", here.to_str().unwrap()]);
	assert_eq!(over_rpc.status.code(), Some(1));
	assert!(said(&over_rpc).contains("--blobs"), "{}", said(&over_rpc));
}

#[test]
fn a_blob_should_be_had_from_whichever_node_has_it() {
	let (empty, full) = (Node::start(), Node::start());
	let id = full.add(b"here").to_string();
	for nodes in [[&*empty.url, &*full.url], [NOBODY, &*full.url], [&*full.url, NOBODY]] {
		let got = ergon(&nodes, &["blob", "get", &id, "--json"]);
		done(&got);
		assert_eq!(json_of(&got)["from"]["node"], full.url);
	}
	let info = ergon(&[&empty.url, &full.url], &["blob", "info", &id]);
	let text = done(&info);
	assert!(text.contains(&format!("{}: does not have it", empty.url)), "{text}");
	assert!(text.contains(&format!("{}: has it, 4 bytes", full.url)), "{text}");
	let quiet = ergon(&[NOBODY, &full.url], &["blob", "find", &id, "--quiet"]);
	assert!(done(&quiet).contains("has it"));
	assert_eq!(said(&quiet), "");
}

#[test]
fn who_was_asked_in_vain_should_be_said() {
	let node = Node::start();
	node.world().peers = json!([{ "peer": "12D3a", "has": false }, { "peer": "12D3b", "has": null }]);
	let id = BlobId::of(b"nobody").to_string();
	let got = ergon(&[&node.url, NOBODY], &["blob", "get", &id, "--json"]);
	assert_eq!(got.status.code(), Some(1), "{}", said(&got));
	for part in [&*node.url, "12D3a has not", "12D3b no answer", NOBODY] {
		assert!(said(&got).contains(part), "{part}: {}", said(&got));
	}
	let missing = &json_of(&got)["error"]["missing"];
	assert_eq!(missing["blob"], id);
	assert_eq!(missing["nodes"][0]["answer"], "hasNot");
	assert_eq!(missing["nodes"][0]["peers"][1], json!({ "peer": "12D3b", "answer": "noAnswer" }));
	assert_eq!(missing["nodes"][1]["answer"], "noAnswer");
	let nobody = ergon(&[NOBODY], &["blob", "get", &id]);
	assert_eq!(nobody.status.code(), Some(4), "{}", said(&nobody));
	let found = ergon(&[&node.url], &["blob", "find", &id, "--json"]);
	assert_eq!(json_of(&found)["peers"][0], json!({ "peer": "12D3a", "answer": "hasNot" }));
	// What came of it is not a file.
	let folder = tempfile::tempdir().unwrap();
	let out = folder.path().join("out");
	ergon(&[&node.url], &["blob", "get", &id, "--output", out.to_str().unwrap()]);
	assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_node_that_lies_should_not_be_believed() {
	let (liar, honest) = (Node::start(), Node::start());
	let id = honest.add(b"right");
	liar.world().blobs.insert(id.to_string(), b"wrong".to_vec());
	let got = ergon(&[&liar.url, &honest.url], &["blob", "get", &id.to_string(), "--json"]);
	done(&got);
	assert_eq!(json_of(&got)["from"]["node"], honest.url);
	let got = ergon(&[&liar.url], &["blob", "get", &id.to_string()]);
	assert_eq!((got.status.code(), got.stdout.len()), (Some(1), 0));
	assert!(said(&got).contains("do not trust"), "{}", said(&got));
}

/// A finished job of one task with this output; the node has its record, and the list of outcomes if `list`.
fn finish(node: &Node, output: &[u8], list: bool) -> BlobId {
	let outcome = Outcome::Exited {
		code: 0,
		output: BlobId::of(output),
		output_len: output.len() as u32,
		fuel: Fuel(5),
	};
	let (claimed, blob) = claim(&[outcome]);
	let Claim::Computed { root, fuel, outcomes } = claimed else { panic!("computed") };
	let spec = JobSpec {
		program: BlobId::of(b"p"),
		input: Input::Single(BlobId::of(b"i")),
		tasks: 1,
		shard_size: 1,
		limits: Limits { fuel: Fuel(9), memory: 1 << 20, output: 1 << 20 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 4, adaptive: false },
		max_price: Price(1),
		deadline: 1_000,
		requirements: Requirements { profile: 1, min_speed: 1, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	};
	let owner = ergon_client::AccountId::from([1; 32]);
	node.world().job = Some(JobView {
		id: JobId(7),
		owner,
		spec,
		submitted_at: 1,
		submitted_time: 0,
		state: JobState::Finished { prune_at: 99 },
		progress: Default::default(),
		deposit: 0,
	});
	node.world().shards = vec![ShardView::Closed(ShardRecord {
		verdict: Verdict::Agreed { root, fuel, outcomes },
		at: 5,
		paid: 0,
		compensated: 0,
		providers: Default::default(),
	})];
	if list {
		node.add(&blob);
	}
	outcomes
}

#[test]
fn a_result_should_be_put_together_from_whichever_nodes_have_it() {
	let (near, far) = (Node::start(), Node::start());
	finish(&near, b"the answer", true);
	far.add(b"the answer");
	let folder = tempfile::tempdir().unwrap();
	let out = folder.path().join("out");
	let words = ["job", "result", "7", "--output", out.to_str().unwrap()];
	let got = ergon(&[&near.url, &far.url], &words);
	done(&got);
	assert_eq!(fs::read(&out).unwrap(), b"the answer");
	for node in [&near, &far] {
		assert!(said(&got).contains(&format!("1 blob from {}", node.url)), "{}", said(&got));
	}
	let got = ergon(&[&near.url, &far.url], &[&words[..], &["--json"]].concat());
	let blobs = json_of(&got)["result"]["blobs"].clone();
	assert_eq!(blobs[0]["from"]["node"], near.url);
	assert_eq!(blobs[1]["from"]["node"], far.url);
	assert_eq!(blobs[1]["what"], "output");
	// Where nobody has it, it says so, and no file is there.
	far.world().blobs.clear();
	fs::remove_file(&out).unwrap();
	let got = ergon(&[&near.url, &far.url], &[&words[..], &["--json"]].concat());
	assert_eq!(got.status.code(), Some(1), "{}", said(&got));
	let nodes = json_of(&got)["error"]["missing"]["nodes"].clone();
	assert_eq!(nodes.as_array().unwrap().len(), 2, "{nodes}");
	assert!(nodes.as_array().unwrap().iter().all(|node| node["answer"] == "hasNot"), "{nodes}");
	assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_program_that_the_market_does_not_take_should_not_be_uploaded() {
	let node = Node::start();
	node.world().limits = BlobLimits { max_program: 100, max_blob: 1_000 };
	let folder = tempfile::tempdir().unwrap();
	let (program, input) = (folder.path().join("p.wasm"), folder.path().join("input"));
	let module = wat::parse_str(format!(
		r#"(module (memory (export "memory") 1) (func (export "_start")) (data (i32.const 0) "{}"))"#,
		"x".repeat(200)
	))
	.unwrap();
	fs::write(&program, module).unwrap();
	fs::write(&input, bytes(2_000)).unwrap();
	let (program, input) = (program.to_str().unwrap(), input.to_str().unwrap());
	let words = ["--key", "//Alice", "job", "submit", program];
	let got = ergon(&[&node.url], &words);
	assert_eq!(got.status.code(), Some(1));
	assert!(said(&got).contains("programs of at most 100"), "{}", said(&got));
	node.world().limits.max_program = 1_000;
	let got = ergon(&[&node.url], &[&words[..], &["--input", input]].concat());
	assert!(said(&got).contains("inputs of at most 1000"), "{}", said(&got));
	assert_eq!(node.world().puts.len(), 0);
}

#[test]
fn what_cannot_be_meant_should_be_refused() {
	let refused = |nodes: &[&str], words: &[&str], part: &str| {
		let output = ergon(nodes, words);
		assert_eq!(output.status.code(), Some(2), "{words:?}: {}", said(&output));
		assert!(said(&output).contains(part), "{words:?}: {}", said(&output));
	};
	let id = BlobId::of(b"x").to_string();
	refused(&["nonsense"], &["blob", "get", &id], "ws://127.0.0.1:9944");
	refused(&[NOBODY], &["blob", "find", &id, "--blobs", "ws://x"], "http://127.0.0.1:9955");
	refused(&[NOBODY], &["blob", "get", &id, "--timeout", "0"], "--timeout");
	refused(&[NOBODY], &["blob", "put", "f", "--job", "x"], "--job");
	refused(&[NOBODY], &["blob", "info", "bafkwrong"], "bafkwrong");
}
