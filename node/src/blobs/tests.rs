//! What store and gateway are told, over a chain that answers from a table.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

use super::{Jobs, Questions};
use ergon_blobs::References;
use ergon_gateway::{Chain as _, Standing};
use ergon_primitives::{
	job::Requirements,
	samples::{ECONOMICS, TIMING},
	views::{JobState, JobView, Market, Progress},
	Balance, BlobId, BlobLimits, Fuel, Input, JobId, JobSpec, Limits, Policy, Price, PROFILE_1,
};
use ergon_runtime::AccountId;
use sp_consensus::SyncOracle;
use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicU32, Ordering::Relaxed},
		Arc, Mutex,
	},
};

#[derive(Default)]
struct Table {
	jobs: Mutex<BTreeMap<u64, JobView<AccountId>>>,
	finalized: AtomicU32,
	pages: AtomicU32,
	behind: Mutex<bool>,
}

type Fake = Arc<Table>;

impl Questions for Fake {
	fn jobs(&self, from: JobId) -> Result<Vec<JobView<AccountId>>, String> {
		self.pages.fetch_add(1, Relaxed);
		Ok(self.jobs.lock().unwrap().range(from.0..).take(3).map(|(_, job)| job.clone()).collect())
	}

	fn page(&self) -> usize {
		3
	}

	fn job(&self, id: JobId) -> Result<Option<JobView<AccountId>>, String> {
		Ok(self.jobs.lock().unwrap().get(&id.0).cloned())
	}

	fn market(&self) -> Result<Market, String> {
		let economics =
			ergon_primitives::money::Economics { deposit_base: 100, deposit_per_shard: 11, ..ECONOMICS };
		let blobs = BlobLimits { max_program: 1, max_blob: 5 << 20 };
		Ok(Market { block: 1, economics, timing: TIMING, blobs, min_bond: 1, available: 0, jobs: 0 })
	}

	fn is_provider(&self, account: &AccountId) -> Result<bool, String> {
		Ok(*account == who(9))
	}

	fn balance(&self, account: &AccountId) -> Result<Balance, String> {
		Ok(if *account == who(8) { 112 } else { 111 })
	}

	fn follow(&self, _: Arc<dyn SyncOracle + Send + Sync>) {}

	fn finalized(&self) -> u32 {
		self.finalized.load(Relaxed)
	}

	fn is_current(&self) -> Result<(), String> {
		match *self.behind.lock().unwrap() {
			true => Err("behind".into()),
			false => Ok(()),
		}
	}
}

fn who(n: u8) -> AccountId {
	[n; 32].into()
}

fn blob(name: String) -> BlobId {
	BlobId::of(name.as_bytes())
}

fn job(id: u64, version: u32) -> JobView<AccountId> {
	let input = blob(format!("input {id} {version}"));
	let input = if id.is_multiple_of(2) { Input::Single(input) } else { Input::Manifest(input) };
	JobView {
		id: JobId(id),
		owner: who(id as u8),
		spec: JobSpec {
			program: blob("program".into()),
			input,
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
		},
		submitted_at: id as u32,
		submitted_time: 2,
		state: JobState::Queued,
		progress: Progress::default(),
		deposit: 3,
	}
}

fn chain(jobs: u64) -> (Fake, Jobs<Fake>) {
	let table = Fake::default();
	table.jobs.lock().unwrap().extend((0..jobs).map(|id| (id, job(id, 0))));
	(table.clone(), Jobs::new(table, [7; 32]))
}

/// The inputs that are named, and whether each is a manifest.
fn visited(jobs: &Jobs<Fake>) -> Vec<(BlobId, bool)> {
	let mut seen = Vec::new();
	jobs.visit(&mut |blob, manifest| seen.push((blob, manifest))).unwrap();
	let programs = seen.iter().filter(|(id, manifest)| *id == blob("program".into()) && !manifest).count();
	assert_eq!(2 * programs, seen.len());
	seen.retain(|(id, _)| *id != blob("program".into()));
	seen
}

fn named(jobs: impl IntoIterator<Item = (u64, u32)>) -> Vec<(BlobId, bool)> {
	let input = |(id, version)| (blob(format!("input {id} {version}")), id % 2 == 1);
	jobs.into_iter().map(input).collect()
}

#[test]
fn every_job_of_the_chain_should_be_visited() {
	for count in [0, 1, 2, 3, 4, 6, 10] {
		let (_, jobs) = chain(count);
		assert_eq!(visited(&jobs), named((0..count).map(|id| (id, 0))), "{count}");
		assert_eq!(visited(&jobs), named((0..count).map(|id| (id, 0))), "{count}");
	}
}

#[test]
fn final_jobs_should_not_be_read_again_at_once() {
	let (table, jobs) = chain(10);
	table.finalized.store(100, Relaxed);
	visited(&jobs);
	assert_eq!(table.pages.swap(0, Relaxed), 4);
	assert_eq!(visited(&jobs).len(), 10);
	assert_eq!(table.pages.swap(0, Relaxed), 1);
	table.jobs.lock().unwrap().insert(10, job(10, 0));
	assert_eq!(visited(&jobs).len(), 11);
}

#[test]
fn other_fork_should_be_noticed() {
	let (table, jobs) = chain(6);
	table.finalized.store(3, Relaxed);
	visited(&jobs);
	// Jobs 0 to 3 are final; a fork has others from 4 on, and no 5.
	table.jobs.lock().unwrap().insert(4, job(4, 1));
	table.jobs.lock().unwrap().remove(&5);
	assert_eq!(visited(&jobs), named([(0, 0), (1, 0), (2, 0), (3, 0), (4, 1)]));
}

#[test]
fn chain_that_is_behind_should_say_so() {
	let (table, jobs) = chain(2);
	*table.behind.lock().unwrap() = true;
	assert_eq!(jobs.visit(&mut |_, _| unreachable!()), Err("behind".into()));
	// What is there is there; what is not may come.
	assert_eq!(jobs.job_exists(JobId(1)), Ok(true));
	assert_eq!(jobs.job_exists(JobId(2)), Err("behind".into()));
	*table.behind.lock().unwrap() = false;
	assert_eq!(jobs.job_exists(JobId(2)), Ok(false));
}

#[test]
fn standing_should_come_from_bond_balance_or_jobs() {
	let (_, jobs) = chain(3);
	assert_eq!(jobs.standing(&who(9)), Ok(Standing::Provider));
	// More than the deposit of 111, and not just as much.
	assert_eq!(jobs.standing(&who(8)), Ok(Standing::Client));
	assert_eq!(jobs.standing(&who(2)), Ok(Standing::Client));
	assert_eq!(jobs.standing(&who(3)), Ok(Standing::Stranger));
	assert_eq!(jobs.owner(JobId(2)), Ok(Some(who(2))));
	assert_eq!(jobs.owner(JobId(3)), Ok(None));
}

#[test]
fn limit_should_be_the_chains() {
	let (_, jobs) = chain(0);
	assert_eq!(jobs.max_blob(), ergon_blobs::MAX_BLOB);
	jobs.refresh();
	assert_eq!(jobs.max_blob(), 5 << 20);
}
