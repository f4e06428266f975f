#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

mod fake;

use super::*;
use crate::ClientOptions;
use axum::http::StatusCode;
use ergon_primitives::{BlobId, JobId};
use fake::{Fake, Trick};
use serde_json::json;
use std::{
	fs,
	sync::Mutex,
	time::{Duration, Instant},
};

/// Bytes that differ from place to place.
fn bytes(len: usize) -> Vec<u8> {
	(0..len).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

async fn fetch(blobs: &Blobs, id: BlobId, get: &Get) -> Result<(Vec<u8>, Got), BlobError> {
	let mut out = Vec::new();
	let got = blobs.get(id, &mut out, get).await?;
	Ok((out, got))
}

/// Somebody who remembers all steps.
fn watched() -> (Progress, Arc<Mutex<Vec<Step>>>) {
	let steps = Arc::new(Mutex::new(Vec::new()));
	let seen = steps.clone();
	(Arc::new(move |step| seen.lock().unwrap().push(step)), steps)
}

#[tokio::test]
async fn a_blob_of_any_size_should_go_and_come_over_http_with_progress() {
	let fake = Fake::start().await;
	let blobs = fake.blobs();
	for len in [0, 1, 1 << 20, (12 << 20) + 5] {
		let content = bytes(len);
		let (progress, steps) = watched();
		let put = Put { job: Some(JobId(7)), progress: Some(progress) };
		let id = blobs.put(content.clone().into(), &put).await.unwrap();
		assert_eq!(id, BlobId::of(&content));
		assert_eq!(fake.node().asked.last().unwrap().1, format!("cid={id}&job=7"));
		assert_eq!(fake.node().asked.last().unwrap().2, None, "this machine's node wants no signature");
		let steps = steps.lock().unwrap().clone();
		assert!(steps.windows(2).all(|pair| pair[0].done < pair[1].done));
		assert_eq!(steps.last().map_or(0, |step| step.done), len as u64);
		assert!(steps.iter().all(|step| step.stage == Stage::Sending && step.total == Some(len as u64)));
		let (progress, steps) = watched();
		let get = Get { progress: Some(progress), ..Get::default() };
		let (got, about) = fetch(&blobs, id, &get).await.unwrap();
		assert!(got == content);
		assert_eq!(about, Got { size: len as u64, found: Found::Network });
		assert_eq!(steps.lock().unwrap().last().map_or(0, |step| step.done), len as u64);
	}
	assert!(fake.node().called.iter().all(|method| method == "compute_blobs"), "{:?}", fake.node().called);
}

#[tokio::test]
async fn while_the_node_itself_searches_it_should_be_said_how_far_it_is() {
	let fake = Fake::start().await;
	let id = fake.add(b"far away");
	fake.tricks([Trick::Late]);
	let (progress, steps) = watched();
	let get = Get { progress: Some(progress), ..Get::default() };
	assert_eq!(fetch(&fake.blobs(), id, &get).await.unwrap().0, b"far away");
	let steps = steps.lock().unwrap();
	assert_eq!(steps[0], Step { stage: Stage::Searching, done: 5, total: Some(10) });
	assert_eq!(steps.last().unwrap(), &Step { stage: Stage::Receiving, done: 8, total: Some(8) });
}

#[tokio::test]
async fn a_file_should_go_from_and_to_the_disk() {
	let fake = Fake::start().await;
	let blobs = fake.blobs();
	let folder = tempfile::tempdir().unwrap();
	let (here, there) = (folder.path().join("here"), folder.path().join("there"));
	fs::write(&here, bytes(3 << 20)).unwrap();
	let (id, len) = blobs.put_file(&here, &Put::default()).await.unwrap();
	assert_eq!((id, len), (BlobId::of(&bytes(3 << 20)), 3 << 20));
	fs::write(&there, "what was there before").unwrap();
	blobs.get_to(id, &there, &Get::default()).await.unwrap();
	assert!(fs::read(&there).unwrap() == bytes(3 << 20));
	assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
	let error = blobs.put_file(&folder.path().join("none"), &Put::default()).await.unwrap_err();
	assert!(error.to_string().contains("none"), "{error}");
}

#[tokio::test]
async fn a_transfer_that_breaks_should_go_on_where_it_broke() {
	let fake = Fake::start().await;
	let content = bytes(3 << 20);
	let id = fake.add(&content);
	fake.tricks([Trick::CutAfter(1 << 20), Trick::CutAfter(1 << 20), Trick::None]);
	let (got, _) = fetch(&fake.blobs(), id, &Get::default()).await.unwrap();
	assert!(got == content);
	let ranges: Vec<_> = fake.node().asked.iter().map(|(_, range, _)| range.clone()).collect();
	assert_eq!(ranges[0], "");
	assert!(ranges.len() == 3 && ranges[1].starts_with("bytes=") && ranges[2] > ranges[1], "{ranges:?}");
	// A server that begins anew is no trouble.
	fake.tricks([Trick::CutAfter(1 << 20), Trick::IgnoreRange]);
	assert!(fetch(&fake.blobs(), id, &Get::default()).await.unwrap().0 == content);
	// One that never gets on is given up.
	fake.tricks(vec![Trick::CutAfter(0); 8]);
	let error = fetch(&fake.blobs(), id, &Get::default()).await;
	// Small enough for the other way.
	assert!(error.unwrap().0 == content);
	assert!(fake.node().called.contains(&"compute_getBlob".to_owned()));
}

#[tokio::test]
async fn wrong_bytes_should_be_refused_and_leave_nothing() {
	let fake = Fake::start().await;
	let id = BlobId::of(b"right");
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("out");
	for lie in [b"wrong".to_vec(), b"righ".to_vec(), b"right!".to_vec(), Vec::new(), bytes(2 << 20)] {
		fake.tricks([Trick::Lie(lie)]);
		let error = fake.blobs().get_to(id, &path, &Get::default()).await.unwrap_err();
		assert!(matches!(error, BlobError::WrongBytes { .. }), "{error}");
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
	}
}

#[tokio::test]
async fn who_stops_waiting_should_leave_nothing() {
	let fake = Fake::start().await;
	let id = fake.add(&bytes(2 << 20));
	fake.tricks([Trick::Hang(1 << 20)]);
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("out");
	let blobs = fake.blobs();
	let fetching = async { blobs.get_to(id, &path, &Get::default()).await };
	assert!(tokio::time::timeout(Duration::from_millis(300), fetching).await.is_err());
	assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_busy_node_should_be_asked_again_but_not_forever() {
	let fake = Fake::start().await;
	let id = fake.add(b"here");
	let blobs = fake.blobs();
	fake.tricks([Trick::Busy(1)]);
	let before = Instant::now();
	assert_eq!(fetch(&blobs, id, &Get::default()).await.unwrap().0, b"here");
	assert!(before.elapsed() >= Duration::from_secs(1), "as long as it asked for");
	fake.tricks([Trick::Busy(0)]);
	blobs.put(b"there".to_vec().into(), &Put::default()).await.unwrap();
	fake.tricks(vec![Trick::Busy(0); 10]);
	let error = fetch(&blobs, id, &Get::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::Refused { status: 503, .. }), "{error}");
	fake.node().tricks.clear();
}

#[tokio::test]
async fn a_blob_that_nobody_has_should_be_missing_with_who_was_asked() {
	let fake = Fake::start().await;
	let blobs = fake.blobs();
	let id = BlobId::of(b"nobody");
	let Err(BlobError::Missing(missing)) = fetch(&blobs, id, &Get::default()).await else { panic!() };
	assert_eq!(missing.asked.iter().map(|holder| holder.has).collect::<Vec<_>>(), [Some(false), None]);
	assert_eq!(missing.deadline, None);
	let late = json!({ "error": "deadline", "message": "late", "have": 3, "total": 9, "asked": [] });
	fake.tricks([Trick::Say(StatusCode::GATEWAY_TIMEOUT, late)]);
	let Err(error @ BlobError::Missing(_)) = fetch(&blobs, id, &Get::default()).await else { panic!() };
	assert!(error.to_string().contains("3 of 9 bytes"), "{error}");
	// Without HTTP.
	let plain = fake.blobs_with(ClientOptions { blobs: BlobsAt::Off, key: None });
	let get = Get { patience: Duration::from_secs(1), ..Get::default() };
	assert!(matches!(fetch(&plain, id, &get).await, Err(BlobError::Missing(_))));
}

#[tokio::test]
async fn more_than_is_wanted_should_be_refused_before_it_comes() {
	let fake = Fake::start().await;
	let id = fake.add(&bytes(2 << 20));
	for options in [ClientOptions::default(), ClientOptions { blobs: BlobsAt::Off, key: None }] {
		let get = Get { limit: (2 << 20) - 1, ..Get::default() };
		let mut out = Vec::new();
		let error = fake.blobs_with(options).get(id, &mut out, &get).await.unwrap_err();
		assert!(matches!(error, BlobError::TooLarge { len: Some(2_097_152), .. }), "{error}");
		assert!(out.is_empty());
	}
	let said = json!({ "error": "tooLarge", "message": "no", "limit": 77 });
	fake.tricks([Trick::Say(StatusCode::PAYLOAD_TOO_LARGE, said)]);
	let error = fake.blobs().put(b"x".to_vec().into(), &Put::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::TooLarge { limit: 77, .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_should_not_be_followed_and_a_stranger_be_told_apart() {
	let fake = Fake::start().await;
	let id = fake.add(b"x");
	fake.tricks([Trick::Redirect]);
	let error = fetch(&fake.blobs(), id, &Get::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::Refused { status: 302, .. }), "{error}");
	assert!(error.to_string().contains("does not seem to be an Ergon node"), "{error}");
	fake.tricks([Trick::Say(StatusCode::NOT_FOUND, json!("<html>"))]);
	let error = fetch(&fake.blobs(), id, &Get::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::Refused { status: 404, .. }), "not a word on the blob: {error}");
}

#[tokio::test]
async fn without_http_small_blobs_should_go_over_json_rpc_and_big_ones_say_what_is_in_the_way() {
	let fake = Fake::default();
	let blobs = fake.blobs();
	let id = blobs.put(b"small".to_vec().into(), &Put::default()).await.unwrap();
	assert_eq!(fetch(&blobs, id, &Get::default()).await.unwrap().0, b"small");
	let big = bytes(MAX_RPC_BLOB + 1);
	let put = Put { job: Some(JobId(7)), progress: None };
	blobs.put(b"for a job".to_vec().into(), &put).await.unwrap();
	fake.node().jobless = true;
	blobs.put(b"for a job".to_vec().into(), &put).await.unwrap();
	assert_eq!(fake.node().jobs, [json!(null), json!(7), json!(null)]);
	let error = blobs.put(big.clone().into(), &Put::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::NeedsHttp { why: NoGateway::Unserved, .. }), "{error}");
	assert!(error.to_string().contains("--blobs"), "{error}");
	let id = fake.add(&big);
	let error = fetch(&blobs, id, &Get::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::NeedsHttp { .. }), "{error}");
	// An older node has no word for all that.
	fake.node().old = true;
	let blobs = fake.blobs();
	blobs.put(b"small".to_vec().into(), &Put::default()).await.unwrap();
	assert_eq!(blobs.info().await.unwrap(), None);
	assert_eq!(blobs.spread(id, JobId(1)).await.unwrap(), Spread { peers: 0, others: 0 });
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_should_not_be_in_the_way_of_small_blobs() {
	let fake = Fake::default();
	// Bound and dropped: nobody listens on it now.
	let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
	fake.node().http = Some(format!("127.0.0.1:{port}"));
	let blobs = fake.blobs();
	let id = blobs.put(b"small".to_vec().into(), &Put::default()).await.unwrap();
	assert_eq!(fetch(&blobs, id, &Get::default()).await.unwrap().0, b"small");
	let error = blobs.put(bytes(MAX_RPC_BLOB + 1).into(), &Put::default()).await.unwrap_err();
	assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn an_upload_to_another_machine_should_be_signed_or_small() {
	let fake = Fake::start().await;
	let key = crate::keypair_from_suri("//Alice").unwrap();
	let away = |key: Option<Keypair>| {
		let blobs = fake.blobs_with(ClientOptions { blobs: BlobsAt::Announced, key });
		let mut base = given(&format!("http://{}", fake.node().http.clone().unwrap())).unwrap();
		base.local = false;
		let gateway = Gateway::new(base);
		blobs.way.set(Way { gateway, max_rpc: MAX_RPC_BLOB as u64 }).ok().unwrap();
		blobs
	};
	let id = away(Some(key)).put(bytes(2 << 20).into(), &Put::default()).await.unwrap();
	let (_, query, signed) = fake.node().asked.last().unwrap().clone();
	assert_eq!(query, format!("cid={id}"));
	assert!(signed.unwrap().starts_with("Ergon account=5Grw"));
	away(None).put(b"small".to_vec().into(), &Put::default()).await.unwrap();
	assert!(fake.node().called.contains(&"compute_putBlob".to_owned()));
	let error = away(None).put(bytes(MAX_RPC_BLOB + 1).into(), &Put::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::NeedsKey { .. }), "{error}");
}

#[tokio::test]
async fn a_node_that_wants_a_signature_on_its_own_machine_should_get_one() {
	let fake = Fake::start().await;
	let unsigned =
		|| Trick::Say(StatusCode::UNAUTHORIZED, json!({ "error": "unsigned", "message": "sign it" }));
	let key = crate::keypair_from_suri("//Alice").unwrap();
	fake.tricks([unsigned()]);
	let blobs = fake.blobs_with(ClientOptions { blobs: BlobsAt::Announced, key: Some(key) });
	blobs.put(b"x".to_vec().into(), &Put::default()).await.unwrap();
	let signed: Vec<_> = fake.node().asked.iter().map(|(_, _, signed)| signed.is_some()).collect();
	assert_eq!(signed, [false, true]);
	// One that refuses that, too, or a client without a key: not again and again.
	fake.tricks([unsigned(), unsigned(), unsigned()]);
	let error = blobs.put(b"y".to_vec().into(), &Put::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::Refused { status: 401, .. }), "{error}");
	let error = fake.blobs().put(b"y".to_vec().into(), &Put::default()).await.unwrap_err();
	assert!(error.to_string().contains("sign it"), "{error}");
}

#[tokio::test]
async fn another_name_than_ours_should_be_distrusted() {
	let fake = Fake::start().await;
	fake.tricks([Trick::Say(StatusCode::OK, json!({ "cid": "bafk", "size": 1 }))]);
	let error = fake.blobs().put(b"x".to_vec().into(), &Put::default()).await.unwrap_err();
	assert!(matches!(error, BlobError::WrongName { .. }), "{error}");
}

#[tokio::test]
async fn questions_should_be_put_as_the_node_knows_them() {
	let fake = Fake::default();
	let blobs = fake.blobs();
	let id = fake.add(b"x");
	let holders = blobs.find(id, Duration::from_secs(5)).await.unwrap();
	assert_eq!(holders, Holders { here: true, peers: vec![Holder { peer: "12D3".into(), has: None }] });
	assert_eq!(blobs.spread(id, JobId(7)).await.unwrap(), Spread { peers: 2, others: 1 });
	let status = blobs.status(id).await.unwrap();
	assert_eq!(status, BlobStatus { here: false, have: 5, total: Some(10), fetching: true });
}
