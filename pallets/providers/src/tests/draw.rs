//! Who is drawn, how fairly, and at what cost.

use crate::{
	draw::{looks, pick, Candidate, Shuffle},
	mock::*,
	Available, AvailableCount, Provider, Providers,
};
use ergon_primitives::{
	provider::{Region, Wanted},
	stake::Stake,
	Conduct, Fuel, Price, ProviderInfo,
};
use ergon_traits::{Offer, Providers as _};
use frame_support::{assert_ok, BoundedVec};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A different seed for each number.
pub(super) fn seed(number: u64) -> [u8; 32] {
	let mut seed = [7; 32];
	seed[..8].copy_from_slice(&number.to_le_bytes());
	seed
}

pub(super) fn stashes(offers: Option<Vec<Offer<AccountId>>>) -> BTreeSet<AccountId> {
	offers.unwrap().into_iter().map(|offer| offer.provider).collect()
}

/// Somebody who fits at this ask, for the drawing alone.
fn candidate(provider: u32, ask: u128, operator: u32) -> Candidate<u32> {
	Candidate { offer: Offer { provider, ask: Price(ask), lock: 1, trust: None }, operator }
}

/// A market of so many available providers, written directly: only the index and the records count here.
pub(super) fn crowd(providers: u32, ask: impl Fn(u32) -> u128) -> sp_io::TestExternalities {
	let mut ext = ExtBuilder::default().build();
	ext.execute_with(|| {
		for place in 0..providers {
			let mut provider = Provider::new(0, info(ask(place)), 1_000);
			provider.place = Some(place);
			Providers::<Test>::insert(u64::from(place), provider);
			Available::<Test>::insert(place, u64::from(place));
		}
		AvailableCount::<Test>::put(providers);
	});
	ext.commit_all().unwrap();
	ext
}

#[test]
fn offer_should_carry_ask_and_lock() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_eq!(
			Market::draw(seed(0), &wanted(), 1, &[]),
			Some(vec![Offer { provider: 1, ask: Price(7), lock: 105, trust: None }])
		);
	});
}

#[test]
fn lock_should_be_the_largest_of_what_it_must_cover() {
	let lock = |ask, ceiling, stake| {
		let mut lock = 0;
		ExtBuilder::default().provider(1, ask).build_and_execute(|| {
			let wanted = Wanted { ceiling: Price(ceiling), stake, ..wanted() };
			lock = Market::draw(seed(0), &wanted, 1, &[]).unwrap()[0].lock;
		});
		lock
	};
	// Twice the pay; what another replica can cost, fee included; the least.
	assert_eq!(lock(60, 100, Stake::Ordinary), 120);
	assert_eq!(lock(7, 100, Stake::Ordinary), 105);
	assert_eq!(lock(1, 1, Stake::Ordinary), 10);
	// Twenty times the pay, when claims are revealed already.
	assert_eq!(lock(7, 100, Stake::Late), 140);
	assert_eq!(lock(1, 100, Stake::Late), 105);
	assert_eq!(lock(1, 1, Stake::Late), 20);
}

#[test]
fn lock_should_cover_the_tip() {
	ExtBuilder::default().provider(1, 60).build_and_execute(|| {
		let wanted = Wanted { tip: 40, ..wanted() };
		assert_eq!(Market::draw(seed(0), &wanted, 1, &[]).unwrap()[0].lock, 200);
	});
}

#[test]
fn drawing_should_change_nothing() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		let root = sp_io::storage::root(sp_runtime::StateVersion::V1);
		assert!(Market::draw(seed(0), &wanted(), 1, &[]).is_some());
		assert_eq!(root, sp_io::storage::root(sp_runtime::StateVersion::V1));
	});
}

#[test]
fn draw_should_give_all_or_none() {
	ExtBuilder::default().provider(1, 7).provider(2, 9).build_and_execute(|| {
		for number in 0..50 {
			assert_eq!(stashes(Market::draw(seed(number), &wanted(), 2, &[])), [1, 2].into());
			assert_eq!(Market::draw(seed(number), &wanted(), 3, &[]), None);
		}
		assert_eq!(Market::draw(seed(0), &wanted(), 0, &[]), Some(vec![]));
	});
	ExtBuilder::default().build_and_execute(|| assert_eq!(Market::draw(seed(0), &wanted(), 1, &[]), None));
}

#[test]
fn excluded_should_not_be_drawn() {
	ExtBuilder::default().provider(1, 7).provider(2, 9).provider(3, 8).build_and_execute(|| {
		for number in 0..50 {
			assert_eq!(stashes(Market::draw(seed(number), &wanted(), 1, &[1, 3])), [2].into());
		}
		assert_eq!(Market::draw(seed(0), &wanted(), 1, &[3, 2, 1]), None);
	});
}

#[test]
fn only_who_fits_should_be_drawn() {
	let refuse = |change: fn(&mut ProviderInfo)| {
		ExtBuilder::default().provider(1, 7).build_and_execute(|| {
			assert!(Market::draw(seed(0), &wanted(), 1, &[]).is_some());
			let mut info = info(7);
			change(&mut info);
			assert_ok!(Market::update(RuntimeOrigin::signed(1), info));
			let mut wanted = wanted();
			wanted.requirements.region = Some(Region(*b"DE"));
			assert_eq!(Market::draw(seed(0), &wanted, 1, &[]), None);
		});
	};
	refuse(|info| info.ask = Price(101));
	refuse(|info| info.memory = 511);
	refuse(|info| info.profiles = BoundedVec::truncate_from(vec![9]));
	refuse(|info| info.speed = 99);
	refuse(|info| info.region = Region(*b"FR"));
}

#[test]
fn only_whose_free_bond_covers_the_lock_should_be_drawn() {
	ExtBuilder::default().provider(1, 100).build_and_execute(|| {
		let mut wanted = wanted();
		// Twice what 5 Gfuel earn is the whole bond.
		wanted.shard_fuel = Fuel(5_000_000_000);
		assert_eq!(Market::draw(seed(0), &wanted, 1, &[]).unwrap()[0].lock, 1_000);
		wanted.shard_fuel = Fuel(5_000_000_001);
		assert_eq!(Market::draw(seed(0), &wanted, 1, &[]), None);
		wanted.shard_fuel = Fuel(3_000_000_000);
		let offers = Market::draw(seed(0), &wanted, 1, &[]).unwrap();
		assert_ok!(Market::engage(&offers[0], shard(0)));
		assert_eq!(Market::draw(seed(0), &wanted, 1, &[]), None);
		discharge(1, 0, offers[0].lock, Conduct::Agreed);
		assert!(Market::draw(seed(0), &wanted, 1, &[]).is_some());
	});
}

#[test]
fn lock_that_overflows_should_fit_nobody() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::update(RuntimeOrigin::signed(1), info(u128::MAX)));
		let mut wanted = wanted();
		(wanted.ceiling, wanted.shard_fuel) = (Price(u128::MAX), Fuel(u64::MAX));
		assert_eq!(Market::draw(seed(0), &wanted, 1, &[]), None);
	});
}

#[test]
fn provider_below_a_raised_least_bond_should_not_be_drawn() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		MinBond::set(1_001);
		assert_eq!(Market::draw(seed(0), &wanted(), 1, &[]), None);
	});
}

#[test]
fn the_only_fitting_provider_should_always_be_found_in_a_small_market() {
	let places = looks(CANDIDATES, 1);
	// All but the last are too dear.
	crowd(places, |place| if place + 1 == places { 100 } else { 101 }).execute_with(|| {
		for number in 0..50 {
			let drawn = stashes(Market::draw(seed(number), &wanted(), 1, &[]));
			assert_eq!(drawn, [u64::from(places) - 1].into());
		}
	});
}

#[test]
fn equals_should_be_drawn_equally_often() {
	crowd(20, |_| 50).execute_with(|| {
		let mut drawn = [0u32; 20];
		for number in 0..4_000 {
			for offer in Market::draw(seed(number), &wanted(), 3, &[]).unwrap() {
				drawn[offer.provider as usize] += 1;
			}
		}
		// 600 each are expected, with a standard deviation of 23.
		assert!(drawn.iter().all(|count| (480..720).contains(count)), "{drawn:?}");
	});
}

#[test]
fn equals_should_be_drawn_equally_often_in_a_large_market() {
	let mut drawn = [0u32; 10];
	for number in 0..4_000 {
		let offers =
			pick(Shuffle::new(seed(number), 10_000), CANDIDATES, 3, |place| Some(candidate(place, 1, place)));
		offers.unwrap().iter().for_each(|offer| drawn[(offer.provider / 1_000) as usize] += 1);
	}
	// 1,200 in each tenth of the index are expected, with a standard deviation of 33.
	assert!(drawn.iter().all(|count| (1_000..1_400).contains(count)), "{drawn:?}");
}

#[test]
fn cheaper_should_be_drawn_more_often_but_not_always() {
	let mut drawn = [0u32; 10];
	for number in 0..10_000 {
		let offers = pick(Shuffle::new(seed(number), 1_000), CANDIDATES, 1, |place| {
			Some(candidate(place, place.into(), place))
		});
		drawn[(offers.unwrap()[0].provider / 100) as usize] += 1;
	}
	// The cheapest tenth wins unless none of eight is of it: 1 − 0.9^8 = 57 %; the next 0.9^8 − 0.8^8 = 26 %.
	assert!((5_400..6_000).contains(&drawn[0]), "{drawn:?}");
	assert!((2_300..2_900).contains(&drawn[1]), "{drawn:?}");
	assert!(drawn[..5].windows(2).all(|pair| pair[0] > pair[1]), "{drawn:?}");
	// Half of the market is dearer, and still has its 0.5^8.
	assert!(drawn[5..].iter().sum::<u32>() > 10, "{drawn:?}");
}

#[test]
fn looks_should_not_grow_with_the_market() {
	for count in [1u8, 3, 8] {
		for fits in [true, false] {
			let looked = |providers: u32| {
				let mut looked = 0u32;
				pick(Shuffle::new(seed(1), providers), CANDIDATES, count, |place| {
					looked += 1;
					fits.then_some(candidate(place, 1, place))
				});
				looked
			};
			let (small, large) = (looked(10), looked(10_000));
			if fits {
				assert!(small <= 10);
				assert_eq!(large, CANDIDATES + u32::from(count) - 1);
			} else {
				assert_eq!((small, large), (10, looks(CANDIDATES, count)));
			}
			assert_eq!(large, looked(100_000));
		}
	}
}

#[test]
fn reads_of_ten_thousand_should_be_like_those_of_ten() {
	let nodes = |providers: u32| {
		let mut ext = crowd(providers, |_| 50);
		let (drawn, proof) = ext.execute_and_prove(|| Market::draw(seed(5), &wanted(), 3, &[]));
		assert!(drawn.is_some());
		proof.iter_nodes().count()
	};
	let (few, many) = (nodes(10), nodes(10_000));
	// Ten places and ten records in both; the paths to them are longer where the trie is deeper, and not shared.
	assert!(many <= few * 4, "{many} trie nodes are read among 10,000 providers, {few} among 10");
	assert!(many <= 2 * 10 * 6, "{many} trie nodes for 20 items");
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

	#[test]
	fn shuffle_should_name_each_number_once(number: u64, len in 0..300u32) {
		let mut places: Vec<_> = Shuffle::new(seed(number), len).collect();
		places.sort_unstable();
		prop_assert_eq!(places, (0..len).collect::<Vec<_>>());
	}

	#[test]
	fn shuffle_should_stay_in_any_range(number: u64, len: u32) {
		let places: Vec<_> = Shuffle::new(seed(number), len).take(100).collect();
		prop_assert!(places.iter().all(|place| *place < len));
		prop_assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), (len as usize).min(100));
	}

	#[test]
	fn picks_should_be_fitting_of_different_operators_and_as_many_as_asked(
		number: u64,
		asks in prop::collection::vec((1..20u128, 0..40u32), 0..80),
		candidates in 1..=64u32,
		count in 0..=8u8,
	) {
		let fitting: BTreeSet<_> =
			asks.iter().filter(|(ask, _)| *ask < 10).map(|(_, operator)| operator).collect();
		let mut looked = 0u32;
		let picked = pick(Shuffle::new(seed(number), asks.len() as u32), candidates, count, |place| {
			looked += 1;
			let (ask, operator) = asks[place as usize];
			(ask < 10).then_some(candidate(place, ask, operator))
		});
		prop_assert!(looked <= looks(candidates, count));
		match picked {
			Some(picked) => {
				let different: BTreeSet<_> =
					picked.iter().map(|offer| asks[offer.provider as usize].1).collect();
				prop_assert_eq!((picked.len(), different.len()), (usize::from(count), usize::from(count)));
				prop_assert!(picked.iter().all(|offer| offer.ask < Price(10)));
			},
			None => prop_assert!(fitting.len() < usize::from(count) || asks.len() as u32 > looks(candidates, count)),
		}
	}
}
