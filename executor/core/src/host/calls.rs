//! The answer to each call.

use super::{
	costs,
	errno::Errno,
	functions::Function,
	memory::{check, write, write_u32, GuestMemory},
	streams::{pieces, Piece, MAX_VECTORS},
	Host, Stop, MAX_STDERR,
};
use alloc::vec::Vec;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;

/// WASI's rights to read from and to write to a descriptor.
const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;

/// Why a call ends early: with an errno for the program, or with the program's end.
pub(super) enum Early {
	Errno(Errno),
	Stop(Stop),
}

impl From<Errno> for Early {
	fn from(errno: Errno) -> Self {
		Self::Errno(errno)
	}
}

impl From<Stop> for Early {
	fn from(stop: Stop) -> Self {
		Self::Stop(stop)
	}
}

type Answer = Result<(), Early>;

/// The arguments of a call. Admission has seen to it that there are as many as the function takes.
pub(super) struct Args<'a>(pub(super) &'a [u64]);

impl Args<'_> {
	/// A 32-bit argument.
	fn u32(&self, index: usize) -> u32 {
		self.0.get(index).copied().unwrap_or_default() as u32
	}
}

/// One call while it is answered.
pub(super) struct Call<'a> {
	pub(super) host: &'a mut Host,
	pub(super) memory: &'a mut dyn GuestMemory,
	pub(super) spent: &'a mut u64,
}

impl Call<'_> {
	/// Spends fuel, before the work that it pays for.
	pub(super) fn charge(&mut self, fuel: u64) -> Result<(), Stop> {
		*self.spent = self.spent.saturating_add(fuel);
		if *self.spent > self.host.fuel_limit {
			Err(Stop::OutOfFuel)
		} else {
			Ok(())
		}
	}

	pub(super) fn answer(&mut self, function: Function, args: Args) -> Result<Errno, Stop> {
		match self.perform(function, &args) {
			Ok(()) => Ok(Errno::Success),
			Err(Early::Errno(errno)) => Ok(errno),
			Err(Early::Stop(stop)) => Err(stop),
		}
	}

	fn perform(&mut self, function: Function, args: &Args) -> Answer {
		use Function::*;
		match function {
			ArgsGet => self.texts(args, |host| &host.args),
			ArgsSizesGet => self.text_sizes(args, |host| &host.args),
			EnvironGet => self.texts(args, |host| &host.environment),
			EnvironSizesGet => self.text_sizes(args, |host| &host.environment),
			ClockResGet => self.clock_resolution(args),
			ClockTimeGet => self.clock_time(args),
			RandomGet => self.random(args.u32(0), args.u32(1)),
			FdRead => self.read(args),
			FdWrite => self.write(args),
			FdClose => {
				let stream = self.stream(args.u32(0))?;
				self.host.open[stream] = false;
				Ok(())
			},
			FdFdstatGet => self.descriptor_status(args),
			FdFilestatGet => {
				self.stream(args.u32(0))?;
				// Device, inode, kind (unknown), links, size, three times: a stream has none of them.
				Ok(write(self.memory, args.u32(1), &[0; 64])?)
			},
			FdSync | FdDatasync => self.stream(args.u32(0)).map(|_| ()),
			FdAdvise | FdAllocate | FdSeek | FdTell | FdPread | FdPwrite => {
				self.not_for_stream(args, Errno::Spipe)
			},
			FdFdstatSetFlags | FdFdstatSetRights | FdFilestatSetSize | FdFilestatSetTimes | FdRenumber => {
				self.not_for_stream(args, Errno::Notsup)
			},
			FdReaddir => self.not_for_stream(args, Errno::Notdir),
			// Where a program looks for its directories, it finds the end of the list.
			FdPrestatGet | FdPrestatDirName => Err(Errno::Badf.into()),
			PathCreateDirectory | PathFilestatGet | PathFilestatSetTimes | PathLink | PathOpen
			| PathReadlink | PathRemoveDirectory | PathRename | PathUnlinkFile => {
				self.not_for_stream(args, Errno::Notdir)
			},
			// The one whose descriptor is not the first argument.
			PathSymlink => self.not_for_stream(&Args(args.0.get(2..).unwrap_or_default()), Errno::Notdir),
			SockAccept | SockRecv | SockSend | SockShutdown => self.not_for_stream(args, Errno::Notsock),
			PollOneoff | ProcRaise => Err(Errno::Notsup.into()),
			SchedYield => Ok(()),
			ProcExit => Err(Stop::Exit(args.u32(0)).into()),
		}
	}

	/// An open descriptor's place.
	fn stream(&self, descriptor: u32) -> Result<usize, Early> {
		let stream = descriptor as usize;
		match self.host.open.get(stream) {
			Some(true) => Ok(stream),
			_ => Err(Errno::Badf.into()),
		}
	}

	/// What makes no sense on a stream; all descriptors are streams.
	fn not_for_stream(&self, args: &Args, errno: Errno) -> Answer {
		self.stream(args.u32(0))?;
		Err(errno.into())
	}

	fn text_sizes(&mut self, args: &Args, of: fn(&Host) -> &Vec<Vec<u8>>) -> Answer {
		let texts = of(self.host);
		let (count, bytes) = (texts.len() as u32, texts.iter().map(Vec::len).sum::<usize>() as u32);
		check(self.memory, args.u32(0), 4)?;
		write_u32(self.memory, args.u32(1), bytes)?;
		Ok(write_u32(self.memory, args.u32(0), count)?)
	}

	fn texts(&mut self, args: &Args, of: fn(&Host) -> &Vec<Vec<u8>>) -> Answer {
		let (pointers, buffer) = (args.u32(0), args.u32(1));
		let texts = of(self.host);
		let (count, bytes) = (texts.len() as u32, texts.iter().map(Vec::len).sum::<usize>() as u32);
		check(self.memory, pointers, count.saturating_mul(4))?;
		check(self.memory, buffer, bytes)?;
		self.charge(costs::BYTE * u64::from(bytes))?;
		let (mut pointer, mut at) = (pointers, buffer);
		for text in of(self.host) {
			write_u32(self.memory, pointer, at)?;
			write(self.memory, at, text)?;
			pointer = pointer.saturating_add(4);
			at = at.saturating_add(text.len() as u32);
		}
		Ok(())
	}

	fn clock(args: &Args) -> Result<(), Errno> {
		// Real time, monotonic, and the two that count a process's and a thread's time.
		if args.u32(0) < 4 {
			Ok(())
		} else {
			Err(Errno::Inval)
		}
	}

	fn clock_resolution(&mut self, args: &Args) -> Answer {
		Self::clock(args)?;
		Ok(write(self.memory, args.u32(1), &1u64.to_le_bytes())?)
	}

	/// All four clocks are one: they start at the block's time and move one nanosecond a fuel.
	fn clock_time(&mut self, args: &Args) -> Answer {
		Self::clock(args)?;
		let now = self.host.epoch.saturating_add(*self.spent);
		Ok(write(self.memory, args.u32(2), &now.to_le_bytes())?)
	}

	fn random(&mut self, at: u32, len: u32) -> Answer {
		check(self.memory, at, len)?;
		self.charge(costs::BYTE * u64::from(len))?;
		self.host.random.fill(self.memory.slice_mut(at, len).ok_or(Errno::Fault)?);
		Ok(())
	}

	fn descriptor_status(&mut self, args: &Args) -> Answer {
		let descriptor = args.u32(0);
		self.stream(descriptor)?;
		let rights = if descriptor == STDIN { RIGHT_READ } else { RIGHT_WRITE };
		// Kind (unknown, so that nobody takes it for a terminal or a file) and flags are 0; then the rights.
		let mut status = [0; 24];
		status[8..16].copy_from_slice(&rights.to_le_bytes());
		Ok(write(self.memory, args.u32(1), &status)?)
	}

	fn pieces(&mut self, list: u32, count: u32) -> Result<(Vec<Piece>, u32), Early> {
		if count > MAX_VECTORS {
			return Err(Errno::Inval.into());
		}
		self.charge(costs::VECTOR * u64::from(count))?;
		Ok(pieces(self.memory, list, count)?)
	}

	fn read(&mut self, args: &Args) -> Answer {
		let (list, count, result) = (args.u32(1), args.u32(2), args.u32(3));
		self.stream(args.u32(0))?;
		if args.u32(0) != STDIN {
			return Err(Errno::Badf.into());
		}
		let (pieces, total) = self.pieces(list, count)?;
		check(self.memory, result, 4)?;
		let left = self.host.input.len().saturating_sub(self.host.position);
		let taken = total.min(u32::try_from(left).unwrap_or(u32::MAX));
		self.charge(costs::BYTE * u64::from(taken))?;
		let mut rest = self.host.input.get(self.host.position..).unwrap_or_default();
		for piece in pieces {
			let len = piece.len.min(u32::try_from(rest.len()).unwrap_or(u32::MAX));
			let (now, later) = rest.split_at(len as usize);
			write(self.memory, piece.at, now)?;
			rest = later;
		}
		self.host.position += taken as usize;
		Ok(write_u32(self.memory, result, taken)?)
	}

	fn write(&mut self, args: &Args) -> Answer {
		let (descriptor, list, count, result) = (args.u32(0), args.u32(1), args.u32(2), args.u32(3));
		self.stream(descriptor)?;
		if descriptor == STDIN {
			return Err(Errno::Badf.into());
		}
		let (pieces, total) = self.pieces(list, count)?;
		check(self.memory, result, 4)?;
		self.charge(costs::BYTE * u64::from(total))?;
		let host = &mut *self.host;
		let (into, limit) = match descriptor {
			STDOUT => (&mut host.output, host.output_limit),
			_ => (&mut host.stderr, MAX_STDERR),
		};
		let mut room = limit.saturating_sub(into.len());
		if descriptor == STDOUT && total as usize > room {
			return Err(Stop::OutputTooLarge.into());
		}
		for piece in pieces {
			let bytes = self.memory.slice(piece.at, piece.len).ok_or(Errno::Fault)?;
			let kept = &bytes[..bytes.len().min(room)];
			into.extend_from_slice(kept);
			room -= kept.len();
		}
		Ok(write_u32(self.memory, result, total)?)
	}
}
