//! The index anew from disk: the list of blobs is read, the nodes of trees, and the names of all files; no content.

use crate::{
	index::{Index, Outcome},
	inner::Inner,
	layout::{remove, Layout},
	log::Log,
	pool::Pool,
	read::LoadError,
	BlobError, Options, MAX_BLOB,
};
use ergon_primitives::{BlobId, Codec};
use std::path::Path;
use tracing::{info, warn};

/// Opens a store.
pub(crate) fn open(path: &Path, options: Options) -> Result<Inner, BlobError> {
	let layout = Layout::prepare(path)?;
	let options = Options { max_blob: options.max_blob.min(MAX_BLOB), ..options };
	let mut index = Index::default();
	let mut recorded = 0u64;
	let log = Log::open(layout.log(), &mut |mut record| {
		recorded += 1;
		if let crate::log::What::Here { whole, .. } = &mut record.what {
			// Whether it is whole the files will say.
			*whole = false;
		}
		index.apply(&record, &[], &mut Outcome::default());
	})?;
	index.sort_loose();
	let pool = Pool::start().map_err(BlobError::io("start threads for", path))?;
	let inner = Inner::new(layout, options, index, log, pool);
	load_trees(&inner)?;
	let removed = list_blocks(&inner)?;
	let (blobs, partial) = complete(&inner);
	inner.shorten(recorded)?;
	if removed > 0 {
		info!(blocks = removed, "removed what belonged to no blob, left by uploads that did not end");
	}
	info!(blobs, partial, bytes = inner.index().usage().bytes, "opened the blob store");
	Ok(inner)
}

/// Reads the nodes of all trees, so that it is known what blocks they have.
fn load_trees(inner: &Inner) -> Result<(), BlobError> {
	let trees: Vec<BlobId> =
		inner.index().roots.keys().filter(|id| id.codec == Codec::DagPb).copied().collect();
	for root in trees {
		let parts: Vec<_> = match inner.load_tree(root, MAX_BLOB) {
			Ok((tree, _)) => tree.blocks().collect(),
			Err(LoadError::Disk(error)) => return Err(error),
			// Its nodes were verified on the way in: it was another version that took it.
			Err(LoadError::Dag(why)) => {
				warn!(blob = %root, %why, "a blob that this version of the store does not take");
				Vec::new()
			},
		};
		inner.index().add_parts(&root, &parts);
	}
	Ok(())
}

/// Notes which blocks are there, and removes those that belong to nothing. Says how many.
fn list_blocks(inner: &Inner) -> Result<u64, BlobError> {
	let (mut removed, mut foreign) = (0, 0);
	let mut outcome = Outcome::default();
	let mut index = inner.index();
	inner.layout.list(&mut |id| match id {
		Some(id) if index.found(&id, &mut outcome) => Ok(()),
		Some(id) => {
			removed += 1;
			remove(&inner.layout.block(&id))
		},
		None => {
			foreign += 1;
			Ok(())
		},
	})?;
	if foreign > 0 {
		warn!(folder = %inner.layout.root().display(), files = foreign, "the blob store has files that are no blocks; they are ignored");
	}
	Ok(removed)
}

/// Says which trees have all their blocks. How many blobs are whole, and how many are not.
fn complete(inner: &Inner) -> (u64, u64) {
	let mut index = inner.index();
	let trees: Vec<BlobId> = index.roots.keys().filter(|id| id.codec == Codec::DagPb).copied().collect();
	for root in trees {
		if index.complete(&root) {
			index.set_whole(root, true, &mut Outcome::default());
		}
	}
	// What has neither a block nor a holder is no blob any more.
	index.forget_empty();
	let blobs = index.usage().blobs;
	(blobs, index.roots.len() as u64 - blobs)
}
