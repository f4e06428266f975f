//! `ergon-worker status`.

use super::{KeyArgs, NodeArgs, Place};
use crate::{
	duty::{Duty, DutyId},
	journal::{Entries, Journal},
};
use anyhow::Context;
use clap::Args;
use ergon_client::{account_of, Client};
use ergon_primitives::{BlockNumber, Phase, ReplicaState};
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
}

impl Status {
	pub(super) fn execute(self) -> anyhow::Result<()> {
		let account = account_of(&self.key.read(&self.place)?);
		let runtime = tokio::runtime::Builder::new_current_thread()
			.enable_all()
			.build()
			.context("starting the command's thread")?;
		let (genesis, now, duties) = runtime.block_on(async {
			let client = Client::connect(&self.node.node).await?;
			let now = client.best_block().await?.0;
			anyhow::Ok((client.genesis(), now, client.assignments(&account).await?))
		})?;
		let entries = Journal::peek(&self.place.journal(&account), &genesis, &account.0)?;
		let lines = lines(&duties, &entries);
		if self.json {
			let shards: Vec<_> = lines
				.iter()
				.map(
					|line| json!({ "shard": line.shard, "chain": line.chain, "journal": line.journal, "until": line.until }),
				)
				.collect();
			let genesis = format!("0x{}", hex::encode(genesis));
			println!(
				"{}",
				json!({ "worker": account.to_string(), "genesis": genesis, "block": now, "shards": shards })
			);
			return Ok(());
		}
		println!("worker {account} at block {now}: {} open", duties.len());
		if !lines.is_empty() {
			println!("{:<16}{:<22}{:<12}until", "shard", "chain", "journal");
		}
		for line in lines {
			let until = line.until.map_or("-".to_owned(), |until| until.to_string());
			println!("{:<16}{:<22}{:<12}{until}", line.shard, line.chain, line.journal);
		}
		Ok(())
	}
}

/// Open duties first, then promises whose shards are over.
fn lines(duties: &[Duty], entries: &Entries) -> Vec<Line> {
	let journal = |id: &DutyId| entries.get(id).map_or("-", |entry| entry.stage.name());
	let ids: BTreeSet<_> = duties.iter().map(DutyId::of).collect();
	let open = duties.iter().map(|duty| {
		let (phase, until) = match duty.attestation.phase {
			Phase::Waiting { .. } => ("waiting", None),
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
		Line { shard: duty.key.to_string(), chain, journal: journal(&DutyId::of(duty)), until }
	});
	let over = entries.iter().filter(|(id, _)| !ids.contains(id)).map(|(id, entry)| Line {
		shard: id.to_string(),
		chain: "over".to_owned(),
		journal: entry.stage.name(),
		until: None,
	});
	open.chain(over).collect()
}
