//! Which functions count the stack that they use, and how much of it.
//!
//! A function that can come to be called again while it runs counts itself: at entry it adds what a call of it takes,
//! together with what the calls below it take until the next function that counts. All others cannot nest deeper than
//! the call graph is, so what they take is known beforehand and they count nothing.

mod cycles;

#[cfg(test)]
mod tests;

use super::{
	body::{Body, Types},
	follow::{follow, Track},
	MAX_DEPTH,
};
use crate::Refusal;
use alloc::{collections::BTreeMap, vec, vec::Vec};
use cycles::{components, Graph};
use wasmparser::{FuncType, Operator};

/// What is known of one function of the module's own, in the order of their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
	/// The stack that a call of it takes, in units.
	pub weight: i64,
	/// The functions that it calls, by index (imported ones too; a function may stand here more than once).
	pub calls: Vec<u32>,
	/// The type indices of its indirect calls.
	pub indirect: Vec<u32>,
}

/// The stack that a call of a function takes, in units of eight bytes: the return address, what is saved and what the
/// profile keeps for itself; a place for everything that the function can hold; and some for what a compiler keeps
/// besides.
pub(crate) fn weight(params: usize, locals: usize, height: usize, operators: usize) -> i64 {
	(8 + params + locals + height + operators / 16) as i64
}

/// What a function takes and calls.
pub(crate) fn shape(types: &Types, body: &Body) -> Shape {
	let mut survey = Survey::default();
	follow(types, body, &mut survey);
	let Survey { height, calls, indirect } = survey;
	let params = body.params.len();
	let locals = body.locals.len().saturating_sub(params);
	Shape { weight: weight(params, locals, height, body.operators.len()), calls, indirect }
}

/// Looks at code that can be reached only: the rest is not compiled.
#[derive(Default)]
struct Survey {
	height: usize,
	calls: Vec<u32>,
	indirect: Vec<u32>,
}

impl Track for Survey {
	type Value = ();
	type Join = ();

	fn operator(&mut self, _at: usize, operator: &Operator, _operands: &[()], _results: &mut [()]) {
		match operator {
			Operator::Call { function_index } => self.calls.push(*function_index),
			Operator::CallIndirect { type_index, .. } => self.indirect.push(*type_index),
			_ => {},
		}
	}

	fn height(&mut self, height: usize) {
		self.height = self.height.max(height);
	}
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
	/// For each function of the module's own: what it adds to the depth, if it counts.
	pub counted: Vec<Option<i64>>,
	/// The depth at the start: whichever function is called first, it and what it calls without counting fit in.
	pub root: i64,
}

/// Decides which functions count.
pub(crate) fn plan(types: &Types, functions: &[Shape]) -> Result<Plan, Refusal> {
	let graph = graph(types, functions);
	let mut plan = Plan { counted: vec![None; functions.len()], root: 0 };
	// For each node, what a call of it takes that its caller has to provide for: nothing if it counts itself.
	let mut needs = vec![0i64; graph.len()];
	for component in components(&graph) {
		let counts = component.cycle;
		// The types first: what they need is the need of functions outside of the component.
		let (members, types): (Vec<_>, Vec<_>) =
			component.nodes.iter().copied().partition(|node| *node < functions.len());
		for node in types.into_iter().chain(members) {
			let below = graph.successors(node).iter().map(|next| needs[*next]).max().unwrap_or(0);
			let Some(shape) = functions.get(node) else {
				needs[node] = below;
				continue;
			};
			let need = shape.weight.saturating_add(below);
			if need > MAX_DEPTH {
				return Err(Refusal::StackTooDeep);
			}
			if counts {
				plan.counted[node] = Some(need);
			} else {
				needs[node] = need;
				plan.root = plan.root.max(need);
			}
		}
	}
	Ok(plan)
}

/// The call graph: functions, then types. A function calls the types that it calls indirectly, and a type calls every
/// function of that type that has its address taken. So there are no more edges than calls and functions.
fn graph(types: &Types, functions: &[Shape]) -> Graph {
	// Types are the same when they look the same.
	let mut same: BTreeMap<&FuncType, usize> = BTreeMap::new();
	let mut next = functions.len();
	let types_nodes: Vec<usize> = types
		.types
		.iter()
		.map(|ty| {
			*same.entry(ty).or_insert_with(|| {
				next += 1;
				next - 1
			})
		})
		.collect();
	let imported = types.imported_functions as usize;
	let mut graph = Graph::new(next);
	for (index, shape) in functions.iter().enumerate() {
		// The host's functions call nothing and take the host's stack.
		for call in &shape.calls {
			if let Some(callee) =
				(*call as usize).checked_sub(imported).filter(|callee| *callee < functions.len())
			{
				graph.edge(index, callee);
			}
		}
		for ty in &shape.indirect {
			if let Some(node) = types_nodes.get(*ty as usize) {
				graph.edge(index, *node);
			}
		}
	}
	for (index, taken) in types.address_taken.iter().enumerate() {
		let node = types.functions.get(index).and_then(|ty| types_nodes.get(*ty as usize));
		if let (true, Some(node), Some(callee)) = (*taken, node, index.checked_sub(imported)) {
			graph.edge(*node, callee);
		}
	}
	graph.finish()
}
