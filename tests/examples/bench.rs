//! Measures one job's way over a real chain; run by `scripts/bench.sh`. Prints each figure on a line of its own.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use codec::{Compact, Decode};
use ergon_client::Call;
use ergon_primitives::{job::Policy, views::JobState};
use ergon_tests::{
	eventually,
	market::UNIT,
	programs,
	raw::{prefix, Raw},
	Market, Person,
};

/// The pallets that keep state for jobs.
const MARKET_PALLETS: [&str; 2] = ["Jobs", "Attestation"];

/// `System.BlockWeight`: normal, operational, mandatory; returns the reference time of all, in picoseconds.
async fn block_weight(raw: &Raw, number: u32) -> u64 {
	let at = raw.block(Some(number)).await.unwrap();
	let value = raw.value(&prefix("System", "BlockWeight"), &at).await.unwrap();
	let parts = <[(Compact<u64>, Compact<u64>); 3]>::decode(&mut &value[..]).unwrap();
	parts.iter().map(|(time, _)| time.0).sum()
}

/// Bytes of the market's state at a block.
async fn market_state(raw: &Raw, number: u32) -> Vec<usize> {
	let at = raw.block(Some(number)).await.unwrap();
	let mut sizes = Vec::new();
	for pallet in MARKET_PALLETS {
		sizes.push(raw.size_of_pallet(pallet, &at).await.unwrap());
	}
	sizes
}

fn figure(name: &str, value: f64, unit: &str, goal: &str) {
	println!("figure {name} {value:.3} {unit} goal <= {goal}");
}

#[tokio::main]
async fn main() {
	let market = Market::open().await;
	let raw = Raw::connect(&market.node).await.unwrap();
	let mut workers = Vec::new();
	for name in ["Bob", "Charlie", "Dave"] {
		let mut worker = market.register(name, UNIT / 10).await.process(&market.node);
		worker.start();
		workers.push(worker);
	}
	let program = market.put(programs::spin(1)).await;
	let input = market.put(Vec::new()).await;

	// What a block weighs with nothing in it, and with one transfer.
	let transfer = Call::Transfer { to: Person::new("//Dave").account, amount: UNIT };
	let moved = market.client.submit(transfer, &market.customer.key).await.unwrap().block;
	let idle = eventually("an empty block", || async {
		let now = market.client.best_block().await?.0;
		Ok(if now >= moved + 2 { Some(block_weight(&raw, now).await) } else { None })
	})
	.await;
	let transfer = block_weight(&raw, moved).await.saturating_sub(idle);

	// One trivial job with three replicas, from its submission until nothing is left of it. One goes before it, so
	// that counters which exist once for the whole market are there already.
	let mut spec = market.order(program, input).await;
	spec.policy = Policy { quorum: 3, max_replicas: 3, adaptive: false };
	let first = market.submit(spec.clone()).await;
	market.finished(first).await;
	eventually("the first job to be pruned", || async {
		Ok(market.client.job(first).await?.is_none().then_some(()))
	})
	.await;
	spec.deadline = market.order(program, input).await.deadline;
	let before = market_state(&raw, market.client.best_block().await.unwrap().0).await;
	let included = market.client.submit(Call::JobSubmit(spec), &market.customer.key).await.unwrap();
	let (job, submitted) = (included.job.unwrap(), included.block);
	let view = market.finished(job).await;
	let settled = market.record(job, 0).await.at;
	let JobState::Finished { prune_at } = view.state else { unreachable!("it is finished; qed") };
	let mut open = vec![0; MARKET_PALLETS.len()];
	for number in submitted..settled {
		let sizes = market_state(&raw, number).await;
		let grown = sizes.iter().zip(&before).map(|(now, then)| now.saturating_sub(*then));
		open = open.iter().zip(grown).map(|(most, now)| now.max(*most)).collect();
	}
	let pruned = eventually("the job to be pruned", || async {
		let gone = market.client.job(job).await?.is_none();
		Ok(if gone { Some(market.client.best_block().await?.0) } else { None })
	})
	.await;
	let after = market_state(&raw, pruned).await;

	let mut weight = 0;
	for number in (submitted..=settled).chain(prune_at..=pruned) {
		weight += block_weight(&raw, number).await.saturating_sub(idle);
	}
	assert!(open.iter().all(|size| *size > 0), "an open job has state in {MARKET_PALLETS:?}");
	let left: usize = after.iter().zip(&before).map(|(now, then)| now.saturating_sub(*then)).sum();
	figure("submit_to_settled", f64::from(settled - submitted), "blocks", "6");
	figure("settled_job_weight", weight as f64 / transfer as f64, "transfers", "12");
	figure("open_shard_state", open[1] as f64, "bytes", "1024");
	figure("open_job_state", open.iter().sum::<usize>() as f64, "bytes", "2048");
	figure("state_after_pruning", left as f64, "bytes", "0");
}
