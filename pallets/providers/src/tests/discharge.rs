use crate::{mock::*, Event};
use ergon_primitives::{provider::Reputation, Conduct, ProviderStatus};
use ergon_traits::{Discharge, Providers};
use frame_support::assert_ok;
use sp_runtime::traits::Zero;

/// Engages provider 1 for a shard with this lock.
fn engaged(number: u32, lock: u128) {
	assert_ok!(Market::engage(&offer(1, lock), shard(number)));
}

/// What a lock of 100 costs by conduct, where another replica costs so much, and what the record says then.
fn check_value(value: u128, conduct: Conduct, loss: u128, reputation: Reputation) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 100);
		assert_eq!(
			Market::discharge(&1, Discharge { key: shard(0), lock: 100, value, conduct }).slashed,
			loss
		);
		assert_eq!((record(1).busy(), record(1).locked, record(1).bond), (0, 0, 1_000 - loss));
		assert_eq!(held(1), 1_000 - loss);
		assert_eq!(Balances::free_balance(TREASURY), ED + loss);
		assert_eq!(record(1).reputation, reputation);
		if loss.is_zero() {
			assert!(events().is_empty());
		} else {
			assert_eq!(
				events(),
				vec![
					Event::Slashed { provider: 1, amount: loss, conduct },
					Event::Suspended { provider: 1, until: 1 + COOL_DOWN },
				]
			);
		}
	});
}

fn check(conduct: Conduct, loss: u128, reputation: Reputation) {
	check_value(0, conduct, loss, reputation);
}

#[test]
fn agreed_should_cost_nothing_and_count() {
	let reputation = Reputation { agreed: 1, streak: 1, ..Default::default() };
	check(Conduct::Agreed, 0, reputation);
	check_value(50, Conduct::Agreed, 0, reputation);
}

#[test]
fn released_should_cost_nothing_and_not_count() {
	check(Conduct::Released, 0, Reputation::default());
	check_value(50, Conduct::Released, 0, Reputation::default());
}

#[test]
fn alone_should_cost_nothing_and_prove_nothing() {
	let reputation = Reputation { alone: 1, ..Default::default() };
	check(Conduct::Alone, 0, reputation);
	check_value(50, Conduct::Alone, 0, reputation);
}

#[test]
fn absent_should_cost_its_share() {
	check(Conduct::Absent, 10, Reputation { absent: 1, faults: 1, slashed: 10, ..Default::default() });
}

#[test]
fn silent_should_cost_its_share() {
	check(Conduct::Silent, 20, Reputation { silent: 1, faults: 1, slashed: 20, ..Default::default() });
}

#[test]
fn dissent_should_cost_the_whole_lock() {
	check(
		Conduct::Dissented,
		100,
		Reputation { dissented: 1, faults: 1, slashed: 100, ..Default::default() },
	);
}

#[test]
fn false_unavailability_should_cost_its_share() {
	let reputation = Reputation { dissented: 1, faults: 1, slashed: 50, ..Default::default() };
	check(Conduct::FalselyUnavailable, 50, reputation);
}

#[test]
fn fault_should_cost_what_another_replica_costs_and_no_more_than_the_lock() {
	let reputation = |slashed| Reputation { absent: 1, faults: 1, slashed, ..Default::default() };
	check_value(10, Conduct::Absent, 10, reputation(10));
	check_value(11, Conduct::Absent, 11, reputation(11));
	check_value(100, Conduct::Absent, 100, reputation(100));
	check_value(101, Conduct::Absent, 100, reputation(100));
}

#[test]
fn streak_should_end_with_a_fault_and_stay_with_work_alone() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 100));
		for conduct in [Conduct::Agreed, Conduct::Agreed, Conduct::Alone] {
			engaged(0, 100);
			discharge(1, 0, 100, conduct);
		}
		assert_eq!(record(1).reputation, Reputation { agreed: 2, streak: 2, alone: 1, ..Default::default() });
		engaged(0, 100);
		engaged(1, 100);
		discharge(1, 0, 100, Conduct::Absent);
		assert_eq!((record(1).reputation.streak, record(1).reputation.faults), (0, 1));
		discharge(1, 1, 100, Conduct::Agreed);
		assert_eq!((record(1).reputation.agreed, record(1).reputation.streak), (3, 1));
		assert_eq!(record(1).reputation.faults, 0);
	});
}

#[test]
fn provider_should_come_back_into_the_index_with_its_slot() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 100);
		engaged(1, 100);
		assert_eq!(Market::available(), 0);
		discharge(1, 0, 100, Conduct::Agreed);
		assert_eq!(Market::available(), 1);
		assert_eq!(Market::duties_of(&1), vec![shard(1)]);
	});
}

#[test]
fn provider_should_be_paused_without_a_fault_when_the_least_bond_was_raised() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 100);
		engaged(1, 100);
		MinBond::set(1_000);
		discharge(1, 0, 100, Conduct::Agreed);
		assert_eq!((record(1).status, events()), (ProviderStatus::Online, vec![]));
		MinBond::set(1_001);
		discharge(1, 1, 100, Conduct::Agreed);
		assert_eq!(record(1).status, ProviderStatus::Paused);
		assert_eq!(events(), vec![Event::Paused { provider: 1 }]);
		assert_eq!(Market::available(), 0);
	});
}

#[test]
fn paused_provider_should_not_be_paused_again() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 100);
		assert_ok!(Market::pause(RuntimeOrigin::signed(1)));
		System::reset_events();
		MinBond::set(1_001);
		discharge(1, 0, 100, Conduct::Agreed);
		assert!(events().is_empty());
	});
}

#[test]
fn whole_bond_can_be_lost() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 1_000);
		assert_eq!(discharge(1, 0, 1_000, Conduct::Dissented), 1_000);
		assert_eq!((record(1).bond, held(1)), (0, 0));
		// It can come back, or leave.
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 1_000));
		System::set_block_number(1 + COOL_DOWN);
		assert_ok!(Market::resume(RuntimeOrigin::signed(1)));
		assert_ok!(Market::deregister(RuntimeOrigin::signed(1)));
	});
}

#[test]
fn provider_without_any_bond_left_should_be_able_to_leave() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 1_000);
		discharge(1, 0, 1_000, Conduct::Dissented);
		assert_ok!(Market::deregister(RuntimeOrigin::signed(1)));
		assert_eq!(Balances::free_balance(1), ENDOWMENT - 1_000);
	});
}

#[test]
fn unbonding_part_should_not_pay_while_the_bond_can() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 500));
		engaged(0, 1_000);
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 500));
		discharge(1, 0, 1_000, Conduct::Dissented);
		assert_eq!((record(1).bond, record(1).unbonding.unwrap().amount, held(1)), (0, 500, 500));
	});
}

#[test]
fn unbonding_part_should_pay_what_the_bond_cannot() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), 500));
		assert_ok!(Market::unbond(RuntimeOrigin::signed(1), 500));
		let mut provider = record(1);
		provider.lose(1_200);
		assert_eq!((provider.bond, provider.unbonding.unwrap().amount), (0, 300));
		provider.lose(300);
		assert_eq!((provider.bond, provider.unbonding), (0, None));
		provider.lose(1);
		assert_eq!(provider.held(), 0);
	});
}

#[test]
#[should_panic(expected = "an engaged provider cannot leave")]
fn discharge_of_a_stranger_should_be_noticed_in_tests() {
	ExtBuilder::default().build_and_execute(|| {
		discharge(1, 0, 100, Conduct::Agreed);
	});
}

#[test]
#[should_panic(expected = "a duty ends once, at the provider that has it")]
fn second_discharge_should_be_noticed_in_tests() {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		engaged(0, 100);
		engaged(1, 100);
		discharge(1, 0, 100, Conduct::Agreed);
		discharge(1, 0, 100, Conduct::Agreed);
	});
}
