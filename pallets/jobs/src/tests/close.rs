use super::*;
use ergon_primitives::{
	money::GFUEL,
	views::{JobState, ShardRecord, ShardView},
	Policy,
};
use frame_support::traits::{LockableCurrency, WithdrawReasons};

/// Submits, draws, and forgets what was told so far.
fn drawn(spec: JobSpec) -> JobId {
	let id = submit(ADA, spec);
	to_block(3);
	told();
	events();
	id
}

#[test]
fn close_should_pay_each_ask_for_the_fuel_used_and_refund_the_rest() {
	execute(|| {
		let id = drawn(spec());
		let before: Vec<_> = PROVIDERS.iter().map(|(who, _)| (*who, free(*who))).collect();
		let owned = free(ADA);
		// Half of the fuel; asks are rounded up to whole plancks.
		let agreed_with = close(key(id, 0), agreed(GFUEL / 2 + 1));
		let due = |ask: Price| ask.0 / 2 + 1;
		let paid: Balance = agreed_with.iter().map(|(_, ask)| due(*ask)).sum();
		let fee = paid * 5 / 100;
		for (who, before) in before {
			let due = agreed_with.iter().find(|(other, _)| *other == who).map_or(0, |(_, ask)| due(*ask));
			assert_eq!(free(who), before + due);
		}
		assert_eq!(free(FEES), ED + fee);
		assert_eq!(free(ADA), owned + 210 - paid - fee);
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
		let fuel = Fuel(GFUEL / 2 + 1);
		let heard: Vec<_> = agreed_with.iter().map(|(who, ask)| Told::Paid(*who, due(*ask), fuel)).collect();
		assert_eq!(told(), heard);

		let verdict = agreed(fuel.0);
		let refunded = 210 - paid - fee;
		assert_eq!(
			events(),
			[
				Event::Closed { key: key(id, 0), verdict, paid, compensated: 0, fee, refunded },
				Event::Finished { job: id }
			]
		);
		let expected = Progress { settled: 1, fuel, paid, fees: fee, refunded, ..Default::default() };
		assert_eq!(progress(id), expected);
		assert_eq!(Jobs::view(id).unwrap().state, JobState::Finished { prune_at: 23 });
		let providers: Vec<_> = agreed_with.into_iter().map(|(who, _)| who).collect();
		assert_eq!(
			Jobs::shard_view(id, ShardIndex(0)),
			Some(ShardView::Closed(ShardRecord {
				verdict,
				at: 3,
				paid,
				compensated: 0,
				providers: providers.try_into().unwrap()
			}))
		);
	});
}

#[test]
fn close_should_cost_exactly_the_budget_at_the_ceiling_with_all_fuel() {
	execute(|| {
		Pool::set(&vec![(11, Price(100)), (12, Price(100))]);
		let id = drawn(JobSpec { tip: 10, ..spec() });
		let owned = free(ADA);
		close(key(id, 0), agreed(GFUEL));
		assert_eq!((progress(id).paid, progress(id).fees, progress(id).refunded), (210, 10, 0));
		assert_eq!(free(ADA), owned);
	});
}

#[test]
fn close_should_share_the_tip_equally_and_take_no_fee_of_it() {
	execute(|| {
		let id = drawn(JobSpec {
			tip: 101,
			policy: Policy { quorum: 3, max_replicas: 3, adaptive: false },
			..spec()
		});
		let agreed_with = close(key(id, 0), agreed(GFUEL));
		let work: Balance = agreed_with.iter().map(|(_, ask)| ask.0).sum();
		assert_eq!(progress(id).paid, work + 3 * 33);
		assert_eq!(progress(id).fees, work * 5 / 100);
		assert_eq!(progress(id).refunded, 315 + 101 - progress(id).paid - progress(id).fees);
	});
}

#[test]
fn close_should_refund_a_shard_without_agreement_in_full() {
	for verdict in [Verdict::NoQuorum, Verdict::Expired] {
		execute(|| {
			let id = drawn(JobSpec { tip: 5, ..spec() });
			close(key(id, 0), verdict);
			assert_eq!(told(), []);
			assert_eq!(
				events(),
				[
					Event::Closed {
						key: key(id, 0),
						verdict,
						paid: 0,
						compensated: 0,
						fee: 0,
						refunded: 215
					},
					Event::Finished { job: id }
				]
			);
			assert_eq!(progress(id), Progress { failed: 1, refunded: 215, ..Default::default() });
			assert_eq!((held(HoldReason::JobBudget, ADA), free(FEES)), (0, ED));
			let Some(ShardView::Closed(record)) = Jobs::shard_view(id, ShardIndex(0)) else {
				panic!("not closed")
			};
			assert_eq!((record.verdict, record.providers.len()), (verdict, 0));
		});
	}
}

#[test]
fn close_should_settle_shard_by_shard_and_finish_with_the_last() {
	execute(|| {
		// 10 + 10 + 5 tasks: budgets 2,100, 2,100 and 1,050.
		let id = drawn(JobSpec { shard_size: 10, ..spec_of(25) });
		assert_eq!(held(HoldReason::JobBudget, ADA), 5_250);
		close(key(id, 2), Verdict::NoQuorum);
		assert_eq!(held(HoldReason::JobBudget, ADA), 4_200);
		close(key(id, 0), agreed(10 * GFUEL));
		assert_eq!(held(HoldReason::JobBudget, ADA), 2_100);
		assert_eq!(Jobs::view(id).unwrap().state, JobState::Working);
		close(key(id, 1), agreed(7));
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
		let progress = progress(id);
		assert_eq!((progress.settled, progress.failed, progress.fuel), (2, 1, Fuel(10 * GFUEL + 7)));
		assert_eq!(events().into_iter().filter(|event| *event == Event::Finished { job: id }).count(), 1);
	});
}

#[test]
fn close_should_give_back_what_a_provider_cannot_take() {
	execute(|| {
		// An account that does not exist, for an amount that cannot open it.
		Pool::set(&vec![(77, Price(ED - 1)), (12, Price(60))]);
		let id = drawn(spec());
		close(key(id, 0), agreed(GFUEL));
		assert_eq!(free(77), 0);
		assert_eq!(told(), [Told::Paid(12, 60, Fuel(GFUEL))]);
		let progress = progress(id);
		assert_eq!((progress.paid, progress.fees, progress.refunded), (60, 3, 147));
	});
}

#[test]
fn an_owner_should_not_work_for_itself() {
	execute(|| {
		Pool::set(&vec![(ADA, Price(50)), (12, Price(60))]);
		let id = submit(ADA, spec());
		// Neither should a provider that it runs.
		Operators::set(&vec![(12, ADA)]);
		to_block(20);
		assert_eq!(progress(id).queued, 1);
		Pool::set(&vec![(ADA, Price(50)), (12, Price(50)), (13, Price(60)), (14, Price(60))]);
		to_block(21);
		let mut drawn = drawn_for(key(id, 0));
		drawn.sort();
		assert_eq!(drawn, [13, 14]);
	});
}

#[test]
fn close_should_pay_out_of_a_frozen_account() {
	execute(|| {
		let id = drawn(spec());
		let everything = free(ADA) + 1_000;
		Balances::set_lock(*b"elsewher", &ADA, everything, WithdrawReasons::all());
		close(key(id, 0), agreed(GFUEL));
		assert!(progress(id).paid > 0);
		assert_eq!(held(HoldReason::JobBudget, ADA), 0);
	});
}

#[test]
fn close_should_let_the_owner_of_nothing_else_pay_and_be_refunded() {
	execute(|| {
		let id = {
			let cost = 210 + 110 + codec::Encode::encoded_size(&spec()) as Balance;
			Balances::force_set_balance(RuntimeOrigin::root(), EVE, cost + ED).unwrap();
			submit(EVE, spec())
		};
		to_block(3);
		close(key(id, 0), agreed(1));
		// Each ask × 1 fuel is rounded up to a planck; 5 % of 2 plancks is nothing.
		assert_eq!(free(EVE), ED + 208);
	});
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "a verdict on a shard that is not open")]
fn close_should_not_settle_a_shard_twice() {
	execute(|| {
		let id = drawn(spec_of(2));
		close(key(id, 0), agreed(1));
		let again = Closing { verdict: agreed(1), payees: vec![] };
		<Pallet<Test> as Shards<AccountId>>::close(key(id, 0), again);
	});
}

#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "a verdict on a shard of no job")]
fn close_should_not_settle_a_shard_of_no_job() {
	execute(|| {
		let closing = Closing { verdict: Verdict::NoQuorum, payees: vec![] };
		<Pallet<Test> as Shards<AccountId>>::close(key(JobId(7), 0), closing);
	});
}
