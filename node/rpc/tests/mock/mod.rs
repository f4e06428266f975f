//! A client whose runtime answers from a table.

use super::network::Neighbour;
use ergon_blobs::{BlobStore, Options};
use ergon_node_rpc::{BlobAccess, Compute, ComputeServer};
use ergon_primitives::{
	attestation::Terms,
	job::Requirements,
	provider::Reputation,
	samples::{ECONOMICS, TIMING},
	views::{Duty, JobState, JobView, Market, Progress, ProviderView, Quote, ShardView},
	BlobId, BlobLimits, Fuel, Input, JobId, JobSpec, Limits, Operator, Phase, Policy, Price, ProviderInfo,
	ProviderStatus, Region, ShardAttestation, ShardIndex, ShardKey, SpecError, PROFILE_1,
};
use ergon_runtime_api::ComputeApi;
use jsonrpsee::RpcModule;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::{BlockStatus, HeaderBackend, Info, Result};
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, Block as BlockT},
	AccountId32, OpaqueExtrinsic,
};
use std::sync::Arc;
use tempfile::TempDir;

type Header = generic::Header<u32, BlakeTwo256>;
type Block = generic::Block<Header, OpaqueExtrinsic>;
type Hash = <Block as BlockT>::Hash;

/// The only job there is.
pub const KNOWN_JOB: u64 = 7;
/// Asked for it, the runtime fails.
pub const BROKEN_JOB: u64 = 8;

/// A namespace over a store in a folder that goes with it.
pub struct Node {
	pub module: RpcModule<Compute<Client, Block>>,
	pub blobs: BlobStore,
	pub neighbour: Arc<Neighbour>,
	pub folder: TempDir,
}

pub fn node() -> Node {
	start(None, 1 << 30)
}

/// A node whose runtime refuses every order.
pub fn refusing(error: SpecError) -> Node {
	start(Some(error), 1 << 30)
}

/// A node whose store takes so many bytes of disk at most.
pub fn node_with_room(quota: u64) -> Node {
	start(None, quota)
}

fn start(refuses: Option<SpecError>, quota: u64) -> Node {
	let folder = tempfile::tempdir().unwrap();
	let blobs = BlobStore::open(folder.path(), Options { quota, ..Default::default() }).unwrap();
	let neighbour = Arc::new(Neighbour::new(blobs.clone()));
	let http = Some(([127, 0, 0, 1], 9955).into());
	let access = Arc::new(BlobAccess::new(blobs.clone(), neighbour.clone(), http));
	let module = Compute::new(Arc::new(Client { refuses }), access).into_rpc();
	Node { module, blobs, neighbour, folder }
}

pub fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

pub fn spec() -> JobSpec {
	JobSpec {
		program: BlobId::of(b"program"),
		input: Input::Single(BlobId::of(b"input")),
		tasks: 1,
		shard_size: 1,
		limits: Limits { fuel: Fuel(1), memory: 1 << 20, output: 1 },
		args: Default::default(),
		policy: Policy { quorum: 1, max_replicas: 1, adaptive: false },
		max_price: Price(1),
		deadline: 100,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

fn job() -> JobView<AccountId32> {
	JobView {
		id: JobId(KNOWN_JOB),
		owner: account(1),
		spec: spec(),
		submitted_at: 1,
		submitted_time: 2,
		state: JobState::Queued,
		progress: Progress::default(),
		deposit: 3,
	}
}

fn provider() -> ProviderView<AccountId32> {
	ProviderView {
		stash: account(1),
		worker: account(2),
		operator: Operator::Itself,
		info: ProviderInfo {
			slots: 1,
			ask: Price(1),
			memory: 1,
			profiles: vec![PROFILE_1].try_into().unwrap(),
			speed: 1,
			region: Region::UNSAID,
			addresses: Default::default(),
		},
		status: ProviderStatus::Online,
		bond: 5,
		locked: 0,
		unbonding: None,
		busy: 0,
		reputation: Reputation::default(),
		earned: 0,
	}
}

fn duty() -> Duty<AccountId32> {
	let terms = Terms {
		quorum: 1,
		max_replicas: 1,
		commit_window: 1,
		reveal_window: 1,
		fuel_limit: Fuel(1),
		value: 1,
	};
	Duty {
		key: ShardKey { job: JobId(KNOWN_JOB), shard: ShardIndex(0) },
		attestation: ShardAttestation {
			terms,
			phase: Phase::Committing { until: 9 },
			trust: 0,
			replicas: Default::default(),
		},
		spec: spec(),
		submitted_time: 2,
		provider: account(1),
	}
}

/// A client at its genesis block.
#[derive(Clone)]
pub struct Client {
	refuses: Option<SpecError>,
}

pub struct Runtime {
	refuses: Option<SpecError>,
}

sp_api::mock_impl_runtime_apis! {
	impl ComputeApi<Block, AccountId32> for Runtime {
		fn market() -> Market {
			Market {
				block: 1,
				economics: ECONOMICS,
				timing: TIMING,
				blobs: BlobLimits { max_program: 1 << 20, max_blob: 64 << 20 },
				min_bond: 1,
				available: 2,
				jobs: 3,
			}
		}

		fn quote(&self, _spec: JobSpec) -> std::result::Result<Quote, SpecError> {
			match self.refuses {
				Some(error) => Err(error),
				None => Ok(Quote {
					budget: u128::MAX,
					deposit: 7,
					shards: 1,
					commit_window: 5,
					earliest_deadline: 10,
					fitting: 2,
					lowest_ask: Some(Price(3)),
				}),
			}
		}

		#[advanced]
		fn job(_at: Hash, id: JobId) -> std::result::Result<Option<JobView<AccountId32>>, ApiError> {
			match id.0 {
				BROKEN_JOB => Err(ApiError::UnknownBlock("pruned".into())),
				KNOWN_JOB => Ok(Some(job())),
				_ => Ok(None),
			}
		}

		fn jobs(_from: JobId, _limit: u32) -> Vec<JobView<AccountId32>> {
			unreachable!("no method asks for it")
		}

		fn shard(_id: JobId, _shard: ShardIndex) -> Option<ShardView<AccountId32>> {
			unreachable!("no method asks for it")
		}

		fn provider(stash: AccountId32) -> Option<ProviderView<AccountId32>> {
			(stash == account(1)).then(provider)
		}

		fn providers(_after: Option<AccountId32>, _limit: u32) -> Vec<ProviderView<AccountId32>> {
			unreachable!("no method asks for it")
		}

		fn provider_of(worker: AccountId32) -> Option<AccountId32> {
			(worker == account(2)).then(|| account(1))
		}

		fn assignments(worker: AccountId32) -> Vec<Duty<AccountId32>> {
			Vec::from_iter((worker == account(2)).then(duty))
		}
	}
}

impl ProvideRuntimeApi<Block> for Client {
	type Api = Runtime;

	fn runtime_api(&self) -> ApiRef<'_, Runtime> {
		Runtime { refuses: self.refuses }.into()
	}
}

impl HeaderBackend<Block> for Client {
	fn header(&self, _hash: Hash) -> Result<Option<Header>> {
		Ok(None)
	}

	fn info(&self) -> Info<Block> {
		Info {
			best_hash: Default::default(),
			best_number: 0,
			genesis_hash: Default::default(),
			finalized_hash: Default::default(),
			finalized_number: 0,
			finalized_state: None,
			number_leaves: 1,
			block_gap: None,
		}
	}

	fn status(&self, _hash: Hash) -> Result<BlockStatus> {
		Ok(BlockStatus::InChain)
	}

	fn number(&self, _hash: Hash) -> Result<Option<u32>> {
		Ok(Some(0))
	}

	fn hash(&self, _number: u32) -> Result<Option<Hash>> {
		Ok(Some(Default::default()))
	}
}
