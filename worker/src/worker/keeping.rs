//! What the worker does so that results can be had: before their reveal, and as long as the chain refers to them.

use super::{desk::Desk, News, Worker};
use crate::{
	chain::{Connector, Terms},
	duty::DutyId,
	keep::{self, Keeper, Swept, SWEEP_EVERY},
	pipeline::{Fenced, Halt, StopHandle},
	plan::Plan,
};
use ergon_primitives::{BlobId, BlockNumber};
use std::collections::BTreeSet;

/// What the worker knows of where its results are.
#[derive(Debug, Default)]
pub(super) struct Keeping {
	keeper: Keeper,
	/// Duties whose results have to be made again.
	redo: BTreeSet<DutyId>,
	/// The block from which on the node is looked at again; `None`: at once.
	next_sweep: Option<BlockNumber>,
	/// Whether a sweep is under way.
	sweeping: bool,
}

impl Keeping {
	/// The node may be another, or have lost something.
	pub fn look_again(&mut self) {
		self.next_sweep = None;
	}
}

impl<N, E> Worker<N, E>
where
	N: Connector,
	E: Fenced + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	/// Holds reveals back whose results are not safe yet, and begins what makes them safe.
	pub(super) fn care(&mut self, desk: &mut Desk, plan: &mut Plan) {
		let care = self.keeping.keeper.hold_back(plan, &desk.duties, desk.now);
		for id in &care.overdue {
			self.metrics.blobs.with_label_values(&["unspread"]).inc();
			tracing::warn!(
				shard = %id,
				"revealing although no other node is known to hold the result: the deadline is near. Is the node connected to others?"
			);
		}
		for (id, list) in care.secure {
			self.secure(id, list);
		}
		self.keeping.redo.extend(care.redo);
		if !self.keeping.sweeping && self.keeping.next_sweep.is_none_or(|block| desk.now >= block) {
			self.sweep(desk);
		}
	}

	/// Makes lost results again as far as there are slots; not when the worker is ending.
	pub(super) fn redo(&mut self, desk: &mut Desk, terms: Terms) {
		for id in std::mem::take(&mut self.keeping.redo) {
			let place = desk.duties.iter().position(|duty| DutyId::of(duty) == id);
			match place.filter(|_| !desk.is_busy(&id)) {
				Some(place) if desk.busy() < self.settings.slots => {
					tracing::warn!(shard = %id, "outputs of the shard are lost; computing them again");
					self.start(desk, place, terms, true);
				},
				Some(_) => {
					self.keeping.redo.insert(id);
				},
				None => {},
			}
		}
	}

	fn secure(&mut self, id: DutyId, list: BlobId) {
		let (handle, stop) = StopHandle::new();
		self.keeping.keeper.securing(id, handle);
		let (tools, news) = (self.tools.clone(), self.news.0.clone());
		tokio::spawn(async move {
			let secured =
				keep::secure(&tools.link, &tools.shelf, &tools.metrics, id.key.job, list, &stop).await;
			match secured {
				// Nobody is there any more when the worker has ended.
				Ok(secured) => drop(news.send(News::Secured(id, secured))),
				Err(Halt::Stopped) => {},
				Err(halt) => tracing::error!(shard = %id, ?halt, "securing a result ended"),
			}
		});
	}

	fn sweep(&mut self, desk: &Desk) {
		self.keeping.next_sweep = Some(desk.now.saturating_add(SWEEP_EVERY));
		let results = desk.to_sweep();
		if results.is_empty() {
			return;
		}
		self.keeping.sweeping = true;
		let (tools, news) = (self.tools.clone(), self.news.0.clone());
		tokio::spawn(async move {
			let swept = keep::sweep(&tools.link, &tools.shelf, &tools.metrics, results).await;
			let _ = news.send(News::Swept(swept));
		});
	}

	/// Takes in what a sweep found.
	pub(super) fn swept(&mut self, desk: &mut Desk, swept: Swept) {
		self.keeping.sweeping = false;
		tracing::debug!(
			held = swept.held.len(),
			released = swept.released.len(),
			"looked at what the node holds"
		);
		self.keeping.redo.extend(swept.lost.iter().copied());
		desk.swept(swept);
	}

	/// Takes in what came of securing a result.
	pub(super) fn secured(&mut self, desk: &mut Desk, id: DutyId, secured: keep::Secured) {
		match secured {
			keep::Secured::Yes => desk.stored(&[id]),
			keep::Secured::Lost(blob) => {
				tracing::error!(shard = %id, %blob, "a blob of a result that is to be revealed is nowhere")
			},
		}
		self.keeping.keeper.secured(id, secured);
	}

	/// A result that was lost was made again, or could not be.
	pub(super) fn redone(&mut self, id: DutyId) {
		self.keeping.keeper.redone(id);
	}
}
