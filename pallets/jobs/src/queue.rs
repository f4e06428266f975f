//! The queue and the draws. Each step costs the same however long the queue is.

use crate::{
	types::wanted, Config, Event, Jobs, Lane, Pallet, Queue, QueueEnds, QueueItem, Standings, WeightInfo,
};
use alloc::vec::Vec;
use ergon_primitives::{
	job::MAX_REPLICAS, provider::Wanted, BlockNumber, JobId, Phase, ShardIndex, ShardKey,
};
use ergon_traits::{Attestation, Offer, Providers};
use frame_support::{
	defensive,
	storage::with_storage_layer,
	traits::Randomness,
	weights::{Weight, WeightMeter},
	BoundedVec, Hashable,
};
use sp_runtime::DispatchResult;

/// Separates these draws from every other use of the block's randomness.
const SUBJECT: &[u8] = b"ergon/jobs/draw";

/// What came of one item.
enum Served {
	/// Nothing is to be done for it any more.
	Stale,
	/// So many replicas were drawn; `again` if the item has more to ask for.
	Drawn { replicas: u8, again: bool },
	/// So many replicas were looked for, and that many do not fit now.
	Misfit { replicas: u8 },
}

impl<T: Config> Pallet<T> {
	/// The most that serving one item costs.
	pub(crate) fn serve_weight() -> Weight {
		T::WeightInfo::turn().saturating_add(Self::draw_weight(MAX_REPLICAS as u8))
	}

	/// The most that drawing, engaging and handing over so many replicas costs.
	fn draw_weight(replicas: u8) -> Weight {
		T::WeightInfo::draw()
			.saturating_add(T::Providers::draw_weight(replicas))
			.saturating_add(T::Providers::engage_weight().saturating_mul(replicas.into()))
			.saturating_add(T::Attestation::open_weight())
	}

	/// Appends an item to its lane.
	pub(crate) fn enqueue(item: QueueItem) {
		let lane = item.lane();
		QueueEnds::<T>::mutate(lane, |ends| {
			Queue::<T>::insert(lane, ends.tail, item);
			ends.tail = ends.tail.saturating_add(1);
		});
	}

	/// Takes the first item off a lane.
	fn dequeue(lane: Lane) -> Option<QueueItem> {
		QueueEnds::<T>::mutate(lane, |ends| {
			if ends.is_empty() {
				return None;
			}
			let item = Queue::<T>::take(lane, ends.head);
			ends.head = ends.head.saturating_add(1);
			if item.is_none() {
				defensive!("a lane has an item at every number between its ends");
			}
			item
		})
	}

	/// Serves both lanes in turn. An item that was served and asks for more goes round again; one for which nothing
	/// fits, or which is too fresh, is not tried again in this block. Ends with the lanes or with the meter.
	pub(crate) fn serve_queue(now: BlockNumber, meter: &mut WeightMeter) {
		if QueueEnds::<T>::get(Lane::Orders).is_empty() && QueueEnds::<T>::get(Lane::Replacements).is_empty()
		{
			return;
		}
		// Of the parent block: whoever submitted two blocks ago could not know it.
		let (Some(randomness), _) = T::Randomness::random(SUBJECT) else { return };
		let mut postponed = Vec::new();
		let mut turn = Lane::Replacements;
		while meter.can_consume(Self::serve_weight()) {
			let Some(item) = Self::dequeue(turn).or_else(|| Self::dequeue(turn.other())) else { break };
			turn = item.lane().other();
			meter.consume(T::WeightInfo::turn());
			if item.from() > now {
				postponed.push(item);
				continue;
			}
			let served = match item {
				QueueItem::First { job, .. } => Self::draw_first(job, now, &randomness),
				QueueItem::More { key, .. } => Self::draw_more(key, now, &randomness),
			};
			let replicas = match served {
				Served::Stale => continue,
				Served::Misfit { replicas } => {
					postponed.push(item);
					replicas
				},
				Served::Drawn { replicas, again } => {
					if again {
						Self::enqueue(item);
					}
					replicas
				},
			};
			meter.consume(Self::draw_weight(replicas));
		}
		postponed.into_iter().for_each(Self::enqueue);
	}

	/// Draws the first replicas of the job's next shard.
	fn draw_first(id: JobId, now: BlockNumber, randomness: &T::Hash) -> Served {
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(id), Standings::<T>::get(id)) else {
			return Served::Stale; // cancelled and pruned since
		};
		if standing.progress.queued == 0 || !job.is_in_time(now) {
			return Served::Stale; // what is still queued is refunded at the deadline
		}
		let shard = ShardIndex(standing.drawn);
		let key = ShardKey { job: id, shard };
		let replicas = job.spec.policy.quorum;
		let drawn = Self::draw(key, randomness, &wanted(&job.spec, shard), replicas, &[], |offers| {
			T::Attestation::open(key, job.terms(shard), offers)
		});
		if !drawn {
			return Served::Misfit { replicas };
		}
		standing.draw();
		let again = standing.progress.queued > 0;
		Standings::<T>::insert(id, standing);
		Served::Drawn { replicas, again }
	}

	/// Draws the replicas that an open shard waits for.
	fn draw_more(key: ShardKey, now: BlockNumber, randomness: &T::Hash) -> Served {
		let Some(attestation) = T::Attestation::get(key) else { return Served::Stale };
		let Phase::Waiting { missing: replicas } = attestation.phase else { return Served::Stale };
		let Some(job) = Jobs::<T>::get(key.job) else { return Served::Stale };
		if !job.is_in_time(now) {
			return Served::Stale; // the deadline closes it
		}
		let excluded: Vec<_> = attestation.replicas.into_iter().map(|replica| replica.provider).collect();
		let wanted = wanted(&job.spec, key.shard);
		let drawn = Self::draw(key, randomness, &wanted, replicas, &excluded, |offers| {
			T::Attestation::extend(key, offers)
		});
		if drawn {
			Served::Drawn { replicas, again: false }
		} else {
			Served::Misfit { replicas }
		}
	}

	/// Draws and engages all of `count`, and hands them over; or nothing has changed.
	fn draw(
		key: ShardKey,
		randomness: &T::Hash,
		wanted: &Wanted,
		count: u8,
		excluded: &[T::AccountId],
		hand_over: impl FnOnce(Vec<Offer<T::AccountId>>) -> DispatchResult,
	) -> bool {
		let seed = (*randomness, key, excluded.len() as u8).blake2_256();
		let Some(offers) = T::Providers::draw(seed, wanted, count, excluded) else { return false };
		let providers: Vec<_> = offers.iter().map(|offer| offer.provider.clone()).collect();
		let result = with_storage_layer(|| {
			offers.iter().try_for_each(T::Providers::engage)?;
			hand_over(offers)
		});
		if let Err(error) = result {
			log::warn!(target: crate::LOG_TARGET, "the draw for shard {key} was not accepted: {error:?}");
			return false;
		}
		Self::deposit_event(Event::Assigned { key, providers: BoundedVec::truncate_from(providers) });
		true
	}
}
