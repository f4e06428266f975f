use crate::{mock::*, Available, PAGE};
use ergon_primitives::{
	provider::{Operator, Reputation},
	views::ProviderView,
	Conduct, ProviderStatus,
};
use ergon_traits::Providers;
use frame_support::assert_ok;
use std::collections::BTreeSet;

#[test]
fn view_should_show_the_record_and_the_earnings() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		<Market as ergon_traits::Payouts<_>>::paid(&1, 40, ergon_primitives::Fuel(1));
		<Market as ergon_traits::Payouts<_>>::paid(&1, 2, ergon_primitives::Fuel(0));
		// Whoever is no provider earns nothing here.
		<Market as ergon_traits::Payouts<_>>::paid(&2, 2, ergon_primitives::Fuel(0));
		assert_ok!(Market::set_operator(RuntimeOrigin::signed(1), Some(3)));
		let lock = engage(1, 0);
		assert_eq!(
			Market::view(1),
			Some(ProviderView {
				stash: 1,
				worker: worker(1),
				operator: Operator::Claimed(3),
				info: info(7),
				status: ProviderStatus::Online,
				bond: 1_000,
				locked: lock,
				unbonding: None,
				busy: 1,
				reputation: Reputation::default(),
				earned: 42,
			})
		);
		assert_eq!(Market::view(2), None);
		assert_eq!((Market::min_bond(), Market::unbonding_period()), (1_000, UNBONDING));
	});
}

#[test]
fn duties_should_be_listed_as_they_stand() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_eq!((Market::duties_of(&1), Market::duties_of(&2)), (vec![], vec![]));
		let lock = engage(1, 4);
		engage(1, 9);
		assert_eq!(Market::duties_of(&1), vec![shard(4), shard(9)]);
		discharge(1, 4, lock, Conduct::Released);
		assert_eq!(Market::duties_of(&1), vec![shard(9)]);
		// A worker has none of its own.
		assert_eq!(Market::duties_of(&worker(1)), vec![]);
	});
}

#[test]
fn views_should_list_every_provider_once_in_pages() {
	(1..=10).fold(ExtBuilder::default(), |ext, stash| ext.provider(stash, 7)).build_and_execute(|| {
		let mut seen = BTreeSet::new();
		let mut after = None;
		loop {
			let page = Market::views(after, 3);
			assert!(page.len() <= 3);
			let Some(last) = page.last() else { break };
			after = Some(last.stash);
			seen.extend(page.iter().map(|view| view.stash));
		}
		assert_eq!(seen, (1..=10).collect());
		assert_eq!(Market::views(None, 0), vec![]);
	});
}

#[test]
fn views_should_go_on_behind_a_provider_that_has_left() {
	(1..=10).fold(ExtBuilder::default(), |ext, stash| ext.provider(stash, 7)).build_and_execute(|| {
		let all = Market::views(None, 10);
		let gone = all[4].stash;
		assert_ok!(Market::deregister(RuntimeOrigin::signed(gone)));
		assert_eq!(Market::views(Some(gone), 10), all[5..]);
	});
}

#[test]
fn views_should_return_no_more_than_a_page() {
	(1..=100).fold(ExtBuilder::default(), |ext, stash| ext.provider(stash, 7)).build_and_execute(|| {
		assert_ok!(Balances::transfer_allow_death(RuntimeOrigin::signed(1), 101, 10_000));
		assert_ok!(Market::register(RuntimeOrigin::signed(101), 1_000, worker(101), info(7)));
		assert_eq!(Market::views(None, u32::MAX).len() as u32, PAGE);
		assert_eq!(Market::available(), Available::<Test>::iter().count() as u32);
	});
}
