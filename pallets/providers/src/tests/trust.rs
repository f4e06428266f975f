//! Whether an offer says that its provider may work alone.

use crate::{mock::*, Providers};
use ergon_primitives::{
	stake::{Stake, Trust, LEAST_STREAK, RAREST_AUDIT},
	Conduct,
};
use ergon_traits::{Offer, Providers as _};
use frame_support::assert_ok;

/// Provider 1's offer for the mock's work: the ordinary lock is 105, since that is what a replica can cost.
fn drawn(stake: Stake) -> Option<Offer<AccountId>> {
	let wanted = ergon_primitives::provider::Wanted { stake, ..wanted() };
	Market::draw([3; 32], &wanted, 1, &[]).map(|mut offers| offers.remove(0))
}

/// A provider of this streak and bond.
fn with(streak: u32, bond: u128, test: impl FnOnce()) {
	ExtBuilder::default().provider(1, 7).build_and_execute(|| {
		assert_ok!(Market::bond_more(RuntimeOrigin::signed(1), bond - 1_000));
		Providers::<Test>::mutate(1, |record| record.as_mut().unwrap().reputation.streak = streak);
		test();
	});
}

fn trust() -> Option<Trust> {
	drawn(Stake::Ordinary).unwrap().trust
}

#[test]
fn newcomer_should_not_be_trusted() {
	with(0, 50_000, || assert_eq!(trust(), None));
	with(LEAST_STREAK - 1, 50_000, || assert_eq!(trust(), None));
}

#[test]
fn trust_should_grow_with_the_streak_up_to_the_rarest_audit() {
	let of = |one_in: u16| Some(Trust { one_in, lock: 105 * u128::from(one_in) });
	with(LEAST_STREAK, 50_000, || assert_eq!(trust(), of(10)));
	with(30, 50_000, || assert_eq!(trust(), of(30)));
	with(u32::MAX, 50_000, || assert_eq!(trust(), of(RAREST_AUDIT)));
}

#[test]
fn trust_should_be_covered_by_the_free_bond() {
	with(40, 1_050, || assert_eq!(trust().unwrap().one_in, 10));
	with(40, 1_049, || assert_eq!(trust().unwrap().one_in, 9));
	with(40, 1_049, || {
		assert_ok!(Market::engage(&offer(1, 1_049 - 210), shard(0)));
		assert_eq!(trust(), Some(Trust { one_in: 2, lock: 210 }));
		// With bond for the ordinary lock only, it is still drawn.
		discharge(1, 0, 1_049 - 210, Conduct::Released);
		assert_ok!(Market::engage(&offer(1, 1_049 - 209), shard(0)));
		assert_eq!(drawn(Stake::Ordinary), Some(Offer { lock: 105, ..offer(1, 105) }));
	});
}

#[test]
fn trusted_should_be_engaged_with_the_lock_of_its_trust() {
	with(40, 1_050, || {
		let offer = drawn(Stake::Ordinary).unwrap();
		let lock = offer.trust.unwrap().lock;
		assert_ok!(Market::engage(&Offer { lock, ..offer }, shard(0)));
		assert_eq!((record(1).locked, record(1).free_bond()), (1_050, 0));
		assert_eq!(discharge(1, 0, lock, Conduct::Dissented), 1_050);
	});
}

#[test]
fn nobody_should_be_trusted_when_claims_are_revealed() {
	with(40, 50_000, || {
		let late = drawn(Stake::Late).unwrap();
		assert_eq!((late.lock, late.trust), (140, None));
		assert_eq!(drawn(Stake::Ordinary).unwrap().lock, 105);
	});
}

#[test]
fn fault_should_end_trust() {
	with(40, 50_000, || {
		let lock = engage(1, 0);
		discharge(1, 0, lock, Conduct::Absent);
		System::set_block_number(1 + COOL_DOWN);
		assert_ok!(Market::resume(RuntimeOrigin::signed(1)));
		assert_eq!(trust(), None);
	});
}
