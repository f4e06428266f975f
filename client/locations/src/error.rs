//! What can go wrong at another place, each in words for whoever configured or ordered it.

use crate::{LocationError, Scheme};
use ergon_primitives::BlobId;
use std::{error::Error, io, time::Duration};

/// A blob was not read from a place, or not written to it.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {why}")]
pub struct FetchError {
	/// The place, without user, password and query.
	pub place: String,
	/// What happened.
	#[source]
	pub why: Why,
}

/// What happened at a place.
#[derive(Debug, thiserror::Error)]
pub enum Why {
	/// The location cannot be used at all.
	#[error(transparent)]
	Location(#[from] LocationError),
	/// This machine does not go there for strangers.
	#[error("refused: {0}")]
	Refused(#[from] Refusal),
	/// There is nothing.
	#[error("it is not there")]
	NotFound,
	/// The place wants to know who asks, or does not let this one in. The HTTP status, where there is one.
	#[error("the place does not let us in{}; is it public, are the credentials set?", status_in_brackets(*.0))]
	Denied(Option<u16>),
	/// Any other answer than the bytes.
	#[error("the place answers with status {0}")]
	Status(u16),
	/// More bytes than asked for. What had come is to be thrown away.
	#[error("it has more than the {max} bytes that it may have")]
	TooLarge {
		/// The most that may come.
		max: u64,
	},
	/// The bytes come more slowly than [`crate::Limits::slowest`].
	#[error("too slow: {got} bytes came in {within:?}")]
	TooSlow {
		/// How many had come.
		got: u64,
		/// In this time.
		within: Duration,
	},
	/// No end within [`crate::Limits::total`], or no answer within [`crate::Limits::answer`].
	#[error("no end after {0:?}")]
	Deadline(Duration),
	/// The bytes are packed, which would let few of them become many.
	#[error("the place sends it packed ({0}); store it without Content-Encoding")]
	Encoded(String),
	/// Other bytes than the name says. What had come is to be thrown away.
	#[error("the bytes there are another blob, {found} ({size} bytes)")]
	WrongBytes {
		/// The name of what came.
		found: BlobId,
		/// How much came.
		size: u64,
	},
	/// A configured folder has a link that leads out of it, or something else than a file under the name.
	#[error("{0}")]
	Folder(&'static str),
	/// No connection can be made from this machine at all.
	#[error("no secure connection can be made: {0}; are the system's certificates installed (package ca-certificates)?")]
	Tls(String),
	/// The connection or the place failed.
	#[error("{0}")]
	Network(String),
	/// The bytes could not be read or written here.
	#[error("on this machine: {0}")]
	Here(#[source] io::Error),
}

/// Why a hint is not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
	/// Hints are switched off.
	#[error("hints are switched off here")]
	Off,
	/// Not among the schemes that are allowed.
	#[error("{0}:// is not among the schemes allowed here")]
	Scheme(Scheme),
	/// The host's address is not one of the public Internet.
	#[error("{host} has an address that is {what}")]
	Address {
		/// As it stands in the URL.
		host: String,
		/// What the address is.
		what: &'static str,
	},
	/// A port other than 443.
	#[error("port {0}; only 443 is allowed")]
	Port(u16),
	/// A redirect from `https` to something else.
	#[error("it redirects to {0}://")]
	RedirectScheme(String),
	/// A redirect with user and password.
	#[error("it redirects to a URL with a user or a password")]
	RedirectUser,
	/// A redirect without a URL, or with something that is none.
	#[error("it redirects to nowhere")]
	RedirectNowhere,
	/// More redirects than [`crate::MAX_REDIRECTS`].
	#[error("it redirects more than {} times", crate::MAX_REDIRECTS)]
	Redirects,
	/// Something else than reading was asked of a place in a hint. A fault of this program.
	#[error("hints are only read")]
	Writing,
}

impl Why {
	/// With the place.
	pub(crate) fn at(self, place: impl ToString) -> FetchError {
		FetchError { place: place.to_string(), why: self }
	}

	/// What an HTTP status means, but for success.
	pub(crate) fn of_status(status: u16) -> Self {
		match status {
			404 | 410 => Self::NotFound,
			401 | 403 => Self::Denied(Some(status)),
			status => Self::Status(status),
		}
	}

	/// Finds what this crate itself said within an error of a library; else its words.
	pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
		let mut words: Vec<String> = Vec::new();
		let mut next = Some(error);
		// Chains are a handful long; no loop over what others made without a bound.
		for _ in 0..16 {
			let Some(error) = next else { break };
			if let Some(refusal) = error.downcast_ref::<Refusal>() {
				return Self::Refused(refusal.clone());
			}
			if let Some(Packed(encoding)) = error.downcast_ref() {
				return Self::Encoded(encoding.clone());
			}
			let text = error.to_string();
			// Many libraries say what is below them again.
			if !words.iter().any(|said| said.contains(&text)) {
				words.push(text);
			}
			next = error.source();
		}
		Self::Network(clean(&words.join(": ")))
	}
}

/// Says through a library's error that the body is packed.
#[derive(Debug, thiserror::Error)]
#[error("packed: {0}")]
pub(crate) struct Packed(pub String);

/// One short line of printable characters: servers write parts of it.
pub(crate) fn clean(text: &str) -> String {
	let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
	line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn status_in_brackets(status: Option<u16>) -> String {
	status.map(|status| format!(" (status {status})")).unwrap_or_default()
}
