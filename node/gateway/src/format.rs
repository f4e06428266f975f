//! In which form a blob is wanted: `?format=` and `Accept`, after the trustless gateway specification.

use crate::conditions::list;
use axum::http::{header::ACCEPT, HeaderMap};

/// The media type of one block.
pub(crate) const RAW_TYPE: &str = "application/vnd.ipld.raw";

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
	/// The blob's bytes.
	File,
	/// The block of that name, a node of a tree as it is encoded: what the client can verify by itself.
	Block,
}

/// Which form is wanted; `None` for one that there is not. The query outranks the header.
pub(crate) fn wanted(query: Option<&str>, headers: &HeaderMap) -> Option<Format> {
	match query {
		Some("raw") => return Some(Format::Block),
		Some(_) => return None,
		None => {},
	}
	let mut other = false;
	let mut any = false;
	for media in list(headers, &ACCEPT) {
		let mut parts = media.split(';').map(str::trim);
		let name = parts.next().unwrap_or_default().to_ascii_lowercase();
		if parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0))) {
			continue;
		}
		match name.as_str() {
			RAW_TYPE => return Some(Format::Block),
			// Archives, directories as JSON, signed names: other forms of the same world, which this is no gateway for.
			_ if name.starts_with("application/vnd.ipld.") || name.starts_with("application/vnd.ipfs.") => {
				other = true;
			},
			"" => {},
			_ => any = true,
		}
	}
	(any || !other).then_some(Format::File)
}

#[cfg(test)]
mod tests {
	// A test may stop at the first surprise.
	#![allow(clippy::unwrap_used)]

	use super::*;

	fn of(accept: &str) -> Option<Format> {
		wanted(None, &[(ACCEPT, accept.parse().unwrap())].into_iter().collect())
	}

	#[test]
	fn block_should_be_had_by_query_or_header() {
		assert_eq!(wanted(Some("raw"), &HeaderMap::new()), Some(Format::Block));
		assert_eq!(of("application/vnd.ipld.raw"), Some(Format::Block));
		assert_eq!(of("text/html, Application/vnd.ipld.RAW;q=0.5"), Some(Format::Block));
		assert_eq!(of("application/vnd.ipld.car, application/vnd.ipld.raw"), Some(Format::Block));
	}

	#[test]
	fn everything_else_should_be_a_file() {
		assert_eq!(wanted(None, &HeaderMap::new()), Some(Format::File));
		for accept in
			["*/*", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "", "application/vnd.ipld.raw;q=0"]
		{
			assert_eq!(of(accept), Some(Format::File), "{accept}");
		}
		assert_eq!(of("application/vnd.ipld.car, */*"), Some(Format::File));
	}

	#[test]
	fn unknown_form_should_be_refused() {
		for query in ["car", "", "RAW", "dag-json", "../../etc/passwd"] {
			assert_eq!(wanted(Some(query), &HeaderMap::new()), None, "{query}");
		}
		assert_eq!(of("application/vnd.ipld.car; version=1"), None);
		assert_eq!(of("application/vnd.ipfs.ipns-record"), None);
	}
}
