//! Fresh children, ready before they are asked for.
//!
//! A child is killed when the thread that started it ends, and the threads that ask for one come and go. So one thread
//! starts them all, and lives as long as the pool. It keeps some ahead, so that nobody waits for a process to start.

use super::process::{Launch, Process};
use ergon_executor_core::LocalFault;
use std::{
	sync::{
		mpsc::{sync_channel, Receiver},
		Mutex, PoisonError,
	},
	thread,
};

/// How many dead children are tolerated in a row.
const TRIES: usize = 16;

/// Starts children.
#[derive(Debug)]
pub struct Spawner {
	ready: Mutex<Receiver<Result<Process, LocalFault>>>,
}

impl Spawner {
	/// Keeps so many children ready, and at least one.
	pub fn new(launch: Launch, ahead: usize) -> Result<Self, LocalFault> {
		// One more is ready and waits for a place.
		let (place, ready) = sync_channel(ahead.saturating_sub(1));
		// After an error it waits like after a success: a machine that cannot start one is not asked again and again.
		let work = move || while place.send(Process::start(&launch)).is_ok() {};
		thread::Builder::new()
			.name("ergon-spawner".into())
			.spawn(work)
			.map_err(|error| LocalFault::Setup(format!("no thread to start child processes: {error}")))?;
		Ok(Self { ready: Mutex::new(ready) })
	}

	/// A child that nobody has used.
	pub fn fresh(&self) -> Result<Process, LocalFault> {
		// A panic while it was held cannot have left it half changed.
		let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
		for _ in 0..TRIES {
			let mut process = ready
				.recv()
				.map_err(|_| LocalFault::Setup("the thread that starts child processes is gone".into()))??;
			// One that has waited may have been killed for want of memory.
			if process.is_alive() {
				return Ok(process);
			}
		}
		Err(LocalFault::Setup("child processes end as soon as they have started".into()))
	}
}
