//! What is here and why, in memory. Changed only by what the log has recorded, so that a restart finds the same; knows
//! no files.

mod blocks;
mod room;

use blocks::Block;
pub(crate) use room::{Limits, Need};

use crate::{
	log::{Record, What},
	Event,
};
use ergon_primitives::{BlobId, Codec, JobId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The bytes on disk that a file of so many bytes is counted as.
pub(crate) fn charge(size: u64) -> u64 {
	size.max(1).next_multiple_of(4096)
}

/// The jobs that hold a blob. Almost always there is one at most.
#[derive(Debug, Default)]
enum Holds {
	#[default]
	None,
	One(JobId),
	// Rare: a box keeps a million blobs with one job small.
	#[allow(clippy::box_collection)]
	Many(Box<HashSet<JobId>>),
}

impl Holds {
	fn is_empty(&self) -> bool {
		matches!(self, Self::None)
	}

	fn contains(&self, job: JobId) -> bool {
		match self {
			Self::None => false,
			Self::One(one) => *one == job,
			Self::Many(many) => many.contains(&job),
		}
	}

	fn insert(&mut self, job: JobId) {
		match self {
			Self::None => *self = Self::One(job),
			Self::One(one) if *one == job => {},
			Self::One(one) => *self = Self::Many(Box::new(HashSet::from([*one, job]))),
			Self::Many(many) => {
				many.insert(job);
			},
		}
	}

	fn remove(&mut self, job: JobId) {
		match self {
			Self::One(one) if *one == job => *self = Self::None,
			Self::Many(many) => {
				many.remove(&job);
				if many.is_empty() {
					*self = Self::None;
				}
			},
			_ => {},
		}
	}

	fn for_each(&self, mut visit: impl FnMut(JobId)) {
		match self {
			Self::None => {},
			Self::One(one) => visit(*one),
			Self::Many(many) => many.iter().copied().for_each(visit),
		}
	}
}

/// The blocks of a tree as far as they are known.
#[derive(Debug, Default)]
pub(crate) struct Parts {
	pub(crate) blocks: Vec<BlobId>,
	/// Bytes on disk of all of them together, here or not.
	pub(crate) charge: u64,
}

/// A blob, whole or in parts.
#[derive(Debug)]
pub(crate) struct Root {
	/// The bytes of its content; of a tree whose root is missing 0.
	pub(crate) size: u64,
	/// Its turn among the loose ones: the smallest goes first.
	order: u64,
	/// Since when it is loose, or when it was added; in seconds since 1970.
	since: u32,
	pub(crate) whole: bool,
	public: bool,
	/// Whether it is counted as loose.
	loose: bool,
	/// Whether the chain referred to it when last asked, and whether the answer that is coming in says so.
	named: bool,
	marked: bool,
	holds: Holds,
	/// Of a blob above one block.
	pub(crate) parts: Option<Box<Parts>>,
}

impl Root {
	fn charge(&self) -> u64 {
		match &self.parts {
			Some(parts) => parts.charge,
			None => charge(self.size),
		}
	}
}

/// What a change led to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
	pub(crate) events: Vec<Event>,
	/// Blocks that the blobs which are gone had: some may be needed by others.
	pub(crate) left: Vec<BlobId>,
}

/// See the module's page.
#[derive(Debug, Default)]
pub(crate) struct Index {
	pub(crate) roots: HashMap<BlobId, Root>,
	/// Blocks of trees. A blob of one block is not among them unless it is a part of a tree as well.
	blocks: HashMap<BlobId, Block>,
	/// What is being read or written, and how often: blobs that may not go, blocks whose files may not.
	pins: HashMap<BlobId, u32>,
	/// What is about to be recorded as gone: nobody may rely on it any more.
	dying: HashSet<BlobId>,
	loose: BTreeMap<u64, BlobId>,
	next: u64,
	bytes: u64,
	loose_bytes: u64,
	reserved: u64,
	loose_reserved: u64,
	whole: u64,
}

impl Index {
	/// Changes what a record says. `parts`: a tree's blocks with their sizes, where they are not known yet.
	pub(crate) fn apply(&mut self, record: &Record, parts: &[(BlobId, u64)], outcome: &mut Outcome) {
		let id = record.root;
		match record.what {
			What::Here { size, whole, public } => {
				self.here(id, record.time, size, public, outcome);
				self.add_parts(&id, parts);
				if whole {
					parts.iter().for_each(|(part, size)| self.block_here(part, *size));
					// A block of a fetched tree may have been lost again by now.
					if id.codec == Codec::Raw || self.complete(&id) {
						self.set_whole(id, true, outcome);
					}
				}
			},
			What::Public => self.publish(&id, outcome),
			What::Held(job) => {
				if let Some(root) = self.roots.get_mut(&id) {
					root.holds.insert(job);
				}
			},
			What::Released(job) => {
				if let Some(root) = self.roots.get_mut(&id) {
					root.holds.remove(job);
				}
			},
			What::Gone => self.gone(id, outcome),
		}
		self.settle(&id, record.time);
	}

	fn here(&mut self, id: BlobId, time: u32, size: u64, public: bool, outcome: &mut Outcome) {
		let parts = (id.codec == Codec::DagPb).then(Box::default);
		let root = self.roots.entry(id).or_insert_with(|| Root {
			size,
			order: 0,
			since: time,
			whole: false,
			public,
			loose: false,
			named: false,
			marked: false,
			holds: Holds::None,
			parts,
		});
		root.size = size;
		if public {
			self.publish(&id, outcome);
		}
	}

	fn publish(&mut self, id: &BlobId, outcome: &mut Outcome) {
		let Some(root) = self.roots.get_mut(id).filter(|root| !root.public) else { return };
		root.public = true;
		if root.whole && !root.named {
			outcome.events.push(Event::Public(*id));
		}
	}

	/// Says whether all of a blob is here. For blobs of one block that is what their file is counted by.
	pub(crate) fn set_whole(&mut self, id: BlobId, whole: bool, outcome: &mut Outcome) {
		let before = self.counted(&id);
		let Some(root) = self.roots.get_mut(&id).filter(|root| root.whole != whole) else { return };
		root.whole = whole;
		let size = root.size;
		outcome.events.push(if whole { Event::Added(id) } else { Event::Broken(id) });
		self.whole = if whole { self.whole + 1 } else { self.whole.saturating_sub(1) };
		if id.codec == Codec::Raw {
			self.recount(&id, size, before);
		}
	}

	fn gone(&mut self, id: BlobId, outcome: &mut Outcome) {
		self.dying.remove(&id);
		let before = self.counted(&id);
		let Some(root) = self.roots.remove(&id) else { return };
		if root.loose {
			self.loose.remove(&root.order);
			self.loose_bytes = self.loose_bytes.saturating_sub(root.charge());
		}
		if root.whole {
			self.whole = self.whole.saturating_sub(1);
			outcome.events.push(Event::Removed(id));
		}
		match root.parts {
			Some(parts) => {
				for block in parts.blocks {
					self.release_block(&block);
					outcome.left.push(block);
				}
			},
			None => {
				self.recount(&id, root.size, before);
				outcome.left.push(id);
			},
		}
	}

	/// Puts a blob among the loose ones or takes it away from them, as its holds say.
	fn settle(&mut self, id: &BlobId, now: u32) {
		if self.settle_at(id, now, self.next) {
			self.next += 1;
		}
	}

	/// As [`Self::settle`]; says whether the turn was taken.
	fn settle_at(&mut self, id: &BlobId, now: u32, turn: u64) -> bool {
		let Some(root) = self.roots.get_mut(id) else { return false };
		let loose = root.holds.is_empty() && !root.named;
		if loose == root.loose {
			return false;
		}
		root.loose = loose;
		if loose {
			// A blob that jobs have left is as new.
			root.since = now;
			root.order = turn;
			self.loose.insert(turn, *id);
			self.loose_bytes += root.charge();
		} else {
			self.loose.remove(&root.order);
			self.loose_bytes = self.loose_bytes.saturating_sub(root.charge());
		}
		loose
	}

	/// A blob that may be relied upon.
	pub(crate) fn root(&self, id: &BlobId) -> Option<&Root> {
		self.roots.get(id).filter(|_| !self.dying.contains(id))
	}

	/// The size of a blob that is here whole.
	pub(crate) fn whole(&self, id: &BlobId) -> Option<u64> {
		self.root(id).filter(|root| root.whole).map(|root| root.size)
	}

	/// Whether a blob is here whole, and held by that job, or public.
	pub(crate) fn is_held(&self, id: &BlobId, job: Option<JobId>) -> bool {
		self.root(id)
			.is_some_and(|root| root.whole && job.map_or(root.public, |job| root.holds.contains(job)))
	}

	pub(crate) fn is_public(&self, id: &BlobId) -> bool {
		self.root(id).is_some_and(|root| root.public || root.named)
	}

	/// Counts a loose blob as new: it is its turn last.
	pub(crate) fn touch(&mut self, id: &BlobId, now: u32) {
		let Some(root) = self.roots.get_mut(id).filter(|root| root.loose) else { return };
		self.loose.remove(&root.order);
		root.order = self.next;
		root.since = now;
		self.next += 1;
		self.loose.insert(root.order, *id);
	}

	/// All jobs that hold something.
	pub(crate) fn jobs(&self) -> HashSet<JobId> {
		let mut jobs = HashSet::new();
		for root in self.roots.values() {
			root.holds.for_each(|job| {
				jobs.insert(job);
			});
		}
		jobs
	}

	/// What is held by jobs of a set, and by which.
	pub(crate) fn held_by(&self, jobs: &HashSet<JobId>) -> Vec<(BlobId, JobId)> {
		let mut held = Vec::new();
		for (id, root) in &self.roots {
			root.holds.for_each(|job| {
				if jobs.contains(&job) {
					held.push((*id, job));
				}
			});
		}
		held
	}

	/// The records that say what is here now.
	pub(crate) fn records(&self) -> Vec<Record> {
		let mut records = Vec::with_capacity(self.roots.len());
		for (id, root) in &self.roots {
			let record = |what| Record { root: *id, time: root.since, what };
			records.push(record(What::Here { size: root.size, whole: root.whole, public: root.public }));
			root.holds.for_each(|job| records.push(record(What::Held(job))));
		}
		records
	}

	/// Puts the loose ones into the order of their age, once all are known.
	pub(crate) fn sort_loose(&mut self) {
		let mut ages: Vec<_> =
			self.loose.values().map(|id| (self.roots.get(id).map(|root| root.since), *id)).collect();
		ages.sort_unstable();
		self.loose.clear();
		for (_, id) in ages {
			if let Some(root) = self.roots.get_mut(&id) {
				root.order = self.next;
				self.loose.insert(self.next, id);
				self.next += 1;
			}
		}
	}
}
