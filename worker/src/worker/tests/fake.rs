//! A chain and an engine that do what a test tells them.

use crate::{
	chain::{Chain, Connector, Report, ShardEnd, Terms as ChainTerms, Trouble, Want},
	duty::{Account, Account32, Duty, Provider},
	pipeline::{Fenced, Stop},
};
use bytes::Bytes;
use ergon_client::Spread;
use ergon_executor_core::{Engine, Execution, LocalFault, Outcome, Prepared, Refusal, TaskContext};
use ergon_executor_wasmtime::Wasmtime;
use ergon_primitives::{
	attestation::{Replica, Reveal, ShardAttestation, Terms},
	provider::{ProviderInfo, Reputation},
	BlobId, BlockNumber, Claim, Fuel, Input, JobId, JobSpec, Limits, Operator, Phase, Policy, Price,
	ProviderStatus, Region, ReplicaState, Requirements, ShardIndex, ShardKey,
};
use futures::{
	stream::{self, BoxStream},
	StreamExt,
};
use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicBool, AtomicU32, Ordering},
		Arc, Mutex, MutexGuard,
	},
	time::Duration,
};
use tokio::sync::watch;

pub const STASH: Account32 = [7; 32];
/// Blocks from a draw to the commitment.
pub const WINDOW: BlockNumber = 40;

/// What becomes of submissions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pool {
	/// In the next block.
	Open,
	/// Sent, never included.
	Swallows,
	/// Refused, if more than one thing is in it or it names the job.
	RefusesBatchesAnd(u64),
}

pub struct State {
	pub genesis: [u8; 32],
	pub block: BlockNumber,
	pub duties: Vec<Duty>,
	pub blobs: BTreeMap<BlobId, Vec<u8>>,
	pub pool: Pool,
	pub registered: bool,
	pub status: ProviderStatus,
	/// How often the worker asked for its provider.
	pub asked: u32,
	/// Whether the other replicas have committed, so that an own commitment opens the reveals.
	pub others_committed: bool,
	pub reachable: bool,
	/// The node fails on blobs.
	pub store_fails: bool,
	/// The node takes no blobs.
	pub store_full: bool,
	/// How far the node's blobs are spread.
	pub spread: Spread,
	/// Blobs that were to be spread, with whether all had committed by then.
	pub spreads: Vec<(BlobId, bool)>,
	/// Blobs that were stored, and for which job.
	pub stored: Vec<(BlobId, JobId)>,
	/// Blobs that the node searched the network for.
	pub searched: Vec<BlobId>,
	/// A reveal is the last one of its shard, which ends by it in the same block.
	pub closes: bool,
	/// Shards that ended.
	pub ended: BTreeMap<ShardKey, ShardEnd>,
	/// Everything that was ever sent, included or not.
	pub sent: Vec<Report>,
	pub connections: u32,
}

#[derive(Clone)]
pub struct Fake {
	state: Arc<Mutex<State>>,
	heads: Arc<watch::Sender<(u32, BlockNumber)>>,
}

impl Fake {
	pub fn new() -> Self {
		let state = State {
			genesis: [1; 32],
			block: 100,
			duties: Vec::new(),
			blobs: BTreeMap::new(),
			pool: Pool::Open,
			registered: true,
			status: ProviderStatus::Online,
			asked: 0,
			others_committed: true,
			reachable: true,
			store_fails: false,
			store_full: false,
			spread: Spread { peers: 0, others: 0 },
			spreads: Vec::new(),
			stored: Vec::new(),
			searched: Vec::new(),
			closes: false,
			ended: BTreeMap::new(),
			sent: Vec::new(),
			connections: 0,
		};
		Self { state: Arc::new(Mutex::new(state)), heads: Arc::new(watch::channel((0, 100)).0) }
	}

	pub fn state(&self) -> MutexGuard<'_, State> {
		self.state.lock().unwrap()
	}

	/// Makes blocks.
	pub fn advance(&self, blocks: BlockNumber) {
		let block = {
			let mut state = self.state();
			state.block += blocks;
			state.block
		};
		self.heads.send_modify(|head| head.1 = block);
	}

	/// Ends every connection.
	pub fn disconnect(&self) {
		self.heads.send_modify(|head| head.0 += 1);
	}

	pub fn put(&self, bytes: &[u8]) -> BlobId {
		let id = BlobId::of(bytes);
		self.state().blobs.insert(id, bytes.to_vec());
		id
	}

	/// Draws the worker for a job of so many tasks; what reads a manifest gets one by `input`.
	pub fn draw(&self, job: u64, program: BlobId, input: Input, tasks: u32) -> ShardKey {
		let key = ShardKey { job: JobId(job), shard: ShardIndex(0) };
		let mut state = self.state();
		let phase = Phase::Committing { until: state.block + WINDOW };
		let replica =
			Replica { provider: Account::from(STASH), ask: Price(1), lock: 1, state: ReplicaState::Assigned };
		let fuel = Fuel(1_000_000);
		state.duties.push(Duty {
			key,
			attestation: ShardAttestation {
				terms: Terms {
					quorum: 2,
					max_replicas: 4,
					commit_window: WINDOW,
					reveal_window: 20,
					fuel_limit: fuel,
					value: 1,
				},
				phase,
				trust: 0,
				replicas: vec![replica].try_into().unwrap(),
			},
			spec: JobSpec {
				program,
				input,
				tasks,
				shard_size: tasks,
				limits: Limits { fuel, memory: 1 << 20, output: 1 << 10 },
				args: Default::default(),
				policy: Policy { quorum: 2, max_replicas: 4, adaptive: false },
				max_price: Price(1),
				deadline: 100_000,
				requirements: Requirements { profile: 1, min_speed: 1, region: None },
				tip: 0,
				known: Default::default(),
				hints: Default::default(),
			},
			submitted_time: 5,
			provider: Account::from(STASH),
		});
		key
	}

	/// The state of the worker's replica.
	pub fn own(&self, key: ShardKey) -> ReplicaState {
		let state = self.state();
		let duty = state.duties.iter().find(|duty| duty.key == key).unwrap();
		duty.own().unwrap().state
	}

	pub fn commitments(&self, key: ShardKey) -> Vec<[u8; 32]> {
		let commits = |report: &Report| match report {
			Report::Commit(commits) => commits.clone(),
			Report::Reveal(_) | Report::Resume => Vec::new(),
		};
		let all = self.state().sent.iter().flat_map(commits).collect::<Vec<_>>();
		all.into_iter().filter(|(of, _)| *of == key).map(|(_, commitment)| commitment).collect()
	}

	pub fn reveals(&self, key: ShardKey) -> Vec<Reveal> {
		let reveals = |report: &Report| match report {
			Report::Reveal(reveals) => reveals.clone(),
			Report::Commit(_) | Report::Resume => Vec::new(),
		};
		let all = self.state().sent.iter().flat_map(reveals).collect::<Vec<_>>();
		all.into_iter().filter(|reveal| reveal.key == key).collect()
	}

	/// How many resumes were sent.
	pub fn resumes(&self) -> usize {
		self.state().sent.iter().filter(|report| **report == Report::Resume).count()
	}
}

impl State {
	fn include(&mut self, report: &Report) -> Result<(), Trouble> {
		let now = self.block + 1;
		let refused = |why: &str| Err(Trouble::Refused(why.into()));
		let keys: Vec<_> = match report {
			Report::Commit(commits) => commits.iter().map(|(key, _)| *key).collect(),
			Report::Reveal(reveals) => reveals.iter().map(|reveal| reveal.key).collect(),
			Report::Resume => match self.status {
				ProviderStatus::Suspended { until } if now >= until && self.pool == Pool::Open => {
					self.status = ProviderStatus::Online;
					return Ok(());
				},
				_ => return refused("inability to pay"),
			},
		};
		if let Pool::RefusesBatchesAnd(job) = self.pool {
			if keys.len() > 1 || keys.contains(&ShardKey { job: JobId(job), shard: ShardIndex(0) }) {
				return refused("told to");
			}
		}
		let closes = self.closes;
		for (place, key) in keys.iter().enumerate() {
			let Some(duty) = self.duties.iter_mut().find(|duty| duty.key == *key) else {
				return refused("not open");
			};
			let own = &mut duty.attestation.replicas[0];
			match (report, own.state, duty.attestation.phase) {
				(Report::Commit(commits), ReplicaState::Assigned, Phase::Committing { until })
					if now <= until =>
				{
					own.state = ReplicaState::Committed(commits[place].1);
					if self.others_committed {
						duty.attestation.phase = Phase::Revealing { until: now + 20 };
					}
				},
				(Report::Reveal(reveals), ReplicaState::Committed(_), Phase::Revealing { until })
					if now <= until =>
				{
					own.state = ReplicaState::Revealed(reveals[place].claim);
					if let (true, Claim::Computed { outcomes, .. }) = (closes, reveals[place].claim) {
						self.ended.insert(*key, ShardEnd::Agreed(outcomes));
						self.duties.retain(|duty| duty.key != *key);
					}
				},
				_ => return refused("not due"),
			}
		}
		Ok(())
	}
}

impl Connector for Fake {
	type Chain = Fake;

	async fn connect(&self) -> Result<Fake, Trouble> {
		let mut state = self.state();
		if !state.reachable {
			return Err(Trouble::Lost("unreachable".into()));
		}
		state.connections += 1;
		Ok(self.clone())
	}
}

impl Chain for Fake {
	fn genesis(&self) -> [u8; 32] {
		self.state().genesis
	}

	async fn terms(&self) -> Result<ChainTerms, Trouble> {
		Ok(ChainTerms { block_time: Duration::from_secs(1), blobs: Default::default() })
	}

	async fn best_block(&self) -> Result<BlockNumber, Trouble> {
		Ok(self.state().block)
	}

	async fn best_blocks(&self) -> Result<BoxStream<'static, Result<BlockNumber, Trouble>>, Trouble> {
		let heads = self.heads.subscribe();
		let connection = heads.borrow().0;
		Ok(stream::unfold(heads, move |mut heads| async move {
			heads.changed().await.ok()?;
			let (current, block) = *heads.borrow_and_update();
			let item = if current == connection { Ok(block) } else { Err(Trouble::Lost("cut".into())) };
			Some((item, heads))
		})
		.boxed())
	}

	async fn assignments(&self, _: &Account) -> Result<Vec<Duty>, Trouble> {
		Ok(self.state().duties.clone())
	}

	async fn employer(&self, worker: &Account) -> Result<Option<Provider>, Trouble> {
		let mut state = self.state();
		state.asked += 1;
		let info = ProviderInfo {
			slots: 2,
			ask: Price(1),
			memory: 1,
			profiles: Default::default(),
			speed: 1,
			region: Region::UNSAID,
			addresses: Default::default(),
		};
		let provider = Provider {
			stash: Account::from(STASH),
			worker: *worker,
			operator: Operator::Itself,
			info,
			status: state.status,
			bond: 1,
			locked: 0,
			unbonding: None,
			busy: 0,
			reputation: Reputation { streak: 3, ..Default::default() },
			earned: 0,
		};
		Ok(state.registered.then_some(provider))
	}

	async fn shard_end(&self, key: ShardKey) -> Result<ShardEnd, Trouble> {
		let state = self.state();
		let open = state.duties.iter().any(|duty| duty.key == key);
		Ok(state.ended.get(&key).copied().unwrap_or(if open { ShardEnd::Open } else { ShardEnd::Gone }))
	}

	async fn get_blob(&self, id: BlobId, want: Want) -> Result<Option<Vec<u8>>, Trouble> {
		let mut state = self.state();
		if state.store_fails {
			return Err(Trouble::Refused("the disk is broken".into()));
		}
		let found = state.blobs.get(&id).cloned();
		if found.is_none() {
			state.searched.push(id);
		}
		Ok(found.filter(|bytes| bytes.len() as u64 <= want.limit))
	}

	async fn put_blob(&self, bytes: Bytes, job: JobId) -> Result<BlobId, Trouble> {
		if self.state().store_fails || self.state().store_full {
			return Err(Trouble::Refused("the disk is broken".into()));
		}
		let id = self.put(&bytes);
		self.state().stored.push((id, job));
		Ok(id)
	}

	async fn has_blob(&self, id: BlobId) -> Result<bool, Trouble> {
		Ok(self.state().blobs.contains_key(&id))
	}

	async fn spread_blob(&self, id: BlobId, job: JobId) -> Result<Spread, Trouble> {
		let mut state = self.state();
		let asked = state.duties.iter().find(|duty| duty.key.job == job);
		let revealing = asked.is_none_or(|duty| matches!(duty.attestation.phase, Phase::Revealing { .. }));
		state.spreads.push((id, revealing));
		Ok(state.spread)
	}

	async fn submit(&self, report: Report) -> Result<BlockNumber, Trouble> {
		let pool = {
			let mut state = self.state();
			state.sent.push(report.clone());
			state.pool
		};
		if pool == Pool::Swallows {
			return std::future::pending().await;
		}
		self.state().include(&report)?;
		self.advance(1);
		Ok(self.state().block)
	}
}

/// Runs programs that are words: `echo`, `refused`, `fault`, `once` (faults once), `late` (meets the fence), `panic`,
/// `gate` (echoes when it is opened).
#[derive(Clone, Default)]
pub struct Words {
	/// Added to the fuel of each task: makes two engines disagree.
	pub bias: u64,
	pub gate: Arc<AtomicBool>,
	pub runs: Arc<AtomicU32>,
	pub prepared: Arc<AtomicU32>,
}

impl Fenced for Words {
	fn within(&self, _: Duration, _: &Stop) -> Self {
		self.clone()
	}
}

impl Engine for Words {
	type Program = Vec<u8>;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Vec<u8>>, LocalFault> {
		self.prepared.fetch_add(1, Ordering::SeqCst);
		match module {
			b"refused" => Ok(Prepared::Refused(Refusal::NotWasm)),
			_ => Ok(Prepared::Ready(module.to_vec())),
		}
	}

	fn run(&self, program: &Vec<u8>, context: &TaskContext, input: &[u8]) -> Result<Execution, LocalFault> {
		let runs = self.runs.fetch_add(1, Ordering::SeqCst);
		match program.as_slice() {
			b"fault" => return Err(LocalFault::Engine("told to".into())),
			b"once" if runs == 0 => return Err(LocalFault::Engine("told to, once".into())),
			b"late" => return Err(LocalFault::Fenced { millis: 1 }),
			b"panic" => panic!("told to"),
			b"gate" => {
				while !self.gate.load(Ordering::SeqCst) {
					std::thread::sleep(Duration::from_millis(1));
				}
			},
			_ => {},
		}
		let outcome = Outcome::Exited {
			code: 0,
			output: BlobId::of(input),
			output_len: input.len() as u32,
			fuel: Fuel(10 + u64::from(context.task.0) + self.bias),
		};
		Ok(Execution { outcome, output: input.to_vec(), stderr: b"said".to_vec() })
	}
}

/// The engine itself, in this process: what a child process does with it, `tests/` shows.
#[derive(Clone)]
pub struct InProcess(pub Wasmtime);

impl Fenced for InProcess {
	fn within(&self, _: Duration, _: &Stop) -> Self {
		self.clone()
	}
}

impl Engine for InProcess {
	type Program = <Wasmtime as Engine>::Program;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Self::Program>, LocalFault> {
		self.0.prepare(module)
	}

	fn run(
		&self,
		program: &Self::Program,
		context: &TaskContext,
		input: &[u8],
	) -> Result<Execution, LocalFault> {
		self.0.run(program, context, input)
	}
}
