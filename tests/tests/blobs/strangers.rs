//! Uploads from other machines: only who has something at stake may put, and signs for it.

use std::net::UdpSocket;

use ergon_client::{BlobsAt, Client, ClientOptions};
use ergon_tests::{noise, refusal, Gateway, Node, Person, Setup};

use crate::MIB;

/// Too large for JSON-RPC, which is open to this machine and which the client would fall back to.
const LARGE: usize = 12 * MIB;

/// An address of this machine that is not loopback: what other machines come from, as far as the node can tell.
fn outer_address() -> Option<String> {
	// Sends nothing; the kernel only chooses the address that packets to there would have.
	let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
	socket.connect("192.0.2.1:9").ok()?;
	let address = socket.local_addr().ok()?.ip();
	(!address.is_loopback()).then(|| address.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_from_another_machine_is_signed_by_an_account_with_money() {
	let Some(outer) = outer_address() else {
		eprintln!("skipped: this machine has no address but loopback");
		return;
	};
	let node = Node::start_with(Setup::with(&["--blobs-http", "0.0.0.0:0"])).await;
	let port = node.gateway().await.address.port();
	let from_outside = Gateway::at(format!("{outer}:{port}").parse().unwrap());
	let unsigned = refusal(from_outside.put(noise(60, LARGE)).await);
	assert_eq!(unsigned.status, 401, "{unsigned}");

	let as_person = |suri: Option<&str>| ClientOptions {
		blobs: BlobsAt::At(format!("http://{outer}:{port}")),
		key: suri.map(|suri| Person::new(suri).key),
	};
	for (person, bytes) in [(None, 61), (Some("//Nobody//has//heard//of//me"), 62)] {
		let client = Client::connect_with(&node.url(), as_person(person)).await.unwrap();
		let answer = client.put_blob(noise(bytes, LARGE)).await;
		assert!(answer.is_err(), "{person:?} could put: {answer:?}");
	}
	let client = Client::connect_with(&node.url(), as_person(Some("//Ferdie"))).await.unwrap();
	let id = client.put_blob(noise(63, LARGE)).await.unwrap();
	// Reading is free for all.
	assert!(from_outside.get(&id.to_string()).await.unwrap() == noise(63, LARGE));
	for seed in [60, 61, 62] {
		let cid = ergon_primitives::BlobId::of(&noise(seed, LARGE)).to_string();
		assert!(from_outside.get_here(&cid).await.unwrap().is_none(), "what was refused is there");
	}
}
