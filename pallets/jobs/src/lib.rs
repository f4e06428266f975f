//! # Jobs
//!
//! Orders for compute: taken, held money for, drawn providers for, settled, kept for a while, and forgotten.
//!
//! ## Terms
//! - **Job**: one order ([`JobSpec`](ergon_primitives::JobSpec)) of 1 to 1,000,000 **tasks**, cut into **shards**, the
//!   unit that is drawn, attested and paid.
//! - **Budget**: the most that the job can cost, held from its owner at submission (`JobBudget`). Each shard has its
//!   part of it; when the shard closes, that part is paid out, and what is left of it given back at once.
//! - **Deposit**: held while the job's records are in state (`JobDeposit`), given back when they are pruned.
//! - **Quoted terms**: fee, least pay, windows and shard budgets as of the submission. Governance changes the market for
//!   later orders, never for this one, so that what is held always suffices.
//! - **Queue**: three lanes of waiting work, see below.
//! - **Draw**: the choice of a shard's providers, with randomness of a block after the one that asked for it.
//! - **Decision**: whether a provider that works alone is audited; by lot, with such randomness, after it has committed.
//! - **Verdict**: how a shard ended; told by attestation through [`ergon_traits::Shards`].
//! - **Fines**: what replicas of a shard were slashed. They lie in the **pot**, an account of the runtime, until the shard
//!   closes: replacements are paid of them, and what is left goes to the handler of slashes.
//! - **Known answer**: a claim that the client knows beforehand and has put into its order as a commitment. It **exposes**
//!   it when a provider that works alone has committed: a mismatch means an audit.
//!
//! ## A scenario
//! With a draw delay of 2, a commit window of 10, a reveal window of 5 and a retention of 1,000 blocks:
//!
//! *Block 100.* Ada submits a job of two shards, quorum 2, deadline 200. 2 × (2 asks at her ceiling + fee + tip) is held
//! as budget, and the deposit besides. The job waits among her orders; she has a turn in the current round.
//!
//! *Block 101.* The hook meets the job, sees that it is too fresh, and reads on: the randomness of this hook is that
//! of block 100, which the author of the submission's block knew.
//!
//! *Block 102.* With the randomness of block 101, two providers are drawn for shard 0 and engaged, all or none; neither is
//! Ada's. Ada has her turn again in the next round, after everybody else, and shard 1 finds one free provider where two are
//! needed: nothing is engaged, the job is tried again in each block from now on. Ada cannot cancel any more.
//!
//! *Block 106.* Both providers of shard 0 have revealed the same. Attestation says `Agreed`: within the same call they
//! are paid ask × fuel (and never less than the least pay) and half the tip each, the fee goes to its handler, the rest of
//! the shard's budget is free in Ada's account again. They have slots again: shard 1 is drawn in the next block.
//!
//! *Block 118.* One of shard 1's providers never committed. It is slashed; the fine lies in the pot. Attestation asks for one
//! more replica, which waits in the replacements' ring; nobody who ever held the shard, nor who runs them, is drawn for it
//! again.
//!
//! *Block 130.* The two that are there agree. The replacement is paid out of the fine, the fee on it, too; Ada pays for one
//! replica and gets the other's part back. What is left of the fine goes to the handler of slashes.
//!
//! *Block 140.* Bob's job is adaptive. Two providers are drawn; one of them has a long record, so that it is engaged alone, with
//! a larger lock. *Block 145.* It commits, and attestation asks for a decision. *Block 147.* By lot, with the randomness of
//! block 146: no audit. It reveals, is paid, and Bob has saved the second replica. Had the lot said otherwise, a second
//! provider would have been drawn in the same block.
//!
//! *Block 185.* Suppose nobody fits a third order of Ada's so far. A draw now would not leave a replica its windows before
//! block 200, so nothing more is drawn.
//!
//! *Block 200.* The deadline: first of all in this block, what is open is abandoned (its replicas are released without
//! fault), what was never drawn is closed without a record for each shard, and all budget is back with Ada. The job is
//! finished.
//!
//! *Block 1,200.* The records are removed shard by shard in what the blocks leave idle, then the job. Ada's deposit is
//! free, and nothing is left in state.
//!
//! A job that is cancelled while nothing of it was ever drawn is refunded at once and kept for the retention period like
//! any other, so that whoever follows it can read how it ended.
//!
//! ## Who is served when
//! Each block serves, as far as its weight goes:
//! 1. *Replacements and decisions*, first come, first served, and in turn with them
//! 2. *orders*: the clients one after the other, one shard each, then the next round. In a round the client with the highest
//!    tip comes first, then the one with the oldest job; of its jobs, the same. A client with a thousand jobs delays another by
//!    one shard. Whoever is new joins the current round; whoever could not be served for a while does not catch up.
//! 3. *Retry*: jobs for which nobody fitted when they were last tried, each once a block, the clients one after the other, of
//!    their jobs the one that waits longest. A quarter of the weight is kept for them. Once a shard is drawn, the job is an
//!    order again.
//!
//! ## Who pays what
//! A shard never costs its client more than its part of the budget. By verdict:
//! - `Agreed`: each payee its ask for the fuel that the replicas agree on, at least the least pay, and its share of the tip; the
//!   fee on the former. For a replacement, fines pay all but the tip. An endless loop uses all its fuel and is paid in full; an
//!   invalid module uses none and is paid the least.
//! - `Unavailable`: each payee the least pay; the fee on it.
//! - `NoQuorum`, `Expired`, `Cancelled`: nothing.
//!
//! The rest of the part is given back in the same block, and the rest of the shard's fines goes to the handler of slashes. What
//! a provider's account cannot take (too little to open it) the client gets back.
//!
//! ## What always holds
//! `try_state` checks each of these:
//! 1. An account's holds are the sums over its jobs: `JobBudget` of what is still held for open and queued shards,
//!    `JobDeposit` of the deposits.
//! 2. For each job, paid + fees + refunded + held is its budget, and held is the sum of the budgets of its shards
//!    without a verdict: a settled shard holds no one's money.
//! 3. A job's counters add up to its shards; a closed shard has one record, an open one has an open attestation.
//! 4. A job without all verdicts has its deadline in the agenda; a finished one its pruning; neither lies behind the
//!    agenda's cursor.
//! 5. The ring has an item at each number between its ends and nowhere else. An open shard that waits for a decision, or for
//!    replicas that can still be drawn in time, has one.
//! 6. A job with undrawn shards that can still be drawn in time waits in exactly one of the lanes of orders and of retry, under
//!    its owner's name. Whoever has a job waiting in a lane has exactly one turn there, and nobody else has.
//! 7. The pot holds the existential deposit and the fines of open shards (and what strangers may have sent it). Only open shards
//!    have fines.
//! 8. Only open shards have exposed answers, and a job no more of them than its deposit pays for.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod agenda;
mod expose;
mod fines;
mod integrity;
mod orders;
mod pay;
mod queue;
mod settle;
mod types;
mod views;
pub mod weights;

#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use queue::{Ends, Lane, QueueItem, Rank, Turn};
pub use types::{Bill, Job, Quoted, Rest, Standing};
pub use weights::WeightInfo;

/// Where the pallet's log lines say that they come from.
pub(crate) const LOG_TARGET: &str = "runtime::jobs";

/// What leaves an account as a fee and is not yet anybody's.
pub type CreditOf<T> =
	frame_support::traits::fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use codec::Encode;
	use ergon_primitives::{
		job::{Timing, MAX_REPLICAS},
		money::Economics,
		views::{JobView, ShardRecord, ShardView},
		Balance, BlockNumber, Claim, JobId, JobSpec, ShardIndex, ShardKey, Verdict,
	};
	use ergon_traits::{Attestation, Payouts, Providers};
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible, OnUnbalanced, Randomness, UnixTime},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;
	use sp_runtime::SaturatedConversion;

	/// The layout of this pallet's state.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<[u8; 32]>> {
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;

		/// What jobs are paid with.
		type Currency: fungible::Mutate<Self::AccountId, Balance = Balance>
			+ fungible::MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
			+ fungible::BalancedHold<Self::AccountId>;

		/// What orders cost; read at submission only.
		type Economics: Get<Economics>;

		/// How long steps take; an order's windows are read at submission only.
		type Timing: Get<Timing>;

		/// The block's time: where the tasks' clocks start.
		type Time: UnixTime;

		/// What providers are drawn with: randomness of the parent block, `None` if that block has none (then nothing
		/// is drawn in this block).
		type Randomness: Randomness<Option<Self::Hash>, BlockNumberFor<Self>>;

		/// Draws and engages providers.
		type Providers: Providers<Self::AccountId>;

		/// Opens, extends, decides on and abandons the attestation of shards.
		type Attestation: Attestation<Self::AccountId>;

		/// Hears of each payment.
		type Payouts: Payouts<Self::AccountId>;

		/// Takes the protocol fee.
		type Fees: OnUnbalanced<CreditOf<Self>>;

		/// The account where slashes lie until their shard closes. It must hold the existential deposit from the genesis on,
		/// and nobody must be able to sign for it.
		type Fines: Get<Self::AccountId>;

		/// Takes what of a shard's fines its replacements did not cost.
		type Slash: OnUnbalanced<CreditOf<Self>>;

		/// The most that this pallet's hook may take of a block, and the most that pruning takes of what is idle. At
		/// most half of it goes to deadlines, so that draws go on.
		#[pallet::constant]
		type MaxHookWeight: Get<Weight>;

		/// What calls and steps cost.
		type WeightInfo: WeightInfo;
	}

	/// Why this pallet holds money.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The most that a job's open and queued shards can cost.
		#[codec(index = 0)]
		JobBudget,
		/// For a job's records in state.
		#[codec(index = 1)]
		JobDeposit,
	}

	/// The number that the next job gets; also how many were ever submitted.
	#[pallet::storage]
	pub type NextJob<T> = StorageValue<_, JobId, ValueQuery>;

	/// Every order until it is pruned. Written once.
	#[pallet::storage]
	pub type Jobs<T: Config> = StorageMap<_, Twox64Concat, JobId, Job<T::AccountId>>;

	/// How far each job is; rewritten by each draw and settlement.
	#[pallet::storage]
	pub type Standings<T> = StorageMap<_, Twox64Concat, JobId, Standing>;

	/// How each shard that was drawn ended. Shards that never were have none: see [`Standing::rest`].
	#[pallet::storage]
	pub type Shards<T: Config> =
		StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, ShardIndex, ShardRecord<T::AccountId>>;

	/// What open shards ask for, more replicas or a decision, by its place in the ring.
	#[pallet::storage]
	pub type Queue<T> = StorageMap<_, Twox64Concat, u64, QueueItem>;

	/// Where the ring begins and ends.
	#[pallet::storage]
	pub type QueueEnds<T> = StorageValue<_, Ends, ValueQuery>;

	/// Jobs with undrawn shards, by lane and client, the best first; with the first block in which each may be drawn. What is no
	/// longer to be drawn (cancelled, too late) is removed when it is met.
	#[pallet::storage]
	pub type Waiting<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, (Lane, T::AccountId), Identity, Rank, BlockNumber>;

	/// The clients of a lane in the order in which they are served: one entry for each that has jobs waiting there.
	#[pallet::storage]
	pub type Turns<T: Config> = StorageDoubleMap<_, Twox64Concat, Lane, Identity, Turn, T::AccountId>;

	/// The current round of a lane: the highest in which anybody was served.
	#[pallet::storage]
	pub type Round<T> = StorageMap<_, Twox64Concat, Lane, u64, ValueQuery>;

	/// What was slashed for each open shard: it lies in the pot ([`Config::Fines`]) until the shard closes.
	#[pallet::storage]
	pub type Fines<T> = StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, ShardIndex, Balance>;

	/// What clients say that the claims of open shards must be. The job's deposit pays for them.
	#[pallet::storage]
	pub type Exposed<T> = StorageDoubleMap<_, Twox64Concat, JobId, Twox64Concat, ShardIndex, Claim>;

	/// Jobs without all verdicts, by the block that ends them.
	#[pallet::storage]
	pub type Deadlines<T> = StorageDoubleMap<_, Twox64Concat, BlockNumber, Twox64Concat, JobId, ()>;

	/// The first block whose deadlines are not all served.
	#[pallet::storage]
	pub type NextDeadline<T> = StorageValue<_, BlockNumber, ValueQuery>;

	/// Finished jobs, by the block from which on they are removed.
	#[pallet::storage]
	pub type Prunes<T> = StorageDoubleMap<_, Twox64Concat, BlockNumber, Twox64Concat, JobId, ()>;

	/// The first block whose jobs are not all pruned.
	#[pallet::storage]
	pub type NextPrune<T> = StorageValue<_, BlockNumber, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An order was taken.
		Submitted {
			/// Its number.
			job: JobId,
			/// Who ordered.
			owner: T::AccountId,
			/// Held for what it can cost.
			budget: Balance,
			/// Held for its records.
			deposit: Balance,
		},
		/// Providers were drawn and engaged for a shard.
		Assigned {
			/// The shard.
			key: ShardKey,
			/// Who, in the order of drawing.
			providers: BoundedVec<T::AccountId, ConstU32<MAX_REPLICAS>>,
		},
		/// A shard that was drawn has its verdict, and is settled.
		Closed {
			/// The shard.
			key: ShardKey,
			/// How it ended.
			verdict: Verdict,
			/// Paid to its replicas together by the owner, tips included.
			paid: Balance,
			/// Paid to replacements out of fines.
			compensated: Balance,
			/// Taken of the budget as protocol fee.
			fee: Balance,
			/// Given back to the owner.
			refunded: Balance,
		},
		/// The owner has told what the claim on a shard must be.
		Exposed {
			/// The shard.
			key: ShardKey,
			/// Its claim, as the owner knows it.
			claim: Claim,
		},
		/// Every shard of the job has its verdict.
		Finished {
			/// The job.
			job: JobId,
		},
		/// The owner took the order back before anything was drawn.
		Cancelled {
			/// The job.
			job: JobId,
			/// Given back to the owner: the whole budget.
			refunded: Balance,
		},
		/// The job's records are gone and its deposit is given back.
		Pruned {
			/// The job.
			job: JobId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// `tasks` must be 1 to 1,000,000.
		Tasks,
		/// `shard_size` must be 1 to `tasks`.
		ShardSize,
		/// `tasks ÷ shard_size` must be at most 10,000.
		TooManyShards,
		/// `limits.fuel` must be 1 to 10^14.
		Fuel,
		/// `limits.memory` must be 64 KiB to 4 GiB.
		Memory,
		/// `limits.output` must be at most 256 MiB.
		Output,
		/// `args` must be UTF-8 without zero bytes.
		Args,
		/// `policy.quorum` must be at least 1.
		Quorum,
		/// `policy.max_replicas` must be `quorum` to 7.
		MaxReplicas,
		/// `max_price` must be above zero.
		Price,
		/// `requirements.profile` must be 1.
		Profile,
		/// `requirements.min_speed` must be at least 1 Mfuel/s.
		Speed,
		/// `requirements.region` must be two upper-case letters.
		Region,
		/// Price, fuel, tasks and tip multiply to more than an account can hold.
		BudgetOverflow,
		/// `deadline` must be after the current block.
		DeadlinePast,
		/// `deadline` leaves too few blocks to draw, run and settle.
		DeadlineTooSoon,
		/// `deadline` lies farther ahead than the market allows.
		DeadlineTooFar,
		/// The account cannot have budget and deposit held and keep the existential deposit.
		InsufficientBalance,
		/// There is no job of this number: never submitted, or pruned.
		NoSuchJob,
		/// Only the account that submitted a job may cancel it or expose its answers.
		NotOwner,
		/// A job can be cancelled only while nothing of it was ever drawn.
		NotQueued,
		/// `policy.adaptive` needs a `quorum` of at least 2 and a higher `max_replicas`.
		Adaptive,
		/// `known` is for adaptive jobs only.
		Known,
		/// The order has no commitment to this claim for this shard.
		NotKnown,
		/// An answer can be exposed only while one provider works alone on the shard, and only when it has committed.
		NotAlone,
		/// Each of `hints` must be a URL of https, s3, gs or az, and name its blob or have `{cid}` in it.
		Hint,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			let now = now.saturated_into();
			let limit = T::MaxHookWeight::get();
			let mut meter = WeightMeter::with_limit(limit);
			meter.consume(T::WeightInfo::on_initialize_base());

			let mut deadlines = WeightMeter::with_limit(limit.saturating_div(2).min(meter.remaining()));
			Self::serve_deadlines(now, &mut deadlines);
			meter.consume(deadlines.consumed());

			Self::serve_queue(now, &mut meter);
			// Not the hook's own.
			meter.consumed().saturating_add(T::WeightInfo::shared())
		}

		fn on_idle(now: BlockNumberFor<T>, remaining: Weight) -> Weight {
			let mut meter = WeightMeter::with_limit(remaining.min(T::MaxHookWeight::get()));
			if meter.try_consume(T::WeightInfo::on_idle_base()).is_ok() {
				Self::serve_prunes(now.saturated_into(), &mut meter);
			}
			meter.consumed()
		}

		fn integrity_test() {
			Self::check_configuration();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Orders a job.
		///
		/// Signed by the account that pays. Holds from it the most that the job can cost (`JobBudget`) and a deposit
		/// for its records (`JobDeposit`); what is not used comes back by itself.
		///
		/// Fails with the name of the first field that cannot be accepted, or with `InsufficientBalance`. Emits
		/// `Submitted` with the job's number.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::submit(spec.encoded_size() as u32))]
		pub fn submit(origin: OriginFor<T>, spec: JobSpec) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_submit(owner, spec).map(drop)
		}

		/// Takes an order back.
		///
		/// Signed by the account that submitted it, while nothing of it was ever drawn. Gives the whole budget back;
		/// the deposit follows when the record is pruned.
		///
		/// Fails with `NoSuchJob`, `NotOwner` or `NotQueued`. Emits `Cancelled` and `Finished`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_cancel(owner, job)
		}

		/// Exposes a known answer: what the claim on a shard must be.
		///
		/// Signed by the account that submitted the job, while one provider works alone on the shard and has committed. If it
		/// reveals the same, that counts for it like an agreement of several; if not, the rest of a quorum computes the shard,
		/// too, out of the job's budget. Nobody is punished by what is exposed.
		///
		/// Fails with `NoSuchJob`, `NotOwner`, `NotKnown` or `NotAlone`. Emits `Exposed`.
		#[pallet::call_index(2)]
		// What is stored is removed when the shard closes.
		#[pallet::weight(T::WeightInfo::expose().saturating_add(T::DbWeight::get().writes(1)))]
		pub fn expose(origin: OriginFor<T>, key: ShardKey, claim: Claim, salt: [u8; 32]) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_expose(owner, key, claim, salt)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A job, until it is pruned.
		pub fn job(id: JobId) -> Option<JobView<T::AccountId>> {
			Self::view(id)
		}

		/// A shard of a job, until it is pruned.
		pub fn shard(id: JobId, shard: ShardIndex) -> Option<ShardView<T::AccountId>> {
			Self::shard_view(id, shard)
		}
	}

	impl<T: Config> Pallet<T> {
		/// The current block as the market counts them.
		pub(crate) fn now() -> BlockNumber {
			frame_system::Pallet::<T>::block_number().saturated_into()
		}
	}
}
