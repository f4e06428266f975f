//! The referee: asked when no more replicas are allowed and there is no quorum.

use crate::{mock::*, *};
use ergon_primitives::{Claim, Verdict};
use ergon_traits::Decision;

/// Three replicas of quorum 2, no more allowed, that say different things; the referee says `judged`.
fn judged(judged: Option<Claim>) -> ShardKey {
	instruct_referee(judged);
	let key = open(0, &[1, 2], 3);
	let claims = [(1, Claim::Unavailable), (2, computed(2))];
	commit_all(key, &claims);
	reveal_all(key, &claims);
	extend(key, &[3]);
	commit(key, 3, computed(3));
	told();
	reveal(key, 3, computed(3));
	key
}

#[test]
fn shard_should_be_settled_by_the_claim_that_the_referee_names() {
	run(|| {
		let key = judged(Some(computed(3)));
		assert_eq!(
			told(),
			vec![
				Told::Judged(key, vec![computed(2), computed(3)]),
				discharged(1, Conduct::FalselyUnavailable),
				discharged(2, Conduct::Dissented),
				discharged(3, Conduct::Agreed),
				// One honest replica beats any number of liars, and they pay for it.
				closed_with(key, agreed_on(3), &[], &[3]),
			]
		);
	});
}

#[test]
fn nobody_should_be_at_fault_when_the_referee_cannot_tell() {
	// Or says what it was not asked about: a claim that nobody made, or one that is not computed.
	for says in [None, Some(computed(1)), Some(Claim::Unavailable)] {
		run(|| {
			let key = judged(says);
			assert_eq!(
				told(),
				vec![
					Told::Judged(key, vec![computed(2), computed(3)]),
					discharged(1, Conduct::Released),
					discharged(2, Conduct::Released),
					discharged(3, Conduct::Released),
					closed(key, Verdict::NoQuorum, &[]),
				]
			);
		});
	}
}

#[test]
fn referee_should_be_asked_once_about_each_claim() {
	run(|| {
		// Five of quorum 3: two say one thing, two another.
		let claims = [(1, computed(1)), (2, computed(2)), (3, computed(1))];
		let key = open(0, &[1, 2, 3], 4);
		commit_all(key, &claims);
		reveal_all(key, &claims);
		extend(key, &[4]);
		commit(key, 4, computed(2));
		instruct_referee(Some(computed(1)));
		told();
		reveal(key, 4, computed(2));
		let told = told();
		assert_eq!(told[0], Told::Judged(key, vec![computed(1), computed(2)]));
		assert_eq!(told.last(), Some(&closed(key, agreed_on(1), &[1, 3])));
	});
}

#[test]
fn referee_should_not_be_asked_when_there_is_nothing_to_judge() {
	run(|| {
		instruct_referee(Some(computed(1)));
		let nothing_computed = open(0, &[1, 2], 2);
		commit_all(nothing_computed, &[(1, Claim::Unavailable), (2, Claim::Unavailable)]);
		reveal(nothing_computed, 1, Claim::Unavailable);
		let nothing_revealed = open(1, &[1, 2], 2);
		commit(nothing_revealed, 1, computed(1));
		to_block(2 + COMMIT_WINDOW);
		let told = told();
		assert!(!told.iter().any(|told| matches!(told, Told::Judged(..))), "{told:?}");
		assert!(told.contains(&closed(nothing_computed, Verdict::NoQuorum, &[])));
		assert!(told.contains(&closed(nothing_revealed, Verdict::NoQuorum, &[])));
	});
}

#[test]
fn committed_one_should_be_released_when_the_referee_is_faster() {
	run(|| {
		// One has revealed, the others of quorum 4 were silent; of three more, one commits. Seven is the most.
		let key = open(0, &[1, 2, 3, 4], 7);
		commit_all(key, &[(1, computed(1)), (2, computed(1)), (3, computed(1)), (4, computed(1))]);
		reveal(key, 1, computed(1));
		to_block(2 + REVEAL_WINDOW);
		extend(key, &[5, 6, 7]);
		commit(key, 5, computed(1));
		instruct_referee(Some(computed(1)));
		told();
		to_block(3 + REVEAL_WINDOW + COMMIT_WINDOW);
		assert_eq!(
			told(),
			vec![
				Told::Judged(key, vec![computed(1)]),
				discharged(6, Conduct::Absent),
				discharged(7, Conduct::Absent),
				discharged(1, Conduct::Agreed),
				discharged(5, Conduct::Released),
				closed(key, agreed_on(1), &[1]),
			]
		);
	});
}

#[test]
fn liar_that_was_trusted_should_be_found_by_the_referee() {
	run(|| {
		let key = open_alone(0, 9, 2, 3);
		commit(key, 9, computed(6));
		decide(key, Decision::Audit);
		extend(key, &[1]);
		commit(key, 1, computed(1));
		reveal_all(key, &[(9, computed(6)), (1, computed(1))]);
		extend(key, &[2]);
		commit(key, 2, Claim::Unavailable);
		instruct_referee(Some(computed(1)));
		reveal(key, 2, Claim::Unavailable);
		assert_eq!(told().last(), Some(&closed(key, agreed_on(1), &[1])));
		assert_eq!(neighbours().slashed[&(9, key)], lone_offer(9).lock);
	});
}
