//! Peers in memory.

use crate::{
	client::Exchange,
	metrics::Metrics,
	transport::{Failure, Offence, Transport},
	wire::{Kept, Presence},
};
use bytes::Bytes;
use ergon_blobs::{dag, BlobStore, Hold, Options};
use ergon_primitives::{blob::Codec, BlobId, JobId};
use futures::{future::BoxFuture, FutureExt};
use sc_network_types::PeerId;
use std::{
	collections::HashMap,
	sync::{
		atomic::{AtomicUsize, Ordering::SeqCst},
		Arc, Mutex,
	},
	time::Duration,
};
use tempfile::TempDir;

/// How a peer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
	/// Answers after that time.
	Honest(Duration),
	/// Has only those leaves whose place, divided by the first, leaves the second.
	Half(usize, usize),
	/// Says that it has the blob and never answers again.
	Silent,
	/// Sends other bytes.
	Lying,
	/// Says what is no answer.
	Garbage,
	/// Honest for so many blocks, then gone.
	Vanishing(usize),
	/// Has nothing, keeps what it is asked to keep.
	Keeper(Kept),
	/// Has it and always asks for patience.
	Busy,
}

#[derive(Debug)]
struct Peer {
	manner: Manner,
	blocks: usize,
}

/// What all peers are made of, and what was seen of them.
pub(super) struct World {
	/// Where their blocks come from.
	pub source: BlobStore,
	_folder: TempDir,
	peers: Mutex<HashMap<PeerId, Peer>>,
	connected: Mutex<Vec<PeerId>>,
	in_table: Mutex<Vec<PeerId>>,
	pub charged: Mutex<Vec<(PeerId, Offence)>>,
	pub asked: Mutex<Vec<(PeerId, BlobId)>>,
	leaves: Mutex<HashMap<BlobId, usize>>,
	/// Blocks that peers give under another name.
	aliases: Mutex<HashMap<BlobId, BlobId>>,
	waiting: AtomicUsize,
	/// The most blocks that were asked for at once.
	pub most: AtomicUsize,
}

/// The client's way into that world.
pub(super) struct Ways(pub Arc<World>);

pub(super) fn store() -> (TempDir, BlobStore) {
	let folder = TempDir::new().unwrap();
	let store = BlobStore::open(folder.path(), Options::default()).unwrap();
	(folder, store)
}

/// Bytes that do not repeat.
pub(super) fn bytes(length: usize, seed: u64) -> Vec<u8> {
	let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
	let mut next = || {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		state
	};
	let mut bytes = Vec::with_capacity(length + 8);
	while bytes.len() < length {
		bytes.extend_from_slice(&next().to_le_bytes());
	}
	bytes.truncate(length);
	bytes
}

impl World {
	pub(super) fn new() -> Arc<Self> {
		let (folder, source) = store();
		Arc::new(Self {
			source,
			_folder: folder,
			peers: Mutex::default(),
			connected: Mutex::default(),
			in_table: Mutex::default(),
			charged: Mutex::default(),
			asked: Mutex::default(),
			leaves: Mutex::default(),
			aliases: Mutex::default(),
			waiting: AtomicUsize::new(0),
			most: AtomicUsize::new(0),
		})
	}

	/// A blob that peers can have.
	pub(super) fn blob(&self, length: usize, seed: u64) -> (BlobId, Vec<u8>) {
		let bytes = bytes(length, seed);
		let id = self.source.put(&bytes, Hold::Loose).unwrap();
		if id.codec == Codec::DagPb {
			let root = self.source.block(&id).unwrap().unwrap();
			let links = dag::decode(&root).unwrap().links;
			let mut leaves = self.leaves.lock().unwrap();
			links.iter().enumerate().for_each(|(at, link)| {
				leaves.insert(link.id, at);
			});
		}
		(id, bytes)
	}

	/// Peers give the block `of` under the name `id`.
	pub(super) fn alias(&self, id: BlobId, of: BlobId) {
		self.aliases.lock().unwrap().insert(id, of);
	}

	fn real(&self, id: BlobId) -> BlobId {
		self.aliases.lock().unwrap().get(&id).copied().unwrap_or(id)
	}

	pub(super) fn peer(&self, manner: Manner) -> PeerId {
		let id = self.stranger(manner);
		self.connected.lock().unwrap().push(id);
		id
	}

	/// One who is not connected.
	pub(super) fn stranger(&self, manner: Manner) -> PeerId {
		let id = PeerId::random();
		self.peers.lock().unwrap().insert(id, Peer { manner, blocks: 0 });
		id
	}

	pub(super) fn put_in_table(&self, peer: PeerId) {
		self.in_table.lock().unwrap().push(peer);
	}

	pub(super) fn connect(&self, peer: PeerId) {
		self.connected.lock().unwrap().push(peer);
	}

	pub(super) fn change(&self, peer: PeerId, manner: Manner) {
		self.peers.lock().unwrap().get_mut(&peer).unwrap().manner = manner;
	}

	/// How many blocks a peer gave.
	pub(super) fn gave(&self, peer: PeerId) -> usize {
		self.peers.lock().unwrap()[&peer].blocks
	}

	/// How often a peer was asked for a block.
	pub(super) fn asked_of(&self, peer: PeerId) -> usize {
		self.asked.lock().unwrap().iter().filter(|(asked, _)| *asked == peer).count()
	}

	fn has(&self, manner: Manner, id: &BlobId) -> bool {
		match manner {
			Manner::Half(parts, which) => {
				self.leaves.lock().unwrap().get(id).is_none_or(|leaf| leaf % parts == which)
			},
			Manner::Keeper(_) => false,
			_ => true,
		}
	}

	/// A node in this world, with a store of its own.
	pub(super) fn node(self: &Arc<Self>) -> (Exchange, TempDir) {
		let (folder, store) = store();
		(self.node_at(store), folder)
	}

	pub(super) fn node_at(self: &Arc<Self>, store: BlobStore) -> Exchange {
		let (spread, _) = async_channel::bounded(8);
		Exchange::new(store, Arc::new(Ways(self.clone())), Metrics::new(None).unwrap(), spread)
	}
}

impl Transport for Ways {
	fn peers(&self) -> BoxFuture<'static, Vec<PeerId>> {
		std::future::ready(self.0.connected.lock().unwrap().clone()).boxed()
	}

	fn providers(&self, _: BlobId) -> BoxFuture<'static, Vec<PeerId>> {
		std::future::ready(self.0.in_table.lock().unwrap().clone()).boxed()
	}

	fn have(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Presence, Failure>> {
		let world = self.0.clone();
		async move {
			let manner = world.peers.lock().unwrap()[&peer].manner;
			tokio::time::sleep(Duration::from_millis(20)).await;
			match manner {
				Manner::Garbage => Err(Failure::Garbage),
				Manner::Vanishing(0) => Err(Failure::Gone),
				Manner::Keeper(_) => Ok(Presence::None),
				Manner::Half(..) => Ok(Presence::Some),
				_ if world.source.has(&world.real(id)) => Ok(Presence::Whole),
				_ => Ok(Presence::None),
			}
		}
		.boxed()
	}

	fn block(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Option<Bytes>, Failure>> {
		let world = self.0.clone();
		world.asked.lock().unwrap().push((peer, id));
		let now = world.waiting.fetch_add(1, SeqCst) + 1;
		world.most.fetch_max(now, SeqCst);
		async move {
			let manner = world.peers.lock().unwrap()[&peer].manner;
			let answer = world.answer(peer, manner, id).await;
			world.waiting.fetch_sub(1, SeqCst);
			answer
		}
		.boxed()
	}

	fn keep(&self, peer: PeerId, _: BlobId, _: JobId) -> BoxFuture<'static, Result<Kept, Failure>> {
		let world = self.0.clone();
		async move {
			match world.peers.lock().unwrap()[&peer].manner {
				Manner::Keeper(Kept::Will) => {
					let world = world.clone();
					tokio::spawn(async move {
						tokio::time::sleep(Duration::from_secs(3)).await;
						world.change(peer, Manner::Honest(Duration::ZERO));
					});
					Ok(Kept::Will)
				},
				Manner::Keeper(kept) => Ok(kept),
				Manner::Honest(_) => Ok(Kept::Held),
				_ => Err(Failure::Gone),
			}
		}
		.boxed()
	}

	fn charge(&self, peer: PeerId, offence: Offence) {
		self.0.charged.lock().unwrap().push((peer, offence));
	}
}

impl World {
	async fn answer(&self, peer: PeerId, manner: Manner, id: BlobId) -> Result<Option<Bytes>, Failure> {
		let delay = match manner {
			Manner::Honest(delay) => delay,
			Manner::Silent => Duration::from_secs(3600),
			_ => Duration::from_millis(100),
		};
		tokio::time::sleep(delay).await;
		let block = self.source.block(&self.real(id)).unwrap().filter(|_| self.has(manner, &id));
		match manner {
			Manner::Lying => return Ok(Some(Bytes::from_static(b"other bytes"))),
			Manner::Garbage => return Err(Failure::Garbage),
			Manner::Busy => return Err(Failure::Busy),
			Manner::Vanishing(_) => match &mut self.peers.lock().unwrap().get_mut(&peer).unwrap().manner {
				Manner::Vanishing(0) => return Err(Failure::Gone),
				Manner::Vanishing(left) => *left -= 1,
				_ => {},
			},
			_ => {},
		}
		if block.is_some() {
			self.peers.lock().unwrap().get_mut(&peer).unwrap().blocks += 1;
		}
		Ok(block)
	}
}
