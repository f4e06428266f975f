//! A peer that looks like a full node and is none: it claims to have every block, and sends others than it was asked
//! for, or nothing. It speaks the node's own network library, without any chain behind it; blocks over the nodes' own
//! protocol, or over Bitswap alone, as programs of the IPFS world do.

use std::{
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};

use codec::Encode;
use futures::StreamExt;
use litep2p::{
	config::ConfigBuilder,
	protocol::{
		libp2p::bitswap::{BitswapEvent, BitswapHandle, BlockPresenceType, Config, ResponseType, WantType},
		notification::{self, NotificationEvent, NotificationHandle, ValidationResult},
		request_response::{self, RequestResponseEvent},
	},
	transport::tcp::config::Config as TcpConfig,
	types::{
		cid::Cid,
		multiaddr::{Multiaddr, Protocol},
	},
	Litep2p, PeerId,
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use crate::{Node, BOUND};

/// The role of a full node in the handshake of block announcements.
const FULL_NODE: u8 = 1;
/// What it sends for any block.
const WRONG: [u8; 4_096] = [0xee; 4_096];

/// What it does when it is asked for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
	/// Sends other bytes.
	Lies,
	/// Says that it has the block, and sends nothing.
	Withholds,
}

/// How it speaks of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
	/// As nodes of this chain do.
	Own,
	/// Over Bitswap, and nothing else.
	Bitswap,
}

/// What reached it.
#[derive(Default)]
struct Counts {
	asked: AtomicUsize,
	blocks: AtomicUsize,
}

/// A connected peer that is up to no good; gone when dropped.
pub struct Impostor {
	/// Its identity.
	pub peer: String,
	counts: Arc<Counts>,
	bitswap: mpsc::UnboundedSender<Vec<(Cid, WantType)>>,
	task: JoinHandle<()>,
}

impl Impostor {
	/// Connects to a node and is counted among its full nodes.
	pub async fn join(node: &Node, tongue: Tongue, conduct: Conduct) -> Self {
		let genesis = node.client().await.genesis();
		let genesis: [u8; 32] = genesis.as_ref().try_into().expect("a block's hash has 32 bytes; qed");
		Self::dial(&node.address().await, genesis, tongue, conduct).await
	}

	/// Connects to the full node of that chain at this address.
	pub async fn dial(address: &str, genesis: [u8; 32], tongue: Tongue, conduct: Conduct) -> Self {
		let address: Multiaddr = address.parse().expect("a node's address is well formed");
		// Roles, best number, best hash, genesis hash: it knows of no block but the first.
		let handshake = (FULL_NODE, 0u32, genesis, genesis).encode();
		let name = format!("/{}/block-announces/1", hex::encode(genesis));
		let (announces, mut announced) = notification::ConfigBuilder::new(name.into())
			.with_max_size(1 << 20)
			.with_handshake(handshake)
			.with_auto_accept_inbound(true)
			.build();
		let (bitswap, exchange) = Config::new();
		let (blocks, mut requests) = request_response::ConfigBuilder::new(own_protocol(&genesis).into())
			.with_max_size(4 << 20)
			.with_timeout(Duration::from_secs(20))
			.build();
		let mut config = ConfigBuilder::new()
			.with_tcp(TcpConfig {
				listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().expect("a good address; qed")],
				..Default::default()
			})
			.with_notification_protocol(announces)
			.with_libp2p_bitswap(bitswap);
		if tongue == Tongue::Own {
			config = config.with_request_response_protocol(blocks);
		}
		let mut network = Litep2p::new(config.build()).expect("loopback has a free port");
		let peer = network.local_peer_id().to_string();
		network.dial_address(address.clone()).await.expect("the address can be dialled");
		let target = peer_of(&address);
		let mut pulse = tokio::spawn(async move { while network.next_event().await.is_some() {} });
		let accepted = timeout(BOUND, async { while !opened(&mut announced, target).await {} }).await;
		accepted.expect("the node takes the impostor for a full node");
		let counts = Arc::new(Counts::default());
		let (bitswap, mut wants) = mpsc::unbounded_channel();
		let told = counts.clone();
		let task = tokio::spawn(async move {
			let mut exchange = exchange;
			loop {
				tokio::select! {
					event = exchange.next() => match event {
						Some(event) => answer(&exchange, event, conduct, &told).await,
						None => break,
					},
					Some(event) = requests.next() => {
						if let RequestResponseEvent::RequestReceived { request_id, request, .. } = event {
							if let Some(said) = reply(&request, conduct, &told) {
								requests.send_response(request_id, said);
							}
						}
					},
					Some(event) = announced.next() => {
						if let NotificationEvent::ValidateSubstream { peer, .. } = event {
							announced.send_validation_result(peer, ValidationResult::Accept);
						}
					},
					Some(wants) = wants.recv() => exchange.send_request(target, wants).await,
					_ = &mut pulse => break,
				}
			}
			pulse.abort();
		});
		Self { peer, counts, bitswap, task }
	}

	/// How many wants have reached it.
	pub fn asked(&self) -> usize {
		self.counts.asked.load(Ordering::Relaxed)
	}

	/// How many of them were for a block itself.
	pub fn asked_for_blocks(&self) -> usize {
		self.counts.blocks.load(Ordering::Relaxed)
	}

	/// Asks the node for these blocks in one message.
	pub fn want(&self, wants: Vec<Cid>) {
		let wants = wants.into_iter().map(|cid| (cid, WantType::Block)).collect();
		self.bitswap.send(wants).expect("the impostor lives as long as this value; qed");
	}

	/// Whether it still runs: its network ends only with it.
	pub fn lives(&self) -> bool {
		!self.task.is_finished()
	}
}

impl Drop for Impostor {
	fn drop(&mut self) {
		self.task.abort();
	}
}

/// The identity at the end of an address.
fn peer_of(address: &Multiaddr) -> PeerId {
	match address.iter().last() {
		Some(Protocol::P2p(hash)) => PeerId::from_multihash(hash).expect("a node's identity is well formed"),
		other => panic!("{address} ends in {other:?} and not in an identity"),
	}
}

/// Asks for the stream of block announcements, and whether it is open soon after.
async fn opened(announced: &mut NotificationHandle, target: PeerId) -> bool {
	// Refused while the connection is not there yet, or while one attempt is under way.
	let _ = announced.open_substream(target).await;
	match timeout(Duration::from_secs(1), announced.next()).await {
		Ok(Some(NotificationEvent::NotificationStreamOpened { peer, .. })) => peer == target,
		Ok(Some(NotificationEvent::ValidateSubstream { peer, .. })) => {
			announced.send_validation_result(peer, ValidationResult::Accept);
			false
		},
		_ => false,
	}
}

/// The protocol in which nodes of a chain ask each other for blocks.
fn own_protocol(genesis: &[u8; 32]) -> String {
	format!("/{}/blobs/get/1", hex::encode(genesis))
}

/// Its reply to a request in the nodes' own protocol, if it makes one: the first byte of a request is 0 for "have you",
/// 1 for the block itself; of an answer 2 for "all of it", 5 for the bytes that follow.
fn reply(request: &[u8], conduct: Conduct, counts: &Counts) -> Option<Vec<u8>> {
	counts.asked.fetch_add(1, Ordering::Relaxed);
	if request.first() == Some(&0) {
		return Some(vec![2]);
	}
	counts.blocks.fetch_add(1, Ordering::Relaxed);
	(conduct == Conduct::Lies).then(|| [&[5], &WRONG[..]].concat())
}

/// Does to a request over Bitswap what its conduct says.
async fn answer(exchange: &BitswapHandle, event: BitswapEvent, conduct: Conduct, counts: &Counts) {
	let BitswapEvent::Request { peer, cids } = event else { return };
	let mut responses = Vec::new();
	for (cid, want) in cids {
		counts.asked.fetch_add(1, Ordering::Relaxed);
		if want == WantType::Have {
			responses.push(ResponseType::Presence { cid, presence: BlockPresenceType::Have });
			continue;
		}
		counts.blocks.fetch_add(1, Ordering::Relaxed);
		if conduct == Conduct::Lies {
			responses.push(ResponseType::Block { cid, block: WRONG.to_vec() });
		}
	}
	exchange.send_response(peer, responses).await;
}
