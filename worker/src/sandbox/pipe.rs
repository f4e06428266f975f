//! The parent's ends of a child's pipes: no read or write lasts longer than it may or is wanted, whatever the child does.

use rustix::{
	event::{poll, PollFd, PollFlags, Timespec},
	io::{ioctl_fionbio, Errno},
};
use std::{
	io::{self, Read, Write},
	os::fd::AsFd,
	time::{Duration, Instant},
};

/// How often a wait looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// How long something is waited for.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
	/// From then on, everything fails with [`io::ErrorKind::TimedOut`].
	pub end: Instant,
	/// Once it says no, everything that has to wait fails with [`io::ErrorKind::ConnectionAborted`].
	pub wanted: &'a dyn Fn() -> bool,
}

/// One end of a pipe.
#[derive(Debug)]
pub struct End<F>(F);

impl<F: AsFd> End<F> {
	/// Takes the end over.
	pub fn new(pipe: F) -> io::Result<Self> {
		// Of the end only: the child's stays as it is.
		ioctl_fionbio(&pipe, true)?;
		Ok(Self(pipe))
	}

	/// The same, to be used for so long.
	pub fn with<'a>(&'a mut self, patience: Patience<'a>) -> Patient<'a, F> {
		Patient { pipe: &mut self.0, patience }
	}
}

/// An end of a pipe that is waited for with patience.
pub struct Patient<'a, F> {
	pipe: &'a mut F,
	patience: Patience<'a>,
}

impl<F: AsFd> Patient<'_, F> {
	/// Does what may not be possible yet as soon as it is.
	fn when(
		&mut self,
		ready: PollFlags,
		mut act: impl FnMut(&mut F) -> io::Result<usize>,
	) -> io::Result<usize> {
		loop {
			match act(self.pipe) {
				Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(ready)?,
				done => return done,
			}
		}
	}

	fn wait(&self, ready: PollFlags) -> io::Result<()> {
		loop {
			let left = self.patience.end.saturating_duration_since(Instant::now());
			if left.is_zero() {
				return Err(io::ErrorKind::TimedOut.into());
			}
			if !(self.patience.wanted)() {
				return Err(io::ErrorKind::ConnectionAborted.into());
			}
			let nanos = left.min(LOOK).as_nanos().try_into().unwrap_or(0);
			let pause = Timespec { tv_sec: 0, tv_nsec: nanos };
			match poll(&mut [PollFd::new(&*self.pipe, ready)], Some(&pause)) {
				Ok(0) | Err(Errno::INTR) => {},
				Ok(_) => return Ok(()),
				Err(error) => return Err(error.into()),
			}
		}
	}
}

impl<F: AsFd + Read> Read for Patient<'_, F> {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		self.when(PollFlags::IN, |pipe| pipe.read(buffer))
	}
}

impl<F: AsFd + Write> Write for Patient<'_, F> {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.when(PollFlags::OUT, |pipe| pipe.write(bytes))
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn neither_end_should_wait_longer_than_it_may() {
		let (read, write) = io::pipe().unwrap();
		let (mut read, mut write) = (End::new(read).unwrap(), End::new(write).unwrap());
		let soon = || Patience { end: Instant::now() + Duration::from_millis(50), wanted: &|| true };
		let kind = |result: io::Result<usize>| result.unwrap_err().kind();
		assert_eq!(kind(read.with(soon()).read(&mut [0])), io::ErrorKind::TimedOut);
		let full = write.with(soon()).write_all(&[7; 1 << 20]);
		assert_eq!(full.unwrap_err().kind(), io::ErrorKind::TimedOut);
		assert_eq!(read.with(soon()).read(&mut [0; 3]).unwrap(), 3);
		drop(write);
		let unwanted = Patience { wanted: &|| false, ..soon() };
		let (mut empty, _kept) = io::pipe().map(|(read, write)| (End::new(read).unwrap(), write)).unwrap();
		assert_eq!(kind(empty.with(unwanted).read(&mut [0])), io::ErrorKind::ConnectionAborted);
		let mut rest = Vec::new();
		read.with(soon()).read_to_end(&mut rest).unwrap();
		assert!(rest.iter().all(|byte| *byte == 7));
	}
}
