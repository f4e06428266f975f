//! What a request makes its answer depend on.

use axum::http::{
	header::{CACHE_CONTROL, IF_NONE_MATCH, IF_RANGE, RANGE},
	HeaderMap,
};

/// Whether the client has the bytes of this tag (with its quotes) already.
///
/// `*` stands for anything that exists; bytes that are named by their hash exist, here or elsewhere.
pub(crate) fn none_match(headers: &HeaderMap, tag: &str) -> bool {
	let known = |text: &str| text == "*" || text.strip_prefix("W/").unwrap_or(text) == tag;
	list(headers, &IF_NONE_MATCH).any(known)
}

/// The `Range` header, if there is one and what `If-Range` names (should it be there) is still the same.
pub(crate) fn range<'a>(headers: &'a HeaderMap, tag: &str) -> Option<&'a str> {
	// Not text: it cannot be a range either, and the empty one is refused.
	let range = headers.get(RANGE).map(|value| value.to_str().unwrap_or_default())?;
	headers.get(IF_RANGE).is_none_or(|value| value == tag).then_some(range)
}

/// Whether the client wants an answer only if that takes no network.
pub(crate) fn only_if_cached(headers: &HeaderMap) -> bool {
	list(headers, &CACHE_CONTROL).any(|directive| directive.eq_ignore_ascii_case("only-if-cached"))
}

/// The members of a header whose value is a comma-separated list.
pub(crate) fn list<'a>(
	headers: &'a HeaderMap,
	name: &axum::http::HeaderName,
) -> impl Iterator<Item = &'a str> {
	headers
		.get_all(name)
		.into_iter()
		.filter_map(|value| value.to_str().ok())
		.flat_map(|value| value.split(','))
		.map(str::trim)
}

#[cfg(test)]
mod tests {
	// A test may stop at the first surprise.
	#![allow(clippy::unwrap_used)]

	use super::*;
	use axum::http::{HeaderName, HeaderValue};

	const TAG: &str = "\"bafk\"";

	fn headers(fields: &[(HeaderName, &str)]) -> HeaderMap {
		let mut headers = HeaderMap::new();
		for (name, value) in fields {
			headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
		}
		headers
	}

	#[test]
	fn known_tag_should_be_found_in_lists() {
		for value in ["\"bafk\"", "W/\"bafk\"", "\"a\", \"bafk\"", "*", "\"a\",W/\"bafk\""] {
			assert!(none_match(&headers(&[(IF_NONE_MATCH, value)]), TAG), "{value}");
		}
		for value in ["bafk", "\"bafk", "\"bafk.raw\"", "", ",,,", "\u{e9}"] {
			assert!(!none_match(&headers(&[(IF_NONE_MATCH, value)]), TAG), "{value}");
		}
		assert!(none_match(&headers(&[(IF_NONE_MATCH, "\"a\""), (IF_NONE_MATCH, TAG)]), TAG));
		assert!(!none_match(&HeaderMap::new(), TAG));
	}

	#[test]
	fn range_should_hold_only_for_the_same_bytes() {
		let with = |value| headers(&[(RANGE, "bytes=0-1"), (IF_RANGE, value)]);
		assert_eq!(range(&headers(&[(RANGE, "bytes=0-1")]), TAG), Some("bytes=0-1"));
		assert_eq!(range(&with(TAG), TAG), Some("bytes=0-1"));
		// A weak tag and a date say nothing about bytes.
		for value in ["W/\"bafk\"", "\"other\"", "Sat, 29 Oct 1994 19:43:31 GMT", "*"] {
			assert_eq!(range(&with(value), TAG), None, "{value}");
		}
		assert_eq!(range(&headers(&[(RANGE, "bytes=\u{e9}")]), TAG), Some(""));
	}

	#[test]
	fn only_if_cached_should_be_one_of_the_directives() {
		assert!(only_if_cached(&headers(&[(CACHE_CONTROL, "max-age=0, Only-If-Cached")])));
		assert!(!only_if_cached(&headers(&[(CACHE_CONTROL, "no-cache")])));
		assert!(!only_if_cached(&HeaderMap::new()));
	}
}
