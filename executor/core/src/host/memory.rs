//! The guest's memory as the host sees it: every pointer comes from a program that nobody trusts.

use super::errno::Errno;

/// Bounded access to a guest's linear memory. `None` means that some of the bytes are outside of it.
pub trait GuestMemory {
	/// The `len` bytes from `at` on.
	fn slice(&self, at: u32, len: u32) -> Option<&[u8]>;

	/// The same, to write to.
	fn slice_mut(&mut self, at: u32, len: u32) -> Option<&mut [u8]>;
}

/// A memory that lies in one piece in the host's memory.
impl GuestMemory for &mut [u8] {
	fn slice(&self, at: u32, len: u32) -> Option<&[u8]> {
		let start = usize::try_from(at).ok()?;
		self.get(start..start.checked_add(usize::try_from(len).ok()?)?)
	}

	fn slice_mut(&mut self, at: u32, len: u32) -> Option<&mut [u8]> {
		let start = usize::try_from(at).ok()?;
		self.get_mut(start..start.checked_add(usize::try_from(len).ok()?)?)
	}
}

/// Reads a little-endian `u32`.
pub(super) fn read_u32(memory: &dyn GuestMemory, at: u32) -> Result<u32, Errno> {
	let bytes = memory.slice(at, 4).ok_or(Errno::Fault)?;
	bytes.try_into().map(u32::from_le_bytes).map_err(|_| Errno::Fault)
}

/// Writes bytes, all or none.
pub(super) fn write(memory: &mut dyn GuestMemory, at: u32, bytes: &[u8]) -> Result<(), Errno> {
	let len = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
	memory.slice_mut(at, len).ok_or(Errno::Fault)?.copy_from_slice(bytes);
	Ok(())
}

/// Writes a little-endian `u32`.
pub(super) fn write_u32(memory: &mut dyn GuestMemory, at: u32, value: u32) -> Result<(), Errno> {
	write(memory, at, &value.to_le_bytes())
}

/// Whether all of the bytes are inside.
pub(super) fn check(memory: &dyn GuestMemory, at: u32, len: u32) -> Result<(), Errno> {
	memory.slice(at, len).map(|_| ()).ok_or(Errno::Fault)
}
