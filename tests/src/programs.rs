//! Small WebAssembly programs for tests, as text; and the built guests.

use std::{fs, path::PathBuf};

/// Copies its input to its output.
pub fn echo() -> Vec<u8> {
	assemble(
		r#"(module
			(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
			(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
			(memory (export "memory") 2)
			(func (export "_start")
				(loop $more
					(i32.store (i32.const 0) (i32.const 64))
					(i32.store (i32.const 4) (i32.const 65536))
					(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
					(i32.store (i32.const 4) (i32.load (i32.const 8)))
					(if (i32.load (i32.const 8)) (then
						(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
						(br $more))))))"#,
	)
}

/// Counts down from `turns` and ends.
pub fn spin(turns: u32) -> Vec<u8> {
	assemble(&format!(
		r#"(module
			(memory (export "memory") 1)
			(func (export "_start") (local $left i32)
				(local.set $left (i32.const {turns}))
				(loop $turn
					(local.set $left (i32.sub (local.get $left) (i32.const 1)))
					(br_if $turn (local.get $left)))))"#
	))
}

/// A module without `_start`.
pub fn without_start() -> Vec<u8> {
	assemble(r#"(module (memory (export "memory") 1))"#)
}

fn assemble(text: &str) -> Vec<u8> {
	wat::parse_str(text).expect("the program's text is well formed; qed")
}

/// The root of the checkout.
pub fn root() -> PathBuf {
	PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the checkout; qed").to_owned()
}

/// The path of a built guest.
pub fn guest(name: &str) -> PathBuf {
	let path = root().join("guests/build").join(format!("{name}.wasm"));
	assert!(path.exists(), "{} is not built: run scripts/guests.sh", path.display());
	path
}

/// The path of a sample input.
pub fn sample(name: &str) -> PathBuf {
	let path = root().join("guests/samples").join(name);
	assert!(fs::exists(&path).unwrap_or(false), "{} is missing", path.display());
	path
}
