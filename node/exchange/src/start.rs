//! How a node starts its exchange.

use crate::{
	announce::announce,
	bitswap,
	client::Exchange,
	metrics::Metrics,
	mirror::mirror,
	p2p::P2p,
	server::{serve, serve_keep},
	table::Table,
	transport::{Offence, Transport},
	wire::{get_protocol, keep_protocol, MAX_ANSWER, MAX_REQUEST},
};
use ergon_blobs::{BlobStore, References};
use futures::{future::BoxFuture, FutureExt};
use litep2p::protocol::libp2p::bitswap::BitswapHandle;
use sc_network::{
	request_responses::IncomingRequest, service::traits::NetworkService, NetworkBackend, ProtocolName,
};
use sc_network_sync::SyncingService;
use sc_network_types::PeerId;
use sp_runtime::traits::Block as BlockT;
use std::{
	sync::{Arc, PoisonError, RwLock},
	time::Duration,
};
use substrate_prometheus_endpoint::{PrometheusError, Registry};
use tokio::sync::mpsc;

/// How long a block may take from being asked for to having arrived; then the network gives up on it.
pub(crate) const GET_WITHIN: Duration = Duration::from_secs(30);
/// How long a node may think about whether it keeps a blob.
const KEEP_WITHIN: Duration = Duration::from_secs(10);
/// Requests that the network holds for the server; those beyond are refused.
const WAITING: usize = 256;
/// How often the list of connected full nodes is renewed.
const PEERS: Duration = Duration::from_millis(500);

/// What an operator may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
	/// Bytes in a second that one peer may take; after a pause, four seconds' worth at once.
	pub rate: u64,
	/// Fetch what jobs on chain name.
	pub mirror: bool,
	/// Bytes of blobs that this node keeps because others ask it to.
	pub keep: u64,
}

impl Default for Options {
	/// 64 MiB/s to a peer, no mirror, 1 GiB for others.
	fn default() -> Self {
		Self { rate: 64 << 20, mirror: false, keep: 1 << 30 }
	}
}

/// The node's ends of the protocols that it was given by [`protocols`].
#[derive(Debug)]
pub struct Inbound {
	get: (ProtocolName, async_channel_1::Receiver<IncomingRequest>),
	keep: (ProtocolName, async_channel_1::Receiver<IncomingRequest>),
}

/// The protocols that must be added to the network's configuration before it is built. `genesis`: the hash of the
/// chain's first block.
pub fn protocols<B, N>(genesis: &[u8]) -> ([N::RequestResponseProtocolConfig; 2], Inbound)
where
	B: BlockT,
	N: NetworkBackend<B, B::Hash>,
{
	let (get_queue, get_requests) = async_channel_1::bounded(WAITING);
	let (keep_queue, keep_requests) = async_channel_1::bounded(WAITING / 4);
	let get = ProtocolName::from(get_protocol(genesis));
	let keep = ProtocolName::from(keep_protocol(genesis));
	let configs = [
		N::request_response_config(
			get.clone(),
			Vec::new(),
			MAX_REQUEST,
			MAX_ANSWER,
			GET_WITHIN,
			Some(get_queue),
		),
		N::request_response_config(
			keep.clone(),
			Vec::new(),
			MAX_REQUEST,
			MAX_REQUEST,
			KEEP_WITHIN,
			Some(keep_queue),
		),
	];
	(configs, Inbound { get: (get, get_requests), keep: (keep, keep_requests) })
}

/// Says which full nodes this one is connected to.
pub type FullNodes = Arc<dyn Fn() -> BoxFuture<'static, Vec<PeerId>> + Send + Sync>;

/// The full nodes that a node syncs with.
pub fn full_nodes<B: BlockT>(sync: Arc<SyncingService<B>>) -> FullNodes {
	Arc::new(move || {
		let sync = sync.clone();
		async move {
			let peers = sync.peers_info().await.unwrap_or_default();
			peers.into_iter().filter(|(_, info)| info.roles.is_full()).map(|(peer, _)| peer).collect()
		}
		.boxed()
	})
}

/// What an exchange is made of.
pub struct Parts {
	/// Where blobs are.
	pub store: BlobStore,
	/// What the chain says about them.
	pub references: Arc<dyn References>,
	/// The node's network, with the protocols of [`protocols`] in it.
	pub network: Arc<dyn NetworkService>,
	/// Who is connected.
	pub full_nodes: FullNodes,
	/// The node's ends of the protocols.
	pub inbound: Inbound,
	/// The node's end of Bitswap, if its network speaks that.
	pub bitswap: Option<BitswapHandle>,
	/// What the operator chose.
	pub options: Options,
	/// Where counters are registered.
	pub registry: Option<Registry>,
}

/// Something that must run as long as the node does: its name, and the work.
pub type Task = (&'static str, BoxFuture<'static, ()>);

/// Puts an exchange together. Nothing happens until the tasks run. Must be called inside a tokio runtime.
pub fn start(parts: Parts) -> Result<(Exchange, Vec<Task>), PrometheusError> {
	let Parts { store, references, network, full_nodes, inbound, bitswap, options, registry } = parts;
	let metrics = Metrics::new(registry.as_ref())?;
	let (table, look) = Table::new(network.clone());
	let peers = Arc::new(RwLock::new(Vec::new()));
	let mut tasks: Vec<Task> =
		vec![("blobs-table", look), ("blobs-peers", watch_peers(full_nodes, peers.clone()).boxed())];
	let (asks, asked) = mpsc::channel(WAITING);
	let asks = bitswap.is_some().then_some(asks);
	let p2p = P2p::new(network.clone(), inbound.get.0, inbound.keep.0, peers, table, asks);
	let charge = || {
		let (p2p, metrics) = (p2p.clone(), metrics.clone());
		Box::new(move |peer: PeerId, offence: Offence| {
			metrics.bad_peer(offence);
			p2p.charge(peer, offence);
		})
	};
	let get = serve(store.clone(), metrics.clone(), options.rate, inbound.get.1, charge());
	tasks.push(("blobs-server", get.boxed()));
	if let Some(handle) = bitswap {
		let work = bitswap::run(handle, store.clone(), metrics.clone(), options.rate, asked, charge());
		tasks.push(("blobs-bitswap", work.boxed()));
	}
	let (spread, spreading) = async_channel::bounded(WAITING);
	let announcing = announce(store.clone(), network, metrics.clone(), spreading);
	tasks.push(("blobs-announce", announcing.boxed()));
	let exchange = Exchange::new(store, Arc::new(p2p), metrics, spread);
	let keep = serve_keep(exchange.clone(), references.clone(), options.keep, inbound.keep.1);
	tasks.push(("blobs-keep", keep.boxed()));
	if options.mirror {
		tasks.push(("blobs-mirror", mirror(exchange.clone(), references).boxed()));
	}
	Ok((exchange, tasks))
}

/// Renews the list of connected full nodes.
async fn watch_peers(full_nodes: FullNodes, peers: Arc<RwLock<Vec<PeerId>>>) {
	let mut tick = tokio::time::interval(PEERS);
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		tick.tick().await;
		let now = full_nodes().await;
		*peers.write().unwrap_or_else(PoisonError::into_inner) = now;
	}
}
