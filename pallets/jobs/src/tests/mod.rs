//! One file for each call and each hook; every test ends in `try_state`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod assignment;
mod cancel;
mod close;
mod deadlines;
mod integrity;
mod money;
mod pruning;
mod request;
mod submit;
mod try_state;
mod views;

use crate::{mock::*, Event, HoldReason, Pallet};
use ergon_primitives::{
	views::Progress, Balance, BlobId, Codec, Fuel, JobId, JobSpec, Price, ShardIndex, ShardKey, Verdict,
};
use ergon_traits::{Closing, Shards};
use frame_support::traits::fungible::InspectHold;

/// Submits for an account; the job's number.
fn submit(owner: AccountId, spec: JobSpec) -> JobId {
	let id = crate::NextJob::<Test>::get();
	Jobs::submit(RuntimeOrigin::signed(owner), spec).unwrap();
	id
}

fn key(job: JobId, shard: u32) -> ShardKey {
	ShardKey { job, shard: ShardIndex(shard) }
}

fn agreed(fuel: u64) -> Verdict {
	let outcomes = BlobId { codec: Codec::Raw, digest: [9; 32] };
	Verdict::Agreed { root: [8; 32], fuel: Fuel(fuel), outcomes }
}

/// Ends an open shard as attestation would; for an agreement, all that were drawn last up to the quorum are with it.
fn close(key: ShardKey, verdict: Verdict) -> Vec<(AccountId, Price)> {
	let quorum = usize::from(crate::Jobs::<Test>::get(key.job).unwrap().spec.policy.quorum);
	let mut all = FakeAttestation::end(key);
	let agreed = match verdict {
		Verdict::Agreed { .. } => all.split_off(all.len() - quorum),
		_ => Vec::new(),
	};
	<Pallet<Test> as Shards<AccountId>>::close(key, Closing { verdict, agreed: agreed.clone() });
	agreed
}

fn held(reason: HoldReason, who: AccountId) -> Balance {
	Balances::balance_on_hold(&reason.into(), &who)
}

fn free(who: AccountId) -> Balance {
	Balances::free_balance(who)
}

fn progress(id: JobId) -> Progress {
	crate::Standings::<Test>::get(id).unwrap().progress
}

/// The pallet's events since the last time this was asked.
fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Jobs(event) => Some(event),
			_ => None,
		})
		.collect();
	System::reset_events();
	events
}

/// The shards opened since the last time the neighbours' log was taken, in order.
fn opened() -> Vec<ShardKey> {
	told()
		.into_iter()
		.filter_map(|told| match told {
			Told::Open(key, ..) => Some(key),
			_ => None,
		})
		.collect()
}
