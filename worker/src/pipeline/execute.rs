//! Running tasks, each with a blocking thread that waits for it.

use super::{Halt, Stop};
use ergon_executor_core::{Engine, Execution, LocalFault, Prepared, TaskContext};
use ergon_primitives::BlobId;
use std::{
	collections::VecDeque,
	future::Future,
	sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// This machine's trouble: never claimed, always somebody's to look at.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
	/// The engine says so.
	#[error(transparent)]
	Engine(#[from] LocalFault),
	/// The engine fell over.
	#[error("the engine panicked; please report this with the job's number")]
	Panicked,
	/// The chain gave a shard without tasks.
	#[error("the shard has no tasks; the node may be newer than this worker")]
	NoTasks,
}

type Cell<P> = Arc<OnceCell<Arc<Prepared<P>>>>;

/// Programs ready to run, the most recently used last. Shards of the same program share one, and wait for each other
/// while it is made.
pub struct Programs<P> {
	cells: Mutex<VecDeque<(BlobId, Cell<P>)>>,
	capacity: usize,
}

impl<P> Programs<P> {
	/// Keeps at most `capacity` programs, and at least one.
	pub fn new(capacity: usize) -> Self {
		Self { cells: Mutex::default(), capacity: capacity.max(1) }
	}

	/// The place of a program. What falls out is freed when the last shard that uses it is done.
	fn cell(&self, id: BlobId) -> Cell<P> {
		// A panic while it was held cannot have left it half changed.
		let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
		let place = cells.iter().position(|(held, _)| *held == id);
		let cell = place.and_then(|place| cells.remove(place)).map_or_else(Cell::default, |(_, cell)| cell);
		cells.push_back((id, cell.clone()));
		while cells.len() > self.capacity {
			cells.pop_front();
		}
		cell
	}
}

impl<P: Send + Sync + 'static> Programs<P> {
	/// A program, fetched and prepared if it is not held.
	pub async fn get<E, F>(
		&self,
		id: BlobId,
		engine: &Arc<E>,
		fetch: impl Fn() -> F,
		stop: &Stop,
	) -> Result<Arc<Prepared<P>>, Halt>
	where
		E: Engine<Program = P> + Send + Sync + 'static,
		F: Future<Output = Result<Vec<u8>, Halt>>,
	{
		let make = || async {
			let module = fetch().await?;
			let engine = engine.clone();
			twice(stop, move || engine.prepare(&module)).await.map(Arc::new)
		};
		self.cell(id).get_or_try_init(make).await.cloned()
	}
}

/// Runs one task to its end.
pub async fn run_task<E>(
	engine: Arc<E>,
	program: Arc<Prepared<E::Program>>,
	context: TaskContext,
	input: Arc<[u8]>,
	stop: &Stop,
) -> Result<Execution, Halt>
where
	E: Engine + Send + Sync + 'static,
	E::Program: Send + Sync + 'static,
{
	twice(stop, move || match &*program {
		Prepared::Ready(program) => engine.run(program, &context, &input),
		Prepared::Refused(reason) => {
			Ok(Execution::without_run(ergon_executor_core::Outcome::InvalidModule { reason: *reason }))
		},
	})
	.await
}

/// Does it on a blocking thread, and once more if this machine failed: a passing shortage should not cost a bond. What
/// met its fence is not tried again: it would meet it again, when nobody waits for a result any more.
///
/// The future does not end before the thread, whose engine hears of a stop by itself: so a slot is free only when
/// nothing runs in it.
async fn twice<T: Send + 'static>(
	stop: &Stop,
	job: impl Fn() -> Result<T, LocalFault> + Send + Sync + 'static,
) -> Result<T, Halt> {
	let job = Arc::new(job);
	let mut tries = 0;
	loop {
		if stop.is_requested() {
			return Err(Halt::Stopped);
		}
		let again = job.clone();
		let fault = match tokio::task::spawn_blocking(move || again()).await {
			Ok(Ok(result)) => return Ok(result),
			Ok(Err(fault)) => Fault::Engine(fault),
			Err(_) => Fault::Panicked,
		};
		tries += 1;
		if tries == 2 || matches!(fault, Fault::Engine(LocalFault::Fenced { .. })) {
			return Err(Halt::Fault(fault));
		}
		tracing::warn!(%fault, "this machine failed; trying once more");
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_least_recently_used_program_should_fall_out() {
		let programs = Programs::<()>::new(2);
		let [a, b, c] = [b"a", b"b", b"c"].map(|bytes| BlobId::of(bytes));
		let first = programs.cell(a);
		programs.cell(b);
		assert!(Arc::ptr_eq(&first, &programs.cell(a)));
		programs.cell(c);
		assert!(Arc::ptr_eq(&first, &programs.cell(a)), "used after b");
		let held: Vec<_> =
			programs.cells.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(id, _)| *id).collect();
		assert_eq!(held, [c, a]);
	}
}
