//! Fetches what jobs on chain name, for nodes that were asked to hold it all (`--blobs-mirror`).

use crate::{client::Exchange, Network};
use codec::{Compact, Decode};
use ergon_blobs::{Hold, References};
use ergon_primitives::BlobId;
use std::{
	collections::{HashMap, HashSet},
	sync::Arc,
	time::Duration,
};
use tokio::time::Instant;
use tracing::{debug, warn};

/// How often the chain is looked at.
const LOOK: Duration = Duration::from_secs(15);
/// The most blobs that are noted at one look; the rest has its turn when these are here.
const MAX_BLOBS: usize = 4096;
/// The most bytes of a manifest that is read: a million names.
const MAX_MANIFEST: u64 = 40 << 20;
/// How long one blob may take.
const WITHIN: Duration = Duration::from_secs(300);
/// How long a blob that nobody has is left alone; doubled each time.
const REST: Duration = Duration::from_secs(60);
/// Doublings of that.
const MAX_DOUBLINGS: u32 = 6;

/// Blobs that could not be had, and from when on they are tried again.
#[derive(Debug, Default)]
struct Failures(HashMap<BlobId, (u32, Instant)>);

impl Failures {
	fn rests(&self, id: &BlobId, now: Instant) -> bool {
		self.0.get(id).is_some_and(|(_, until)| *until > now)
	}

	fn note(&mut self, id: BlobId, now: Instant) {
		if self.0.len() >= MAX_BLOBS {
			self.0.retain(|_, (_, until)| *until > now);
		}
		if self.0.len() >= MAX_BLOBS {
			self.0.clear();
		}
		let (times, until) = self.0.entry(id).or_insert((0, now));
		*until = now + REST * 2u32.pow((*times).min(MAX_DOUBLINGS));
		*times = times.saturating_add(1);
	}
}

/// Fetches one blob after another, until the node ends.
pub(crate) async fn mirror(exchange: Exchange, references: Arc<dyn References>) {
	let mut failures = Failures::default();
	loop {
		let (chain, known) = (references.clone(), exchange.clone());
		let missing = exchange.blocking(move || missing(chain.as_ref(), &known)).await;
		match missing {
			Some(Ok(missing)) => {
				for id in missing {
					if !failures.rests(&id, Instant::now()) {
						fetch(&exchange, id, &mut failures).await;
					}
				}
			},
			Some(Err(error)) => warn!(error, "could not see which blobs the chain names"),
			None => return,
		}
		tokio::time::sleep(LOOK).await;
	}
}

async fn fetch(exchange: &Exchange, id: BlobId, failures: &mut Failures) {
	let max = exchange.store().options().max_blob;
	if let Err(error) = exchange.fetch(id, Hold::Loose, WITHIN, max).await {
		debug!(blob = %id, %error, "a blob that the chain names could not be mirrored");
		failures.note(id, Instant::now());
	} else {
		failures.0.remove(&id);
	}
}

/// What the chain names and is not here, directly or in a manifest that is.
fn missing(references: &dyn References, exchange: &Exchange) -> Result<Vec<BlobId>, String> {
	let store = exchange.store();
	let mut missing = HashSet::new();
	let mut manifests = HashSet::new();
	references.visit(&mut |id, manifest| {
		if missing.len() >= MAX_BLOBS {
			return;
		}
		if !store.has(&id) {
			missing.insert(id);
		} else if manifest && manifests.len() < MAX_BLOBS {
			manifests.insert(id);
		}
	})?;
	for manifest in manifests {
		if missing.len() >= MAX_BLOBS {
			break;
		}
		let small = store.stat(&manifest).ok().flatten().is_some_and(|stat| stat.size <= MAX_MANIFEST);
		let bytes = if small { store.get(&manifest).ok().flatten() } else { None };
		let named = bytes.as_deref().map(names).into_iter().flatten();
		missing.extend(named.filter(|id| !store.has(id)).take(MAX_BLOBS));
	}
	Ok(missing.into_iter().take(MAX_BLOBS).collect())
}

/// The names in a manifest, one at a time; it ends where they end or where the bytes make no sense.
fn names(mut bytes: &[u8]) -> Vec<BlobId> {
	let count = Compact::<u32>::decode(&mut bytes).map_or(0, |count| count.0);
	let count = usize::try_from(count).unwrap_or(usize::MAX);
	std::iter::from_fn(|| BlobId::decode(&mut bytes).ok()).take(count).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	#[test]
	fn a_manifest_is_read_as_far_as_it_makes_sense() {
		let ids: Vec<_> = (0..100u32).map(|i| BlobId::of(&i.to_le_bytes())).collect();
		let mut bytes = ids.encode();
		assert_eq!(names(&bytes), ids);
		bytes.truncate(bytes.len() - 1);
		assert_eq!(names(&bytes), ids[..99]);
		assert_eq!(names(&[]), []);
		assert_eq!(names(&[255; 64]), []);
		assert_eq!(names(&Compact(u32::MAX).encode()), []);
	}

	#[test]
	fn failures_rest_longer_each_time_and_are_bounded() {
		let now = Instant::now();
		let mut failures = Failures::default();
		let id = BlobId::of(b"x");
		failures.note(id, now);
		assert!(failures.rests(&id, now) && !failures.rests(&id, now + REST));
		failures.note(id, now);
		assert!(failures.rests(&id, now + REST) && !failures.rests(&id, now + REST * 2));
		(0..10_000u32).for_each(|i| failures.note(BlobId::of(&i.to_le_bytes()), now));
		assert!(failures.0.len() <= MAX_BLOBS);
	}
}
