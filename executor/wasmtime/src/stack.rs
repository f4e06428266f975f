//! Threads with the stack that tasks need.

use crate::MAX_STACK;
use std::{cell::Cell, io, thread};

/// What the engine and the host need beside the program's own calls, generously.
const HOST_STACK: usize = 2 << 20;

thread_local! {
	static SUITABLE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a closure on a thread with the stack that tasks need. Tasks that are run within it run on that thread;
/// elsewhere each has such a thread made for it.
///
/// For who runs task after task, or cannot make threads any more once it has confined itself.
pub fn on_task_stack<R: Send>(work: impl FnOnce() -> R + Send) -> io::Result<R> {
	thread::scope(|scope| {
		let thread = thread::Builder::new()
			.name("ergon-task".into())
			.stack_size(MAX_STACK + HOST_STACK)
			.spawn_scoped(scope, || {
				SUITABLE.set(true);
				work()
			})?;
		Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
	})
}

/// Whether this thread is one of those.
pub(crate) fn here() -> bool {
	SUITABLE.get()
}
