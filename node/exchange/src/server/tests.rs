//! The server against peers that ask too much, do not read, or talk nonsense.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use super::get::serve;
use crate::{
	metrics::Metrics,
	transport::Offence,
	wire::{Answer, Get, Presence},
};
use codec::Encode;
use ergon_blobs::{BlobStore, Hold, Options};
use ergon_primitives::BlobId;
use futures::channel::oneshot;
use sc_network::request_responses::{IncomingRequest, OutgoingResponse};
use sc_network_types::PeerId;
use std::{
	sync::{Arc, Mutex},
	time::Duration,
};
use tempfile::TempDir;

struct Server {
	store: BlobStore,
	requests: async_channel_1::Sender<IncomingRequest>,
	charges: Arc<Mutex<Vec<(PeerId, Offence)>>>,
	_folder: TempDir,
}

impl Server {
	fn start(rate: u64) -> Self {
		let folder = TempDir::new().unwrap();
		let store = BlobStore::open(folder.path(), Options::default()).unwrap();
		let (requests, queue) = async_channel_1::bounded(100_000);
		let charges: Arc<Mutex<Vec<_>>> = Arc::default();
		let charged = charges.clone();
		let charge = Box::new(move |peer, offence| charged.lock().unwrap().push((peer, offence)));
		tokio::spawn(serve(store.clone(), Metrics::new(None).unwrap(), rate, queue, charge));
		Self { store, requests, charges, _folder: folder }
	}

	fn ask(&self, peer: PeerId, payload: Vec<u8>) -> oneshot::Receiver<OutgoingResponse> {
		let (pending_response, answer) = oneshot::channel();
		self.requests.try_send(IncomingRequest { peer, payload, pending_response }).unwrap();
		answer
	}
}

fn read(response: OutgoingResponse) -> Answer {
	Answer::decode(response.result.unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn blocks_and_presences_are_given() {
	let server = Server::start(1 << 30);
	let peer = PeerId::random();
	let id = server.store.put(b"here", Hold::Loose).unwrap();
	let missing = BlobId::of(b"missing");
	let ask = |question: Get| server.ask(peer, question.encode());
	assert_eq!(read(ask(Get::Have(id)).await.unwrap()), Answer::Presence(Presence::Whole));
	assert_eq!(read(ask(Get::Have(missing)).await.unwrap()), Answer::Presence(Presence::None));
	assert_eq!(read(ask(Get::Block(id)).await.unwrap()), Answer::Block(b"here".as_slice().into()));
	assert_eq!(read(ask(Get::Block(missing)).await.unwrap()), Answer::Nothing);
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_read_holds_half_of_the_slots_and_pays() {
	let server = Server::start(1 << 30);
	let (deaf, other) = (PeerId::random(), PeerId::random());
	let id = server.store.put(&[1; 1000], Hold::Loose).unwrap();
	let unread: Vec<_> = (0..30).map(|_| server.ask(deaf, Get::Block(id).encode())).collect();
	tokio::time::sleep(Duration::from_secs(1)).await;
	let mut held = Vec::new();
	for mut answer in unread {
		match answer.try_recv() {
			Ok(Some(response)) => held.push(response.sent_feedback.unwrap()),
			_ => held_back(&mut answer),
		}
	}
	assert_eq!(held.len(), 4);
	let response = server.ask(other, Get::Block(id).encode()).await.unwrap();
	assert!(matches!(read(response), Answer::Block(_)), "others are served");
	// The network gives up on it.
	tokio::time::sleep(crate::GET_WITHIN).await;
	held.clear();
	tokio::time::sleep(Duration::from_secs(1)).await;
	assert_eq!(*server.charges.lock().unwrap(), [(deaf, Offence::NotReading); 4]);
}

/// Those that wait for a slot are simply not answered yet.
fn held_back(answer: &mut oneshot::Receiver<OutgoingResponse>) {
	assert!(answer.try_recv().unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_refused_and_others_are_served() {
	let server = Server::start(1 << 30);
	let (flood, other) = (PeerId::random(), PeerId::random());
	let id = server.store.put(b"here", Hold::Loose).unwrap();
	let answers: Vec<_> = (0..50_000).map(|_| server.ask(flood, Get::Have(id).encode())).collect();
	let response = server.ask(other, Get::Block(id).encode()).await.unwrap();
	assert!(matches!(read(response), Answer::Block(_)));
	let mut busy = 0;
	for answer in answers {
		busy += usize::from(read(answer.await.unwrap()) == Answer::Busy);
	}
	assert!(busy >= 45_000, "{busy}");
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_charged() {
	let server = Server::start(1 << 30);
	let peer = PeerId::random();
	let id = BlobId::of(b"x");
	let mut long = Get::Have(id).encode();
	long.push(0);
	for payload in [vec![], vec![9; 34], Get::Have(id).encode()[..33].to_vec(), long] {
		assert!(server.ask(peer, payload).await.unwrap().result.is_err());
	}
	assert_eq!(*server.charges.lock().unwrap(), [(peer, Offence::Garbage); 4]);
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
	let server = Server::start(1 << 20);
	let peer = PeerId::random();
	let id = server.store.put(&vec![1; 1 << 20], Hold::Loose).unwrap();
	let start = tokio::time::Instant::now();
	for _ in 0..12 {
		let response = server.ask(peer, Get::Block(id).encode()).await.unwrap();
		response.sent_feedback.unwrap().send(()).unwrap();
	}
	let took = start.elapsed();
	assert!((6..=8).contains(&took.as_secs()), "{took:?}");
}
