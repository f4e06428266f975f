#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::{super::testing::read, *};
use alloc::{format, string::String, vec};

/// The plan of the last function, one line for each operator that something is done before: its place and what.
fn planned(fields: &str) -> Vec<String> {
	let (types, bodies) = read(&format!("(module {fields})"));
	let mut lines: Vec<(usize, String)> = vec![];
	for step in plan(&types, bodies.last().unwrap()).steps {
		let what = match step.action {
			Action::Load => "load".into(),
			Action::Store => "store".into(),
			Action::Charge(cost) => format!("{:+}", -cost),
			Action::Test => "test".into(),
			Action::TestFor(cost) => format!("test for {cost}"),
			Action::Size(price) => format!("{price:?}"),
			Action::Enter => "enter".into(),
			Action::Catch => "catch".into(),
			Action::Leave => "leave".into(),
		};
		match lines.last_mut() {
			Some((at, line)) if *at == step.before => line.push_str(&format!(", {what}")),
			_ => lines.push((step.before, what)),
		}
	}
	lines.into_iter().map(|(at, line)| format!("{at}: {line}")).collect()
}

#[test]
fn a_function_that_does_nothing_costs_nothing() {
	assert_eq!(planned("(func)"), ["0: enter, leave"]);
	assert_eq!(planned("(func nop block end return)"), ["0: enter", "3: leave"]);
}

#[test]
fn a_small_leaf_is_charged_and_not_tested() {
	assert_eq!(
		planned("(func (param i32) (result i32) local.get 0 i32.const 1 i32.add)"),
		["0: load, -3, enter", "3: store, leave"]
	);
}

#[test]
fn a_large_leaf_is_tested() {
	let leaf = |cost: u64| planned(&format!("(func {})", "i32.const 0 drop ".repeat(cost as usize)));
	let end = 2 * cost::UNTESTED;
	assert_eq!(
		leaf(cost::UNTESTED),
		[format!("0: load, -{}, enter", cost::UNTESTED), format!("{end}: store, leave")]
	);
	assert_eq!(
		leaf(cost::UNTESTED + 1)[0],
		format!("0: load, test for {0}, -{0}, enter", cost::UNTESTED + 1)
	);
}

#[test]
fn a_loop_is_charged_stored_and_tested_at_its_head() {
	assert_eq!(
		planned("(func (param i32) loop local.get 0 br_if 0 i32.const 1 drop end)"),
		[
			"0: enter, load, -2", // Whoever comes to the loop pays for the run there.
			"1: store, test",
			"2: -2",
			"3: +1", // Who goes on gets back 2, and pays 1.
			"6: store, leave",
		]
	);
}

#[test]
fn calls_in_a_row_store_once() {
	assert_eq!(
		planned("(func $f) (func call $f call $f i32.const 0 drop)"),
		["0: load, test for 11, -11, enter, store", "4: leave"]
	);
}

#[test]
fn the_local_is_loaded_again_when_the_next_run_needs_it() {
	assert_eq!(
		planned("(func $f) (func (param i32) call $f local.get 0 if call $f i32.const 1 drop end i32.const 1 drop)"),
		[
			"0: load, test for 7, -7, enter, store",
			"2: load, -1",
			"3: -5, store",
			"6: load, -1",
			"9: store, leave",
		]
	);
}

#[test]
fn the_host_is_called_after_a_test() {
	assert_eq!(
		planned(r#"(import "" "" (func $h)) (func $f) (func call $h call $f call $h)"#),
		["0: load, test for 15, -15, enter, store, test", "2: load, test", "3: leave"]
	);
}

#[test]
fn what_is_priced_by_size_is_charged_before_it_is_done() {
	let size = |operands: usize, operator: &str| {
		let fields = format!(
			r#"(memory 1) (table $t 1 funcref) (data $d "") (elem $e func)
			(func {} {operator})"#,
			"i32.const 1 ".repeat(operands)
		);
		planned(&fields)
	};
	for operator in ["memory.fill", "memory.copy", "memory.init $d"] {
		assert_eq!(size(3, operator), ["0: load, -23, enter", "3: Bytes", "4: leave"]);
	}
	for operator in ["table.copy $t $t", "table.init $t $e"] {
		assert_eq!(size(3, operator), ["0: load, -23, enter", "3: Entries", "4: leave"]);
	}
	assert_eq!(
		planned("(table 1 funcref) (func i32.const 0 ref.null func i32.const 9 table.fill 0)"),
		["0: load, -23, enter", "3: Entries", "4: leave"]
	);
	assert_eq!(
		planned("(table 1 funcref) (func (result i32) ref.null func i32.const 9 table.grow 0)"),
		["0: load, -202, enter", "2: NewEntries", "3: leave"]
	);
	assert_eq!(
		planned("(memory 1) (func (result i32) i32.const 9 memory.grow)"),
		["0: load, -201, enter", "1: store, Pages", "2: leave"]
	);
}

#[test]
fn a_return_leaves_where_it_stands() {
	assert_eq!(
		planned("(func (param i32) local.get 0 if return end i32.const 1 drop)"),
		["0: load, -3, enter", "2: +1, store, leave", "6: store, leave"]
	);
	assert_eq!(
		planned("(func block br 1 end i32.const 1 drop)"),
		["0: load, -1, enter", "1: store, leave", "5: store, leave"]
	);
}

#[test]
fn a_branch_out_that_may_not_be_taken_is_caught() {
	assert_eq!(
		planned("(func (param i32) (result i32) i32.const 7 local.get 0 br_if 0)"),
		["0: load, -3, enter", "3: catch, store, leave"]
	);
	assert_eq!(
		planned("(func (param i32) block local.get 0 br_table 0 1 end)"),
		["0: load, -3, enter", "4: catch, store, leave"]
	);
	assert_eq!(
		planned("(func (param i32) block local.get 0 br_table 0 0 end)"),
		["0: load, -3, enter", "4: store, leave"]
	);
}

#[test]
fn what_both_ways_have_stored_is_not_stored_again() {
	assert_eq!(
		planned("(func $f) (func (param i32) call $f local.get 0 if call $f else call $f end)"),
		[
			"0: load, test for 7, -7, enter, store",
			"2: load",
			"3: -5, store",
			"4: load",
			"5: -5, store",
			"6: load",
			"7: leave",
		]
	);
}

#[test]
fn code_that_is_not_reached_is_left_alone() {
	assert_eq!(
		planned("(func $f) (memory 1) (func unreachable call $f loop call $f br 0 end if return else return end i32.const 1 memory.grow drop)"),
		["0: enter"]
	);
	assert_eq!(
		planned("(func $f) (func block br 0 call $f end i32.const 1 drop)"),
		["0: load, -2, enter", "6: store, leave"]
	);
}
