//! A runtime with this pallet, and fakes of its neighbours that record what they were told.
#![allow(clippy::unwrap_used)] // A test that cannot go on should stop.

use crate::{self as pallet_attestation, *};
use ergon_primitives::{
	attestation::Terms, commitment, stake::Trust, Balance, BlobId, Claim, Fuel, JobId, Price, ShardIndex,
	Verdict,
};
use ergon_traits::{Attestation as _, Closing, Decision, Offer, Payee};
use frame_support::{
	derive_impl,
	dispatch::CheckIfFeeless,
	parameter_types,
	sp_runtime::{traits::Dispatchable, BuildStorage},
	traits::Hooks,
};

mod neighbours;
pub use neighbours::*;

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

/// An empty chain at block 1. The state is checked when the test is done.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut chain = sp_io::TestExternalities::new(storage);
	chain.execute_with(|| {
		told();
		restore(Neighbours::default());
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
	offers.iter().for_each(|offer| assert!(FakeProviders::engage(offer, key).is_ok()));
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
	offers.iter().for_each(|offer| assert!(FakeProviders::engage(offer, key).is_ok()));
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

/// A call as it comes out of a block: with its own storage layer, which for what the neighbours keep is here.
pub fn send(signer: AccountId, call: RuntimeCall) -> frame_support::dispatch::DispatchResultWithPostInfo {
	undone_if_it_fails(|| call.dispatch(RuntimeOrigin::signed(signer)))
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
