//! The three standard streams.

use crate::sys;
use alloc::vec::Vec;
use core::fmt;

/// How much is asked for at a time.
const CHUNK: usize = 64 << 10;

/// All of the standard input. What cannot be read is taken for its end.
pub fn read_to_end() -> Vec<u8> {
	let mut bytes = Vec::new();
	loop {
		let start = bytes.len();
		// Grows by doubling, so that a long input is not copied again and again.
		bytes.resize(start + CHUNK.max(start), 0);
		let room = &mut bytes[start..];
		let list = sys::Vector { at: room.as_mut_ptr(), len: room.len() };
		let mut read = 0;
		// SAFETY: the list has one entry, which is ours to write to.
		let errno = unsafe { sys::fd_read(0, &list, 1, &mut read) };
		bytes.truncate(start + read);
		if errno != 0 || read == 0 {
			return bytes;
		}
	}
}

fn write(descriptor: u32, mut bytes: &[u8]) -> bool {
	while !bytes.is_empty() {
		let list = sys::Vector { at: bytes.as_ptr(), len: bytes.len() };
		let mut written = 0;
		// SAFETY: the list has one entry, which the host only reads.
		if unsafe { sys::fd_write(descriptor, &list, 1, &mut written) } != 0 || written == 0 {
			return false;
		}
		bytes = bytes.get(written..).unwrap_or_default();
	}
	true
}

/// Writes to the standard output; false if it is closed.
pub fn write_stdout(bytes: &[u8]) -> bool {
	write(1, bytes)
}

/// Writes to the standard error.
pub fn write_stderr(bytes: &[u8]) {
	write(2, bytes);
}

/// The standard error, to be formatted to.
pub struct Stderr;

impl fmt::Write for Stderr {
	fn write_str(&mut self, text: &str) -> fmt::Result {
		write_stderr(text.as_bytes());
		Ok(())
	}
}
