//! Recursion: Ackermann's function, mutual recursion, recursion through a table of functions, as deep as the input says.
//! Each line is a function and its numbers. Far too deep ends as `StackExhausted`, everywhere at the same call.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

use alloc::{format, string::String, vec::Vec};
use core::hint::black_box;
use ergon_guest_wasi::{command, complain, read_to_end, write_stdout};

command!(run);

fn ackermann(m: u64, n: u64) -> u64 {
	match (m, n) {
		(0, _) => n + 1,
		(_, 0) => ackermann(m - 1, 1),
		_ => ackermann(m - 1, ackermann(m, n - 1)),
	}
}

/// Adds on the way back, so that no compiler makes a loop of it.
fn sum(n: u64) -> u64 {
	match n {
		0 => 0,
		_ => black_box(n) ^ sum(n - 1).rotate_left(1),
	}
}

fn is_even(n: u64) -> bool {
	n == 0 || !black_box(!is_odd(n - 1))
}

fn is_odd(n: u64) -> bool {
	n != 0 && black_box(is_even(n - 1))
}

type Step = fn(u64, u64) -> u64;
static STEPS: [Step; 3] = [double, decrease, mix];

fn through(n: u64, value: u64) -> u64 {
	match n {
		0 => value,
		_ => black_box(STEPS)[(value % 3) as usize](n - 1, value) + 1,
	}
}

fn double(n: u64, value: u64) -> u64 {
	through(n, value.wrapping_mul(2) + 1)
}

fn decrease(n: u64, value: u64) -> u64 {
	through(n, value / 2)
}

fn mix(n: u64, value: u64) -> u64 {
	through(n, value.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7)
}

fn run() -> i32 {
	let input = read_to_end();
	let text = String::from_utf8_lossy(&input);
	for line in text.lines() {
		let mut words = line.split_whitespace();
		let name = words.next().unwrap_or_default();
		let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
		let value = match (name, numbers.as_slice()) {
			("ackermann", [m, n]) => ackermann(*m, *n),
			("sum", [n]) => sum(*n),
			("even", [n]) => is_even(*n).into(),
			("through", [n, value]) => through(*n, *value),
			_ => {
				complain!("deep: '{line}': expected ackermann M N, sum N, even N or through N VALUE");
				return 2;
			},
		};
		if !write_stdout(format!("{line} = {value}\n").as_bytes()) {
			return 1;
		}
	}
	0
}
