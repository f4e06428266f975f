//! A runtime with the real balances and fakes of the neighbours, which keep in storage what they were told: what a
//! transaction takes back, they have not heard.

#![allow(clippy::unwrap_used, reason = "a mock that cannot be built is a failed test")]

use crate::CreditOf;
use codec::{Decode, Encode};
use ergon_primitives::{
	attestation::Terms,
	job::Timing,
	money::{Economics, GFUEL},
	provider::Wanted,
	stake::{Stake, Trust},
	Balance, BlobId, BlockNumber, Claim, Codec, Conduct, Fuel, Input, JobSpec, Limits, Phase, Policy, Ppm,
	Price, Replica, ReplicaState, Requirements, ShardAttestation, ShardKey, PROFILE_1,
};
use ergon_traits::{Attestation, Decision, Discharge, Ended, Offer, Payouts, Providers};
use frame_support::{
	derive_impl, parameter_types, storage_alias,
	traits::{
		fungible::{Balanced, Inspect, Mutate},
		ConstU64, Hooks, OnUnbalanced, Randomness,
	},
	weights::Weight,
	Hashable, Twox64Concat,
};
use sp_core::H256;
use sp_runtime::{BuildStorage, DispatchError, DispatchResult};

pub type AccountId = u64;
pub type Block = frame_system::mocking::MockBlockU32<Test>;

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
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(21)]
	pub type Jobs = crate;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

/// The existential deposit.
pub const ED: Balance = 10;

parameter_types! {
	pub const ExistentialDeposit: Balance = ED;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ExistentialDeposit;
	type AccountStore = System;
}

parameter_types! {
	pub storage TheEconomics: Economics = Economics {
		fee: Ppm::percent(5),
		least_pay: 1,
		lock_percent: 200,
		late_percent: 2_000,
		min_lock: 1,
		deposit_base: 100,
		deposit_per_byte: 1,
		deposit_per_shard: 10,
		loss_absent: Ppm::percent(10),
		loss_silent: Ppm::percent(50),
		loss_dissent: Ppm::ONE,
		loss_false_unavailable: Ppm::percent(50),
	};
	pub storage TheTiming: Timing = Timing {
		block_millis: 3_000,
		draw_delay: 2,
		commit_base: 10,
		reveal_window: 5,
		retention: 20,
		unbonding: 1_000,
		max_duration: 1_000,
		cool_down: 40,
		max_cool_down: 1_000,
	};
	pub storage HookWeight: Weight = Weight::from_parts(250_000_000_000, 0);
	pub storage IdleWeight: Weight = Weight::MAX;
	pub storage HasRandomness: bool = true;
	/// The pool: account and ask of each provider.
	pub storage Pool: Vec<(AccountId, Price)> = PROVIDERS.map(|(who, ask)| (who, Price(ask))).to_vec();
	/// Shards that each provider can work on.
	pub storage Slots: u32 = 8;
	/// Who may work alone, and how rarely they are audited.
	pub storage Trusted: Vec<(AccountId, u16)> = Vec::new();
	/// Providers that somebody else runs.
	pub storage Operators: Vec<(AccountId, AccountId)> = Vec::new();
	/// Who cannot be engaged.
	pub storage Refusing: Vec<AccountId> = Vec::new();
	/// Whether attestation takes what it is handed.
	pub storage Accepting: bool = true;
}

impl crate::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Economics = TheEconomics;
	type Timing = TheTiming;
	type Time = Timestamp;
	type Randomness = FakeRandomness;
	type Providers = FakeProviders;
	type Attestation = FakeAttestation;
	type Payouts = FakePayouts;
	type Fees = Keep<FEES>;
	type Fines = ConstU64<FINES>;
	type Slash = Keep<TREASURY>;
	type MaxHookWeight = HookWeight;
	type WeightInfo = ();
}

/// What the neighbours were told.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Told {
	Draw {
		seed: [u8; 32],
		count: u8,
		excluded: Vec<AccountId>,
		stake: Stake,
	},
	/// Who, for which shard, with what lock.
	Engage(AccountId, ShardKey, Balance),
	Open(ShardKey, Terms, Vec<AccountId>),
	OpenAlone(ShardKey, Terms, AccountId),
	/// Whether it is to be audited.
	Decide(ShardKey, bool),
	Extend(ShardKey, Vec<AccountId>),
	Abandon(ShardKey),
	Paid(AccountId, Balance, Fuel),
}

#[storage_alias]
type Log = StorageValue<Mock, Vec<Told>, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
type OpenShards = StorageMap<Mock, Twox64Concat, ShardKey, ShardAttestation<AccountId>>;
/// Slots in use.
#[storage_alias]
type Engaged = StorageMap<Mock, Twox64Concat, AccountId, u32, frame_support::pallet_prelude::ValueQuery>;

fn tell(told: Told) {
	Log::append(told);
}

/// All that the neighbours were told since the last time this was asked.
pub fn told() -> Vec<Told> {
	Log::take()
}

/// How many slots are in use.
pub fn engaged() -> u32 {
	Engaged::iter_values().sum()
}

pub struct FakeRandomness;
impl Randomness<Option<H256>, BlockNumber> for FakeRandomness {
	fn random(subject: &[u8]) -> (Option<H256>, BlockNumber) {
		let parent = System::block_number().saturating_sub(1);
		(HasRandomness::get().then(|| H256((subject.to_vec(), parent).blake2_256())), parent)
	}
}

pub struct FakeProviders;
impl Providers<AccountId> for FakeProviders {
	fn draw(
		seed: [u8; 32],
		wanted: &Wanted,
		count: u8,
		excluded: &[AccountId],
	) -> Option<Vec<Offer<AccountId>>> {
		tell(Told::Draw { seed, count, excluded: excluded.to_vec(), stake: wanted.stake });
		let free = |who| Engaged::get(who) < Slots::get();
		let mut fitting: Vec<_> = Pool::get()
			.into_iter()
			.filter(|(who, ask)| *ask <= wanted.ceiling && free(*who))
			.filter(|(who, _)| !excluded.contains(who) && !excluded.contains(&Self::operator_of(who)))
			.collect();
		if fitting.len() < usize::from(count) {
			return None;
		}
		let turn = usize::from(seed[0]) % fitting.len();
		fitting.rotate_left(turn);
		fitting.truncate(count.into());
		let trust = |who| {
			let (_, one_in) = Trusted::get().into_iter().find(|(other, _)| *other == who)?;
			Some(Trust { one_in, lock: LOCK * Balance::from(one_in) })
		};
		let offer = |(provider, ask)| Offer { provider, ask, lock: LOCK, trust: trust(provider) };
		Some(fitting.into_iter().map(offer).collect())
	}

	fn engage(offer: &Offer<AccountId>, key: ShardKey) -> Result<bool, DispatchError> {
		if Refusing::get().contains(&offer.provider) {
			return Err(DispatchError::Other("refusing"));
		}
		tell(Told::Engage(offer.provider, key, offer.lock));
		Engaged::mutate(offer.provider, |slots| *slots += 1);
		Ok(false)
	}

	fn discharge(provider: &AccountId, _: Discharge) -> Ended {
		Engaged::mutate(provider, |slots| *slots = slots.checked_sub(1).unwrap());
		Ended::default()
	}

	fn provider_of(_: &AccountId) -> Option<AccountId> {
		None
	}

	fn operator_of(provider: &AccountId) -> AccountId {
		Operators::get().into_iter().find(|(who, _)| who == provider).map_or(*provider, |(_, by)| by)
	}

	fn duties_of(_: &AccountId) -> Vec<ShardKey> {
		Vec::new()
	}

	fn survey(wanted: &Wanted) -> (u32, Option<Price>) {
		let asks: Vec<_> =
			Pool::get().into_iter().map(|(_, ask)| ask).filter(|ask| *ask <= wanted.ceiling).collect();
		(asks.len() as u32, asks.into_iter().min())
	}
}

fn replicas(offers: Vec<Offer<AccountId>>) -> impl Iterator<Item = Replica<AccountId>> {
	offers.into_iter().map(|Offer { provider, ask, lock, .. }| Replica {
		provider,
		ask,
		lock,
		state: ReplicaState::Assigned,
	})
}

pub struct FakeAttestation;
impl FakeAttestation {
	/// Makes an open shard wait for more replicas, as if some had been absent.
	pub fn wait(key: ShardKey, missing: u8) {
		OpenShards::mutate(key, |shard| shard.as_mut().unwrap().phase = Phase::Waiting { missing });
	}

	/// Makes the lone replica of a shard commit: from now on it waits for the decision.
	pub fn commit_alone(key: ShardKey) {
		OpenShards::mutate(key, |shard| {
			let shard = shard.as_mut().unwrap();
			assert!(shard.trust > 0);
			shard.phase = Phase::Deciding;
			shard.replicas[0].state = ReplicaState::Committed([7; 32]);
		});
	}

	/// Makes the lone replica of a shard commit, be trusted, and wait for its reveal.
	pub fn reveal_alone(key: ShardKey) {
		Self::commit_alone(key);
		OpenShards::mutate(key, |shard| shard.as_mut().unwrap().phase = Phase::Revealing { until: 99 });
	}

	/// Makes a shard of one that works alone a replicated one.
	pub fn replicate(key: ShardKey) {
		OpenShards::mutate(key, |shard| {
			let shard = shard.as_mut().unwrap();
			(shard.trust, shard.phase) = (0, Phase::Revealing { until: 99 });
		});
	}

	/// Makes an open shard wait for a decision.
	pub fn decide_on(key: ShardKey) {
		OpenShards::mutate(key, |shard| shard.as_mut().unwrap().phase = Phase::Deciding);
	}

	/// Makes the first replica of a shard reveal.
	pub fn reveal_first(key: ShardKey) {
		OpenShards::mutate(key, |shard| {
			shard.as_mut().unwrap().replicas[0].state = ReplicaState::Revealed(Claim::Unavailable);
		});
	}

	/// Ends a shard: its replicas are discharged, in the order of drawing they are returned with their asks.
	pub fn end(key: ShardKey) -> Vec<(AccountId, Price)> {
		let ended = OpenShards::take(key).unwrap().replicas;
		for replica in &ended {
			let (lock, conduct) = (replica.lock, Conduct::Released);
			FakeProviders::discharge(&replica.provider, Discharge { key, lock, value: 0, conduct });
		}
		ended.into_iter().map(|replica| (replica.provider, replica.ask)).collect()
	}

	/// All open shards in order.
	pub fn open_keys() -> Vec<ShardKey> {
		let mut keys: Vec<_> = OpenShards::iter_keys().collect();
		keys.sort();
		keys
	}
}

impl Attestation<AccountId> for FakeAttestation {
	fn open(key: ShardKey, terms: Terms, offers: Vec<Offer<AccountId>>) -> DispatchResult {
		if !Accepting::get() {
			return Err(DispatchError::Other("not accepting"));
		}
		let who = offers.iter().map(|offer| offer.provider).collect();
		tell(Told::Open(key, terms, who));
		let replicas: Vec<_> = replicas(offers).collect();
		let phase = Phase::Committing { until: System::block_number() + terms.commit_window };
		let replicas = replicas.try_into().unwrap();
		OpenShards::insert(key, ShardAttestation { terms, phase, trust: 0, replicas });
		Ok(())
	}

	fn open_alone(key: ShardKey, terms: Terms, offer: Offer<AccountId>) -> DispatchResult {
		if !Accepting::get() {
			return Err(DispatchError::Other("not accepting"));
		}
		tell(Told::OpenAlone(key, terms, offer.provider));
		let phase = Phase::Committing { until: System::block_number() + terms.commit_window };
		let trust = offer.trust.unwrap().one_in;
		let replicas = replicas(vec![offer]).collect::<Vec<_>>().try_into().unwrap();
		OpenShards::insert(key, ShardAttestation { terms, phase, trust, replicas });
		Ok(())
	}

	fn decide(key: ShardKey, decision: Decision) -> DispatchResult {
		tell(Told::Decide(key, decision == Decision::Audit));
		OpenShards::mutate(key, |shard| {
			let shard = shard.as_mut().unwrap();
			assert_eq!(shard.phase, Phase::Deciding);
			match decision {
				Decision::Trust => {
					let until = System::block_number() + shard.terms.reveal_window;
					shard.phase = Phase::Revealing { until };
				},
				Decision::Audit => {
					shard.trust = 0;
					shard.phase = Phase::Waiting { missing: shard.terms.quorum - 1 };
				},
			}
		});
		Ok(())
	}

	fn extend(key: ShardKey, offers: Vec<Offer<AccountId>>) -> DispatchResult {
		tell(Told::Extend(key, offers.iter().map(|offer| offer.provider).collect()));
		OpenShards::mutate(key, |shard| {
			let shard = shard.as_mut().unwrap();
			assert_eq!(shard.phase, Phase::Waiting { missing: offers.len() as u8 });
			shard.phase = Phase::Committing { until: System::block_number() + shard.terms.commit_window };
			replicas(offers).for_each(|replica| shard.replicas.try_push(replica).unwrap());
		});
		Ok(())
	}

	fn abandon(key: ShardKey) {
		tell(Told::Abandon(key));
		Self::end(key);
	}

	fn get(key: ShardKey) -> Option<ShardAttestation<AccountId>> {
		OpenShards::get(key)
	}
}

pub struct FakePayouts;
impl Payouts<AccountId> for FakePayouts {
	fn paid(provider: &AccountId, amount: Balance, fuel: Fuel) {
		tell(Told::Paid(*provider, amount, fuel));
	}
}

/// Puts what it is handed on an account.
pub struct Keep<const WHO: AccountId>;
impl<const WHO: AccountId> OnUnbalanced<CreditOf<Test>> for Keep<WHO> {
	fn on_nonzero_unbalanced(credit: CreditOf<Test>) {
		Balances::resolve(&WHO, credit).map_err(drop).unwrap();
	}
}

/// A provider of a shard is slashed, as attestation would tell: the money comes out of nowhere into the pot.
pub fn fine(key: ShardKey, amount: Balance) {
	Balances::mint_into(&FINES, amount).unwrap();
	<Jobs as ergon_traits::Shards<AccountId>>::fined(key, amount);
}

/// What each replica locks, trust apart.
pub const LOCK: Balance = 1_000;
pub const ADA: AccountId = 1;
pub const BOB: AccountId = 2;
/// Owns next to nothing.
pub const EVE: AccountId = 3;
/// Collects the fees.
pub const FEES: AccountId = 99;
/// Where slashes wait.
pub const FINES: AccountId = 98;
/// Collects what replacements did not cost.
pub const TREASURY: AccountId = 97;
/// Who is for hire, and at what ask.
pub const PROVIDERS: [(AccountId, Balance); 5] = [(11, 50), (12, 60), (13, 70), (14, 80), (15, 90)];
/// What Ada and Bob own at first.
pub const RICH: Balance = 1_000_000;

/// Runs a test at block 1; whatever it did, the invariants must hold at its end.
pub fn execute(test: impl FnOnce()) {
	externalities().execute_with(|| {
		to_block(1);
		test();
		check();
	});
}

/// Every invariant; and, where nobody sends money to the pot, that it has not a planck too much either.
pub fn check() {
	Jobs::do_try_state().unwrap();
	let fines: Balance = crate::Fines::<Test>::iter_values().sum();
	assert_eq!(Balances::balance(&FINES), ED + fines);
}

pub fn externalities() -> sp_io::TestExternalities {
	let mut balances = vec![(ADA, RICH), (BOB, RICH), (EVE, 2 * ED), (FEES, ED), (FINES, ED), (TREASURY, ED)];
	balances.extend(PROVIDERS.map(|(who, _)| (who, 1_000)));
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
		.assimilate_storage(&mut storage)
		.unwrap();
	storage.into()
}

/// Runs the hooks of every block up to and including `to`.
pub fn to_block(to: BlockNumber) {
	while System::block_number() < to {
		let now = System::block_number() + 1;
		System::set_block_number(now);
		Timestamp::set_timestamp(u64::from(now) * 3_000);
		let used = Jobs::on_initialize(now);
		let share = HookWeight::get() + <() as crate::WeightInfo>::shared();
		assert!(used.all_lte(share), "the hook used more than its share: {used:?}");
		let used = Jobs::on_idle(now, IdleWeight::get());
		assert!(used.all_lte(IdleWeight::get()), "pruning used more than is idle: {used:?}");
	}
}

/// One task of up to 1 Gfuel, two replicas at up to 100 plancks: a budget of 2 × 100 and 5 % of it, 210.
pub fn spec() -> JobSpec {
	let blob = |byte| BlobId { codec: Codec::Raw, digest: [byte; 32] };
	JobSpec {
		program: blob(1),
		input: Input::Single(blob(2)),
		tasks: 1,
		shard_size: 1,
		limits: Limits { fuel: Fuel(GFUEL), memory: 1 << 20, output: 1_000 },
		args: Default::default(),
		policy: Policy { quorum: 2, max_replicas: 5, adaptive: false },
		max_price: Price(100),
		deadline: 100,
		requirements: Requirements { profile: PROFILE_1, min_speed: 1_000, region: None },
		tip: 0,
		known: Default::default(),
		hints: Default::default(),
	}
}

/// [`spec`] with so many tasks, each a shard.
pub fn spec_of(tasks: u32) -> JobSpec {
	JobSpec { tasks, ..spec() }
}

/// [`spec`], adaptive.
pub fn adaptive() -> JobSpec {
	JobSpec { policy: Policy { adaptive: true, ..spec().policy }, ..spec() }
}
