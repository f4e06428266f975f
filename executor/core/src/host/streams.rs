//! Scatter and gather lists: where a read goes to and a write comes from.

use super::{
	errno::Errno,
	memory::{check, read_u32, GuestMemory},
};
use alloc::vec::Vec;

/// The most entries in a list; what libraries take for granted.
pub(super) const MAX_VECTORS: u32 = 1024;

/// One piece of the guest's memory.
pub(super) struct Piece {
	pub(super) at: u32,
	pub(super) len: u32,
}

/// Reads a list of `count` pieces (at most [`MAX_VECTORS`]) and checks that each is inside of the memory. The second part is their total
/// length, which must itself be a length.
pub(super) fn pieces(memory: &dyn GuestMemory, list: u32, count: u32) -> Result<(Vec<Piece>, u32), Errno> {
	check(memory, list, count.saturating_mul(8))?;
	let mut total = 0u32;
	let mut pieces = Vec::new();
	for index in 0..count {
		let entry = list.saturating_add(index.saturating_mul(8));
		let piece = Piece { at: read_u32(memory, entry)?, len: read_u32(memory, entry.saturating_add(4))? };
		check(memory, piece.at, piece.len)?;
		total = total.checked_add(piece.len).ok_or(Errno::Inval)?;
		pieces.push(piece);
	}
	Ok((pieces, total))
}
