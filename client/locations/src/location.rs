//! Reading a location: what it says, and whether it can be one at all. Nothing here touches a network or a disk.

mod error;
mod place;

pub use error::LocationError;
pub(crate) use place::{Bucket, Container, Place};

use ergon_primitives::{hint::CID_IN_URL, BlobId, Codec};
use std::{fmt, str::FromStr};

/// The most bytes in a location.
pub const MAX_LOCATION: usize = 1024;

/// How a place is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
	/// Any web server.
	Https,
	/// Any web server, without a secret or a proof of who it is; configured stores only.
	Http,
	/// Amazon S3, and what speaks its protocol.
	S3,
	/// Google Cloud Storage.
	Gs,
	/// Azure Blob Storage.
	Az,
	/// A folder of this machine; configured stores only.
	File,
}

impl Scheme {
	/// What hints may have.
	pub const OF_HINTS: [Self; 4] = [Self::Https, Self::S3, Self::Gs, Self::Az];

	/// As it stands before `://`.
	pub fn name(self) -> &'static str {
		match self {
			Self::Https => "https",
			Self::Http => "http",
			Self::S3 => "s3",
			Self::Gs => "gs",
			Self::Az => "az",
			Self::File => "file",
		}
	}
}

impl fmt::Display for Scheme {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(self.name())
	}
}

impl FromStr for Scheme {
	type Err = LocationError;

	fn from_str(text: &str) -> Result<Self, LocationError> {
		[Self::Https, Self::Http, Self::S3, Self::Gs, Self::Az, Self::File]
			.into_iter()
			.find(|scheme| scheme.name() == text)
			.ok_or(LocationError::Scheme)
	}
}

/// A location that has been read: a URL, in which `{cid}` stands for the name of whichever blob is wanted.
///
/// - `https://host[:port]/path[?query]`, `http://…`;
/// - `s3://bucket/key[?region=…]`, for configured stores also `&endpoint=https://…` (S3 of another maker) and
///   `&anonymous=true`;
/// - `gs://bucket/key`, for configured stores also `?anonymous=true`;
/// - `az://container@account/key`; for configured stores the account may come from the environment;
/// - `file:///absolute/path`.
///
/// Shown without what may be a secret: user, password and query.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
	scheme: Scheme,
	text: String,
}

impl Location {
	/// Reads a location. Whoever wrote it may be a stranger: it is bounded, and nothing is looked up.
	pub fn parse(text: &str) -> Result<Self, LocationError> {
		if text.len() > MAX_LOCATION {
			return Err(LocationError::TooLong);
		}
		if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
			return Err(LocationError::Characters);
		}
		let (scheme, _) = text.split_once("://").ok_or(LocationError::Scheme)?;
		let location = Self { scheme: scheme.parse()?, text: text.into() };
		// Every name has the same length and alphabet, so that what holds for one holds for all.
		location.place(&SAMPLE)?;
		Ok(location)
	}

	/// As [`Self::parse`], of a place for many blobs: without `{cid}` it is a folder, and `/{cid}` is put after its path.
	pub fn parse_folder(text: &str) -> Result<Self, LocationError> {
		if text.contains(CID_IN_URL) || text.len() > MAX_LOCATION {
			return Self::parse(text);
		}
		let (path, query) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
		let slash = if path.ends_with('/') { "" } else { "/" };
		Self::parse(&format!("{path}{slash}{CID_IN_URL}{query}"))
	}

	/// As [`Self::parse`], and it must be one that a job may hint at: see [`LocationError`] for what that excludes.
	pub fn parse_hint(text: &str) -> Result<Self, LocationError> {
		let location = Self::parse(text)?;
		match location.place(&SAMPLE)? {
			Place::Web(url) if url.scheme() == "https" => {
				if !url.username().is_empty() || url.password().is_some() {
					return Err(LocationError::UserInfo);
				}
			},
			Place::Web(_) | Place::File(_) => return Err(LocationError::NotForHints(location.scheme)),
			Place::S3(Bucket { endpoint, anonymous, .. }) | Place::Gs(Bucket { endpoint, anonymous, .. }) => {
				if endpoint.is_some() || anonymous {
					return Err(LocationError::Query("only region is known in a hint"));
				}
			},
			Place::Az(container) => {
				if container.account.is_none() {
					return Err(LocationError::Account);
				}
			},
		}
		Ok(location)
	}

	/// How it is reached.
	pub fn scheme(&self) -> Scheme {
		self.scheme
	}

	/// Whether it has `{cid}` in it: the place of many blobs and not of one.
	pub fn is_template(&self) -> bool {
		self.text.contains(CID_IN_URL)
	}

	/// Where this blob would be.
	pub(crate) fn place(&self, id: &BlobId) -> Result<Place, LocationError> {
		Place::read(self.scheme, &self.text.replace(CID_IN_URL, &id.to_string()))
	}
}

/// For trying a template out.
pub(crate) const SAMPLE: BlobId = BlobId { codec: Codec::Raw, digest: [0; 32] };

/// Without user, password, query and fragment: what may be shown and logged. An Azure container stands where a user would
/// and is kept.
impl fmt::Display for Location {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let text = self.text.split(['?', '#']).next().unwrap_or_default();
		let Some((scheme, rest)) = text.split_once("://") else { return Ok(()) };
		let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
		let authority = match authority.rsplit_once('@') {
			Some((_, host)) if self.scheme != Scheme::Az => host,
			_ => authority,
		};
		write!(f, "{scheme}://{authority}{path}")
	}
}

impl fmt::Debug for Location {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Location({self})")
	}
}

#[cfg(test)]
mod tests;
