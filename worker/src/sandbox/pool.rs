//! Children at work: which of them does what, and when one has to go.
//!
//! A child serves one program in its life: whatever a program might do to the process that runs it, no other program
//! meets the result. Children that wait keep their program ready, the most recently used last; fresh ones are kept ahead
//! for programs that have none. A child goes with the first fault, and all that hold the same program go with it, so that
//! what is tried again is tried in a fresh one.

use super::{
	process::{Launch, Process},
	spawner::Spawner,
	verdict::impossible,
	wire::{Reply, Request},
};
use crate::pipeline::{Fenced, Stop};
use ergon_executor_core::{Engine, Execution, LocalFault, Prepared, TaskContext};
use ergon_executor_wasmtime::{Cache, Code, Wasmtime};
use ergon_primitives::BlobId;
use std::{
	borrow::Cow,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
	time::Duration,
};

/// Tasks after which a child has served its time: what an engine might leak stays small.
const SERVICE: u32 = 10_000;
/// The fence of a pool that was not told one: none that matters.
const UNFENCED: Duration = Duration::MAX;

/// An engine that does everything in child processes. Cheap to clone; the clones share the children.
#[derive(Clone)]
pub struct Pool {
	shared: Arc<Shared>,
	fence: Duration,
	stop: Option<Stop>,
}

/// A program, compiled. Cheap to clone.
#[derive(Clone)]
pub struct Program {
	id: BlobId,
	code: Arc<Code>,
}

struct Shared {
	spawner: Spawner,
	waiting: Mutex<Vec<Held>>,
	/// How many children may wait.
	keep: usize,
	/// Knows what compiled code depends on; runs nothing.
	engine: Wasmtime,
	cache: Option<Cache>,
}

/// A child, and what has become of it.
struct Held {
	process: Process,
	/// The program that it serves; none yet for one that has only shown that it can be confined.
	program: Option<BlobId>,
	/// Whether it holds its code.
	loaded: bool,
	tasks: u32,
}

impl Pool {
	/// Children for so many tasks at a time. Fails where children cannot be confined. Compiled programs are kept in the
	/// cache, if there is one.
	pub fn start(launch: Launch, slots: usize, cache: Option<Cache>) -> Result<Self, LocalFault> {
		let slots = slots.max(1);
		let engine = Wasmtime::for_child()?;
		let spawner = Spawner::new(launch, slots)?;
		let first = spawner.fresh()?;
		for missing in first.missing() {
			tracing::warn!(%missing, "programs of strangers run without a part of their confinement, as you have asked for");
		}
		let waiting = Mutex::new(vec![Held::fresh(first)]);
		let shared = Shared { spawner, waiting, keep: slots, engine, cache };
		Ok(Self { shared: Arc::new(shared), fence: UNFENCED, stop: None })
	}
}

impl Pool {
	fn ask(&self, held: &mut Held, request: &Request) -> Result<Reply, LocalFault> {
		let wanted = || !self.stop.as_ref().is_some_and(Stop::is_requested);
		held.process.ask(request, self.fence, &wanted)
	}

	fn load(&self, held: &mut Held, program: &Program) -> Result<(), LocalFault> {
		if held.loaded {
			return Ok(());
		}
		match self.ask(held, &Request::Load(program.code.as_bytes().into()))? {
			Reply::Loaded => held.loaded = true,
			_ => return Err(held.process.breach("another answer than that the program is loaded")),
		}
		Ok(())
	}
}

impl Fenced for Pool {
	fn within(&self, longest: Duration, stop: &Stop) -> Self {
		Self { shared: self.shared.clone(), fence: longest, stop: Some(stop.clone()) }
	}
}

impl Engine for Pool {
	type Program = Program;

	fn prepare(&self, module: &[u8]) -> Result<Prepared<Program>, LocalFault> {
		let id = BlobId::of(module);
		let name = self.shared.engine.cache_name(module);
		let cache = self.shared.cache.as_ref();
		if let Some(code) = cache.and_then(|cache| cache.get(&name)) {
			return Ok(Prepared::Ready(Program { id, code: Arc::new(code) }));
		}
		let compile = |held: &mut Held| match self.ask(held, &Request::Compile(module.into()))? {
			Reply::Compiled(compiled) => Ok(compiled),
			_ => Err(held.process.breach("another answer than compiled code")),
		};
		let code = match self.shared.with(id, compile)? {
			Prepared::Ready(code) => code,
			Prepared::Refused(reason) => return Ok(Prepared::Refused(reason)),
		};
		#[expect(unsafe_code, reason = "this process never maps it")]
		// SAFETY: it is only ever sent to children, which have nothing to lose, to be run as this very program; and what a
		// child gave that had met no other program.
		let code = unsafe { Code::trusted(code) };
		if let Some(Err(error)) = cache.map(|cache| cache.put(&name, &code)) {
			tracing::warn!(%error, "a compiled program cannot be kept; it will be compiled again after the next start");
		}
		Ok(Prepared::Ready(Program { id, code: Arc::new(code) }))
	}

	fn run(&self, program: &Program, context: &TaskContext, input: &[u8]) -> Result<Execution, LocalFault> {
		let request = Request::Run { context: Cow::Borrowed(context), input: input.into() };
		self.shared.with(program.id, |held| {
			self.load(held, program)?;
			held.tasks += 1;
			match self.ask(held, &request)? {
				Reply::Ended(execution) => match impossible(&execution, context) {
					None => Ok(execution),
					Some(what) => Err(held.process.breach(what)),
				},
				_ => Err(held.process.breach("another answer than a task's end")),
			}
		})
	}
}

impl Held {
	fn fresh(process: Process) -> Self {
		Self { process, program: None, loaded: false, tasks: 0 }
	}
}

impl Shared {
	/// Does something in a child that serves the program, and keeps the child if all went well.
	fn with<T>(
		&self,
		program: BlobId,
		work: impl FnOnce(&mut Held) -> Result<T, LocalFault>,
	) -> Result<T, LocalFault> {
		let mut held = match self.take(program) {
			Some(held) => held,
			None => Held::fresh(self.spawner.fresh()?),
		};
		held.program = Some(program);
		let result = work(&mut held);
		// Whom it dooms is ended when nobody waits for it any more.
		let _doomed: Vec<Held> = match &result {
			Ok(_) => self.give_back(held),
			Err(_) => {
				drop(held);
				self.waiting().extract_if(.., |waiting| waiting.program == Some(program)).collect()
			},
		};
		result
	}

	/// The child that has served the program last, or one that has served none.
	fn take(&self, program: BlobId) -> Option<Held> {
		let mut waiting = self.waiting();
		let serving = |whom| waiting.iter().rposition(|held| held.program == whom);
		let place = serving(Some(program)).or_else(|| serving(None))?;
		Some(waiting.remove(place))
	}

	fn give_back(&self, held: Held) -> Vec<Held> {
		if held.tasks >= SERVICE {
			return vec![held];
		}
		let mut waiting = self.waiting();
		waiting.push(held);
		let spare = waiting.len().saturating_sub(self.keep);
		waiting.drain(..spare).collect()
	}

	fn waiting(&self) -> MutexGuard<'_, Vec<Held>> {
		// A panic while it was held cannot have left it half changed.
		self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
	}
}
