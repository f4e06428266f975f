#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::{super::testing::read, *};
use alloc::{format, string::String};
use proptest::prelude::*;

/// The plan of a module, and the weight of each function.
fn planned(fields: &str) -> (Plan, Vec<i64>) {
	let (types, bodies) = read(fields);
	let shapes: Vec<_> = bodies.iter().map(|body| shape(&types, body)).collect();
	let plan = plan(&types, &shapes).unwrap();
	(plan, shapes.into_iter().map(|shape| shape.weight).collect())
}

#[test]
fn a_function_weighs_what_it_can_hold() {
	let weigh =
		|function: &str| planned(&format!("(module (func $g (result i32) i32.const 1) {function})")).1[1];
	assert_eq!(weigh("(func)"), 8);
	assert_eq!(weigh("(func (param i32 f64) (local i64 i64 i64))"), 8 + 5);
	assert_eq!(weigh("(func i32.const 1 i32.const 2 i32.const 3 i32.add i32.add drop)"), 8 + 3);
	assert_eq!(weigh("(func call $g call $g i32.add drop)"), 8 + 2);
	assert_eq!(weigh(&format!("(func {})", "nop ".repeat(16 * 5 - 1))), 8 + 5, "with its `end`");
	let blocks = "(func i32.const 1 block (result i32 i32) i32.const 1 i32.const 2 end drop drop drop)";
	assert_eq!(weigh(blocks), 8 + 3);
	assert_eq!(weigh("(func return i32.const 1 i32.const 2 drop drop)"), 8, "never reached");
	assert_eq!(weigh("(func block br 0 i32.const 1 drop end i32.const 1 drop)"), 8 + 1);
}

#[test]
fn only_cycles_count() {
	let (plan, weights) = planned(
		"(module
			(func $leaf (local i64 i64))
			(func $middle call $leaf)
			(func $even call $odd call $middle)
			(func $odd call $even call $leaf)
			(func $self call $self)
			(func $main call $even call $self call $middle))",
	);
	let [leaf, middle, even, odd, alone, main] = weights[..] else { panic!("{weights:?}") };
	let counted = [None, None, Some(even + middle + leaf), Some(odd + leaf), Some(alone), None];
	assert_eq!(plan, Plan { counted: counted.into(), root: main + middle + leaf });
}

#[test]
fn an_indirect_call_is_one_of_every_function_of_its_type_that_it_can_reach() {
	let module = |element: &str| {
		planned(&format!(
			"(module (type $t (func (param i32))) (type $same (func (param i32))) (type $u (func (param i64)))
				(table 9 funcref) {element}
				(func $calls (type $t) i32.const 0 i32.const 0 call_indirect (type $same))
				(func $held (type $same) (local i64))
				(func $free (type $same) (local i64 i64 i64 i64))
				(func $other (type $u)))"
		))
	};
	let (plan, weights) = module("(elem declare func $held)");
	assert_eq!(plan.counted, [None; 4], "nothing calls back");
	assert_eq!(plan.root, weights[0] + weights[1]);
	let (plan, weights) = module("(elem (i32.const 0) func $held $calls $other)");
	assert_eq!(plan.counted, [Some(weights[0] + weights[1]), None, None, None]);
	let (plan, weights) = module("(elem (i32.const 0) func $calls) (global funcref (ref.func $free))");
	assert_eq!(plan.counted, [Some(weights[0] + weights[2]), None, None, None]);
}

#[test]
fn imported_functions_take_no_stack() {
	let (plan, weights) = planned(
		"(module (import \"a\" \"b\" (func $host)) (table 1 funcref) (elem (i32.const 0) func $host)
			(func call $host i32.const 0 call_indirect))",
	);
	assert_eq!(plan, Plan { counted: alloc::vec![None], root: weights[0] });
}

#[test]
fn a_stack_that_never_fits_is_refused() {
	let chain = |functions: usize| {
		let mut fields = String::new();
		for index in 0..functions {
			let call = if index == 0 { String::new() } else { format!("call {}", index - 1) };
			fields += &format!("(func (local {}) {call})", "i64 ".repeat(1016));
		}
		let (types, bodies) = read(&format!("(module {fields})"));
		let shapes: Vec<_> = bodies.iter().map(|body| shape(&types, body)).collect();
		plan(&types, &shapes)
	};
	assert_eq!(chain(1024).unwrap().root, MAX_DEPTH);
	assert_eq!(chain(1025), Err(Refusal::StackTooDeep));
}

#[test]
fn a_chain_of_all_functions_needs_no_stack_here() {
	let functions = 1_000_000u32;
	let shapes: Vec<_> = (0..functions)
		.map(|index| Shape { weight: 1, calls: [index + 1].into(), ..Default::default() })
		.collect();
	assert_eq!(plan(&Types::default(), &shapes).unwrap().root, i64::from(functions));
}

proptest! {
	/// Against the definition: a function counts if some path leads from it to itself.
	#[test]
	fn who_counts_is_who_reaches_itself(calls in prop::collection::vec(prop::collection::vec(0u32..12, 0..3), 12)) {
		let shapes: Vec<_> =
			calls.iter().enumerate().map(|(index, calls)| Shape {
				weight: 1 << index, calls: calls.clone(), indirect: Vec::new(),
			}).collect();
		let mut reaches = [[false; 12]; 12];
		for _ in 0..12 {
			for from in 0..12 {
				for next in &calls[from] {
					let beyond = reaches[*next as usize];
					reaches[from][*next as usize] = true;
					reaches[from].iter_mut().zip(beyond).for_each(|(to, beyond)| *to |= beyond);
				}
			}
		}
		let counts = |function: usize| reaches[function][function];
		fn need(function: usize, calls: &[Vec<u32>], counts: &dyn Fn(usize) -> bool) -> i64 {
			let below = calls[function].iter().map(|next| *next as usize).filter(|next| !counts(*next));
			(1 << function) + below.map(|next| need(next, calls, counts)).max().unwrap_or(0)
		}
		let plan = plan(&Types::default(), &shapes).unwrap();
		for function in 0..12 {
			let expected = counts(function).then(|| need(function, &calls, &counts));
			prop_assert_eq!(plan.counted[function], expected);
		}
		let needs = (0..12).filter(|function| !counts(*function)).map(|function| need(function, &calls, &counts));
		prop_assert_eq!(plan.root, needs.max().unwrap_or(0));
	}
}
