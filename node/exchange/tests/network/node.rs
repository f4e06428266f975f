//! Nodes on this machine: the SDK's own network with our protocols in it, and no chain.

use ergon_blobs::{BlobStore, Options as StoreOptions, References};
use ergon_exchange::{protocols, start, Exchange, FullNodes, Options, Parts};
use ergon_primitives::{BlobId, JobId};
use futures::FutureExt;
use sc_network::{
	config::{
		FullNetworkConfiguration, NetworkConfiguration, NonReservedPeerMode, Params, PeerStore, ProtocolId,
		Role, SetConfig,
	},
	service::traits::NetworkService,
	Litep2pNetworkBackend, Multiaddr, NetworkBackend, NotificationMetrics, NotificationService, PeerId,
};
use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};
use std::{
	path::Path,
	sync::{Arc, Mutex},
	time::Duration,
};
use substrate_prometheus_endpoint::Registry;
use tempfile::TempDir;
use tokio::task::JoinHandle;

type Block = generic::Block<generic::Header<u32, BlakeTwo256>, OpaqueExtrinsic>;
type Hash = <Block as sp_runtime::traits::Block>::Hash;
type Backend = Litep2pNetworkBackend;

const GENESIS: [u8; 32] = [7; 32];

/// A chain that has one job.
pub struct OneJob;

impl References for OneJob {
	fn job_exists(&self, job: JobId) -> Result<bool, String> {
		Ok(job == JobId(1))
	}

	fn visit(&self, _: &mut dyn FnMut(BlobId, bool)) -> Result<(), String> {
		Ok(())
	}
}

/// A node.
pub struct Node {
	pub exchange: Exchange,
	pub store: BlobStore,
	pub peer: PeerId,
	pub network: Arc<dyn NetworkService>,
	pub registry: Registry,
	others: Arc<Mutex<Vec<PeerId>>>,
	address: Multiaddr,
	tasks: Vec<JoinHandle<()>>,
	/// The network ends with its last user.
	_announcing: Box<dyn NotificationService>,
	_folder: TempDir,
}

impl Node {
	pub async fn start(options: Options) -> Self {
		let folder = TempDir::new().unwrap();
		let store = open(folder.path());
		store.set_references(Arc::new(OneJob));
		let config = NetworkConfiguration::new_local();
		let mut net_config = FullNetworkConfiguration::<Block, Hash, Backend>::new(&config, None);
		let metrics = NotificationMetrics::new(None);
		let (configs, inbound) = protocols::<Block, Backend>(&GENESIS);
		configs.into_iter().for_each(|config| net_config.add_request_response_protocol(config));
		let set = SetConfig {
			in_peers: 25,
			out_peers: 25,
			reserved_nodes: Vec::new(),
			non_reserved_mode: NonReservedPeerMode::Accept,
		};
		let (announce, announcing) = <Backend as NetworkBackend<Block, Hash>>::notification_config(
			"/test/block-announces/1".into(),
			Vec::new(),
			1024,
			None,
			set,
			metrics.clone(),
			net_config.peer_store_handle(),
		);
		let mut tasks = vec![tokio::spawn(PeerStore::run(net_config.take_peer_store()))];
		let worker = <Backend as NetworkBackend<Block, Hash>>::new(Params {
			role: Role::Full,
			executor: Box::new(|task| {
				tokio::spawn(task);
			}),
			network_config: net_config,
			protocol_id: ProtocolId::from("test"),
			genesis_hash: GENESIS.into(),
			fork_id: None,
			metrics_registry: None,
			block_announce_config: announce,
			ipfs_config: None,
			notification_metrics: metrics,
		})
		.unwrap();
		let network: Arc<dyn NetworkService> = NetworkBackend::<Block, Hash>::network_service(&worker);
		tasks.push(tokio::spawn(NetworkBackend::<Block, Hash>::run(worker)));
		let address = loop {
			if let Some(address) = network.listen_addresses().into_iter().next() {
				break address;
			}
			tokio::time::sleep(Duration::from_millis(10)).await;
		};
		let others: Arc<Mutex<Vec<PeerId>>> = Arc::default();
		let known = others.clone();
		let full_nodes: FullNodes =
			Arc::new(move || std::future::ready(known.lock().unwrap().clone()).boxed());
		let registry = Registry::new();
		let (exchange, running) = start(Parts {
			store: store.clone(),
			references: Arc::new(OneJob),
			network: network.clone(),
			full_nodes,
			inbound,
			bitswap: None,
			options,
			registry: Some(registry.clone()),
		})
		.unwrap();
		tasks.extend(running.into_iter().map(|(_, task)| tokio::spawn(task)));
		let peer = network.local_peer_id();
		Self {
			exchange,
			store,
			peer,
			network,
			registry,
			others,
			address,
			tasks,
			_announcing: announcing,
			_folder: folder,
		}
	}

	/// Lets this node know of another, as if it were connected.
	pub fn meet(&self, other: &Node) {
		self.network.add_known_address(other.peer, other.address.clone());
		self.others.lock().unwrap().push(other.peer);
	}

	/// Ends it, with its connections.
	pub fn kill(&self) {
		self.tasks.iter().for_each(JoinHandle::abort);
	}

	/// The sum of a counter over its labels.
	pub fn counter(&self, name: &str) -> f64 {
		let families = self.registry.gather();
		let family = families.iter().find(|family| family.get_name() == name);
		family.map_or(0.0, |family| {
			family.get_metric().iter().map(|metric| metric.get_counter().get_value()).sum()
		})
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		self.kill();
	}
}

fn open(path: &Path) -> BlobStore {
	BlobStore::open(path, StoreOptions::default()).unwrap()
}
