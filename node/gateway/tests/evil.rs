//! Bad input over raw sockets: a typed answer or a closed connection, nothing stored, bounded memory and time.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{
	bytes,
	raw::{exchange, Raw},
	world, world_with, World,
};
use ergon_blobs::Hold;
use ergon_primitives::{blob::LEAF, BlobId};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Uploads that are refused, with the head that they begin with.
fn put(more: &str) -> String {
	format!("PUT /blobs HTTP/1.1\r\nHost: localhost\r\n{more}\r\n")
}

async fn still_works(world: &World) {
	let put = world.put("/blobs", "still here").send().await.unwrap();
	assert!(put.status().is_success());
	let got = world.get(&format!("/ipfs/{}", BlobId::of(b"still here"))).send().await.unwrap();
	assert_eq!(got.bytes().await.unwrap(), "still here");
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_should_lead_nowhere_else() {
	let world = world();
	let id = world.store.put(b"here", Hold::Loose).unwrap();
	for path in [
		"/ipfs/../../etc/passwd".to_owned(),
		"/ipfs/..%2f..%2fetc%2fpasswd".into(),
		"/ipfs/%2e%2e/%2e%2e/etc/passwd".into(),
		"/ipfs//etc/passwd".into(),
		"/../../../etc/passwd".into(),
		"/ipfs/".into(),
		"/ipfs".into(),
		"/".into(),
		"/ipfs/%00".into(),
		"/ipfs/%ff%fe".into(),
		format!("/ipfs/{id}/"),
		format!("/ipfs/{id}/x"),
		format!("/ipfs/{id}%00"),
		format!("/ipfs/{id}%2f..%2f..%2fetc%2fpasswd"),
		format!("/ipfs/../ipfs/{id}"),
		format!("/ipfs/{}", id.to_string().to_uppercase()),
		format!("/ipfs/{}", "b".repeat(10_000)),
		"/blobs/../ipfs".into(),
		"/metrics".into(),
	] {
		let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
		let answer = exchange(world.address, request).await;
		assert!([400, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
		assert!(answer.body.starts_with("{\"error\":"), "{path}: {}", answer.body);
		assert!(!answer.body.contains("root:"), "{path}");
	}
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_should_be_closed() {
	let world = world();
	for request in [
		&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
		b"GET / HTTP/9.9\r\n\r\n",
		b"GET  /blobs HTTP/1.1\r\n\r\n\r\n",
		b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		b"\0\0\0\0\0\0\0\0\r\n\r\n",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\n",
		b"PUT /blobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
	] {
		let answer = exchange(world.address, request).await;
		let text = String::from_utf8_lossy(request);
		assert!([0, 400, 505].contains(&answer.status), "{text:?}: {}", answer.status);
	}
	world.assert_nothing_stored();
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_heads_should_be_refused() {
	let world = world();
	let path = format!("GET /ipfs/{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20));
	let value = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
	let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(10_000));
	for request in [path, value, many] {
		let mut raw = Raw::connect(world.address).await;
		// The other side may close in the middle of it.
		let _ = raw.flood(request.as_bytes(), request.len()).await;
		let answer = raw.end().await;
		assert!([0, 414, 431].contains(&answer.status), "{}", answer.status);
	}
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_should_be_closed() {
	let world = world_with(|choice| choice.limits.head = Duration::from_millis(300));
	let mut raw = Raw::connect(world.address).await;
	let began = Instant::now();
	raw.send("GET / HTTP/1.1\r\n").await;
	for _ in 0..20 {
		sleep(Duration::from_millis(50)).await;
		if tokio::io::AsyncWriteExt::write_all(&mut raw.0, b"X: y\r\n").await.is_err() {
			break;
		}
	}
	raw.end().await;
	assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
	// One that says nothing at all.
	Raw::connect(world.address).await.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn announced_length_above_the_limit_should_be_refused_unread() {
	let world = world_with(|choice| choice.max_blob = 1 << 20);
	let answer = exchange(world.address, put(&format!("Content-Length: {}\r\n", (1 << 20) + 1))).await;
	assert_eq!(answer.status, 413);
	assert!(answer.body.contains("\"limit\":1048576"), "{}", answer.body);
	assert!(answer.head.contains("connection: close"), "{}", answer.head);
	// Who sends on all the same gets to read the answer.
	let mut raw = Raw::connect(world.address).await;
	raw.send(put(&format!("Content-Length: {}\r\n", 8 << 20))).await;
	raw.flood(&[0; 1 << 16], 8 << 20).await;
	assert_eq!(raw.end().await.status, 413);
	world.assert_nothing_stored();
	let exactly = world.put("/blobs", bytes(1 << 20)).send().await.unwrap();
	assert_eq!(exactly.status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_bodies_should_be_cut_off() {
	let world = world_with(|choice| choice.max_blob = 2 << 20);
	let mut raw = Raw::connect(world.address).await;
	raw.send(put("Transfer-Encoding: chunked\r\n")).await;
	let mut chunk = b"10000\r\n".to_vec();
	chunk.extend([7; 0x10000]);
	chunk.extend(b"\r\n");
	let sent = raw.flood(&chunk, 1 << 30).await;
	assert!(sent < 256 << 20, "{sent}");
	let answer = raw.end().await;
	// The answer, unless the flood has thrown it away.
	assert!([0, 413].contains(&answer.status), "{}", answer.status);
	world.assert_nothing_stored();

	// With the least bytes in each chunk, it is the same.
	let mut raw = Raw::connect(world.address).await;
	raw.send(put("Transfer-Encoding: chunked\r\n")).await;
	let crumbs = b"1\r\nx\r\n".repeat(10_000);
	raw.flood(&crumbs, crumbs.len() * 220).await;
	let answer = raw.end().await;
	assert!([0, 413].contains(&answer.status), "{} {}", answer.status, answer.body);
	world.assert_nothing_stored();
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_end_early_should_leave_nothing() {
	let world = world();
	for (head, body) in [
		("Content-Length: 3000000\r\n", vec![1; 2_000_000]),
		(
			"Transfer-Encoding: chunked\r\n",
			[b"100000\r\n".to_vec(), vec![1; 0x100000], b"\r\n".to_vec()].concat(),
		),
		("Transfer-Encoding: chunked\r\n", b"5\r\nab".to_vec()),
	] {
		let mut raw = Raw::connect(world.address).await;
		raw.send(put(head)).await;
		raw.send(&body).await;
		tokio::io::AsyncWriteExt::shutdown(&mut raw.0).await.unwrap();
		let answer = raw.end().await;
		assert!([0, 400].contains(&answer.status), "{}", answer.status);
	}
	// And one that is simply gone.
	let mut raw = Raw::connect(world.address).await;
	raw.send(put("Content-Length: 3000000\r\n")).await;
	raw.send([1; 1_000_000]).await;
	drop(raw);
	sleep(Duration::from_millis(300)).await;
	world.assert_nothing_stored();
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_announced_should_not_be_taken_for_the_body() {
	let world = world();
	let request = [put("Content-Length: 4\r\n").into_bytes(), b"four and more".to_vec()].concat();
	let answer = exchange(world.address, request).await;
	assert_eq!(answer.status, 201);
	assert!(answer.body.contains(&BlobId::of(b"four").to_string()), "{}", answer.body);
	assert_eq!(world.store.usage().blobs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_should_get_408() {
	let world = world_with(|choice| choice.limits.piece = Duration::from_millis(300));
	let mut raw = Raw::connect(world.address).await;
	raw.send(put("Content-Length: 1000\r\n")).await;
	raw.send("a").await;
	let answer = raw.end().await;
	assert_eq!(answer.status, 408, "{}", answer.body);
	assert!(answer.head.contains("connection: close"));

	// One byte at a time, each in time: too slow on average.
	let mut raw = Raw::connect(world.address).await;
	raw.send(put("Content-Length: 1000\r\n")).await;
	for _ in 0..200 {
		if tokio::io::AsyncWriteExt::write_all(&mut raw.0, b"a").await.is_err() {
			break;
		}
		sleep(Duration::from_millis(50)).await;
		if raw.0.try_read(&mut [0; 0]).is_err() {
			break;
		}
		let mut peek = [0; 1];
		if timeout(Duration::from_millis(1), raw.0.peek(&mut peek)).await.is_ok() {
			break;
		}
	}
	assert_eq!(raw.end().await.status, 408);
	world.assert_nothing_stored();
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_should_be_bounded_in_number() {
	let world = world_with(|choice| choice.limits.uploads = 2);
	let mut slow = Vec::new();
	for _ in 0..2 {
		let mut raw = Raw::connect(world.address).await;
		raw.send(put("Content-Length: 10\r\n")).await;
		slow.push(raw);
	}
	sleep(Duration::from_millis(100)).await;
	let third = world.put("/blobs", "x").send().await.unwrap();
	assert_eq!(third.status(), 503);
	assert_eq!(third.headers()["retry-after"], "5");
	world.assert_nothing_stored();
	slow[0].send("0123456789").await;
	sleep(Duration::from_millis(100)).await;
	still_works(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_should_be_given_up() {
	let world = world_with(|choice| {
		choice.limits.stall = Duration::from_millis(500);
		choice.limits.downloads = 1;
	});
	let data = bytes(48 * LEAF);
	let id = world.store.put(&data, Hold::Loose).unwrap();
	let mut raw = Raw::connect(world.address).await;
	raw.send(format!("GET /ipfs/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
	sleep(Duration::from_secs(2)).await;
	// Its place is free again.
	let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
	assert!(got.bytes().await.unwrap() == data);
	let answer = raw.end().await;
	assert!(answer.body.len() < data.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_should_be_bounded_in_number() {
	let world = world_with(|choice| {
		choice.limits.connections = 4;
		choice.limits.head = Duration::from_millis(500);
	});
	let mut idle = Vec::new();
	for _ in 0..20 {
		idle.push(Raw::connect(world.address).await);
	}
	// They wait in line, and are thrown out one after another.
	timeout(Duration::from_secs(20), still_works(&world)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_should_serve_many_requests() {
	let world = world();
	let id = world.store.put(b"again", Hold::Loose).unwrap();
	let one = format!("GET /ipfs/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n");
	let last = format!("GET /ipfs/{id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	let answer = exchange(world.address, one.repeat(9) + &last).await;
	assert_eq!(answer.body.matches("again").count(), 10);
	assert!(answer.clean);
}

#[test]
fn end_should_let_requests_finish() {
	let runtime = tokio::runtime::Runtime::new().unwrap();
	let (mut world, id, data) = runtime.block_on(async {
		let world = world();
		let data = bytes(20 * LEAF);
		let id = world.store.put(&data, Hold::Loose).unwrap();
		(world, id, data)
	});
	let got = runtime.block_on(async { world.get(&format!("/ipfs/{id}")).send().await.unwrap() });
	let reading = runtime.spawn(got.bytes());
	let idle = runtime.block_on(Raw::connect(world.address));
	let began = Instant::now();
	// As the node does it: outside of async code, and waiting.
	drop(world.gateway.take());
	assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
	assert!(runtime.block_on(reading).unwrap().unwrap() == data);
	runtime.block_on(idle.end());
	assert!(runtime.block_on(tokio::net::TcpStream::connect(world.address)).is_err());
}
