//! The node's network, with the exchange of blobs in it.
//!
//! The SDK's `build_network` starts its own Bitswap service or none; ours needs the other end of Bitswap and two protocols
//! more. So the pieces that the SDK makes public are put together here, in its order.

use crate::service::{Block, FullClient, FullPool};
use ergon_blobs::{BlobStore, References};
use ergon_exchange::{Offline, Options};
use ergon_runtime::Hash;
use futures::{FutureExt, StreamExt};
use sc_client_api::BlockchainEvents;
use sc_consensus::{DefaultImportQueue, ImportQueue};
use sc_network::{
	config::{FullNetworkConfiguration, IpfsConfig, Params as NetworkParams, PeerStore as _},
	service::traits::NetworkService,
	IpfsIndexedTransactions, Litep2pNetworkBackend, NetworkBackend, NetworkBlock as _, NotificationMetrics,
};
use sc_network_light::light_client_requests::handler::LightClientRequestHandler;
use sc_network_sync::{service::network::NetworkServiceProvider, SyncingService};
use sc_network_transactions::{TransactionsHandlerController, TransactionsHandlerPrototype};
use sc_rpc::system::Request as SystemRequest;
use sc_service::{
	build_default_syncing_engine, build_system_rpc_future, default_gap_sync_body_policy, error::Error,
	Configuration, DefaultSyncingEngineConfig, TaskManager, TransactionPoolAdapter, WarpSyncConfig,
};
use sc_utils::mpsc::{tracing_unbounded, TracingUnboundedSender};
use sp_consensus::block_validation::DefaultBlockAnnounceValidator;
use sp_runtime::traits::Header as _;
use std::sync::Arc;

/// The network library.
pub type Backend = Litep2pNetworkBackend;

/// Requests of the system RPC that wait before a warning is logged.
const SYSTEM_RPC_QUEUE: usize = 10_000;

/// What the exchange of blobs needs.
pub struct Blobs {
	/// Where blobs are.
	pub store: BlobStore,
	/// What the chain says about them.
	pub references: Arc<dyn References>,
	/// What the operator chose.
	pub options: Options,
}

/// What a network is made of.
pub struct Params<'a> {
	/// The node's configuration.
	pub config: &'a Configuration,
	/// The protocols that others have asked for so far.
	pub net_config: FullNetworkConfiguration<Block, Hash, Backend>,
	/// The chain.
	pub client: Arc<FullClient>,
	/// Transactions that wait.
	pub transaction_pool: Arc<FullPool>,
	/// Where tasks are spawned.
	pub task_manager: &'a TaskManager,
	/// Where blocks go.
	pub import_queue: DefaultImportQueue<Block>,
	/// How to leap over the past.
	pub warp_sync: WarpSyncConfig<Block>,
	/// Counters of notifications.
	pub metrics: NotificationMetrics,
	/// `None`: this node takes no part in the exchange of blobs.
	pub blobs: Option<Blobs>,
}

/// A network that runs.
pub struct Network {
	/// The network itself.
	pub service: Arc<dyn NetworkService>,
	/// Where the system RPC asks.
	pub system_rpc: TracingUnboundedSender<SystemRequest<Block>>,
	/// Where transactions are announced.
	pub transactions: TransactionsHandlerController<Hash>,
	/// What syncs.
	pub sync: Arc<SyncingService<Block>>,
	/// Blobs of other nodes.
	pub blobs: Arc<dyn ergon_exchange::Network>,
}

/// Starts the network.
pub fn build(params: Params) -> Result<Network, Error> {
	let Params {
		config,
		mut net_config,
		client,
		transaction_pool,
		task_manager,
		import_queue,
		warp_sync,
		metrics,
		blobs,
	} = params;
	let (spawn, essential) = (task_manager.spawn_handle(), task_manager.spawn_essential_handle());
	let registry = config.prometheus_registry();
	let protocol_id = config.protocol_id();
	let fork_id = config.chain_spec.fork_id();
	let genesis_hash = client.chain_info().genesis_hash;
	if !net_config.network_config.ipfs_bootnodes.is_empty() {
		return Err(Error::Other(
			"--ipfs-bootnodes is for chains that store data in blocks: the SDK can publish nothing else in the table of \
			 the IPFS network. Blobs are served by Bitswap without it; leave it out"
				.into(),
		));
	}

	let provider = NetworkServiceProvider::new();
	let peers = &config.network.default_peers_set;
	let num_peers_hint = (peers.in_peers as usize).saturating_add(peers.out_peers as usize);
	let (sync, block_announce_config) = build_default_syncing_engine(DefaultSyncingEngineConfig {
		role: config.role,
		protocol_id: protocol_id.clone(),
		fork_id,
		net_config: &mut net_config,
		block_announce_validator: Box::new(DefaultBlockAnnounceValidator),
		network_service_handle: provider.handle(),
		warp_sync_config: Some(warp_sync),
		client: client.clone(),
		import_queue_service: import_queue.service(),
		num_peers_hint,
		spawn_handle: &spawn,
		spawn_essential_handle: &essential,
		metrics_registry: registry,
		metrics: metrics.clone(),
		gap_sync_body_policy: default_gap_sync_body_policy(config.blocks_pruning),
	})?;
	let sync = Arc::new(sync);

	let (light, light_config) =
		LightClientRequestHandler::new::<Backend>(&protocol_id, fork_id, client.clone());
	spawn.spawn("light-client-request-handler", Some("networking"), light.run());
	net_config.add_request_response_protocol(light_config);
	let (transactions, transactions_config) = TransactionsHandlerPrototype::new::<_, Block, Backend>(
		protocol_id.clone(),
		genesis_hash,
		fork_id,
		metrics.clone(),
		net_config.peer_store_handle(),
	);
	net_config.add_notification_protocol(transactions_config);

	let (ipfs_config, exchange) = match blobs {
		Some(blobs) => {
			let (configs, inbound) = ergon_exchange::protocols::<Block, Backend>(genesis_hash.as_ref());
			configs.into_iter().for_each(|config| net_config.add_request_response_protocol(config));
			// What is published without bootnodes is nothing, so that this provider is never asked.
			let provider = IpfsIndexedTransactions::new(client.clone(), 0);
			let (ipfs, bitswap) = IpfsConfig::new(Box::new(provider), Vec::new());
			(Some(ipfs), Some((blobs, inbound, bitswap)))
		},
		None => (None, None),
	};

	spawn.spawn("peer-store", Some("networking"), net_config.take_peer_store().run());
	let has_bootnodes = !net_config.network_config.boot_nodes.is_empty();
	let executor = spawn.clone();
	let worker = <Backend as NetworkBackend<Block, Hash>>::new(NetworkParams {
		role: config.role,
		executor: Box::new(move |task| executor.spawn("libp2p-node", Some("networking"), task)),
		network_config: net_config,
		genesis_hash,
		protocol_id,
		fork_id: fork_id.map(ToOwned::to_owned),
		metrics_registry: registry.cloned(),
		block_announce_config,
		ipfs_config,
		notification_metrics: metrics,
	})?;
	let service = <Backend as NetworkBackend<Block, Hash>>::network_service(&worker);

	let (handler, transactions) = transactions.build(
		service.clone(),
		sync.clone(),
		Arc::new(TransactionPoolAdapter::new(transaction_pool, client.clone())),
		registry,
	)?;
	spawn.spawn_blocking("network-transactions-handler", Some("networking"), handler.run());
	let provide = provider.run(Arc::new(service.clone()));
	spawn.spawn_blocking("chain-sync-network-service-provider", Some("networking"), provide);
	let importing = sync.clone();
	spawn.spawn("import-queue", None, async move { import_queue.run(importing.as_ref()).await });
	let (system_rpc, requests) = tracing_unbounded("mpsc_system_rpc", SYSTEM_RPC_QUEUE);
	spawn.spawn(
		"system-rpc-handler",
		Some("networking"),
		build_system_rpc_future::<_, _, Hash>(
			config.role,
			service.clone(),
			sync.clone(),
			client.clone(),
			requests,
			has_bootnodes,
		),
	);
	// It does heavy work between two waits, which would hold up other tasks; without it the node is none.
	let run = run(worker, client, sync.clone(), config.announce_block);
	essential.spawn_blocking("network-worker", Some("networking"), run);

	let blobs: Arc<dyn ergon_exchange::Network> = match exchange {
		Some((Blobs { store, references, options }, inbound, bitswap)) => {
			let (exchange, tasks) = ergon_exchange::start(ergon_exchange::Parts {
				store,
				references,
				network: service.clone(),
				full_nodes: ergon_exchange::full_nodes(sync.clone()),
				inbound,
				bitswap: Some(bitswap),
				options,
				registry: registry.cloned(),
			})?;
			tasks.into_iter().for_each(|(name, task)| spawn.spawn(name, Some("blobs"), task));
			Arc::new(exchange)
		},
		None => Arc::new(Offline),
	};
	Ok(Network { service, system_rpc, transactions, sync, blobs })
}

/// Drives the network, and tells it what the chain does. Ends with either of them, as when the node stops.
async fn run(worker: Backend, client: Arc<FullClient>, sync: Arc<SyncingService<Block>>, announce: bool) {
	let mut imported = client.import_notification_stream().fuse();
	let mut finalized = client.finality_notification_stream().fuse();
	let mut network = Box::pin(NetworkBackend::<Block, Hash>::run(worker).fuse());
	loop {
		futures::select! {
			block = imported.next() => {
				let Some(block) = block else { return };
				if announce {
					sync.announce_block(block.hash, None);
				}
				if block.is_new_best {
					sync.new_best_block_imported(block.hash, *block.header.number());
				}
			},
			block = finalized.next() => {
				let Some(block) = block else { return };
				sync.on_block_finalized(block.hash, block.header);
			},
			() = network => return,
		}
	}
}
