use super::*;
use crate::{Error, Exposed};
use ergon_primitives::{known_answer, Claim, Stake};
use frame_support::assert_noop;
use sp_runtime::{DispatchError, DispatchResult};

const SALT: [u8; 32] = [5; 32];

fn claim(byte: u8) -> Claim {
	let outcomes = BlobId { codec: Codec::Raw, digest: [byte; 32] };
	Claim::Computed { root: [byte; 32], fuel: Fuel(1), outcomes }
}

fn answer(owner: AccountId, shard: u32, claim: &Claim) -> [u8; 32] {
	let genesis = System::block_hash(0).0;
	known_answer(&genesis, &owner, &spec().program, ShardIndex(shard), claim, &SALT)
}

/// A job of three shards, of which Ada knows the first two; each is worked on by one alone.
fn open() -> JobId {
	Trusted::set(&PROVIDERS.map(|(who, _)| (who, 10)).to_vec());
	let known = vec![answer(ADA, 0, &claim(1)), answer(ADA, 1, &claim(2)), answer(ADA, 0, &claim(3))];
	let id = submit(ADA, JobSpec { tasks: 3, known: known.try_into().unwrap(), ..adaptive() });
	to_block(3);
	events();
	id
}

fn expose(who: AccountId, key: ShardKey, claim: Claim) -> DispatchResult {
	Jobs::expose(RuntimeOrigin::signed(who), key, claim, SALT)
}

fn known(key: ShardKey) -> Option<Claim> {
	<Pallet<Test> as Shards<AccountId>>::known(key)
}

#[test]
fn expose_should_say_what_the_claim_must_be_until_the_shard_closes() {
	execute(|| {
		let id = open();
		FakeAttestation::commit_alone(key(id, 0));
		<Pallet<Test> as Shards<AccountId>>::decide(key(id, 0));
		assert_eq!(known(key(id, 0)), None);
		expose(ADA, key(id, 0), claim(1)).unwrap();
		assert_eq!(events(), [Event::Exposed { key: key(id, 0), claim: claim(1) }]);
		assert_eq!((known(key(id, 0)), known(key(id, 1))), (Some(claim(1)), None));
		check();
		close(key(id, 0), agreed(1));
		assert_eq!(Exposed::<Test>::iter().count(), 0);
	});
}

#[test]
fn expose_should_be_possible_while_the_one_may_reveal() {
	execute(|| {
		let id = open();
		FakeAttestation::reveal_alone(key(id, 1));
		expose(ADA, key(id, 1), claim(2)).unwrap();
		assert_eq!(known(key(id, 1)), Some(claim(2)));
	});
}

#[test]
fn expose_should_keep_one_answer_a_shard() {
	execute(|| {
		let id = open();
		FakeAttestation::reveal_alone(key(id, 0));
		expose(ADA, key(id, 0), claim(1)).unwrap();
		expose(ADA, key(id, 0), claim(3)).unwrap();
		assert_eq!(known(key(id, 0)), Some(claim(3)));
		assert_eq!(Exposed::<Test>::iter().count(), 1);
	});
}

#[test]
fn expose_should_be_for_the_owner_of_a_job() {
	execute(|| {
		let id = open();
		FakeAttestation::reveal_alone(key(id, 0));
		assert_noop!(expose(BOB, key(id, 0), claim(1)), Error::<Test>::NotOwner);
		assert_noop!(expose(ADA, key(JobId(9), 0), claim(1)), Error::<Test>::NoSuchJob);
		for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
			assert_noop!(Jobs::expose(origin, key(id, 0), claim(1), SALT), DispatchError::BadOrigin);
		}
	});
}

#[test]
fn expose_should_refuse_what_the_order_does_not_bind() {
	execute(|| {
		let id = open();
		(0..3).for_each(|shard| FakeAttestation::reveal_alone(key(id, shard)));
		let refused = |shard, claim, salt| {
			let call = Jobs::expose(RuntimeOrigin::signed(ADA), key(id, shard), claim, salt);
			assert_noop!(call, Error::<Test>::NotKnown);
		};
		refused(0, claim(2), SALT);
		refused(0, Claim::Unavailable, SALT);
		refused(0, claim(1), [6; 32]);
		refused(1, claim(1), SALT);
		refused(2, claim(1), SALT);
		refused(7, claim(1), SALT);
		// Another's answers are of no use.
		let known = vec![answer(ADA, 0, &claim(1))].try_into().unwrap();
		let bobs = submit(BOB, JobSpec { known, ..adaptive() });
		to_block(5);
		FakeAttestation::reveal_alone(key(bobs, 0));
		assert_noop!(expose(BOB, key(bobs, 0), claim(1)), Error::<Test>::NotKnown);
	});
}

#[test]
fn expose_should_refuse_before_one_has_committed_alone_and_after() {
	execute(|| {
		let id = open();
		let refused = || {
			assert_noop!(expose(ADA, key(id, 0), claim(1)), Error::<Test>::NotAlone);
		};
		refused(); // it could read the answer and repeat it
		FakeAttestation::commit_alone(key(id, 0));
		FakeAttestation::replicate(key(id, 0));
		refused(); // it is audited
		close(key(id, 0), agreed(1));
		refused();
	});
}

#[test]
fn expose_should_refuse_a_shard_that_several_work_on() {
	execute(|| {
		let known = vec![answer(ADA, 0, &claim(1))].try_into().unwrap();
		let id = submit(ADA, JobSpec { known, ..adaptive() });
		let refused = || {
			assert_noop!(expose(ADA, key(id, 0), claim(1)), Error::<Test>::NotAlone);
		};
		refused(); // not drawn yet
		to_block(3);
		assert_eq!(drawn_for(key(id, 0)).len(), 2);
		refused();
	});
}

#[test]
fn whoever_audits_after_an_answer_was_exposed_should_stake_like_a_late_one() {
	execute(|| {
		let id = open();
		for shard in [0, 2] {
			FakeAttestation::reveal_alone(key(id, shard));
		}
		expose(ADA, key(id, 0), claim(1)).unwrap();
		told();
		// Neither revealed what was exposed: both are audited.
		for (shard, expected) in [(0, Stake::Late), (2, Stake::Ordinary)] {
			request(key(id, shard), 1);
			to_block(System::block_number() + 2);
			let drawn = told();
			let Told::Draw { stake, .. } = drawn[0] else { panic!("{drawn:?}") };
			assert_eq!(stake, expected);
		}
	});
}
