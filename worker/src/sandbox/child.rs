//! The child's side: confine oneself, then answer until the pipe ends.

use super::{
	confine, frame,
	wire::{Reply, Request},
};
use ergon_executor_core::{Engine, LocalFault, Prepared};
use ergon_executor_wasmtime::{on_task_stack, Code, Program, Wasmtime};
use std::{
	fs::File,
	io,
	os::fd::AsFd,
	panic::{catch_unwind, AssertUnwindSafe},
	process::ExitCode,
};

/// What a child is told when it is started.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
	/// The process that started it.
	pub parent: u32,
	/// Whether to go on where the kernel lacks something.
	pub insecure: bool,
}

/// Everything that a child does, from its first instruction to its end. The process must not have started a thread, and
/// nobody must have read from its standard input.
pub fn main(birth: Birth) -> ExitCode {
	match confined(birth, serve) {
		Ok(()) => ExitCode::SUCCESS,
		Err(_) => ExitCode::FAILURE,
	}
}

/// Confines the process, says so to the parent, and then does something else on a thread that has the stack for it.
pub fn confined(
	birth: Birth,
	then: impl FnOnce(&Wasmtime, &mut Pipes) -> io::Result<()> + Send,
) -> io::Result<()> {
	let mut missing = confine::before_setup(birth.parent);
	let mut pipes = Pipes::standard()?;
	// What an engine reads of the system, and the handlers that it installs: before that is forbidden.
	let engine = match Wasmtime::for_child() {
		Ok(engine) => engine,
		Err(fault) => return pipes.tell(&Reply::Fault(fault)),
	};
	missing.extend(confine::before_threads());
	on_task_stack(move || {
		missing.extend(confine::for_good());
		if !missing.is_empty() && !birth.insecure {
			return pipes.tell(&Reply::Exposed(missing));
		}
		pipes.tell(&Reply::Confined(missing))?;
		then(&engine, &mut pipes)
	})?
}

/// Answers requests until there are no more.
fn serve(engine: &Wasmtime, pipes: &mut Pipes) -> io::Result<()> {
	let mut program = None;
	while let Some(request) = pipes.hear()? {
		// A defect that panics is told, not left to be guessed; the parent ends this child after any fault.
		let reply = catch_unwind(AssertUnwindSafe(|| answer(engine, &mut program, request)))
			.unwrap_or_else(|_| Err(LocalFault::Engine("it panicked".into())));
		pipes.tell(&reply.unwrap_or_else(Reply::Fault))?;
	}
	Ok(())
}

fn answer(engine: &Wasmtime, program: &mut Option<Program>, request: Request) -> Result<Reply, LocalFault> {
	match request {
		Request::Compile(module) => Ok(Reply::Compiled(match engine.compile(&module)? {
			Prepared::Ready(code) => Prepared::Ready(code.as_bytes().to_vec()),
			Prepared::Refused(reason) => Prepared::Refused(reason),
		})),
		Request::Load(code) => {
			#[expect(unsafe_code, reason = "machine code is what a child is given")]
			// SAFETY: the parent sends what a child compiled and what it has itself kept or authenticated since. That child
			// had met no other program, and this one has nothing to lose.
			let code = unsafe { Code::trusted(code.into_owned()) };
			*program = Some(engine.load(&code)?);
			Ok(Reply::Loaded)
		},
		Request::Run { context, input } => match program {
			Some(program) => engine.run(program, &context, &input).map(Reply::Ended),
			None => Err(LocalFault::Process("it was told to run a program before it had one".into())),
		},
	}
}

/// The two pipes to the parent.
pub struct Pipes {
	from: File,
	to: File,
}

impl Pipes {
	/// Standard input and output, without the buffers that the standard library puts around them.
	fn standard() -> io::Result<Self> {
		Ok(Self {
			from: io::stdin().as_fd().try_clone_to_owned()?.into(),
			to: io::stdout().as_fd().try_clone_to_owned()?.into(),
		})
	}

	/// The next request; `None` when there will be no more.
	pub fn hear(&mut self) -> io::Result<Option<Request<'static>>> {
		frame::receive(&mut self.from, Request::MAX).map_err(io::Error::other)
	}

	/// Sends a reply.
	pub fn tell(&mut self, reply: &Reply) -> io::Result<()> {
		frame::send(&mut self.to, reply)
	}
}
