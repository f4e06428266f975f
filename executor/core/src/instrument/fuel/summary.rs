//! What must be known of a function and its blocks before fuel is planned: where runs begin, and what each costs.

use super::super::{body::Body, cost};
use alloc::vec::Vec;
use wasmparser::Operator;

/// What must be known of a block before it is entered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Label {
	/// Branches go to its head.
	pub(super) is_loop: bool,
	/// An `if` whose end is reached from the `if` itself.
	pub(super) has_no_else: bool,
	/// A table leads here: who comes by it goes to one of many places, and cannot pay for what is there.
	pub(super) tabled: bool,
	/// What the run costs that begins where branches go to.
	pub(super) cost: i64,
}

/// What must be known of a function before it is planned.
#[derive(Default)]
pub(super) struct Summary {
	/// For each run that costs something, the operator that it begins with and the cost.
	pub(super) runs: Vec<(usize, i64)>,
	/// The blocks, in the order in which they are entered.
	pub(super) labels: Vec<Label>,
	/// Fuel is tested at the entry.
	pub(super) tests_entry: bool,
	/// A conditional branch leads out of the function.
	pub(super) caught: bool,
}

/// The end of code so far, while a function is summed up.
struct Survey {
	/// For each open block its place among the labels, and whether the code around it can be reached.
	open: Vec<(usize, bool)>,
	live: bool,
	/// The operator that the run begins with, and the label that leads there.
	head: (usize, Option<usize>),
	cost: i64,
}

impl Summary {
	pub(super) fn of(body: &Body) -> Self {
		let mut summary = Self::default();
		let mut survey = Survey { open: Vec::new(), live: true, head: (0, None), cost: 0 };
		let mut total = 0;
		for (at, operator) in body.operators.iter().enumerate() {
			if survey.live {
				survey.cost += cost::of(operator) as i64;
			}
			if let Some(label) = summary.note(operator, &mut survey) {
				if survey.cost > 0 {
					summary.runs.push((survey.head.0, survey.cost));
					total += survey.cost;
				}
				if let Some(led) = survey.head.1.and_then(|label| summary.labels.get_mut(label)) {
					led.cost = survey.cost;
				}
				(survey.head, survey.cost) = ((at + 1, label), 0);
			}
		}
		summary.tests_entry |= total > cost::UNTESTED as i64;
		summary
	}

	/// Notes one operator. If a run ends with it, gives the label, if any, that leads to the next one.
	fn note(&mut self, operator: &Operator, survey: &mut Survey) -> Option<Option<usize>> {
		let next = self.labels.len();
		match operator {
			Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
				let is_loop = matches!(operator, Operator::Loop { .. });
				let has_no_else = matches!(operator, Operator::If { .. });
				self.labels.push(Label { is_loop, has_no_else, ..Label::default() });
				survey.open.push((next, survey.live));
				self.tests_entry |= is_loop && survey.live;
				match operator {
					Operator::Block { .. } => None,
					_ => Some(is_loop.then_some(next)),
				}
			},
			Operator::Else => {
				let (label, live) = survey.open.last().copied().unwrap_or_default();
				survey.live = live;
				if let Some(label) = self.labels.get_mut(label) {
					label.has_no_else = false;
				}
				Some(None)
			},
			Operator::End => {
				// The last one ends the function.
				let (label, live) = survey.open.pop().unwrap_or((next, true));
				survey.live = live;
				let is_loop = self.labels.get(label).is_some_and(|label| label.is_loop);
				Some((!is_loop).then_some(label))
			},
			Operator::BrIf { relative_depth } => {
				self.caught |= survey.live && *relative_depth as usize == survey.open.len();
				Some(None)
			},
			Operator::BrTable { targets } => {
				for depth in targets.targets().flatten().chain([targets.default()]).filter(|_| survey.live) {
					let block = survey.open.len().checked_sub(depth as usize + 1);
					match block.and_then(|block| survey.open.get(block)) {
						Some((label, _)) => self.labels[*label].tabled = true,
						None => self.caught = true,
					}
				}
				survey.live = false;
				Some(None)
			},
			Operator::Br { .. } | Operator::Return | Operator::Unreachable => {
				survey.live = false;
				Some(None)
			},
			Operator::Call { .. } | Operator::CallIndirect { .. } => {
				self.tests_entry |= survey.live;
				None
			},
			_ => None,
		}
	}
}
