//! Hints of strangers: what is fetched, and everything that is not.
#![allow(clippy::unwrap_used, reason = "tests fail by panics")]

mod common;

use common::*;
use ergon_locations::{HintPolicy, Hints, LocationError, Refusal, Scheme, Why};
use ergon_primitives::BlobId;
use std::{
	net::SocketAddr,
	time::{Duration, Instant},
};

const MAX: u64 = 4 << 20;

/// One server that pretends to be `blobs.test`.
async fn one(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> (Server, Hints) {
	let server = Server::tls(answer).await;
	let hints = to_loopback(&Names::new([("blobs.test", server.address)]));
	(server, hints)
}

async fn get(hints: &Hints, url: &str, id: &BlobId) -> Result<Vec<u8>, Why> {
	let mut sink = Vec::new();
	match hints.fetch(url, id, MAX, &mut sink).await {
		Ok(size) => {
			assert_eq!(size, sink.len() as u64);
			Ok(sink)
		},
		Err(error) => {
			assert!(!error.to_string().contains("secret"), "{error}");
			Err(error.why)
		},
	}
}

fn refusal(result: Result<Vec<u8>, Why>) -> Refusal {
	match result {
		Err(Why::Refused(refusal)) => refusal,
		other => panic!("not refused: {other:?}"),
	}
}

#[tokio::test]
async fn fetches_a_blob_by_a_url_and_by_a_template() {
	let blob = bytes(3 << 20);
	let id = BlobId::of(&blob);
	let served = blob.clone();
	let (server, hints) = one(move |_| Reply::ok(served.clone())).await;
	assert_eq!(get(&hints, "https://blobs.test/file?token=secret", &id).await.unwrap(), blob);
	assert_eq!(get(&hints, "https://blobs.test/of/{cid}", &id).await.unwrap(), blob);
	let asked: Vec<_> = server.seen().into_iter().map(|request| request.target).collect();
	assert_eq!(asked, ["/file?token=secret".to_owned(), format!("/of/{id}")]);
}

#[tokio::test]
async fn takes_other_bytes_for_nothing() {
	let (_server, hints) = one(|_| Reply::ok("other bytes")).await;
	match get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"the bytes")).await {
		Err(Why::WrongBytes { found, size: 11 }) => assert_eq!(found, BlobId::of(b"other bytes")),
		other => panic!("{other:?}"),
	}
}

#[tokio::test]
async fn stops_an_endless_body_at_the_limit() {
	let (_server, hints) = one(|_| Reply::open(200, Body::Endless)).await;
	let mut sink = Vec::new();
	let error = hints.fetch("https://blobs.test/{cid}", &BlobId::of(b""), MAX, &mut sink).await.unwrap_err();
	assert!(matches!(error.why, Why::TooLarge { max: MAX }), "{error}");
	assert!(sink.len() as u64 <= MAX);
}

#[tokio::test]
async fn believes_no_length() {
	let blob = bytes(1000);
	let id = BlobId::of(&blob);
	for (said, expected) in [(u64::MAX / 4, "broken"), (999, "other")] {
		let served = blob.clone();
		let (_server, hints) = one(move |_| Reply {
			head: format!("HTTP/1.1 200 x\r\ncontent-length: {said}\r\nconnection: close\r\n\r\n"),
			body: Body::Bytes(served.clone()),
		})
		.await;
		match (get(&hints, "https://blobs.test/{cid}", &id).await, expected) {
			(Err(Why::Network(_)), "broken") | (Err(Why::WrongBytes { size: 999, .. }), "other") => {},
			(other, _) => panic!("{said}: {other:?}"),
		}
	}
}

#[tokio::test]
async fn refuses_what_is_packed() {
	// Ten bytes that say that they are a terabyte.
	let (server, hints) =
		one(|_| Reply::with(200, "content-encoding: gzip\r\n", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])).await;
	match get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"")).await {
		Err(Why::Encoded(encoding)) => assert_eq!(encoding, "gzip"),
		other => panic!("{other:?}"),
	}
	assert_eq!(server.seen()[0].headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn leaves_servers_that_are_slow_or_silent() {
	let id = BlobId::of(b"");
	let started = Instant::now();
	let (_a, hints) = one(|_| Reply::open(200, Body::Trickle(Duration::from_millis(50)))).await;
	let result = get(&hints, "https://blobs.test/{cid}", &id).await;
	assert!(matches!(result, Err(Why::TooSlow { got: 1.., .. })), "{result:?}");
	let (_b, hints) = one(|_| Reply::open(200, Body::Silence)).await;
	let result = get(&hints, "https://blobs.test/{cid}", &id).await;
	assert!(matches!(result, Err(Why::TooSlow { got: 0, .. })), "{result:?}");
	let (_c, hints) = one(|_| Reply { head: "HTTP/1.1 200".into(), body: Body::Silence }).await;
	let result = get(&hints, "https://blobs.test/{cid}", &id).await;
	assert!(matches!(result, Err(Why::Deadline(within)) if within == limits().answer), "{result:?}");
	assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn ends_at_the_total_time_however_many_bytes_come() {
	let server = Server::tls(|_| Reply::open(200, Body::Endless)).await;
	let names = Names::new([("blobs.test", server.address)]);
	let total = Duration::from_millis(1500);
	let limits = ergon_locations::Limits { total, ..limits() };
	let hints = Hints::new(HintPolicy { private: true, limits, ..policy(&names) });
	let mut sink = tokio::io::sink();
	let started = Instant::now();
	let error =
		hints.fetch("https://blobs.test/{cid}", &BlobId::of(b""), u64::MAX, &mut sink).await.unwrap_err();
	assert!(matches!(error.why, Why::Deadline(within) if within == total), "{error}");
	assert!(started.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn reads_no_endless_head() {
	let (_server, hints) = one(|_| Reply {
		head: format!("HTTP/1.1 200 x\r\n{}", format!("x: {}\r\n", "y".repeat(1000)).repeat(4000)),
		body: Body::Endless,
	})
	.await;
	let result = get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"")).await;
	assert!(matches!(result, Err(Why::Network(_))), "{result:?}");
}

#[tokio::test]
async fn says_what_the_server_said() {
	let (_server, hints) = one(|request| Reply::status(request.target[1..].parse().unwrap())).await;
	let id = BlobId::of(b"");
	for status in [404, 410] {
		assert!(matches!(
			get(&hints, &format!("https://blobs.test/{status}"), &id).await,
			Err(Why::NotFound)
		));
	}
	for status in [401, 403] {
		let result = get(&hints, &format!("https://blobs.test/{status}"), &id).await;
		assert!(matches!(result, Err(Why::Denied(Some(said))) if said == status), "{result:?}");
	}
	for status in [302, 304, 429, 500, 503] {
		let result = get(&hints, &format!("https://blobs.test/{status}"), &id).await;
		assert!(matches!(result, Err(Why::Status(said)) if said == status), "{result:?}");
	}
}

#[tokio::test]
async fn follows_three_redirects_and_no_more() {
	let id = BlobId::of(b"here");
	let (server, hints) = one(|request| match request.target[1..].parse::<u32>() {
		Ok(0) => Reply::ok("here"),
		Ok(more) => Reply::redirect(&format!("/{}", more - 1)),
		// A loop.
		Err(_) => Reply::redirect(&request.target),
	})
	.await;
	assert_eq!(get(&hints, "https://blobs.test/3", &id).await.unwrap(), b"here");
	assert_eq!(server.seen().len(), 4);
	assert_eq!(refusal(get(&hints, "https://blobs.test/4", &id).await), Refusal::Redirects);
	assert_eq!(refusal(get(&hints, "https://blobs.test/loop", &id).await), Refusal::Redirects);
	assert_eq!(server.seen().len(), 12);
}

#[tokio::test]
async fn is_not_redirected_to_where_it_would_not_go() {
	// Something that listens where nobody may be sent.
	let secret = Server::tls_at("127.0.0.2:0", |_| Reply::ok("secret")).await;
	let plain = Server::plain(|_| Reply::ok("secret")).await;
	let port = plain.address.port();
	let id = BlobId::of(b"secret");
	let address = |host: &str| Refusal::Address { host: host.into(), what: "loopback" };
	for (to, expected) in [
		("https://127.0.0.2/".to_owned(), address("127.0.0.2")),
		("https://2130706434/".into(), address("127.0.0.2")),
		("https://0x7f000002/".into(), address("127.0.0.2")),
		("https://0177.0.0.02/".into(), address("127.0.0.2")),
		("https://127.2/".into(), address("127.0.0.2")),
		("//127.0.0.2/".into(), address("127.0.0.2")),
		("https://[::1]/".into(), address("::1")),
		("https://inside.test/".into(), address("inside.test")),
		(
			"https://[::ffff:127.0.0.2]/".into(),
			Refusal::Address { host: "::ffff:127.0.0.2".into(), what: "an IPv4 address in IPv6's clothes" },
		),
		(
			"https://169.254.169.254/latest/meta-data/".into(),
			Refusal::Address { host: "169.254.169.254".into(), what: "link-local" },
		),
		(format!("https://127.0.0.1:{port}/"), Refusal::Port(port)),
		(format!("http://127.0.0.1:{port}/"), Refusal::RedirectScheme("http".into())),
		("file:///etc/passwd".into(), Refusal::RedirectScheme("file".into())),
		("https://me:secret@blobs.test/".into(), Refusal::RedirectUser),
		("https://".into(), Refusal::RedirectNowhere),
	] {
		let location = to.clone();
		let server = Server::tls(move |_| Reply::redirect(&location)).await;
		let hints =
			to_loopback(&Names::new([("blobs.test", server.address), ("inside.test", secret.address)]));
		assert_eq!(refusal(get(&hints, "https://blobs.test/{cid}", &id).await), expected, "{to}");
		assert_eq!(server.seen().len(), 1);
	}
	assert!(secret.seen().is_empty() && plain.seen().is_empty());
}

#[tokio::test]
async fn connects_to_no_name_with_a_private_address() {
	let server = Server::tls(|_| Reply::ok("secret")).await;
	let names = Names::new([("blobs.test", server.address)]);
	let hints = Hints::new(policy(&names));
	let result = get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"secret")).await;
	assert_eq!(refusal(result), Refusal::Address { host: "blobs.test".into(), what: "loopback" });
	assert_eq!(names.asked(), ["blobs.test"]);
	for url in [
		"https://127.0.0.1/x",
		"https://localhost/x",
		"https://0x7f.1/x",
		"https://[::1]/x",
		"https://10.0.0.1/x",
	] {
		let hints = Hints::new(HintPolicy { limits: limits(), ..HintPolicy::default() });
		let result = get(&hints, url, &BlobId::of(b"secret")).await;
		assert!(matches!(refusal(result), Refusal::Address { .. }), "{url}");
	}
	assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_name_that_changes_its_address_wins_nothing() {
	use futures::future::BoxFuture;
	use std::sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	};
	/// Gives the good address first, the secret one afterwards.
	struct Rebinding([SocketAddr; 2], AtomicUsize);
	impl ergon_locations::Resolver for Rebinding {
		fn resolve(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
			let now = self.0[self.1.fetch_add(1, Ordering::SeqCst).min(1)];
			Box::pin(async move { Ok(vec![now]) })
		}
	}
	let good = Server::tls(|_| Reply::ok("good")).await;
	let secret = Server::tls_at("127.0.0.2:0", |_| Reply::ok("secret")).await;
	let names = Names::new([]);
	let resolver = Arc::new(Rebinding([good.address, secret.address], AtomicUsize::new(0)));
	let exceptions = vec!["127.0.0.1".parse().unwrap()];
	let hints = Hints::new(HintPolicy { exceptions, resolver: resolver.clone(), ..policy(&names) });
	// The address that was let through is the one connected to: there is no second lookup for one connection.
	assert_eq!(get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"good")).await.unwrap(), b"good");
	assert_eq!(resolver.1.load(Ordering::SeqCst), 1);
	let result = get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"good")).await;
	assert!(matches!(refusal(result), Refusal::Address { .. }));
	assert!(secret.seen().is_empty());
}

#[tokio::test]
async fn a_test_network_may_allow_private_addresses_and_ports() {
	let server = Server::tls(|_| Reply::ok("here")).await;
	let hints = Hints::new(HintPolicy { private: true, ..policy(&Names::new([])) });
	let url = format!("https://127.0.0.1:{}/{{cid}}", server.address.port());
	assert_eq!(get(&hints, &url, &BlobId::of(b"here")).await.unwrap(), b"here");
	// Still nothing but https.
	let result = get(&hints, &url.replace("https", "http"), &BlobId::of(b"here")).await;
	assert!(matches!(result, Err(Why::Location(LocationError::NotForHints(Scheme::Http)))));
}

#[tokio::test]
async fn trusts_only_authorities() {
	let server = Server::tls(|_| Reply::ok("here")).await;
	let names = Names::new([("blobs.test", server.address), ("other.example", server.address)]);
	let hints = Hints::new(HintPolicy { roots: vec![], private: true, ..policy(&names) });
	let result = get(&hints, "https://blobs.test/{cid}", &BlobId::of(b"here")).await;
	assert!(matches!(result, Err(Why::Network(_))), "{result:?}");
	let hints = Hints::new(HintPolicy { private: true, ..policy(&names) });
	let result = get(&hints, "https://other.example/{cid}", &BlobId::of(b"here")).await;
	assert!(matches!(result, Err(Why::Network(_))), "{result:?}");
	assert!(server.seen().is_empty());
}

#[tokio::test]
async fn follows_only_what_is_switched_on() {
	let (server, _) = one(|_| Reply::ok("here")).await;
	let names = Names::new([("blobs.test", server.address)]);
	let id = BlobId::of(b"here");
	assert_eq!(refusal(get(&Hints::off(), "https://blobs.test/{cid}", &id).await), Refusal::Off);
	let hints = Hints::new(HintPolicy { schemes: vec![Scheme::S3], private: true, ..policy(&names) });
	assert_eq!(refusal(get(&hints, "https://blobs.test/{cid}", &id).await), Refusal::Scheme(Scheme::Https));
	// Not even if the owner says so by mistake.
	let hints =
		Hints::new(HintPolicy { schemes: vec![Scheme::File, Scheme::Http], private: true, ..policy(&names) });
	for url in ["file:///etc/hostname", "http://blobs.test/{cid}"] {
		assert!(matches!(get(&hints, url, &id).await, Err(Why::Location(LocationError::NotForHints(_)))));
	}
	assert!(server.seen().is_empty() && names.asked().is_empty());
}

#[test]
fn picks_the_hints_of_a_blob() {
	use ergon_primitives::Hint;
	let (this, that) = (BlobId::of(b"this"), BlobId::of(b"that"));
	let hints = [
		Hint::new(None, "https://any.example/{cid}").unwrap(),
		Hint::new(Some(that), "https://that.example/x").unwrap(),
		Hint::new(Some(this), "s3://this/x").unwrap(),
	];
	assert_eq!(Hints::of_job(&hints, &this), ["s3://this/x", "https://any.example/{cid}"]);
	assert_eq!(Hints::of_job(&hints, &BlobId::of(b"")), ["https://any.example/{cid}"]);
}
