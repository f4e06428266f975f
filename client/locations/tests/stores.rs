//! Stores that a machine's owner configured: a folder, a web server, S3 of another maker.
#![allow(clippy::unwrap_used, reason = "tests fail by panics")]

mod common;

use common::*;
use ergon_locations::{LocationError, Store, Why};
use ergon_primitives::BlobId;
use std::{
	collections::BTreeMap,
	io::Cursor,
	path::Path,
	sync::{Arc, Mutex},
};

const MAX: u64 = 64 << 20;

fn store(url: &str) -> Store {
	Store::parse(url, limits()).unwrap()
}

async fn get(store: &Store, id: &BlobId) -> Result<Vec<u8>, Why> {
	let mut sink = Vec::new();
	store.fetch(id, MAX, &mut sink).await.map(|_| sink).map_err(|error| error.why)
}

async fn put(store: &Store, id: &BlobId, bytes: &[u8]) -> Result<(), Why> {
	store.put(id, bytes.len() as u64, Cursor::new(bytes.to_vec())).await.map_err(|error| error.why)
}

fn folder(path: &Path) -> Store {
	store(&format!("file://{}", path.display()))
}

#[tokio::test]
async fn a_folder_gives_what_was_put() {
	let home = tempfile::tempdir().unwrap();
	let blob = bytes(3 << 20);
	let id = BlobId::of(&blob);
	for url in ["", "/{cid}", "/deep/{cid}/data.bin"] {
		let store = store(&format!("file://{}{url}", home.path().display()));
		assert!(matches!(get(&store, &id).await, Err(Why::NotFound)));
		if url.starts_with("/deep") {
			// A folder that should be there and is not is a disk that is not mounted.
			assert!(matches!(put(&store, &id, &blob).await, Err(Why::Folder(_))));
			std::fs::create_dir(home.path().join("deep")).unwrap();
		}
		put(&store, &id, &blob).await.unwrap();
		put(&store, &id, &blob).await.unwrap();
		assert_eq!(get(&store, &id).await.unwrap(), blob);
		// Nothing but the blob, or the folder that it is in.
		assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
		if !url.starts_with("/deep") {
			std::fs::remove_file(home.path().join(id.to_string())).unwrap();
		}
	}
}

#[tokio::test]
async fn a_folder_keeps_no_other_bytes() {
	let home = tempfile::tempdir().unwrap();
	let id = BlobId::of(b"these");
	assert!(matches!(put(&folder(home.path()), &id, b"those").await, Err(Why::WrongBytes { .. })));
	assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
	std::fs::write(home.path().join(id.to_string()), "those").unwrap();
	assert!(matches!(get(&folder(home.path()), &id).await, Err(Why::WrongBytes { .. })));
	std::fs::write(home.path().join(id.to_string()), "these").unwrap();
	let error = folder(home.path()).fetch(&id, 4, &mut Vec::new()).await.unwrap_err();
	assert!(matches!(error.why, Why::TooLarge { max: 4 }));
}

#[tokio::test]
async fn nothing_leads_out_of_a_folder() {
	let outside = tempfile::tempdir().unwrap();
	let home = tempfile::tempdir().unwrap();
	let id = BlobId::of(b"outside");
	let link = home.path().join(id.to_string());
	std::fs::write(outside.path().join("file"), "outside").unwrap();
	std::os::unix::fs::symlink(outside.path().join("file"), &link).unwrap();
	assert!(matches!(get(&folder(home.path()), &id).await, Err(Why::Folder(_))));
	// A link to a folder in the middle of the path.
	std::fs::remove_file(&link).unwrap();
	std::os::unix::fs::symlink(outside.path(), &link).unwrap();
	let deep = store(&format!("file://{}/{{cid}}/file", home.path().display()));
	assert!(matches!(get(&deep, &id).await, Err(Why::Folder(_))));
	assert!(matches!(put(&deep, &id, b"outside").await, Err(Why::Folder(_))));
	// One that stays inside does no harm, nor does one to the folder itself.
	std::fs::remove_file(&link).unwrap();
	std::fs::write(home.path().join("file"), "outside").unwrap();
	std::os::unix::fs::symlink("file", &link).unwrap();
	assert_eq!(get(&folder(home.path()), &id).await.unwrap(), b"outside");
	let alias = outside.path().join("alias");
	std::os::unix::fs::symlink(home.path(), &alias).unwrap();
	assert_eq!(get(&folder(&alias), &id).await.unwrap(), b"outside");
}

#[tokio::test]
async fn only_files_are_read() {
	let home = tempfile::tempdir().unwrap();
	let id = BlobId::of(b"");
	let path = home.path().join(id.to_string());
	std::fs::create_dir(&path).unwrap();
	assert!(matches!(get(&folder(home.path()), &id).await, Err(Why::Folder(_))));
	std::fs::remove_dir(&path).unwrap();
	// A pipe would keep a reader waiting for ever.
	assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
	assert!(matches!(get(&folder(home.path()), &id).await, Err(Why::Folder(_))));
	std::fs::remove_file(&path).unwrap();
	std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
	assert!(matches!(get(&folder(home.path()), &id).await, Err(Why::Folder(_))));
	assert!(matches!(get(&folder(&home.path().join("missing")), &id).await, Err(Why::NotFound)));
}

#[test]
fn a_store_is_a_place_for_many_blobs() {
	for url in ["s3://{cid}/key", "file://{cid}/x", "https://host.example/#{cid}", "file:///a/../{cid}/.."] {
		assert!(Store::parse(url, limits()).is_err(), "{url}");
	}
	assert_eq!(Store::parse("nothing", limits()).unwrap_err(), LocationError::Scheme);
}

/// Keeps what is put under its path, as a web server with WebDAV would.
fn keeps() -> impl Fn(&Request) -> Reply + Send + Sync {
	let kept = Mutex::new(BTreeMap::<String, Vec<u8>>::new());
	move |request| match &*request.method {
		"PUT" => {
			kept.lock().unwrap().insert(request.target.clone(), request.body.clone());
			Reply::status(201)
		},
		"GET" => kept
			.lock()
			.unwrap()
			.get(&request.target)
			.map_or(Reply::status(404), |bytes| Reply::ok(bytes.clone())),
		_ => Reply::status(405),
	}
}

#[tokio::test]
async fn a_web_server_of_ones_own_may_be_plain_private_and_closed() {
	let server = Server::plain(keeps()).await;
	let port = server.address.port();
	let blob = bytes(3 << 20);
	let id = BlobId::of(&blob);
	let store = store(&format!("http://me:secret@127.0.0.1:{port}/blobs?token=x"));
	assert!(matches!(get(&store, &id).await, Err(Why::NotFound)));
	put(&store, &id, &blob).await.unwrap();
	assert_eq!(get(&store, &id).await.unwrap(), blob);
	assert!(put(&store, &BlobId::of(b"other"), &blob).await.is_err());
	for request in server.seen() {
		assert_eq!(request.target, format!("/blobs/{id}?token=x"));
		assert_eq!(request.headers["authorization"], "Basic bWU6c2VjcmV0");
	}
	assert_eq!(store.location().to_string(), format!("http://127.0.0.1:{port}/blobs/{{cid}}"));
}

/// As much of S3 as it takes, in path style.
fn s3() -> (impl Fn(&Request) -> Reply + Send + Sync, Arc<Mutex<BTreeMap<String, Vec<u8>>>>) {
	let kept = Arc::new(Mutex::new(BTreeMap::<String, Vec<u8>>::new()));
	let theirs = kept.clone();
	let parts = Mutex::new(BTreeMap::<u32, Vec<u8>>::new());
	let answer =
		move |request: &Request| {
			let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
			let mut kept = kept.lock().unwrap();
			match &*request.method {
				"GET" => kept.get(path).map_or(Reply::status(404), |bytes| Reply::ok(bytes.clone())),
				"POST" if query.contains("uploads") => Reply::ok(
					"<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>",
				),
				"PUT" if query.contains("partNumber") => {
					let number = query
						.split('&')
						.find_map(|pair| pair.strip_prefix("partNumber="))
						.unwrap()
						.parse()
						.unwrap();
					parts.lock().unwrap().insert(number, request.body.clone());
					Reply::with(200, "etag: \"part\"\r\n", "")
				},
				"POST" => {
					let whole = std::mem::take(&mut *parts.lock().unwrap()).into_values().flatten().collect();
					kept.insert(path.to_owned(), whole);
					Reply::ok("<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>")
				},
				"PUT" => {
					kept.insert(path.to_owned(), request.body.clone());
					Reply::with(200, "etag: \"whole\"\r\n", "")
				},
				"DELETE" => Reply::status(204),
				_ => Reply::status(405),
			}
		};
	(answer, theirs)
}

#[tokio::test]
async fn s3_of_another_maker_with_the_credentials_of_the_environment() {
	std::env::set_var("AWS_ACCESS_KEY_ID", "key");
	std::env::set_var("AWS_SECRET_ACCESS_KEY", "secret");
	let (answer, kept) = s3();
	let server = Server::plain(answer).await;
	let store = store(&format!("s3://bucket/blobs?endpoint=http://{}&region=eu-central-1", server.address));
	// Larger than one part, and small.
	for blob in [bytes(20 << 20), bytes(1000)] {
		let id = BlobId::of(&blob);
		assert!(matches!(get(&store, &id).await, Err(Why::NotFound)));
		put(&store, &id, &blob).await.unwrap();
		assert_eq!(get(&store, &id).await.unwrap(), blob);
		assert_eq!(kept.lock().unwrap()[&format!("/bucket/blobs/{id}")], blob);
	}
	for wrong in [bytes(20 << 20), bytes(1000)] {
		let id = BlobId::of(b"other");
		let result = put(&store, &id, &wrong).await;
		assert!(matches!(result, Err(Why::WrongBytes { .. })), "{result:?}");
		assert!(!kept.lock().unwrap().contains_key(&format!("/bucket/blobs/{id}")));
	}
	for request in server.seen() {
		let signed = &request.headers["authorization"];
		assert!(
			signed.starts_with("AWS4-HMAC-SHA256 Credential=key/") && signed.contains("/eu-central-1/s3/")
		);
	}
}

#[tokio::test]
async fn public_s3_of_another_maker() {
	let (answer, kept) = s3();
	let server = Server::plain(answer).await;
	let id = BlobId::of(b"here");
	kept.lock().unwrap().insert(format!("/bucket/{id}"), b"here".to_vec());
	let store = store(&format!("s3://bucket?endpoint=http://{}&anonymous=true", server.address));
	assert_eq!(get(&store, &id).await.unwrap(), b"here");
	assert!(server.seen().iter().all(|request| !request.headers.contains_key("authorization")));
}
