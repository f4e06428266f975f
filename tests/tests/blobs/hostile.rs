//! What must be refused: nothing of it is stored, and the node lives.

use std::time::Duration;

use ergon_primitives::{BlobId, Codec};
use ergon_tests::{
	impostor::{Conduct, Impostor, Tongue},
	noise, refusal, Node,
};
use litep2p::types::{cid::Cid, multihash::Multihash};
use serde_json::{json, Value};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
	time::timeout,
};

use crate::MIB;

/// Longer than the node may keep a connection that does nothing.
const PATIENCE: Duration = Duration::from_secs(150);

/// Sends these bytes as they are and reads until the node closes the connection; what it said.
async fn send(node: &Node, bytes: &[u8]) -> String {
	let mut stream = TcpStream::connect(node.gateway().await.address).await.unwrap();
	// Refused before all of it is sent, the rest meets a closed door.
	let _ = stream.write_all(bytes).await;
	read(stream).await
}

/// Reads until the connection is closed.
async fn read(mut stream: TcpStream) -> String {
	let mut said = Vec::new();
	let ended = timeout(PATIENCE, stream.read_to_end(&mut said)).await;
	assert!(ended.is_ok(), "the connection is still open after {PATIENCE:?}");
	String::from_utf8_lossy(&said).into_owned()
}

/// A request without a body, after which the connection is to be closed.
fn request(method: &str, path: &str, headers: &str) -> Vec<u8> {
	format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// The status of an answer; 0 if there was none.
fn status(answer: &str) -> u16 {
	answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

async fn blobs_of(node: &Node) -> Value {
	let blobs: Value = node.ask("compute_blobs", &[]).await.unwrap();
	json!([blobs["blobs"], blobs["bytes"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_refuses_what_is_malformed() {
	let node = Node::start().await;
	let gateway = node.gateway().await;
	let here = gateway.put(noise(30, 3 * MIB)).await.unwrap().cid;
	let before = blobs_of(&node).await;
	let other = BlobId::of(b"something else").to_string();

	for path in [
		"/ipfs/../../../etc/passwd",
		"/ipfs/..%2f..%2f..%2fetc%2fpasswd",
		"/ipfs/%2e%2e/%2e%2e/etc/passwd",
		"/ipfs//etc/passwd",
		"/ipfs/",
		"/ipfs/bafk",
		"/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
		&format!("/ipfs/{here}/../../x"),
		&format!("/ipfs/{here}%00"),
		&format!("/ipfs/{}", "a".repeat(60_000)),
		"/blobs/../../chains",
		"/ipfs/%ff%fe%fd",
	] {
		let answer = send(&node, &request("GET", path, "")).await;
		assert!((400..500).contains(&status(&answer)), "{path:.80} was answered with {answer:.300}");
		assert!(!answer.contains("root:"), "{path} gave away a file");
	}
	for (range, expected) in [
		("bytes=99999999-", 416),
		("bytes=5-2", 400),
		("bytes=-0", 416),
		("bytes=0-0,2-2,4-4", 400),
		("bytes=18446744073709551615-18446744073709551616", 400),
		("lines=1-2", 400),
		("bytes=a-b", 400),
	] {
		let headers = format!("Range: {range}\r\n");
		let answer = send(&node, &request("GET", &format!("/ipfs/{here}"), &headers)).await;
		let got = status(&answer);
		// What is no range at all may be passed over, as HTTP has it; then all of it comes, and not a byte more.
		let whole = got == 200 && expected == 400 && answer.len() > 3 * MIB / 2;
		assert!(got == expected || got == 416 || whole, "{range}: {answer:.300}");
	}
	for (query, expected) in [
		(format!("?cid={other}"), 422..=422),
		("?cid=rubbish".into(), 400..=400),
		("?job=-1".into(), 400..=400),
		("?job=99999999".into(), 400..=499),
	] {
		let refused = refusal(gateway.put_with(&query, noise(31, 2 * MIB)).await);
		assert!(expected.contains(&refused.status.as_u16()), "{query}: {refused}");
		assert!(refused.said["error"].is_string() && refused.said["message"].is_string(), "{refused}");
	}
	for method in ["POST", "DELETE", "PATCH", "TRACE", "BREW"] {
		let answer = send(&node, &request(method, "/blobs", "Content-Length: 0\r\n")).await;
		assert!((400..600).contains(&status(&answer)), "{method}: {answer:.300}");
	}
	for rubbish in
		[&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0\0\0\0\r\n\r\n", &[b'A'; 300_000]]
	{
		let answer = send(&node, rubbish).await;
		assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer:.300}");
	}
	let headers = format!("X-Long: {}\r\n", "b".repeat(1 << 20));
	let answer = send(&node, &request("GET", &format!("/ipfs/{here}"), &headers)).await;
	assert!(answer.is_empty() || (400..500).contains(&status(&answer)), "{answer:.300}");

	assert_eq!(blobs_of(&node).await, before, "nothing of it was stored");
	node.assert_lives().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_lie_stall_or_never_end_are_cut_off_within_bounded_memory() {
	let node = Node::start().await;
	let before = blobs_of(&node).await;
	let resting = node.memory();
	node.forget_peak();

	// Less than was promised, and gone.
	let mut stream = TcpStream::connect(node.gateway().await.address).await.unwrap();
	stream.write_all(&request("PUT", "/blobs", "Content-Length: 3000000\r\n")).await.unwrap();
	stream.write_all(&noise(40, 2 * MIB)).await.unwrap();
	drop(stream);
	// More than any blob may have, said beforehand and not said.
	let answer = send(&node, &request("PUT", "/blobs", "Content-Length: 99999999999999\r\n")).await;
	assert_eq!(status(&answer), 413, "{answer:.300}");
	let twice = request("PUT", "/blobs", "Content-Length: 5\r\nContent-Length: 6\r\n");
	assert_eq!(status(&send(&node, &twice).await), 400);
	let endless = endless_body(&node);
	// One byte now and then, until the node has had enough.
	let slow = slow_body(&node);
	let idle = idle_connections(&node);
	futures::join!(endless, slow, idle);

	let grown = node.peak_memory().saturating_sub(resting);
	assert!(grown < 96 * MIB as u64, "the node grew by {} MiB", grown >> 20);
	assert_eq!(blobs_of(&node).await, before, "nothing of it was stored");
	node.assert_lives().await;
}

async fn endless_body(node: &Node) {
	let mut stream = TcpStream::connect(node.gateway().await.address).await.unwrap();
	stream.write_all(&request("PUT", "/blobs", "Transfer-Encoding: chunked\r\n")).await.unwrap();
	let mut chunk = format!("{MIB:x}\r\n").into_bytes();
	chunk.extend(noise(41, MIB));
	chunk.extend(b"\r\n");
	let mut sent = 0;
	// The node closes the door on us; without that this would not end.
	while stream.write_all(&chunk).await.is_ok() {
		sent += 1;
		assert!(sent < 400, "the node still reads after {sent} MiB");
	}
	assert!(sent >= 250, "refused after {sent} MiB, below what a blob may have");
}

async fn slow_body(node: &Node) {
	let mut stream = TcpStream::connect(node.gateway().await.address).await.unwrap();
	stream.write_all(&request("PUT", "/blobs", "Content-Length: 1000000\r\n")).await.unwrap();
	let sent = timeout(PATIENCE, async {
		while stream.write_all(b"x").await.is_ok() {
			tokio::time::sleep(Duration::from_millis(500)).await;
		}
	});
	assert!(sent.await.is_ok(), "a body of two bytes a second is still read after {PATIENCE:?}");
}

async fn idle_connections(node: &Node) {
	let address = node.gateway().await.address;
	let mut idle = Vec::new();
	for _ in 0..500 {
		if let Ok(Ok(stream)) = timeout(Duration::from_secs(5), TcpStream::connect(address)).await {
			idle.push(stream);
		}
	}
	// With all of them open, whoever has something to say is still heard in the end.
	let answer = send(node, &request("GET", "/ipfs/rubbish", "")).await;
	assert!((400..600).contains(&status(&answer)), "{answer:.300}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rpc_refuses_what_is_malformed_and_a_million_wants_do_no_harm() {
	let node = Node::start().await;
	let before = blobs_of(&node).await;
	let limit = node.ask::<Value>("compute_blobs", &[]).await.unwrap()["maxRpcBlob"].as_u64().unwrap();
	let too_big = "AAAA".repeat(limit as usize / 3 + 2);
	for (method, parameters) in [
		("compute_putBlob", vec![json!("not base64!")]),
		("compute_putBlob", vec![json!(too_big)]),
		("compute_putBlob", vec![json!(7)]),
		("compute_getBlob", vec![json!("../../etc/passwd")]),
		("compute_getBlob", vec![json!("x".repeat(100_000))]),
		("compute_hasBlob", vec![json!("bafk")]),
		("compute_blobStatus", vec![json!(null)]),
		("compute_findBlob", vec![json!("")]),
		("compute_spreadBlob", vec![json!(BlobId::of(b"").to_string()), json!(-1)]),
	] {
		let answer: anyhow::Result<Value> = node.ask(method, &parameters).await;
		assert!(answer.is_err(), "{method} took {:.80}: {answer:?}", json!(parameters).to_string());
	}
	assert_eq!(blobs_of(&node).await, before, "nothing of it was stored");

	let resting = node.memory();
	node.forget_peak();
	let glutton = Impostor::join(&node, Tongue::Bitswap, Conduct::Withholds).await;
	for message in 0..20u64 {
		glutton.want((0..50_000).map(|number| nowhere(message * 50_000 + number)).collect());
	}
	let stored = node.gateway().await.put(noise(50, 2 * MIB)).await.unwrap();
	let had = node.gateway().await.get(&stored.cid).await.unwrap();
	assert!(had == noise(50, 2 * MIB), "honest people are served meanwhile");
	node.assert_lives().await;
	let grown = node.peak_memory().saturating_sub(resting);
	assert!(grown < 128 * MIB as u64, "the node grew by {} MiB", grown >> 20);
}

/// The name of a block that nobody has.
fn nowhere(number: u64) -> Cid {
	let id = BlobId { codec: Codec::Raw, digest: BlobId::of(&number.to_le_bytes()).digest };
	let hash = Multihash::wrap(0x12, id.digest.as_ref()).expect("32 bytes are a digest; qed");
	Cid::new_v1(0x55, hash)
}
