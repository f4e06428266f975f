//! What a child gives up before it reads the first byte that a stranger wrote.
//!
//! Each layer alone would hold against code that has taken the process over; they are stacked because each has had
//! its own defects.
//!
//! | layer | what is gone |
//! |---|---|
//! | pipes | every descriptor but standard input, output and an error stream that leads nowhere; the environment |
//! | parent | the child dies with it, cannot be traced, leaves no core file, and is the kernel's first choice when memory runs out |
//! | limits | more memory than the largest task needs, files, processes; the parent adds processor time for each task |
//! | landlock | the file system, TCP, signals and abstract sockets to the outside; new privileges |
//! | seccomp | every system call but the some thirty that computing needs; any other kills the process |

mod basics;
mod landlock;
mod limits;
mod seccomp;

/// What a child can give up before the engine is set up, which reads what the system says of the processor.
///
/// Each of the three steps returns what this kernel could not do, in words for the operator.
pub fn before_setup(parent: u32) -> Vec<String> {
	let mut missing = basics::leave(parent);
	missing.extend(limits::set());
	missing
}

/// What binds only the threads that are started after it, and so comes before the first.
pub fn before_threads() -> Vec<String> {
	landlock::restrict().err().into_iter().collect()
}

/// What ends all, on every thread that there is. None can be started from now on.
pub fn for_good() -> Vec<String> {
	limits::no_threads().into_iter().chain(seccomp::filter().err()).collect()
}
