//! The invariants of the queue.

use super::{AllJobs, Check};
use crate::{Config, Lane, Pallet, Queue, QueueEnds, QueueItem, Rank, Round, Shards, Turns, Waiting};
use alloc::collections::BTreeSet;
use ergon_primitives::{Phase, ShardIndex, ShardKey};
use ergon_traits::Attestation;
use frame_support::ensure;

impl<T: Config> Pallet<T> {
	/// Items stand at every number between the ring's ends and nowhere else, and every open shard that waits for a decision, or
	/// for replicas that can still be drawn in time, has one.
	pub(super) fn check_ring(jobs: &AllJobs<T>) -> Check {
		let ends = QueueEnds::<T>::get();
		ensure!(ends.head <= ends.tail, "jobs: the ring ends before it begins");
		let (mut count, mut more, mut decide) = (0, BTreeSet::new(), BTreeSet::new());
		for (place, item) in Queue::<T>::iter() {
			count += 1;
			ensure!((ends.head..ends.tail).contains(&place), "jobs: an item outside the ring's ends");
			match item {
				QueueItem::More { key, .. } => more.insert(key),
				QueueItem::Decide { key, .. } => decide.insert(key),
			};
		}
		ensure!(ends.tail - ends.head == count, "jobs: the ring has a gap");

		let now = Self::now();
		for (id, (job, standing)) in jobs {
			for shard in (0..standing.drawn).map(ShardIndex) {
				if standing.progress.working == 0 || Shards::<T>::contains_key(id, shard) {
					continue;
				}
				let key = ShardKey { job: *id, shard };
				let served = match T::Attestation::get(key).map(|shard| shard.phase) {
					Some(Phase::Waiting { .. }) => more.contains(&key) || !job.is_in_time(now),
					Some(Phase::Deciding) => decide.contains(&key),
					_ => true,
				};
				ensure!(served, "jobs: a shard that waits does not stand in the ring");
			}
		}
		Ok(())
	}

	/// Each client with waiting jobs has one turn in that lane, and nobody else has; whatever can still be drawn in time waits in
	/// exactly one lane, under its owner.
	pub(super) fn check_lanes(jobs: &AllJobs<T>) -> Check {
		let (mut clients, mut waiting) = (BTreeSet::new(), BTreeSet::new());
		for (line, rank, _) in Waiting::<T>::iter() {
			let (id, (lane, client)) = (rank.job(), &line);
			ensure!(waiting.insert(id), "jobs: a job waits twice");
			if let Some((job, _)) = jobs.get(&id) {
				ensure!(job.owner == *client, "jobs: a job waits under somebody else's name");
				ensure!(
					*lane == Lane::Retry || rank == Rank::by_tip(job.spec.tip, id),
					"jobs: an order's rank is not that of its tip"
				);
			}
			clients.insert(line);
		}
		let mut turns = BTreeSet::new();
		for (lane, turn, client) in Turns::<T>::iter() {
			ensure!(
				turn.round() <= Round::<T>::get(lane).saturating_add(1),
				"jobs: a turn beyond the next round"
			);
			let line = (lane, client);
			ensure!(clients.contains(&line), "jobs: a turn of a client that waits for nothing");
			ensure!(turns.insert(line), "jobs: a client has two turns in a lane");
		}
		ensure!(turns.len() == clients.len(), "jobs: a client waits without a turn");

		let now = Self::now();
		for (id, (job, standing)) in jobs {
			ensure!(
				standing.progress.queued == 0 || !job.is_in_time(now) || waiting.contains(id),
				"jobs: a job with undrawn shards does not wait"
			);
		}
		Ok(())
	}
}
