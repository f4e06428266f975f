//! Keeps commits and reveals that would fail out of blocks.

use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use ergon_primitives::ShardKey;
use frame_support::{
	pallet_prelude::{TransactionSource, Weight},
	sp_runtime::{
		impl_tx_ext_default,
		traits::{DispatchInfoOf, DispatchOriginOf, Implication, TransactionExtension, ValidateResult},
		transaction_validity::{InvalidTransaction, TransactionPriority, ValidTransaction},
	},
	traits::IsSubType,
	CloneNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use frame_system::ensure_signed;
use scale_info::TypeInfo;

use crate::{duties::Passed, Call, Config, Pallet, Refusal, WeightInfo};

/// Above what a tip buys in ordinary times: a commit or reveal that misses its window costs its provider money, pays no fee
/// to bid with, and only a drawn provider has one to make.
pub const DUTY_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// A transaction extension that refuses every `commit` and `reveal` that would fail, so that it never enters a block and
/// costs nobody anything. It carries no data.
///
/// An invalid one is refused with `InvalidTransaction::Custom(code)`, where [`Refusal`] lists the codes (100 to 112), or with
/// `BadSigner` if nobody signed it. A valid one gets [`DUTY_PRIORITY`], lives as long as its windows, and provides a tag for
/// each step of each shard, so that a pool holds one transaction for it, not many.
///
/// It looks at the outermost call only. One that is wrapped in a batch or a proxy is a transaction like any other: it pays,
/// and fails on dispatch if it must.
#[derive(
	Encode, Decode, DecodeWithMemTracking, DefaultNoBound, CloneNoBound, EqNoBound, PartialEqNoBound, TypeInfo,
)]
#[scale_info(skip_type_params(T))]
pub struct CheckDuty<T>(PhantomData<T>);

impl<T> CheckDuty<T> {
	/// The extension; there is nothing to choose.
	pub fn new() -> Self {
		Self(PhantomData)
	}
}

impl<T> fmt::Debug for CheckDuty<T> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("CheckDuty")
	}
}

/// Which step of a shard a transaction makes: part of its tag in the pool.
#[derive(Clone, Copy, Encode)]
enum Step {
	#[codec(index = 0)]
	Commit,
	#[codec(index = 1)]
	Reveal,
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckDuty<T>
where
	T::RuntimeCall: IsSubType<Call<T>>,
{
	const IDENTIFIER: &'static str = "CheckDuty";
	type Implicit = ();
	type Val = ();
	type Pre = ();

	fn weight(&self, call: &T::RuntimeCall) -> Weight {
		match call.is_sub_type() {
			// That a call's freedom from fees is found out by the same check again is paid for by the call's own weight: it
			// counts the reading of what by then has been read.
			Some(Call::commit { commits }) => T::WeightInfo::check_commits(commits.len() as u32),
			Some(Call::reveal { reveals }) => T::WeightInfo::check_reveals(reveals.len() as u32),
			// To find out that there is nothing to do.
			_ => Weight::from_parts(100_000, 0),
		}
	}

	fn validate(
		&self,
		origin: DispatchOriginOf<T::RuntimeCall>,
		call: &T::RuntimeCall,
		_info: &DispatchInfoOf<T::RuntimeCall>,
		_len: usize,
		_self_implicit: Self::Implicit,
		_inherited_implication: &impl Implication,
		_source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let call = match call.is_sub_type() {
			Some(call @ (Call::commit { .. } | Call::reveal { .. })) => call,
			_ => return Ok((ValidTransaction::default(), (), origin)),
		};
		let worker = ensure_signed(origin.clone()).map_err(|_| InvalidTransaction::BadSigner)?;
		let validity =
			check::<T>(&worker, call).map_err(|refusal| InvalidTransaction::Custom(refusal.code()))?;
		Ok((validity, (), origin))
	}

	impl_tx_ext_default!(T::RuntimeCall; prepare);
}

fn check<T: Config>(worker: &T::AccountId, call: &Call<T>) -> Result<ValidTransaction, Refusal> {
	match call {
		Call::commit { commits } => {
			let passed = Pallet::<T>::check_commits(worker, commits)?;
			Ok(validity::<T>(Step::Commit, commits.iter().map(|(key, _)| key), passed))
		},
		Call::reveal { reveals } => {
			let passed = Pallet::<T>::check_reveals(worker, reveals)?;
			Ok(validity::<T>(Step::Reveal, reveals.iter().map(|reveal| &reveal.key), passed))
		},
		_ => Ok(ValidTransaction::default()),
	}
}

fn validity<'a, T: Config>(
	step: Step,
	keys: impl Iterator<Item = &'a ShardKey>,
	passed: Passed<T::AccountId>,
) -> ValidTransaction {
	let Passed { provider, until } = passed;
	ValidTransaction {
		priority: DUTY_PRIORITY,
		provides: keys.map(|key| ("CheckDuty", step, key, &provider).encode()).collect(),
		// The current block counts, and so does the last.
		longevity: u64::from(until.saturating_sub(Pallet::<T>::now())).saturating_add(1),
		..Default::default()
	}
}
