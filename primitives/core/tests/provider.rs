//! Machines: what is refused, what fits, and what a record becomes.

// A test may stop at the first surprise.
#![allow(clippy::unwrap_used)]

mod common;

use codec::Encode;
use common::{info, wanted};
use ergon_primitives::{
	provider::{InfoError, Misfit, Reputation, Wanted, MAX_SLOTS},
	Conduct, Operator, Price, ProviderInfo, ProviderStatus, Region,
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
	let before = Reputation { agreed: 3, streak: 2, faults: 1, slashed: 10, ..Reputation::default() };
	assert_eq!(before.after(Conduct::Agreed, 0), Reputation { agreed: 4, streak: 3, faults: 0, ..before });
	assert_eq!(before.after(Conduct::Released, 0), before);
	assert_eq!(before.after(Conduct::Alone, 0), Reputation { alone: 1, ..before }, "nobody has looked");
	let fault = Reputation { streak: 0, faults: 2, slashed: 15, ..before };
	assert_eq!(before.after(Conduct::Absent, 5), Reputation { absent: 1, ..fault });
	assert_eq!(before.after(Conduct::Silent, 5), Reputation { silent: 1, ..fault });
	for conduct in [Conduct::Dissented, Conduct::FalselyUnavailable] {
		assert_eq!(before.after(conduct, 5), Reputation { dissented: 1, ..fault });
	}
}

#[test]
fn counts_should_stay_at_their_largest() {
	let full = Reputation {
		agreed: u32::MAX,
		streak: u32::MAX,
		alone: u32::MAX,
		faults: u32::MAX,
		absent: u32::MAX,
		silent: u32::MAX,
		dissented: u32::MAX,
		slashed: u128::MAX,
	};
	assert_eq!(full.after(Conduct::Agreed, 1), Reputation { faults: 0, ..full });
	assert_eq!(full.after(Conduct::Alone, 1), full);
	assert_eq!(full.after(Conduct::Absent, 1), Reputation { streak: 0, ..full });
}

#[test]
fn codec_indices_should_stay() {
	assert_eq!(ProviderStatus::Online.encode(), [0]);
	assert_eq!(ProviderStatus::Paused.encode(), [1]);
	assert_eq!(ProviderStatus::Suspended { until: 3 }.encode(), [2, 3, 0, 0, 0]);
	assert_eq!(Operator::<u8>::default().encode(), [0]);
	assert_eq!(Operator::Claimed(9u8).encode(), [1, 9]);
	assert_eq!(Operator::Of(9u8).encode(), [2, 9]);
}

proptest! {
	#[test]
	fn only_replicated_agreement_makes_a_streak(
		conducts in prop::collection::vec(prop::sample::select(&common::CONDUCTS), 0..40),
	) {
		let mut reputation = Reputation::default();
		for conduct in &conducts {
			reputation = reputation.after(*conduct, 0);
		}
		// Counted from the end: agreements since the last fault, and faults since the last agreement.
		let since = |ends: fn(&Conduct) -> bool, counts: fn(&Conduct) -> bool| {
			conducts.iter().rev().take_while(|c| !ends(c)).filter(|c| counts(c)).count() as u32
		};
		let agreed: fn(&Conduct) -> bool = |conduct| *conduct == Conduct::Agreed;
		prop_assert_eq!(reputation.streak, since(Conduct::is_fault, agreed));
		prop_assert_eq!(reputation.faults, since(agreed, Conduct::is_fault));
		prop_assert_eq!(reputation.agreed as usize, conducts.iter().filter(|c| agreed(c)).count());
		prop_assert_eq!(reputation.alone as usize, conducts.iter().filter(|c| **c == Conduct::Alone).count());
		let faults = reputation.absent + reputation.silent + reputation.dissented;
		prop_assert_eq!(faults as usize, conducts.iter().filter(|c| c.is_fault()).count());
	}

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
