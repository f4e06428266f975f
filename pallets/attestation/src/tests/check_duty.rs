//! `CheckDuty`: what never enters a block.

use crate::{check_duty::DUTY_PRIORITY, mock::*, *};
use codec::Encode;
use frame_support::traits::Hooks as _;
use frame_support::{
	dispatch::{DispatchInfo, GetDispatchInfo},
	sp_runtime::{
		traits::{DispatchTransaction, TransactionExtension},
		transaction_validity::{
			InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
		},
	},
};

/// What the extension says of a call.
pub fn validate(
	origin: RuntimeOrigin,
	call: &RuntimeCall,
) -> Result<ValidTransaction, TransactionValidityError> {
	let info: DispatchInfo = call.get_dispatch_info();
	CheckDuty::<Test, ()>::new(())
		.validate_only(origin, call, &info, 0, TransactionSource::External, 0)
		.map(|(validity, _, _)| validity)
}

#[track_caller]
fn kept_out(signer: AccountId, call: RuntimeCall, refusal: Refusal) {
	let custom = InvalidTransaction::Custom(refusal.code());
	assert_eq!(validate(RuntimeOrigin::signed(signer), &call), Err(custom.into()));
	// It says what dispatch would say.
	assert_eq!(send(signer, call).unwrap_err().error, Error::<Test>::from(refusal).into());
}

#[test]
fn extension_should_add_nothing_to_a_transaction() {
	let inner = frame_system::CheckNonce::<Test>::from(300);
	assert_eq!(CheckDuty::<Test, _>::new(inner.clone()).encode(), inner.encode());
	type Wrapped = CheckDuty<Test, frame_system::CheckNonce<Test>>;
	assert_eq!(<Wrapped as TransactionExtension<RuntimeCall>>::IDENTIFIER, "CheckNonce");
	let metadata = <Wrapped as TransactionExtension<RuntimeCall>>::metadata();
	assert_eq!(metadata.iter().map(|one| one.identifier).collect::<Vec<_>>(), ["CheckNonce"]);
}

#[test]
fn valid_duty_should_pass_ahead_of_others_as_long_as_it_counts() {
	run(|| {
		let keys = [open(0, &[1, 2], 4), open(1, &[1], 1)];
		to_block(3);
		let call = commits_call(keys.iter().map(|key| (*key, sealed(*key, 1, computed(1)))).collect());
		let commit = validate(RuntimeOrigin::signed(worker_of(1)), &call).unwrap();
		assert_eq!(commit.priority, DUTY_PRIORITY);
		assert_eq!(commit.provides.len(), 2);
		assert_eq!(commit.requires.len(), 0);
		// Blocks 3 to 1 + COMMIT_WINDOW.
		assert_eq!(commit.longevity, u64::from(COMMIT_WINDOW) - 1);

		send(worker_of(1), call).unwrap();
		let call = reveal_call(keys[1], 1, computed(1));
		let reveal = validate(RuntimeOrigin::signed(worker_of(1)), &call).unwrap();
		assert_eq!(reveal.longevity, u64::from(REVEAL_WINDOW) + 1);
		// Each step of each shard is another tag.
		assert!(!commit.provides.contains(&reveal.provides[0]));
	});
}

#[test]
fn step_should_have_one_tag_whatever_it_says() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let tags = |provider, claim| {
			let origin = RuntimeOrigin::signed(worker_of(provider));
			validate(origin, &commit_call(key, provider, claim)).unwrap().provides
		};
		assert_eq!(tags(1, computed(1)), tags(1, computed(2)));
		assert_ne!(tags(1, computed(1)), tags(2, computed(1)));
	});
}

#[test]
fn every_commit_that_would_fail_should_be_kept_out() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let worker = worker_of(1);
		let other = crate::mock::key(9);
		kept_out(5, commit_call(key, 1, computed(1)), Refusal::NotAProvider);
		kept_out(worker_of(3), commit_call(key, 3, computed(1)), Refusal::NotAssigned);
		kept_out(worker, commits_call(vec![]), Refusal::Empty);
		kept_out(worker, commits_call(vec![(key, [0; 32]), (key, [1; 32])]), Refusal::Duplicate);
		kept_out(worker, commit_call(other, 1, computed(1)), Refusal::NotOpen);
		commit(key, 1, computed(1));
		kept_out(worker, commit_call(key, 1, computed(1)), Refusal::AlreadyCommitted);
		System::set_block_number(u64::from(2 + COMMIT_WINDOW));
		kept_out(worker_of(2), commit_call(key, 2, computed(1)), Refusal::TooLate);
		Attestation::on_initialize(System::block_number());
		kept_out(worker_of(2), commit_call(key, 2, computed(1)), Refusal::NotCommitting);
	});
}

#[test]
fn every_reveal_that_would_fail_should_be_kept_out() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		let worker = worker_of(1);
		kept_out(5, reveal_call(key, 1, computed(1)), Refusal::NotAProvider);
		kept_out(worker, reveal_call(key, 1, computed(1)), Refusal::NotRevealing);
		kept_out(worker, reveals_call(vec![]), Refusal::Empty);
		commit_all(key, &[(1, computed(1)), (2, computed(1))]);
		kept_out(worker, reveal_call(key, 1, computed(2)), Refusal::CommitmentMismatch);
		reveal(key, 1, computed(1));
		kept_out(worker, reveal_call(key, 1, computed(1)), Refusal::AlreadyRevealed);
	});
}

#[test]
fn duty_of_a_lone_replica_should_be_kept_out_while_it_is_decided() {
	run(|| {
		let key = open_alone(0, 9, 2, 4);
		let call = commit_call(key, 9, computed(1));
		let valid = validate(RuntimeOrigin::signed(worker_of(9)), &call).unwrap();
		assert_eq!(valid.longevity, u64::from(COMMIT_WINDOW) + 1);
		send(worker_of(9), call.clone()).unwrap();
		kept_out(worker_of(9), call, Refusal::NotCommitting);
		kept_out(worker_of(9), reveal_call(key, 9, computed(1)), Refusal::NotRevealing);
	});
}

#[test]
fn unsigned_duty_should_be_kept_out() {
	run(|| {
		let key = open(0, &[1, 2], 4);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			let refused = validate(origin, &commit_call(key, 1, computed(1)));
			assert_eq!(refused, Err(InvalidTransaction::BadSigner.into()));
		}
	});
}

#[test]
fn other_calls_should_pass_untouched() {
	run(|| {
		let call: RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
		for signer in [5, worker_of(1)] {
			let passed = validate(RuntimeOrigin::signed(signer), &call);
			assert_eq!(passed, Ok(ValidTransaction::default()));
		}
	});
}

#[test]
fn codes_should_stay_as_documented() {
	let codes = [
		(Refusal::NotAProvider, 100),
		(Refusal::Empty, 101),
		(Refusal::Duplicate, 102),
		(Refusal::NotOpen, 103),
		(Refusal::NotAssigned, 104),
		(Refusal::NotCommitting, 105),
		(Refusal::TooLate, 106),
		(Refusal::AlreadyCommitted, 107),
		(Refusal::NotRevealing, 108),
		(Refusal::NotCommitted, 109),
		(Refusal::AlreadyRevealed, 110),
		(Refusal::TooMuchFuel, 111),
		(Refusal::CommitmentMismatch, 112),
	];
	assert!(codes.iter().all(|(refusal, code)| refusal.code() == *code));
}

#[test]
fn weight_should_grow_with_the_batch_and_never_be_nothing() {
	let weight = |call: RuntimeCall| CheckDuty::<Test, ()>::new(()).weight(&call);
	let batch = |n: u32| commits_call((0..n).map(|shard| (key(shard), [0; 32])).collect());
	assert!(weight(batch(2)).all_gt(weight(batch(1))));
	assert_eq!(weight(batch(3)), <() as WeightInfo>::check_commits(3));
	assert!(weight(frame_system::Call::remark { remark: vec![] }.into()).any_gt(Weight::zero()));
}
