//! What can be wrong with a location itself.

use super::{Scheme, MAX_LOCATION};

/// Why a text is no location, or none that is allowed where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
	/// Longer than [`MAX_LOCATION`].
	#[error("a location has at most {MAX_LOCATION} characters")]
	TooLong,
	/// Something that is not printable ASCII, a space for example.
	#[error("a location is of printable ASCII without spaces; write others as %XX")]
	Characters,
	/// None of the schemes known.
	#[error("a location begins with https://, s3://, gs://, az://, http:// or file://")]
	Scheme,
	/// Not one of [`Scheme::OF_HINTS`].
	#[error("{0}:// is for stores that this machine's owner configures; a hint may be https://, s3://, gs:// or az://")]
	NotForHints(Scheme),
	/// Not a URL.
	#[error("this is not a URL: {0}")]
	Syntax(&'static str),
	/// A hint with a user or password: everybody would read it on chain.
	#[error("a hint cannot have a user or password: everybody reads it")]
	UserInfo,
	/// Fragments are never sent anywhere.
	#[error("a location cannot have a fragment (#)")]
	Fragment,
	/// No bucket or container, or a name that none can have.
	#[error(
		"the name of the bucket or container: 3 to 63 letters, digits, '.', '-' or '_' (no '.' in Azure's)"
	)]
	Bucket,
	/// No account, or a name that none can have.
	#[error("say the account: az://CONTAINER@ACCOUNT/PATH")]
	Account,
	/// No path, or one with empty or dotted parts.
	#[error("the path must name an object, without empty parts, '.' and '..'")]
	Path,
	/// A query that means nothing here.
	#[error("the part after '?': {0}")]
	Query(&'static str),
}
