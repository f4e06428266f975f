//! Follows a job to its end.

use crate::{context::say, failure::Interrupted, plant::Exposer, show};
use anyhow::{bail, Result};
use ergon_client::{AccountId, Client, QueryError};
use ergon_primitives::{
	views::{JobState, JobView, Progress},
	BlockNumber, JobId,
};
use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use std::{future::Future, io::IsTerminal, time::Duration};

/// How often, and how long apart, a lost node is tried again: a restart takes less.
const RECONNECTS: u32 = 30;
const RECONNECT_EVERY: Duration = Duration::from_secs(4);
/// After how long without a block the person is told.
const QUIET: Duration = Duration::from_secs(60);
/// For how many blocks a job that was just submitted may be unknown: its block may have been replaced by another.
const UNKNOWN_BLOCKS: u32 = 12;

/// Follows a job until every shard has its verdict, and exposes its known answers on the way. A node that goes away is
/// waited for a while.
pub async fn follow(
	client: &mut Client,
	id: JobId,
	exposer: Option<&mut Exposer>,
) -> Result<JobView<AccountId>> {
	or_interrupted(id, follow_to_end(client, id, exposer)).await
}

/// Does something about a job that goes on when the person does not wait for it.
pub async fn or_interrupted<T>(id: JobId, work: impl Future<Output = Result<T>>) -> Result<T> {
	tokio::select! {
		biased;
		_ = tokio::signal::ctrl_c() => bail!(Interrupted(format!(
			"interrupted; job {id} goes on, and the chain pays or refunds it without you. To watch it: ergon job watch {id}; \
			to get its result: ergon job result {id} --output FILE; to cancel it while nothing is drawn: ergon job cancel {id}"
		))),
		done = work => done,
	}
}

async fn follow_to_end(
	client: &mut Client,
	id: JobId,
	mut exposer: Option<&mut Exposer>,
) -> Result<JobView<AccountId>> {
	let mut display = Display::new();
	let mut lost = 0;
	loop {
		let error = match follow_connected(client, id, exposer.as_deref_mut(), &mut display, &mut lost).await
		{
			Ok(view) => {
				display.end();
				return Ok(view);
			},
			Err(error) => error,
		};
		let is_connection = error.downcast_ref::<QueryError>().is_some_and(QueryError::is_connection);
		if !is_connection {
			return Err(error);
		}
		display.note(&format!("{error}; trying again"));
		loop {
			lost += 1;
			if lost > RECONNECTS {
				return Err(error.context(format!("job {id} goes on; to watch it: ergon job watch {id}")));
			}
			tokio::time::sleep(RECONNECT_EVERY).await;
			if let Ok(again) = client.reconnect().await {
				*client = again;
				display.note(&format!("connected to {} again", client.url()));
				break;
			}
		}
	}
}

/// One connection's worth of following. `lost` is reset when a block arrives.
async fn follow_connected(
	client: &Client,
	id: JobId,
	mut exposer: Option<&mut Exposer>,
	display: &mut Display,
	lost: &mut u32,
) -> Result<JobView<AccountId>> {
	let mut blocks = client.best_blocks().await?;
	let mut unknown = 0;
	loop {
		let block = match tokio::time::timeout(QUIET, blocks.next()).await {
			Ok(Some(block)) => block?.0,
			Ok(None) => bail!("the node's blocks ended without an error"),
			Err(_) => {
				display.note(&format!("no new block for {} s; still waiting", QUIET.as_secs()));
				continue;
			},
		};
		*lost = 0;
		match client.job(id).await? {
			Some(view) => {
				unknown = 0;
				display.show(block, view.spec.shards(), &view.progress);
				if matches!(view.state, JobState::Finished { .. }) {
					return Ok(view);
				}
				if let Some(exposer) = exposer.as_deref_mut() {
					for said in exposer.look(client, &view).await? {
						display.note(&said);
					}
				}
			},
			None => {
				unknown += 1;
				if unknown > UNKNOWN_BLOCKS {
					bail!(no_such_job(id));
				}
			},
		}
	}
}

/// What to say of a job that the chain does not know.
pub fn no_such_job(id: JobId) -> String {
	format!(
		"the chain has no job {id}: it was never submitted, or was finished and pruned; see `ergon job list`"
	)
}

/// Progress on a terminal as a bar, elsewhere as a line for each change.
struct Display {
	bar: Option<ProgressBar>,
	last: Option<Progress>,
}

impl Display {
	fn new() -> Self {
		let bar = std::io::stderr().is_terminal().then(|| {
			let bar = ProgressBar::new(0);
			if let Ok(style) = ProgressStyle::with_template("{spinner} [{bar:32}] {pos}/{len} shards  {msg}")
			{
				bar.set_style(style.progress_chars("=> "));
			}
			bar.enable_steady_tick(Duration::from_millis(200));
			bar
		});
		Self { bar, last: None }
	}

	fn show(&mut self, block: BlockNumber, shards: u32, progress: &Progress) {
		let text = line(progress);
		if let Some(bar) = &self.bar {
			bar.set_length(shards.into());
			bar.set_position(u64::from(progress.settled) + u64::from(progress.failed));
			bar.set_message(format!("block {block}: {text}"));
		} else if self.last.as_ref() != Some(progress) {
			say(&format!("block {block}: {text}"));
		}
		self.last = Some(*progress);
	}

	fn note(&self, text: &str) {
		match &self.bar {
			Some(bar) => bar.println(text),
			None => say(text),
		}
	}

	fn end(&self) {
		if let Some(bar) = &self.bar {
			bar.finish_and_clear();
		}
	}
}

impl Drop for Display {
	fn drop(&mut self) {
		self.end();
	}
}

/// Where the shards are.
pub fn line(progress: &Progress) -> String {
	let parts = [
		(progress.queued, "queued"),
		(progress.working, "working"),
		(progress.settled, "settled"),
		(progress.failed, "refunded"),
	];
	let counts: Vec<_> = parts
		.iter()
		.filter(|(number, _)| *number > 0)
		.map(|(number, name)| format!("{number} {name}"))
		.collect();
	format!("{}; paid {}", counts.join(", "), show::amount(progress.paid.saturating_add(progress.fees)))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn progress_should_name_only_what_there_is() {
		let progress = Progress { working: 2, settled: 1, paid: 1_500_000_000_000, ..Default::default() };
		assert_eq!(line(&progress), "2 working, 1 settled; paid 1.5 ERG");
	}
}
