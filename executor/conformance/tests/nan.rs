//! What becomes of NaNs: arithmetic makes the canonical one, and everything else moves bits.
#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use ergon_conformance::{
	library::{Library, OnWasmi, OnWasmtime, Value, PLENTY},
	reference::{check, Given},
};
use ergon_executor_core::admit_library;

const CANONICAL: u64 = 0x7ff8_0000_0000_0000;
const NEGATIVE: u64 = 0xfff8_0000_0000_0000;
/// A quiet and a signalling NaN with something in them, as programs pack values into floats.
const BOXED: [u64; 4] =
	[0x7ff8_0000_dead_beef, 0xfffc_0000_0000_1234, 0x7ff0_0000_0000_0001, 0xfff4_0000_0000_0000];

/// What the function `f` of a module gives, on both engines and as it is defined.
fn given(module: &str, args: &[Value]) -> Value {
	let module = wat::parse_str(module).unwrap();
	for seed in 0..8 {
		check(&module, Given { fuel: 1_000_000, seed }).unwrap();
	}
	let admitted = admit_library(&module).unwrap();
	fn on<L: Library>(admitted: &ergon_executor_core::Admitted, args: &[Value]) -> Value {
		let mut library = L::new(16).unwrap();
		let instance = library.instantiate(admitted).unwrap();
		library.call(instance, "f", args, PLENTY).unwrap()[0]
	}
	let (one, other) = (on::<OnWasmtime>(&admitted, args), on::<OnWasmi>(&admitted, args));
	assert_eq!(one, other);
	one
}

/// The same of a function of two floats, with two locals.
fn double(code: &str, args: [u64; 2]) -> u64 {
	let module = format!(
		r#"(module (memory 1) (global $g (mut f64) (f64.const 0))
			(func $id (param f64) (result f64) local.get 0)
			(func (export "f") (param $x f64) (param $y f64) (result f64) (local $a f64) (local $b f64) {code}))"#
	);
	match given(&module, &args.map(Value::F64)) {
		Value::F64(bits) => bits,
		other => panic!("{other:?}"),
	}
}

fn bits(float: f64) -> u64 {
	float.to_bits()
}

#[test]
fn zero_by_zero_is_the_same_nan_everywhere() {
	// x86 gives the negative one, ARM the positive one.
	for code in ["f64.div", "f64.mul", "f64.sub", "f64.min"] {
		let args = match code {
			"f64.div" => [0.0, 0.0],
			"f64.mul" => [0.0, f64::INFINITY],
			"f64.sub" => [f64::INFINITY, f64::INFINITY],
			_ => [f64::NAN, 1.0],
		};
		let code = format!("local.get $x local.get $y {code}");
		assert_eq!(double(&code, args.map(bits)), CANONICAL, "{code}");
	}
	assert_eq!(double("local.get $x f64.sqrt", [bits(-1.0), 0]), CANONICAL);
}

#[test]
fn arithmetic_keeps_nothing_of_the_nans_it_is_given() {
	for operator in ["add", "sub", "mul", "div", "min", "max"] {
		for args in
			[[BOXED[0], bits(1.0)], [bits(1.0), BOXED[1]], [BOXED[2], BOXED[3]], [NEGATIVE, CANONICAL]]
		{
			let code = format!("local.get $x local.get $y f64.{operator}");
			assert_eq!(double(&code, args), CANONICAL, "{code} {args:x?}");
		}
	}
	for operator in ["sqrt", "ceil", "floor", "trunc", "nearest"] {
		for boxed in BOXED {
			assert_eq!(double(&format!("local.get $x f64.{operator}"), [boxed, 0]), CANONICAL, "{operator}");
		}
	}
	for boxed in BOXED {
		let code = "local.get $x f32.demote_f64 f64.promote_f32";
		assert_eq!(double(code, [boxed, 0]), CANONICAL);
	}
}

#[test]
fn what_is_only_moved_keeps_its_bits() {
	for code in [
		"local.get $x",
		"local.get $x local.set $a local.get $a local.tee $b",
		"local.get $x global.set $g global.get $g",
		"local.get $x call $id",
		"i32.const 8 local.get $x f64.store i32.const 8 f64.load",
		"i32.const 8 local.get $x i64.reinterpret_f64 i64.store i32.const 8 f64.load",
		"local.get $x i64.reinterpret_f64 f64.reinterpret_i64",
		"local.get $x local.get $y i32.const 1 select",
		"local.get $y local.get $x i32.const 0 select (result f64)",
		"block (result f64) local.get $x i32.const 1 br_if 0 drop local.get $y end",
		"i32.const 1 if (result f64) local.get $x else local.get $y f64.sqrt end",
		"local.get $x f64.neg f64.neg",
		// The local also takes what arithmetic made.
		"local.get $y local.get $y f64.add local.set $a local.get $x local.set $a local.get $a",
		// As a number that is thrown away.
		"local.get $x f64.sqrt drop local.get $x local.get $x f64.lt drop local.get $x",
	] {
		for boxed in BOXED {
			assert_eq!(double(code, [boxed, bits(0.0)]), boxed, "{code}");
		}
	}
	for boxed in BOXED {
		let sign = 1u64 << 63;
		assert_eq!(double("local.get $x f64.neg", [boxed, 0]), boxed ^ sign);
		assert_eq!(double("local.get $x f64.abs", [boxed, 0]), boxed & !sign);
		assert_eq!(double("local.get $x local.get $y f64.copysign", [boxed, bits(-1.0)]), boxed | sign);
		assert_eq!(
			double("local.get $y local.get $x f64.copysign", [boxed, bits(2.0)]),
			bits(2.0) | boxed & sign
		);
	}
}

#[test]
fn signs_are_set_on_the_canonical_nan() {
	// 0/0, whose sign is the processor's.
	let nan = "local.get $x local.get $x f64.div";
	let with = |rest: &str| double(&format!("{nan} {rest}"), [0, bits(-2.0)]);
	assert_eq!(with("f64.neg"), NEGATIVE);
	assert_eq!(with("f64.neg f64.neg"), CANONICAL);
	assert_eq!(with("f64.neg f64.abs"), CANONICAL);
	assert_eq!(with("f64.abs"), CANONICAL);
	assert_eq!(with("local.get $y f64.copysign"), NEGATIVE);
	assert_eq!(with("local.get $y f64.copysign f64.abs f64.neg"), NEGATIVE);
	assert_eq!(with("local.set $a local.get $y local.get $a f64.copysign"), bits(2.0));
	assert_eq!(with("f64.neg local.set $a local.get $y local.get $a f64.copysign"), bits(-2.0));
	assert_eq!(with("f64.neg local.get $y f64.add"), CANONICAL);
	assert_eq!(with("local.set $a local.get $a f64.neg i64.reinterpret_f64 f64.reinterpret_i64"), NEGATIVE);
}

#[test]
fn what_comes_together_is_told_apart() {
	let nan = "local.get $y local.get $y f64.div";
	for (boxed, taken) in BOXED.into_iter().flat_map(|boxed| [(boxed, true), (boxed, false)]) {
		let (cond, expected) = (i32::from(taken), if taken { boxed } else { CANONICAL });
		for code in [
			format!("local.get $x {nan} i32.const {cond} select"),
			format!("i32.const {cond} if (result f64) local.get $x else {nan} end"),
			format!("block (result f64) local.get $x i32.const {cond} br_if 0 drop {nan} end"),
			format!(
				"block (result f64) block (result f64) local.get $x {nan} i32.const {cond} select
				i32.const {cond} br_table 0 1 end f64.floor end"
			),
			format!("{nan} local.set $a i32.const {cond} if local.get $x local.set $a end local.get $a"),
			format!(
				"{nan} local.set $x {nan} local.set $a
				i32.const {cond} if f64.const {constant} local.set $a end local.get $a",
				constant = constant(boxed)
			),
		] {
			assert_eq!(double(&code, [boxed, 0]), expected, "{code}");
		}
	}
}

/// The bits as a constant in the text format.
fn constant(bits: u64) -> String {
	format!("{}nan:{:#x}", if bits >> 63 == 1 { "-" } else { "" }, bits & ((1 << 52) - 1))
}

#[test]
fn a_loop_mixes_what_comes_in_with_what_it_makes() {
	// The first round sees the argument, later ones what was made of it.
	let code = |rounds: u32| {
		format!(
			"(local $n i32) i32.const {rounds} local.set $n
			loop $again (result f64)
				local.get $x local.set $a
				local.get $x f64.const 1 f64.add local.set $x
				local.get $n i32.const 1 i32.sub local.tee $n br_if $again
				local.get $a
			end"
		)
	};
	for boxed in BOXED {
		assert_eq!(double(&code(1), [boxed, 0]), boxed);
		assert_eq!(double(&code(2), [boxed, 0]), CANONICAL);
	}
}

#[test]
fn what_goes_back_to_a_loop_is_seen_there() {
	let code = "(local $n i32) f64.const 1
		loop $again (param f64) (result f64)
			global.set $g
			local.get $x local.get $x f64.div
			local.get $n i32.eqz i32.const 1 local.set $n br_if $again
		end
		drop global.get $g";
	assert_eq!(double(code, [0, 0]), CANONICAL);
}

#[test]
fn singles_are_like_doubles() {
	let single = |code: &str, x: u32| {
		let module = format!(r#"(module (func (export "f") (param f32) (result f32) (local f32) {code}))"#);
		given(&module, &[Value::F32(x)])
	};
	for boxed in [0x7fc0_beef, 0xffc1_0000, 0x7f80_0001, 0xff80_4000] {
		assert_eq!(single("local.get 0 local.tee 1", boxed), Value::F32(boxed));
		assert_eq!(single("local.get 0 f32.neg", boxed), Value::F32(boxed ^ 1 << 31));
		assert_eq!(single("local.get 0 f32.const 1 f32.mul", boxed), Value::F32(0x7fc0_0000));
		assert_eq!(single("local.get 0 f32.ceil f32.neg", boxed), Value::F32(0xffc0_0000));
		assert_eq!(single("local.get 0 f64.promote_f32 f32.demote_f64", boxed), Value::F32(0x7fc0_0000));
	}
}
