//! Answers `get`: reads blocks on threads for blocking work and knows of each when it has left.

use super::{Limits, Queues, PEERS, QUEUE, WANTS};
use crate::{
	metrics::Metrics,
	transport::Offence,
	wire::{Answer, Get, Presence, MAX_BLOCK},
};
use codec::DecodeAll;
use ergon_blobs::BlobStore;
use ergon_primitives::BlobId;
use futures::{channel::oneshot, future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use sc_network::request_responses::{IncomingRequest, OutgoingResponse};
use sc_network_types::PeerId;
use tokio::time::Instant;
use tracing::{debug, warn};

/// Blocks in memory at once. With the largest block these are 16 MiB.
const SLOTS: usize = 8;
/// Questions for a presence that are answered at once.
const LOOKING: usize = 256;
/// As metrics call it.
const PROTOCOL: &str = "blobs";

struct Job {
	id: BlobId,
	reply: oneshot::Sender<OutgoingResponse>,
}

enum Done {
	Looked,
	Sent(PeerId, usize),
	NotRead(PeerId, usize),
}

struct Server {
	store: BlobStore,
	metrics: Metrics,
	queues: Queues<Job>,
	looking: usize,
	work: FuturesUnordered<BoxFuture<'static, Done>>,
	charge: Box<dyn Fn(PeerId, Offence) + Send + Sync>,
}

/// Serves until the network ends. `rate`: bytes in a second to one peer.
pub(crate) async fn serve(
	store: BlobStore,
	metrics: Metrics,
	rate: u64,
	requests: async_channel_1::Receiver<IncomingRequest>,
	charge: Box<dyn Fn(PeerId, Offence) + Send + Sync>,
) {
	let limits = Limits { rate: rate as f64, wants: WANTS, queue: QUEUE, slots: SLOTS, peers: PEERS };
	let work = FuturesUnordered::new();
	let mut server = Server { store, metrics, queues: Queues::new(limits), looking: 0, work, charge };
	loop {
		let now = Instant::now();
		while let Some((peer, job)) = server.queues.next(now.into_std()) {
			server.work.push(send(server.store.clone(), peer, job).boxed());
		}
		let wake = server.queues.wakeup().map(Instant::from_std).filter(|wake| *wake > now);
		tokio::select! {
			request = requests.recv() => match request {
				Ok(request) => server.on_request(request),
				Err(_) => return,
			},
			Some(done) = server.work.next() => server.on_done(done),
			() = at(wake) => {},
		}
	}
}

/// Ends then; never without a time.
pub(crate) async fn at(time: Option<Instant>) {
	match time {
		Some(time) => tokio::time::sleep_until(time).await,
		None => std::future::pending().await,
	}
}

impl Server {
	fn on_request(&mut self, request: IncomingRequest) {
		let IncomingRequest { peer, payload, pending_response: reply } = request;
		let now = Instant::now().into_std();
		match Get::decode_all(&mut payload.as_slice()) {
			Ok(Get::Have(id)) => {
				if self.looking >= LOOKING || !self.queues.admit(peer, now) {
					self.refuse(peer, reply);
					return;
				}
				self.looking += 1;
				self.work.push(look(self.store.clone(), id, reply).boxed());
			},
			Ok(Get::Block(id)) => {
				if let Err(job) = self.queues.push(peer, Job { id, reply }, now) {
					self.refuse(peer, job.reply);
				}
			},
			Err(_) => {
				debug!(%peer, "a peer asked what is no question for a block");
				(self.charge)(peer, Offence::Garbage);
				answer(reply, Err(()), None);
			},
		}
	}

	fn refuse(&self, peer: PeerId, reply: oneshot::Sender<OutgoingResponse>) {
		debug!(%peer, "a peer asks too much");
		self.metrics.refused(PROTOCOL);
		answer(reply, Ok(Answer::Busy.encode()), None);
	}

	fn on_done(&mut self, done: Done) {
		let now = Instant::now().into_std();
		match done {
			Done::Looked => self.looking = self.looking.saturating_sub(1),
			Done::Sent(peer, bytes) => {
				self.queues.done(peer, bytes, now);
				if bytes > 0 {
					self.metrics.served(PROTOCOL, bytes);
				}
			},
			Done::NotRead(peer, bytes) => {
				self.queues.done(peer, bytes, now);
				(self.charge)(peer, Offence::NotReading);
			},
		}
	}
}

fn answer(
	reply: oneshot::Sender<OutgoingResponse>,
	result: Result<Vec<u8>, ()>,
	sent_feedback: Option<oneshot::Sender<()>>,
) {
	// The peer may have gone meanwhile.
	let _ = reply.send(OutgoingResponse { result, reputation_changes: Vec::new(), sent_feedback });
}

/// How much of the blob is here.
async fn look(store: BlobStore, id: BlobId, reply: oneshot::Sender<OutgoingResponse>) -> Done {
	let presence = tokio::task::spawn_blocking(move || presence(&store, &id)).await.unwrap_or(Presence::None);
	answer(reply, Ok(Answer::Presence(presence).encode()), None);
	Done::Looked
}

/// How much of the blob, or whether the block, is here.
pub(crate) fn presence(store: &BlobStore, id: &BlobId) -> Presence {
	if store.has(id) {
		Presence::Whole
	} else if store.has_block(id) {
		Presence::Some
	} else {
		Presence::None
	}
}

/// Reads a block, sends it, and waits until it has left. The network gives up on a peer that does not read.
async fn send(store: BlobStore, peer: PeerId, job: Job) -> Done {
	let Job { id, reply } = job;
	if reply.is_canceled() {
		return Done::Sent(peer, 0);
	}
	let read = tokio::task::spawn_blocking(move || match store.block(&id) {
		Ok(Some(block)) if block.len() <= MAX_BLOCK => (block.len(), Answer::Block(block).encode()),
		Ok(_) => (0, Answer::Nothing.encode()),
		Err(error) => {
			warn!(block = %id, %error, "a block that a peer asked for could not be read");
			(0, Answer::Nothing.encode())
		},
	});
	let Ok((bytes, encoded)) = read.await else { return Done::Sent(peer, 0) };
	let (sent, gone) = oneshot::channel();
	let asked = Instant::now();
	answer(reply, Ok(encoded), Some(sent));
	match gone.await {
		Err(_) if asked.elapsed() >= crate::GET_WITHIN => Done::NotRead(peer, bytes),
		// It left, or the peer did.
		_ => Done::Sent(peer, bytes),
	}
}
