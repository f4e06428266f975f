//! What the worker has before it: the last look at the chain, the journal, and what is running.

use crate::{
	duty::{Duty, DutyId},
	journal::{Journal, JournalError, Stage},
	keep::Swept,
	metrics::Metrics,
	pipeline::{report::Tries, Done, Halt, StopHandle},
	plan::{plan, Alarm, Plan, View, Work},
	random::random,
};
use ergon_primitives::{BlobId, BlockNumber, Claim};
use std::collections::{BTreeMap, BTreeSet};

/// The state of a worker on one chain. All decisions are [`plan()`]'s; this carries them out as far as it can without
/// the network.
pub(super) struct Desk {
	pub genesis: [u8; 32],
	pub tries: Tries,
	/// The block of the last look.
	pub now: BlockNumber,
	/// The duties at the last look.
	pub duties: Vec<Duty>,
	journal: Journal,
	/// Results that nobody has to keep any more.
	released: BTreeSet<DutyId>,
	work: BTreeMap<DutyId, Work>,
	stops: BTreeMap<DutyId, StopHandle>,
	warned: BTreeSet<(DutyId, Alarm)>,
	metrics: Metrics,
}

impl Desk {
	pub fn new(genesis: [u8; 32], journal: Journal, metrics: Metrics) -> Self {
		Self {
			genesis,
			tries: Tries::default(),
			now: 0,
			duties: Vec::new(),
			journal,
			released: BTreeSet::new(),
			work: BTreeMap::new(),
			stops: BTreeMap::new(),
			warned: BTreeSet::new(),
			metrics,
		}
	}

	/// Takes over the slots that the work of another chain still occupies.
	pub fn inherit(&mut self, other: Self) {
		let running = other.work.into_iter().filter(|(_, work)| *work != Work::Abstained);
		self.work.extend(running.map(|(id, _)| (id, Work::Stopping)));
		// Dropping the handles stops what runs.
	}

	/// Takes in what the chain says.
	pub fn look(&mut self, now: BlockNumber, duties: Vec<Duty>) {
		self.journal.seen(duties.iter().map(DutyId::of), now);
		self.now = now;
		self.duties = duties;
	}

	/// Makes the plan, and carries out what needs no network: journal, stops, words to the operator.
	pub fn settle(&mut self, slots: usize, draining: bool) -> Plan {
		let plan = plan(&View {
			genesis: &self.genesis,
			now: self.now,
			duties: &self.duties,
			entries: self.journal.entries(),
			released: &self.released,
			work: &self.work,
			slots,
			draining,
		});
		// Neither makes a later step wrong if it fails: claim and salt are on disk already.
		if let Err(error) = self.journal.advance(&plan.advanced, self.now) {
			tracing::error!(%error, "the journal does not take the progress of shards");
		}
		if let Err(error) = self.journal.prune(&plan.prune) {
			tracing::error!(%error, "the journal does not forget old shards");
		}
		for id in &plan.prune {
			self.released.remove(id);
		}
		for id in &plan.stop {
			tracing::info!(shard = %id, "the shard needs no result of this worker any more; its work is thrown away");
			self.work.insert(*id, Work::Stopping);
			self.stops.remove(id);
		}
		for id in &plan.forget {
			self.work.remove(id);
		}
		let alarms: BTreeSet<_> = plan.alarms.iter().copied().collect();
		for (id, alarm) in alarms.difference(&self.warned) {
			sound(id, *alarm);
		}
		self.warned = alarms;
		self.tries.retain(&plan);
		self.count();
		plan
	}

	/// A shard has a slot now, for its result or, `again`, for the blobs of a result that there is.
	pub fn started(&mut self, id: DutyId, stop: StopHandle, again: bool) {
		self.work.insert(id, if again { Work::Again } else { Work::Running });
		self.stops.insert(id, stop);
		self.count();
	}

	/// A shard's slot is free again. Its result is written down before anything else can happen to it; waiting for the
	/// disk here, in the one task that decides, is the point.
	pub fn done(&mut self, id: DutyId, result: Result<Done, Halt>) {
		let work = self.work.remove(&id);
		self.stops.remove(&id);
		self.count();
		if work == Some(Work::Again) {
			return self.done_again(id, result);
		}
		let mut stored = true;
		let claim = match result {
			_ if work != Some(Work::Running) => return self.ended("stopped"),
			Err(Halt::Stopped) => return self.ended("stopped"),
			Err(Halt::Fault(fault)) => {
				tracing::error!(
					shard = %id, %fault,
					"this machine cannot work on the shard and abstains; for that the chain takes a part of what is locked for it"
				);
				return self.abstain(id);
			},
			Err(Halt::Unavailable(blob)) => {
				tracing::warn!(shard = %id, %blob, "a blob cannot be had; claiming that it is unavailable");
				self.ended("unavailable");
				Claim::Unavailable
			},
			Ok(done) => {
				let Done { claim, .. } = done;
				tracing::info!(shard = %id, ?claim, "computed");
				self.ended("computed");
				stored = done.stored;
				claim
			},
		};
		let salt = match random() {
			Ok(salt) => salt,
			Err(error) => {
				tracing::error!(shard = %id, %error, "the operating system gives no randomness; abstaining");
				return self.abstain(id);
			},
		};
		match self.journal.computed(id, claim, salt, self.now) {
			Ok(()) if stored => self.stored(&[id]),
			Ok(()) => {},
			Err(error @ JournalError::Taken(_)) => tracing::warn!(%error, "a second result"),
			Err(error) => {
				tracing::error!(shard = %id, %error, "nothing is committed that is not in the journal; abstaining");
				self.abstain(id);
			},
		}
	}

	/// The blobs of a result that was promised were made again.
	fn done_again(&mut self, id: DutyId, result: Result<Done, Halt>) {
		let promised = self.journal.entries().get(&id).map(|entry| entry.claim);
		match result {
			Ok(Done { claim, stored }) if promised == Some(claim) => {
				tracing::info!(shard = %id, stored, "the lost outputs were computed again");
				if stored {
					self.stored(&[id]);
				}
			},
			Ok(Done { claim, .. }) => {
				tracing::error!(shard = %id, ?claim, ?promised, "computed again, the shard has another result; the promise stays")
			},
			Err(Halt::Stopped) => {},
			Err(halt) => tracing::error!(shard = %id, ?halt, "the lost outputs could not be computed again"),
		}
	}

	/// The node has confirmed that it holds these results.
	pub fn stored(&mut self, ids: &[DutyId]) {
		// After a restart they are merely looked at once more.
		if let Err(error) = self.journal.stored(ids) {
			tracing::error!(%error, "the journal does not take what the node holds");
		}
	}

	/// Takes in a look at what the node holds.
	pub fn swept(&mut self, swept: Swept) {
		self.released.extend(swept.released);
		self.stored(&swept.held);
	}

	/// The results that the node should hold, those first of which it is not known.
	pub fn to_sweep(&self) -> Vec<(DutyId, BlobId)> {
		let entries = self.journal.entries();
		let open: BTreeSet<_> = self.duties.iter().map(DutyId::of).collect();
		let mut results: Vec<_> = entries
			.iter()
			.filter(|(id, entry)| {
				// Of an open shard, what the node has confirmed is looked at when it is revealed.
				!(entry.stored && open.contains(id))
					&& (entry.stage != Stage::Computed || open.contains(id))
					&& !self.released.contains(id)
					&& !self.work.contains_key(id)
			})
			.filter_map(|(id, entry)| match entry.claim {
				Claim::Computed { outcomes, .. } => Some((entry.stored, *id, outcomes)),
				_ => None,
			})
			.collect();
		results.sort();
		results.into_iter().map(|(_, id, list)| (id, list)).collect()
	}

	/// Whether a slot is at work for this duty.
	pub fn is_busy(&self, id: &DutyId) -> bool {
		self.work.contains_key(id)
	}

	/// Slots at work.
	pub fn busy(&self) -> usize {
		self.work.values().filter(|work| **work != Work::Abstained).count()
	}

	fn abstain(&mut self, id: DutyId) {
		self.work.insert(id, Work::Abstained);
		self.ended("fault");
	}

	fn ended(&self, how: &str) {
		self.metrics.shards.with_label_values(&[how]).inc();
	}

	fn count(&self) {
		self.metrics.running.set(self.busy() as u64);
	}
}

/// Tells the operator, in words that say what it means and what to do.
fn sound(id: &DutyId, alarm: Alarm) {
	match alarm {
		Alarm::Unknown => tracing::error!(
			shard = %id,
			"the chain has a commitment of this worker that its journal does not know, so it cannot be opened and a part of \
			 the bond will be lost; was the data folder lost or changed, or does another machine use this key?"
		),
		Alarm::Mismatch => tracing::error!(
			shard = %id,
			"the chain has another commitment than this worker's journal; another machine uses this key: stop one of them"
		),
		Alarm::TooLateToCommit => tracing::warn!(
			shard = %id,
			"the time to commit has passed; if this happens often, register a lower --speed or fewer --slots"
		),
		Alarm::TooLateToReveal => tracing::error!(shard = %id, "the time to reveal has passed"),
		Alarm::Absent => {
			tracing::warn!(shard = %id, "the chain has recorded that this worker did not commit")
		},
		Alarm::Silent => {
			tracing::error!(shard = %id, "the chain has recorded that this worker did not reveal")
		},
	}
}
