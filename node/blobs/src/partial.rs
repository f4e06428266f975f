//! Blobs that come block by block, from whoever has them, in any order that has a node before what is below it.

use crate::{
	counters::count,
	dag::{DagError, Tree},
	index::charge,
	inner::{lock, Change, Inner, Pins},
	layout::Temporary,
	log::What,
	pool::Batch,
	room::Reservation,
	writer::settle,
	BlobError, BlobStore, Hold,
};
use ergon_primitives::{BlobId, Codec};
use sha2::{Digest, Sha256};
use std::{
	collections::HashSet,
	sync::{Arc, Mutex, Weak},
};

/// How far a fetch is, in bytes of the blob's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
	/// How many are here.
	pub have: u64,
	/// Of how many; `None` until the root is here.
	pub total: Option<u64>,
}

/// What became of an offered block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
	/// It was missing and is taken; others still are.
	Stored,
	/// It was the last that was missing: [`Partial::finish`] is next.
	Whole,
	/// It was here already.
	Known,
}

/// A blob that is being fetched. Handles on it are cheap to clone. What has come stays for the next attempt when all are
/// dropped, also after a restart, until the store evicts it.
#[derive(Clone, Debug)]
pub struct Partial {
	shared: Arc<Shared>,
}

/// What all handles on a fetch share.
#[derive(Debug)]
pub(crate) struct Shared {
	store: BlobStore,
	root: BlobId,
	max: u64,
	batch: Batch,
	state: Mutex<State>,
	pins: Mutex<Pins>,
}

#[derive(Debug)]
struct State {
	tree: Tree,
	phase: Phase,
	/// For whom it is fetched.
	holds: Vec<Hold>,
	/// Whether the log knows of it.
	recorded: bool,
	/// Blocks that the index had with it when this attempt began.
	known: HashSet<BlobId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
	Fetching,
	/// The tree is none that the store takes.
	Bad(DagError),
	/// All is on disk and recorded.
	Done,
}

impl Partial {
	pub(crate) fn open(store: &BlobStore, root: BlobId, hold: Hold, max: u64) -> Result<Self, BlobError> {
		let mut partials = lock(&store.inner.partials);
		if let Some(shared) = partials.get(&root).and_then(Weak::upgrade) {
			let mut state = lock(&shared.state);
			// One that is done may have lost a block since: then there is a new one to begin.
			if state.phase != Phase::Done || store.has(&root) {
				if !state.holds.contains(&hold) {
					state.holds.push(hold);
				}
				let done = state.phase == Phase::Done;
				drop(state);
				drop(partials);
				if done {
					store.hold(&root, hold)?;
				}
				return Ok(Self { shared });
			}
		}
		let mut pins = Pins::new(store.inner.clone());
		pins.add(&mut store.inner.index(), root);
		let state = State::load(store, root, hold, max)?;
		let shared = Arc::new(Shared {
			store: store.clone(),
			root,
			max,
			batch: Batch::default(),
			state: Mutex::new(state),
			pins: Mutex::new(pins),
		});
		partials.retain(|_, shared| shared.strong_count() > 0);
		partials.insert(root, Arc::downgrade(&shared));
		drop(partials);
		let done = lock(&shared.state).phase == Phase::Done;
		if done {
			store.hold(&root, hold)?;
		}
		Ok(Self { shared })
	}

	/// At most `max` blocks to ask others for: nodes before leaves, leaves in about the order of the content. The same
	/// ones again until they are offered.
	pub fn wanted(&self, max: usize) -> Vec<BlobId> {
		let state = lock(&self.shared.state);
		match state.phase {
			Phase::Fetching => state.tree.wanted().take(max).collect(),
			Phase::Bad(_) | Phase::Done => Vec::new(),
		}
	}

	/// Takes a block in. Its bytes are hashed and, of a node, read here; they are on their way to disk when this returns.
	///
	/// [`BlobError::Mismatch`]: the bytes are others; [`BlobError::NotWanted`]: it is not known to belong to the tree;
	/// [`BlobError::BadDag`], [`BlobError::TooLarge`]: nothing of this root will ever be taken, whoever sends it.
	pub fn offer(&self, id: &BlobId, bytes: &[u8]) -> Result<Offered, BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		if self.shared.batch.has_failed() {
			self.settled()?;
		}
		if let Some(answer) = self.answer_early(id, bytes.len())? {
			return Ok(answer);
		}
		let found = BlobId { codec: id.codec, digest: Sha256::digest(bytes).into() };
		if found != *id {
			return Err(BlobError::Mismatch { expected: *id, found });
		}
		if root.codec == Codec::Raw {
			return self.take_single(bytes);
		}
		let recorded = lock(&self.shared.state).recorded;
		let mut room = match recorded {
			true => Reservation::counted(store.clone()),
			false => Reservation::new(store.clone(), self.hold()),
		};
		room.grow(charge(bytes.len() as u64)).map_err(|error| store.inner.noted(error))?;
		let mut file = store.inner.layout.temporary().map_err(|error| store.inner.noted(error))?;
		file.write(bytes).map_err(|error| store.inner.noted(error))?;
		self.take(*id, bytes, file, room)
	}

	/// What can be said of a block without its bytes.
	fn answer_early(&self, id: &BlobId, length: usize) -> Result<Option<Offered>, BlobError> {
		let state = lock(&self.shared.state);
		match state.phase {
			Phase::Bad(why) => return Err(self.bad(why)),
			Phase::Done => return Ok(Some(Offered::Known)),
			Phase::Fetching if !state.tree.contains(id) => return Err(BlobError::NotWanted(*id)),
			Phase::Fetching if !state.tree.wants(id) => return Ok(Some(Offered::Known)),
			Phase::Fetching => {},
		}
		// Neither hashed nor stored: whatever is so long is no block of this tree.
		if length as u64 > state.tree.limit(id) {
			return Err(BlobError::BadDag { root: self.shared.root, why: DagError::Width });
		}
		Ok(None)
	}

	/// Takes in a blob of one block.
	fn take_single(&self, bytes: &[u8]) -> Result<Offered, BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		let mut state = lock(&self.shared.state);
		if state.phase == Phase::Done {
			return Ok(Offered::Known);
		}
		if let Err(why) = state.tree.insert(root, bytes) {
			state.phase = Phase::Bad(why);
			return Err(self.bad(why));
		}
		let holds = state.holds.clone();
		let stored = holds.iter().try_for_each(|hold| store.put_block(*root, bytes, *hold));
		if let Err(error) = stored.and_then(|()| store.hold(root, Hold::Loose)) {
			state.tree.forget_leaf(root);
			return Err(error);
		}
		state.phase = Phase::Done;
		count(&store.inner.counters.fetched);
		Ok(Offered::Whole)
	}

	/// Takes in a block of a tree whose bytes have been verified and are in `file`.
	fn take(
		&self,
		id: BlobId,
		bytes: &[u8],
		file: Temporary,
		room: Reservation,
	) -> Result<Offered, BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		let mut state = lock(&self.shared.state);
		if !state.tree.wants(&id) {
			return Ok(Offered::Known);
		}
		let new = match state.tree.insert(&id, bytes) {
			Ok(new) => new,
			Err(why) => {
				state.phase = Phase::Bad(why);
				return Err(self.bad(why));
			},
		};
		if !state.recorded {
			if let Err(error) = self.record(&mut state) {
				// It was the first block: all is as before.
				state.tree = Tree::new(*root, self.shared.max);
				return Err(error);
			}
		}
		let size = bytes.len() as u64;
		lock(&self.shared.pins).add(&mut store.inner.index(), id);
		self.adopt(&mut state, new)?;
		let whole = state.tree.is_whole();
		drop(state);
		let inner = store.inner.clone();
		self.shared.batch.run(&store.inner.pool, move || {
			let mut room = room;
			settle(&inner, file, &id, size).map_err(|error| inner.noted(error))?;
			room.shrink(charge(size));
			inner.index().block_here(&id, size);
			Ok(())
		});
		Ok(if whole { Offered::Whole } else { Offered::Stored })
	}

	/// Notes in the index that the tree has these blocks, which were not known before, and takes in those of them that are
	/// here already: as parts of other blobs, or of this one, a node of which was lost.
	fn adopt(&self, state: &mut State, mut new: Vec<BlobId>) -> Result<(), BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		while !new.is_empty() {
			let parts = new.iter().filter(|id| !state.known.contains(id));
			let parts: Vec<_> = parts.filter_map(|id| Some((*id, state.tree.size_of_block(id)?))).collect();
			let here: Vec<_> = {
				let mut index = store.inner.index();
				// From now on they stay, as this blob needs them too.
				index.add_new_parts(root, &parts);
				new.iter().filter_map(|id| Some((*id, index.block(id)?))).collect()
			};
			new.clear();
			for (id, size) in here {
				let inserted = match id.codec {
					Codec::Raw => state.tree.insert_leaf(&id, size).map(|()| Vec::new()),
					Codec::DagPb => match store.inner.read_node(&id)? {
						Some(node) => state.tree.insert(&id, &node),
						None => continue,
					},
				};
				match inserted {
					Ok(below) => new.extend(below),
					Err(why) => {
						state.phase = Phase::Bad(why);
						return Err(self.bad(why));
					},
				}
			}
		}
		Ok(())
	}

	/// Notes that the blob is on its way, so that its blocks are not taken for leftovers after a restart.
	fn record(&self, state: &mut State) -> Result<(), BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		let size = state.tree.size().unwrap_or(0);
		// Whether there is room for the rest is better known now than in the middle.
		store.make_fit(size, state.hold() == Hold::Loose).map_err(|error| store.inner.noted(error))?;
		let mut here = Change::new(*root, What::Here { size, whole: false, public: true });
		here.parts = state.tree.size_of_block(root).map(|size| (*root, size)).into_iter().collect();
		let jobs = state.holds.iter().filter_map(|hold| hold.job());
		let changes =
			std::iter::once(here).chain(jobs.map(|job| Change::new(*root, What::Held(job)))).collect();
		store.inner.commit(changes).map_err(|error| store.inner.noted(error))?;
		state.recorded = true;
		Ok(())
	}

	/// How far it is.
	pub fn progress(&self) -> Progress {
		let state = lock(&self.shared.state);
		Progress { have: state.tree.have(), total: state.tree.size() }
	}

	/// Whether all blocks have come.
	pub fn is_whole(&self) -> bool {
		let state = lock(&self.shared.state);
		match state.phase {
			Phase::Done => true,
			Phase::Fetching => state.tree.is_whole(),
			Phase::Bad(_) => false,
		}
	}

	/// Waits until all of the blob is on disk: then it is here whole. [`BlobError::NotHere`] if blocks are missing; an
	/// error of the disk or the quota ends this attempt, and a new one begins with what is there.
	pub fn finish(&self) -> Result<(), BlobError> {
		let Shared { store, root, .. } = &*self.shared;
		self.settled()?;
		let mut state = lock(&self.shared.state);
		match state.phase {
			Phase::Done => return Ok(()),
			Phase::Bad(why) => return Err(self.bad(why)),
			Phase::Fetching if state.tree.is_whole() && store.inner.index().complete(root) => {},
			Phase::Fetching => {
				state.reload(store, *root, self.shared.max)?;
				return Err(BlobError::NotHere(*root));
			},
		}
		let size = state.tree.size().unwrap_or(0);
		let here = Change::new(*root, What::Here { size, whole: true, public: true });
		let jobs = state.holds.iter().filter_map(|hold| hold.job());
		let changes =
			std::iter::once(here).chain(jobs.map(|job| Change::new(*root, What::Held(job)))).collect();
		store.inner.commit(changes).map_err(|error| store.inner.noted(error))?;
		state.phase = Phase::Done;
		count(&store.inner.counters.fetched);
		Ok(())
	}

	/// Waits for the disk. After an error of it what is missing is what is not on disk.
	fn settled(&self) -> Result<(), BlobError> {
		let Shared { store, root, max, batch, .. } = &*self.shared;
		let Err(error) = batch.wait() else { return Ok(()) };
		lock(&self.shared.state).reload(store, *root, *max)?;
		Err(error)
	}

	fn hold(&self) -> Hold {
		lock(&self.shared.state).hold()
	}

	fn bad(&self, why: DagError) -> BlobError {
		match why {
			DagError::TooLarge => BlobError::TooLarge { limit: self.shared.max },
			why => BlobError::BadDag { root: self.shared.root, why },
		}
	}
}

impl Drop for Shared {
	fn drop(&mut self) {
		// What other threads still place must be pinned until they have.
		let _ = self.batch.wait();
	}
}

impl State {
	/// Begins with what is on disk.
	fn load(store: &BlobStore, root: BlobId, hold: Hold, max: u64) -> Result<Self, BlobError> {
		let inner = &store.inner;
		let known = inner.index().root(&root).map(|found| (found.whole, found.size));
		let mut state = Self {
			tree: Tree::new(root, max),
			phase: Phase::Fetching,
			holds: vec![hold],
			recorded: false,
			known: HashSet::new(),
		};
		let Some((whole, size)) = known else { return Ok(state) };
		if size > max {
			return Err(BlobError::TooLarge { limit: max });
		}
		if root.codec == Codec::Raw {
			if whole {
				state.tree.insert_leaf(&root, size).map_err(|why| BlobError::BadDag { root, why })?;
				state.phase = Phase::Done;
			}
			return Ok(state);
		}
		state.recorded = true;
		state.reload(store, root, max)?;
		if whole && state.tree.is_whole() {
			state.phase = Phase::Done;
		}
		Ok(state)
	}

	/// Forgets what has come, but what is on disk.
	fn reload(&mut self, store: &BlobStore, root: BlobId, max: u64) -> Result<(), BlobError> {
		if root.codec == Codec::DagPb {
			self.tree = load(&store.inner, root, max)?;
			self.known = store.inner.index().parts(&root);
		}
		Ok(())
	}

	/// What its blocks are counted as.
	fn hold(&self) -> Hold {
		self.holds.iter().copied().find(|hold| hold.job().is_some()).unwrap_or(Hold::Loose)
	}
}

/// The tree of a blob that is here in parts.
fn load(inner: &Inner, root: BlobId, max: u64) -> Result<Tree, BlobError> {
	let (mut tree, missing) = inner.load_tree(root, max).map_err(|error| error.of(root, max))?;
	for node in missing {
		inner.drop_damaged(&node)?;
	}
	let leaves: Vec<BlobId> = tree.wanted().filter(|id| id.codec == Codec::Raw).collect();
	// One lock each: a long list must not stop everybody else.
	for id in leaves {
		let size = inner.index().block(&id);
		if let Some(size) = size {
			tree.insert_leaf(&id, size).map_err(|why| BlobError::BadDag { root, why })?;
		}
	}
	Ok(tree)
}

impl BlobStore {
	/// How many bytes are here of a blob that is not whole.
	pub(crate) fn partial_have(&self, root: &BlobId) -> Result<u64, BlobError> {
		let open = lock(&self.inner.partials).get(root).and_then(Weak::upgrade);
		if let Some(shared) = open {
			return Ok(lock(&shared.state).tree.have());
		}
		if root.codec == Codec::Raw {
			return Ok(0);
		}
		match load(&self.inner, *root, crate::MAX_BLOB) {
			Ok(tree) => Ok(tree.have()),
			Err(BlobError::BadDag { .. } | BlobError::TooLarge { .. }) => Ok(0),
			Err(error) => Err(error),
		}
	}
}
