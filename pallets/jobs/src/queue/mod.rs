//! The queue: what waits for a draw or a decision, and the order in which a block serves it. Each step costs the same however
//! long the queue is.
//!
//! - [`ring`]: open shards that need more replicas, or a decision. First come, first served.
//! - [`orders`]: jobs with undrawn shards, in two lanes ([`Lane`]), one shard a turn, round-robin over clients.
//! - [`draw`]: what serving one of them means.

mod draw;
mod lanes;
mod orders;
mod ring;

#[cfg(test)]
pub(crate) use draw::is_audited;
pub use lanes::{Ends, Lane, QueueItem, Rank, Turn};

use crate::{Config, Pallet, QueueEnds, Turns, WeightInfo};
use draw::Draws;
use ergon_primitives::BlockNumber;
use frame_support::{
	traits::Randomness,
	weights::{Weight, WeightMeter},
};
use orders::Orders;
use ring::Ring;

/// Separates these draws from every other use of the block's randomness.
const SUBJECT: &[u8] = b"ergon/jobs/draw";

/// What came of one item.
enum Served {
	/// Nothing is to be done for it any more.
	Stale,
	/// So many replicas were drawn; `again` if there is more to draw.
	Drawn { replicas: u8, again: bool },
	/// So many replicas were looked for, and that many do not fit now.
	Misfit { replicas: u8 },
}

impl<T: Config> Pallet<T> {
	/// The most that one step in any lane costs.
	pub(crate) fn serve_weight() -> Weight {
		T::WeightInfo::turn()
			.saturating_mul(2)
			.saturating_add(T::WeightInfo::glance())
			.saturating_add(T::WeightInfo::decide())
			.saturating_add(Draws::<T>::most_weight())
	}

	/// Serves replacements and orders in turn, then, once each, the jobs that nobody fitted before. For these a quarter of the
	/// weight is kept, so that a flood of orders cannot shut them out. Ends with the lanes or with the meter.
	pub(crate) fn serve_queue(now: BlockNumber, meter: &mut WeightMeter) {
		let waits = |lane| Turns::<T>::iter_key_prefix(lane).next().is_some();
		let retry = waits(Lane::Retry);
		if !retry && !waits(Lane::Orders) && QueueEnds::<T>::get().is_empty() {
			return;
		}
		// Of the parent block: whoever submitted two blocks ago could not know it.
		let (Some(randomness), _) = T::Randomness::random(SUBJECT) else { return };
		let draws = Draws::<T>::new(now, randomness);

		let kept = match retry {
			true => meter.remaining().saturating_div(4).max(Self::serve_weight()),
			false => Weight::zero(),
		};
		let mut first = WeightMeter::with_limit(meter.remaining().saturating_sub(kept));
		let (mut ring, mut orders) = (Ring::<T>::default(), Orders::<T>::new(Lane::Orders));
		let (mut in_ring, mut in_orders) = (true, true);
		while in_ring || in_orders {
			in_ring = in_ring && ring.step(&draws, &mut first);
			in_orders = in_orders && orders.step(&draws, &mut first);
		}
		ring.finish();
		orders.finish();
		meter.consume(first.consumed());

		if retry {
			let mut again = Orders::<T>::new(Lane::Retry);
			while again.step(&draws, meter) {}
			again.finish();
		}
	}
}
