//! What somebody who uploads notices.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bytes, world, world_with, World};
use ergon_gateway::{
	auth::{message, Upload},
	Standing, Uploads,
};
use ergon_primitives::{blob::LEAF, BlobId, JobId};
use futures::stream;
use reqwest::{Body, Method, Response, StatusCode};
use serde_json::{json, Value};
use sp_core::{crypto::Ss58Codec, sr25519, Pair};
use std::time::{SystemTime, UNIX_EPOCH};

async fn body(response: Response) -> Value {
	serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// In pieces, so that nobody knows the length beforehand.
fn chunked(data: Vec<u8>) -> Body {
	let pieces: Vec<_> = data.chunks(10_000).map(<[u8]>::to_vec).map(Ok::<_, std::io::Error>).collect();
	Body::wrap_stream(stream::iter(pieces))
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_should_be_stored_under_its_name() {
	let world = world();
	for size in [0, 1, 10_240, LEAF, LEAF + 1, 7 * LEAF + 5] {
		let data = bytes(size);
		let id = BlobId::of(&data);
		let put = world.put("/blobs", data.clone()).send().await.unwrap();
		assert_eq!(put.status(), StatusCode::CREATED);
		assert_eq!(put.headers()["location"], format!("/ipfs/{id}").as_str());
		assert_eq!(body(put).await, json!({ "cid": id, "size": size }));
		assert!(world.store.get(&id).unwrap().unwrap() == data);

		// The same once more, in each way.
		for put in [
			world.put("/blobs", data.clone()),
			world.put("/blobs", chunked(data.clone())),
			world.put(&format!("/blobs?cid={id}"), data.clone()),
			world.put(&format!("/blobs?cid={id}"), chunked(data.clone())),
		] {
			let put = put.send().await.unwrap();
			assert_eq!(put.status(), StatusCode::OK, "{size}");
			assert_eq!(body(put).await, json!({ "cid": id, "size": size }));
		}
	}
	let streamed = bytes(3 * LEAF + 1);
	let id = BlobId::of(&streamed);
	let put = world.put(&format!("/blobs?cid={id}"), chunked(streamed.clone())).send().await.unwrap();
	assert_eq!(put.status(), StatusCode::CREATED);
	assert!(world.store.get(&id).unwrap().unwrap() == streamed);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_should_be_refused() {
	let world = world();
	for size in [10, LEAF + 10] {
		let (expected, data) = (BlobId::of(b"expected"), bytes(size));
		let put = world.put(&format!("/blobs?cid={expected}"), data.clone()).send().await.unwrap();
		assert_eq!(put.status(), StatusCode::UNPROCESSABLE_ENTITY);
		let body = body(put).await;
		assert_eq!(body["error"], "mismatch");
		assert_eq!((&body["expected"], &body["found"]), (&json!(expected), &json!(BlobId::of(&data))));
		world.assert_nothing_stored();
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn full_store_should_say_so_and_live_on() {
	let world = world_with(|choice| choice.options.quota = 2 << 20);
	let put = world.put("/blobs", bytes(4 << 20)).send().await.unwrap();
	assert_eq!(put.status(), StatusCode::INSUFFICIENT_STORAGE);
	let said = body(put).await;
	assert_eq!((&said["error"], &said["reason"]), (&json!("full"), &json!("quota")));
	assert!(!said.to_string().contains(world.folder.path().to_str().unwrap()), "{said}");
	world.assert_nothing_stored();
	let put = world.put("/blobs", bytes(10_000)).send().await.unwrap();
	assert_eq!(put.status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn upload_for_a_job_should_need_the_job() {
	let world = world();
	world.chain.owners.lock().unwrap().insert(JobId(5), [1; 32].into());
	let put = world.put("/blobs?job=6", "x").send().await.unwrap();
	assert_eq!(put.status(), StatusCode::NOT_FOUND);
	let said = body(put).await;
	assert_eq!((&said["error"], &said["job"]), (&json!("noJob"), &json!(6)));
	world.assert_nothing_stored();
	for _ in 0..2 {
		let put = world.put("/blobs?job=5", bytes(5000)).send().await.unwrap();
		assert!(put.status().is_success());
	}
	assert_eq!((world.store.usage().blobs, world.store.usage().loose_bytes), (1, 0));

	// What is here for nobody in particular is kept for a job by saying so.
	let id = BlobId::of(b"loose");
	world.put("/blobs", "loose").send().await.unwrap();
	assert!(world.store.usage().loose_bytes > 0);
	let put = world.put(&format!("/blobs?cid={id}&job=5"), "loose").send().await.unwrap();
	assert_eq!(put.status(), StatusCode::OK);
	assert_eq!(world.store.usage().loose_bytes, 0);

	world.chain.broken.store(true, std::sync::atomic::Ordering::Relaxed);
	let put = world.put("/blobs?job=5", "y").send().await.unwrap();
	assert_eq!(put.status(), StatusCode::SERVICE_UNAVAILABLE);
	assert!(!body(put).await.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_parameters_should_be_named() {
	let world = world();
	for (query, word) in [
		("?cid=QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "cid"),
		("?cid=../../etc/passwd", "cid"),
		("?cid=", "cid"),
		("?job=-1", "query"),
		("?job=1&job=2", "query"),
	] {
		let put = world.put(&format!("/blobs{query}"), "x").send().await.unwrap();
		assert_eq!(put.status(), StatusCode::BAD_REQUEST, "{query}");
		assert_eq!(body(put).await["error"], word, "{query}");
	}
	world.assert_nothing_stored();
}

#[tokio::test(flavor = "multi_thread")]
async fn web_page_should_not_upload_unsigned() {
	let world = world();
	for (name, value, reason) in [
		("origin", "https://evil.example", "page"),
		("origin", "null", "page"),
		("host", "evil.example", "host"),
		("x-forwarded-for", "127.0.0.1", "proxy"),
	] {
		let put = world.put("/blobs", "x").header(name, value).send().await.unwrap();
		assert_eq!(put.status(), StatusCode::FORBIDDEN, "{name}");
		let said = body(put).await;
		assert_eq!((&said["error"], &said["reason"]), (&json!("origin"), &json!(reason)));
	}
	world.assert_nothing_stored();
	let put = world.put("/blobs", "x").header("origin", "http://localhost:3000").send().await.unwrap();
	assert_eq!(put.status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_should_be_told_that_it_may_read_and_sign() {
	let world = world();
	for path in ["/blobs", "/ipfs/anything"] {
		let asked = world
			.request(Method::OPTIONS, path)
			.header("origin", "https://dapp.example")
			.header("access-control-request-method", "PUT")
			.header("access-control-request-headers", "authorization");
		let told = asked.send().await.unwrap();
		assert_eq!(told.status(), StatusCode::NO_CONTENT);
		assert_eq!(told.headers()["access-control-allow-origin"], "*");
		assert!(told.headers()["access-control-allow-methods"].to_str().unwrap().contains("PUT"));
		assert!(told.headers()["access-control-allow-headers"].to_str().unwrap().contains("Authorization"));
	}
	for (method, path, allow) in [(Method::POST, "/blobs", "PUT"), (Method::DELETE, "/ipfs/x", "GET, HEAD")] {
		let got = world.request(method, path).send().await.unwrap();
		assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
		assert_eq!(got.headers()["allow"], allow);
	}
}

/// The header of a signed upload.
fn signed(by: &sr25519::Pair, blob: BlobId, job: Option<JobId>, nonce: u8) -> String {
	let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 60;
	let said = message(&Upload { genesis: [7; 32], blob, job }, expires, &[nonce; 16]);
	let (account, signature) = (by.public().to_ss58check(), hex::encode(by.sign(&said).0));
	format!(
		"Ergon account={account},expires={expires},nonce={},signature={signature}",
		hex::encode([nonce; 16])
	)
}

fn pair(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(name, None).unwrap()
}

fn with_standing(world: &World, name: &str, standing: Standing) -> sr25519::Pair {
	let pair = pair(name);
	world.chain.standings.lock().unwrap().insert(pair.public().into(), standing);
	pair
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_should_be_good_for_one_upload_of_one_blob() {
	let world = world_with(|choice| choice.uploads = Uploads::Signed);
	let alice = with_standing(&world, "//Alice", Standing::Client);
	let id = BlobId::of(b"signed");
	let path = format!("/blobs?cid={id}");
	let authorization = signed(&alice, id, None, 1);
	let put = |path: String, authorization: Option<String>, body: &'static str| {
		let mut request = world.put(&path, body);
		if let Some(authorization) = authorization {
			request = request.header("authorization", authorization);
		}
		async { request.send().await.unwrap() }
	};
	let refused = [
		(path.clone(), None, 401, "unsigned", Value::Null),
		("/blobs".into(), Some(authorization.clone()), 401, "unsigned", Value::Null),
		(path.clone(), Some("Bearer x".into()), 401, "signature", json!("malformed")),
		(path.clone(), Some(signed(&pair("//Bob"), id, None, 1)), 403, "stranger", Value::Null),
		(path.clone(), Some(signed(&alice, BlobId::of(b"other"), None, 1)), 401, "signature", json!("wrong")),
		(format!("{path}&job=5"), Some(authorization.clone()), 401, "signature", json!("wrong")),
	];
	for (path, authorization, status, word, reason) in refused {
		let got = put(path, authorization, "signed").await;
		assert_eq!(got.status(), status);
		if status == 401 {
			assert_eq!(got.headers()["www-authenticate"], "Ergon");
		}
		let said = body(got).await;
		assert_eq!((&said["error"], &said["reason"]), (&json!(word), &reason));
	}
	world.assert_nothing_stored();

	assert_eq!(put(path.clone(), Some(authorization.clone()), "signed").await.status(), StatusCode::CREATED);
	let again = body(put(path.clone(), Some(authorization), "signed").await).await;
	assert_eq!((&again["error"], &again["reason"]), (&json!("signature"), &json!("replayed")));
	let other = put(path, Some(signed(&alice, id, None, 2)), "signed").await;
	assert_eq!(other.status(), StatusCode::OK);
	// Signed for one blob, sent another.
	let expected = BlobId::of(b"promised");
	let authorization = signed(&alice, expected, None, 3);
	let lied = put(format!("/blobs?cid={expected}"), Some(authorization), "sent").await;
	assert_eq!(lied.status(), StatusCode::UNPROCESSABLE_ENTITY);
	assert_eq!(world.store.usage().blobs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_should_be_kept_for_jobs_by_owners_and_providers() {
	let world = world_with(|choice| choice.uploads = Uploads::Signed);
	let owner = with_standing(&world, "//Alice", Standing::Client);
	let other = with_standing(&world, "//Bob", Standing::Client);
	let provider = with_standing(&world, "//Charlie", Standing::Provider);
	world.chain.owners.lock().unwrap().insert(JobId(5), owner.public().into());
	let id = BlobId::of(b"output");
	for (by, job, status) in [(&other, 5, 403), (&owner, 6, 404), (&owner, 5, 201), (&provider, 5, 200)] {
		let authorization = signed(by, id, Some(JobId(job)), job as u8);
		let put =
			world.put(&format!("/blobs?cid={id}&job={job}"), "output").header("authorization", authorization);
		assert_eq!(put.send().await.unwrap().status(), status);
	}
	assert_eq!(world.store.usage().loose_bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_should_be_refused_where_they_are_off() {
	let world = world_with(|choice| choice.uploads = Uploads::Off);
	let put = world.put("/blobs", "x").send().await.unwrap();
	assert_eq!(put.status(), StatusCode::FORBIDDEN);
	assert_eq!(body(put).await["error"], "uploadsOff");
	world.assert_nothing_stored();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_uploads_at_once_should_all_succeed() {
	let world = world_with(|choice| choice.limits.patience = std::time::Duration::from_secs(30));
	let clients = (0..50u32).map(|client| {
		let world = &world;
		async move {
			for i in 0..4 {
				let mut data = bytes(10_240);
				data[..4].copy_from_slice(&(client * 1000 + i).to_le_bytes());
				let put = world.put("/blobs", data.clone()).send().await.unwrap();
				assert_eq!(put.status(), StatusCode::CREATED);
				let got = world.get(&format!("/ipfs/{}", BlobId::of(&data))).send().await.unwrap();
				assert!(got.bytes().await.unwrap() == data);
			}
		}
	});
	futures::future::join_all(clients).await;
	assert_eq!(world.store.usage().blobs, 200);
}
