#![allow(clippy::unwrap_used)] // A failed step is a failed test.

use super::*;
use crate::Outcome;
use alloc::{string::String, vec};
use ergon_primitives::{JobId, Limits, TaskIndex};
use proptest::prelude::*;
use Function::*;

const SIZE: usize = 64 << 10;

fn context() -> TaskContext {
	TaskContext {
		job: JobId(7),
		task: TaskIndex(3),
		tasks: 16,
		time: 1_700_000_000_123,
		args: vec![b"--fast".to_vec(), "größe".into()],
		limits: Limits { fuel: Fuel(1_000_000), memory: SIZE as u64, output: 100 },
	}
}

/// A host with its guest's memory.
struct Room {
	host: Host,
	memory: Vec<u8>,
	spent: u64,
}

impl Room {
	fn with(context: TaskContext, input: &[u8]) -> Self {
		Self { host: Host::new(&context, input.to_vec()), memory: vec![0xaa; SIZE], spent: 0 }
	}

	fn new() -> Self {
		Self::with(context(), b"")
	}

	fn try_call(&mut self, function: Function, args: &[u64]) -> Result<u16, Stop> {
		assert_eq!(args.len(), function.params().len(), "{}", function.name());
		self.host.call(function, args, &mut &mut self.memory[..], &mut self.spent).map(|errno| errno as u16)
	}

	fn call(&mut self, function: Function, args: &[u64]) -> u16 {
		self.try_call(function, args).unwrap()
	}

	fn u32(&self, at: usize) -> u32 {
		u32::from_le_bytes(self.memory[at..at + 4].try_into().unwrap())
	}

	fn u64(&self, at: usize) -> u64 {
		u64::from_le_bytes(self.memory[at..at + 8].try_into().unwrap())
	}

	/// Lays out a list of pieces at 1024.
	fn list(&mut self, pieces: &[(u32, u32)]) -> u64 {
		for (i, (at, len)) in pieces.iter().enumerate() {
			let entry = 1024 + 8 * i;
			self.memory[entry..entry + 4].copy_from_slice(&at.to_le_bytes());
			self.memory[entry + 4..entry + 8].copy_from_slice(&len.to_le_bytes());
		}
		1024
	}

	/// Writes bytes to a descriptor from one piece.
	fn write(&mut self, descriptor: u64, bytes: &[u8]) -> Result<u16, Stop> {
		self.memory[16_384..16_384 + bytes.len()].copy_from_slice(bytes);
		let list = self.list(&[(16_384, bytes.len() as u32)]);
		self.try_call(FdWrite, &[descriptor, list, 1, 0])
	}

	/// Texts as `args_get` and `environ_get` lay them out.
	fn texts(&mut self, sizes: Function, get: Function) -> Vec<String> {
		assert_eq!(self.call(sizes, &[0, 4]), 0);
		let (count, bytes) = (self.u32(0), self.u32(4) as usize);
		assert_eq!(self.call(get, &[100, 200]), 0);
		assert_eq!(self.memory[200 + bytes], 0xaa, "nothing is written behind the texts");
		(0..count as usize)
			.map(|i| {
				let text = &self.memory[self.u32(100 + 4 * i) as usize..];
				let end = text.iter().position(|byte| *byte == 0).unwrap();
				String::from_utf8(text[..end].to_vec()).unwrap()
			})
			.collect()
	}
}

#[test]
fn a_program_sees_its_arguments_and_its_place() {
	let mut room = Room::new();
	assert_eq!(room.texts(ArgsSizesGet, ArgsGet), ["program", "--fast", "größe"]);
	assert_eq!(room.texts(EnvironSizesGet, EnvironGet), ["ERGON_JOB=7", "ERGON_TASK=3", "ERGON_TASKS=16"]);
}

#[test]
fn the_clocks_start_at_the_block_s_time_and_move_with_fuel() {
	let start = 1_700_000_000_123 * 1_000_000;
	let mut room = Room::new();
	for clock in 0..4 {
		assert_eq!(room.call(ClockTimeGet, &[clock, 0, 8]), 0);
		assert_eq!(room.u64(8), start + (clock + 1) * costs::CALL, "a nanosecond for each fuel so far");
		assert_eq!(room.call(ClockResGet, &[clock, 8]), 0);
		assert_eq!(room.u64(8), 1);
		room.spent -= costs::CALL;
	}
	assert_eq!(room.call(ClockTimeGet, &[4, 0, 8]), 28);
	assert_eq!(room.call(ClockResGet, &[u64::from(u32::MAX), 8]), 28);
	let mut late = Room::with(TaskContext { time: u64::MAX, ..context() }, b"");
	assert_eq!(late.call(ClockTimeGet, &[0, 0, 8]), 0);
	assert_eq!(late.u64(8), u64::MAX, "stays at the largest time");
}

#[test]
fn random_bytes_are_the_task_s_own() {
	let mut room = Room::new();
	assert_eq!(room.call(RandomGet, &[0, 80]), 0);
	// ChaCha20 (nonce and counter from 0) under SHA-256(0x0700000000000000 ‖ 0x03000000).
	assert_eq!(hex::encode(&room.memory[..80]), GOLDEN_RANDOM);
	assert_eq!(room.memory[80], 0xaa);

	// However it is sliced, it is one stream.
	let mut sliced = Room::new();
	let mut at = 0;
	for len in [1, 0, 3, 60, 2, 14] {
		assert_eq!(sliced.call(RandomGet, &[at, len]), 0);
		at += len;
	}
	assert_eq!(sliced.memory[..80], room.memory[..80]);

	let mut other = Room::with(TaskContext { task: TaskIndex(4), ..context() }, b"");
	assert_eq!(other.call(RandomGet, &[0, 80]), 0);
	assert_ne!(other.memory[..80], room.memory[..80]);
}

const GOLDEN_RANDOM: &str = "65dfff1f598ae7e5027622b114eaf689c52d877e4aa79edfaaa90e10c90ab95c8b29c6f963d3bb65aee01c41a0afd733e2a1cde63794decc0b8e3698663f98029cd0716c7752e511b3605f670582a222";

#[test]
fn the_input_is_read_once_from_front_to_back() {
	let mut room = Room::with(context(), b"hello, world");
	let list = room.list(&[(2000, 3), (3000, 0), (2100, 4)]);
	assert_eq!(room.call(FdRead, &[0, list, 3, 0]), 0);
	assert_eq!(
		(room.u32(0), &room.memory[2000..2003], &room.memory[2100..2104]),
		(7, &b"hel"[..], &b"lo, "[..])
	);
	assert_eq!(room.call(FdRead, &[0, list, 3, 0]), 0);
	assert_eq!(
		(room.u32(0), &room.memory[2000..2003], &room.memory[2100..2104]),
		(5, &b"wor"[..], &b"ld, "[..])
	);
	assert_eq!(room.call(FdRead, &[0, list, 3, 0]), 0);
	assert_eq!(room.u32(0), 0, "the end, as often as it is asked for");
	assert_eq!(room.call(FdRead, &[1, list, 3, 0]), 8, "the output is not read");
}

#[test]
fn output_is_what_was_written_up_to_its_limit() {
	let mut room = Room::new();
	assert_eq!(room.write(1, &[b'a'; 60]), Ok(0));
	assert_eq!(room.u32(0), 60);
	assert_eq!(room.write(2, b"a warning"), Ok(0));
	assert_eq!(room.write(1, &[b'b'; 40]), Ok(0), "exactly the limit");
	assert_eq!(room.write(1, b""), Ok(0), "nothing more is not too much");
	assert_eq!(room.write(0, b"x"), Ok(8), "the input is not written");
	let spent = room.spent;
	let execution = room.host.finish(Ending::Returned, spent);
	let output = [[b'a'; 60].as_slice(), &[b'b'; 40]].concat();
	assert_eq!(
		execution.outcome,
		Outcome::Exited { code: 0, output: BlobId::of(&output), output_len: 100, fuel: Fuel(spent) }
	);
	assert_eq!((execution.output, execution.stderr), (output, b"a warning".to_vec()));
}

#[test]
fn one_byte_above_the_output_limit_ends_the_task() {
	let mut room = Room::new();
	assert_eq!(room.write(1, &[b'a'; 100]), Ok(0));
	assert_eq!(room.write(1, b"b"), Err(Stop::OutputTooLarge));
	let spent = room.spent;
	let execution = room.host.finish(Ending::Stopped(Stop::OutputTooLarge), spent);
	assert_eq!(execution.outcome, Outcome::OutputTooLarge { fuel: Fuel(spent) });
	assert!(execution.output.is_empty());
}

#[test]
fn the_standard_error_is_kept_up_to_its_bound_and_never_an_error() {
	let mut context = context();
	context.limits.fuel = Fuel(u64::MAX);
	let mut room = Room::with(context, b"");
	let bytes = vec![b'e'; 40_000];
	for _ in 0..5 {
		assert_eq!(room.write(2, &bytes), Ok(0));
		assert_eq!(room.u32(0), 40_000, "the program is told that all was taken");
	}
	assert_eq!(room.host.finish(Ending::Returned, 0).stderr.len(), MAX_STDERR);
}

#[test]
fn a_closed_stream_is_closed() {
	let mut room = Room::new();
	assert_eq!(room.call(FdClose, &[1]), 0);
	assert_eq!(room.call(FdClose, &[1]), 8);
	assert_eq!(room.write(1, b"x"), Ok(8));
	assert_eq!(room.call(FdFdstatGet, &[1, 0]), 8);
	assert_eq!(room.call(FdClose, &[3]), 8);
}

#[test]
fn a_stream_looks_like_neither_file_nor_terminal() {
	let mut room = Room::new();
	for (descriptor, rights) in [(0, 2), (1, 64), (2, 64)] {
		assert_eq!(room.call(FdFdstatGet, &[descriptor, 0]), 0);
		assert_eq!((room.u64(0), room.u64(8), room.u64(16)), (0, rights, 0));
		assert_eq!(room.call(FdFilestatGet, &[descriptor, 0]), 0);
		assert_eq!(room.memory[..64], [0; 64]);
	}
	assert_eq!(room.memory[64], 0xaa);
}

/// What there is nothing of answers with a fixed error, on an open and on an unknown descriptor.
#[test]
fn every_other_call_has_its_fixed_answer() {
	let cases: &[(Function, &[u64], u16, u16)] = &[
		(FdAdvise, &[0, 0, 0, 0], 70, 8),
		(FdAllocate, &[0, 0, 0], 70, 8),
		(FdSeek, &[0, 0, 0, 0], 70, 8),
		(FdTell, &[0, 0], 70, 8),
		(FdPread, &[0, 0, 0, 0, 0], 70, 8),
		(FdPwrite, &[0, 0, 0, 0, 0], 70, 8),
		(FdDatasync, &[0], 0, 8),
		(FdSync, &[0], 0, 8),
		(FdFdstatSetFlags, &[0, 0], 58, 8),
		(FdFdstatSetRights, &[0, 0, 0], 58, 8),
		(FdFilestatSetSize, &[0, 0], 58, 8),
		(FdFilestatSetTimes, &[0, 0, 0, 0], 58, 8),
		(FdRenumber, &[0, 1], 58, 8),
		(FdReaddir, &[0, 0, 0, 0, 0], 54, 8),
		(FdPrestatGet, &[0, 0], 8, 8),
		(FdPrestatDirName, &[0, 0, 0], 8, 8),
		(PathCreateDirectory, &[0, 0, 0], 54, 8),
		(PathFilestatGet, &[0, 0, 0, 0, 0], 54, 8),
		(PathFilestatSetTimes, &[0, 0, 0, 0, 0, 0, 0], 54, 8),
		(PathLink, &[0, 0, 0, 0, 0, 0, 0], 54, 8),
		(PathOpen, &[0, 0, 0, 0, 0, 0, 0, 0, 0], 54, 8),
		(PathReadlink, &[0, 0, 0, 0, 0, 0], 54, 8),
		(PathRemoveDirectory, &[0, 0, 0], 54, 8),
		(PathRename, &[0, 0, 0, 0, 0, 0], 54, 8),
		(PathUnlinkFile, &[0, 0, 0], 54, 8),
		(SockAccept, &[0, 0, 0], 57, 8),
		(SockRecv, &[0, 0, 0, 0, 0, 0], 57, 8),
		(SockSend, &[0, 0, 0, 0, 0], 57, 8),
		(SockShutdown, &[0, 0], 57, 8),
	];
	for (function, args, open, unknown) in cases {
		let mut room = Room::new();
		assert_eq!(room.call(*function, args), *open, "{}", function.name());
		for descriptor in [3, u64::from(u32::MAX)] {
			let mut args = args.to_vec();
			args[0] = descriptor;
			assert_eq!(room.call(*function, &args), *unknown, "{}", function.name());
		}
		assert!(room.memory.iter().all(|byte| *byte == 0xaa), "{} writes nothing", function.name());
		assert_eq!(room.spent, 3 * costs::CALL);
	}
	let mut room = Room::new();
	assert_eq!(room.call(PathSymlink, &[9, 9, 0, 9, 9]), 54);
	assert_eq!(room.call(PathSymlink, &[0, 0, 3, 0, 0]), 8);
	assert_eq!(room.call(PollOneoff, &[0, 0, 1, 0]), 58);
	assert_eq!(room.call(ProcRaise, &[9]), 58);
	assert_eq!(room.call(SchedYield, &[]), 0);
	assert_eq!(room.try_call(ProcExit, &[0xffff_ffff]), Err(Stop::Exit(u32::MAX)));
}

#[test]
fn pointers_that_lead_outside_are_answered_and_nothing_is_done() {
	let end = SIZE as u64;
	let mut room = Room::with(context(), b"input");
	for bad in [end, end - 3, u64::from(u32::MAX), u64::from(u32::MAX) - 3] {
		for (function, args) in [
			(ArgsGet, vec![bad, 0]),
			(ArgsGet, vec![0, bad]),
			(ArgsSizesGet, vec![bad, 0]),
			(ArgsSizesGet, vec![0, bad]),
			(EnvironGet, vec![bad, 0]),
			(EnvironGet, vec![0, bad]),
			(EnvironSizesGet, vec![bad, 0]),
			(EnvironSizesGet, vec![0, bad]),
			(ClockResGet, vec![0, bad]),
			(ClockTimeGet, vec![0, 0, bad]),
			(FdFdstatGet, vec![0, bad]),
			(FdFilestatGet, vec![0, bad]),
			(RandomGet, vec![bad, 4]),
			(RandomGet, vec![1, u64::from(u32::MAX)]),
			(FdRead, vec![0, bad, 1, 0]),
			(FdRead, vec![0, 0, 0, bad]),
			(FdWrite, vec![1, bad, 1, 0]),
			(FdWrite, vec![1, 0, 0, bad]),
		] {
			assert_eq!(room.call(function, &args), 21, "{} {args:?}", function.name());
		}
		for piece in [(bad as u32, 4), (0, u32::MAX), (SIZE as u32 - 1, 2), (u32::MAX, 1)] {
			// A good piece first: it must not be touched either.
			let list = room.list(&[(2000, 2), piece]);
			assert_eq!(room.call(FdRead, &[0, list, 2, 0]), 21, "{piece:?}");
			assert_eq!(room.call(FdWrite, &[1, list, 2, 0]), 21, "{piece:?}");
		}
	}
	room.memory[1024..1040].fill(0xaa);
	assert!(room.memory.iter().all(|byte| *byte == 0xaa));
	let list = room.list(&[(2000, 5)]);
	assert_eq!(room.call(FdRead, &[0, list, 1, 0]), 0);
	assert_eq!(&room.memory[2000..2005], b"input", "none of the input was lost");
	assert!(room.host.finish(Ending::Returned, 0).output.is_empty());
}

#[test]
fn lists_are_bounded() {
	let mut room = Room::with(
		TaskContext { limits: Limits { fuel: Fuel(u64::MAX), ..context().limits }, ..context() },
		b"",
	);
	let list = room.list(&vec![(0, 0); 1024]);
	assert_eq!(room.call(FdWrite, &[1, list, 1024, 0]), 0);
	assert_eq!(room.call(FdWrite, &[1, list, 1025, 0]), 28);
	assert_eq!(room.call(FdRead, &[0, list, u64::from(u32::MAX), 0]), 28);
	assert_eq!(room.call(FdWrite, &[1, SIZE as u64 - 8, 2, 0]), 21, "a list that is cut off");
}

#[test]
fn pieces_may_overlap_but_not_add_up_to_more_than_a_length() {
	let fuel = Fuel(u64::MAX);
	let context = TaskContext { limits: Limits { fuel, memory: 64 << 20, output: u32::MAX }, ..context() };
	let mut room = Room::with(context, b"");
	room.memory = vec![0; 64 << 20];
	let list = room.list(&vec![(0, 64 << 20); 64]);
	assert_eq!(room.call(FdWrite, &[1, list, 64, 0]), 28, "4 GiB");
	let list = room.list(&[(4096, 10), (4100, 10)]);
	assert_eq!(room.call(FdWrite, &[1, list, 2, 0]), 0);
	assert_eq!(room.host.finish(Ending::Returned, 0).output.len(), 20);
}

#[test]
fn a_call_costs_what_the_table_says() {
	let mut room = Room::with(context(), b"12345");
	room.write(1, b"1234567").unwrap();
	assert_eq!(room.spent, costs::CALL + costs::VECTOR + 7 * costs::BYTE);
	room.spent = 0;
	let list = room.list(&[(2000, 100), (2200, 0)]);
	room.call(FdRead, &[0, list, 2, 0]);
	assert_eq!(
		room.spent,
		costs::CALL + 2 * costs::VECTOR + 5 * costs::BYTE,
		"what is read, not what is asked for"
	);
	room.spent = 0;
	room.call(RandomGet, &[0, 9]);
	assert_eq!(room.spent, costs::CALL + 9 * costs::BYTE);
}

#[test]
fn fuel_is_spent_before_the_work() {
	let limit = context().limits.fuel.0;
	let mut room = Room::new();
	room.spent = limit - costs::CALL;
	assert_eq!(room.try_call(SchedYield, &[]), Ok(0), "exactly the limit");
	assert_eq!(room.try_call(SchedYield, &[]), Err(Stop::OutOfFuel));
	room.spent = limit - costs::CALL - 9;
	assert_eq!(room.try_call(RandomGet, &[0, 10]), Err(Stop::OutOfFuel));
	assert_eq!(room.memory[0], 0xaa);
	room.spent = limit;
	assert_eq!(room.try_call(ProcExit, &[0]), Err(Stop::OutOfFuel), "even to exit");
}

#[test]
fn fuel_decides_how_a_task_ended() {
	let limit = context().limits.fuel;
	let finish = |ending, spent| Room::new().host.finish(ending, spent).outcome;
	let trap = Ending::Trapped(TrapKind::Unreachable);
	assert_eq!(finish(trap, limit.0), Outcome::Trapped { kind: TrapKind::Unreachable, fuel: limit });
	for ending in
		[trap, Ending::Returned, Ending::Stopped(Stop::Exit(1)), Ending::Stopped(Stop::OutputTooLarge)]
	{
		assert_eq!(finish(ending, limit.0 + 1), Outcome::OutOfFuel { fuel: limit });
	}
	assert_eq!(finish(Ending::Stopped(Stop::OutOfFuel), 5), Outcome::OutOfFuel { fuel: limit });
	let Outcome::Exited { code: 9, .. } = finish(Ending::Stopped(Stop::Exit(9)), 1) else { panic!("exited") };
}

proptest! {
	/// Whatever a program passes: an answer, no panic, and the same twice.
	#[test]
	fn any_call_is_answered(
		calls in proptest::collection::vec((any::<prop::sample::Index>(), any::<[u32; 9]>(), any::<u16>()), 1..20),
		seed in any::<[u8; 32]>(),
	) {
		let run = || {
			let mut room = Room::with(context(), b"some input");
			for (i, byte) in room.memory.iter_mut().enumerate() {
				*byte = seed[i % 32];
			}
			let mut answers = vec![];
			for (function, values, small) in &calls {
				let function = Function::ALL[function.index(Function::ALL.len())];
				// Half of the arguments are small: descriptors, counts, and pointers that lead somewhere.
				let args: Vec<u64> = (0..function.params().len())
					.map(|i| if small >> i & 1 == 0 { u64::from(values[i]) } else { u64::from(values[i] % 5_000) % (1 + u64::from(*small)) })
					.collect();
				answers.push(room.try_call(function, &args));
			}
			(answers, room.spent, room.memory)
		};
		prop_assert_eq!(run(), run());
	}
}
