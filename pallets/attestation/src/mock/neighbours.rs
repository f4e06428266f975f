//! The fakes of the neighbours: they record what they are told, and see that they hear all they must.

use super::{AccountId, Attestation, VALUE};
use core::cell::RefCell;
use ergon_primitives::{provider::Wanted, Balance, Claim, Conduct, Phase, Price, ShardKey};
use ergon_traits::{Attestation as _, Closing, Discharge, Ended, Offer, Providers, Referee};
use frame_support::sp_runtime::DispatchError;
use std::collections::BTreeMap;

/// What a neighbour was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
	Discharged(AccountId, Balance, Conduct),
	Requested(ShardKey, u8),
	ToDecide(ShardKey),
	Judged(ShardKey, Vec<Claim>),
	Closed(ShardKey, Closing<AccountId>),
}

/// What the neighbours keep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
	/// What is locked for each open duty.
	pub duties: BTreeMap<(AccountId, ShardKey), Balance>,
	/// What was taken out of each bond, and for which shard.
	pub slashed: BTreeMap<(AccountId, ShardKey), Balance>,
	/// What of it the jobs heard of.
	pub fined: BTreeMap<ShardKey, Balance>,
	/// What each provider was paid.
	pub paid: BTreeMap<AccountId, Balance>,
	/// What clients have exposed.
	pub known: BTreeMap<ShardKey, Claim>,
	/// What the referee would say.
	pub referee: Option<Claim>,
}

thread_local! {
	static TOLD: RefCell<Vec<Told>> = const { RefCell::new(Vec::new()) };
	static NEIGHBOURS: RefCell<Neighbours> = RefCell::default();
}

fn tell(told: Told) {
	TOLD.with_borrow_mut(|all| all.push(told));
}

/// What the neighbours were told since the last call.
pub fn told() -> Vec<Told> {
	TOLD.take()
}

/// What the neighbours keep now.
pub fn neighbours() -> Neighbours {
	NEIGHBOURS.with_borrow(Clone::clone)
}

/// The neighbours as they were.
pub fn restore(before: Neighbours) {
	NEIGHBOURS.set(before);
}

/// Does it, and if it fails, undoes what it has told the neighbours.
pub fn undone_if_it_fails<R, E>(act: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
	let (before, heard) = (neighbours(), TOLD.with_borrow(Vec::len));
	let result = act();
	if result.is_err() {
		restore(before);
		TOLD.with_borrow_mut(|all| all.truncate(heard));
	}
	result
}

fn change<R>(change: impl FnOnce(&mut Neighbours) -> R) -> R {
	NEIGHBOURS.with_borrow_mut(change)
}

/// The client says what the claim on a shard must be.
pub fn expose(key: ShardKey, claim: Claim) {
	change(|all| all.known.insert(key, claim));
}

/// From now on the referee says this.
pub fn instruct_referee(claim: Option<Claim>) {
	change(|all| all.referee = claim);
}

/// Takes a duty from a provider behind the pallet's back, or gives it one.
pub fn corrupt_duty(provider: AccountId, key: ShardKey, has: bool) {
	change(|all| match has {
		true => all.duties.insert((provider, key), 0),
		false => all.duties.remove(&(provider, key)),
	});
}

/// Providers 1 to 99; the worker of provider `p` is `p + 100`.
pub struct FakeProviders;

pub fn worker_of(provider: AccountId) -> AccountId {
	provider + 100
}

/// What a fault costs: the market's own rule with easy numbers.
pub fn loss(conduct: Conduct, lock: Balance) -> Balance {
	match conduct {
		Conduct::Agreed | Conduct::Released | Conduct::Alone => 0,
		Conduct::Absent | Conduct::FalselyUnavailable => (lock / 10).max(VALUE),
		Conduct::Silent | Conduct::Dissented => lock,
	}
}

impl Providers<AccountId> for FakeProviders {
	fn draw(_: [u8; 32], _: &Wanted, _: u8, _: &[AccountId]) -> Option<Vec<Offer<AccountId>>> {
		unreachable!("attestation draws nobody")
	}
	fn engage(offer: &Offer<AccountId>, key: ShardKey) -> Result<bool, DispatchError> {
		let before = change(|all| all.duties.insert((offer.provider, key), offer.lock));
		assert_eq!(before, None, "nobody is engaged twice");
		Ok(false)
	}
	fn discharge(provider: &AccountId, discharge: Discharge) -> Ended {
		let Discharge { key, lock, value, conduct } = discharge;
		assert_eq!(value, VALUE);
		let locked = change(|all| all.duties.remove(&(*provider, key)));
		assert_eq!(locked, Some(lock), "{provider} has as much locked as it is discharged of");
		tell(Told::Discharged(*provider, lock, conduct));
		let loss = loss(conduct, lock);
		if loss > 0 {
			change(|all| all.slashed.insert((*provider, key), loss));
		}
		// Every second one had all its slots taken.
		Ended { slashed: loss, moved: provider.is_multiple_of(2) }
	}
	fn provider_of(worker: &AccountId) -> Option<AccountId> {
		(101..200).contains(worker).then(|| worker - 100)
	}
	fn operator_of(_: &AccountId) -> AccountId {
		unreachable!("attestation knows no operators")
	}
	fn duties_of(provider: &AccountId) -> Vec<ShardKey> {
		let duties = neighbours().duties.into_keys();
		duties.filter(|(whose, _)| whose == provider).map(|(_, key)| key).collect()
	}
	fn survey(_: &Wanted) -> (u32, Option<Price>) {
		unreachable!("attestation surveys nobody")
	}
}

/// Jobs that only listen, and see that they hear all they must.
pub struct FakeShards;

/// What was slashed for a shard, all of which the jobs must have heard of by now.
fn fines(key: ShardKey) -> Balance {
	let Neighbours { slashed, fined, .. } = neighbours();
	let slashed = slashed.into_iter().filter(|((_, of), _)| *of == key).map(|(_, amount)| amount).sum();
	assert_eq!(fined.get(&key).copied().unwrap_or(0), slashed, "fines are told first");
	slashed
}

impl ergon_traits::Shards<AccountId> for FakeShards {
	fn close(key: ShardKey, closing: Closing<AccountId>) {
		// Everything must be as it will stay by now.
		assert_eq!(Attestation::get(key), None, "the shard is closed when the jobs hear of it");
		let engaged = neighbours().duties.into_keys().any(|(_, duty)| duty == key);
		assert!(!engaged, "nobody's lock outlives the shard");
		let replacements = closing.payees.iter().filter(|payee| payee.replacement).count();
		assert!(fines(key) >= VALUE * replacements as Balance, "fines pay for replacements");
		for payee in &closing.payees {
			change(|all| *all.paid.entry(payee.provider).or_default() += payee.ask.0);
		}
		tell(Told::Closed(key, closing));
	}
	fn request(key: ShardKey, missing: u8) {
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.phase, Phase::Waiting { missing });
		assert_eq!(shard.trust, 0);
		fines(key);
		tell(Told::Requested(key, missing));
	}
	fn decide(key: ShardKey) {
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.phase, Phase::Deciding);
		assert!(shard.trust > 0);
		tell(Told::ToDecide(key));
	}
	fn fined(key: ShardKey, amount: Balance) {
		assert!(amount > 0);
		change(|all| *all.fined.entry(key).or_default() += amount);
	}
	fn known(key: ShardKey) -> Option<Claim> {
		assert!(Attestation::get(key).unwrap().trust > 0, "asked for lone replicas only");
		neighbours().known.get(&key).copied()
	}
}

/// A referee that says what it is told to.
pub struct FakeReferee;

impl Referee for FakeReferee {
	fn judge(key: ShardKey, claims: &[Claim]) -> Option<Claim> {
		tell(Told::Judged(key, claims.to_vec()));
		neighbours().referee
	}
}
