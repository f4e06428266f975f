//! A dishonest worker: does what the protocol asks, in time, with an invented result.

use ergon_client::{Call, Client, Keypair};
use ergon_primitives::{attestation::Reveal, commitment, BlobId, Claim, Fuel, Phase, ReplicaState, ShardKey};

use crate::{eventually, Seat};

/// Commits to and reveals an invented result for the first shard that it is drawn for; returns that shard and what
/// of the bond was locked for it.
pub async fn lie(client: &Client, seat: &Seat) -> (ShardKey, u128) {
	let claim = Claim::Computed { root: [7; 32], fuel: Fuel(1_000), outcomes: BlobId::of(b"invented") };
	let salt = [9; 32];
	let (key, lock) = eventually("the liar to be drawn", || async {
		let duties = client.assignments(&seat.worker.account).await?;
		Ok(duties.first().and_then(|duty| Some((duty.key, duty.own()?.lock))))
	})
	.await;
	let commitment = commitment(&client.genesis(), &key, &seat.stash.account, &claim, &salt);
	send(client, Call::Commit(vec![(key, commitment)]), &seat.worker.key).await;
	eventually("the time to reveal", || async {
		let duties = client.assignments(&seat.worker.account).await?;
		let ready = duties.iter().find(|duty| duty.key == key).filter(|duty| {
			matches!(duty.attestation.phase, Phase::Revealing { .. })
				&& duty.own().is_some_and(|own| matches!(own.state, ReplicaState::Committed(_)))
		});
		Ok(ready.map(|_| ()))
	})
	.await;
	send(client, Call::Reveal(vec![Reveal { key, claim, salt }]), &seat.worker.key).await;
	(key, lock)
}

async fn send(client: &Client, call: Call, key: &Keypair) {
	client.submit(call, key).await.expect("the chain takes well-formed lies");
}
