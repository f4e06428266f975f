//! Who is kept out of a draw: the others of an operator that was picked, and whoever is excluded.

use super::draw::{crowd, seed, stashes};
use crate::{mock::*, Providers};
use ergon_primitives::provider::Operator;
use ergon_traits::Providers as _;
use frame_support::assert_ok;

/// Lets this account run a provider.
fn run(stash: AccountId, operator: AccountId) {
	assert_ok!(Market::set_operator(RuntimeOrigin::signed(stash), Some(operator)));
	assert_ok!(Market::confirm_operator(RuntimeOrigin::signed(operator), stash));
}

/// Three providers of price 7, 8 and 9.
fn three(test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).provider(2, 8).provider(3, 9).build_and_execute(test);
}

fn drawn(number: u64, count: u8, excluded: &[AccountId]) -> Option<Vec<AccountId>> {
	let offers = Market::draw(seed(number), &wanted(), count, excluded)?;
	Some(offers.into_iter().map(|offer| offer.provider).collect())
}

#[test]
fn providers_of_one_operator_should_not_be_drawn_together() {
	three(|| {
		run(1, 9);
		run(2, 9);
		for number in 0..50 {
			// The cheaper of the two, and the other operator's.
			assert_eq!(drawn(number, 2, &[]), Some(vec![1, 3]));
			assert_eq!(drawn(number, 3, &[]), None);
		}
	});
}

#[test]
fn stash_that_runs_another_provider_should_not_be_drawn_with_it() {
	three(|| {
		run(1, 2);
		for number in 0..50 {
			assert_eq!(drawn(number, 2, &[]), Some(vec![1, 3]));
		}
	});
}

#[test]
fn claim_alone_should_keep_nobody_out() {
	three(|| {
		// Somebody claims to be run by provider 2's stash, or by the client.
		for stash in [1, 3] {
			assert_ok!(Market::set_operator(RuntimeOrigin::signed(stash), Some(2)));
		}
		assert_eq!(drawn(0, 3, &[]), Some(vec![1, 2, 3]));
		assert_eq!(drawn(0, 2, &[2]), Some(vec![1, 3]));
	});
}

#[test]
fn excluded_should_be_found_by_stash_worker_and_operator() {
	three(|| {
		run(3, 9);
		for number in 0..50 {
			assert_eq!(drawn(number, 2, &[1]), Some(vec![2, 3]));
			assert_eq!(drawn(number, 2, &[worker(2)]), Some(vec![1, 3]));
			assert_eq!(drawn(number, 2, &[9]), Some(vec![1, 2]));
			assert_eq!(drawn(number, 2, &[1, 9]), None);
			// One that is run by another is still itself.
			assert_eq!(drawn(number, 2, &[3]), Some(vec![1, 2]));
		}
	});
}

/// Providers 0 to 9 of 20 equals are run by account 900.
fn half_by_one() -> sp_io::TestExternalities {
	let mut ext = crowd(20, |_| 50);
	ext.execute_with(|| {
		for stash in 0..10 {
			Providers::<Test>::mutate(stash, |record| {
				record.as_mut().unwrap().operator = Operator::Of(900);
			});
		}
	});
	ext
}

#[test]
fn operator_should_have_one_pick_of_a_draw_and_each_machine_the_same_chance_of_it() {
	half_by_one().execute_with(|| {
		let mut counts = [0u32; 20];
		let mut without = 0;
		for number in 0..4_000 {
			let picks = stashes(Market::draw(seed(number), &wanted(), 3, &[]));
			let of_operator = picks.iter().filter(|stash| **stash < 10).count();
			assert!(of_operator <= 1 && picks.len() == 3);
			without += u32::from(of_operator == 0);
			picks.iter().for_each(|stash| counts[*stash as usize] += 1);
		}
		// No pick with a chance of 10/20 × 9/19 × 8/18 = 10.5 %: 421 of 4,000, with a standard deviation of 19.
		assert!((325..520).contains(&without), "{without}");
		// Each of its ten has a tenth of the other 89.5 %: 358 (18); the ten others share what is left of 3 picks: 842 (26).
		assert!(counts[..10].iter().all(|count| (268..448).contains(count)), "{counts:?}");
		assert!(counts[10..].iter().all(|count| (712..972).contains(count)), "{counts:?}");
	});
}

#[test]
fn others_should_be_drawn_equally_often_when_a_client_is_excluded() {
	half_by_one().execute_with(|| {
		// The client runs ten, is the worker of one and the stash of another: eight remain.
		Providers::<Test>::mutate(10, |record| record.as_mut().unwrap().worker = 901);
		let mut counts = [0u32; 20];
		for number in 0..4_000 {
			let picks = Market::draw(seed(number), &wanted(), 2, &[900, 901, 11]).unwrap();
			picks.iter().for_each(|offer| counts[offer.provider as usize] += 1);
		}
		assert!(counts[..12].iter().all(|count| *count == 0), "{counts:?}");
		// 1,000 each are expected, with a standard deviation of 27.
		assert!(counts[12..].iter().all(|count| (863..1_137).contains(count)), "{counts:?}");
	});
}

#[test]
fn draw_should_find_another_beside_an_operator_with_most_of_a_large_market() {
	crowd(1_000, |_| 50).execute_with(|| {
		for stash in 0..800 {
			Providers::<Test>::mutate(stash, |record| {
				record.as_mut().unwrap().operator = Operator::Of(9_000);
			});
		}
		// In vain 0.8^32 = 0.8 times in a thousand.
		let vain = (0..1_000).filter(|number| drawn(*number, 2, &[]).is_none()).count();
		assert!(vain <= 6, "{vain}");
	});
}
