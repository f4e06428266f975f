#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::{super::testing::read, *};
use alloc::{format, string::String};

/// The code of one function with each fix written after its operator as `!`.
fn fixed(signature: &str, code: &str) -> String {
	let (types, bodies) = read(&format!(
		"(module (memory 1) (table 1 funcref) (type $pair (func (result f64 f64)))
			(global $g (mut f64) f64.const 0)
			(func $f {signature} {code})
			(func $take (param f64)) (func $give (result f64) f64.const 1) (func $two (type $pair) f64.const 1 f64.const 2))"
	));
	let body = bodies.first().unwrap();
	let fixes = plan(&types, body);
	assert!(fixes.is_sorted_by_key(|fix| fix.after));
	let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
	lines
		.enumerate()
		.map(|(at, line)| match fixes.iter().find(|fix| fix.after == at) {
			Some(fix) => {
				let line = line.split_whitespace().next().unwrap();
				format!("{line} !{}\n", if fix.width == Width::F32 { 32 } else { 64 })
			},
			None => String::new(),
		})
		.collect()
}

#[test]
fn what_stays_inside_costs_nothing() {
	// A dot product: the sum goes round the loop in a local.
	let code = "loop
		local.get $sum
		local.get $p
		f64.load
		local.get $p
		f64.load offset=8
		f64.mul
		f64.add
		local.set $sum
		local.get $p
		br_if 0
		end
		local.get $sum
		f64.const 1
		f64.lt
		drop";
	assert_eq!(fixed("(param $p i32) (local $sum f64)", code), "");
}

#[test]
fn what_leaves_is_fixed_once_where_it_was_made() {
	let sum = "local.get 0
		local.get 0
		f64.add";
	for observer in [
		"global.set $g",
		"call $take",
		"i64.reinterpret_f64
		drop",
		"f64.neg
		global.set $g",
		"f64.const 1
		f64.copysign
		global.set $g",
		"return",
		"br 0",
		"local.set 0",
	] {
		let result = if matches!(observer, "return" | "br 0") { "(result f64)" } else { "" };
		let code = format!("{sum}\n{observer}");
		assert_eq!(fixed(&format!("(param f64) {result}"), &code), "f64.add !64\n", "{observer}");
	}
	assert_eq!(fixed("(param f64) (result f64)", sum), "f64.add !64\n", "falling off the end");
	let store = "i32.const 0
		f32.const 2
		f32.sqrt
		f32.store";
	assert_eq!(fixed("", store), "f32.sqrt !32\n");
}

#[test]
fn every_operator_that_makes_nans_is_fixed_and_no_other() {
	for (operator, params, result) in [
		("f64.add f64.sub f64.mul f64.div f64.min f64.max", "f64 f64", "f64"),
		("f64.sqrt f64.ceil f64.floor f64.trunc f64.nearest", "f64", "f64"),
		("f32.add f32.sub f32.mul f32.div f32.min f32.max", "f32 f32", "f32"),
		("f32.sqrt f32.ceil f32.floor f32.trunc f32.nearest", "f32", "f32"),
		("f32.demote_f64", "f64", "f32"),
		("f64.promote_f32", "f32", "f64"),
		("f64.abs f64.neg", "f64", ""),
		("f32.abs f32.neg", "f32", ""),
		("f64.copysign", "f64 f64", ""),
		("f64.convert_i64_s f64.reinterpret_i64", "i64", ""),
	] {
		for operator in operator.split(' ') {
			let gets = ["local.get 0", "local.get 1"][..params.split(' ').count()].join("\n");
			let given = if result.is_empty() { &operator[..3] } else { result };
			let signature = format!("(param {params}) (result {given})");
			let expected =
				if result.is_empty() { String::new() } else { format!("{operator} !{}\n", &result[1..]) };
			assert_eq!(fixed(&signature, &format!("{gets}\n{operator}")), expected);
		}
	}
}

#[test]
fn a_local_that_takes_exact_floats_takes_no_loose_ones() {
	// The second set of the local is what makes it exact, though it comes later and in another block.
	let code = "local.get 0
		local.get 0
		f64.mul
		local.tee $x
		f64.const 1
		f64.add
		drop
		local.get $p
		if
		local.get $p
		f64.load
		local.set $x
		end
		local.get $x
		global.set $g";
	assert_eq!(fixed("(param f64) (param $p i32) (local $x f64)", code), "f64.mul !64\n");
	let loose = code.replace("f64.load", "f64.convert_i32_s");
	assert_eq!(fixed("(param f64) (param $p i32) (local $x f64)", &loose), "local.get !64\n");
}

#[test]
fn exactness_goes_through_chains_of_locals() {
	let code = "local.get $b
		local.set $a
		local.get $c
		local.set $b
		i32.const 0
		f64.load
		local.set $c
		f64.const 1
		f64.sqrt
		local.set $a";
	assert_eq!(fixed("(local $a f64) (local $b f64) (local $c f64)", code), "f64.sqrt !64\n");
	let loose = code.replace("i32.const 0\n", "f64.const 0\n").replace("f64.load", "f64.ceil");
	assert_eq!(fixed("(local $a f64) (local $b f64) (local $c f64)", &loose), "");
}

#[test]
fn a_sign_is_set_on_a_canonical_nan() {
	// The sign is lost in the sum.
	let inside = "f64.const 1
		f64.sqrt
		f64.neg
		f64.neg
		f64.const 1
		f64.add
		drop";
	assert_eq!(fixed("", inside), "");
	let outside = inside.replace("f64.const 1\n\t\tf64.add\n\t\tdrop", "global.set $g");
	assert_eq!(fixed("", &outside), "f64.sqrt !64\n");
	let absolute = "f64.const 1
		f64.sqrt
		f64.abs
		global.set $g";
	assert_eq!(fixed("", absolute), "f64.abs !64\n");
	let both = "f64.const 1
		f64.sqrt
		f64.neg
		f64.abs
		global.set $g";
	assert_eq!(fixed("", both), "f64.sqrt !64\n");
	// The sign operand's sign goes into a number.
	let sign = "f64.const 1
		f64.const 2
		f64.sqrt
		f64.copysign
		f64.const 1
		f64.add
		drop";
	assert_eq!(fixed("", sign), "f64.sqrt !64\n");
}

#[test]
fn select_mixes() {
	let select = |one: &str, other: &str| {
		let code = format!(
			"{one}
			{other}
			i32.const 1
			select
			global.set $g"
		);
		fixed("(param f64)", &code)
	};
	let loose = "f64.const 1\nf64.sqrt";
	assert_eq!(select(loose, "f64.const 2\nf64.ceil"), "select !64\n");
	assert_eq!(select(loose, "f64.const 2"), "select !64\n");
	assert_eq!(select("f64.const nan", "f64.const 2"), "");
	assert_eq!(select(loose, "local.get 0"), "f64.sqrt !64\n");
	assert_eq!(select("local.get 0", loose), "f64.sqrt !64\n");
	assert_eq!(select("f64.const nan:0x4", loose), "f64.sqrt !64\n");
	assert_eq!(select("f64.const -nan", loose), "f64.sqrt !64\n");
}

#[test]
fn blocks_give_what_reaches_their_end() {
	let code = "local.get 0
		if (result f64)
		f64.const 1
		f64.sqrt
		else
		f64.const 2
		f64.ceil
		end
		global.set $g";
	assert_eq!(fixed("(param i32) (param $x f64)", code), "end !64\n");
	let mixed = code.replace("f64.const 2\n\t\tf64.ceil", "local.get $x");
	assert_eq!(fixed("(param i32) (param $x f64)", &mixed), "f64.sqrt !64\n");
	let unseen = code.replace("global.set $g", "f64.floor\ndrop");
	assert_eq!(fixed("(param i32) (param $x f64)", &unseen), "");
}

#[test]
fn a_branch_takes_the_value_to_its_label_and_leaves_it_where_it_is() {
	let code = "block (result f64)
		f64.const 1
		f64.sqrt
		local.get 0
		br_if 0
		f64.floor
		drop
		local.get $x
		end
		f64.ceil
		drop";
	// It comes together with the parameter at the end of the block.
	assert_eq!(fixed("(param i32) (param $x f64)", code), "f64.sqrt !64\n");
	let loose = code.replace("local.get $x", "f64.const 0");
	assert_eq!(fixed("(param i32) (param $x f64)", &loose), "");
	let table = "block (result f64)
		block (result f64)
		f64.const 1
		f64.sqrt
		local.get 0
		br_table 0 1 0
		end
		drop
		f64.const 1
		end
		global.set $g";
	assert_eq!(fixed("(param i32)", table), "end !64\n");
}

#[test]
fn several_results_are_fixed_where_they_are_made() {
	let code = "block (type $pair)
		f64.const 1
		f64.sqrt
		f64.const 1
		f64.ceil
		end
		drop
		drop";
	assert_eq!(fixed("", code), "f64.sqrt !64\nf64.ceil !64\n");
	let parameters = "f64.const 1
		f64.sqrt
		loop (param f64)
		f64.abs
		local.get 0
		br_if 0
		drop
		end";
	assert_eq!(
		fixed("(param i32)", &parameters.replace("f64.abs", "f64.trunc")),
		"f64.sqrt !64\nf64.trunc !64\n"
	);
	assert_eq!(fixed("(param i32)", parameters), "f64.sqrt !64\n", "what the loop takes is exact");
}

#[test]
fn code_that_is_never_reached_is_left_alone() {
	let code = "block (result f64)
		f64.const 1
		f64.sqrt
		br 0
		f64.add
		f64.neg
		drop
		if (result f64)
		f64.const 1
		f64.sqrt
		else
		local.get $loose
		f64.sqrt
		end
		global.set $g
		end
		global.set $g
		unreachable
		f64.sub
		global.set $g";
	assert_eq!(fixed("(local $loose f64)", code), "end !64\n");
	let arms = "local.get 0
		if (result f64)
		unreachable
		f64.add
		else
		f64.const 1
		f64.sqrt
		end
		global.set $g";
	assert_eq!(fixed("(param i32)", arms), "end !64\n");
}
