//! Fetches what a job made, checks every byte against the chain, and writes it.

use crate::{
	context::Context,
	failure::NoResult,
	fetch::{fetch, From, Nodes},
	meter::Meter,
	shards, show,
	sink::Sink,
};
use anyhow::{bail, Context as _, Result};
use ergon_client::{
	verify::{self, Settled},
	AccountId, Client,
};
use ergon_executor_core::Outcome;
use ergon_primitives::{
	views::{JobState, JobView, ShardRecord, ShardView},
	BlobId, ShardIndex, TaskIndex, MAX_BLOB,
};
use futures::{stream, StreamExt, TryStreamExt};
use serde_json::{json, Value};
use std::{collections::BTreeMap, path::PathBuf};

/// Outputs fetched at a time, unless one of them is so large that they are better had one after the other.
const PARALLEL: usize = 4;
const LARGE: u32 = 32 << 20;
/// The most tasks, and failures, that a report lists one by one; the outcomes' blobs list all.
const LISTED_TASKS: usize = 1_000;
/// The most failures that a message names.
const NAMED_FAILURES: usize = 5;

/// What became of a job.
#[derive(Default)]
pub struct Report {
	shards: Vec<Value>,
	tasks: Vec<Value>,
	task_count: usize,
	failure_count: usize,
	failures: Vec<String>,
	/// An output is missing.
	gaps: bool,
	written: Vec<PathBuf>,
	/// From whom blobs came, at most [`LISTED_TASKS`].
	blobs: Vec<Value>,
	/// How many came from each node or store.
	sources: BTreeMap<String, u64>,
}

/// The record of a shard of a finished job.
pub async fn record(
	client: &Client,
	view: &JobView<AccountId>,
	shard: u32,
) -> Result<ShardRecord<AccountId>> {
	match client.shard(view.id, ShardIndex(shard)).await? {
		Some(ShardView::Closed(record)) => Ok(record),
		Some(_) => bail!(
			"shard {shard} of job {} is still open; watch it with: ergon job watch {}",
			view.id,
			view.id
		),
		None => bail!("the records of job {} are pruned", view.id),
	}
}

/// Fetches, checks and writes everything that a finished job made.
pub async fn collect(
	context: &Context,
	client: &Client,
	view: &JobView<AccountId>,
	mut sink: Sink,
) -> Result<Report> {
	let mut report = Report::default();
	let nodes = Nodes::new(context, Some(client));
	let meter = Meter::new(context, "fetching the result");
	for shard in 0..view.spec.shards() {
		let record = record(client, view, shard).await?;
		report.shards.push(shards::closed_json(&view.spec.policy, shard, &record));
		match Settled::of(&record.verdict) {
			Some(settled) => {
				collect_shard(&nodes, &meter, view, shard, &settled, &mut sink, &mut report).await?
			},
			None => {
				report.gaps = true;
				report.fail(format!("shard {shard} was {}", record.verdict.reason()));
			},
		}
	}
	// A joined output with a hole in it is not what anyone asked for.
	if !(report.gaps && sink.joins()) {
		report.written = sink.finish()?;
	}
	Ok(report)
}

async fn collect_shard(
	nodes: &Nodes<'_>,
	meter: &Meter,
	view: &JobView<AccountId>,
	shard: u32,
	settled: &Settled,
	sink: &mut Sink,
	report: &mut Report,
) -> Result<()> {
	let tasks = view.spec.tasks_of(ShardIndex(shard));
	let (blob, from) = fetch(nodes, settled.outcomes, "list of outcomes", MAX_BLOB, meter).await?;
	report.came(settled.outcomes, "list of outcomes", &from);
	let unproven = || format!("shard {shard} of job {} does not verify", view.id);
	let outcomes = verify::outcomes(settled, tasks.len(), &blob).with_context(unproven)?;
	let largest = outcomes.iter().filter_map(verify::output_of).map(|(_, len)| len).max().unwrap_or(0);
	let parallel = if largest > LARGE { 1 } else { PARALLEL };
	let mut outputs = stream::iter(tasks.zip(outcomes))
		.map(|(task, outcome)| async move {
			let bytes = match verify::output_of(&outcome) {
				Some(expected) => {
					let what = format!("output of task {task}");
					let (bytes, from) = fetch(nodes, expected.0, &what, expected.1.into(), meter).await?;
					verify::output(TaskIndex(task), expected, &bytes).with_context(unproven)?;
					Some((bytes, from))
				},
				None => None,
			};
			anyhow::Ok((task, outcome, bytes))
		})
		.buffered(parallel);
	while let Some((task, outcome, bytes)) = outputs.try_next().await? {
		report.add(task, &outcome);
		if let (Some((_, from)), Some((id, _))) = (&bytes, verify::output_of(&outcome)) {
			report.came(id, "output", from);
		}
		match bytes.map(|(bytes, _)| bytes) {
			Some(bytes) if !(report.gaps && sink.joins()) => sink.put(task, &bytes)?,
			Some(_) => {},
			None => report.gaps = true,
		}
	}
	Ok(())
}

impl Report {
	/// Notes how a task ended.
	pub fn add(&mut self, task: u32, outcome: &Outcome) {
		self.task_count += 1;
		if self.tasks.len() < LISTED_TASKS {
			self.tasks.push(json!({ "task": task, "outcome": outcome }));
		}
		if !outcome.is_success() {
			self.fail(format!("task {task} {outcome}"));
		}
	}

	/// Notes from whom a blob came.
	fn came(&mut self, id: BlobId, what: &str, from: &From) {
		*self.sources.entry(from.whom.clone()).or_default() += 1;
		if self.blobs.len() < LISTED_TASKS {
			self.blobs.push(json!({ "blob": id, "what": what, "length": from.size, "from": from.json() }));
		}
	}

	fn fail(&mut self, what: String) {
		self.failure_count += 1;
		if self.failures.len() < LISTED_TASKS {
			self.failures.push(what);
		}
	}

	/// The JSON form: shards, at most [`LISTED_TASKS`] tasks and failures, files.
	pub fn json(&self) -> Value {
		json!({
			"shards": self.shards,
			"tasks": self.tasks,
			"task_count": self.task_count,
			"failure_count": self.failure_count,
			"failures": self.failures,
			"complete": !self.gaps,
			"written": self.written,
			"blobs": self.blobs,
		})
	}

	/// What was checked and written, for people.
	pub fn describe(&self) -> String {
		let files: Vec<_> =
			self.written.iter().take(NAMED_FAILURES).map(|path| path.display().to_string()).collect();
		if self.task_count == 0 {
			return "nothing to verify: no shard was settled".to_owned();
		}
		let more = self.written.len().saturating_sub(files.len());
		let written = match files.len() {
			0 => String::new(),
			_ if more > 0 => format!("; written to {} and {more} more", files.join(", ")),
			_ => format!("; written to {}", files.join(", ")),
		};
		format!(
			"{} verified: names, lengths, Merkle roots and fuel are those of the chain's verdicts{written}{}",
			show::count(self.task_count as u64, "task"),
			self.describe_sources()
		)
	}

	/// From whom all came.
	fn describe_sources(&self) -> String {
		if self.sources.is_empty() {
			return String::new();
		}
		let from =
			self.sources.iter().map(|(whom, blobs)| format!("{} from {whom}", show::count(*blobs, "blob")));
		format!("; {}", from.collect::<Vec<_>>().join(", "))
	}

	/// The error of a job that did not give all it was to give.
	pub fn into_result(self, whose: &str) -> Result<()> {
		if self.failures.is_empty() {
			return Ok(());
		}
		let named = self.failures.iter().take(NAMED_FAILURES).cloned().collect::<Vec<_>>().join("; ");
		let more = self.failure_count.saturating_sub(NAMED_FAILURES);
		let more = if more > 0 { format!("; and {more} more") } else { String::new() };
		let hole = if self.gaps && self.written.is_empty() {
			". Nothing was written: a joined output would have holes; --output-dir writes what there is"
		} else {
			""
		};
		bail!(NoResult(format!("{whose} ended without a full result: {named}{more}{hole}")))
	}
}

/// What a finished job cost, for people.
pub fn cost(view: &JobView<AccountId>) -> String {
	let progress = &view.progress;
	let deposit = match view.state {
		JobState::Finished { prune_at } => {
			format!("; the deposit of {} comes back at block {prune_at}", show::amount(view.deposit))
		},
		_ => String::new(),
	};
	format!(
		"job {}: {} used; paid {} to providers and {} as protocol fee, refunded {}{deposit}",
		view.id,
		show::fuel(progress.fuel),
		show::amount(progress.paid),
		show::amount(progress.fees),
		show::amount(progress.refunded),
	)
}

#[cfg(test)]
mod tests {
	#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

	use super::*;
	use ergon_primitives::Fuel;

	#[test]
	fn report_should_keep_its_shape() {
		let mut report = Report::default();
		report.add(0, &Outcome::Exited { code: 0, output: BlobId::of(b"x"), output_len: 1, fuel: Fuel(3) });
		report.add(1, &Outcome::OutOfFuel { fuel: Fuel(9) });
		report.gaps = true;
		let json = report.json();
		assert_eq!(json["task_count"], 2);
		assert_eq!(json["complete"], false);
		assert_eq!(json["tasks"][0]["task"], 0);
		assert_eq!(json["tasks"][0]["outcome"]["exited"]["fuel"], 3);
		assert_eq!(json["failures"][0], "task 1 ran out of fuel: the limit is 9");
		let error = report.into_result("job 7").unwrap_err();
		assert_eq!(crate::failure::code(&error), 3);
		assert!(error.to_string().contains("--output-dir"), "{error}");
	}

	#[test]
	fn a_code_other_than_zero_should_be_a_failure_with_an_output() {
		let mut report = Report::default();
		report.add(0, &Outcome::Exited { code: 2, output: BlobId::of(b""), output_len: 0, fuel: Fuel(3) });
		assert!(!report.gaps);
		assert_eq!(crate::failure::code(&report.into_result("job 7").unwrap_err()), 3);
		assert!(Report::default().into_result("job 7").is_ok());
	}
}
