//! Which blobs the chain refers to, and who may put some.

use super::market::Questions;
use ergon_blobs::{References, MAX_BLOB};
use ergon_gateway::Standing;
use ergon_primitives::{views::JobView, Balance, BlobId, Input, JobId};
use ergon_runtime::AccountId;
use sp_consensus::SyncOracle;
use std::{
	collections::BTreeMap,
	sync::{
		atomic::{AtomicU64, Ordering::Relaxed},
		Arc, Mutex, MutexGuard, PoisonError,
	},
	time::{Duration, Instant},
};
use tracing::debug;

/// How often all jobs are read again: pruned ones are noticed then.
const AGAIN: Duration = Duration::from_secs(60);
/// The bytes of a small order, of which the deposit is a measure of standing.
const SMALL_ORDER: u32 = 256;

/// The chain's jobs as the blob store and the gateway see them.
///
/// An order never changes, so that those of final blocks are read once a minute only, to notice which were pruned; later ones
/// are read anew each time, since another fork may have others under the same numbers.
pub struct Jobs<Q> {
	chain: Q,
	genesis: [u8; 32],
	max_blob: AtomicU64,
	seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
	jobs: BTreeMap<JobId, Named>,
	/// All jobs of lower numbers are in final blocks.
	settled: JobId,
	/// When all were read.
	read: Option<Instant>,
	/// The deposit for a small order, and when it was asked for.
	deposit: Option<(Balance, Instant)>,
}

/// What matters of a job.
struct Named {
	owner: AccountId,
	program: BlobId,
	input: Input,
	submitted_at: u32,
}

impl From<JobView<AccountId>> for Named {
	fn from(job: JobView<AccountId>) -> Self {
		let JobView { owner, spec, submitted_at, .. } = job;
		Self { owner, program: spec.program, input: spec.input, submitted_at }
	}
}

impl<Q: Questions> Jobs<Q> {
	/// Of the chain with that genesis hash.
	pub fn new(chain: Q, genesis: [u8; 32]) -> Self {
		Self { chain, genesis, max_blob: AtomicU64::new(MAX_BLOB), seen: Mutex::default() }
	}

	/// Reads again what is asked for too often to ask the chain each time.
	pub fn refresh(&self) {
		match self.chain.market() {
			Ok(market) => self.max_blob.store(market.blobs.max_blob.min(MAX_BLOB), Relaxed),
			Err(error) => debug!(%error, "the chain did not say how large blobs may be"),
		}
	}

	/// Tells how to know whether the chain is still being fetched.
	pub fn follow(&self, sync: Arc<dyn SyncOracle + Send + Sync>) {
		self.chain.follow(sync);
	}

	/// Who owns a job.
	pub fn owner_of(&self, job: JobId) -> Result<Option<AccountId>, String> {
		Ok(self.chain.job(job)?.map(|job| job.owner))
	}

	fn seen(&self) -> MutexGuard<'_, Seen> {
		// What is in it is replaced whole.
		self.seen.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// The jobs of now.
	fn read(&self) -> Result<MutexGuard<'_, Seen>, String> {
		let mut seen = self.seen();
		let all = seen.read.is_none_or(|read| read.elapsed() >= AGAIN);
		let from = if all { JobId(0) } else { seen.settled };
		let finalized = self.chain.finalized();
		let mut found = BTreeMap::new();
		let mut next = from;
		// Ends with the chain's jobs, each of which somebody pays a deposit for: numbers only grow.
		loop {
			let page = self.chain.jobs(next)?;
			let full = page.len() >= self.chain.page();
			let last = page.iter().map(|job| job.id).max();
			found.extend(page.into_iter().map(|job| (job.id, Named::from(job))));
			match last {
				Some(last) if full && last >= next => next = JobId(last.0.saturating_add(1)),
				_ => break,
			}
		}
		seen.jobs.split_off(&from);
		seen.jobs.append(&mut found);
		let open = seen.jobs.iter().find(|(_, job)| job.submitted_at > finalized).map(|(id, _)| *id);
		let end = seen.jobs.last_key_value().map_or(from, |(id, _)| JobId(id.0.saturating_add(1)));
		seen.settled = open.unwrap_or(end);
		if all {
			seen.read = Some(Instant::now());
		}
		Ok(seen)
	}

	/// What a small order's deposit is.
	fn deposit(&self) -> Result<Balance, String> {
		if let Some((deposit, at)) = self.seen().deposit {
			if at.elapsed() < AGAIN {
				return Ok(deposit);
			}
		}
		let economics = self.chain.market()?.economics;
		let deposit = economics.deposit(SMALL_ORDER, 1).unwrap_or(Balance::MAX);
		self.seen().deposit = Some((deposit, Instant::now()));
		Ok(deposit)
	}

	fn has_a_job(&self, account: &AccountId) -> Result<bool, String> {
		Ok(self.read()?.jobs.values().any(|job| job.owner == *account))
	}
}

impl<Q: Questions> References for Jobs<Q> {
	fn job_exists(&self, job: JobId) -> Result<bool, String> {
		if self.chain.job(job)?.is_some() {
			return Ok(true);
		}
		// A chain that is behind may not have it yet.
		self.chain.is_current()?;
		Ok(false)
	}

	fn visit(&self, visit: &mut dyn FnMut(BlobId, bool)) -> Result<(), String> {
		self.chain.is_current()?;
		for job in self.read()?.jobs.values() {
			visit(job.program, false);
			visit(job.input.blob(), matches!(job.input, Input::Manifest(_)));
		}
		Ok(())
	}
}

impl<Q: Questions> ergon_gateway::Chain for Jobs<Q> {
	fn genesis(&self) -> [u8; 32] {
		self.genesis
	}

	fn max_blob(&self) -> u64 {
		self.max_blob.load(Relaxed)
	}

	fn owner(&self, job: JobId) -> Result<Option<AccountId>, String> {
		self.owner_of(job)
	}

	fn standing(&self, account: &AccountId) -> Result<Standing, String> {
		if self.chain.is_provider(account)? {
			return Ok(Standing::Provider);
		}
		match self.chain.balance(account)? > self.deposit()? || self.has_a_job(account)? {
			true => Ok(Standing::Client),
			false => Ok(Standing::Stranger),
		}
	}
}
