//! `ergon-worker status`.

use super::{
	standing::{self, Watched},
	KeyArgs, NodeArgs, Place,
};
use crate::{
	duty::{Duty, DutyId},
	journal::{Entries, Journal, Stage},
};
use anyhow::Context;
use clap::Args;
use ergon_client::{account_of, Client};
use ergon_primitives::{money::Economics, BlockNumber, Phase, ReplicaState};
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub(super) struct Status {
	#[command(flatten)]
	node: NodeArgs,
	#[command(flatten)]
	key: KeyArgs,
	#[command(flatten)]
	place: Place,
	/// Print JSON
	#[arg(long)]
	json: bool,
}

/// One shard, as a line.
struct Line {
	shard: String,
	chain: String,
	journal: &'static str,
	until: Option<BlockNumber>,
	/// `None` for a shard that is over.
	watched: Option<Watched>,
}

impl Status {
	pub(super) fn execute(self) -> anyhow::Result<()> {
		let account = account_of(&self.key.read(&self.place)?);
		let runtime = tokio::runtime::Builder::new_current_thread()
			.enable_all()
			.build()
			.context("starting the command's thread")?;
		let (genesis, now, economics, provider, duties) = runtime.block_on(async {
			let client = Client::connect(&self.node.node).await?;
			let now = client.best_block().await?.0;
			let economics = client.market().await?.economics;
			let provider = match client.provider_of(&account).await? {
				Some(stash) => client.provider(&stash).await?,
				None => None,
			};
			anyhow::Ok((client.genesis(), now, economics, provider, client.assignments(&account).await?))
		})?;
		let entries = Journal::peek(&self.place.journal(&account), &genesis, &account.0)?;
		let lines = lines(&duties, &entries, &economics);
		if self.json {
			let shards: Vec<_> = lines
				.iter()
				.map(
					|line| json!({ "shard": line.shard, "chain": line.chain, "journal": line.journal, "until": line.until, "watched": line.watched.map(|watched| watched.json()) }),
				)
				.collect();
			let genesis = format!("0x{}", hex::encode(genesis));
			let provider = standing::json(provider.as_ref(), now);
			println!(
				"{}",
				json!({ "worker": account.to_string(), "genesis": genesis, "block": now, "provider": provider, "shards": shards })
			);
			return Ok(());
		}
		println!("worker {account} at block {now}: {} open", duties.len());
		for line in standing::describe(provider.as_ref(), now) {
			println!("{line}");
		}
		if !lines.is_empty() {
			println!("{:<16}{:<22}{:<12}{:<10}watched", "shard", "chain", "journal", "until");
		}
		for line in lines {
			let until = line.until.map_or("-".to_owned(), |until| until.to_string());
			let watched = line.watched.map_or("-".to_owned(), |watched| watched.text());
			println!("{:<16}{:<22}{:<12}{until:<10}{watched}", line.shard, line.chain, line.journal);
		}
		Ok(())
	}
}

/// Open duties first, then promises whose shards are over.
fn lines(duties: &[Duty], entries: &Entries, economics: &Economics) -> Vec<Line> {
	let journal = |id: &DutyId| entries.get(id).map_or("-", |entry| entry.stage.name());
	let ids: BTreeSet<_> = duties.iter().map(DutyId::of).collect();
	let open = duties.iter().map(|duty| {
		let (phase, until) = match duty.attestation.phase {
			Phase::Waiting { .. } => ("waiting", None),
			Phase::Deciding => ("deciding", None),
			Phase::Committing { until } => ("committing", Some(until)),
			Phase::Revealing { until } => ("revealing", Some(until)),
		};
		let own = duty.own().map_or("not drawn", |own| match own.state {
			ReplicaState::Assigned => "assigned",
			ReplicaState::Committed(_) => "committed",
			ReplicaState::Revealed(_) => "revealed",
			ReplicaState::Absent => "absent",
			ReplicaState::Silent => "silent",
		});
		let chain = format!("{own}, {phase}");
		let watched = Some(Watched::of(duty, economics));
		Line { shard: duty.key.to_string(), chain, journal: journal(&DutyId::of(duty)), until, watched }
	});
	// Those that were committed to are kept as long as the chain refers to their results: no news to anybody.
	let over = entries.iter().filter(|(id, entry)| !ids.contains(id) && entry.stage == Stage::Computed).map(
		|(id, entry)| Line {
			shard: id.to_string(),
			chain: "over".to_owned(),
			journal: entry.stage.name(),
			until: None,
			watched: None,
		},
	);
	open.chain(over).collect()
}
