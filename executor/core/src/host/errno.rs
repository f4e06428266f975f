//! The error numbers that the host answers with.

/// A subset of WASI's `errno`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Errno {
	/// Done.
	Success = 0,
	/// No such open file descriptor.
	Badf = 8,
	/// A pointer leads outside of the memory.
	Fault = 21,
	/// An argument that no call accepts.
	Inval = 28,
	/// Not a directory: there are none.
	Notdir = 54,
	/// Not a socket: there are none.
	Notsock = 57,
	/// Not here.
	Notsup = 58,
	/// A stream has no positions.
	Spipe = 70,
}
