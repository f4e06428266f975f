//! Hints to the clouds: as nobody, through the guard, and never to where a cloud's machines learn who they are.
#![allow(clippy::unwrap_used, reason = "tests fail by panics")]

mod common;

use common::*;
use ergon_locations::{Hints, Refusal, Why};
use ergon_primitives::BlobId;
use std::sync::Arc;

const HOSTS: [&str; 5] = [
	"s3.amazonaws.com",
	"s3.us-east-1.amazonaws.com",
	"s3.eu-central-1.amazonaws.com",
	"storage.googleapis.com",
	"account.blob.core.windows.net",
];

/// One server that pretends to be all clouds.
async fn clouds(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Server, Arc<Names>, Hints) {
	// What an owner may have set for the owner's own programs must not be used for strangers.
	for (name, value) in [
		("AWS_ACCESS_KEY_ID", "secret"),
		("AWS_SECRET_ACCESS_KEY", "secret"),
		("AWS_ENDPOINT", "http://127.0.0.1:1"),
		("AWS_REGION", "secret-1"),
		("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/secret"),
		("GOOGLE_APPLICATION_CREDENTIALS", "/secret/there/is/no/such/file"),
		("GOOGLE_SERVICE_ACCOUNT", "/secret/there/is/no/such/file"),
		("AZURE_STORAGE_ACCOUNT_NAME", "secret"),
		("AZURE_STORAGE_ACCOUNT_KEY", "c2VjcmV0"),
		("AZURE_STORAGE_USE_EMULATOR", "true"),
		("HTTPS_PROXY", "http://127.0.0.1:1"),
		("ALL_PROXY", "http://127.0.0.1:1"),
	] {
		std::env::set_var(name, value);
	}
	let server = Server::tls(answer).await;
	let names = Names::new(HOSTS.map(|host| (host, server.address)));
	let hints = to_loopback(&names);
	(server, names, hints)
}

async fn get(hints: &Hints, url: &str, id: &BlobId) -> Result<Vec<u8>, Why> {
	let mut sink = Vec::new();
	hints.fetch(url, id, 4 << 20, &mut sink).await.map(|_| sink).map_err(|error| error.why)
}

fn as_nobody(server: &Server) {
	for request in server.seen() {
		assert!(matches!(&*request.method, "GET" | "HEAD"), "{request:?}");
		assert!(!format!("{request:?}").contains("secret"), "{request:?}");
		for name in ["authorization", "cookie", "x-amz-security-token", "proxy-authorization"] {
			assert!(!request.headers.contains_key(name), "{request:?}");
		}
	}
}

#[tokio::test]
async fn public_objects_are_fetched_as_nobody() {
	let blob = bytes(3 << 20);
	let id = BlobId::of(&blob);
	let served = blob.clone();
	let (server, names, hints) = clouds(move |_| Reply::ok(served.clone())).await;
	for url in
		["s3://bucket/of/{cid}?region=us-east-1", "gs://bucket/of/{cid}", "az://bucket@account/of/{cid}"]
	{
		assert_eq!(get(&hints, url, &id).await.unwrap(), blob, "{url}");
	}
	as_nobody(&server);
	let asked: Vec<_> = server.seen().iter().map(|r| format!("{}{}", r.host(), r.target)).collect();
	let at = |host: &str, slash: &str| format!("{host}/bucket/of{slash}{id}");
	assert_eq!(asked, [at(HOSTS[1], "/"), at(HOSTS[3], "%2F"), at(HOSTS[4], "/")]);
	assert_eq!(names.asked(), [HOSTS[1], HOSTS[3], HOSTS[4]]);
}

#[tokio::test]
async fn the_region_of_a_bucket_is_asked_for() {
	let (server, _, hints) = clouds(|request| match &*request.method {
		"HEAD" => Reply::with(301, "x-amz-bucket-region: eu-central-1\r\n", ""),
		_ => Reply::ok("here"),
	})
	.await;
	assert_eq!(get(&hints, "s3://bucket/key", &BlobId::of(b"here")).await.unwrap(), b"here");
	let asked: Vec<_> =
		server.seen().iter().map(|r| format!("{} {}{}", r.method, r.host(), r.target)).collect();
	assert_eq!(asked, ["HEAD s3.amazonaws.com/bucket", "GET s3.eu-central-1.amazonaws.com/bucket/key"]);
	as_nobody(&server);
}

#[tokio::test]
async fn a_region_cannot_lead_elsewhere() {
	let (_server, names, hints) =
		clouds(|_| Reply::with(200, "x-amz-bucket-region: x.evil.example/\r\n", "")).await;
	let result = get(&hints, "s3://bucket/key", &BlobId::of(b"here")).await;
	assert!(matches!(result, Err(Why::Network(_))), "{result:?}");
	assert_eq!(names.asked(), ["s3.amazonaws.com"]);
}

#[tokio::test]
async fn clouds_are_held_to_the_same_bounds() {
	let id = BlobId::of(b"here");
	let urls = ["s3://bucket/{cid}?region=us-east-1", "gs://bucket/{cid}", "az://bucket@account/{cid}"];
	let (_a, _, hints) = clouds(|_| Reply::open(403, Body::Endless)).await;
	for url in urls {
		assert!(matches!(get(&hints, url, &id).await, Err(Why::Denied(_))), "{url}");
	}
	let (_b, _, hints) = clouds(|_| Reply::status(404)).await;
	for url in urls {
		assert!(matches!(get(&hints, url, &id).await, Err(Why::NotFound)), "{url}");
	}
	let (_c, _, hints) = clouds(|_| Reply {
		head: format!("HTTP/1.1 200 x\r\ncontent-length: 99999999\r\n{OBJECT}\r\n"),
		body: Body::Endless,
	})
	.await;
	for url in urls {
		let result = get(&hints, url, &id).await;
		assert!(matches!(result, Err(Why::TooLarge { .. })), "{url}: {result:?}");
	}
	let packed = format!("content-encoding: gzip\r\n{OBJECT}");
	let (_d, _, hints) = clouds(move |_| Reply::with(200, &packed, "x")).await;
	for url in urls {
		assert!(matches!(get(&hints, url, &id).await, Err(Why::Encoded(_))), "{url}");
	}
	let (e, _, hints) = clouds(|_| Reply::redirect("https://169.254.169.254/latest/meta-data/")).await;
	for url in urls {
		let result = get(&hints, url, &id).await;
		assert!(matches!(result, Err(Why::Refused(Refusal::Address { .. }))), "{url}: {result:?}");
	}
	assert_eq!(e.seen().len(), 3, "what is refused is not tried again");
}

#[tokio::test]
async fn a_cloud_with_a_private_address_is_none() {
	let (server, names, _) = clouds(|_| Reply::ok("here")).await;
	let hints = Hints::new(policy(&names));
	for url in ["s3://bucket/{cid}", "gs://bucket/{cid}", "az://bucket@account/{cid}"] {
		let result = get(&hints, url, &BlobId::of(b"here")).await;
		assert!(matches!(result, Err(Why::Refused(Refusal::Address { .. }))), "{url}: {result:?}");
	}
	assert!(server.seen().is_empty());
}
