//! The keys of the queue sort like what they stand for, in state as in memory.

use crate::{Rank, Turn};
use codec::Encode;
use ergon_primitives::JobId;
use proptest::prelude::*;

#[test]
fn keys_should_take_no_more_than_their_numbers() {
	assert_eq!(Rank::by_tip(1, JobId(2)).encoded_size(), 24);
	assert_eq!(Turn::new(1, Rank::by_tip(1, JobId(2))).encoded_size(), 32);
}

proptest! {
	#[test]
	fn ranks_should_sort_by_tip_then_age(
		one in (prop_oneof![0..3u128, any::<u128>()], any::<u64>()),
		other in (prop_oneof![0..3u128, any::<u128>()], any::<u64>()),
	) {
		let rank = |(tip, job)| Rank::by_tip(tip, JobId(job));
		let expected = other.0.cmp(&one.0).then(one.1.cmp(&other.1));
		prop_assert_eq!(rank(one).cmp(&rank(other)), expected);
		prop_assert_eq!(rank(one).encode().cmp(&rank(other).encode()), expected);
		prop_assert_eq!(rank(one).job(), JobId(one.1));
	}

	#[test]
	fn ranks_should_sort_by_waiting_then_age(
		one in (prop_oneof![0..3u32, any::<u32>()], any::<u64>()),
		other in (prop_oneof![0..3u32, any::<u32>()], any::<u64>()),
	) {
		let rank = |(since, job)| Rank::by_age(since, JobId(job));
		prop_assert_eq!(rank(one).encode().cmp(&rank(other).encode()), one.cmp(&other));
	}

	#[test]
	fn turns_should_sort_by_round_then_rank(
		one in (prop_oneof![0..3u64, any::<u64>()], 0..5u128, any::<u64>()),
		other in (prop_oneof![0..3u64, any::<u64>()], 0..5u128, any::<u64>()),
	) {
		let rank = |(_, tip, job)| Rank::by_tip(tip, JobId(job));
		let turn = |numbers: (u64, u128, u64)| Turn::new(numbers.0, rank(numbers));
		let expected = one.0.cmp(&other.0).then(rank(one).cmp(&rank(other)));
		prop_assert_eq!(turn(one).cmp(&turn(other)), expected);
		prop_assert_eq!(turn(one).encode().cmp(&turn(other).encode()), expected);
		prop_assert_eq!(turn(one).round(), one.0);
	}
}
