//! Whatever providers do and whatever is done to them, the state stays whole.

use crate::{mock::*, Providers};
use ergon_primitives::{Conduct, ProviderInfo, ProviderStatus};
use ergon_traits::{Discharge, Ended, Providers as _};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One thing that can happen to one of a few providers; most of them can fail, and are then without effect.
#[derive(Clone, Debug)]
enum Step {
	Register(u64),
	Update(u16),
	BondMore(u128),
	Unbond(u128),
	Withdraw,
	Pause,
	Resume,
	Deregister,
	SetWorker(u64),
	Draw(u64),
	SetOperator(Option<u64>),
	ConfirmOperator(u64),
	ResumeByWorker,
	Discharge(Conduct, u128),
	Blocks(u32),
}

fn step() -> impl Strategy<Value = Step> {
	let conduct = prop_oneof![
		Just(Conduct::Agreed),
		Just(Conduct::Released),
		Just(Conduct::Alone),
		Just(Conduct::Absent),
		Just(Conduct::Silent),
		Just(Conduct::Dissented),
		Just(Conduct::FalselyUnavailable),
	];
	prop_oneof![
		4 => (900..2_000u64).prop_map(Step::Register),
		2 => (0..4u16).prop_map(Step::Update),
		1 => (0..500u128).prop_map(Step::BondMore),
		2 => (0..900u128).prop_map(Step::Unbond),
		1 => Just(Step::Withdraw),
		1 => Just(Step::Pause),
		2 => Just(Step::Resume),
		1 => Just(Step::Deregister),
		1 => (1_000..1_008u64).prop_map(Step::SetWorker),
		6 => any::<u64>().prop_map(Step::Draw),
		5 => (conduct, 0..600u128).prop_map(|(conduct, value)| Step::Discharge(conduct, value)),
		1 => prop::option::of(1..=6u64).prop_map(Step::SetOperator),
		1 => (1..=6u64).prop_map(Step::ConfirmOperator),
		2 => Just(Step::ResumeByWorker),
		1 => (1..40u32).prop_map(Step::Blocks),
	]
}

/// What is open: who holds which lock for which shard.
type Open = Vec<(AccountId, u32, u128)>;

fn take(number: u32, who: AccountId, step: Step, open: &mut Open) {
	let signed = RuntimeOrigin::signed(who);
	let _ = match step {
		Step::Register(bond) => Market::register(signed, bond.into(), worker(who), info(who.into())),
		Step::Update(slots) => Market::update(signed, ProviderInfo { slots, ..info(who.into()) }),
		Step::BondMore(amount) => Market::bond_more(signed, amount),
		Step::Unbond(amount) => Market::unbond(signed, amount),
		Step::Withdraw => Market::withdraw(signed),
		Step::Pause => Market::pause(signed),
		Step::Resume => Market::resume(signed),
		Step::Deregister => Market::deregister(signed),
		Step::SetWorker(key) => Market::set_worker(signed, key),
		Step::SetOperator(operator) => Market::set_operator(signed, operator),
		Step::ConfirmOperator(stash) => Market::confirm_operator(signed, stash),
		Step::ResumeByWorker => Market::resume(RuntimeOrigin::signed(worker(who))),
		Step::Draw(draw) => {
			let mut seed = [0; 32];
			seed[..8].copy_from_slice(&draw.to_le_bytes());
			let mut wanted = wanted();
			wanted.shard_fuel.0 *= 10 + draw % 40;
			if let Some(offers) = Market::draw(seed, &wanted, 2, &[who]) {
				assert_ne!(
					Market::operator_of(&offers[0].provider),
					Market::operator_of(&offers[1].provider)
				);
				for offer in offers {
					assert!(offer.provider != who && Market::operator_of(&offer.provider) != who);
					Market::engage(&offer, shard(number)).unwrap();
					open.push((offer.provider, number, offer.lock));
				}
			}
			Ok(())
		},
		Step::Discharge(conduct, value) => {
			if let Some(at) = open.iter().position(|(provider, ..)| *provider == who) {
				let (provider, number, lock) = open.remove(at);
				let before = (record(provider).status, record(provider).bond);
				let discharge = Discharge { key: shard(number), lock, value, conduct };
				let there = record(provider).place.is_some();
				let Ended { slashed: lost, moved } = Market::discharge(&provider, discharge);
				assert_eq!(moved, there != record(provider).place.is_some());
				assert_eq!(lost, Terms::get().loss(conduct, lock, value));
				assert_eq!(record(provider).bond, before.1 - lost);
				check_status(before.0, record(provider).status, conduct);
			}
			Ok(())
		},
		Step::Blocks(blocks) => {
			System::set_block_number(System::block_number() + blocks);
			Ok(())
		},
	};
}

/// Faults suspend and never shorten; nothing else does.
fn check_status(before: ProviderStatus, after: ProviderStatus, conduct: Conduct) {
	use ProviderStatus::*;
	match (before, after) {
		(Suspended { until: before }, Suspended { until: after }) => assert!(before <= after),
		(_, Suspended { .. }) => assert!(conduct.is_fault()),
		(Online, Online | Paused) | (Paused, Paused) => assert!(!conduct.is_fault()),
		_ => panic!("from {before:?} to {after:?}"),
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

	#[test]
	fn state_should_be_whole_after_every_step(steps in prop::collection::vec((1..=6u64, step()), 1..120)) {
		ExtBuilder::default().build_and_execute(|| {
			let mut open = Open::new();
			for (number, (who, step)) in (0..).zip(steps) {
				take(number, who, step, &mut open);
				Market::do_try_state().unwrap();
				for (stash, provider) in Providers::<Test>::iter() {
					let own = open.iter().filter(|(provider, ..)| *provider == stash);
					let duties: BTreeSet<_> = own.clone().map(|(_, number, _)| shard(*number)).collect();
					assert_eq!(provider.duties.iter().copied().collect::<BTreeSet<_>>(), duties);
					assert_eq!(provider.locked, own.map(|(.., lock)| lock).sum::<u128>());
				}
			}
		});
	}
}

#[test]
fn last_should_take_the_place_of_who_leaves() {
	ExtBuilder::default().provider(1, 7).provider(2, 7).provider(3, 7).build_and_execute(|| {
		Market::pause(RuntimeOrigin::signed(1)).unwrap();
		assert_eq!((record(3).place, record(2).place, record(1).place), (Some(0), Some(1), None));
		// The last itself.
		Market::pause(RuntimeOrigin::signed(2)).unwrap();
		assert_eq!((record(3).place, record(2).place), (Some(0), None));
		Market::pause(RuntimeOrigin::signed(3)).unwrap();
		assert_eq!(Market::available(), 0);
		Market::resume(RuntimeOrigin::signed(2)).unwrap();
		assert_eq!(record(2).place, Some(0));
	});
}
