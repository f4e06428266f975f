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

#[cfg(test)]
mod tests;

use super::{
	body::{Body, Types},
	cost::{self, Price},
};
use alloc::vec::Vec;
use wasmparser::Operator;

/// What is done before an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
	/// The local becomes what the global is.
	Load,
	/// The global becomes what the local is.
	Store,
	/// The local loses so much.
	Charge(u64),
	/// The program ends if the local is below zero; the global gets it first, unless it has it already.
	Test {
		/// Whether the global has another value.
		store: bool,
	},
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
	/// Whether branches to it go to its head.
	is_loop: bool,
	/// Whether the code around it can be reached.
	live: bool,
	/// Where the truth is when its end is reached in the ways seen so far. [`Held::Global`] only if there is no other way.
	at_end: Option<Held>,
	/// What it was before an `if`, whose `else` goes on from there.
	before: Held,
	is_if: bool,
}

/// Plans one function.
pub(crate) fn plan(types: &Types, body: &Body) -> Plan {
	let summary = Summary::of(body);
	let mut planner = Planner {
		types,
		runs: &summary.runs,
		plan: Plan { steps: Vec::new(), caught: summary.caught },
		held: Held::Global,
		live: true,
		frames: Vec::new(),
	};
	planner.frames.push(Frame {
		is_loop: false,
		live: true,
		at_end: None,
		before: Held::Global,
		is_if: false,
	});
	let charged = planner.charge(0);
	if charged && summary.tests_entry {
		planner.act(0, Action::Test { store: true });
	}
	planner.act(0, Action::Enter);
	for (at, operator) in body.operators.iter().enumerate() {
		planner.operator(at, operator);
	}
	planner.plan
}

/// What must be known of a function before it is planned.
struct Summary {
	/// For each run that costs something, the operator that it begins with and the cost.
	runs: Vec<(usize, u64)>,
	tests_entry: bool,
	caught: bool,
}

impl Summary {
	fn of(body: &Body) -> Self {
		let (mut runs, mut head, mut cost) = (Vec::new(), 0, 0);
		let (mut total, mut tests_entry, mut caught) = (0, false, false);
		// For each open block whether the code around it can be reached.
		let (mut around, mut live) = (alloc::vec![true], true);
		for (at, operator) in body.operators.iter().enumerate() {
			let level = around.len().saturating_sub(1);
			if live {
				cost += cost::of(operator);
			}
			let ends_run = match operator {
				Operator::Block { .. } => {
					around.push(live);
					false
				},
				Operator::Loop { .. } => {
					around.push(live);
					tests_entry |= live;
					true
				},
				Operator::If { .. } => {
					around.push(live);
					true
				},
				Operator::Else => {
					live = around.last().copied().unwrap_or(true);
					true
				},
				Operator::End => {
					live = around.pop().unwrap_or(true);
					true
				},
				Operator::BrIf { relative_depth } => {
					caught |= live && *relative_depth as usize == level;
					true
				},
				Operator::BrTable { targets } => {
					caught |= live && leaves(targets, level);
					live = false;
					true
				},
				Operator::Br { .. } | Operator::Return | Operator::Unreachable => {
					live = false;
					true
				},
				Operator::Call { .. } | Operator::CallIndirect { .. } => {
					tests_entry |= live;
					false
				},
				_ => false,
			};
			if ends_run {
				if cost > 0 {
					runs.push((head, cost));
					total += cost;
				}
				(head, cost) = (at + 1, 0);
			}
		}
		Self { runs, tests_entry: tests_entry || total > cost::UNTESTED, caught }
	}
}

/// Whether one of a table's targets is the function itself.
fn leaves(targets: &wasmparser::BrTable, level: usize) -> bool {
	targets.default() as usize == level || targets.targets().flatten().any(|depth| depth as usize == level)
}

struct Planner<'a> {
	types: &'a Types,
	/// The runs that were not entered yet.
	runs: &'a [(usize, u64)],
	plan: Plan,
	held: Held,
	live: bool,
	/// The function itself is the first.
	frames: Vec<Frame>,
}

impl Planner<'_> {
	fn act(&mut self, before: usize, action: Action) {
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

	/// Charges for the run that begins with this operator, if it costs anything.
	fn charge(&mut self, head: usize) -> bool {
		let Some(((at, cost), rest)) = self.runs.split_first() else { return false };
		if *at != head {
			return false;
		}
		self.runs = rest;
		self.load(head);
		self.act(head, Action::Charge(*cost));
		self.held = Held::Local;
		true
	}

	fn operator(&mut self, at: usize, operator: &Operator) {
		if !self.live {
			return self.unreachable(at, operator);
		}
		match operator {
			Operator::Block { .. } => self.enter(false, false),
			Operator::Loop { .. } => {
				self.load(at);
				self.enter(true, false);
				// From here on also after the branches back.
				self.held = Held::Local;
				self.charge(at + 1);
				self.store(at + 1);
				self.act(at + 1, Action::Test { store: false });
			},
			Operator::If { .. } => {
				self.load(at);
				self.enter(false, true);
				self.charge(at + 1);
			},
			Operator::Else => {
				self.load(at);
				self.arrive_here();
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
				self.arrive(*relative_depth);
				self.live = false;
			},
			Operator::BrIf { relative_depth } => {
				self.load(at);
				self.arrive(*relative_depth);
				self.charge(at + 1);
			},
			Operator::BrTable { targets } => {
				self.load(at);
				self.arrive(targets.default());
				for depth in targets.targets().flatten() {
					self.arrive(depth);
				}
				self.live = false;
			},
			Operator::Unreachable => self.live = false,
			Operator::Call { function_index } => {
				self.store(at);
				if self.types.is_imported(*function_index) {
					self.load(at);
					self.act(at, Action::Test { store: false });
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
			Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.enter(false, false),
			Operator::Else => self.otherwise(at),
			Operator::End => self.end(at),
			_ => {},
		}
	}

	fn is_function(&self, depth: u32) -> bool {
		depth as usize + 1 == self.frames.len()
	}

	fn enter(&mut self, is_loop: bool, is_if: bool) {
		let (live, before) = (self.live, self.held);
		self.frames.push(Frame { is_loop, live, at_end: None, before, is_if });
	}

	/// A branch to a block: its end is reached with the truth where it is now.
	fn arrive(&mut self, depth: u32) {
		let held = self.held;
		let Some(at) = self.frames.len().checked_sub(depth as usize + 1) else { return };
		if let Some(frame) = self.frames.get_mut(at).filter(|frame| !frame.is_loop) {
			frame.arrive(held);
		}
	}

	/// The end of the innermost block is reached with the truth where it is now.
	fn arrive_here(&mut self) {
		let held = self.held;
		if let Some(frame) = self.frames.last_mut() {
			frame.arrive(held);
		}
	}

	/// The second half of an `if`, whether or not the first one's end can be reached.
	fn otherwise(&mut self, at: usize) {
		let Some(frame) = self.frames.last_mut() else { return };
		// Without an `else` the end is reached from the `if` itself; here it is not.
		frame.is_if = false;
		self.live = frame.live;
		if self.live {
			self.held = frame.before;
			self.charge(at + 1);
		}
	}

	/// The end of a block is reached by running into it.
	fn fall_through(&mut self, at: usize) {
		let caught = self.frames.len() == 1 && self.plan.caught;
		let other = |frame: &Frame| frame.is_if || frame.at_end.is_some();
		if caught || self.frames.last().is_some_and(other) {
			self.load(at);
		}
		self.arrive_here();
	}

	fn end(&mut self, at: usize) {
		let Some(mut frame) = self.frames.pop() else { return };
		if frame.is_if && frame.live {
			frame.arrive(frame.before);
		}
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
			self.charge(at + 1);
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
