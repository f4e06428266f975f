//! A few threads that wait for the disk, so that who hashes need not.

use crate::{inner::lock, BlobError};
use std::{
	io,
	path::Path,
	sync::{
		mpsc::{sync_channel, Receiver, SyncSender},
		Arc, Condvar, Mutex, PoisonError,
	},
	thread,
};

/// As many syncs at a time as one journal commit of the file system serves well.
const THREADS: usize = 6;
/// The most tasks that wait. Each is an open file whose bytes the kernel has.
const WAITING: usize = 32;

type Task = Box<dyn FnOnce() + Send>;

/// The threads; they end with the store.
#[derive(Debug)]
pub(crate) struct Pool {
	sender: SyncSender<Task>,
}

impl Pool {
	pub(crate) fn start() -> io::Result<Self> {
		let (sender, receiver) = sync_channel(WAITING);
		let receiver = Arc::new(Mutex::new(receiver));
		for _ in 0..THREADS {
			let receiver = receiver.clone();
			thread::Builder::new().name("blobs-sync".into()).spawn(move || work(&receiver))?;
		}
		Ok(Self { sender })
	}
}

fn work(receiver: &Mutex<Receiver<Task>>) {
	loop {
		let task = lock(receiver).recv();
		match task {
			Ok(task) => task(),
			Err(_) => return,
		}
	}
}

/// Tasks that belong together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
	state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
	running: usize,
	error: Option<BlobError>,
}

impl Batch {
	/// Has a task done, waiting while too many are.
	pub(crate) fn run(&self, pool: &Pool, task: impl FnOnce() -> Result<(), BlobError> + Send + 'static) {
		lock(&self.state.0).running += 1;
		// What it says if the task does not come to its end.
		let lost = io::Error::other("the thread that writes blobs panicked");
		let lost = BlobError::io("write", Path::new("a block"))(lost);
		let ending = Ending { batch: self.clone(), result: Err(lost) };
		let task: Task = Box::new(move || {
			let mut ending = ending;
			// All that the task has is dropped before anybody is told.
			ending.result = task();
		});
		// If there were no threads any more, the task would be dropped and have ended.
		let _ = pool.sender.send(task);
	}

	/// Waits until all tasks have ended; the first error among them since the last time.
	pub(crate) fn wait(&self) -> Result<(), BlobError> {
		let mut state = lock(&self.state.0);
		while state.running > 0 {
			state = self.state.1.wait(state).unwrap_or_else(PoisonError::into_inner);
		}
		state.error.take().map_or(Ok(()), Err)
	}

	/// Whether a task has failed already.
	pub(crate) fn has_failed(&self) -> bool {
		lock(&self.state.0).error.is_some()
	}
}

/// Counts a task as ended, whatever became of it.
struct Ending {
	batch: Batch,
	result: Result<(), BlobError>,
}

impl Drop for Ending {
	fn drop(&mut self) {
		let mut state = lock(&self.batch.state.0);
		state.running -= 1;
		if let Err(error) = std::mem::replace(&mut self.result, Ok(())) {
			state.error.get_or_insert(error);
		}
		drop(state);
		self.batch.state.1.notify_all();
	}
}
