//! Reading locations that anybody wrote: it always ends, and what is read can do no more than it says.
#![allow(clippy::unwrap_used, reason = "tests fail by panics")]

use ergon_locations::{Limits, Location, Scheme, Store, MAX_LOCATION};
use proptest::prelude::*;

/// Something like a URL: parts that mean something, in any order, between the noise.
fn soup() -> impl Strategy<Value = String> {
	let part = prop_oneof![
		Just("https://"),
		Just("http://"),
		Just("s3://"),
		Just("gs://"),
		Just("az://"),
		Just("file://"),
		Just("{cid}"),
		Just("{cid"),
		Just("/"),
		Just("//"),
		Just(".."),
		Just("/../"),
		Just("%2e%2e"),
		Just("%2f"),
		Just("%00"),
		Just("\\"),
		Just("@"),
		Just(":"),
		Just("?"),
		Just("#"),
		Just("&"),
		Just("region="),
		Just("endpoint="),
		Just("anonymous=true"),
		Just("bucket"),
		Just("account"),
		Just("127.0.0.1"),
		Just("[::1]"),
		Just("0x7f.1"),
		Just(":443"),
		Just("xn--"),
		Just("."),
		Just("-"),
		Just("\u{ff0e}"),
		Just(" "),
		Just("\0"),
		Just("a"),
	];
	let noise = prop_oneof![part.prop_map(str::to_owned), "\\PC{0,3}"];
	prop::collection::vec(noise, 0..12).prop_map(|parts| parts.concat())
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4096))]

	#[test]
	fn reading_always_ends(text in soup()) {
		let read = Location::parse(&text);
		if let Ok(location) = &read {
			prop_assert!(text.len() <= MAX_LOCATION && text.starts_with(location.scheme().name()));
		}
		if let Ok(hint) = Location::parse_hint(&text) {
			prop_assert!(Scheme::OF_HINTS.contains(&hint.scheme()) && read.is_ok());
		}
		// A store for many blobs, or an error; nothing is touched.
		let _ = Store::parse(&text, Limits::default());
	}

	#[test]
	fn secrets_are_never_shown(
		scheme in prop_oneof![Just("https"), Just("http"), Just("s3"), Just("gs")],
		user in "[a-z]{0,4}",
		path in "[a-z/]{1,9}",
	) {
		for text in [
			format!("{scheme}://{user}:SECRET@host.example/{path}"),
			format!("{scheme}://SECRET@host.example/{path}"),
			format!("{scheme}://{user}@SECRET@host.example/{path}"),
			format!("{scheme}://host.example/{path}?SECRET"),
			format!("{scheme}://host.example?endpoint=https://a:SECRET@host.example/{path}"),
		] {
			if let Ok(location) = Location::parse_folder(&text) {
				prop_assert!(!format!("{location} {location:?}").contains("SECRET"), "{}", location);
			}
		}
	}
}
