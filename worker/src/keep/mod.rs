//! Keeping what was computed where others can get it: before a reveal, so that nobody is paid for what nobody can fetch;
//! and after it, for as long as the chain has the job.
//!
//! While a shard takes commitments its outputs are at the worker's own node only, and nobody is told their names: who
//! knew them could commit to the same without computing. They are spread when the chain asks for the reveal.

mod secure;
mod shelf;
mod sweep;

pub use secure::{secure, Ensured};
pub use shelf::{Shelf, ShelfError};
pub use sweep::{sweep, Swept};

use crate::{
	duty::{Duty, DutyId},
	pipeline::StopHandle,
	plan::Plan,
};
use codec::DecodeAll;
use ergon_executor_core::Outcome;
use ergon_primitives::{BlobId, BlockNumber, Claim, Phase};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks between two looks at whether the node still holds what the chain refers to.
pub const SWEEP_EVERY: BlockNumber = 200;

/// Where the blobs of one promise are, as far as is known.
#[derive(Debug)]
enum Custody {
	/// They are being brought to the node and beyond it.
	Securing(#[allow(dead_code)] StopHandle),
	/// The node and, where it has peers, another holds all of them.
	Secured,
	/// Neither the node nor this machine has all of them.
	Lost,
	/// The deadline is too near to wait for them any longer.
	Overdue,
}

/// What came of securing a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secured {
	/// All is held, also elsewhere where there is anybody.
	Yes,
	/// A blob of it is nowhere: it has to be computed again.
	Lost(BlobId),
}

/// Holds reveals back until what they are about is safe, but never too long.
#[derive(Debug, Default)]
pub struct Keeper {
	custody: BTreeMap<DutyId, Custody>,
}

/// What a look at the reveals asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Care {
	/// Promises to begin to secure.
	pub secure: Vec<(DutyId, BlobId)>,
	/// Promises whose blobs have to be computed again.
	pub redo: Vec<DutyId>,
	/// Promises that are revealed although their blobs are not known to be safe; named once.
	pub overdue: Vec<DutyId>,
}

impl Keeper {
	/// Takes out of the plan the reveals that should wait, and says what is to be done for them.
	pub fn hold_back(&mut self, plan: &mut Plan, duties: &[Duty], now: BlockNumber) -> Care {
		let due: BTreeSet<_> = plan.reveals.iter().map(|due| due.id).collect();
		self.custody.retain(|id, _| due.contains(id));
		let windows: BTreeMap<_, _> = duties
			.iter()
			.filter(|duty| matches!(duty.attestation.phase, Phase::Revealing { .. }))
			.map(|duty| (DutyId::of(duty), duty.attestation.terms.reveal_window))
			.collect();
		let mut care = Care::default();
		plan.reveals.retain(|due| {
			let Claim::Computed { outcomes, .. } = due.what.claim else { return true };
			let window = windows.get(&due.id).copied().unwrap_or_default();
			match self.custody.get(&due.id) {
				Some(Custody::Secured | Custody::Overdue) => return true,
				_ if now >= due.until.saturating_sub(margin(window)) => {
					self.custody.insert(due.id, Custody::Overdue);
					care.overdue.push(due.id);
					return true;
				},
				Some(Custody::Securing(_)) => {},
				Some(Custody::Lost) => care.redo.push(due.id),
				None => care.secure.push((due.id, outcomes)),
			}
			false
		});
		care
	}

	/// A promise is being secured; dropping its handle ends that.
	pub fn securing(&mut self, id: DutyId, handle: StopHandle) {
		self.custody.insert(id, Custody::Securing(handle));
	}

	/// Takes in what came of it.
	pub fn secured(&mut self, id: DutyId, secured: Secured) {
		// Whoever is not waited for any more is not taken up again.
		if let Some(custody @ Custody::Securing(_)) = self.custody.get_mut(&id) {
			*custody = match secured {
				Secured::Yes => Custody::Secured,
				Secured::Lost(_) => Custody::Lost,
			};
		}
	}

	/// Its blobs were made again, or cannot be: look anew.
	pub fn redone(&mut self, id: DutyId) {
		self.custody.remove(&id);
	}
}

/// How many blocks before the deadline a reveal is sent whatever is known of its blobs: enough for a few tries.
pub fn margin(window: BlockNumber) -> BlockNumber {
	(window / 2).clamp(2, 10)
}

/// All blobs of a shard's result, each once: the list of its outcomes, and the outputs that it names. `None` if the list
/// is none.
pub fn blobs_of(list: BlobId, bytes: &[u8]) -> Option<Vec<BlobId>> {
	let outcomes = Vec::<Outcome>::decode_all(&mut &*bytes).ok()?;
	let mut seen = BTreeSet::new();
	let all = std::iter::once(list).chain(outcomes.iter().filter_map(Outcome::output));
	Some(all.filter(|id| seen.insert(*id)).collect())
}

#[cfg(test)]
mod tests;
