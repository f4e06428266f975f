//! The provider that this worker's key works for: whether there is one, and whether it takes work.

use super::{desk::Desk, Ended, Worker};
use crate::{
	chain::{Chain, Connector, Trouble},
	duty::Provider,
	pipeline::{link::in_time, report::Batch, Fenced},
	plan::Plan,
	rest::{blocks_left, why, Resumes},
};
use ergon_primitives::{BlockNumber, ProviderStatus};

/// Blocks between two looks at the provider, or two searches for it while there is none.
const LOOK_EVERY: BlockNumber = 10;

/// What the worker knows of its provider.
pub(super) struct Employer {
	/// As of the last look that found it.
	provider: Option<Provider>,
	/// The block of the last look; `None` before the first, and when something may have changed since.
	looked: Option<BlockNumber>,
	/// Whether it was said that there is none.
	said_nobody: bool,
	resumes: Resumes,
}

impl Employer {
	/// Nothing is known yet.
	pub fn new(auto_resume: bool) -> Self {
		Self { provider: None, looked: None, said_nobody: false, resumes: Resumes::new(auto_resume) }
	}

	/// Whether it is suspended, as far as is known.
	pub fn rests(&self) -> bool {
		self.provider.as_ref().is_some_and(|provider| blocks_left(provider.status, 0).is_some())
	}

	/// Something about it may have changed.
	pub fn look_again(&mut self) {
		self.looked = None;
	}

	/// The call that ends its rest, if it is time for that and nothing with a deadline is due.
	pub fn resume(&mut self, plan: &Plan, now: BlockNumber) -> Option<Batch> {
		// Only on what this very block says: somebody else may have resumed it.
		let fresh = self.looked == Some(now) && plan.commits.is_empty() && plan.reveals.is_empty();
		let provider = self.provider.as_ref().filter(|_| fresh)?;
		self.resumes.is_due(provider.status, now).then(|| {
			self.resumes.sent(now);
			tracing::info!(stash = %provider.stash, "the rest after the fault is over; taking work again");
			Batch::resume()
		})
	}

	/// Whether it should be looked at at this block.
	fn is_due(&self, now: BlockNumber) -> bool {
		let Some(looked) = self.looked else { return true };
		let may_resume =
			self.provider.as_ref().is_some_and(|provider| self.resumes.is_due(provider.status, now));
		now.abs_diff(looked) >= LOOK_EVERY || (may_resume && looked != now)
	}

	/// Takes in a look that found it; says what is new.
	fn found(&mut self, provider: Provider, now: BlockNumber, slots: usize) {
		let before = self.provider.as_ref().filter(|before| before.stash == provider.stash);
		if before.is_none() {
			tracing::info!(provider = %provider.stash, slots = provider.info.slots, speed = provider.info.speed, "working for the provider");
		}
		if before.is_none() && usize::from(provider.info.slots) > slots {
			tracing::warn!(
				registered = provider.info.slots,
				here = slots,
				"the chain may assign more shards at once than this worker runs: start it with more --slots, or register fewer"
			);
		}
		if before.map(|before| before.status) != Some(provider.status) {
			let why = why(before.map(|before| &before.reputation), &provider.reputation);
			tell(provider.status, before.is_some(), now, &why, self.resumes.is_on());
		}
		if blocks_left(provider.status, now).is_none() {
			self.resumes.over();
		}
		self.provider = Some(provider);
		self.looked = Some(now);
	}
}

/// Says that the provider takes work, or why not.
fn tell(status: ProviderStatus, was_known: bool, now: BlockNumber, why: &str, auto_resume: bool) {
	match status {
		ProviderStatus::Online if was_known => tracing::info!("the provider takes work again"),
		ProviderStatus::Online => {},
		ProviderStatus::Paused => tracing::warn!(
			"the provider is paused and gets no new work; resume it with its stash's key: `ergon provider resume`"
		),
		ProviderStatus::Suspended { until } => tracing::warn!(
			until,
			blocks_left = until.saturating_sub(now),
			why,
			"the provider is suspended after a fault and gets no new work; {}",
			match auto_resume {
				true => "this worker resumes it when its rest is over",
				false => "resume it then: `ergon provider resume`",
			}
		),
	}
}

impl<N, E> Worker<N, E>
where
	N: Connector,
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	/// Looks at the provider from time to time. Says it once if no provider has this key, and once when one has.
	pub(super) async fn search(&mut self, chain: &N::Chain, desk: &Desk) -> Result<(), Ended> {
		if !self.employer.is_due(desk.now) {
			return Ok(());
		}
		match in_time(self.settings.pace.request, chain.employer(&self.account)).await {
			Ok(Some(provider)) => {
				let left = blocks_left(provider.status, desk.now).unwrap_or(0);
				self.metrics.rest.set(left.into());
				self.metrics.streak.set(provider.reputation.streak.into());
				self.employer.found(provider, desk.now, self.settings.slots);
			},
			Ok(None) => {
				if !std::mem::replace(&mut self.employer.said_nobody, true) {
					tracing::warn!(
						worker = %self.account,
						"no provider has this worker key yet; waiting. Register one with its stash's key: \
						 `ergon provider register --worker {}` (see `ergon provider register --help`)",
						self.account
					);
				}
				self.employer.provider = None;
				self.employer.looked = Some(desk.now);
			},
			Err(Trouble::Lost(why)) => return Err(Ended::Lost(why)),
			Err(Trouble::Refused(why)) => {
				tracing::debug!(%why, "the provider of this key is not known");
				self.employer.looked = Some(desk.now);
			},
		}
		Ok(())
	}
}
