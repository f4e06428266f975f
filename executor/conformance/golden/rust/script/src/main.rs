//! A small scripting language: source text, compiled to byte code, run by a stack machine whose values are NaN-boxed
//! doubles. Exit code 2: a mistake in the script, with its line or what it did.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

mod code;
mod compiler;
mod lexer;
mod machine;
mod value;

use alloc::string::String;
use ergon_guest_wasi::{command, complain, read_to_end, write_stdout};

command!(run);

fn run() -> i32 {
	let source = String::from_utf8_lossy(&read_to_end()).into_owned();
	let mut output = String::new();
	let ended = compiler::compile(&source).and_then(|code| machine::run(&code, &mut output));
	// What was printed before a mistake is kept.
	if !write_stdout(output.as_bytes()) {
		return 1;
	}
	match ended {
		Ok(()) => 0,
		Err(why) => {
			complain!("script: {why}");
			2
		},
	}
}
