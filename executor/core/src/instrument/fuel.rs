//! Where fuel is charged, kept, and tested.
//!
//! # What is charged, and when
//! A *run* is a straight piece of code. One begins at the function's entry, after `loop`, `if`, `else` and `end`, and
//! after every branch (`br`, `br_if`, `br_table`, `return`, `unreachable`), and reaches up to and with the operator after
//! which the next one begins; calls are inside of runs. What its operators cost is charged as a whole when it is
//! entered. Code that validation calls unreachable has no runs.
//!
//! A function keeps the fuel in a local. The global holds what counts when the program ends, and gets the local's value
//! at these *checkpoints*, and at no other place:
//! - before each `call` and `call_indirect`, and where the function is left;
//! - at each loop's head, after the charge for the run that begins there;
//! - before each operator that is priced by size, after the charge for it. (`memory.grow` past the limit is a checkpoint
//!   too, only without a charge);
//! - after the charge at a function's entry, if that leaves less than nothing and the function is one that tests there.
//!
//! So a trap is charged for everything up to the last checkpoint, and a call that traps of its own (no such element, stack
//! exhausted) for everything up to itself.
//!
//! # Where it is tested
//! At loop heads, at operators that are priced by size, before calls of the host, and at the entry of a function that
//! loops, calls, or costs more than [`cost::UNTESTED`] in all. Below zero means the end, as `unreachable`. What runs
//! until the next test after the fuel has run dry is bounded, and its effects are never seen: the task is `OutOfFuel`
//! whatever else happens.
//!
//! # How
//! The planner follows where the truth is ([`Held`]), so that the local is loaded and stored only when it must be: two
//! calls in a row do neither.
//!
//! Between two checkpoints nobody sees the fuel, so what is charged there may be charged at any place in between. The run
//! at a label is paid for by those who come there, before the branch or at the end that they run into, where the sum
//! mostly falls together with the charge for their own run; a branch that was not taken gives it back, together with the
//! charge for the next run. So a join costs nothing, nor does a loop's head.

mod summary;
#[cfg(test)]
mod tests;

use super::{
	body::{Body, Types},
	cost::{self, Price},
};
use alloc::vec::Vec;
use summary::{Label, Summary};
use wasmparser::Operator;

/// What is done before an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
	/// The local becomes what the global is.
	Load,
	/// The global becomes what the local is.
	Store,
	/// The local loses so much; or gets some of it back.
	Charge(i64),
	/// The program ends if the local is below zero. The global has the same value.
	Test,
	/// The program ends if the local is below this charge, which comes next; the global gets what would be left.
	TestFor(i64),
	/// Charge by the number on top of the stack, store, test. [`Price::Pages`] includes the operator itself.
	Size(Price),
	/// The function's entry is done: what counts the stack comes here.
	Enter,
	/// The block around the body ends here; see [`Plan::caught`].
	Catch,
	/// The function is left here: what counts the stack comes here. The operator is a `return`, a branch that is one,
	/// or the last `end`.
	Leave,
}

/// An action, and the operator that it comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
	pub before: usize,
	pub action: Action,
}

/// What is done in one function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
	/// In the order of operators; of those before one operator, in the order in which they are done.
	pub steps: Vec<Step>,
	/// Whether a branch that may not be taken, or goes to one of many places, leaves the function. Such branches are
	/// caught by a block around the body, and the last `end` leaves for them.
	pub caught: bool,
}

/// Where the truth is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
	/// In the global; the local is stale.
	Global,
	/// In both.
	Both,
	/// In the local; the global is stale.
	Local,
}

/// A block, as far as the end of the code that was seen.
struct Frame {
	label: Label,
	/// What whoever comes to the label pays for the run there.
	toll: i64,
	/// Whether the code around it can be reached.
	live: bool,
	/// Where the truth is when its end is reached in the ways seen so far. [`Held::Global`] only if there is no other way.
	at_end: Option<Held>,
	/// What it was before an `if`, whose `else` goes on from there.
	before: Held,
}

/// Plans one function.
pub(crate) fn plan(types: &Types, body: &Body) -> Plan {
	let summary = Summary::of(body);
	let mut planner = Planner {
		types,
		runs: &summary.runs,
		labels: summary.labels.iter(),
		plan: Plan { steps: Vec::new(), caught: summary.caught },
		held: Held::Global,
		live: true,
		open: None,
		frames: Vec::new(),
	};
	planner.enter(Label { tabled: true, ..Label::default() });
	let cost = planner.run(0);
	if cost > 0 && summary.tests_entry {
		planner.load(0);
		planner.act(0, Action::TestFor(cost));
	}
	planner.spend(0, cost);
	planner.push(0, Action::Enter);
	for (at, operator) in body.operators.iter().enumerate() {
		planner.operator(at, operator);
	}
	planner.plan.steps.retain(|step| step.action != Action::Charge(0));
	planner.plan
}

struct Planner<'a> {
	types: &'a Types,
	/// The runs that were not entered yet.
	runs: &'a [(usize, i64)],
	/// The blocks that were not entered yet.
	labels: core::slice::Iter<'a, Label>,
	plan: Plan,
	held: Held,
	live: bool,
	/// The last charge, if nobody can have seen the fuel since: another one is added to it.
	open: Option<usize>,
	/// The function itself is the first.
	frames: Vec<Frame>,
}

impl Planner<'_> {
	/// Does something by which somebody can see the fuel.
	fn act(&mut self, before: usize, action: Action) {
		self.open = None;
		self.push(before, action);
	}

	fn push(&mut self, before: usize, action: Action) {
		self.plan.steps.push(Step { before, action });
	}

	/// The local must have the truth before this operator.
	fn load(&mut self, before: usize) {
		if self.held == Held::Global {
			self.act(before, Action::Load);
			self.held = Held::Both;
		}
	}

	/// The global must have the truth before this operator.
	fn store(&mut self, before: usize) {
		if self.held == Held::Local {
			self.act(before, Action::Store);
			self.held = Held::Both;
		}
	}

	/// What the run costs that begins with this operator.
	fn run(&mut self, head: usize) -> i64 {
		match self.runs.split_first() {
			Some(((at, cost), rest)) if *at == head => {
				self.runs = rest;
				*cost
			},
			_ => 0,
		}
	}

	/// Takes this much from the local, before this operator or earlier.
	fn spend(&mut self, before: usize, fuel: i64) {
		if fuel == 0 {
			return;
		}
		self.load(before);
		self.held = Held::Local;
		if let Some(step) = self.open.and_then(|open| self.plan.steps.get_mut(open)) {
			if let Action::Charge(sum) = &mut step.action {
				*sum += fuel;
				return;
			}
		}
		self.open = Some(self.plan.steps.len());
		self.push(before, Action::Charge(fuel));
	}

	fn operator(&mut self, at: usize, operator: &Operator) {
		if !self.live {
			return self.unreachable(at, operator);
		}
		match operator {
			Operator::Block { .. } => {
				self.enter_next();
			},
			Operator::Loop { .. } => {
				self.load(at);
				let (label, toll) = self.enter_next();
				self.spend(at, toll);
				// From here on also after the branches back.
				self.held = Held::Local;
				self.open = None;
				let cost = self.run(at + 1);
				self.spend(at + 1, if label.tabled { cost } else { 0 });
				self.store(at + 1);
				self.act(at + 1, Action::Test);
			},
			Operator::If { .. } => {
				self.load(at);
				let (label, toll) = self.enter_next();
				let paid = if label.has_no_else { toll } else { 0 };
				self.spend(at, paid);
				if let Some(frame) = self.frames.last_mut() {
					frame.before = self.held;
				}
				self.open = None;
				let cost = self.run(at + 1);
				self.spend(at + 1, cost - paid);
			},
			Operator::Else => {
				self.load(at);
				self.arrive(at, 0);
				self.otherwise(at);
			},
			Operator::End => {
				self.fall_through(at);
				self.end(at);
			},
			Operator::Br { relative_depth } if self.is_function(*relative_depth) => self.leave(at),
			Operator::Return => self.leave(at),
			Operator::Br { relative_depth } => {
				self.load(at);
				self.arrive(at, *relative_depth);
				self.live = false;
			},
			Operator::BrIf { relative_depth } => {
				self.load(at);
				let paid = self.arrive(at, *relative_depth);
				self.open = None;
				let cost = self.run(at + 1);
				self.spend(at + 1, cost - paid);
			},
			Operator::BrTable { targets } => {
				self.load(at);
				for depth in targets.targets().flatten().chain([targets.default()]) {
					self.arrive(at, depth);
				}
				self.live = false;
			},
			Operator::Unreachable => self.live = false,
			Operator::Call { function_index } => {
				self.store(at);
				if self.types.is_imported(*function_index) {
					self.load(at);
					self.act(at, Action::Test);
				}
				self.held = Held::Global;
			},
			Operator::CallIndirect { .. } => {
				self.store(at);
				self.held = Held::Global;
			},
			_ => {
				if let Some(price) = cost::by_size(operator) {
					self.load(at);
					if price == Price::Pages {
						self.store(at);
					}
					self.act(at, Action::Size(price));
					self.held = Held::Both;
				}
			},
		}
	}

	/// What stays to be done where no code is run: to keep count of blocks.
	fn unreachable(&mut self, at: usize, operator: &Operator) {
		match operator {
			Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
				self.enter_next();
			},
			Operator::Else => self.otherwise(at),
			Operator::End => self.end(at),
			_ => {},
		}
	}

	fn is_function(&self, depth: u32) -> bool {
		depth as usize + 1 == self.frames.len()
	}

	/// A block begins; gives what is known of it, and what coming to its label costs.
	fn enter_next(&mut self) -> (Label, i64) {
		let label = self.labels.next().copied().unwrap_or_default();
		self.enter(label)
	}

	fn enter(&mut self, label: Label) -> (Label, i64) {
		let (live, before) = (self.live, self.held);
		let toll = if label.tabled { 0 } else { label.cost };
		self.frames.push(Frame { label, toll, live, at_end: None, before });
		(label, toll)
	}

	/// A branch, or the end of a half of an `if`, goes to a label: pays there, and gives how much.
	fn arrive(&mut self, at: usize, depth: u32) -> i64 {
		let Some(block) = self.frames.len().checked_sub(depth as usize + 1) else { return 0 };
		let toll = self.frames.get(block).map_or(0, |frame| frame.toll);
		self.spend(at, toll);
		let held = self.held;
		if let Some(frame) = self.frames.get_mut(block).filter(|frame| !frame.label.is_loop) {
			frame.arrive(held);
		}
		toll
	}

	/// The second half of an `if`, whether or not the first one's end can be reached.
	fn otherwise(&mut self, at: usize) {
		let Some(frame) = self.frames.last() else { return };
		(self.live, self.open) = (frame.live, None);
		if self.live {
			self.held = frame.before;
			let cost = self.run(at + 1);
			self.spend(at + 1, cost);
		}
	}

	/// The end of a block is reached by running into it.
	fn fall_through(&mut self, at: usize) {
		let caught = self.frames.len() == 1 && self.plan.caught;
		let Some(frame) = self.frames.last() else { return };
		let is_loop = frame.label.is_loop;
		if caught || frame.label.has_no_else || frame.at_end.is_some() {
			self.load(at);
		}
		if !is_loop {
			self.arrive(at, 0);
		} else if let Some(frame) = self.frames.last_mut() {
			frame.arrive(self.held);
		}
	}

	fn end(&mut self, at: usize) {
		let Some(mut frame) = self.frames.pop() else { return };
		if frame.label.has_no_else && frame.live {
			frame.arrive(frame.before);
		}
		self.open = None;
		if self.frames.is_empty() {
			if self.plan.caught {
				self.act(at, Action::Catch);
			}
			if self.live || self.plan.caught {
				self.held = frame.at_end.unwrap_or(Held::Local);
				self.leave(at);
			}
			return;
		}
		self.live = frame.live;
		if self.live {
			self.held = frame.at_end.unwrap_or(Held::Local);
			let cost = self.run(at + 1);
			let is_paid = !frame.label.is_loop && !frame.label.tabled;
			self.spend(at + 1, if is_paid { 0 } else { cost });
		}
	}

	fn leave(&mut self, at: usize) {
		self.store(at);
		self.act(at, Action::Leave);
		self.live = false;
	}
}

impl Frame {
	fn arrive(&mut self, held: Held) {
		self.at_end = Some(match self.at_end {
			None => held,
			Some(before) if before == held => held,
			Some(_) => Held::Local,
		});
	}
}
