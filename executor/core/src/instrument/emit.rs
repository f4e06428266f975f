//! Writes one function with all that was planned for it.

use super::{
	body::Body,
	cost::{self, Price},
	fuel::{self, Action},
	nan::{Fix, Width},
	MAX_DEPTH,
};
use crate::{admission::MAX_TABLE_ENTRIES, Rejected};
use alloc::vec::Vec;
use wasm_encoder::{
	reencode::{Reencode, RoundtripReencoder},
	BlockType, Function, Ieee32, Ieee64, InstructionSink, ValType,
};

/// The indices of the globals that were appended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Globals {
	pub fuel: u32,
	pub depth: u32,
	pub pages: u32,
}

/// All that is to be done to one function.
pub(super) struct Plans<'a> {
	pub fuel: &'a fuel::Plan,
	pub fixes: &'a [Fix],
	/// What it adds to the depth, if it counts.
	pub counted: Option<i64>,
	/// The type of a block around its body.
	pub results: BlockType,
}

/// The function's new code.
pub(super) fn function(body: &Body, plans: &Plans, globals: Globals) -> Result<Function, Rejected> {
	let (locals, function) = Locals::declare(body, plans)?;
	let mut emitter = Emitter { function, locals, globals, plans };
	let (mut steps, mut fixes) = (plans.fuel.steps.iter().peekable(), plans.fixes.iter().peekable());
	for (at, operator) in body.operators.iter().enumerate() {
		while let Some(fix) = fixes.next_if(|fix| fix.after < at) {
			emitter.fix(fix.width);
		}
		let mut replacement = Replacement::None;
		while let Some(step) = steps.next_if(|step| step.before <= at) {
			match step.action {
				Action::Leave if at + 1 < body.operators.len() => replacement = Replacement::Return,
				Action::Size(Price::Pages) => replacement = Replacement::Done,
				_ => {},
			}
			emitter.act(step.action);
		}
		match replacement {
			Replacement::None => {
				let instruction = RoundtripReencoder.instruction(operator.clone())?;
				emitter.function.instruction(&instruction);
			},
			// A branch out of the function would run into the block around the body.
			Replacement::Return => {
				emitter.code().return_();
			},
			Replacement::Done => {},
		}
	}
	Ok(emitter.function)
}

/// What stands in an operator's place.
enum Replacement {
	None,
	Return,
	Done,
}

/// The indices of the locals that were appended. Those that nothing uses are not declared.
struct Locals {
	fuel: u32,
	/// The number that an operator is priced by.
	size: u32,
	/// The depth at the entry.
	depth: u32,
	f32: u32,
	f64: u32,
}

impl Locals {
	fn declare(body: &Body, plans: &Plans) -> Result<(Self, Function), Rejected> {
		let mut groups: Vec<(u32, ValType)> = Vec::new();
		let mut push = |ty| match groups.last_mut() {
			Some((count, last)) if *last == ty => *count += 1,
			_ => groups.push((1, ty)),
		};
		for ty in body.locals.get(body.params.len()..).unwrap_or_default() {
			push(RoundtripReencoder.val_type(*ty)?);
		}
		let mut next = body.locals.len() as u32;
		let mut append = |wanted: bool, ty| {
			let index = next;
			if wanted {
				push(ty);
				next += 1;
			}
			index
		};
		let any = |wanted: fn(&Action) -> bool| plans.fuel.steps.iter().any(|step| wanted(&step.action));
		let floats = |width| plans.fixes.iter().any(|fix| fix.width == width);
		let locals = Self {
			fuel: append(any(|action| !matches!(action, Action::Enter | Action::Leave)), ValType::I64),
			depth: append(plans.counted.is_some(), ValType::I64),
			size: append(any(|action| matches!(action, Action::Size(_))), ValType::I32),
			f32: append(floats(Width::F32), ValType::F32),
			f64: append(floats(Width::F64), ValType::F64),
		};
		Ok((locals, Function::new(groups)))
	}
}

struct Emitter<'a> {
	function: Function,
	locals: Locals,
	globals: Globals,
	plans: &'a Plans<'a>,
}

impl Emitter<'_> {
	fn code(&mut self) -> InstructionSink<'_> {
		self.function.instructions()
	}

	fn act(&mut self, action: Action) {
		let (fuel, size) = (self.locals.fuel, self.locals.size);
		match action {
			Action::Load => {
				let global = self.globals.fuel;
				self.code().global_get(global).local_set(fuel);
			},
			Action::Store => self.store(),
			Action::Charge(cost) => {
				self.code().local_get(fuel).i64_const(cost).i64_sub().local_set(fuel);
			},
			Action::Test => self.test(),
			Action::TestFor(cost) => {
				let global = self.globals.fuel;
				self.code().local_get(fuel).i64_const(cost).i64_lt_s().if_(BlockType::Empty);
				self.code().local_get(fuel).i64_const(cost).i64_sub().global_set(global).unreachable().end();
			},
			Action::Size(Price::Pages) => self.grow(),
			Action::Size(price) => {
				self.code().local_tee(size).local_get(fuel).local_get(size);
				let mut code = self.code();
				match price {
					Price::Bytes => code.i64_extend_i32_u().i64_const(cost::BYTES_SHIFT).i64_shr_u(),
					Price::NewEntries => code
						.i32_const(0)
						.local_get(size)
						.i32_const(MAX_TABLE_ENTRIES as i32)
						.i32_le_u()
						.select()
						.i64_extend_i32_u()
						.i64_const(cost::ENTRY as i64)
						.i64_mul(),
					Price::Entries | Price::Pages => {
						code.i64_extend_i32_u().i64_const(cost::ENTRY as i64).i64_mul()
					},
				};
				self.spend();
			},
			Action::Enter => self.enter(),
			Action::Catch => {
				self.code().end();
			},
			Action::Leave => {
				let (local, global) = (self.locals.depth, self.globals.depth);
				if self.plans.counted.is_some() {
					self.code().local_get(local).global_set(global);
				}
			},
		}
	}

	fn store(&mut self) {
		let (fuel, global) = (self.locals.fuel, self.globals.fuel);
		self.code().local_get(fuel).global_set(global);
	}

	fn test(&mut self) {
		let fuel = self.locals.fuel;
		self.code().local_get(fuel).i64_const(0).i64_lt_s().if_(BlockType::Empty).unreachable().end();
	}

	/// The fuel and a charge are on the stack.
	fn spend(&mut self) {
		let (fuel, global) = (self.locals.fuel, self.globals.fuel);
		self.code().i64_sub().local_tee(fuel).global_set(global);
		self.test();
	}

	/// `memory.grow` within the limit; the number of pages is on the stack.
	fn grow(&mut self) {
		let (fuel, size, pages) = (self.locals.fuel, self.locals.size, self.globals.pages);
		self.code().local_set(size).memory_size(0).i64_extend_i32_u();
		self.code().local_get(size).i64_extend_i32_u().i64_add().global_get(pages).i64_gt_s();
		self.code().if_(BlockType::Result(ValType::I32)).i32_const(-1).else_();
		self.code().local_get(fuel).local_get(size).i64_extend_i32_u();
		self.code().i64_const(cost::PAGE as i64).i64_mul();
		self.spend();
		self.code().local_get(size).memory_grow(0).end();
	}

	fn enter(&mut self) {
		let (local, global) = (self.locals.depth, self.globals.depth);
		if let Some(weight) = self.plans.counted {
			// The depth is kept, not counted down again at the exit: a call need not wait there for what the call before
			// it has stored.
			self.code().global_get(global).local_tee(local).i64_const(weight).i64_add().global_set(global);
			self.code().local_get(local).i64_const(MAX_DEPTH - weight).i64_gt_s();
			self.code().if_(BlockType::Empty).unreachable().end();
		}
		if self.plans.fuel.caught {
			let results = self.plans.results;
			self.code().block(results);
		}
	}

	/// A NaN on top of the stack becomes the canonical one. The branch always goes the same way in code that does not make
	/// NaNs, and so costs less than a `select`, which every value would have to wait for. "Not below itself" is the one
	/// way to say "no NaN" that compiles to a single jump.
	fn fix(&mut self, width: Width) {
		match width {
			Width::F32 => {
				let local = self.locals.f32;
				self.code().local_tee(local).local_get(local).f32_ge().if_(BlockType::Empty).else_();
				self.code().f32_const(Ieee32::new(0x7fc0_0000)).local_set(local).end().local_get(local);
			},
			Width::F64 => {
				let local = self.locals.f64;
				self.code().local_tee(local).local_get(local).f64_ge().if_(BlockType::Empty).else_();
				self.code().f64_const(Ieee64::new(0x7ff8 << 48)).local_set(local).end().local_get(local);
			},
		}
	}
}
