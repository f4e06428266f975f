//! Whether this worker's key is anybody's.

use super::{desk::Desk, Ended, Worker};
use crate::{
	chain::{Chain, Connector, Trouble},
	pipeline::{link::in_time, Fenced},
};
use ergon_primitives::BlockNumber;

/// Blocks between two searches for the provider of a key that has none.
const SEARCH_EVERY: BlockNumber = 20;

/// Whether some provider has this worker's key.
pub(super) enum Employer {
	/// Not asked for yet.
	Unknown,
	/// None had it when it was searched for at this block.
	Nobody(BlockNumber),
	/// One has.
	Known,
}

impl<N, E> Worker<N, E>
where
	N: Connector,
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	/// Says it once if no provider has this key, and once when one has.
	pub(super) async fn search(&mut self, chain: &N::Chain, desk: &Desk) -> Result<(), Ended> {
		// A duty proves that the key is somebody's, and comes first: the search may read many pages.
		let due = desk.duties.is_empty()
			&& match self.employer {
				Employer::Unknown => true,
				Employer::Nobody(at) => desk.now.abs_diff(at) >= SEARCH_EVERY,
				Employer::Known => false,
			};
		if !due {
			return Ok(());
		}
		match in_time(self.settings.pace.request, chain.employer(&self.account)).await {
			Ok(Some((provider, info))) => {
				tracing::info!(%provider, slots = info.slots, speed = info.speed, "working for the provider");
				if usize::from(info.slots) > self.settings.slots {
					tracing::warn!(
						registered = info.slots,
						here = self.settings.slots,
						"the chain may assign more shards at once than this worker runs: start it with more --slots, or register fewer"
					);
				}
				self.employer = Employer::Known;
			},
			Ok(None) => {
				if matches!(self.employer, Employer::Unknown) {
					tracing::warn!(
						worker = %self.account,
						"no provider has this worker key yet; waiting. Register one with its stash's key: \
						 `ergon provider register --worker {}` (see `ergon provider register --help`)",
						self.account
					);
				}
				self.employer = Employer::Nobody(desk.now);
			},
			Err(Trouble::Lost(why)) => return Err(Ended::Lost(why)),
			Err(Trouble::Refused(why)) => {
				tracing::debug!(%why, "the provider of this key is not known");
				self.employer = Employer::Known;
			},
		}
		Ok(())
	}
}
