//! Following the operand stack through a function.
//!
//! Only code that can be reached by the rules of the specification is followed: what stands between an unconditional
//! branch and the end of its block never runs, and the stack has no shape there.

use super::body::{Body, Types};
use alloc::{vec, vec::Vec};
use wasmparser::{BlockType, FrameKind, FuncType, ModuleArity, Operator, RefType, SubType, ValType};

/// Somebody who wants to know something about every value on the operand stack.
pub(crate) trait Track {
	/// What is known of a value. The default is what is known of one that the tracker did not see come.
	type Value: Copy + Default;
	/// What is known of the values that reach a label. The default is of a label that the tracker was not asked about.
	type Join: Copy + Default;

	/// An operator takes operands and gives results. It is none of those that open or close a block or branch, but
	/// for `return`.
	fn operator(
		&mut self,
		at: usize,
		operator: &Operator,
		operands: &[Self::Value],
		results: &mut [Self::Value],
	);
	/// A block opens whose end takes values of these types.
	fn open(&mut self, _results: &[ValType]) -> Self::Join {
		Self::Join::default()
	}
	/// Values go to a label, and may be used by the code that follows, too.
	fn flow(&mut self, _to: Self::Join, _values: &[Self::Value]) {}
	/// The values that come out of the end of a block.
	fn close(&mut self, _at: usize, _join: Self::Join, _results: &mut [Self::Value]) {}
	/// The stack was this high.
	fn height(&mut self, _height: usize) {}
}

/// Follows a function that has been validated.
pub(crate) fn follow<T: Track>(types: &Types, body: &Body, track: &mut T) {
	let mut follower = Follower {
		types,
		track,
		stack: Vec::new(),
		frames: vec![Frame {
			label: T::Join::default(),
			end: T::Join::default(),
			floor: 0,
			params: 0,
			results: body.results.len(),
			label_arity: body.results.len(),
			without_else: false,
		}],
		dead: None,
	};
	for (at, operator) in body.operators.iter().enumerate() {
		follower.step(at, operator);
	}
}

struct Frame<J> {
	/// Where branches to the label go.
	label: J,
	/// Where the end is: the same, but for a loop.
	end: J,
	/// The height of the stack below the block's parameters.
	floor: usize,
	params: usize,
	results: usize,
	/// How many values a branch takes along.
	label_arity: usize,
	/// An `if` whose `else` has not come.
	without_else: bool,
}

struct Follower<'a, T: Track> {
	types: &'a Types,
	track: &'a mut T,
	stack: Vec<T::Value>,
	frames: Vec<Frame<T::Join>>,
	/// In code that is never reached: how many blocks were opened in it.
	dead: Option<usize>,
}

impl<T: Track> Follower<'_, T> {
	fn step(&mut self, at: usize, operator: &Operator) {
		if let Some(opened) = &mut self.dead {
			match operator {
				Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => *opened += 1,
				Operator::End if *opened > 0 => *opened -= 1,
				Operator::End => self.end(at),
				Operator::Else if *opened == 0 => self.otherwise(),
				_ => {},
			}
			return;
		}
		match operator {
			Operator::Block { blockty } => self.block(FrameKind::Block, *blockty),
			Operator::Loop { blockty } => self.block(FrameKind::Loop, *blockty),
			Operator::If { blockty } => {
				self.apply(at, operator, 1, 0);
				self.block(FrameKind::If, *blockty);
			},
			Operator::Else => self.otherwise(),
			Operator::End => self.end(at),
			Operator::Br { relative_depth } => {
				self.branch(*relative_depth);
				self.dead = Some(0);
			},
			Operator::BrIf { relative_depth } => {
				self.apply(at, operator, 1, 0);
				self.branch(*relative_depth);
			},
			Operator::BrTable { targets } => {
				self.apply(at, operator, 1, 0);
				for target in targets.targets().flatten() {
					self.branch(target);
				}
				self.branch(targets.default());
				self.dead = Some(0);
			},
			Operator::Return => {
				let results = self.frames.first().map_or(0, |function| function.results);
				self.apply(at, operator, results, 0);
				self.dead = Some(0);
			},
			Operator::Unreachable => self.dead = Some(0),
			Operator::Call { function_index } => {
				let (params, results) = arity(self.types.function(*function_index));
				self.apply(at, operator, params, results);
			},
			Operator::CallIndirect { type_index, .. } => {
				let (params, results) = arity(self.types.types.get(*type_index as usize));
				self.apply(at, operator, params + 1, results);
			},
			_ => {
				let (pops, pushes) = operator.operator_arity(&Fixed).unwrap_or_default();
				self.apply(at, operator, pops as usize, pushes as usize);
			},
		}
	}

	fn apply(&mut self, at: usize, operator: &Operator, pops: usize, pushes: usize) {
		let floor = self.stack.len().saturating_sub(pops);
		let top = self.stack.len();
		self.stack.resize(top + pushes, T::Value::default());
		let (operands, results) = self.stack.split_at_mut(top);
		self.track.operator(at, operator, operands.get(floor..).unwrap_or(&[]), results);
		self.stack.drain(floor..top);
		self.track.height(self.stack.len());
	}

	fn block(&mut self, kind: FrameKind, ty: BlockType) {
		let single;
		let (params, results): (usize, &[ValType]) = match ty {
			BlockType::Empty => (0, &[]),
			BlockType::Type(ty) => {
				single = [ty];
				(0, &single)
			},
			BlockType::FuncType(index) => {
				self.types.types.get(index as usize).map_or((0, &[]), |ty| (ty.params().len(), ty.results()))
			},
		};
		let end = self.track.open(results);
		let (label, label_arity) = match kind {
			FrameKind::Loop => (T::Join::default(), params),
			_ => (end, results.len()),
		};
		let floor = self.stack.len().saturating_sub(params);
		self.frames.push(Frame {
			label,
			end,
			floor,
			params,
			results: results.len(),
			label_arity,
			without_else: kind == FrameKind::If,
		});
		// Parameters are rare: the tracker takes leave of them here.
		self.send(T::Join::default(), params);
		self.enter(floor, params);
	}

	/// The stack at the start of a block's code.
	fn enter(&mut self, floor: usize, params: usize) {
		self.stack.truncate(floor);
		self.stack.resize(floor + params, T::Value::default());
	}

	fn branch(&mut self, depth: u32) {
		let depth = depth as usize + 1;
		if let Some(frame) = self.frames.len().checked_sub(depth).and_then(|index| self.frames.get(index)) {
			let (label, arity) = (frame.label, frame.label_arity);
			self.send(label, arity);
		}
	}

	/// The values on top go to a label.
	fn send(&mut self, to: T::Join, count: usize) {
		let floor = self.stack.len().saturating_sub(count);
		self.track.flow(to, self.stack.get(floor..).unwrap_or(&[]));
	}

	fn otherwise(&mut self) {
		let alive = self.dead.take().is_none();
		let Some(frame) = self.frames.last_mut() else { return };
		frame.without_else = false;
		let (end, floor, params, results) = (frame.end, frame.floor, frame.params, frame.results);
		if alive {
			self.send(end, results);
		}
		self.enter(floor, params);
	}

	fn end(&mut self, at: usize) {
		let alive = self.dead.take().is_none();
		let Some(frame) = self.frames.pop() else { return };
		if alive {
			self.send(frame.end, frame.results);
		}
		self.enter(frame.floor, frame.results);
		if frame.without_else {
			// The parameters go through.
			self.send(frame.end, frame.results);
		}
		self.track.close(at, frame.end, self.stack.get_mut(frame.floor..).unwrap_or(&mut []));
		self.track.height(self.stack.len());
	}
}

fn arity(ty: Option<&FuncType>) -> (usize, usize) {
	ty.map_or((0, 0), |ty| (ty.params().len(), ty.results().len()))
}

/// The arity of operators that have the same one everywhere.
struct Fixed;

impl ModuleArity for Fixed {
	fn sub_type_at(&self, _: u32) -> Option<&SubType> {
		None
	}
	fn tag_type_arity(&self, _: u32) -> Option<(u32, u32)> {
		None
	}
	fn type_index_of_function(&self, _: u32) -> Option<u32> {
		None
	}
	fn func_type_of_cont_type(&self, _: &wasmparser::ContType) -> Option<&FuncType> {
		None
	}
	fn sub_type_of_ref_type(&self, _: &RefType) -> Option<&SubType> {
		None
	}
	fn control_stack_height(&self) -> u32 {
		0
	}
	fn label_block(&self, _: u32) -> Option<(BlockType, FrameKind)> {
		None
	}
}
