//! Descriptors, signals, and the bond between a child and its parent.

use rustix::process::{
	getppid, set_dumpable_behavior, set_parent_process_death_signal, DumpableBehavior, Signal,
};
use std::{fs, io, process};

/// Ties the child to its parent, and leaves behind what it was born with. Returns what did not work.
pub(super) fn leave(parent: u32) -> Vec<String> {
	let steps = [
		("a child that is killed with its parent", die_with(parent)),
		("a child without other descriptors, Linux 5.9", close_others()),
		(
			"a child that cannot be traced",
			set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Into::into),
		),
		("a child that leaves signals to its parent", ignore_signals()),
	];
	one_heap();
	// The first to go when the machine runs out of memory: its work can be done again, the parent's promises cannot.
	// Some containers forbid it, and nothing depends on it.
	let _ = fs::write("/proc/self/oom_score_adj", "1000");
	steps.into_iter().filter_map(|(what, result)| Some(format!("{what} ({})", result.err()?))).collect()
}

/// The kernel kills the child when the thread that started it ends. The parent may have ended before that was agreed:
/// then the child has another one now.
fn die_with(parent: u32) -> io::Result<()> {
	set_parent_process_death_signal(Some(Signal::KILL))?;
	if getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs()) != Some(parent) {
		process::exit(0);
	}
	Ok(())
}

/// Closes all but the three streams: what this program opens is closed on `exec`, what it was itself given may not be.
#[allow(unsafe_code)] // Nothing in this process has opened a descriptor that it could miss.
fn close_others() -> io::Result<()> {
	// SAFETY: no memory is touched, and no one owns these descriptors.
	match unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) } {
		0 => Ok(()),
		_ => Err(io::Error::last_os_error()),
	}
}

/// The GNU library's allocator gives a thread a heap of its own, and to give a part of that back it reads a setting of
/// the system's from a file. The first heap needs no file.
#[allow(unsafe_code)] // The standard library has no words for it.
fn one_heap() {
	#[cfg(target_env = "gnu")]
	// SAFETY: no other thread is there yet.
	unsafe {
		libc::mallopt(libc::M_ARENA_MAX, 1);
	}
}

/// An interrupt at the terminal, or a service manager's wish to end, goes to all processes. The parent decides what
/// becomes of open work.
#[allow(unsafe_code)] // The standard library has no words for signals.
fn ignore_signals() -> io::Result<()> {
	for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
		// SAFETY: ignoring runs no code.
		if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
			return Err(io::Error::last_os_error());
		}
	}
	Ok(())
}
