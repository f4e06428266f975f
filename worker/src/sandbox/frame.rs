//! Messages on a pipe: four bytes of length, little-endian, then the SCALE encoding.
//!
//! Nothing is believed: a length above what the reader expects ends the conversation before a byte of it is taken in,
//! memory grows with what has arrived and not with what was announced, and what is left over after a message is an
//! error like what is missing.

use codec::{DecodeAll, Encode};
use std::io::{self, Read, Write};

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
	/// The pipe failed, or ended within a message.
	#[error(transparent)]
	Io(#[from] io::Error),
	/// Longer than anything that can be meant.
	#[error("a message of {announced} bytes, where at most {limit} are expected")]
	TooLong {
		/// What its head says.
		announced: usize,
		/// What may come.
		limit: usize,
	},
	/// Not a message.
	#[error("bytes that are not a message: {0}")]
	Garbage(#[from] codec::Error),
}

/// Sends a message.
pub fn send(pipe: &mut impl Write, message: &impl Encode) -> io::Result<()> {
	let mut bytes = vec![0; 4];
	message.encode_to(&mut bytes);
	let length = u32::try_from(bytes.len() - 4).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
	bytes[..4].copy_from_slice(&length.to_le_bytes());
	pipe.write_all(&bytes)?;
	pipe.flush()
}

/// Receives a message of at most `limit` bytes; `None` at an orderly end.
pub fn receive<M: DecodeAll>(pipe: &mut impl Read, limit: usize) -> Result<Option<M>, FrameError> {
	let mut head = Vec::with_capacity(4);
	if pipe.take(4).read_to_end(&mut head)? == 0 {
		return Ok(None);
	}
	let head: [u8; 4] = head.try_into().map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof))?;
	let announced = u32::from_le_bytes(head) as usize;
	if announced > limit {
		return Err(FrameError::TooLong { announced, limit });
	}
	// Short messages, the common ones, take one read; long ones grow as they come.
	let mut bytes = Vec::with_capacity(announced.min(64 << 10));
	if pipe.take(announced as u64).read_to_end(&mut bytes)? < announced {
		return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
	}
	Ok(Some(M::decode_all(&mut &bytes[..])?))
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn read(bytes: &[u8], limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
		receive(&mut &bytes[..], limit)
	}

	proptest! {
		#[test]
		fn what_is_sent_should_be_received(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..5)) {
			let mut pipe = Vec::new();
			for message in &messages {
				send(&mut pipe, message).unwrap();
			}
			let mut rest = &pipe[..];
			for message in &messages {
				prop_assert_eq!(receive::<Vec<u8>>(&mut rest, 1000).unwrap(), Some(message.clone()));
			}
			prop_assert!(receive::<Vec<u8>>(&mut rest, 1000).unwrap().is_none());
		}

		#[test]
		fn any_bytes_should_be_an_error_or_a_message(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
			let _ = read(&bytes, 50);
		}
	}

	#[test]
	fn what_is_too_long_torn_or_left_over_should_be_refused() {
		let mut pipe = Vec::new();
		send(&mut pipe, &vec![7u8; 9]).unwrap();
		assert!(matches!(read(&pipe, 9), Err(FrameError::TooLong { announced: 10, limit: 9 })));
		for torn in 1..pipe.len() {
			let error = read(&pipe[..torn], 100).unwrap_err();
			assert!(
				matches!(&error, FrameError::Io(e) if e.kind() == io::ErrorKind::UnexpectedEof),
				"{error}"
			);
		}
		pipe[0] += 1;
		pipe.push(0);
		assert!(matches!(read(&pipe, 100), Err(FrameError::Garbage(_))));
		// Four gigabytes are announced and not reserved.
		assert!(matches!(read(&[255, 255, 255, 255, 1], usize::MAX), Err(FrameError::Io(_))));
	}
}
