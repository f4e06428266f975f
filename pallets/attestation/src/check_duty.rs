//! Keeps commits and reveals that would fail out of blocks.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::{fmt, marker::PhantomData};
use ergon_primitives::ShardKey;
use frame_support::{
	dispatch::DispatchResult,
	pallet_prelude::{TransactionSource, Weight},
	sp_runtime::{
		traits::{
			DispatchInfoOf, DispatchOriginOf, Implication, PostDispatchInfoOf, TransactionExtension,
			TransactionExtensionMetadata, ValidateResult,
		},
		transaction_validity::{
			InvalidTransaction, TransactionPriority, TransactionValidityError, ValidTransaction,
		},
	},
	traits::IsSubType,
};
use frame_system::ensure_signed;
use scale_info::{StaticTypeInfo, TypeInfo};

use crate::{duties::Passed, Call, Config, Pallet, Refusal, WeightInfo};

/// Above what a tip buys in ordinary times: a commit or reveal that misses its window costs its provider money, pays no fee
/// to bid with, and only a drawn provider has one to make.
pub const DUTY_PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// A transaction extension around another, which charges fees, for all calls but this pallet's. Every `commit` and `reveal` that
/// would fail is refused, so that it never enters a block and costs nobody anything; one that would not goes past the inner
/// extension, and costs nobody anything either. It carries no data but the inner one's, and is not seen from outside.
///
/// An invalid one is refused with `InvalidTransaction::Custom(code)`, where [`Refusal`] lists the codes (100 to 112), or with
/// `BadSigner` if nobody signed it. A valid one gets [`DUTY_PRIORITY`], lives as long as its windows, and provides a tag for
/// each step of each shard, so that a pool holds one transaction for it, not many.
///
/// It looks at the outermost call only. One that is wrapped in a batch or a proxy is a transaction like any other: it pays,
/// and fails on dispatch if it must.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Eq, PartialEq)]
pub struct CheckDuty<T, S>(S, PhantomData<T>);

impl<T, S> CheckDuty<T, S> {
	/// Around what charges fees.
	pub fn new(inner: S) -> Self {
		Self(inner, PhantomData)
	}
}

impl<T, S: fmt::Debug> fmt::Debug for CheckDuty<T, S> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_tuple("CheckDuty").field(&self.0).finish()
	}
}

/// What a reader of the metadata is told: the inner one, and nothing else.
impl<T, S: StaticTypeInfo> TypeInfo for CheckDuty<T, S> {
	type Identity = S;

	fn type_info() -> scale_info::Type {
		S::type_info()
	}
}

/// Who pays for a transaction.
pub enum Payer<V> {
	/// Nobody: it is a duty.
	Nobody,
	/// Whom the inner extension charges, with what it keeps for that.
	Somebody(V),
}

/// Which step of a shard a transaction makes: part of its tag in the pool.
#[derive(Clone, Copy, Encode)]
enum Step {
	#[codec(index = 0)]
	Commit,
	#[codec(index = 1)]
	Reveal,
}

impl<T, S> TransactionExtension<T::RuntimeCall> for CheckDuty<T, S>
where
	T: Config + Send + Sync,
	T::RuntimeCall: IsSubType<Call<T>>,
	S: TransactionExtension<T::RuntimeCall>,
{
	const IDENTIFIER: &'static str = S::IDENTIFIER;
	type Implicit = S::Implicit;
	type Val = Payer<S::Val>;
	type Pre = Payer<S::Pre>;

	fn metadata() -> Vec<TransactionExtensionMetadata> {
		S::metadata()
	}

	fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
		self.0.implicit()
	}

	fn weight(&self, call: &T::RuntimeCall) -> Weight {
		match call.is_sub_type() {
			Some(Call::commit { commits }) => T::WeightInfo::check_commits(commits.len() as u32),
			Some(Call::reveal { reveals }) => T::WeightInfo::check_reveals(reveals.len() as u32),
			// To find out that there is nothing to do.
			_ => self.0.weight(call).saturating_add(Weight::from_parts(100_000, 0)),
		}
	}

	fn validate(
		&self,
		origin: DispatchOriginOf<T::RuntimeCall>,
		call: &T::RuntimeCall,
		info: &DispatchInfoOf<T::RuntimeCall>,
		len: usize,
		implicit: Self::Implicit,
		implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, T::RuntimeCall> {
		let duty = match call.is_sub_type() {
			Some(duty @ (Call::commit { .. } | Call::reveal { .. })) => duty,
			_ => {
				let (validity, val, origin) =
					self.0.validate(origin, call, info, len, implicit, implication, source)?;
				return Ok((validity, Payer::Somebody(val), origin));
			},
		};
		let worker = ensure_signed(origin.clone()).map_err(|_| InvalidTransaction::BadSigner)?;
		let validity =
			check::<T>(&worker, duty).map_err(|refusal| InvalidTransaction::Custom(refusal.code()))?;
		Ok((validity, Payer::Nobody, origin))
	}

	fn prepare(
		self,
		val: Self::Val,
		origin: &DispatchOriginOf<T::RuntimeCall>,
		call: &T::RuntimeCall,
		info: &DispatchInfoOf<T::RuntimeCall>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		match val {
			Payer::Nobody => Ok(Payer::Nobody),
			Payer::Somebody(val) => self.0.prepare(val, origin, call, info, len).map(Payer::Somebody),
		}
	}

	fn post_dispatch_details(
		pre: Self::Pre,
		info: &DispatchInfoOf<T::RuntimeCall>,
		post_info: &PostDispatchInfoOf<T::RuntimeCall>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		match pre {
			Payer::Nobody => Ok(Weight::zero()),
			Payer::Somebody(pre) => S::post_dispatch_details(pre, info, post_info, len, result),
		}
	}
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
