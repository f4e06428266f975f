//! Who can call whom, and what that takes of the stack: all ways are tried.

use super::{survey::Function, Source};
use anyhow::Result;
use ergon_executor_core::instrument::MAX_DEPTH;
use std::collections::BTreeSet;
use wasmparser::{ElementItems, Operator, Parser, Payload};

/// The call graph of a module's own functions.
pub(super) struct Calls {
	/// Whom each calls.
	calls: Vec<BTreeSet<usize>>,
	/// Whom each reaches in one or more calls.
	reaches: Vec<BTreeSet<usize>>,
	weights: Vec<i64>,
}

impl Calls {
	pub(super) fn of(source: &Source, functions: &[Function]) -> Result<Self> {
		let held = held(source, functions)?;
		let mut calls = Vec::new();
		for function in functions {
			let mut callees: BTreeSet<u32> = function.calls.iter().copied().collect();
			for ty in &function.indirect {
				for callee in &held {
					if source.types.get(*ty as usize) == Some(source.ty(*callee)?) {
						callees.insert(*callee);
					}
				}
			}
			calls.push(
				callees
					.into_iter()
					.filter_map(|callee| (callee as usize).checked_sub(source.imported))
					.collect(),
			);
		}
		let reaches = (0..calls.len()).map(|from| reach(&calls, from)).collect();
		Ok(Self { calls, reaches, weights: functions.iter().map(|function| function.weight).collect() })
	}

	/// What a function adds to the depth, if it can come to be called again while it runs.
	pub(super) fn counted(&self, function: usize) -> Option<i64> {
		self.counts(function).then(|| self.need(function))
	}

	fn counts(&self, function: usize) -> bool {
		self.reaches[function].contains(&function)
	}

	/// What a call takes, with everything below it that does not count for itself.
	fn need(&self, function: usize) -> i64 {
		let below = self.calls[function].iter().filter(|callee| !self.counts(**callee));
		let need = self.weights[function] + below.map(|callee| self.need(*callee)).max().unwrap_or(0);
		assert!(need <= MAX_DEPTH, "admission takes no such module");
		need
	}

	/// What the call from outside that takes most takes.
	pub(super) fn deepest(&self) -> i64 {
		let functions = (0..self.calls.len()).filter(|function| !self.counts(*function));
		functions.map(|function| self.need(function)).max().unwrap_or(0)
	}
}

fn reach(calls: &[BTreeSet<usize>], from: usize) -> BTreeSet<usize> {
	let (mut reached, mut work) = (BTreeSet::new(), vec![from]);
	while let Some(function) = work.pop() {
		work.extend(calls[function].iter().filter(|callee| reached.insert(**callee)));
	}
	reached
}

/// The functions that something holds a reference to, and so can call without naming them.
fn held(source: &Source, functions: &[Function]) -> Result<BTreeSet<u32>> {
	let mut held: BTreeSet<u32> = functions.iter().flat_map(|function| function.references.clone()).collect();
	let mut expressions = Vec::new();
	for payload in Parser::new(0).parse_all(source.module) {
		match payload? {
			Payload::GlobalSection(section) => {
				for global in section {
					expressions.push(global?.init_expr);
				}
			},
			Payload::ElementSection(section) => {
				for element in section {
					match element?.items {
						ElementItems::Functions(functions) => {
							for function in functions {
								held.insert(function?);
							}
						},
						ElementItems::Expressions(_, items) => {
							for item in items {
								expressions.push(item?);
							}
						},
					}
				}
			},
			_ => {},
		}
	}
	for expression in expressions {
		for operator in expression.get_operators_reader() {
			if let Operator::RefFunc { function_index } = operator? {
				held.insert(function_index);
			}
		}
	}
	Ok(held)
}
