//! Who may have how much room, and who has to go.

use super::{Index, Root};
use crate::{BlobError, Event, Usage};
use ergon_primitives::BlobId;

/// What binds a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
	pub(crate) quota: u64,
	/// `None` while the chain cannot say what is loose.
	pub(crate) loose: Option<u64>,
}

impl Index {
	/// Sets bytes aside for something on its way in.
	pub(crate) fn reserve(&mut self, bytes: u64, loose: bool, limits: Limits) -> Result<(), BlobError> {
		self.fits(bytes, loose, limits)?;
		self.reserved += bytes;
		if loose {
			self.loose_reserved += bytes;
		}
		Ok(())
	}

	/// Whether so many bytes would fit.
	pub(crate) fn fits(&self, needed: u64, loose: bool, limits: Limits) -> Result<(), BlobError> {
		let full = |used: u64, limit: u64| match used.saturating_add(needed) > limit {
			true => Err(BlobError::Full { used, needed, limit }),
			false => Ok(()),
		};
		if let (true, Some(limit)) = (loose, limits.loose) {
			full(self.loose_bytes.saturating_add(self.loose_reserved), limit)?;
		}
		full(self.bytes.saturating_add(self.reserved), limits.quota)
	}

	/// The opposite of [`Self::reserve`].
	pub(crate) fn unreserve(&mut self, bytes: u64, loose: bool) {
		self.reserved = self.reserved.saturating_sub(bytes);
		if loose {
			self.loose_reserved = self.loose_reserved.saturating_sub(bytes);
		}
	}

	pub(crate) fn usage(&self) -> Usage {
		Usage {
			bytes: self.bytes.saturating_add(self.reserved),
			loose_bytes: self.loose_bytes.saturating_add(self.loose_reserved),
			blobs: self.whole,
		}
	}

	/// Begins to note what the chain refers to.
	pub(crate) fn begin_marking(&mut self) -> Marking {
		let mut named = 0;
		for root in self.roots.values_mut() {
			root.marked = false;
			named += u64::from(root.named);
		}
		let marking = Marking { turn: self.next, before: self.next + named };
		self.next = marking.before;
		marking
	}

	/// Notes that the chain refers to a blob. Says whether the store knows it.
	pub(crate) fn mark(&mut self, id: &BlobId) -> bool {
		match self.roots.get_mut(id) {
			Some(root) => {
				root.marked = true;
				true
			},
			None => false,
		}
	}

	/// What was noted holds from now on; what was not is loose, unless a job holds it.
	pub(crate) fn end_marking(&mut self, mut marking: Marking, now: u32) -> Vec<Event> {
		let changed: Vec<BlobId> =
			self.roots.iter().filter(|(_, root)| root.named != root.marked).map(|(id, _)| *id).collect();
		let mut events = Vec::new();
		for id in changed {
			let Some(root) = self.roots.get_mut(&id) else { continue };
			root.named = root.marked;
			if root.named && root.whole && !root.public {
				events.push(Event::Public(id));
			}
			if self.settle_at(&id, now, marking.turn) {
				marking.turn += 1;
			}
		}
		events
	}

	/// Loose blobs that nobody uses, the oldest first, of those that were here before turn `before`.
	fn evictable(&self, before: u64) -> impl Iterator<Item = (BlobId, &Root)> + '_ {
		self.loose
			.range(..before)
			.filter(|(_, id)| !self.is_pinned(id) && !self.dying.contains(id))
			.filter_map(|(_, id)| Some((*id, self.roots.get(id)?)))
	}

	/// The next blobs that have to go, at most `most`, until so many bytes are free of the loose and of all, or because
	/// their time was over at `expired`. They may not be relied upon from now on.
	pub(crate) fn choose(&mut self, need: &mut Need, before: u64, most: usize) -> Vec<BlobId> {
		let mut chosen = Vec::new();
		for (id, root) in self.evictable(before) {
			let expired = need.expired.is_some_and(|time| root.since <= time);
			if chosen.len() == most || (need.loose == 0 && need.all == 0 && !expired) {
				break;
			}
			need.loose = need.loose.saturating_sub(root.charge());
			need.all = need.all.saturating_sub(root.charge());
			chosen.push(id);
		}
		self.dying.extend(&chosen);
		chosen
	}

	/// They stay after all.
	pub(crate) fn spare(&mut self, chosen: &[BlobId]) {
		for id in chosen {
			self.dying.remove(id);
		}
	}

	/// How many bytes must go so that `needed` more would fit with `slack` beside them.
	pub(crate) fn need(&self, needed: u64, loose: bool, limits: Limits) -> Need {
		// A little more than needed goes, so that not each of many small uploads asks the chain.
		let over = |used: u64, limit: u64| match used.saturating_add(needed) > limit {
			true => used.saturating_add(needed).saturating_add(limit / 32) - limit,
			false => 0,
		};
		Need {
			loose: match limits.loose.filter(|_| loose) {
				Some(limit) => over(self.loose_bytes.saturating_add(self.loose_reserved), limit),
				None => 0,
			},
			all: over(self.bytes.saturating_add(self.reserved), limits.quota),
			expired: None,
		}
	}

	/// What a sweep has to remove: what is over the limits, and what is older than `expired`.
	pub(crate) fn surplus(&self, limits: Limits, expired: u32) -> Need {
		let over = |used: u64, limit: u64| used.saturating_sub(limit);
		Need {
			loose: limits.loose.map_or(0, |limit| over(self.loose_bytes, limit)),
			all: over(self.bytes, limits.quota),
			expired: Some(expired),
		}
	}
}

/// What has to go: bytes of the loose ones, bytes of all, and what is loose since that time or longer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
	pub(crate) loose: u64,
	pub(crate) all: u64,
	pub(crate) expired: Option<u32>,
}

/// While the chain is asked what it refers to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marking {
	/// The next of the turns that are kept for what the chain does not refer to any more.
	turn: u64,
	/// The turn of what comes in from now on, of which the chain may not have been asked.
	pub(crate) before: u64,
}
