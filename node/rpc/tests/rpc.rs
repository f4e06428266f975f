//! What a caller of `compute_*` would notice, over a runtime that answers from a table.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod mock;
mod network;

use ergon_blobs::MAX_RPC_BLOB;
use ergon_blobs::{BlobError, Hold};
use ergon_exchange::FetchError;
use ergon_primitives::{views::JobView, BlobId, JobId, SpecError};
use mock::{account, node, refusing, spec, Node, BROKEN_JOB, KNOWN_JOB};
use sc_rpc_api::DenyUnsafe;
use serde_json::{json, Value};
use sp_runtime::AccountId32;

const DATA: &str = "ZXJnb24=";

/// The result, or the error object. As over a connection of the node's own machine.
async fn call(node: &Node, method: &str, params: Value) -> Result<Value, Value> {
	call_over(DenyUnsafe::No, node, method, params).await
}

async fn call_over(rights: DenyUnsafe, node: &Node, method: &str, params: Value) -> Result<Value, Value> {
	let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
	let mut module = node.module.clone();
	module.extensions_mut().insert(rights);
	let (response, _) = module.raw_json_request(&request, 1).await.unwrap();
	let mut response: Value = serde_json::from_str(&response).unwrap();
	match response.get_mut("error") {
		Some(error) => Err(error.take()),
		None => Ok(response["result"].take()),
	}
}

#[tokio::test]
async fn blob_should_go_in_and_come_out() {
	let node = node();
	let cid = BlobId::of(b"ergon").to_string();
	assert_eq!(call(&node, "compute_hasBlob", json!([cid])).await, Ok(json!(false)));
	assert_eq!(call(&node, "compute_getBlob", json!([cid])).await, Ok(Value::Null));
	assert_eq!(call(&node, "compute_putBlob", json!([DATA])).await, Ok(json!(cid)));
	assert_eq!(call(&node, "compute_hasBlob", json!([cid])).await, Ok(json!(true)));
	assert_eq!(call(&node, "compute_getBlob", json!([cid])).await, Ok(json!(DATA)));
	// By name as well as by place.
	assert_eq!(call(&node, "compute_getBlob", json!({ "cid": cid })).await, Ok(json!(DATA)));

	let empty = BlobId::of(b"").to_string();
	assert_eq!(call(&node, "compute_putBlob", json!([""])).await, Ok(json!(empty)));
	assert_eq!(call(&node, "compute_getBlob", json!([empty])).await, Ok(json!("")));
}

#[tokio::test]
async fn bad_cid_should_be_8001_with_the_reason() {
	let node = node();
	let good = BlobId::of(b"ergon").to_string();
	for (cid, reason) in [
		(String::new(), "length"),
		(good[..40].into(), "length"),
		(good.to_uppercase(), "multibase"),
		(good.replacen('a', "!", 1), "base32"),
		("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG".into(), "version"),
		("../../../../etc/passwd".into(), "multibase"),
	] {
		for method in ["compute_getBlob", "compute_hasBlob", "compute_blobStatus", "compute_findBlob"] {
			let error = call(&node, method, json!([cid])).await.unwrap_err();
			assert_eq!(error["code"], 8001, "{cid}: {error}");
			assert_eq!(error["data"]["reason"], reason, "{cid}: {error}");
			assert!(error["message"].as_str().unwrap().starts_with("not the CID of a blob: "));
		}
	}
}

#[tokio::test]
async fn bad_base64_should_be_8003_with_the_place() {
	let node = node();
	for (text, reason, at) in [
		// Truncated at each place.
		("ZXJnb24", "padding", Value::Null),
		("ZXJnb2", "padding", Value::Null),
		("ZXJnb", "length", Value::Null),
		("ZXJn!24=", "character", json!(4)),
		("ZXJnb24=\n", "character", json!(8)),
		("ZXJnb25=", "lastCharacter", json!(6)),
		// The alphabet of URLs is another one.
		("__8=", "character", json!(0)),
	] {
		let error = call(&node, "compute_putBlob", json!([text])).await.unwrap_err();
		assert_eq!(error["code"], 8003, "{text}: {error}");
		assert_eq!(error["data"], json!({ "reason": reason, "at": at }), "{text}: {error}");
	}
	assert_eq!(node.blobs.usage().blobs, 0);
}

#[tokio::test]
async fn oversized_blob_should_be_8002() {
	let node = node();
	// The largest is accepted; one byte more has as many characters, and is refused after decoding.
	let base64 = |bytes: usize| match bytes % 3 {
		0 => "AAAA".repeat(bytes / 3),
		1 => format!("{}AA==", "AAAA".repeat(bytes / 3)),
		_ => format!("{}AAA=", "AAAA".repeat(bytes / 3)),
	};
	let cid = call(&node, "compute_putBlob", json!([base64(MAX_RPC_BLOB)])).await.unwrap();
	assert_eq!(cid, json!(BlobId::of(&vec![0; MAX_RPC_BLOB])));
	assert_eq!(node.blobs.usage().blobs, 1);
	for bytes in [MAX_RPC_BLOB + 1, MAX_RPC_BLOB + 100] {
		let error = call(&node, "compute_putBlob", json!([base64(bytes)])).await.unwrap_err();
		assert_eq!(error["code"], 8002, "{error}");
		assert_eq!(error["data"], json!({ "limit": MAX_RPC_BLOB, "http": "127.0.0.1:9955" }));
		assert!(error["message"].as_str().unwrap().contains("PUT http://127.0.0.1:9955/blobs"), "{error}");
	}
	// Not even looked at.
	let error = call(&node, "compute_putBlob", json!(["!".repeat(2 * MAX_RPC_BLOB)])).await.unwrap_err();
	assert_eq!(error["code"], 8002);
	assert_eq!(node.blobs.usage().blobs, 1);

	// Blobs that came another way may be larger; they do not leave this way.
	let large = node.blobs.put(&vec![1; MAX_RPC_BLOB + 1], Hold::Loose).unwrap();
	let error = call(&node, "compute_getBlob", json!([large])).await.unwrap_err();
	assert_eq!(error["code"], 8002);
	assert_eq!(call(&node, "compute_hasBlob", json!([large])).await, Ok(json!(true)));
}

#[tokio::test]
async fn full_store_should_be_8005_without_paths() {
	let node = mock::node_with_room(4096);
	let error = call(&node, "compute_putBlob", json!(["AAAA".repeat(2000)])).await.unwrap_err();
	assert_eq!(error["code"], 8005);
	assert_eq!(error["data"], json!({ "reason": "full" }));

	let node = mock::node();
	for entry in std::fs::read_dir(node.folder.path()).unwrap() {
		let path = entry.unwrap().path();
		if path.is_dir() {
			std::fs::remove_dir_all(path).unwrap();
		}
	}
	let error = call(&node, "compute_putBlob", json!(["AAAA"])).await.unwrap_err();
	assert_eq!(error["code"], 8005);
	assert_eq!(error["data"], json!({ "reason": "io" }));
	assert!(!error.to_string().contains(&node.folder.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn quote_should_come_with_amounts_as_text() {
	let quote = call(&node(), "compute_quote", json!([spec()])).await.unwrap();
	assert_eq!(quote["budget"], "340282366920938463463374607431768211455");
	assert_eq!(quote["deposit"], "7");
	assert_eq!(quote["lowest_ask"], "3");
	assert_eq!(quote["shards"], 1);
}

#[tokio::test]
async fn refused_spec_should_be_8004_and_name_the_field() {
	for (error, name) in [
		(SpecError::Tasks, "tasks"),
		(SpecError::MaxReplicas, "maxReplicas"),
		(SpecError::DeadlineTooSoon, "deadlineTooSoon"),
	] {
		let refused = call(&refusing(error), "compute_quote", json!([spec()])).await.unwrap_err();
		assert_eq!(refused["code"], 8004, "{refused}");
		assert_eq!(refused["data"], json!({ "error": name, "advice": error.advice() }));
		assert!(refused["message"].as_str().unwrap().contains(error.advice()));
	}
}

#[tokio::test]
async fn malformed_spec_should_name_the_field_too() {
	let node = node();
	type Spoil = fn(&mut Value);
	let spoils: [(Spoil, &str); 7] = [
		(|spec| drop(spec.as_object_mut().unwrap().remove("tasks")), "tasks"),
		(|spec| spec["tasks"] = json!(-1), "-1"),
		(|spec| spec["limits"]["fuel"] = json!(1e30), "1e+30"),
		(|spec| spec["program"] = json!("nothing"), "CID"),
		(|spec| spec["max_price"] = json!("-5"), "plancks"),
		(|spec| spec["args"] = json!(["x".repeat(257)]), "args"),
		(|spec| spec["requirements"]["region"] = json!("EUROPE"), "two letters"),
	];
	for (spoil, named) in spoils {
		let mut spec = json!(spec());
		spoil(&mut spec);
		let error = call(&node, "compute_quote", json!([spec])).await.unwrap_err();
		assert_eq!(error["code"], -32602, "{error}");
		assert!(error.to_string().contains(named), "{named}: {error}");
	}
}

#[tokio::test]
async fn job_should_be_shown_or_null() {
	let node = node();
	let job = call(&node, "compute_job", json!([KNOWN_JOB])).await.unwrap();
	let job: JobView<AccountId32> = serde_json::from_value(job).unwrap();
	assert_eq!((job.id, job.owner), (JobId(KNOWN_JOB), account(1)));
	assert_eq!(call(&node, "compute_job", json!([KNOWN_JOB - 1])).await, Ok(Value::Null));
	assert_eq!(call(&node, "compute_job", json!([u64::MAX])).await, Ok(Value::Null));
	for id in [json!(-1), json!("1"), json!(1.5), json!(null), json!(1e300)] {
		let error = call(&node, "compute_job", json!([id])).await.unwrap_err();
		assert_eq!(error["code"], -32602, "{id}: {error}");
	}
}

#[tokio::test]
async fn accounts_should_be_ss58() {
	let node = node();
	let stash = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	assert_eq!(call(&node, "compute_provider", json!([stash])).await, Ok(Value::Null));
	let known = json!(account(1));
	let provider = call(&node, "compute_provider", json!([known])).await.unwrap();
	assert_eq!(provider["stash"], known);
	assert_eq!(provider["bond"], "5");
	assert_eq!(call(&node, "compute_assignments", json!([stash])).await, Ok(json!([])));
	let duties = call(&node, "compute_assignments", json!([account(2)])).await.unwrap();
	assert_eq!(duties[0]["provider"], known);
	for worker in [json!("5Grwva"), json!(format!("{stash}x")), json!(7), json!("0xzz")] {
		let error = call(&node, "compute_assignments", json!([worker])).await.unwrap_err();
		assert_eq!(error["code"], -32602, "{worker}: {error}");
	}
}

#[tokio::test]
async fn failing_runtime_should_be_8006() {
	let error = call(&node(), "compute_job", json!([BROKEN_JOB])).await.unwrap_err();
	assert_eq!(error["code"], 8006, "{error}");
	assert_eq!(error["data"], json!({ "reason": "state" }));
}

#[tokio::test]
async fn missing_parameters_should_be_refused() {
	let node = node();
	for method in node.module.method_names().collect::<Vec<_>>() {
		assert!(method.starts_with("compute_"));
		if method != "compute_blobs" {
			let error = call(&node, method, json!([])).await.unwrap_err();
			assert_eq!(error["code"], -32602, "{method}: {error}");
		}
	}
	assert_eq!(node.module.method_names().count(), 11);
}

#[tokio::test]
async fn blob_of_a_neighbour_should_be_fetched() {
	let node = node();
	let id = node.neighbour.give(b"ergon").to_string();
	assert_eq!(call(&node, "compute_hasBlob", json!([id])).await, Ok(json!(false)));
	assert_eq!(call(&node, "compute_getBlob", json!([id])).await, Ok(json!(DATA)));
	assert_eq!(call(&node, "compute_hasBlob", json!([id])).await, Ok(json!(true)));

	let waits = |seconds: Value| {
		let (node, nobodys) = (&node, BlobId::of(b"nobody's"));
		async move {
			assert_eq!(call(node, "compute_getBlob", json!([nobodys, seconds])).await, Ok(Value::Null));
			node.neighbour.waited.lock().unwrap().take().unwrap().as_secs()
		}
	};
	assert_eq!(waits(Value::Null).await, 20);
	assert_eq!(waits(json!(5)).await, 5);
	assert_eq!(waits(json!(u64::MAX)).await, 60);
	let named = json!({ "cid": BlobId::of(b"nobody's"), "timeoutSeconds": 7 });
	assert_eq!(call(&node, "compute_getBlob", named).await, Ok(Value::Null));
	assert_eq!(node.neighbour.waited.lock().unwrap().take().unwrap().as_secs(), 7);

	let large = node.neighbour.give(&vec![1; MAX_RPC_BLOB + 1]);
	let error = call(&node, "compute_getBlob", json!([large])).await.unwrap_err();
	assert_eq!((&error["code"], &error["data"]["http"]), (&json!(8002), &json!("127.0.0.1:9955")));
}

#[tokio::test]
async fn failed_fetch_should_say_why() {
	let node = node();
	let id = BlobId::of(b"x");
	let asked = vec![ergon_exchange::Holder { peer: "p".into(), has: Some(true) }];
	let disk = BlobError::DiskFull { path: node.folder.path().into() };
	for (fails, code, data) in [
		(
			FetchError::Deadline { have: 5, total: Some(9), asked },
			8008,
			json!({ "have": 5, "total": 9, "asked": [{ "peer": "p", "has": true }] }),
		),
		(FetchError::BadDag("too deep".into()), 8010, json!({ "reason": "too deep" })),
		(FetchError::Closed, 8011, Value::Null),
		(disk.into(), 8005, json!({ "reason": "full" })),
	] {
		*node.neighbour.fails.lock().unwrap() = Some(fails);
		let error = call(&node, "compute_getBlob", json!([id])).await.unwrap_err();
		assert_eq!((&error["code"], &error["data"]), (&json!(code), &data), "{error}");
		assert!(!error.to_string().contains(&node.folder.path().display().to_string()), "{error}");
		let status = call(&node, "compute_blobStatus", json!([id])).await.unwrap();
		assert_eq!(status["fetching"], true);
	}
}

#[tokio::test]
async fn blob_should_be_kept_for_a_job_of_the_chain_by_local_callers() {
	let node = node();
	let cid = json!(BlobId::of(b"ergon"));
	let error = call(&node, "compute_putBlob", json!([DATA, KNOWN_JOB + 2])).await.unwrap_err();
	assert_eq!((&error["code"], &error["data"]), (&json!(8009), &json!({ "job": KNOWN_JOB + 2 })), "{error}");
	let error = call(&node, "compute_putBlob", json!([DATA, BROKEN_JOB])).await.unwrap_err();
	assert_eq!(error["code"], 8006);
	let error = call_over(DenyUnsafe::Yes, &node, "compute_putBlob", json!([DATA, KNOWN_JOB])).await;
	assert_eq!(error.unwrap_err()["code"], 8012);
	assert_eq!(node.blobs.usage().blobs, 0);
	assert_eq!(call(&node, "compute_putBlob", json!([DATA, KNOWN_JOB])).await, Ok(cid.clone()));
	assert_eq!(node.blobs.usage().loose_bytes, 0);
	// For nobody in particular, everybody may.
	assert_eq!(call_over(DenyUnsafe::Yes, &node, "compute_putBlob", json!([DATA])).await, Ok(cid));
}

#[tokio::test]
async fn state_of_blobs_should_be_told() {
	let node = node();
	let id = node.neighbour.give(b"ergon");
	let nothing = json!({ "here": false, "have": 0, "total": null, "fetching": false });
	assert_eq!(call(&node, "compute_blobStatus", json!([id])).await, Ok(nothing));
	let holders = |here| json!({ "here": here, "peers": [{ "peer": "neighbour", "has": true }, { "peer": "silent", "has": null }] });
	assert_eq!(call(&node, "compute_findBlob", json!([id])).await, Ok(holders(false)));
	let spread = call(&node, "compute_spreadBlob", json!([id, KNOWN_JOB])).await;
	assert_eq!(spread, Ok(json!({ "peers": 2, "others": 1 })));

	call(&node, "compute_getBlob", json!([id])).await.unwrap();
	let all = json!({ "here": true, "have": 5, "total": 5, "fetching": false });
	assert_eq!(call(&node, "compute_blobStatus", json!([id])).await, Ok(all));
	assert_eq!(call(&node, "compute_findBlob", json!([id, 1])).await, Ok(holders(true)));
	let blobs = call(&node, "compute_blobs", json!([])).await.unwrap();
	assert_eq!(blobs["http"], "127.0.0.1:9955");
	// The chain's limit, not the store's.
	assert_eq!(blobs["maxBlob"], 64 << 20);
	assert_eq!(blobs["maxRpcBlob"], MAX_RPC_BLOB);
	assert_eq!(blobs["blobs"], 1);
	let empty = call(&node, "compute_putBlob", json!([""])).await.unwrap();
	let status = call(&node, "compute_blobStatus", json!([empty])).await;
	assert_eq!(status, Ok(json!({ "here": true, "have": 0, "total": 0, "fetching": false })));
}
