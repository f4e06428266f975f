//! Tells the world which blobs this node holds.
//!
//! Only roots that are held whole, and only those that anybody may know of: while a shard takes commitments, the name of
//! a result is worth money to those who would copy it. See `BlobStore::is_public`.

use crate::{metrics::Metrics, table::key};
use ergon_blobs::{BlobStore, Event};
use ergon_primitives::BlobId;
use sc_network::{service::traits::NetworkService, NetworkDHTProvider};
use std::{
	collections::{HashSet, VecDeque},
	sync::Arc,
	time::Duration,
};

/// The most roots that are announced in the chain's own table, which holds 10,000 records of all nodes.
const MAX_ANNOUNCED: usize = 4096;
/// Roots that wait to be announced.
const MAX_WAITING: usize = 65_536;
/// The time between two announcements: each is a walk through the network.
const PACE: Duration = Duration::from_millis(250);

/// What is to be announced next, and what is.
#[derive(Debug, Default)]
struct Plan {
	waiting: VecDeque<BlobId>,
	announced: HashSet<BlobId>,
	/// In the order of announcement, the oldest first; may name what is no longer announced.
	order: VecDeque<BlobId>,
}

impl Plan {
	fn add(&mut self, id: BlobId) {
		if self.waiting.len() < MAX_WAITING && !self.announced.contains(&id) && !self.waiting.contains(&id) {
			self.waiting.push_back(id);
		}
	}

	/// Whether it was announced.
	fn remove(&mut self, id: &BlobId) -> bool {
		self.waiting.retain(|waiting| waiting != id);
		self.announced.remove(id)
	}

	/// What to announce now, and what to take back for it.
	fn next(&mut self) -> Option<(BlobId, Option<BlobId>)> {
		let id = self.waiting.pop_front()?;
		let mut oldest = None;
		while self.announced.len() >= MAX_ANNOUNCED && oldest.is_none() {
			let candidate = self.order.pop_front()?;
			oldest = self.announced.remove(&candidate).then_some(candidate);
		}
		if self.order.len() >= MAX_ANNOUNCED * 2 {
			let announced = &self.announced;
			self.order.retain(|id| announced.contains(id));
		}
		self.announced.insert(id);
		self.order.push_back(id);
		Some((id, oldest))
	}
}

/// Announces in the chain's own table until the network ends. `spread`: blobs that may be known from now on.
pub(crate) async fn announce(
	store: BlobStore,
	network: Arc<dyn NetworkService>,
	metrics: Metrics,
	spread: async_channel::Receiver<BlobId>,
) {
	let mut plan = Plan::default();
	let events = store.events();
	read_again(&store, &mut plan).await;
	let mut pace = tokio::time::interval(PACE);
	pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		tokio::select! {
			event = events.recv() => match event {
				Ok(Event::Added(id)) => if is_public(&store, id).await { plan.add(id) },
				Ok(Event::Public(id)) => plan.add(id),
				Ok(Event::Removed(id) | Event::Broken(id)) => if plan.remove(&id) {
					network.stop_providing(key(&id));
				},
				Ok(Event::Missed) => read_again(&store, &mut plan).await,
				Err(_) => return,
			},
			id = spread.recv() => match id {
				Ok(id) => plan.add(id),
				Err(_) => return,
			},
			_ = pace.tick() => if let Some((id, old)) = plan.next() {
				if let Some(old) = old {
					network.stop_providing(key(&old));
				}
				network.start_providing(key(&id));
				metrics.announced.inc();
			},
		}
	}
}

/// A look at disk, perhaps.
async fn is_public(store: &BlobStore, id: BlobId) -> bool {
	let store = store.clone();
	tokio::task::spawn_blocking(move || store.is_public(&id)).await.unwrap_or(false)
}

async fn read_again(store: &BlobStore, plan: &mut Plan) {
	let ids = public_roots(store.clone()).await;
	ids.into_iter().for_each(|id| plan.add(id));
}

/// What is here whole and may be known.
async fn public_roots(store: BlobStore) -> Vec<BlobId> {
	let read = tokio::task::spawn_blocking(move || {
		store.roots().into_iter().filter(|id| store.is_public(id)).collect()
	});
	read.await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
	use super::*;

	fn id(i: u32) -> BlobId {
		BlobId::of(&i.to_le_bytes())
	}

	#[test]
	fn each_is_announced_once_and_what_went_is_not() {
		let mut plan = Plan::default();
		[1, 2, 1, 3].into_iter().for_each(|i| plan.add(id(i)));
		assert!(!plan.remove(&id(2)), "it was not announced yet");
		assert_eq!(plan.next(), Some((id(1), None)));
		plan.add(id(1));
		assert_eq!(plan.next(), Some((id(3), None)));
		assert_eq!(plan.next(), None);
		assert!(plan.remove(&id(1)));
		plan.add(id(1));
		assert_eq!(plan.next(), Some((id(1), None)));
	}

	#[test]
	fn the_oldest_makes_room_and_lists_stay_bounded() {
		let mut plan = Plan::default();
		let most = u32::try_from(MAX_ANNOUNCED).unwrap();
		for i in 0..most * 3 {
			plan.add(id(i));
			let (announced, taken_back) = plan.next().unwrap();
			assert_eq!(announced, id(i));
			assert_eq!(taken_back, i.checked_sub(most).map(id));
			if i % 2 == 0 {
				plan.remove(&id(i));
				plan.add(id(i));
				assert_eq!(plan.next().unwrap().0, id(i));
			}
		}
		assert_eq!(plan.announced.len(), MAX_ANNOUNCED);
		assert!(plan.order.len() <= MAX_ANNOUNCED * 2);
	}
}
