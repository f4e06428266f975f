//! Jobs with undrawn shards: round-robin over clients.
//!
//! [`Waiting`] has each client's jobs, the best first; [`Turns`] has one entry for each client with any, by round. A client at
//! its turn has one shard drawn, of its best job that is not too fresh, and goes to the round after the current one.

use super::{draw::Draws, Lane, Rank, Served, Turn};
use crate::{Config, Pallet, Round, Turns, Waiting, WeightInfo};
use alloc::collections::BTreeMap;
use ergon_primitives::BlockNumber;
use frame_support::{
	storage::PrefixIterator,
	weights::{Weight, WeightMeter},
};

impl<T: Config> Pallet<T> {
	/// Adds a job to a lane; a client that is new there joins the current round.
	pub(crate) fn wait(lane: Lane, client: T::AccountId, rank: Rank, from: BlockNumber) {
		let line = (lane, client);
		if Waiting::<T>::iter_key_prefix(&line).next().is_none() {
			Turns::<T>::insert(lane, Turn::new(Round::<T>::get(lane), rank), &line.1);
		}
		Waiting::<T>::insert(line, rank, from);
	}
}

/// One block's way through a lane.
pub(super) struct Orders<T: Config> {
	lane: Lane,
	/// Reads on from where it is, also into rounds that are begun meanwhile; never goes back.
	turns: PrefixIterator<(Turn, T::AccountId)>,
	/// Up to where a client's jobs are all too fresh in this block: none of them is read twice.
	passed: BTreeMap<T::AccountId, Rank>,
	/// The current round: the highest in which anybody was served. Whoever could not be served for a while does not catch up.
	round: u64,
}

impl<T: Config> Orders<T> {
	pub(super) fn new(lane: Lane) -> Self {
		Self {
			lane,
			turns: Turns::<T>::iter_prefix(lane),
			passed: BTreeMap::new(),
			round: Round::<T>::get(lane),
		}
	}

	/// Serves the next client; whether there was one, and weight for it.
	pub(super) fn step(&mut self, draws: &Draws<T>, meter: &mut WeightMeter) -> bool {
		if !meter.can_consume(Pallet::<T>::serve_weight()) {
			return false;
		}
		let Some((turn, client)) = self.turns.next() else { return false };
		let line = (self.lane, client);
		let served = self.serve(&line, draws, meter);
		if served {
			self.round = self.round.max(turn.round());
		}
		match Waiting::<T>::iter_key_prefix(&line).next() {
			None => Turns::<T>::remove(self.lane, turn),
			Some(best) if served => {
				Turns::<T>::remove(self.lane, turn);
				Turns::<T>::insert(self.lane, Turn::new(self.round.saturating_add(1), best), line.1);
			},
			// All are too fresh, or the meter has ended: the turn stays.
			Some(_) => (),
		}
		true
	}

	/// Tries the client's best job that is not too fresh. Whether there was one.
	fn serve(&mut self, line: &(Lane, T::AccountId), draws: &Draws<T>, meter: &mut WeightMeter) -> bool {
		let moves = T::WeightInfo::turn().saturating_mul(2);
		let look = T::WeightInfo::glance().saturating_add(moves).saturating_add(Draws::<T>::most_weight());
		let mut jobs = match self.passed.get(&line.1) {
			Some(passed) => Waiting::<T>::iter_prefix_from(line, Waiting::<T>::hashed_key_for(line, passed)),
			None => Waiting::<T>::iter_prefix(line),
		};
		while meter.can_consume(look) {
			let Some((rank, from)) = jobs.next() else { return false };
			meter.consume(T::WeightInfo::glance());
			if from > draws.now {
				self.passed.insert(line.1.clone(), rank);
				continue;
			}
			let served = draws.first(rank.job());
			meter.consume(self.weight(draws, &served));
			self.put(line, rank, draws, &served);
			if !matches!(served, Served::Stale) {
				return true;
			}
		}
		false
	}

	/// What trying a job has cost, and moving it and its client's turn.
	fn weight(&self, draws: &Draws<T>, served: &Served) -> Weight {
		let moves = T::WeightInfo::turn().saturating_mul(2);
		match served {
			Served::Stale => moves,
			// It stays in its lane or leaves it, which a draw's weight has.
			Served::Drawn { replicas, .. } if self.lane == Lane::Orders => draws.weight(*replicas),
			Served::Drawn { replicas, .. } | Served::Misfit { replicas } => {
				draws.weight(*replicas).saturating_add(moves)
			},
		}
	}

	/// Puts a job where it belongs after it was tried.
	fn put(&self, line: &(Lane, T::AccountId), rank: Rank, draws: &Draws<T>, served: &Served) {
		let (now, job) = (draws.now, rank.job());
		match served {
			Served::Drawn { again: true, .. } if self.lane == Lane::Orders => (),
			Served::Drawn { again: true, .. } => {
				Waiting::<T>::remove(line, rank);
				if let Some(rank) = draws.rank(job) {
					Pallet::<T>::wait(Lane::Orders, line.1.clone(), rank, now);
				}
			},
			Served::Drawn { again: false, .. } | Served::Stale => Waiting::<T>::remove(line, rank),
			Served::Misfit { .. } => {
				Waiting::<T>::remove(line, rank);
				let rank = Rank::by_age(now, job);
				match self.lane {
					Lane::Orders => {
						Pallet::<T>::wait(Lane::Retry, line.1.clone(), rank, now.saturating_add(1))
					},
					// The client has its turn in this lane already.
					Lane::Retry => Waiting::<T>::insert(line, rank, now.saturating_add(1)),
				}
			},
		}
	}

	/// Remembers the round.
	pub(super) fn finish(self) {
		if self.round != Round::<T>::get(self.lane) {
			Round::<T>::insert(self.lane, self.round);
		}
	}
}
