//! Draws and decisions: what serving one item means, with the randomness of one block.

use super::{Rank, Served};
use crate::{types::wanted, Config, Event, Exposed, Job, Jobs, Pallet, Standings, WeightInfo};
use alloc::{vec, vec::Vec};
use core::cell::Cell;
use ergon_primitives::{
	job::MAX_REPLICAS, provider::Wanted, stake::Stake, BlockNumber, JobId, Phase, Replica, ReplicaState,
	ShardIndex, ShardKey,
};
use ergon_traits::{Attestation, Decision, Offer, Providers};
use frame_support::{defensive, storage::with_storage_layer, weights::Weight, BoundedVec, Hashable};
use sp_runtime::DispatchResult;

/// Separates the lot that decides on an audit from the draws.
const AUDIT: [u8; 5] = *b"audit";

/// What this block draws with.
pub(super) struct Draws<T: Config> {
	/// The block.
	pub(super) now: BlockNumber,
	/// Nobody knew it when what is served now was asked for.
	pub(super) randomness: T::Hash,
	/// How many providers were looked at since the last look at this.
	looks: Cell<u32>,
	/// How many have left the pool since then.
	left: Cell<u32>,
}

impl<T: Config> Draws<T> {
	/// With the randomness of a block.
	pub(super) fn new(now: BlockNumber, randomness: T::Hash) -> Self {
		Self { now, randomness, looks: Cell::new(0), left: Cell::new(0) }
	}

	/// What the last draw cost, for so many replicas: these are looked at in any case.
	pub(super) fn weight(&self, replicas: u8) -> Weight {
		let looks = self.looks.take().saturating_sub(replicas.into());
		T::WeightInfo::draw(replicas.into())
			.saturating_add(T::WeightInfo::look(looks))
			.saturating_add(T::WeightInfo::leave().saturating_mul(self.left.take().into()))
	}

	/// The most that any draw costs.
	pub(super) fn most_weight() -> Weight {
		let most = T::Providers::most_looks(MAX_REPLICAS as u8);
		T::WeightInfo::draw(MAX_REPLICAS)
			.saturating_add(T::WeightInfo::look(most))
			.saturating_add(T::WeightInfo::leave().saturating_mul(MAX_REPLICAS.into()))
	}

	/// Where a job belongs among its client's orders.
	pub(super) fn rank(&self, id: JobId) -> Option<Rank> {
		Jobs::<T>::get(id).map(|job| Rank::by_tip(job.spec.tip, id))
	}

	/// Draws the first replicas of the job's next shard.
	pub(super) fn first(&self, id: JobId) -> Served {
		let (Some(job), Some(mut standing)) = (Jobs::<T>::get(id), Standings::<T>::get(id)) else {
			return Served::Stale; // cancelled and pruned since
		};
		if standing.progress.queued == 0 || !job.is_in_time(self.now) {
			return Served::Stale; // what is still queued is refunded at the deadline
		}
		let shard = ShardIndex(standing.drawn);
		let key = ShardKey { job: id, shard };
		let replicas = job.spec.policy.quorum;
		let wanted = wanted(&job.spec, shard, Stake::Ordinary);
		let excluded = vec![job.owner.clone()];
		let Some(offers) = self.draw(&job, key, &wanted, replicas, &excluded) else {
			return Served::Misfit { replicas };
		};
		let drawn = match alone(&job, &offers) {
			Some(offer) => self.engage(key, vec![offer], |offers| {
				// Exactly the one that was just put in.
				offers
					.into_iter()
					.try_for_each(|offer| T::Attestation::open_alone(key, job.terms(shard), offer))
			}),
			None => self.engage(key, offers, |offers| T::Attestation::open(key, job.terms(shard), offers)),
		};
		if !drawn {
			return Served::Misfit { replicas };
		}
		standing.draw();
		let again = standing.progress.queued > 0;
		Standings::<T>::insert(id, standing);
		Served::Drawn { replicas, again }
	}

	/// Draws the replicas that an open shard waits for.
	pub(super) fn more(&self, key: ShardKey) -> Served {
		let Some(attestation) = T::Attestation::get(key) else { return Served::Stale };
		let Phase::Waiting { missing: replicas } = attestation.phase else { return Served::Stale };
		let Some(job) = Jobs::<T>::get(key.job) else { return Served::Stale };
		if !job.is_in_time(self.now) {
			return Served::Stale; // the deadline closes it
		}
		let wanted = wanted(&job.spec, key.shard, stake::<T>(key, &attestation.replicas));
		let excluded = excluded::<T>(&job, &attestation.replicas);
		let drawn = self
			.draw(&job, key, &wanted, replicas, &excluded)
			.is_some_and(|offers| self.engage(key, offers, |offers| T::Attestation::extend(key, offers)));
		match drawn {
			true => Served::Drawn { replicas, again: false },
			false => Served::Misfit { replicas },
		}
	}

	/// Decides whether a replica that works alone is audited; `None` where nothing is to be decided any more.
	pub(super) fn decide(&self, key: ShardKey) -> Option<Decision> {
		let attestation = T::Attestation::get(key)?;
		if attestation.phase != Phase::Deciding {
			return None;
		}
		let decision = match is_audited(self.randomness, key, attestation.trust) {
			true => Decision::Audit,
			false => Decision::Trust,
		};
		match T::Attestation::decide(key, decision) {
			Ok(()) => Some(decision),
			Err(error) => {
				defensive!("a shard that is deciding can be decided on", error);
				None
			},
		}
	}

	/// Draws `count` providers that fit, all or none. What they lock is worth a replacement at the order's own terms, even
	/// if the market's have become cheaper since.
	fn draw(
		&self,
		job: &Job<T::AccountId>,
		key: ShardKey,
		wanted: &Wanted,
		count: u8,
		excluded: &[T::AccountId],
	) -> Option<Vec<Offer<T::AccountId>>> {
		let seed = (self.randomness, key, excluded.len() as u8).blake2_256();
		let (offers, looks) = T::Providers::draw_counting(seed, wanted, count, excluded);
		self.looks.set(looks);
		let mut offers = offers?;
		let value = job.replica_value(key.shard);
		for offer in &mut offers {
			offer.lock = offer.lock.max(value);
			if let Some(trust) = &mut offer.trust {
				trust.lock = trust.lock.max(value);
			}
		}
		Some(offers)
	}

	/// Engages all offers and hands them over; or nothing has changed.
	fn engage(
		&self,
		key: ShardKey,
		offers: Vec<Offer<T::AccountId>>,
		hand_over: impl FnOnce(Vec<Offer<T::AccountId>>) -> DispatchResult,
	) -> bool {
		let providers: Vec<_> = offers.iter().map(|offer| offer.provider.clone()).collect();
		let result = with_storage_layer(|| {
			let mut left = 0;
			for offer in &offers {
				left += u32::from(T::Providers::engage(offer, key)?);
			}
			hand_over(offers).map(|()| left)
		});
		match result {
			Ok(left) => self.left.set(left),
			Err(error) => {
				log::warn!(target: crate::LOG_TARGET, "the draw for shard {key} was not accepted: {error:?}");
				return false;
			},
		}
		Pallet::<T>::deposit_event(Event::Assigned { key, providers: BoundedVec::truncate_from(providers) });
		true
	}
}

/// The first of those drawn that may work alone, with the lock that takes.
fn alone<AccountId: Clone>(job: &Job<AccountId>, offers: &[Offer<AccountId>]) -> Option<Offer<AccountId>> {
	let (offer, trust) = offers
		.iter()
		.filter(|_| job.spec.policy.adaptive)
		.find_map(|offer| offer.trust.map(|trust| (offer, trust)))?;
	Some(Offer { lock: trust.lock, ..offer.clone() })
}

/// Where a claim is revealed already, or the client's answer exposed, it could be repeated unworked.
fn stake<T: Config>(key: ShardKey, replicas: &[Replica<T::AccountId>]) -> Stake {
	let revealed = |replica: &Replica<_>| matches!(replica.state, ReplicaState::Revealed(_));
	match replicas.iter().any(revealed) || Exposed::<T>::contains_key(key.job, key.shard) {
		true => Stake::Late,
		false => Stake::Ordinary,
	}
}

/// Who may not be drawn for a shard: its owner, and everybody who ever held it, and who runs them.
fn excluded<T: Config>(job: &Job<T::AccountId>, replicas: &[Replica<T::AccountId>]) -> Vec<T::AccountId> {
	let mut excluded = vec![job.owner.clone()];
	for Replica { provider, .. } in replicas {
		let operator = T::Providers::operator_of(provider);
		if operator != *provider {
			excluded.push(operator);
		}
		excluded.push(provider.clone());
	}
	excluded
}

/// Whether the lot falls on the shard: one time in so many.
pub(crate) fn is_audited<Hash: codec::Codec>(randomness: Hash, key: ShardKey, one_in: u16) -> bool {
	let hash = (randomness, AUDIT, key).blake2_256();
	// 64 bits against at most 16: no number is likelier than another by more than 2^-48.
	let lot = hash.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
	lot.checked_rem(one_in.into()) == Some(0)
}
