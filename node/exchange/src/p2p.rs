//! The client's ways over the node's network.

use crate::{
	bitswap::Ask,
	table::Table,
	transport::{Failure, Offence, Transport},
	wire::{Answer, Get, Keep, Kept, Presence},
};
use bytes::Bytes;
use codec::{DecodeAll, Encode};
use ergon_primitives::{BlobId, JobId};
use futures::{future::BoxFuture, FutureExt};
use sc_network::{
	request_responses::OutboundFailure, service::traits::NetworkService, IfDisconnected, NetworkPeers,
	NetworkRequest, ProtocolName, RequestFailure,
};
use sc_network_types::PeerId;
use std::{
	collections::HashSet,
	sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio::sync::{mpsc, oneshot};

/// Peers of which it is remembered which protocol they speak.
const MAX_KNOWN: usize = 4096;

/// Which way to a peer is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
	/// Our own protocol has worked, or was not tried.
	Blobs,
	/// Our own was refused, and Bitswap has worked.
	Bitswap,
}

/// The network of a running node.
#[derive(Clone)]
pub(crate) struct P2p(Arc<Inner>);

struct Inner {
	network: Arc<dyn NetworkService>,
	get: ProtocolName,
	keep: ProtocolName,
	/// The connected full nodes, as a task of its own keeps them.
	peers: Arc<RwLock<Vec<PeerId>>>,
	table: Table,
	bitswap: Option<mpsc::Sender<Ask>>,
	/// Those that have answered in our own protocol.
	ours: Mutex<HashSet<PeerId>>,
	/// Those that have answered in Bitswap only.
	theirs: Mutex<HashSet<PeerId>>,
}

impl P2p {
	pub(crate) fn new(
		network: Arc<dyn NetworkService>,
		get: ProtocolName,
		keep: ProtocolName,
		peers: Arc<RwLock<Vec<PeerId>>>,
		table: Table,
		bitswap: Option<mpsc::Sender<Ask>>,
	) -> Self {
		let (ours, theirs) = Default::default();
		Self(Arc::new(Inner { network, get, keep, peers, table, bitswap, ours, theirs }))
	}

	/// Asks in our own protocol.
	async fn ask(&self, peer: PeerId, question: Get) -> Result<Answer, Failure> {
		let answer = self.request(peer, self.0.get.clone(), question.encode()).await?;
		self.0.remember(&self.0.ours, peer);
		match Answer::decode(answer) {
			Some(Answer::Busy) => Err(Failure::Busy),
			Some(answer) => Ok(answer),
			None => Err(Failure::Garbage),
		}
	}

	async fn request(&self, peer: PeerId, to: ProtocolName, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
		match self.0.network.request(peer, to, bytes, None, IfDisconnected::TryConnect).await {
			Ok((answer, _)) => Ok(answer),
			Err(RequestFailure::Network(OutboundFailure::Timeout)) => Err(Failure::Silent),
			Err(_) => Err(Failure::Gone),
		}
	}

	/// Asks in Bitswap.
	async fn swap<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Failure> {
		let bitswap = self.0.bitswap.as_ref().ok_or(Failure::Gone)?;
		let (send, answer) = oneshot::channel();
		bitswap.send(ask(send)).await.map_err(|_| Failure::Gone)?;
		answer.await.map_err(|_| Failure::Gone)
	}
}

impl Inner {
	fn remember(&self, list: &Mutex<HashSet<PeerId>>, peer: PeerId) {
		// A set of names has no state in which a panic could have left it.
		let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
		if list.len() >= MAX_KNOWN {
			list.clear();
		}
		list.insert(peer);
	}

	fn knows(&self, list: &Mutex<HashSet<PeerId>>, peer: &PeerId) -> bool {
		list.lock().unwrap_or_else(PoisonError::into_inner).contains(peer)
	}

	fn way(&self, peer: &PeerId) -> Way {
		if self.knows(&self.theirs, peer) && !self.knows(&self.ours, peer) {
			Way::Bitswap
		} else {
			Way::Blobs
		}
	}

	/// Whether Bitswap is worth a try after our own protocol failed that way: the network does not tell a refused
	/// protocol from another refusal.
	fn try_other(&self, peer: &PeerId, failure: Failure) -> bool {
		failure == Failure::Gone && self.bitswap.is_some() && !self.knows(&self.ours, peer)
	}
}

impl Transport for P2p {
	fn peers(&self) -> BoxFuture<'static, Vec<PeerId>> {
		let peers = self.0.peers.read().unwrap_or_else(PoisonError::into_inner).clone();
		std::future::ready(peers).boxed()
	}

	fn providers(&self, id: BlobId) -> BoxFuture<'static, Vec<PeerId>> {
		self.0.table.providers(id)
	}

	fn have(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Presence, Failure>> {
		let this = self.clone();
		async move {
			if this.0.way(&peer) == Way::Blobs {
				match this.ask(peer, Get::Have(id)).await {
					Ok(Answer::Presence(presence)) => return Ok(presence),
					Ok(_) => return Err(Failure::Garbage),
					Err(failure) if !this.0.try_other(&peer, failure) => return Err(failure),
					Err(_) => {},
				}
			}
			let presence = this.swap(|answer| Ask::Have(peer, id, answer)).await?;
			this.0.remember(&this.0.theirs, peer);
			Ok(presence)
		}
		.boxed()
	}

	fn block(&self, peer: PeerId, id: BlobId) -> BoxFuture<'static, Result<Option<Bytes>, Failure>> {
		let this = self.clone();
		async move {
			if this.0.way(&peer) == Way::Bitswap {
				return this.swap(|answer| Ask::Block(peer, id, answer)).await;
			}
			match this.ask(peer, Get::Block(id)).await? {
				Answer::Block(block) => Ok(Some(block)),
				Answer::Nothing => Ok(None),
				_ => Err(Failure::Garbage),
			}
		}
		.boxed()
	}

	fn keep(&self, peer: PeerId, id: BlobId, job: JobId) -> BoxFuture<'static, Result<Kept, Failure>> {
		let this = self.clone();
		async move {
			let question = Keep { job, blob: id }.encode();
			let answer = this.request(peer, this.0.keep.clone(), question).await?;
			Kept::decode_all(&mut answer.as_slice()).map_err(|_| Failure::Garbage)
		}
		.boxed()
	}

	fn charge(&self, peer: PeerId, offence: Offence) {
		self.0.network.report_peer(peer, offence.cost());
	}
}
