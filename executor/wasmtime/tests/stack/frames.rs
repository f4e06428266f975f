//! Functions that take as much native stack as a compiler can be made to take, and how much that is.

use ergon_executor_core::{
	admission::admit_library,
	instrument::{DEPTH, FUEL, PAGES},
};
use std::fmt::Write;
use wasmtime::{Caller, Config, Engine, Extern, Linker, Module, OptLevel, Store, Val};

/// A function that calls itself, by the name of what makes its frame large.
pub struct Shape {
	pub name: String,
	/// Parameters and locals.
	pub head: String,
	/// At its entry.
	pub ahead: String,
	/// Before its call of itself, within a loop if it has one.
	pub before: String,
	/// The call, with arguments.
	pub call: String,
	/// After it.
	pub after: String,
	/// Other fields of the module.
	pub fields: String,
	/// Whether all but its entry is within a loop, so that what does not change is computed before it.
	pub looped: bool,
}

impl Shape {
	fn new(name: impl Into<String>) -> Self {
		Self {
			name: name.into(),
			head: String::new(),
			ahead: String::new(),
			before: String::new(),
			call: "(call $f)".into(),
			after: String::new(),
			fields: String::new(),
			looped: false,
		}
	}

	/// The fields of a module whose `$f` calls itself; `first` is run at each of its entries.
	pub fn fields(&self, first: &str) -> String {
		let Self { head, ahead, before, call, after, fields, looped, .. } = self;
		let body = format!("{before} {call} {after}");
		let body = if *looped {
			format!("(loop $again {body} (br_if $again (i32.load (i32.const 0))))")
		} else {
			body
		};
		let arguments = call.trim_start_matches("(call $f").trim_end_matches(')');
		let ty =
			head.get(..head.find(')').unwrap_or_default()).and_then(|first| first.split(' ').next_back());
		let zeros: String = arguments
			.matches("(local.get $p")
			.map(|_| format!("({}.const 0)", ty.unwrap_or_default()))
			.collect();
		format!(
			"{fields} (func $f {head} {first} {ahead} {body})
			(func (export \"_start\") (call $f {zeros}))"
		)
	}
}

/// Repeats text for each number below a count.
fn each(count: usize, mut text: impl FnMut(usize) -> String) -> String {
	(0..count).fold(String::new(), |mut all, at| {
		write!(all, "{} ", text(at)).unwrap();
		all
	})
}

/// All that were thought of.
pub fn shapes() -> Vec<Shape> {
	let mut shapes = vec![Shape::new("nothing")];
	for ty in ["i64", "f64", "f32"] {
		let params = 100;
		shapes.push(Shape {
			head: each(params, |at| format!("(param $p{at} {ty})")),
			call: format!("(call $f {})", each(params, |at| format!("(local.get $p{at})"))),
			after: each(params, |at| format!("({ty}.store (i32.const {}) (local.get $p{at}))", 8 * at)),
			..Shape::new(format!("{params} parameters {ty}"))
		});
		for count in [10, 1_000, 5_000] {
			shapes.push(Shape {
				head: each(count, |at| format!("(local $l{at} {ty})")),
				before: each(count, |at| format!("(local.set $l{at} ({ty}.load (i32.const {})))", 8 * at)),
				after: each(count, |at| format!("({ty}.store (i32.const {}) (local.get $l{at}))", 8 * at)),
				..Shape::new(format!("{count} locals {ty}"))
			});
		}
		let count = 2_000;
		shapes.push(Shape {
			before: format!(
				"i32.const 0 {}",
				each(count, |at| format!("({ty}.load (i32.const {}))", 8 * at))
			),
			after: format!("{} {ty}.store", each(count - 1, |_| format!("{ty}.add"))),
			..Shape::new(format!("{count} operands {ty}"))
		});
	}
	shapes.extend(computed());
	shapes.push(references());
	shapes.push(results());
	shapes
}

/// Values that are computed once and kept: those that a loop does not change, and those that are computed twice.
fn computed() -> Vec<Shape> {
	let count = 3_000;
	let mut shapes = Vec::new();
	for (ty, operator) in [
		("i64", "(i64.mul (local.get $t) (local.get $a))"),
		("i64", "(i64.rotl (local.get $t) (local.get $a))"),
		("i32", "(i32.mul (local.get $t) (local.get $a))"),
		("f64", "(f64.add (local.get $t) (local.get $a))"),
		("f64", "(f64.sqrt (local.get $t))"),
		("f64", "(f64.copysign (local.get $t) (local.get $a))"),
		("f64", "(f64.abs (f64.sub (local.get $a) (local.get $t)))"),
		("f32", "(f32.mul (local.get $t) (local.get $a))"),
	] {
		let head = format!("(local $a {ty}) (local $b {ty}) (local $t {ty})");
		// By arithmetic, so that no NaN in it has to be looked for on the way.
		let begin = format!("(local.set $t ({ty}.mul (local.get $a) (local.get $b)))");
		let ahead =
			format!("(local.set $a ({ty}.load (i32.const 8))) (local.set $b ({ty}.load (i32.const 16)))");
		let stored = each(count, |_| format!("({ty}.store (i32.const 24) (local.tee $t {operator}))"));
		shapes.push(Shape {
			head: head.clone(),
			ahead: ahead.clone(),
			before: format!("{begin} {stored}"),
			looped: true,
			..Shape::new(format!("{count} kept for a loop: {operator}"))
		});
		shapes.push(Shape {
			head: head.clone(),
			ahead: ahead.clone(),
			before: format!("{begin} {stored}"),
			after: format!("{begin} {stored}"),
			..Shape::new(format!("{count} computed twice: {operator}"))
		});
		// The fewest operators for a value: many are used by one call.
		let params = 100;
		let used = each(count / params, |_| {
			format!("{} (call $use)", each(params, |_| format!("(local.tee $t {operator})")))
		});
		shapes.push(Shape {
			head,
			ahead,
			before: format!("{begin} {used}"),
			looped: true,
			fields: format!(
				"(func $use {}
				(i32.store (i32.const 32) (i32.const 1)))",
				each(params, |_| format!("(param {ty})"))
			),
			..Shape::new(format!("{count} kept for calls in a loop: {operator}"))
		});
	}
	shapes
}

fn references() -> Shape {
	let count = 1_000;
	Shape {
		head: each(count, |at| format!("(local $l{at} externref)")),
		before: each(count, |at| format!("(local.set $l{at} (table.get $t (i32.const {})))", at % 4)),
		after: each(count, |at| format!("(table.set $t (i32.const {}) (local.get $l{at}))", at % 4)),
		fields: "(table $t 4 externref)".into(),
		..Shape::new(format!("{count} references"))
	}
}

fn results() -> Shape {
	let (count, calls) = (16, 200);
	Shape {
		before: format!("i32.const 0 {}", each(calls, |_| "(call $many)".into())),
		after: format!("{} f64.store", each(calls * count - 1, |_| "f64.add".into())),
		fields: format!(
			"(func $many (result {}) {})",
			each(count, |_| "f64".into()),
			each(count, |at| format!("(f64.load (i32.const {}))", 8 * at))
		),
		..Shape::new(format!("{calls} calls with {count} results"))
	}
}

/// Where a call was: its native stack, and its units.
type Place = (usize, i64);

/// The native bytes for each unit that nested calls of a shape take, as it is admitted and compiled.
pub fn bytes_per_unit(shape: &Shape) -> f64 {
	const NESTED: i32 = 5;
	let source = format!(
		r#"(module (import "test" "place" (func $place)) (memory (export "memory") 2) (global $left (mut i32) (i32.const {NESTED}))
		{})"#,
		shape.fields(
			"(call $place) (if (i32.eqz (global.get $left)) (then (return)))
			(global.set $left (i32.sub (global.get $left) (i32.const 1)))"
		)
	);
	let module = wat::parse_str(&source).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
	let admitted = admit_library(&module).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
	let mut config = Config::new();
	config.cranelift_opt_level(OptLevel::Speed).wasm_simd(false).wasm_relaxed_simd(false);
	let engine = Engine::new(&config).unwrap();
	let module = Module::new(&engine, &admitted.module).unwrap();
	let mut linker = Linker::new(&engine);
	linker
		.func_wrap("test", "place", |mut caller: Caller<'_, Vec<Place>>| {
			let here = 0u8;
			let Some(Extern::Global(depth)) = caller.get_export(DEPTH) else { panic!("no depth") };
			let depth = depth.get(&mut caller).unwrap_i64();
			caller.data_mut().push((&raw const here as usize, depth));
		})
		.unwrap();
	let mut store = Store::new(&engine, Vec::new());
	let instance = linker.instantiate(&mut store, &module).unwrap();
	for (global, value) in [(FUEL, 1 << 40), (PAGES, 2)] {
		instance.get_global(&mut store, global).unwrap().set(&mut store, Val::I64(value)).unwrap();
	}
	instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap().call(&mut store, ()).unwrap();
	// The last frame that has another one below it, against the one before.
	let places = store.into_data();
	let [.., (above, less), (below, more), _] = places[..] else { panic!("{}: {places:?}", shape.name) };
	(above - below) as f64 / (more - less) as f64
}
