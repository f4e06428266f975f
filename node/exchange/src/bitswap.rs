//! Bitswap, for the rest of the IPFS world and as a second way to peers that do not speak our own protocol.
//!
//! litep2p speaks `/ipfs/bitswap/1.2.0` and computes the CID of every block that comes; here the blocks are found and
//! the answers are brought to those who asked. What litep2p does not do decides what is done here:
//!
//! * It does not say when an answer has left. A block counts as on its way until its peer says anything more (clients
//!   cancel what they have got, or ask for the next) or until litep2p must have given up on it. Blocks that nobody has
//!   acknowledged are let into its queue only as fast as it drops them: memory is bounded even if nobody reads.
//! * It does not tell a cancelled want from a new one. The block that was sent a moment ago is not sent again.
//! * It does not pass on whether a peer wants to hear that a block is not there; it is told always.

#[cfg(test)]
mod tests;
mod wants;

use crate::{
	metrics::Metrics,
	server::{presence, Bucket, Limits, Queues, PEERS, QUEUE, WANTS},
	transport::Offence,
	wire::{Presence, MAX_BLOCK},
};
use bytes::Bytes;
use cid::{Cid, Version};
use ergon_blobs::BlobStore;
use ergon_primitives::{blob::Codec, BlobId};
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use litep2p::protocol::libp2p::bitswap::{
	BitswapEvent, BitswapHandle, BlockPresenceType, ResponseType, WantType,
};
use sc_network_types::PeerId;
use std::{collections::HashMap, time::Duration};
use tokio::{
	sync::{mpsc, oneshot},
	time::Instant,
};
use tracing::debug;
use wants::{Arrival, Sent, Wants};

/// Wants of one message that are looked at. Clients ask for some dozens.
const MAX_WANTS: usize = 512;
/// Wants in one message that nobody needs.
const FLOOD: usize = 8192;
/// Blocks in memory or with litep2p at once that are not acknowledged: 16 for one peer, since clients ask for about as many in
/// one message, and say no more until they have them.
const SLOTS: usize = 32;
/// When litep2p must have sent a block or given it up: two attempts of 15 s.
const GIVEN_UP: Duration = Duration::from_secs(30);
/// Unacknowledged blocks that may pile up with litep2p.
const PILE: f64 = 8.0;
/// As metrics call it.
const PROTOCOL: &str = "bitswap";
const RAW: u64 = 0x55;
const DAG_PB: u64 = 0x70;
const SHA2_256: u64 = 0x12;

/// What the client asks of a peer.
pub(crate) enum Ask {
	/// Does it have the block?
	Have(PeerId, BlobId, oneshot::Sender<Presence>),
	/// Send it.
	Block(PeerId, BlobId, oneshot::Sender<Option<Bytes>>),
}

/// The name of a block as IPFS writes it.
fn cid(id: &BlobId) -> Option<Cid> {
	Cid::try_from(id.to_cid().as_slice()).ok()
}

/// The block that a CID names, if the store could have it. Version 0 names the same blocks as version 1.
fn blob(cid: &Cid) -> Option<BlobId> {
	let codec = match (cid.version(), cid.codec()) {
		(Version::V1, RAW) => Codec::Raw,
		(_, DAG_PB) => Codec::DagPb,
		_ => return None,
	};
	let hash = cid.hash();
	let digest = hash.digest().try_into().ok()?;
	(hash.code() == SHA2_256).then_some(BlobId { codec, digest })
}

enum Done {
	Looked(PeerId, Vec<(Cid, bool)>),
	Read(PeerId, Cid, BlobId, Option<Bytes>),
	/// A block was acknowledged, or not.
	Left(PeerId, usize, bool),
}

struct Actor {
	handle: BitswapHandle,
	store: BlobStore,
	metrics: Metrics,
	charge: Box<dyn Fn(PeerId, Offence) + Send + Sync>,
	/// What the client waits for.
	wants: Wants,
	queues: Queues<(Cid, BlobId)>,
	sent: Sent,
	/// To be told of a peer's next message.
	unread: HashMap<PeerId, Vec<oneshot::Sender<()>>>,
	pile: Bucket,
	looking: usize,
	work: FuturesUnordered<BoxFuture<'static, Done>>,
}

/// Serves and asks until the network ends. `rate`: bytes in a second to one peer.
pub(crate) async fn run(
	handle: BitswapHandle,
	store: BlobStore,
	metrics: Metrics,
	rate: u64,
	mut asks: mpsc::Receiver<Ask>,
	charge: Box<dyn Fn(PeerId, Offence) + Send + Sync>,
) {
	let limits = Limits { rate: rate as f64, wants: WANTS, queue: QUEUE * 8, slots: SLOTS, peers: PEERS };
	let mut actor = Actor {
		handle,
		store,
		metrics,
		charge,
		wants: Wants::default(),
		queues: Queues::new(limits),
		sent: Sent::default(),
		unread: HashMap::new(),
		pile: Bucket::new(1.0 / GIVEN_UP.as_secs_f64(), PILE, Instant::now().into_std()),
		looking: 0,
		work: FuturesUnordered::new(),
	};
	loop {
		let now = Instant::now();
		actor.read_next(now);
		let wake = actor.queues.wakeup().map(Instant::from_std).filter(|wake| *wake > now);
		let pile = (!actor.pile.is_open(now.into_std())).then(|| Instant::from_std(actor.pile.opens_at()));
		tokio::select! {
			event = actor.handle.next() => match event {
				Some(BitswapEvent::Request { peer, cids }) => actor.on_request(peer.into(), cids),
				Some(BitswapEvent::Response { peer, responses }) => actor.on_response(peer.into(), responses),
				None => return,
			},
			ask = asks.recv() => match ask {
				Some(ask) => actor.on_ask(ask).await,
				None => return,
			},
			Some(done) = actor.work.next() => actor.on_done(done).await,
			() = crate::server::at(pile.or(wake)) => {},
		}
	}
}

impl Actor {
	/// Starts to read what is to be sent next.
	fn read_next(&mut self, now: Instant) {
		while self.pile.is_open(now.into_std()) {
			let Some((peer, (cid, id))) = self.queues.next(now.into_std()) else { return };
			let store = self.store.clone();
			let read = tokio::task::spawn_blocking(move || store.block(&id));
			let read = read.map(move |read| {
				let block = read.ok().and_then(Result::ok).flatten().filter(|block| block.len() <= MAX_BLOCK);
				Done::Read(peer, cid, id, block)
			});
			self.work.push(read.boxed());
		}
	}

	fn heard(&mut self, peer: PeerId) {
		for unread in self.unread.remove(&peer).unwrap_or_default() {
			// Its waiter may have given up a moment ago.
			let _ = unread.send(());
		}
	}

	fn on_request(&mut self, peer: PeerId, cids: Vec<(Cid, WantType)>) {
		self.heard(peer);
		let now = Instant::now().into_std();
		if cids.len() > FLOOD {
			debug!(%peer, wants = cids.len(), "a peer wants far too much at once");
			(self.charge)(peer, Offence::Flood);
		}
		let mut haves = Vec::new();
		for (cid, want) in cids.into_iter().take(MAX_WANTS) {
			let Some(id) = blob(&cid) else { continue };
			match want {
				WantType::Have if self.queues.admit(peer, now) => haves.push((cid, id)),
				WantType::Have => self.metrics.refused(PROTOCOL),
				WantType::Block if !self.sent.begin(peer, id, now) => {},
				WantType::Block => {
					if self.queues.push(peer, (cid, id), now).is_err() {
						self.sent.forget(peer, &id);
						self.metrics.refused(PROTOCOL);
					}
				},
			}
		}
		if haves.is_empty() {
			return;
		}
		if self.looking >= QUEUE {
			self.metrics.refused(PROTOCOL);
			return;
		}
		self.looking += 1;
		let store = self.store.clone();
		let looked = tokio::task::spawn_blocking(move || {
			haves.into_iter().map(|(cid, id)| (cid, presence(&store, &id) != Presence::None)).collect()
		});
		self.work.push(looked.map(move |looked| Done::Looked(peer, looked.unwrap_or_default())).boxed());
	}

	async fn on_done(&mut self, done: Done) {
		let now = Instant::now().into_std();
		match done {
			Done::Looked(peer, found) => {
				self.looking = self.looking.saturating_sub(1);
				let presence = |(cid, here)| ResponseType::Presence {
					cid,
					presence: if here { BlockPresenceType::Have } else { BlockPresenceType::DontHave },
				};
				self.handle.send_response(peer.into(), found.into_iter().map(presence).collect()).await;
			},
			Done::Read(peer, cid, id, None) => {
				self.queues.done(peer, 0, now);
				self.sent.forget(peer, &id);
				let answer = ResponseType::Presence { cid, presence: BlockPresenceType::DontHave };
				self.handle.send_response(peer.into(), vec![answer]).await;
			},
			Done::Read(peer, cid, _, Some(block)) => {
				let bytes = block.len();
				let answer = ResponseType::Block { cid, block: Vec::from(block) };
				self.handle.send_response(peer.into(), vec![answer]).await;
				let (unread, heard) = oneshot::channel();
				self.unread.entry(peer).or_default().push(unread);
				let left = tokio::time::timeout(GIVEN_UP, heard);
				let left = left.map(move |left| Done::Left(peer, bytes, left.is_ok()));
				self.work.push(left.boxed());
				self.metrics.served(PROTOCOL, bytes);
			},
			Done::Left(peer, bytes, acknowledged) => {
				self.queues.done(peer, bytes, now);
				if !acknowledged {
					self.pile.take(1.0, now);
					self.unread.retain(|_, unread| {
						unread.retain(|unread| !unread.is_closed());
						!unread.is_empty()
					});
				}
			},
		}
	}

	async fn on_ask(&mut self, ask: Ask) {
		let now = Instant::now().into_std();
		let (peer, id, want) = match &ask {
			Ask::Have(peer, id, _) => (*peer, *id, WantType::Have),
			Ask::Block(peer, id, _) => (*peer, *id, WantType::Block),
		};
		// No name of a blob fails to be a CID; if one did, its asker would hear that there is no answer.
		let Some(cid) = cid(&id) else { return };
		self.wants.add(ask, now);
		self.handle.send_request(peer.into(), vec![(cid, want)]).await;
	}

	fn on_response(&mut self, peer: PeerId, responses: Vec<ResponseType>) {
		self.heard(peer);
		let now = Instant::now().into_std();
		for response in responses {
			match response {
				ResponseType::Presence { cid, presence } => {
					let Some(id) = blob(&cid) else { continue };
					self.wants.on_presence(peer, id, presence == BlockPresenceType::Have);
				},
				ResponseType::Block { cid, block } => match self.wants.on_block(peer, blob(&cid), block, now)
				{
					Arrival::Wanted | Arrival::Late => {},
					Arrival::Unasked => {
						debug!(%peer, %cid, "a peer sends a block that nobody asked for");
						(self.charge)(peer, Offence::Unasked);
					},
				},
			}
		}
	}
}
