//! The ring of replacements and decisions: first come, first served.

use super::{draw::Draws, QueueItem, Served};
use crate::{Config, Pallet, Queue, QueueEnds, WeightInfo};
use alloc::vec::Vec;
use core::marker::PhantomData;
use ergon_traits::Decision;
use frame_support::{defensive, weights::WeightMeter};

impl<T: Config> Pallet<T> {
	/// Appends an item.
	pub(crate) fn enqueue(item: QueueItem) {
		QueueEnds::<T>::mutate(|ends| {
			Queue::<T>::insert(ends.tail, item);
			ends.tail = ends.tail.saturating_add(1);
		});
	}

	/// Takes the first item off.
	fn dequeue() -> Option<QueueItem> {
		let mut ends = QueueEnds::<T>::get();
		if ends.is_empty() {
			return None;
		}
		let item = Queue::<T>::take(ends.head);
		ends.head = ends.head.saturating_add(1);
		QueueEnds::<T>::put(ends);
		if item.is_none() {
			defensive!("the ring has an item at every number between its ends");
		}
		item
	}
}

/// One block's way round the ring.
pub(super) struct Ring<T> {
	/// Too fresh, or nobody fits: goes round, and is not tried again in this block.
	postponed: Vec<QueueItem>,
	pallet: PhantomData<T>,
}

impl<T> Default for Ring<T> {
	fn default() -> Self {
		Self { postponed: Vec::new(), pallet: PhantomData }
	}
}

impl<T: Config> Ring<T> {
	/// Serves the next item; whether there was one, and weight for it.
	pub(super) fn step(&mut self, draws: &Draws<T>, meter: &mut WeightMeter) -> bool {
		if !meter.can_consume(Pallet::<T>::serve_weight()) {
			return false;
		}
		let Some(item) = Pallet::<T>::dequeue() else { return false };
		meter.consume(T::WeightInfo::turn());
		if item.from() > draws.now {
			self.postponed.push(item);
			return true;
		}
		let (key, served) = match item {
			QueueItem::More { key, .. } => (key, draws.more(key)),
			QueueItem::Decide { key, .. } => {
				let decision = draws.decide(key);
				if decision.is_some() {
					meter.consume(T::WeightInfo::decide());
				}
				match decision {
					// The rest of its quorum is drawn like any replacement.
					Some(Decision::Audit) => (key, draws.more(key)),
					Some(Decision::Trust) | None => return true,
				}
			},
		};
		match served {
			Served::Stale => (),
			Served::Drawn { replicas, .. } => meter.consume(draws.weight(replicas)),
			Served::Misfit { replicas } => {
				meter.consume(draws.weight(replicas));
				self.postponed.push(QueueItem::More { key, from: draws.now });
			},
		}
		true
	}

	/// Puts back what goes round.
	pub(super) fn finish(self) {
		self.postponed.into_iter().for_each(Pallet::<T>::enqueue);
	}
}
