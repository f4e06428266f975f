//! One file for each call and each hook; every test ends in `try_state`.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod assignment;
mod cancel;
mod close;
mod deadlines;
mod decide;
mod expose;
mod fairness;
mod fines;
mod integrity;
mod lanes;
mod large;
mod money;
mod pruning;
mod request;
mod submit;
mod try_state;
mod unavailable;
mod views;

use crate::{mock::*, Event, HoldReason, Pallet};
use ergon_primitives::{
	views::Progress, Balance, BlobId, Codec, Fuel, JobId, JobSpec, Price, ShardIndex, ShardKey, Verdict,
};
use ergon_traits::{Closing, Payee, Shards};
use frame_support::traits::fungible::InspectHold;

/// Submits for an account; the job's number.
fn submit(owner: AccountId, spec: JobSpec) -> JobId {
	let id = crate::NextJob::<Test>::get();
	Jobs::submit(RuntimeOrigin::signed(owner), spec).unwrap();
	id
}

/// Submits the same order so many times.
fn flood(owner: AccountId, count: u32, spec: JobSpec) {
	for _ in 0..count {
		submit(owner, spec.clone());
	}
}

fn key(job: JobId, shard: u32) -> ShardKey {
	ShardKey { job, shard: ShardIndex(shard) }
}

fn agreed(fuel: u64) -> Verdict {
	let outcomes = BlobId { codec: Codec::Raw, digest: [9; 32] };
	Verdict::Agreed { root: [8; 32], fuel: Fuel(fuel), outcomes }
}

/// Ends an open shard as attestation would; for an agreement, all that were drawn last up to the quorum are with it, and
/// nobody was replaced for a fault.
fn close(key: ShardKey, verdict: Verdict) -> Vec<(AccountId, Price)> {
	close_with(key, verdict, 0)
}

/// The same where the last so many payees are replacements.
fn close_with(key: ShardKey, verdict: Verdict, replacements: usize) -> Vec<(AccountId, Price)> {
	let quorum = usize::from(crate::Jobs::<Test>::get(key.job).unwrap().spec.policy.quorum);
	let mut all = FakeAttestation::end(key);
	let agreed = match verdict {
		Verdict::Agreed { .. } | Verdict::Unavailable => all.split_off(all.len().saturating_sub(quorum)),
		_ => Vec::new(),
	};
	let firsts = agreed.len() - replacements.min(agreed.len());
	let payees = agreed
		.iter()
		.enumerate()
		.map(|(place, (provider, ask))| Payee {
			provider: *provider,
			ask: *ask,
			replacement: place >= firsts,
		})
		.collect();
	<Pallet<Test> as Shards<AccountId>>::close(key, Closing { verdict, payees });
	agreed
}

/// An open shard needs more replicas, as attestation would ask.
fn request(key: ShardKey, missing: u8) {
	FakeAttestation::wait(key, missing);
	<Pallet<Test> as Shards<AccountId>>::request(key, missing);
}

/// Everybody who was ever drawn for an open shard.
fn drawn_for(key: ShardKey) -> Vec<AccountId> {
	use ergon_traits::Attestation;
	FakeAttestation::get(key).unwrap().replicas.into_iter().map(|replica| replica.provider).collect()
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
