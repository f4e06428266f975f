//! The worker as a whole: connection, looks at the chain, shards, submissions, and the end.
//!
//! One task owns everything that decides: journal, plan, nonce. Shards run beside it and tell it their results. It
//! looks at the chain at the start, at each new best block, after each submission and after each reconnection, and
//! makes a new plan each time; nothing depends on an event that could be missed.

mod desk;
mod employer;
mod keeping;
mod sending;

#[cfg(test)]
mod tests;

use crate::{
	chain::{Chain, Connector, Terms, Trouble},
	duty::{Account, DutyId},
	journal::{Journal, JournalError, Lock, Notice},
	keep::{Secured, Shelf, Swept},
	metrics::Metrics,
	pipeline::{
		self,
		execute::Fault,
		fetch::Places,
		link::{in_time, LinkEnd, Pace},
		report::Kind,
		Done, Fenced, Halt, Link, Programs, Stop, StopHandle, Tools,
	},
};
use desk::Desk;
use employer::Employer;
use ergon_executor_core::Engine;
use futures::{FutureExt, StreamExt};
use keeping::Keeping;
use sending::{is_due, send, sent, until, Sending, Sent};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
	sync::mpsc,
	time::{sleep, Instant},
};

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
	/// Shards that may run at a time.
	pub slots: usize,
	/// The share of the commit window in percent after which a blob that nobody has is given up.
	pub patience: u8,
	/// Waits and limits of requests.
	pub pace: Pace,
	/// How long without a new block before the node is asked whether it is still there.
	pub quiet: Duration,
	/// How long an ordered end may take.
	pub grace: Duration,
	/// Prepared programs that are kept.
	pub programs: usize,
	/// Whether the provider is resumed when its rest after a fault is over.
	pub auto_resume: bool,
}

impl Default for Settings {
	fn default() -> Self {
		Self {
			slots: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
			patience: 60,
			pace: Pace {
				first: Duration::from_millis(500),
				cap: Duration::from_secs(30),
				request: Duration::from_secs(90),
			},
			quiet: Duration::from_secs(20),
			grace: Duration::from_secs(30),
			programs: 16,
			auto_resume: true,
		}
	}
}

/// What what runs beside the worker's own task tells it.
#[derive(Debug)]
enum News {
	/// A shard's slot is free again.
	Worked(DutyId, Result<Done, Halt>),
	/// A result can be revealed, or its blobs are lost.
	Secured(DutyId, Secured),
	/// The node was looked at.
	Swept(Swept),
}

/// How a session with a node ended.
enum Ended {
	/// As it was told to.
	Asked,
	/// The connection is gone.
	Lost(String),
}

/// A worker.
pub struct Worker<N: Connector, E: Engine> {
	connector: N,
	account: Account,
	lock: Lock,
	settings: Settings,
	metrics: Metrics,
	tools: Arc<Tools<N::Chain, E>>,
	end: LinkEnd<N::Chain>,
	desk: Option<Desk>,
	employer: Employer,
	keeping: Keeping,
	news: (mpsc::UnboundedSender<News>, mpsc::UnboundedReceiver<News>),
}

impl<N, E> Worker<N, E>
where
	N: Connector,
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	/// A worker for the key of `account`, whose journal is in the locked folder, and its results on the shelf. It fetches
	/// blobs from its node, and from `places` what the node does not have.
	pub fn new(
		connector: N,
		engine: E,
		account: Account,
		lock: Lock,
		settings: Settings,
		metrics: Metrics,
		shelf: Shelf,
		places: Arc<dyn Places>,
	) -> Self {
		let (end, link) = Link::new(settings.pace);
		metrics.slots.set(settings.slots as u64);
		let tools = Arc::new(Tools {
			link,
			engine,
			programs: Programs::new(settings.programs),
			patience: settings.patience,
			places,
			shelf,
			metrics: metrics.clone(),
		});
		Self {
			connector,
			account,
			lock,
			settings,
			metrics,
			tools,
			end,
			desk: None,
			employer: Employer::new(settings.auto_resume),
			keeping: Keeping::default(),
			// At most one message for each slot, one for each result that is due, and one for a sweep.
			news: mpsc::unbounded_channel(),
		}
	}

	/// Works until `shutdown` is asked for. The only error is a journal that cannot be opened.
	pub async fn run(mut self, shutdown: Stop) -> Result<(), JournalError> {
		let mut first = true;
		while let Some(chain) = self.connect(&shutdown).await {
			let mut desk = self.adopt(chain.genesis())?;
			tracing::info!(genesis = %hex::encode(chain.genesis()), "connected to the node");
			if !std::mem::take(&mut first) {
				self.metrics.reconnects.inc();
			}
			self.metrics.connected.set(1);
			self.keeping.look_again();
			self.end.set(Some(chain.clone()));
			let ended = self.session(&chain, &mut desk, &shutdown).await;
			self.end.set(None);
			self.metrics.connected.set(0);
			self.desk = Some(desk);
			match ended {
				Ended::Asked => break,
				Ended::Lost(reason) => tracing::warn!(%reason, "the connection is gone; connecting again"),
			}
		}
		tracing::info!("ended; the journal is complete and open promises are kept by the next start");
		Ok(())
	}

	/// A connection, however long it takes; `None` when the end is asked for before. Says each reason once.
	async fn connect(&self, shutdown: &Stop) -> Option<N::Chain> {
		let mut backoff = self.settings.pace.backoff();
		let mut said = None;
		loop {
			let attempt = in_time(self.settings.pace.request, self.connector.connect());
			match shutdown.or(attempt).await.ok()? {
				Ok(chain) => return Some(chain),
				Err(trouble) => {
					let text = trouble.to_string();
					if said.as_ref() != Some(&text) {
						tracing::warn!(reason = %text, "cannot work with the node yet; trying on");
						said = Some(text);
					}
				},
			}
			shutdown.or(sleep(backoff.wait())).await.ok()?;
		}
	}

	/// The desk for a chain: the one that there is, or, on another chain, a new one with that chain's journal.
	fn adopt(&mut self, genesis: [u8; 32]) -> Result<Desk, JournalError> {
		let old = match self.desk.take() {
			Some(desk) if desk.genesis == genesis => return Ok(desk),
			old => old,
		};
		let (journal, notices) = Journal::open(&self.lock, &genesis, &self.account.0)?;
		for notice in notices {
			match notice {
				Notice::Torn { bytes } => tracing::warn!(
					bytes,
					"the journal's last record was torn by a crash and is cut off; nothing was sent on it"
				),
				Notice::Damaged { kept } => {
					tracing::error!(kept = %kept.display(), "the journal was damaged; what could be read is used, the damaged file is kept: check the disk")
				},
				Notice::Foreign { path } => {
					tracing::warn!(journal = %path.display(), "there is a journal of another chain (was this one purged?); it is set aside and used again if that chain comes back")
				},
			}
		}
		let open = journal.entries().len();
		tracing::info!(folder = %self.lock.folder().display(), open, "the journal is open");
		let mut desk = Desk::new(genesis, journal, self.metrics.clone());
		if let Some(old) = old {
			tracing::error!("the node is on another chain than before; work for the old one is stopped");
			desk.inherit(old);
		}
		self.employer = Employer::new(self.settings.auto_resume);
		self.keeping = Keeping::default();
		Ok(desk)
	}

	/// Works over one connection.
	async fn session(&mut self, chain: &N::Chain, desk: &mut Desk, shutdown: &Stop) -> Ended {
		let limit = self.settings.pace.request;
		let begin = async {
			let terms = in_time(limit, chain.terms()).await?;
			Ok((terms, in_time(limit, chain.best_blocks()).await?))
		};
		let (terms, mut blocks) = match shutdown.or(begin).await {
			Ok(Ok(begun)) => begun,
			Ok(Err::<_, Trouble>(trouble)) => return Ended::Lost(trouble.to_string()),
			Err(_) => return Ended::Asked,
		};
		let mut sending: Option<Sending> = None;
		let mut draining: Option<Instant> = None;
		let mut look = true;
		loop {
			if look {
				tokio::select! {
					biased;
					// Heard below; the last look will do.
					() = shutdown.requested(), if draining.is_none() => {},
					() = until(draining) => return Ended::Asked,
					looked = self.look(chain, desk) => if let Err(ended) = looked {
						return ended;
					},
				}
			}
			look = true;
			let mut plan = desk.settle(self.settings.slots, draining.is_some());
			self.care(desk, &mut plan);
			let resting = draining.is_none() && self.employer.rests();
			if sending.as_ref().is_some_and(|(batch, _)| !is_due(&plan, batch, resting)) {
				// The state has all of it, or something more urgent is due: nothing is left to wait for.
				sending = None;
			}
			if sending.is_none() {
				let next = desk.tries.next(&plan, desk.now);
				let next = match next {
					None if resting => self.employer.resume(&plan, desk.now),
					next => next,
				};
				sending = next.map(|batch| (batch.clone(), send(chain.clone(), batch)));
			}
			for place in &plan.start {
				self.start(desk, *place, terms, false);
			}
			if draining.is_none() {
				self.redo(desk, terms);
			}
			if draining.is_some() && sending.is_none() && plan.open == 0 {
				return Ended::Asked;
			}
			tokio::select! {
				biased;
				() = shutdown.requested(), if draining.is_none() => {
					draining = Some(Instant::now() + self.settings.grace);
					tracing::info!(open = plan.open, "ending: no new work, finishing what is promised");
				},
				() = until(draining) => {
					tracing::warn!(open = plan.open, "not everything promised could be finished in time; start again soon");
					return Ended::Asked;
				},
				sent = sent(&mut sending) => {
					sending = None;
					if let Some(ended) = self.sent(desk, sent) {
						return ended;
					}
				},
				Some(news) = self.news.1.recv() => {
					self.hear(desk, news);
					look = false;
				},
				block = blocks.next() => match block {
					Some(Ok(_)) => while let Some(Some(Ok(_))) = blocks.next().now_or_never() {},
					Some(Err(trouble)) => return Ended::Lost(trouble.to_string()),
					None => return Ended::Lost("the node ended the subscription to its blocks".into()),
				},
				() = sleep(self.settings.quiet) => {},
			}
		}
	}

	/// Reads the state. A node that answers with an error is asked again at the next block.
	async fn look(&mut self, chain: &N::Chain, desk: &mut Desk) -> Result<(), Ended> {
		let limit = self.settings.pace.request;
		let read = async {
			// In this order, so that the duties are at least as new as the block.
			let now = in_time(limit, chain.best_block()).await?;
			let duties = in_time(limit, chain.assignments(&self.account)).await?;
			Ok((now, duties))
		};
		match read.await {
			Ok((now, duties)) => {
				self.end.best(now);
				self.metrics.best_block.set(now.into());
				desk.look(now, duties);
				self.search(chain, desk).await
			},
			Err(Trouble::Lost(why)) => Err(Ended::Lost(why)),
			Err(Trouble::Refused(why)) => {
				tracing::error!(%why, "the node does not tell this worker's duties");
				Ok(())
			},
		}
	}

	/// Takes in what something that runs beside this task says.
	fn hear(&mut self, desk: &mut Desk, news: News) {
		match news {
			News::Worked(id, result) => {
				if result.as_ref().is_ok_and(|done| !done.stored) {
					self.keeping.look_again();
				}
				desk.done(id, result);
				self.redone(id);
			},
			News::Secured(id, secured) => self.secured(desk, id, secured),
			News::Swept(swept) => self.swept(desk, swept),
		}
	}

	/// Starts a shard beside this task, for its result or, `again`, for the blobs of a result that there is.
	fn start(&self, desk: &mut Desk, place: usize, terms: Terms, again: bool) {
		let Some(duty) = desk.duties.get(place).cloned() else { return };
		let id = DutyId::of(&duty);
		let (handle, stop) = StopHandle::new();
		tracing::info!(shard = %id, tasks = duty.tasks().len(), program = %duty.spec.program, "working on a shard");
		desk.started(id, handle, again);
		let (tools, news) = (self.tools.clone(), self.news.0.clone());
		tokio::spawn(async move {
			let work = AssertUnwindSafe(pipeline::work(&tools, &duty, terms, &stop)).catch_unwind();
			let result = work.await.unwrap_or(Err(Halt::Fault(Fault::Panicked)));
			// Nobody is there any more when the worker has ended.
			let _ = news.send(News::Worked(id, result));
		});
	}

	/// Takes in what became of a submission.
	fn sent(&mut self, desk: &mut Desk, (batch, result): Sent) -> Option<Ended> {
		let kind = batch.kind.name();
		let count = |result: &str| {
			self.metrics.reports.with_label_values(&[kind, result]).inc_by(batch.ids.len().max(1) as u64)
		};
		if batch.kind == Kind::Resume {
			// The state says whether it took effect.
			self.employer.look_again();
		}
		match result {
			Ok(block) => {
				tracing::info!(kind, shards = ?batch.ids, block, "in a block");
				count("included");
				desk.tries.included(&batch, block);
				None
			},
			Err(Trouble::Refused(reason)) if batch.kind == Kind::Resume => {
				tracing::warn!(%reason, "the provider could not be resumed; trying again, with longer and longer pauses. If its bond is below the market's least, add to it: `ergon provider bond AMOUNT`");
				count("refused");
				None
			},
			Err(Trouble::Refused(reason)) => {
				tracing::warn!(kind, shards = ?batch.ids, %reason, "the chain did not take a report; the state says whether it is still due");
				count("refused");
				desk.tries.refused(&batch, desk.now);
				None
			},
			Err(Trouble::Lost(why)) => Some(Ended::Lost(why)),
		}
	}
}
