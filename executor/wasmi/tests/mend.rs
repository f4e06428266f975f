//! What wasmi 2.0.0 does wrong, mended and bare: the bare part fails when wasmi has mended itself.
#![allow(missing_docs, clippy::unwrap_used)] // A test has no users, and a failed step is a failed test.

use ergon_executor_wasmi::mend;
use std::panic::catch_unwind;

/// What a function gives that has this type and body, mended; and what the bare interpreter makes of it.
fn both(ty: &str, body: &str) -> (i32, Option<i32>) {
	let module = wat::parse_str(format!(
		r#"(module (memory 2) (global $one (mut i32) (i32.const 1)) (func $nine (result i32) (i32.const 9))
			(func (export "f") (result i32) {ty} {body}))"#
	));
	let module = module.unwrap();
	(run(&mend(&module).unwrap()), catch_unwind(|| run(&module)).ok())
}

fn run(module: &[u8]) -> i32 {
	let engine = wasmi::Engine::new(&ergon_executor_wasmi::config());
	let module = wasmi::Module::new(&engine, module).unwrap();
	let mut store = wasmi::Store::new(&engine, ());
	let instance = wasmi::Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
	let f = instance.get_typed_func::<(), i32>(&store, "f").unwrap();
	f.call(&mut store, ()).unwrap()
}

#[test]
fn select_follows_its_condition() {
	// The operator before leaves 9 where the condition is taken from.
	let body = "(local.set 0 (i32.sub (i32.const 9) (local.get 1)))
		(select (i32.const 1) (i32.const 2) (i32.eqz (local.get 1)))";
	assert_eq!(both("(local i32 i32)", body), (1, Some(2)));
}

#[test]
fn what_lies_below_a_block_is_kept() {
	// The local is set again inside the block, past a branch out of it. The call leaves 9 where the value is looked for.
	let block = "(drop (call $nine)) (local.set 0 (i32.const 1))
		(local.get 0) (global.get $one)
		(block (param i32) (br_if 0) (local.set 0 (i32.const 2)))";
	assert_eq!(both("(local i32)", block), (1, Some(9)));
	// The same below an `if`, whose condition is no parameter.
	let choice = "(drop (call $nine)) (local.set 0 (i32.const 1))
		(local.get 0) (global.get $one) (global.get $one)
		(if (param i32) (then drop) (else drop (local.set 0 (i32.const 2))))";
	assert_eq!(both("(local i32)", choice), (1, Some(9)));
	// The parameter goes to the register that the copy of the first local is made from.
	let again = "(local.set 0 (i32.add (local.get 1) (i32.const 1)))
		(local.get 0) (local.get 1) (i32.const 5)
		(loop (param i32) drop) drop";
	assert_eq!(both("(local i32 i32)", again), (1, Some(5)));
	// Where there is no `else`, the parameter is the result. The local is set, and in the register, only in `then`.
	let passed = "(local.set 0 (i32.const 1)) (local.get 0) (local.get 1)
		(if (param i32) (result i32) (then (local.set 0 (i32.add (global.get $one) (local.get 1)))))";
	assert_eq!(both("(local i32 i32)", passed).0, 1);
}

#[test]
fn a_table_of_branches_carries_its_values() {
	for (index, operand) in [(0, ""), (1, ""), (7, ""), (0, "(global.get $one)"), (1, "(global.get $one)")] {
		// All targets have the same height; below the values lies one operand more, which the 9 is left for.
		let body = format!(
			"(drop (call $nine)) (local.set 0 (i32.const {index}))
			(block $a (result i32 i32) (block $b (result i32 i32)
				{operand} (i32.const 11) (i32.const 12) (br_table $a $b $a (local.get 0))))
			i32.sub"
		);
		let bare = if operand.is_empty() { -1 } else { -3 };
		assert_eq!(both("(local i32)", &body), (-1, Some(bare)), "{body}");
	}
	// To the function, a loop, and blocks of several heights.
	let body = "(local.set 0 (global.get $one))
		(block $a (result i32 i32) (i32.const 5) (i32.const 6) (i32.const 7)
			(loop $b (param i32 i32) (result i32 i32)
				(local.set 0 (i32.sub (local.get 0) (i32.const 1)))
				(br_table $b $a (local.get 0)))
			(br $a))
		i32.sub";
	assert_eq!(both("(local i32)", body).0, -1);
}

#[test]
fn a_local_is_stored_far_from_where_it_says() {
	let far = |store: &str, value: &str| {
		format!(
			"(local.set 0 (i32.add (global.get $one) (local.get 0)))
			({store} offset=65536 (local.get 0) {value}) (i32.load8_u (i32.const 65537))"
		)
	};
	for store in ["i32.store", "i32.store8", "i32.store16"] {
		assert_eq!(both("(local i32)", &far(store, "(local.get 0)")), (1, None), "{store}");
	}
	for store in ["i64.store", "i64.store8", "i64.store16", "i64.store32"] {
		let value = "(i64.extend_i32_u (local.get 0))";
		assert_eq!(both("(local i32)", &far(store, value)), (1, None), "{store}");
	}
}
