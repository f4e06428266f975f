//! What a reader of the gateway notices.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bytes, world, world_with};
use ergon_blobs::{dag, BlobError, Hold};
use ergon_exchange::{FetchError, Holder};
use ergon_primitives::{blob::LEAF, BlobId};
use reqwest::{header::HeaderMap, Method, StatusCode};
use serde_json::{json, Value};

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
	headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn blob_should_be_read_whole() {
	let world = world();
	for size in [0, 1, 10_240, 65_536, 65_537, LEAF, LEAF + 1, 5 * LEAF + 3] {
		let data = bytes(size);
		let id = world.store.put(&data, Hold::Loose).unwrap();
		let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
		assert_eq!(got.status(), StatusCode::OK);
		let headers = got.headers().clone();
		for (name, value) in [
			("etag", format!("\"{id}\"")),
			("content-length", size.to_string()),
			("accept-ranges", "bytes".into()),
			("cache-control", "public, max-age=29030400, immutable".into()),
			("x-ipfs-path", format!("/ipfs/{id}")),
			("x-ipfs-roots", id.to_string()),
			("x-ergon-found", "here".into()),
			("x-content-type-options", "nosniff".into()),
			("content-security-policy", "sandbox; default-src 'none'".into()),
			("access-control-allow-origin", "*".into()),
		] {
			assert_eq!(header(&headers, name), value, "{size} {name}");
		}
		assert!(got.bytes().await.unwrap() == data, "{size}");

		let head = world.request(Method::HEAD, &format!("/ipfs/{id}")).send().await.unwrap();
		assert_eq!(head.status(), StatusCode::OK);
		for name in ["etag", "content-length", "content-type", "x-ipfs-roots"] {
			assert_eq!(head.headers().get(name), headers.get(name), "{size} {name}");
		}
	}
	assert_eq!(world.chain.asked.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn range_should_be_those_bytes() {
	let world = world();
	let size = 3 * LEAF + 100;
	let data = bytes(size);
	let id = world.store.put(&data, Hold::Loose).unwrap();
	let path = format!("/ipfs/{id}");
	let leaf = LEAF as u64;
	for (range, from, end) in [
		("bytes=0-0".to_owned(), 0, 1),
		("bytes=0-".into(), 0, size),
		("bytes=-50".into(), size - 50, size),
		(format!("bytes={}-{}", leaf - 1, leaf), LEAF - 1, LEAF + 1),
		(format!("bytes={}-", 2 * leaf), 2 * LEAF, size),
		(format!("bytes={}-{}", leaf + 5, 3 * leaf + 5), LEAF + 5, 3 * LEAF + 6),
		(format!("bytes={}-99999999999999999999999", size - 1), size - 1, size),
	] {
		let got = world.get(&path).header("range", &range).send().await.unwrap();
		assert_eq!(got.status(), StatusCode::PARTIAL_CONTENT, "{range}");
		let said = format!("bytes {from}-{}/{size}", end - 1);
		assert_eq!(header(got.headers(), "content-range"), said);
		assert_eq!(header(got.headers(), "content-length"), (end - from).to_string());
		assert!(got.bytes().await.unwrap() == data[from..end], "{range}");
	}
	for (range, status) in [
		(format!("bytes={size}-"), 416),
		("bytes=99999999999999999999999-".into(), 416),
		("bytes=-0".into(), 416),
		("bytes=5-3".into(), 400),
		("bytes=x".into(), 400),
		("bytes=0-1,5-9".into(), 200),
		("lines=0-1".into(), 200),
	] {
		let got = world.get(&path).header("range", &range).send().await.unwrap();
		assert_eq!(got.status(), status, "{range}");
		if status == 416 {
			assert_eq!(header(got.headers(), "content-range"), format!("bytes */{size}"));
			let body: Value = serde_json::from_slice(&got.bytes().await.unwrap()).unwrap();
			assert_eq!((&body["error"], &body["size"]), (&json!("range"), &json!(size)));
		}
	}
	// Other bytes than the client has: all of them.
	let got =
		world.get(&path).header("range", "bytes=0-9").header("if-range", "\"other\"").send().await.unwrap();
	assert_eq!((got.status(), got.content_length()), (StatusCode::OK, Some(size as u64)));
	let got = world
		.get(&path)
		.header("range", "bytes=0-9")
		.header("if-range", format!("\"{id}\""))
		.send()
		.await
		.unwrap();
	assert_eq!(got.bytes().await.unwrap(), &data[..10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn known_blob_should_not_be_sent_again() {
	let world = world();
	let id = BlobId::of(b"somewhere");
	// It need not even be here: its name says that nothing has changed.
	for known in [format!("\"{id}\""), format!("W/\"{id}\""), "*".into()] {
		let got = world.get(&format!("/ipfs/{id}")).header("if-none-match", known).send().await.unwrap();
		assert_eq!(got.status(), StatusCode::NOT_MODIFIED);
		assert_eq!(header(got.headers(), "etag"), format!("\"{id}\""));
	}
	let got = world.get(&format!("/ipfs/{id}")).header("if-none-match", "\"other\"").send().await.unwrap();
	assert_eq!(got.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_should_be_had_raw() {
	let world = world();
	let data = bytes(2 * LEAF + 7);
	let id = world.store.put(&data, Hold::Loose).unwrap();
	let by_query = world.get(&format!("/ipfs/{id}?format=raw")).send().await.unwrap();
	assert_eq!(header(by_query.headers(), "content-type"), "application/vnd.ipld.raw");
	assert_eq!(header(by_query.headers(), "etag"), format!("\"{id}.raw\""));
	assert!(header(by_query.headers(), "content-disposition").starts_with("attachment"));
	let root = by_query.bytes().await.unwrap();
	let by_header = world.get(&format!("/ipfs/{id}")).header("accept", "application/vnd.ipld.raw");
	assert_eq!(by_header.send().await.unwrap().bytes().await.unwrap(), root);
	assert!(root.len() < 1000, "the root's node, not the file");

	// What a trustless client does: follow the links, check each block.
	let mut whole = Vec::new();
	for link in dag::decode(&root).unwrap().links {
		let leaf = world.get(&format!("/ipfs/{}?format=raw", link.id)).send().await.unwrap();
		let leaf = leaf.bytes().await.unwrap();
		assert_eq!(BlobId::of(&leaf), link.id);
		whole.extend_from_slice(&leaf);
	}
	assert!(whole == data);

	for (query, accept) in [("?format=car", "*/*"), ("", "application/vnd.ipld.car")] {
		let got = world.get(&format!("/ipfs/{id}{query}")).header("accept", accept).send().await.unwrap();
		assert_eq!(got.status(), StatusCode::NOT_ACCEPTABLE);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn blob_of_a_neighbour_should_be_fetched_once() {
	let world = world();
	let data = bytes(2 * LEAF);
	let id = world.neighbour.give(&data);
	let path = format!("/ipfs/{id}");
	let cached = world.get(&path).header("cache-control", "only-if-cached").send().await.unwrap();
	assert_eq!(cached.status(), StatusCode::PRECONDITION_FAILED);
	let first = world.get(&format!("{path}?timeout=5")).send().await.unwrap();
	assert_eq!(header(first.headers(), "x-ergon-found"), "network");
	assert!(first.bytes().await.unwrap() == data);
	let second = world.get(&path).header("cache-control", "only-if-cached").send().await.unwrap();
	assert_eq!(header(second.headers(), "x-ergon-found"), "here");
	let asked = world.neighbour.asked.lock().unwrap().clone();
	assert_eq!(asked, [(std::time::Duration::from_secs(5), 64 << 20)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_blob_should_say_who_was_asked() {
	let world = world();
	let id = BlobId::of(b"nobody's");
	let path = format!("/ipfs/{id}");
	let got = world.get(&path).send().await.unwrap();
	assert_eq!(got.status(), StatusCode::NOT_FOUND);
	assert_eq!(header(got.headers(), "cache-control"), "no-store");
	let body: Value = serde_json::from_slice(&got.bytes().await.unwrap()).unwrap();
	assert_eq!(body["error"], "notFound");
	assert_eq!(body["asked"], json!([{ "peer": "neighbour", "has": false }]));

	let asked = vec![Holder { peer: "p".into(), has: None }];
	let disk = BlobError::DiskFull { path: "/var/lib/secret".into() };
	for (fails, status, word) in [
		(FetchError::Deadline { have: 5, total: Some(9), asked }, 504, "deadline"),
		(FetchError::TooLarge { limit: 9 }, 413, "tooLarge"),
		(FetchError::BadDag("too deep".into()), 502, "badDag"),
		(FetchError::Closed, 503, "closing"),
		(disk.into(), 507, "full"),
	] {
		*world.neighbour.fails.lock().unwrap() = Some(fails);
		let got = world.get(&path).send().await.unwrap();
		assert_eq!(got.status(), status);
		let body: Value = serde_json::from_slice(&got.bytes().await.unwrap()).unwrap();
		assert_eq!(body["error"], word);
		assert!(!body.to_string().contains("secret"), "{body}");
		if word == "deadline" {
			assert_eq!((&body["have"], &body["total"]), (&json!(5), &json!(9)));
			assert_eq!(body["asked"], json!([{ "peer": "p", "has": null }]));
		}
	}
	let waited: Vec<_> =
		world.neighbour.asked.lock().unwrap().iter().map(|asked| asked.0.as_secs()).collect();
	assert_eq!(waited, [60; 6]);
	world.get(&format!("{path}?timeout=9999")).send().await.unwrap();
	assert_eq!(world.neighbour.asked.lock().unwrap().last().unwrap().0.as_secs(), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_should_come_as_text() {
	let world = world();
	for (data, kind, shown) in [
		(&b"<html><script>alert(1)</script>"[..], "text/plain; charset=utf-8", true),
		(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "text/plain; charset=utf-8", true),
		(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", true),
		(b"\0asm\x01\0\0\0", "application/wasm", false),
		(b"\x00\x01\x02", "application/octet-stream", false),
	] {
		let id = world.store.put(data, Hold::Loose).unwrap();
		let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
		assert_eq!(header(got.headers(), "content-type"), kind);
		let disposition = header(got.headers(), "content-disposition");
		assert_eq!(disposition.is_empty(), shown, "{disposition}");
		assert_eq!(header(got.headers(), "x-content-type-options"), "nosniff");
		assert_eq!(header(got.headers(), "content-security-policy"), "sandbox; default-src 'none'");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_leaf_should_be_fetched_again() {
	let world = world();
	let data = bytes(3 * LEAF);
	let id = world.store.put(&data, Hold::Loose).unwrap();
	let damage = || {
		// The middle leaf, on disk.
		let leaf = BlobId::of(&data[LEAF..2 * LEAF]).to_string();
		let mut found = 0;
		for file in find(world.folder.path(), &leaf) {
			std::fs::write(&file, vec![0; LEAF]).unwrap();
			found += 1;
		}
		found
	};
	assert_eq!(damage(), 1);
	world.neighbour.give(&data);
	let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
	assert!(got.bytes().await.unwrap() == data);
	assert_eq!(world.neighbour.asked.lock().unwrap().len(), 1);

	// Nobody has it: the connection breaks, so that nobody takes a part for the whole.
	*world.neighbour.fails.lock().unwrap() = Some(FetchError::NotFound { asked: Vec::new() });
	assert_eq!(damage(), 1);
	let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
	assert!(got.bytes().await.is_err());
	let got = world.get(&format!("/ipfs/{id}")).send().await.unwrap();
	assert_eq!(got.status(), StatusCode::NOT_FOUND);
}

fn find(folder: &std::path::Path, name: &str) -> Vec<std::path::PathBuf> {
	let mut found = Vec::new();
	for entry in std::fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		match path.is_dir() {
			true => found.extend(find(&path, name)),
			false if path.file_name().unwrap().to_string_lossy().contains(name) => found.push(path),
			false => {},
		}
	}
	found
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_should_be_bounded_in_number() {
	let world = world_with(|choice| choice.limits.downloads = 1);
	let data = bytes(16 * LEAF);
	let id = world.store.put(&data, Hold::Loose).unwrap();
	let path = format!("/ipfs/{id}");
	// One that is not read, and so keeps its place.
	let first = world.get(&path).send().await.unwrap();
	let second = world.get(&path).send().await.unwrap();
	assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
	assert_eq!(header(second.headers(), "retry-after"), "5");
	assert!(first.bytes().await.unwrap() == data);
	assert!(world.get(&path).send().await.unwrap().bytes().await.unwrap() == data);
}
