//! Machines: what is refused, what fits, and what a record becomes.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use common::{info, wanted};
use ergon_primitives::{
	provider::{InfoError, Misfit, Reputation, Wanted, MAX_SLOTS},
	Conduct, Price, ProviderInfo, Region,
};
use proptest::prelude::*;

fn with(change: impl FnOnce(&mut ProviderInfo)) -> Result<(), InfoError> {
	let mut info = info();
	change(&mut info);
	info.check()
}

#[test]
fn every_field_should_be_checked_at_its_boundary() {
	assert_eq!(with(|_| ()), Ok(()));
	assert_eq!(with(|i| i.slots = 0), Err(InfoError::Slots));
	assert_eq!(with(|i| i.slots = 1), Ok(()));
	assert_eq!(with(|i| i.slots = MAX_SLOTS), Ok(()));
	assert_eq!(with(|i| i.slots = MAX_SLOTS + 1), Err(InfoError::Slots));
	assert_eq!(with(|i| i.ask = Price(0)), Err(InfoError::Ask));
	assert_eq!(with(|i| i.ask = Price(u128::MAX)), Ok(()));
	assert_eq!(with(|i| i.memory = 0), Err(InfoError::Memory));
	assert_eq!(with(|i| i.memory = 1), Ok(()));
	assert_eq!(with(|i| i.profiles.clear()), Err(InfoError::Profiles));
	assert_eq!(with(|i| i.speed = 0), Err(InfoError::Speed));
	assert_eq!(with(|i| i.region = Region(*b"d3")), Err(InfoError::Region));
	assert_eq!(with(|i| i.region = Region::UNSAID), Ok(()));
}

#[test]
fn fit_should_be_judged_at_each_boundary() {
	let with = |change: fn(&mut Wanted)| {
		let mut wanted = wanted();
		change(&mut wanted);
		info().fits(&wanted)
	};
	assert_eq!(with(|_| ()), Ok(()));
	assert_eq!(with(|w| w.ceiling = Price(999)), Err(Misfit::Price));
	assert_eq!(with(|w| w.memory = 65), Err(Misfit::Memory));
	assert_eq!(with(|w| w.requirements.profile = 2), Err(Misfit::Profile));
	assert_eq!(with(|w| w.requirements.min_speed = 101), Err(Misfit::Speed));
	assert_eq!(with(|w| w.requirements.region = Some(Region(*b"FR"))), Err(Misfit::Region));
	assert_eq!(with(|w| w.requirements.region = None), Ok(()));
	// Who does not say where it is fits no wish for a place.
	let mut hidden = info();
	hidden.region = Region::UNSAID;
	assert_eq!(hidden.fits(&wanted()), Err(Misfit::Region));
}

#[test]
fn each_conduct_should_move_its_own_count() {
	let before = Reputation { agreed: 3, streak: 2, absent: 0, silent: 0, dissented: 0, slashed: 10 };
	assert_eq!(before.after(Conduct::Agreed, 0), Reputation { agreed: 4, streak: 3, ..before });
	assert_eq!(before.after(Conduct::Released, 0), before);
	assert_eq!(before.after(Conduct::Absent, 5), Reputation { absent: 1, streak: 0, slashed: 15, ..before });
	assert_eq!(before.after(Conduct::Silent, 5), Reputation { silent: 1, streak: 0, slashed: 15, ..before });
	for conduct in [Conduct::Dissented, Conduct::FalselyUnavailable] {
		let after = Reputation { dissented: 1, streak: 0, slashed: 15, ..before };
		assert_eq!(before.after(conduct, 5), after);
	}
}

#[test]
fn counts_should_stay_at_their_largest() {
	let full = Reputation {
		agreed: u32::MAX,
		streak: u32::MAX,
		absent: u32::MAX,
		silent: u32::MAX,
		dissented: u32::MAX,
		slashed: u128::MAX,
	};
	assert_eq!(full.after(Conduct::Agreed, 1), full);
	assert_eq!(full.after(Conduct::Absent, 1), Reputation { streak: 0, ..full });
}

proptest! {
	#[test]
	fn who_fits_keeps_fitting_when_better(
		ask in 1u128..2_000, memory in 1u32..128, speed in 1u32..200, cheaper in 0u128..2_000, more: u16, faster: u16,
	) {
		let provider = ProviderInfo { ask: Price(ask), memory, speed, ..info() };
		let better = ProviderInfo {
			ask: Price(ask.saturating_sub(cheaper)),
			memory: memory + u32::from(more),
			speed: speed + u32::from(faster),
			..provider.clone()
		};
		if provider.fits(&wanted()).is_ok() {
			prop_assert_eq!(better.fits(&wanted()), Ok(()));
		}
		let fits = ask <= 1_000 && memory >= 64 && speed >= 100;
		prop_assert_eq!(provider.fits(&wanted()).is_ok(), fits);
	}
}
