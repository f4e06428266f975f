//! What a journal says, record by record, and what the records add up to.

use super::Entries;
use crate::duty::DutyId;
use codec::{Decode, Encode, MaxEncodedLen};
use ergon_primitives::{BlockNumber, Claim};

/// How far a promise has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen)]
pub enum Stage {
	/// There is a claim with its salt; it may or may not have been sent. To `Committed` when the chain has it.
	#[codec(index = 0)]
	Computed,
	/// The chain has the commitment. To `Revealed` when the chain has the claim.
	#[codec(index = 1)]
	Committed,
	/// The chain has the claim. Pruned when the shard is over.
	#[codec(index = 2)]
	Revealed,
}

impl Stage {
	/// One word for a table.
	pub fn name(&self) -> &'static str {
		match self {
			Self::Computed => "computed",
			Self::Committed => "committed",
			Self::Revealed => "revealed",
		}
	}
}

/// What is promised for one duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
	/// What the worker says of the shard.
	pub claim: Claim,
	/// What its commitment is salted with.
	pub salt: [u8; 32],
	/// How far it has come.
	pub stage: Stage,
	/// Whether the node has confirmed that it holds the result's blobs.
	pub stored: bool,
	/// The last block at which the chain is known to have had the duty.
	pub seen: BlockNumber,
}

/// One line of the journal. New kinds get new indices; an unknown one reads as damage, so old workers do not guess.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub(super) enum Record {
	/// A result, before its commitment is sent.
	#[codec(index = 0)]
	Computed { id: DutyId, claim: Claim, salt: [u8; 32], at: BlockNumber },
	/// The chain was seen to have come this far.
	#[codec(index = 1)]
	Advanced { id: DutyId, stage: Stage, at: BlockNumber },
	/// The duty is over.
	#[codec(index = 2)]
	Pruned { id: DutyId },
	/// The node holds the result's blobs.
	#[codec(index = 3)]
	Stored { id: DutyId },
}

/// Applies records to what there is. The first result of a duty stands, whatever follows.
pub(super) fn apply(entries: &mut Entries, records: impl IntoIterator<Item = Record>) {
	for record in records {
		match record {
			Record::Computed { id, claim, salt, at } => {
				entries.entry(id).or_insert(super::Entry {
					claim,
					salt,
					stage: Stage::Computed,
					stored: false,
					seen: at,
				});
			},
			Record::Advanced { id, stage, at } => {
				if let Some(entry) = entries.get_mut(&id) {
					entry.stage = stage;
					entry.seen = entry.seen.max(at);
				}
			},
			Record::Pruned { id } => {
				entries.remove(&id);
			},
			Record::Stored { id } => {
				if let Some(entry) = entries.get_mut(&id) {
					entry.stored = true;
				}
			},
		}
	}
}

/// What records add up to.
pub(super) fn replay(records: Vec<Record>) -> Entries {
	let mut entries = Entries::new();
	apply(&mut entries, records);
	entries
}

/// The shortest records that add up to these entries.
pub(super) fn of(entries: &Entries) -> Vec<Record> {
	entries
		.iter()
		.flat_map(|(id, entry)| {
			let computed = Record::Computed { id: *id, claim: entry.claim, salt: entry.salt, at: entry.seen };
			let advanced = (entry.stage != Stage::Computed).then_some(Record::Advanced {
				id: *id,
				stage: entry.stage,
				at: entry.seen,
			});
			let stored = entry.stored.then_some(Record::Stored { id: *id });
			std::iter::once(computed).chain(advanced).chain(stored)
		})
		.collect()
}
