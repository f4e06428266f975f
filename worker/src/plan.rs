//! What is to be done now: a pure function of what the chain says, what the journal says, and what is running.
//!
//! Nothing here remembers anything. Whatever was lost on the way, a submission, a connection or the whole process, the
//! next look at the state gives the right next step again. Two rules hold whatever the chain says:
//! - what is committed for a duty is always made of the journal's one claim and salt for it;
//! - nothing is revealed before the chain has the commitment to exactly that and asks for it.

use crate::{
	duty::{Duty, DutyId},
	journal::{Entries, Stage},
};
use ergon_primitives::{attestation::Reveal, BlockNumber, Claim, Phase, ReplicaState};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks for which an entry is kept after its duty was last seen: far longer than any reorganisation that a best
/// block can go through, so that a duty that comes back finds its promise. A result that was committed to is kept until
/// the chain does not refer to it: a shard may be over as soon as the last reveal is in a block, and be seen no more.
pub const KEEP: BlockNumber = 512;

/// What the worker does with a duty at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
	/// A task of it is running or its blobs are being fetched.
	Running,
	/// Its result is not wanted any more, but its thread is not done yet.
	Stopping,
	/// Given up after faults of this machine.
	Abstained,
	/// Its blobs, which were lost, are made again for the reveal.
	Again,
}

/// All that a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
	/// The chain.
	pub genesis: &'a [u8; 32],
	/// A best block that is no newer than the duties.
	pub now: BlockNumber,
	/// The open duties.
	pub duties: &'a [Duty],
	/// The journal.
	pub entries: &'a Entries,
	/// Results that nobody has to keep any more.
	pub released: &'a BTreeSet<DutyId>,
	/// What is being done.
	pub work: &'a BTreeMap<DutyId, Work>,
	/// Shards that may run at a time.
	pub slots: usize,
	/// Whether the worker is shutting down: nothing new is started.
	pub draining: bool,
}

/// Something due on the chain, and the last block in which it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due<T> {
	/// The duty.
	pub id: DutyId,
	/// The last block in which it counts.
	pub until: BlockNumber,
	/// What is due.
	pub what: T,
}

/// Something that a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
	/// The chain has a commitment of this worker that the journal does not know: the journal was lost, or the key is
	/// used elsewhere. It cannot be opened.
	Unknown,
	/// The chain has another commitment than the journal's: the key is used elsewhere.
	Mismatch,
	/// The deadline for the commitment passed.
	TooLateToCommit,
	/// The deadline for the reveal passed.
	TooLateToReveal,
	/// The chain has recorded that nothing was committed.
	Absent,
	/// The chain has recorded that nothing was revealed.
	Silent,
}

/// What to do, each list in the order in which it should be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
	/// Places in [`View::duties`] of the duties to begin with.
	pub start: Vec<usize>,
	/// Running work that nobody waits for any more.
	pub stop: Vec<DutyId>,
	/// Commitments that are due.
	pub commits: Vec<Due<[u8; 32]>>,
	/// Reveals that are due.
	pub reveals: Vec<Due<Reveal>>,
	/// Entries that the chain was seen to have advanced.
	pub advanced: Vec<(DutyId, Stage)>,
	/// Entries to forget.
	pub prune: Vec<DutyId>,
	/// Given-up duties that are gone.
	pub forget: Vec<DutyId>,
	/// What a person should know; the same at every look until it changes.
	pub alarms: Vec<(DutyId, Alarm)>,
	/// Promises that the chain still waits for, now or later.
	pub open: usize,
}

/// Makes the plan.
pub fn plan(view: &View<'_>) -> Plan {
	let mut plan = Plan::default();
	// With the block until which the result counts, to start the most urgent first.
	let mut startable = Vec::new();
	let mut wanted = BTreeSet::new();
	let ids: Vec<_> = view.duties.iter().map(DutyId::of).collect();
	for (place, (duty, &id)) in view.duties.iter().zip(&ids).enumerate() {
		let Some(own) = duty.own() else { continue };
		match own.state {
			ReplicaState::Assigned => {
				if let Some(until) = assigned(view, &mut plan, duty, id) {
					wanted.insert(id);
					startable.push((until, place, id));
				}
			},
			ReplicaState::Committed(commitment) => committed(view, &mut plan, duty, id, commitment),
			ReplicaState::Revealed(_) => advance(view, &mut plan, id, Stage::Revealed),
			ReplicaState::Absent => plan.alarms.push((id, Alarm::Absent)),
			ReplicaState::Silent => plan.alarms.push((id, Alarm::Silent)),
		}
	}
	let known: BTreeSet<_> = ids.into_iter().collect();
	let mut busy = 0;
	for (id, work) in view.work {
		match work {
			Work::Running if !wanted.contains(id) => {
				plan.stop.push(*id);
				busy += 1;
			},
			Work::Again if !known.contains(id) => {
				plan.stop.push(*id);
				busy += 1;
			},
			Work::Running | Work::Stopping | Work::Again => busy += 1,
			Work::Abstained if !known.contains(id) => plan.forget.push(*id),
			Work::Abstained => {},
		}
	}
	if !view.draining {
		startable.retain(|(_, _, id)| !view.work.contains_key(id));
		startable.sort();
		let free = view.slots.saturating_sub(busy);
		plan.start = startable.into_iter().take(free).map(|(_, place, _)| place).collect();
	}
	plan.commits.sort_by_key(|due| due.until);
	plan.reveals.sort_by_key(|due| due.until);
	plan.prune = view
		.entries
		.iter()
		.filter(|(id, entry)| {
			let kept = entry.stage != Stage::Computed
				&& matches!(entry.claim, Claim::Computed { .. })
				&& !view.released.contains(id);
			view.now > entry.seen.saturating_add(KEEP) && !known.contains(id) && !kept
		})
		.map(|(id, _)| *id)
		.collect();
	plan
}

/// A duty that nothing is committed for. Returns the deadline if it still has to be worked on.
fn assigned(view: &View<'_>, plan: &mut Plan, duty: &Duty, id: DutyId) -> Option<BlockNumber> {
	let entry = view.entries.get(&id);
	if entry.is_some_and(|entry| entry.stage != Stage::Computed) {
		// The block that had the commitment is no longer part of the chain.
		plan.advanced.push((id, Stage::Computed));
	}
	let Phase::Committing { until } = duty.attestation.phase else {
		plan.alarms.push((id, Alarm::TooLateToCommit));
		return None;
	};
	// What is sent now is in the next block at the earliest.
	if view.now >= until {
		plan.alarms.push((id, Alarm::TooLateToCommit));
		return None;
	}
	let Some(entry) = entry else { return Some(until) };
	plan.open += 1;
	plan.commits.push(Due { id, until, what: id.commitment(view.genesis, &entry.claim, &entry.salt) });
	None
}

/// A duty that the chain has a commitment for.
fn committed(view: &View<'_>, plan: &mut Plan, duty: &Duty, id: DutyId, commitment: [u8; 32]) {
	let Some(entry) = view.entries.get(&id) else {
		plan.alarms.push((id, Alarm::Unknown));
		return;
	};
	if id.commitment(view.genesis, &entry.claim, &entry.salt) != commitment {
		plan.alarms.push((id, Alarm::Mismatch));
		return;
	}
	advance(view, plan, id, Stage::Committed);
	match duty.attestation.phase {
		Phase::Revealing { until } if view.now < until => {
			plan.open += 1;
			let reveal = Reveal { key: id.key, claim: entry.claim, salt: entry.salt };
			plan.reveals.push(Due { id, until, what: reveal });
		},
		Phase::Revealing { .. } => plan.alarms.push((id, Alarm::TooLateToReveal)),
		// Nothing to do but to be there when it is over; the state says so.
		Phase::Waiting { .. } | Phase::Committing { .. } | Phase::Deciding => plan.open += 1,
	}
}

fn advance(view: &View<'_>, plan: &mut Plan, id: DutyId, stage: Stage) {
	if view.entries.get(&id).is_some_and(|entry| entry.stage != stage) {
		plan.advanced.push((id, stage));
	}
}

#[cfg(test)]
mod tests;
