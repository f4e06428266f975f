//! What a task needs of WASI preview 1, for programs without a standard library: heap, arguments, environment,
//! standard streams, exit, and a panic that says where it happened and traps.
//!
//! A program defines `fn main() -> i32` and names it in [`command!`].

#![no_std]

extern crate alloc;

// The heap grows the linear memory, which only WebAssembly has.
#[cfg(target_arch = "wasm32")]
mod heap;
mod stream;

pub use stream::{read_to_end, write_stderr, write_stdout, Stderr};

use alloc::{string::String, vec::Vec};

/// Calls as the specification defines them. All return an errno; 0 is success.
mod sys {
	#[repr(C)]
	pub struct Vector {
		pub at: *const u8,
		pub len: usize,
	}

	#[link(wasm_import_module = "wasi_snapshot_preview1")]
	extern "C" {
		pub fn args_get(pointers: *mut *mut u8, buffer: *mut u8) -> u32;
		pub fn args_sizes_get(count: *mut usize, bytes: *mut usize) -> u32;
		pub fn environ_get(pointers: *mut *mut u8, buffer: *mut u8) -> u32;
		pub fn environ_sizes_get(count: *mut usize, bytes: *mut usize) -> u32;
		pub fn fd_read(descriptor: u32, list: *const Vector, count: usize, read: *mut usize) -> u32;
		pub fn fd_write(descriptor: u32, list: *const Vector, count: usize, written: *mut usize) -> u32;
		pub fn proc_exit(code: i32) -> !;
	}
}

type Sizes = unsafe extern "C" fn(*mut usize, *mut usize) -> u32;
type Get = unsafe extern "C" fn(*mut *mut u8, *mut u8) -> u32;

fn texts(sizes: Sizes, get: Get) -> Vec<String> {
	let (mut count, mut bytes) = (0, 0);
	// SAFETY: both point to a usize, which has 32 bits here.
	if unsafe { sizes(&mut count, &mut bytes) } != 0 || count == 0 {
		return Vec::new();
	}
	let mut pointers = alloc::vec![core::ptr::null_mut(); count];
	let mut buffer = alloc::vec![0u8; bytes];
	// SAFETY: both are as large as the host has just asked for.
	if unsafe { get(pointers.as_mut_ptr(), buffer.as_mut_ptr()) } != 0 {
		return Vec::new();
	}
	let mut texts: Vec<String> =
		buffer.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
	// Each text is ended by a zero, so that the last piece is behind the last text.
	texts.truncate(count);
	texts
}

/// The arguments, without the program's name.
pub fn args() -> Vec<String> {
	let mut args = texts(sys::args_sizes_get, sys::args_get);
	if !args.is_empty() {
		args.remove(0);
	}
	args
}

/// A variable of the environment.
pub fn variable(name: &str) -> Option<String> {
	texts(sys::environ_sizes_get, sys::environ_get)
		.into_iter()
		.find_map(|text| text.strip_prefix(name)?.strip_prefix('=').map(String::from))
}

/// A variable of the environment that is a number.
pub fn number(name: &str) -> Option<u32> {
	variable(name)?.parse().ok()
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
	// SAFETY: takes a number and does not return.
	unsafe { sys::proc_exit(code) }
}

/// Writes formatted text to the standard error.
#[macro_export]
macro_rules! complain {
	($($arg:tt)*) => {{
		use core::fmt::Write;
		let _ = writeln!($crate::Stderr, $($arg)*);
	}};
}

/// Makes a function the program: what it returns is the exit code.
#[macro_export]
macro_rules! command {
	($main:path) => {
		#[no_mangle]
		pub extern "C" fn _start() {
			match $main() {
				0 => {},
				code => $crate::exit(code),
			}
		}
	};
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
	complain!("{info}");
	core::arch::wasm32::unreachable()
}
