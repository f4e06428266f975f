//! The end of a task that this machine has waited for long enough. Local, and never attested to.

use ergon_executor_core::LocalFault;
use std::{
	sync::mpsc::{channel, RecvTimeoutError, Sender},
	thread,
	time::{Duration, Instant},
};
use wasmtime::{Engine, Store, UpdateDeadline};

/// How often running code looks at the clock.
const TICK: Duration = Duration::from_millis(20);

/// Moves an engine's epoch on, so that running code comes to look at the clock. Its thread ends with it.
pub(crate) struct Ticker {
	longest: Duration,
	_alive: Sender<()>,
}

impl Ticker {
	pub(crate) fn start(engine: &Engine, longest: Duration) -> Result<Self, LocalFault> {
		let engine = engine.weak();
		let (alive, gone) = channel::<()>();
		thread::Builder::new()
			.name("ergon-fence".into())
			.spawn(move || {
				while gone.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
					let Some(engine) = engine.upgrade() else { break };
					engine.increment_epoch();
				}
			})
			.map_err(|error| LocalFault::Setup(format!("no thread for the fence: {error}")))?;
		Ok(Self { longest, _alive: alive })
	}

	/// Puts the fence around what the store runs from now on.
	pub(crate) fn surround<T: 'static>(&self, store: &mut Store<T>) {
		let (start, longest) = (Instant::now(), self.longest);
		store.set_epoch_deadline(1);
		store.epoch_deadline_callback(move |_| {
			if start.elapsed() < longest {
				Ok(UpdateDeadline::Continue(1))
			} else {
				let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
				Err(Local(LocalFault::Fenced { millis }).into())
			}
		});
	}
}

/// A local fault on its way through wasmtime's errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Local(pub(crate) LocalFault);
