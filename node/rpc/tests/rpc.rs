//! What a caller of `compute_*` would notice, over a runtime that answers from a table.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod mock;

use ergon_blobs::MAX_RPC_BLOB;
use ergon_primitives::{views::JobView, BlobId, JobId, SpecError};
use mock::{account, node, refusing, spec, Node, BROKEN_JOB, KNOWN_JOB};
use serde_json::{json, Value};
use sp_runtime::AccountId32;

const DATA: &str = "ZXJnb24=";

/// The result, or the error object.
async fn call(node: &Node, method: &str, params: Value) -> Result<Value, Value> {
	let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
	let (response, _) = node.module.raw_json_request(&request, 1).await.unwrap();
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
		for method in ["compute_getBlob", "compute_hasBlob"] {
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
	assert_eq!(node.blobs.used(), 0);
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
	assert_eq!(node.blobs.used(), MAX_RPC_BLOB as u64);
	for bytes in [MAX_RPC_BLOB + 1, MAX_RPC_BLOB + 100] {
		let error = call(&node, "compute_putBlob", json!([base64(bytes)])).await.unwrap_err();
		assert_eq!(error["code"], 8002, "{error}");
		assert_eq!(error["data"]["limit"], MAX_RPC_BLOB);
	}
	// Not even looked at.
	let error = call(&node, "compute_putBlob", json!(["!".repeat(2 * MAX_RPC_BLOB)])).await.unwrap_err();
	assert_eq!(error["code"], 8002);
	assert_eq!(node.blobs.used(), MAX_RPC_BLOB as u64);

	// Blobs that came another way may be larger; they do not leave this way.
	let large = node.blobs.put(&vec![1; MAX_RPC_BLOB + 1]).unwrap();
	let error = call(&node, "compute_getBlob", json!([large])).await.unwrap_err();
	assert_eq!(error["code"], 8002);
	assert_eq!(call(&node, "compute_hasBlob", json!([large])).await, Ok(json!(true)));
}

#[tokio::test]
async fn full_store_should_be_8005_without_paths() {
	let node = mock::node_with_room(4);
	let error = call(&node, "compute_putBlob", json!([DATA])).await.unwrap_err();
	assert_eq!(error["code"], 8005);
	assert_eq!(error["data"], json!({ "reason": "full" }));

	std::fs::remove_dir_all(node.folder.path().join("tmp")).unwrap();
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
		let error = call(&node, method, json!([])).await.unwrap_err();
		assert_eq!(error["code"], -32602, "{method}: {error}");
	}
	assert_eq!(node.module.method_names().count(), 7);
}
