//! A runtime with this pallet, and fakes of its neighbours that record what they were told.
#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

use crate::{self as pallet_attestation, *};
use core::cell::RefCell;
use ergon_primitives::{
	attestation::Terms, commitment, provider::Wanted, stake::Trust, Balance, BlobId, Claim, Fuel, JobId,
	Price, ShardIndex, Verdict,
};
use ergon_traits::{Attestation as _, Closing, Decision, Discharge, Offer, Payee, Referee};
use frame_support::{
	derive_impl,
	dispatch::CheckIfFeeless,
	parameter_types,
	sp_runtime::{traits::Dispatchable, BuildStorage, DispatchResult},
	traits::Hooks,
};
use std::collections::BTreeMap;

pub type AccountId = u64;
type Block = frame_system::mocking::MockBlock<Test>;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(22)]
	pub type Attestation = pallet_attestation;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type DbWeight = frame_support::weights::constants::ParityDbWeight;
}

parameter_types! {
	pub static MaxHookWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
}

impl Config for Test {
	type Providers = FakeProviders;
	type Shards = FakeShards;
	type Referee = FakeReferee;
	type MaxHookWeight = MaxHookWeight;
	type WeightInfo = ();
}

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
	fn engage(offer: &Offer<AccountId>, key: ShardKey) -> DispatchResult {
		let before = change(|all| all.duties.insert((offer.provider, key), offer.lock));
		assert_eq!(before, None, "nobody is engaged twice");
		Ok(())
	}
	fn discharge(provider: &AccountId, discharge: Discharge) -> Balance {
		let Discharge { key, lock, value, conduct } = discharge;
		assert_eq!(value, VALUE);
		let locked = change(|all| all.duties.remove(&(*provider, key)));
		assert_eq!(locked, Some(lock), "{provider} has as much locked as it is discharged of");
		tell(Told::Discharged(*provider, lock, conduct));
		let loss = loss(conduct, lock);
		if loss > 0 {
			change(|all| all.slashed.insert((*provider, key), loss));
		}
		loss
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
		assert_eq!(shard.phase, ergon_primitives::Phase::Waiting { missing });
		assert_eq!(shard.trust, 0);
		fines(key);
		tell(Told::Requested(key, missing));
	}
	fn decide(key: ShardKey) {
		let shard = Attestation::get(key).unwrap();
		assert_eq!(shard.phase, ergon_primitives::Phase::Deciding);
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

/// An empty chain at block 1. The state is checked when the test is done.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut chain = sp_io::TestExternalities::new(storage);
	chain.execute_with(|| {
		told();
		NEIGHBOURS.take();
		System::set_block_number(1);
		assert_eq!(System::block_hash(0), GENESIS.into());
		let result = test();
		assert_state();
		result
	})
}

pub fn assert_state() {
	Attestation::do_try_state().expect("the state is consistent");
}

/// Goes on to a block, running each block's hook.
pub fn to_block(number: BlockNumber) {
	while System::block_number() < u64::from(number) {
		System::set_block_number(System::block_number() + 1);
		Attestation::on_initialize(System::block_number());
	}
}

/// The windows of every shard in these tests.
pub const COMMIT_WINDOW: BlockNumber = 10;
pub const REVEAL_WINDOW: BlockNumber = 4;
/// The most fuel in every shard in these tests.
pub const FUEL_LIMIT: Fuel = Fuel(1_000);
/// The most that a replica costs in these tests: no more than any lock.
pub const VALUE: Balance = 1_000;
/// In how many shards a lone replica of these tests is audited once.
pub const ONE_IN: u16 = 20;

pub fn terms(quorum: u8, max_replicas: u8) -> Terms {
	Terms {
		quorum,
		max_replicas,
		commit_window: COMMIT_WINDOW,
		reveal_window: REVEAL_WINDOW,
		fuel_limit: FUEL_LIMIT,
		value: VALUE,
	}
}

pub fn key(shard: u32) -> ShardKey {
	ShardKey { job: JobId(7), shard: ShardIndex(shard) }
}

/// What is locked of a provider: a number that tells whose it is.
pub fn lock_of(provider: AccountId) -> Balance {
	Balance::from(provider) * 1_000
}

/// What a provider asks: a number that tells whose it is.
pub fn ask_of(provider: AccountId) -> Price {
	Price(Balance::from(provider) * 10)
}

pub fn offers(providers: &[AccountId]) -> Vec<Offer<AccountId>> {
	let offer = |provider: &AccountId| Offer {
		provider: *provider,
		ask: ask_of(*provider),
		lock: lock_of(*provider),
		trust: None,
	};
	providers.iter().map(offer).collect()
}

/// The offer of one that may work alone, with the lock of that.
pub fn lone_offer(provider: AccountId) -> Offer<AccountId> {
	let lock = lock_of(provider) * Balance::from(ONE_IN);
	let trust = Some(Trust { one_in: ONE_IN, lock });
	Offer { provider, ask: ask_of(provider), lock, trust }
}

/// Opens shard `shard` for these providers, with their number as the quorum.
pub fn open(shard: u32, providers: &[AccountId], max_replicas: u8) -> ShardKey {
	open_of(shard, terms(providers.len() as u8, max_replicas), providers)
}

/// Opens a shard of any terms.
pub fn open_of(shard: u32, terms: Terms, providers: &[AccountId]) -> ShardKey {
	let (key, offers) = (key(shard), offers(providers));
	offers.iter().for_each(|offer| FakeProviders::engage(offer, key).unwrap());
	Attestation::open(key, terms, offers).unwrap();
	key
}

/// Opens a shard for one that works alone.
pub fn open_alone(shard: u32, provider: AccountId, quorum: u8, max_replicas: u8) -> ShardKey {
	let (key, offer) = (key(shard), lone_offer(provider));
	FakeProviders::engage(&offer, key).unwrap();
	Attestation::open_alone(key, terms(quorum, max_replicas), offer).unwrap();
	key
}

/// Draws these providers for a shard that waits.
pub fn extend(key: ShardKey, providers: &[AccountId]) {
	let offers = offers(providers);
	offers.iter().for_each(|offer| FakeProviders::engage(offer, key).unwrap());
	Attestation::extend(key, offers).unwrap();
}

/// Decides on a shard.
pub fn decide(key: ShardKey, decision: Decision) {
	Attestation::decide(key, decision).unwrap();
}

/// A computed claim; different numbers are different claims.
pub fn computed(which: u8) -> Claim {
	Claim::Computed {
		root: [which; 32],
		fuel: Fuel(500),
		outcomes: BlobId { codec: ergon_primitives::Codec::Raw, digest: [which; 32] },
	}
}

/// The verdict over [`computed`].
pub fn agreed_on(which: u8) -> Verdict {
	let Claim::Computed { root, fuel, outcomes } = computed(which) else { unreachable!() };
	Verdict::Agreed { root, fuel, outcomes }
}

/// Each provider's salt for each shard.
pub fn salt(key: ShardKey, provider: AccountId) -> [u8; 32] {
	sp_io::hashing::blake2_256(&codec::Encode::encode(&(key, provider)))
}

/// The hash of this chain's first block.
pub const GENESIS: [u8; 32] = [69; 32];

pub fn sealed(key: ShardKey, provider: AccountId, claim: Claim) -> [u8; 32] {
	commitment(&GENESIS, &key, &provider, &claim, &salt(key, provider))
}

pub fn commit_call(key: ShardKey, provider: AccountId, claim: Claim) -> RuntimeCall {
	commits_call(vec![(key, sealed(key, provider, claim))])
}

pub fn commits_call(commits: Vec<(ShardKey, [u8; 32])>) -> RuntimeCall {
	Call::commit { commits: commits.try_into().unwrap() }.into()
}

pub fn reveal_call(key: ShardKey, provider: AccountId, claim: Claim) -> RuntimeCall {
	reveals_call(vec![Reveal { key, claim, salt: salt(key, provider) }])
}

pub fn reveals_call(reveals: Vec<Reveal>) -> RuntimeCall {
	Call::reveal { reveals: reveals.try_into().unwrap() }.into()
}

/// A call as it comes out of a block: with its own storage layer.
pub fn send(signer: AccountId, call: RuntimeCall) -> frame_support::dispatch::DispatchResultWithPostInfo {
	call.dispatch(RuntimeOrigin::signed(signer))
}

pub fn commit(key: ShardKey, provider: AccountId, claim: Claim) {
	send(worker_of(provider), commit_call(key, provider, claim)).unwrap();
}

pub fn reveal(key: ShardKey, provider: AccountId, claim: Claim) {
	send(worker_of(provider), reveal_call(key, provider, claim)).unwrap();
}

/// All commit to and reveal what is given for each.
pub fn commit_all(key: ShardKey, claims: &[(AccountId, Claim)]) {
	claims.iter().for_each(|(provider, claim)| commit(key, *provider, *claim));
}

pub fn reveal_all(key: ShardKey, claims: &[(AccountId, Claim)]) {
	claims.iter().for_each(|(provider, claim)| reveal(key, *provider, *claim));
}

pub fn phase(key: ShardKey) -> Option<ergon_primitives::Phase> {
	Attestation::get(key).map(|shard| shard.phase)
}

pub fn discharged(provider: AccountId, conduct: Conduct) -> Told {
	Told::Discharged(provider, lock_of(provider), conduct)
}

/// The discharge of one that was drawn to work alone.
pub fn discharged_alone(provider: AccountId, conduct: Conduct) -> Told {
	Told::Discharged(provider, lone_offer(provider).lock, conduct)
}

/// Closed, these being paid by the client.
pub fn closed(key: ShardKey, verdict: Verdict, paid: &[AccountId]) -> Told {
	closed_with(key, verdict, paid, &[])
}

/// Closed, the first being paid by the client, the `replacements` after them by who made them necessary.
pub fn closed_with(key: ShardKey, verdict: Verdict, paid: &[AccountId], replacements: &[AccountId]) -> Told {
	let payee = |provider: &AccountId, replacement| Payee {
		provider: *provider,
		ask: ask_of(*provider),
		replacement,
	};
	let first = paid.iter().map(|provider| payee(provider, false));
	let payees = first.chain(replacements.iter().map(|provider| payee(provider, true))).collect();
	Told::Closed(key, Closing { verdict, payees })
}

/// Everything that is stored, in one hash.
pub fn storage_root() -> Vec<u8> {
	sp_io::storage::root(frame_support::sp_runtime::StateVersion::V1)
}

/// The call fails with `error`, changes nothing, and is not free.
#[track_caller]
pub fn refused(signer: AccountId, call: RuntimeCall, error: Error<Test>) {
	assert!(!call.is_feeless(&RuntimeOrigin::signed(signer)));
	let before = storage_root();
	let failed = send(signer, call).unwrap_err().error;
	assert_eq!(failed, error.into());
	assert_eq!(storage_root(), before);
}
