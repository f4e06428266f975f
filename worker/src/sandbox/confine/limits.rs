//! What a child may use. The kernel counts.

use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

/// Memory that a child may write to: the largest linear memory (4 GiB), and a compiler's or a host's needs beside it.
const MEMORY: u64 = 7 << 30;
/// Addresses, most of which are never used: an engine reserves a whole 4 GiB and guards for each memory that may be.
const ADDRESS_SPACE: u64 = 64 << 30;
/// A child opens no file, but keeps the start of a program's memory in one that has no name, to map it copy-on-write.
const MEMORY_IMAGE: u64 = 64 << 20;
/// Descriptors: three streams and a few such images.
const DESCRIPTORS: u64 = 32;

pub(super) fn set() -> Vec<String> {
	let limits = [
		("of memory", Resource::Data, MEMORY),
		("of address space", Resource::As, ADDRESS_SPACE),
		("of file size", Resource::Fsize, MEMORY_IMAGE),
		("of descriptors", Resource::Nofile, DESCRIPTORS),
		("of core files", Resource::Core, 0),
		("of locked memory", Resource::Memlock, 0),
		("of message queues", Resource::Msgqueue, 0),
	];
	limits.into_iter().filter_map(|(what, resource, most)| limit(what, resource, most)).collect()
}

/// The superuser is not bound by this one; seccomp binds him.
pub(super) fn no_threads() -> Option<String> {
	limit("of processes", Resource::Nproc, 0)
}

fn limit(what: &str, resource: Resource, most: u64) -> Option<String> {
	// A service manager may have set less already.
	let held = getrlimit(resource).maximum.unwrap_or(u64::MAX);
	let most = Some(most.min(held));
	let error = setrlimit(resource, Rlimit { current: most, maximum: most }).err()?;
	Some(format!("a limit {what} ({error})"))
}
