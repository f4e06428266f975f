//! A provider's rest after a fault: why it came, and when the worker asks for its end.
//!
//! Nothing here talks to anybody: what the chain says goes in, what to do comes out.

use ergon_primitives::{provider::Reputation, BlockNumber, ProviderStatus};

/// Blocks from a resume to the next try, doubled by each further one.
const FIRST_PAUSE: BlockNumber = 8;
/// The longest such pause: half an hour.
const LONGEST_PAUSE: BlockNumber = 600;

/// When to resume a suspended provider. One try at a time, with longer and longer pauses: what keeps the chain from
/// accepting it (a bond below the least) is not mended by trying.
#[derive(Clone, Debug)]
pub struct Resumes {
	on: bool,
	tries: u32,
	not_before: BlockNumber,
}

impl Resumes {
	/// Never resumes unless `on`.
	pub fn new(on: bool) -> Self {
		Self { on, tries: 0, not_before: 0 }
	}

	/// Whether the worker resumes by itself.
	pub fn is_on(&self) -> bool {
		self.on
	}

	/// Whether it is time to resume a provider of this status.
	pub fn is_due(&self, status: ProviderStatus, now: BlockNumber) -> bool {
		self.on && now >= self.not_before && blocks_left(status, now) == Some(0)
	}

	/// A resume is on its way.
	pub fn sent(&mut self, now: BlockNumber) {
		let pause = FIRST_PAUSE.saturating_mul(1u32.checked_shl(self.tries).unwrap_or(u32::MAX));
		self.tries = self.tries.saturating_add(1);
		self.not_before = now.saturating_add(pause.min(LONGEST_PAUSE));
	}

	/// The provider is not suspended: the next rest is another one.
	pub fn over(&mut self) {
		(self.tries, self.not_before) = (0, 0);
	}
}

/// How many blocks of rest a suspended provider has left; `None` for one that is not suspended.
pub fn blocks_left(status: ProviderStatus, now: BlockNumber) -> Option<BlockNumber> {
	match status {
		ProviderStatus::Suspended { until } => Some(until.saturating_sub(now)),
		ProviderStatus::Online | ProviderStatus::Paused => None,
	}
}

/// Why a provider rests, in words: the faults that its record has more of than `before`, or, where nothing was seen
/// before, all that it has.
pub fn why(before: Option<&Reputation>, now: &Reputation) -> String {
	let then = before.copied().unwrap_or_default();
	let counts = [
		(now.absent.saturating_sub(then.absent), "did not commit in time"),
		(now.silent.saturating_sub(then.silent), "did not reveal what it had committed to"),
		(now.dissented.saturating_sub(then.dissented), "disagreed with the quorum"),
	];
	let named: Vec<_> = counts
		.iter()
		.filter(|(count, _)| *count > 0)
		.map(|(count, what)| format!("{count} × {what}"))
		.collect();
	let when = if before.is_some() { "since the last look" } else { "in all" };
	match named.is_empty() {
		true => format!("{} faults since it last agreed", now.faults),
		false => format!("{when}: {}; {} faults since it last agreed", named.join(", "), now.faults),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const RESTING: ProviderStatus = ProviderStatus::Suspended { until: 50 };

	#[test]
	fn a_rest_should_be_ended_when_it_is_over_and_not_before() {
		let resumes = Resumes::new(true);
		assert!(!resumes.is_due(RESTING, 49));
		assert!(resumes.is_due(RESTING, 50));
		assert!(!resumes.is_due(ProviderStatus::Online, 50));
		assert!(!resumes.is_due(ProviderStatus::Paused, 50), "paused by a person: a person resumes it");
		assert!(!Resumes::new(false).is_due(RESTING, 1000));
		assert_eq!((blocks_left(RESTING, 40), blocks_left(RESTING, 90)), (Some(10), Some(0)));
		assert_eq!(blocks_left(ProviderStatus::Paused, 1), None);
	}

	#[test]
	fn tries_should_be_farther_and_farther_apart_and_start_anew_after_a_success() {
		let mut resumes = Resumes::new(true);
		let mut now = 50;
		let mut pauses = Vec::new();
		for _ in 0..9 {
			assert!(resumes.is_due(RESTING, now));
			resumes.sent(now);
			let again = (now..).find(|now| resumes.is_due(RESTING, *now)).unwrap();
			pauses.push(again - now);
			now = again;
		}
		assert_eq!(pauses, [8, 16, 32, 64, 128, 256, 512, 600, 600]);
		resumes.over();
		assert!(resumes.is_due(RESTING, 50));
	}

	#[test]
	fn the_reason_should_name_what_is_new() {
		let before = Reputation { absent: 2, ..Default::default() };
		let now = Reputation { absent: 3, faults: 1, ..Default::default() };
		assert_eq!(
			why(Some(&before), &now),
			"since the last look: 1 × did not commit in time; 1 faults since it last agreed"
		);
		assert!(why(None, &now).starts_with("in all: 3 × did not commit"), "{}", why(None, &now));
		assert_eq!(why(Some(&now), &now), "1 faults since it last agreed");
	}
}
