//! Solves linear systems by elimination and prints every number in bits: infinities, NaNs and signed zeros included, as
//! f64 and as f32. The input is a matrix, a row a line; the last column is the right side.

#![no_std]
#![cfg_attr(target_arch = "wasm32", no_main)]

extern crate alloc;

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt::Write;
use ergon_guest_wasi::{command, complain, read_to_end, write_stdout};

command!(run);

/// Gauss-Jordan with partial pivoting; a singular matrix divides by zero, on purpose.
fn solve(rows: &mut [Vec<f64>]) -> f64 {
	let mut determinant = 1.0;
	for column in 0..rows.len() {
		let pivot = (column..rows.len())
			.max_by(|a, b| libm::fabs(rows[*a][column]).total_cmp(&libm::fabs(rows[*b][column])))
			.unwrap_or(column);
		if pivot != column {
			rows.swap(pivot, column);
			determinant = -determinant;
		}
		let scale = rows[column][column];
		determinant *= scale;
		for value in &mut rows[column] {
			*value /= scale;
		}
		let source = rows[column].clone();
		for (other, row) in rows.iter_mut().enumerate() {
			if other != column {
				let factor = row[column];
				for (value, from) in row.iter_mut().zip(&source) {
					*value -= factor * from;
				}
			}
		}
	}
	determinant
}

fn show(report: &mut String, name: &str, value: f64) {
	let single = value as f32;
	let _ = writeln!(report, "{name} {value} {:016x} {:08x}", value.to_bits(), single.to_bits());
}

fn run() -> i32 {
	let input = read_to_end();
	let text = String::from_utf8_lossy(&input);
	let mut rows: Vec<Vec<f64>> = Vec::new();
	for line in text.lines() {
		match line.split_whitespace().map(str::parse).collect() {
			Ok(row) => rows.push(row),
			Err(_) => {
				complain!("numbers: '{line}' is not a row of numbers");
				return 2;
			},
		}
	}
	let size = rows.len();
	if size == 0 || rows.iter().any(|row| row.len() != size + 1) {
		complain!("numbers: {size} rows need {} numbers each", size + 1);
		return 2;
	}
	let original = rows.clone();
	let mut report = String::new();
	show(&mut report, "determinant", solve(&mut rows));
	let solution: Vec<f64> = rows.iter().map(|row| row[size]).collect();
	for (index, value) in solution.iter().enumerate() {
		show(&mut report, &format!("x{index}"), *value);
	}
	let mut worst = 0.0;
	for row in &original {
		let sum: f64 = row.iter().zip(&solution).map(|(a, x)| a * x).sum();
		worst = libm::fmax(worst, libm::fabs(sum - row[size]));
	}
	show(&mut report, "worst", worst);
	// Each function that the language's core leaves to the program, on what the system came to.
	let functions: [(&str, fn(f64) -> f64); 8] = [
		("sqrt", libm::sqrt),
		("exp", libm::exp),
		("log", libm::log),
		("sin", libm::sin),
		("floor", libm::floor),
		("round", libm::round),
		("negative", |x| -x),
		("absolute", libm::fabs),
	];
	for (name, function) in functions {
		let folded = solution.iter().fold(0.0, |sum, value| sum * 0.5 + function(*value));
		show(&mut report, name, folded);
	}
	let power = vec![solution.len() as f32; 4].iter().fold(1.0f32, |product, value| product * value / 3.0);
	let _ = writeln!(report, "single {power} {:08x}", power.to_bits());
	if write_stdout(report.as_bytes()) {
		0
	} else {
		1
	}
}
