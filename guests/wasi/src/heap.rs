//! The heap: memory is taken page by page from the end of the linear memory and, but for the newest block, never
//! given back. A task lives for one input, and what it allocates is mostly a few large buffers that grow.

use core::{
	alloc::{GlobalAlloc, Layout},
	cell::Cell,
};

const PAGE: usize = 64 << 10;

struct Heap {
	/// Where free memory starts; 0 before the first allocation.
	next: Cell<usize>,
	/// Where the memory ends.
	end: Cell<usize>,
}

// SAFETY: a task has one thread.
unsafe impl Sync for Heap {}

extern "C" {
	/// Set by the linker: the first byte behind the program's own data.
	static __heap_base: u8;
}

impl Heap {
	/// Moves the end of the memory to at least `to`.
	fn reach(&self, to: usize) -> bool {
		if to <= self.end.get() {
			return true;
		}
		let pages = (to - self.end.get()).div_ceil(PAGE);
		if core::arch::wasm32::memory_grow(0, pages) == usize::MAX {
			return false;
		}
		self.end.set(core::arch::wasm32::memory_size(0).saturating_mul(PAGE));
		true
	}

	fn take(&self, size: usize, align: usize) -> Option<usize> {
		if self.next.get() == 0 {
			self.next.set(&raw const __heap_base as usize);
			self.end.set(core::arch::wasm32::memory_size(0).saturating_mul(PAGE));
		}
		let start = self.next.get().checked_next_multiple_of(align)?;
		let end = start.checked_add(size)?;
		self.reach(end).then(|| {
			self.next.set(end);
			start
		})
	}
}

// SAFETY: blocks do not overlap, since `next` only moves behind a block, and back only when the block is given back.
unsafe impl GlobalAlloc for Heap {
	unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
		self.take(layout.size(), layout.align()).map_or(core::ptr::null_mut(), |start| start as *mut u8)
	}

	unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
		if block as usize + layout.size() == self.next.get() {
			self.next.set(block as usize);
		}
	}

	unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
		let start = block as usize;
		let newest = start + layout.size() == self.next.get();
		if newest {
			// The newest block grows and shrinks where it is.
			return match start.checked_add(size) {
				Some(end) if self.reach(end) => {
					self.next.set(end);
					block
				},
				_ => core::ptr::null_mut(),
			};
		}
		if size <= layout.size() {
			return block;
		}
		match self.take(size, layout.align()) {
			Some(moved) => {
				core::ptr::copy_nonoverlapping(block, moved as *mut u8, layout.size());
				moved as *mut u8
			},
			None => core::ptr::null_mut(),
		}
	}
}

#[global_allocator]
static HEAP: Heap = Heap { next: Cell::new(0), end: Cell::new(0) };
