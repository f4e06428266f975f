//! The network's table (its Kademlia): who provides a blob, and that this node does.
//!
//! The key of a blob is the multihash of its digest, as in the IPFS world.

use ergon_primitives::BlobId;
use futures::{future::BoxFuture, FutureExt, StreamExt};
use sc_network::{
	service::traits::NetworkService, DhtEvent, Event, KademliaKey, NetworkDHTProvider, NetworkEventStream,
	NetworkStateInfo,
};
use sc_network_types::PeerId;
use std::{
	collections::{hash_map::Entry, HashMap},
	sync::Arc,
	time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// How long a look into the table may take.
const WITHIN: Duration = Duration::from_secs(10);
/// Looks at once; those beyond find nobody.
const MAX_LOOKS: usize = 64;
/// The most providers that are taken of one look.
const MAX_PROVIDERS: usize = 32;
/// SHA2-256, 32 bytes.
const MULTIHASH: [u8; 2] = [0x12, 0x20];

/// The key under which a blob is in the table.
pub(crate) fn key(id: &BlobId) -> KademliaKey {
	let mut bytes = Vec::with_capacity(34);
	bytes.extend_from_slice(&MULTIHASH);
	bytes.extend_from_slice(&id.digest);
	bytes.into()
}

type Look = (KademliaKey, oneshot::Sender<Vec<PeerId>>);

/// A handle to look into the table.
#[derive(Clone, Debug)]
pub(crate) struct Table(mpsc::Sender<Look>);

impl Table {
	/// The handle, and what drives it until the network ends.
	pub(crate) fn new(network: Arc<dyn NetworkService>) -> (Self, BoxFuture<'static, ()>) {
		let (send, looks) = mpsc::channel(MAX_LOOKS);
		(Self(send), run(network, looks).boxed())
	}

	/// Who provides the blob, this node excepted; nobody if the table does not answer in time.
	pub(crate) fn providers(&self, id: BlobId) -> BoxFuture<'static, Vec<PeerId>> {
		let (send, found) = oneshot::channel();
		let asked = self.0.try_send((key(&id), send));
		async move {
			if asked.is_err() {
				return Vec::new();
			}
			tokio::time::timeout(WITHIN, found).await.ok().and_then(Result::ok).unwrap_or_default()
		}
		.boxed()
	}
}

#[derive(Default)]
struct Looking {
	found: Vec<PeerId>,
	waiting: Vec<oneshot::Sender<Vec<PeerId>>>,
}

async fn run(network: Arc<dyn NetworkService>, mut looks: mpsc::Receiver<Look>) {
	let me = network.local_peer_id();
	let mut events = network.event_stream("ergon-blobs");
	let mut looking: HashMap<Vec<u8>, Looking> = HashMap::new();
	loop {
		tokio::select! {
			look = looks.recv() => {
				let Some((key, answer)) = look else { return };
				looking.retain(|_, look| {
					look.waiting.retain(|answer| !answer.is_closed());
					!look.waiting.is_empty()
				});
				let room = looking.len() < MAX_LOOKS;
				match looking.entry(key.to_vec()) {
					Entry::Occupied(mut look) => look.get_mut().waiting.push(answer),
					Entry::Vacant(look) if room => {
						look.insert(Looking::default()).waiting.push(answer);
						network.get_providers(key);
					},
					Entry::Vacant(_) => {},
				}
			},
			event = events.next() => match event {
				Some(Event::Dht(DhtEvent::ProvidersFound(key, peers))) => {
					if let Some(look) = looking.get_mut(key.as_ref()) {
						look.found.extend(peers.into_iter().filter(|peer| *peer != me));
						look.found.truncate(MAX_PROVIDERS);
					}
				},
				Some(Event::Dht(DhtEvent::NoMoreProviders(key) | DhtEvent::ProvidersNotFound(key))) => {
					let Some(look) = looking.remove(key.as_ref()) else { continue };
					for answer in look.waiting {
						// It may have given up.
						let _ = answer.send(look.found.clone());
					}
				},
				Some(_) => {},
				None => return,
			},
		}
	}
}
